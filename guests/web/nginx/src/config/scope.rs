//! The directives that `http`, `server` and `location` share, and how blocks inherit them.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    rc::Rc,
};

use wasipod_guest_http::mime::MimeTypes;

use super::{
    AccessLog, AddedHeader, ConfigError, ErrorLog, ErrorPage, Settings,
    directives::{self, Context},
    syntax::Directive,
};
use crate::{log::Level, variables::Template};

pub(super) const COMBINED: &str = "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \
                                   \"$http_referer\" \"$http_user_agent\"";

/// What is known outside of the blocks: the log formats and where relative paths begin.
pub(super) struct Surroundings<'a> {
    pub(super) prefix: &'a Path,
    pub(super) formats: BTreeMap<String, Template>,
}

/// Directives that may stand once in a block, or would contradict each other.
const REPEATABLE: [&str; 11] = [
    "access_log",
    "add_header",
    "error_log",
    "error_page",
    "include",
    "index",
    "listen",
    "location",
    "log_format",
    "server",
    "server_name",
];

/// One block's settings, as they grow.
pub(super) struct Scope {
    pub(super) settings: Settings,
    seen: BTreeSet<String>,
    /// What a list directive has given in this very block: it replaces what is inherited.
    index: Vec<String>,
    error_pages: Vec<ErrorPage>,
    headers: Vec<AddedHeader>,
    access_log: Option<Vec<AccessLog>>,
    error_log: Vec<ErrorLog>,
}

impl Scope {
    /// A block inside of a block with these settings.
    pub(super) fn within(settings: &Settings) -> Scope {
        Scope {
            settings: settings.clone(),
            seen: BTreeSet::new(),
            index: Vec::new(),
            error_pages: Vec::new(),
            headers: Vec::new(),
            access_log: None,
            error_log: Vec::new(),
        }
    }

    /// Checks a directive and applies it if it is one of the shared ones; false leaves it to the block.
    pub(super) fn apply(
        &mut self,
        directive: &Directive,
        context: Context,
        around: &Surroundings<'_>,
    ) -> Result<bool, ConfigError> {
        directives::check(directive, context)?;
        let name = directive.name.as_str();
        if !REPEATABLE.contains(&name) && !self.seen.insert(name.to_owned()) {
            return Err(directive.place.error(format!("\"{name}\" directive is duplicate")));
        }
        let settings = &mut self.settings;
        match name {
            "root" => settings.root = absolute(around.prefix, directive.literal(0)?),
            "index" => {
                for argument in 0..directive.arguments.len() {
                    self.index.push(directive.literal(argument)?.to_owned());
                }
            }
            "autoindex" => settings.lists_directories = directive.switch()?,
            "log_not_found" => settings.logs_not_found = directive.switch()?,
            "absolute_redirect" => settings.redirects_absolutely = directive.switch()?,
            "server_tokens" => {
                settings.shows_version = directive.argument(0) == "build" || directive.switch()?
            }
            "default_type" => settings.default_type = directive.argument(0).into(),
            "types" => settings.types = Rc::new(types(directive.block.as_deref().unwrap_or_default())?),
            "keepalive_timeout" => settings.keep_alive = directive.time(0)?,
            "keepalive_requests" => settings.keep_alive_requests = directive.number()?,
            "send_timeout" => settings.send_timeout = directive.time(0)?,
            "error_page" => error_page(directive, &mut self.error_pages)?,
            "add_header" => self.headers.push(added_header(directive)?),
            "access_log" => self.access_log(directive, around)?,
            "error_log" => self.error_log.push(error_log(directive, around.prefix)?),
            // How bytes travel is the network's business here; the values are still checked.
            "sendfile" | "tcp_nopush" | "tcp_nodelay" => drop(directive.switch()?),
            "types_hash_max_size" => drop(directive.number()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The block's settings, when all its directives have been applied.
    pub(super) fn finish(self) -> Settings {
        let mut settings = self.settings;
        if !self.index.is_empty() {
            settings.index = self.index.into();
        }
        if !self.error_pages.is_empty() {
            settings.error_pages = self.error_pages.into();
        }
        if !self.headers.is_empty() {
            settings.headers = self.headers.into();
        }
        if let Some(logs) = self.access_log {
            settings.access_log = logs.into();
        }
        if !self.error_log.is_empty() {
            settings.error_log = self.error_log.into();
        }
        settings
    }

    fn access_log(&mut self, directive: &Directive, around: &Surroundings<'_>) -> Result<(), ConfigError> {
        let logs = self.access_log.get_or_insert_default();
        if directive.arguments == ["off"] {
            logs.clear();
            return Ok(());
        }
        let name = if directive.arguments.len() > 1 { directive.argument(1) } else { "combined" };
        let Some(format) = around.formats.get(name) else {
            return Err(directive.place.error(format!("unknown log format \"{name}\"")));
        };
        let path = absolute(around.prefix, directive.literal(0)?).into();
        logs.push(AccessLog { path, format: format.clone() });
        Ok(())
    }
}

/// A path of the configuration made absolute.
pub(super) fn absolute(prefix: &Path, path: &str) -> String {
    prefix.join(path).display().to_string()
}

/// An `error_log` directive of any context.
pub(super) fn error_log(directive: &Directive, prefix: &Path) -> Result<ErrorLog, ConfigError> {
    let level = match directive.arguments.get(1) {
        None => Level::Error,
        Some(word) => Level::from_word(word)
            .ok_or_else(|| directive.place.error(format!("invalid log level \"{word}\"")))?,
    };
    let path = directive.literal(0)?;
    Ok(ErrorLog { path: (path != "stderr").then(|| absolute(prefix, path).into()), level })
}

fn types(block: &[Directive]) -> Result<MimeTypes, ConfigError> {
    let mut types = MimeTypes::empty("");
    for entry in block {
        if entry.block.is_some() || entry.arguments.is_empty() {
            return Err(entry
                .place
                .error(format!("invalid number of arguments in \"{}\" directive", entry.name)));
        }
        entry.arguments.iter().for_each(|extension| types.insert(extension, &entry.name));
    }
    Ok(types)
}

fn added_header(directive: &Directive) -> Result<AddedHeader, ConfigError> {
    let always = directive.arguments.get(2).map(String::as_str);
    if always.is_some_and(|word| word != "always") {
        return Err(directive.place.error(format!("invalid parameter \"{}\"", directive.argument(2))));
    }
    let value = directive.template(directive.argument(1))?;
    Ok(AddedHeader { name: directive.argument(0).to_owned(), value, always: always.is_some() })
}

/// `error_page 404 500 =200 /page;`
fn error_page(directive: &Directive, pages: &mut Vec<ErrorPage>) -> Result<(), ConfigError> {
    let Some((_, mut codes)) = directive.arguments.split_last() else { return Ok(()) };
    let target = directive.literal(directive.arguments.len() - 1)?;
    if !target.starts_with('/') && !target.starts_with("http://") && !target.starts_with("https://") {
        return Err(directive.place.error(format!("\"{target}\" is neither a path nor an address")));
    }
    let mut becomes = None;
    if let Some((last, rest)) = codes.split_last()
        && let Some(code) = last.strip_prefix('=')
    {
        let code = code.parse().map_err(|_| directive.place.error(format!("invalid value \"{last}\"")))?;
        becomes = Some(code);
        codes = rest;
    }
    for code in codes {
        let status: u16 =
            code.parse().map_err(|_| directive.place.error(format!("invalid value \"{code}\"")))?;
        if !(300..=599).contains(&status) {
            return Err(directive.place.error(format!("value \"{code}\" must be between 300 and 599")));
        }
        pages.push(ErrorPage { status, becomes, target: target.to_owned() });
    }
    Ok(())
}
