//! Names of images (IMG-1…3).

use std::fmt;
use std::str::FromStr;

use oci_spec::distribution::{ParseError, Reference as OciReference};

/// A name with everything that was left out filled in: `nginx` is `docker.io/library/nginx:latest`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference(OciReference);

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
const INVALID: &str = "invalid reference format";
/// A bare name that looks like an id is refused.
const ID_LENGTH: usize = 64;

// === impl Reference ===

impl Reference {
    /// The host, `docker.io` when the name has none.
    pub fn registry(&self) -> &str {
        self.0.registry()
    }

    /// The path without host, tag and digest.
    pub fn repository(&self) -> &str {
        self.0.repository()
    }

    /// The tag; `latest` when the name has neither tag nor digest (IMG-2).
    pub fn tag(&self) -> Option<&str> {
        self.0.tag()
    }

    /// The digest, when the name is pinned to one.
    pub fn digest(&self) -> Option<&str> {
        self.0.digest()
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
        match OciReference::try_from(format!("{host}/{rest}")) {
            Ok(reference) => Ok(Self(reference)),
            Err(ParseError::NameEmpty) => fail(INVALID.to_owned()),
            Err(error) => fail(error.to_string()),
        }
    }
}

/// With host and tag: `docker.io/library/nginx:latest`.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
