//! Names to addresses: `/etc/hosts` first, then whoever knows more.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use super::address::Family;

/// The longest name (RFC 1035 2.3.4), in bytes without a final dot.
const NAME_MAX: usize = 253;

/// The contents of an `/etc/hosts` (hosts(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    lines: Vec<(IpAddr, Vec<String>)>,
}

// === impl Hosts ===

impl Hosts {
    /// Reads `text`. As the C libraries do, lines without a valid address are passed over.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_ascii_whitespace();
            let ip = words.next()?.parse().ok()?;
            Some((ip, words.map(str::to_owned).collect()))
        });
        Self { lines: lines.collect() }
    }

    /// The addresses of `name` in the order of the file, each once. Upper and lower case are the same.
    pub fn lookup(&self, name: &str) -> Vec<IpAddr> {
        let mut found = Vec::new();
        for (ip, names) in &self.lines {
            if names.iter().any(|known| known.eq_ignore_ascii_case(name)) && !found.contains(ip) {
                found.push(*ip);
            }
        }
        found
    }
}

/// Somebody who knows names that are not in `/etc/hosts`: a cluster's Services and Pods.
pub trait NameSource: fmt::Debug + Send + Sync {
    /// The addresses of `name` (without final dot), best first; `None` when it isn't this source's to know.
    fn lookup(&self, name: &str) -> Option<Vec<IpAddr>>;
}

/// Why a name has no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Not a name: empty, too long, or with characters that no name has (`EAI_NONAME`, at once).
    #[error("invalid host name")]
    InvalidName,
    /// Nobody knows it, or not in this family (`EAI_NONAME`).
    #[error("name or service not known")]
    NotFound,
}

/// getaddrinfo(3)'s part that finds addresses.
pub struct Resolver {
    hosts: Box<dyn Fn() -> String + Send + Sync>,
    sources: Vec<Arc<dyn NameSource>>,
}

// === impl Resolver ===

impl Resolver {
    /// `hosts` gives what `/etc/hosts` holds at the moment (empty when there is none).
    pub fn new(hosts: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self { hosts: Box::new(hosts), sources: Vec::new() }
    }

    /// Also asks `source`, after `/etc/hosts` and the sources before.
    #[must_use]
    pub fn with_source(mut self, source: Arc<dyn NameSource>) -> Self {
        self.sources.push(source);
        self
    }

    /// The addresses of `name`: itself if it is one, what `/etc/hosts` says, 127.0.0.1 and ::1 for `localhost`
    /// (RFC 6761 6.3), what the first source that has it says. Never empty; of one `family` if asked.
    ///
    /// # Errors
    /// [`ResolveError`].
    pub fn resolve(&self, name: &str, family: Option<Family>) -> Result<Vec<IpAddr>, ResolveError> {
        let wanted = |ip: &IpAddr| family.is_none_or(|family| Family::of(*ip) == family);
        let only_wanted = |found: Vec<IpAddr>| -> Vec<IpAddr> { found.into_iter().filter(wanted).collect() };
        let literal = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
        if let Ok(ip) = literal.parse::<IpAddr>() {
            return if wanted(&ip) { Ok(vec![ip]) } else { Err(ResolveError::NotFound) };
        }
        let name = name.strip_suffix('.').unwrap_or(name);
        check(name)?;
        let answers = std::iter::once_with(|| Hosts::parse(&(self.hosts)()).lookup(name))
            .chain(std::iter::once_with(|| localhost(name)))
            .chain(self.sources.iter().map(|source| source.lookup(name).unwrap_or_default()));
        answers.map(only_wanted).find(|found| !found.is_empty()).ok_or(ResolveError::NotFound)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("sources", &self.sources).finish_non_exhaustive()
    }
}

fn localhost(name: &str) -> Vec<IpAddr> {
    let last = name.rsplit('.').next().unwrap_or_default();
    if last.eq_ignore_ascii_case("localhost") {
        vec![Family::V4.loopback(), Family::V6.loopback()]
    } else {
        Vec::new()
    }
}

fn check(name: &str) -> Result<(), ResolveError> {
    let valid_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if name.len() <= NAME_MAX && name.split('.').all(valid_label) {
        Ok(())
    } else {
        Err(ResolveError::InvalidName)
    }
}

#[cfg(test)]
mod tests;
