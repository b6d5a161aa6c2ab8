//! The configuration, resolved: every inherited setting is where it is used.

use std::{net::SocketAddr, path::Path, path::PathBuf, rc::Rc, time::Duration};

use wasipod_guest_http::mime::MimeTypes;

use crate::{log::Level, variables::Template};

mod build;
mod directives;
mod scope;
mod server;
mod syntax;
mod values;

pub(crate) use build::load;
pub(crate) use syntax::SourceFile;

/// What is wrong with a configuration, in nginx's words and with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConfigError(pub(crate) String);

/// A whole configuration.
#[derive(Debug)]
pub(crate) struct Config {
    /// Whether the server leaves the foreground.
    pub(crate) is_daemon: bool,
    pub(crate) pid_file: PathBuf,
    pub(crate) error_log: Rc<[ErrorLog]>,
    pub(crate) servers: Vec<Rc<Server>>,
    pub(crate) listens: Vec<Listen>,
    pub(crate) sources: Vec<SourceFile>,
}

/// An address with the servers that share it.
#[derive(Debug)]
pub(crate) struct Listen {
    pub(crate) address: SocketAddr,
    /// Indexes of servers; the first is the default.
    pub(crate) servers: Vec<usize>,
}

/// A `server` block.
#[derive(Debug)]
pub(crate) struct Server {
    /// Lower case; never empty.
    pub(crate) names: Vec<String>,
    /// For requests that no location matches.
    pub(crate) outside: Rc<Location>,
    pub(crate) locations: Vec<Rc<Location>>,
    pub(crate) header_timeout: Duration,
}

/// Which paths a location is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Matcher {
    /// `= path`.
    Exact(String),
    /// A prefix; the longest wins.
    Prefix(String),
}

/// A `location` block, or what holds outside of all of them.
#[derive(Debug)]
pub(crate) struct Location {
    pub(crate) matcher: Matcher,
    pub(crate) settings: Settings,
    pub(crate) alias: Option<String>,
    pub(crate) answer: Option<Return>,
    pub(crate) try_files: Option<TryFiles>,
}

/// What is inherited from block to block.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) root: String,
    pub(crate) index: Rc<[String]>,
    pub(crate) types: Rc<MimeTypes>,
    pub(crate) default_type: Rc<str>,
    pub(crate) error_pages: Rc<[ErrorPage]>,
    pub(crate) headers: Rc<[AddedHeader]>,
    pub(crate) access_log: Rc<[AccessLog]>,
    pub(crate) error_log: Rc<[ErrorLog]>,
    pub(crate) lists_directories: bool,
    pub(crate) logs_not_found: bool,
    pub(crate) shows_version: bool,
    pub(crate) redirects_absolutely: bool,
    pub(crate) keep_alive: Duration,
    pub(crate) keep_alive_requests: u64,
    pub(crate) send_timeout: Duration,
}

/// `return`.
#[derive(Debug, Clone)]
pub(crate) struct Return {
    pub(crate) status: u16,
    /// The text, or for a redirect the address.
    pub(crate) text: Option<Template>,
}

/// `try_files`.
#[derive(Debug, Clone)]
pub(crate) struct TryFiles {
    /// Each tried as a file, or as a directory if it ends with a slash.
    pub(crate) candidates: Vec<Template>,
    pub(crate) last: Fallback,
}

/// The last argument of `try_files`.
#[derive(Debug, Clone)]
pub(crate) enum Fallback {
    Status(u16),
    Uri(Template),
}

/// One status of an `error_page`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorPage {
    pub(crate) status: u16,
    /// `=code`; none keeps the status.
    pub(crate) becomes: Option<u16>,
    /// A path of this server, or an absolute address.
    pub(crate) target: String,
}

/// `add_header`.
#[derive(Debug, Clone)]
pub(crate) struct AddedHeader {
    pub(crate) name: String,
    pub(crate) value: Template,
    /// Errors have it too.
    pub(crate) always: bool,
}

/// `access_log`.
#[derive(Debug, Clone)]
pub(crate) struct AccessLog {
    pub(crate) path: PathBuf,
    pub(crate) format: Template,
}

/// `error_log`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorLog {
    /// None is standard error by the name `stderr`.
    pub(crate) path: Option<PathBuf>,
    pub(crate) level: Level,
}

impl Config {
    /// The server for a connection's local address and a host name without port, lower case.
    pub(crate) fn server(&self, local: SocketAddr, host: &str) -> Option<&Rc<Server>> {
        let any = |l: &&Listen| l.address.port() == local.port() && l.address.ip().is_unspecified();
        let listen =
            self.listens.iter().find(|l| l.address == local).or_else(|| self.listens.iter().find(any))?;
        let candidates = || listen.servers.iter().filter_map(|index| self.servers.get(*index));
        candidates()
            .filter_map(|server| server.match_strength(host).map(|strength| (strength, server)))
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .map(|(_, server)| server)
            .or_else(|| candidates().next())
    }
}

impl Server {
    /// How well a name fits: exact before `*.name` before `name.*`, longer before shorter.
    fn match_strength(&self, host: &str) -> Option<(u8, usize)> {
        let strength = |name: &String| {
            if name == host {
                return Some((3, name.len()));
            }
            if let Some(suffix) = name.strip_prefix('*') {
                return host.strip_suffix(suffix).filter(|rest| !rest.is_empty()).map(|_| (2, name.len()));
            }
            if let Some(suffix) = name.strip_prefix('.') {
                let fits = host == suffix || host.ends_with(name.as_str());
                return fits.then_some((if host == suffix { 3 } else { 2 }, name.len()));
            }
            let prefix = name.strip_suffix('*')?;
            host.strip_prefix(prefix).filter(|rest| !rest.is_empty()).map(|_| (1, name.len()))
        };
        self.names.iter().filter_map(strength).max()
    }

    /// The location for a normalised path.
    pub(crate) fn location(&self, path: &str) -> &Rc<Location> {
        let strength = |location: &Rc<Location>| match &location.matcher {
            Matcher::Exact(exact) => (exact == path).then_some(usize::MAX),
            Matcher::Prefix(prefix) => path.starts_with(prefix.as_str()).then_some(prefix.len()),
        };
        self.locations
            .iter()
            .filter_map(|location| strength(location).map(|s| (s, location)))
            .max_by_key(|(s, _)| *s)
            .map_or(&self.outside, |(_, location)| location)
    }
}

impl Location {
    /// The file that a path of this location names.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        let joined = match (&self.alias, &self.matcher) {
            (Some(alias), Matcher::Prefix(prefix)) => {
                format!("{alias}{}", path.strip_prefix(prefix.as_str()).unwrap_or_default())
            }
            (Some(alias), Matcher::Exact(_)) => alias.clone(),
            (None, _) => format!("{}{path}", self.settings.root.trim_end_matches('/')),
        };
        Path::new(&joined).to_owned()
    }
}

#[cfg(test)]
mod tests;
