//! Names of images (IMG-1…3).

use std::fmt;
use std::str::FromStr;

use std::sync::LazyLock;

use regex_lite::Regex;

/// A name with everything that was left out filled in: `nginx` is `docker.io/library/nginx:latest`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// A name that is none. The text is the container runtime's (IMG-3).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("couldn't parse image name {name:?}: {why}")]
pub struct ReferenceError {
    name: String,
    why: String,
}

const HUB: &str = "docker.io";
const OLD_HUB: &str = "index.docker.io";
/// Where the Hub keeps names of one component.
const OFFICIAL: &str = "library/";
/// The tag of a name that has none.
const LATEST: &str = "latest";
const INVALID: &str = "invalid reference format";
/// Host and path together (the distribution specification's `NameTotalLengthMax`).
const NAME_LENGTH_MAX: usize = 255;

/// IMG-1. Not `oci-spec`'s own reader: its expression takes 20 ms to prepare, half of a short run.
static GRAMMAR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let label = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
    let host = format!(r"{label}(?:\.{label})*(?::[0-9]+)?");
    let component = "[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*";
    let tag = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
    let algorithm = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*";
    let digest = format!("{algorithm}:[0-9a-fA-F]{{32,}}");
    Regex::new(&format!("^({host})/({component}(?:/{component})*)(?::({tag}))?(?:@({digest}))?$")).ok()
});
/// A bare name that looks like an id is refused.
const ID_LENGTH: usize = 64;

// === impl Reference ===

impl Reference {
    /// The host, `docker.io` when the name has none.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The path without host, tag and digest.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag; `latest` when the name has neither tag nor digest (IMG-2).
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, when the name is pinned to one.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// Host and path, which the id of the content follows in a repo digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry(), self.repository())
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let fail = |why: String| Err(ReferenceError { name: text.to_owned(), why });
        let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
        if text.len() == ID_LENGTH && text.bytes().all(is_hex) {
            return fail(format!(
                "invalid repository name ({text}), cannot specify 64-byte hexadecimal strings"
            ));
        }
        if !text.is_ascii() {
            return fail(INVALID.to_owned());
        }
        let (host, rest) = split_host(text);
        let path = rest.split(':').next().unwrap_or_default();
        let path = path.split('@').next().unwrap_or_default();
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return fail(format!("{INVALID}: repository name ({path}) must be lowercase"));
        }
        let full = format!("{host}/{rest}");
        let parts = GRAMMAR.as_ref().and_then(|grammar| grammar.captures(&full));
        let Some(parts) = parts else { return fail(INVALID.to_owned()) };
        let part = |number: usize| parts.get(number).map(|part| part.as_str().to_owned());
        let (registry, repository) = (part(1).unwrap_or_default(), part(2).unwrap_or_default());
        if repository.len() > NAME_LENGTH_MAX {
            return fail(format!("repository name must not be more than {NAME_LENGTH_MAX} characters"));
        }
        let (tag, digest) = (part(3), part(4));
        // IMG-2: only what has neither is the latest.
        let tag = tag.or_else(|| digest.is_none().then(|| LATEST.to_owned()));
        Ok(Self { registry, repository, tag, digest })
    }
}

/// With host and tag: `docker.io/library/nginx:latest`.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// The host is the first part if it can't be a directory of the Hub.
fn split_host(text: &str) -> (&str, String) {
    let is_host = |part: &str| part.contains(['.', ':']) || part == "localhost";
    let (host, rest) = match text.split_once('/') {
        Some((host, rest)) if is_host(host) => (host, rest),
        _ => (HUB, text),
    };
    let host = if host == OLD_HUB { HUB } else { host };
    let official = host == HUB && !rest.contains('/');
    (host, format!("{}{rest}", if official { OFFICIAL } else { "" }))
}

#[cfg(test)]
mod tests;
