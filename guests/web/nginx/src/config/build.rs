//! From the files to a [`Config`].

use std::{collections::BTreeMap, net::SocketAddr, path::Path, rc::Rc, time::Duration};

use wasipod_guest_http::mime::MimeTypes;

use super::{
    AccessLog, Config, ConfigError, ErrorLog, Listen, Server, Settings,
    directives::{self, Context},
    scope::{COMBINED, Scope, Surroundings, absolute, error_log},
    server,
    syntax::{Directive, Reader},
};
use crate::{log::Level, options::Options, variables::Template};

const DEFAULT_ACCESS_LOG: &str = "/var/log/nginx/access.log";
const DEFAULT_PID_FILE: &str = "/run/nginx.pid";

/// Reads the configuration that the options name.
///
/// # Errors
/// The first mistake, as nginx words it.
pub(crate) fn load(options: &Options) -> Result<Config, ConfigError> {
    let folder = options.configuration.parent().unwrap_or_else(|| Path::new("/"));
    let mut reader = Reader::new(folder);
    let mut main = Main::new(options);
    for directive in reader.command_line(&options.directives)? {
        main.apply(&directive).map_err(|ConfigError(message)| {
            ConfigError(message.rsplit_once(':').map_or_else(|| message.clone(), |(text, _)| text.to_owned()))
        })?;
    }
    for directive in reader.file(&options.configuration)? {
        main.apply(&directive)?;
    }
    main.finish(reader)
}

struct Main<'a> {
    options: &'a Options,
    seen: Vec<String>,
    is_daemon: bool,
    pid_file: String,
    error_log: Vec<ErrorLog>,
    http: Option<Directive>,
}

impl<'a> Main<'a> {
    fn new(options: &'a Options) -> Main<'a> {
        Main {
            options,
            seen: Vec::new(),
            is_daemon: true,
            pid_file: DEFAULT_PID_FILE.to_owned(),
            error_log: Vec::new(),
            http: None,
        }
    }

    fn apply(&mut self, directive: &Directive) -> Result<(), ConfigError> {
        directives::check(directive, Context::Main)?;
        let name = directive.name.as_str();
        if name != "error_log" && self.seen.iter().any(|seen| seen == name) {
            return Err(directive.place.error(format!("\"{name}\" directive is duplicate")));
        }
        self.seen.push(name.to_owned());
        match name {
            "daemon" => self.is_daemon = directive.switch()?,
            "pid" => self.pid_file = absolute(&self.options.prefix, directive.literal(0)?),
            "error_log" => self.error_log.push(error_log(directive, &self.options.prefix)?),
            "events" => events(directive)?,
            "http" => self.http = Some(directive.clone()),
            // There is one process, and it is whoever started it.
            "user" => {}
            "master_process" => drop(directive.switch()?),
            "worker_processes" if directive.argument(0) == "auto" => {}
            _ => drop(directive.number()?),
        }
        Ok(())
    }

    fn finish(mut self, reader: Reader) -> Result<Config, ConfigError> {
        if self.error_log.is_empty() {
            let path = self.options.error_log.as_str();
            let path = (path != "stderr").then(|| absolute(&self.options.prefix, path).into());
            self.error_log.push(ErrorLog { path, level: Level::Error });
        }
        let error_log: Rc<[ErrorLog]> = self.error_log.into();
        let defaults = defaults(&self.options.prefix, &error_log)?;
        let (servers, listens) = match &self.http {
            Some(block) => http(block, &self.options.prefix, defaults)?,
            None => (Vec::new(), Vec::new()),
        };
        if !self.seen.iter().any(|name| name == "events") {
            return Err(ConfigError("no \"events\" section in configuration".into()));
        }
        Ok(Config {
            is_daemon: self.is_daemon,
            pid_file: self.pid_file.into(),
            error_log,
            servers,
            listens,
            sources: reader.files,
        })
    }
}

fn events(block: &Directive) -> Result<(), ConfigError> {
    for directive in block.block.iter().flatten() {
        directives::check(directive, Context::Events)?;
        match directive.name.as_str() {
            "multi_accept" => drop(directive.switch()?),
            "use" => {
                let method = directive.argument(0);
                return Err(directive.place.error(format!("invalid event type \"{method}\"")));
            }
            _ => drop(directive.number()?),
        }
    }
    Ok(())
}

fn combined() -> Result<Template, ConfigError> {
    Template::compile(COMBINED).map_err(|name| ConfigError(format!("unknown \"{name}\" variable")))
}

fn defaults(prefix: &Path, error_log: &Rc<[ErrorLog]>) -> Result<Settings, ConfigError> {
    let mut types = MimeTypes::empty("");
    for (extension, content_type) in [("html", "text/html"), ("gif", "image/gif"), ("jpg", "image/jpeg")] {
        types.insert(extension, content_type);
    }
    Ok(Settings {
        root: absolute(prefix, "html"),
        index: Rc::new(["index.html".to_owned()]),
        types: Rc::new(types),
        default_type: "text/plain".into(),
        error_pages: Rc::new([]),
        headers: Rc::new([]),
        access_log: Rc::new([AccessLog { path: DEFAULT_ACCESS_LOG.into(), format: combined()? }]),
        error_log: Rc::clone(error_log),
        lists_directories: false,
        logs_not_found: true,
        shows_version: true,
        redirects_absolutely: true,
        keep_alive: Duration::from_secs(75),
        keep_alive_requests: 1000,
        send_timeout: Duration::from_secs(60),
    })
}

fn http(
    block: &Directive,
    prefix: &Path,
    defaults: Settings,
) -> Result<(Vec<Rc<Server>>, Vec<Listen>), ConfigError> {
    let mut around = Surroundings { prefix, formats: BTreeMap::from([("combined".to_owned(), combined()?)]) };
    let mut scope = Scope::within(&defaults);
    let mut header_timeout = Duration::from_secs(60);
    let mut blocks = Vec::new();
    for directive in block.block.iter().flatten() {
        if scope.apply(directive, Context::Http, &around)? {
            continue;
        }
        match directive.name.as_str() {
            "log_format" => log_format(directive, &mut around)?,
            "client_header_timeout" => header_timeout = directive.time(0)?,
            "server" => blocks.push(directive),
            _ => drop(directive.number()?),
        }
    }
    let settings = scope.finish();
    let mut servers = Vec::new();
    let mut listens: BTreeMap<SocketAddr, Vec<(bool, usize)>> = BTreeMap::new();
    for (index, block) in blocks.into_iter().enumerate() {
        let (server, addresses) = server::server(block, &settings, header_timeout, &around)?;
        for (address, is_default) in addresses {
            let sharing = listens.entry(address).or_default();
            if is_default && sharing.iter().any(|(default, _)| *default) {
                return Err(block.place.error(format!("a duplicate default server for {address}")));
            }
            sharing.push((is_default, index));
        }
        servers.push(Rc::new(server));
    }
    let listens = listens.into_iter().map(|(address, mut servers)| {
        servers.sort_by_key(|(is_default, index)| (!is_default, *index));
        Listen { address, servers: servers.into_iter().map(|(_, index)| index).collect() }
    });
    Ok((servers, listens.collect()))
}

fn log_format(directive: &Directive, around: &mut Surroundings<'_>) -> Result<(), ConfigError> {
    let name = directive.argument(0);
    let mut parts = directive.arguments.get(1..).unwrap_or_default();
    if let [first, rest @ ..] = parts
        && let Some(escape) = first.strip_prefix("escape=")
    {
        if escape != "default" {
            return Err(directive
                .place
                .error(format!("\"escape={escape}\" is not supported by this stand-in")));
        }
        parts = rest;
    }
    if around.formats.contains_key(name) {
        return Err(directive.place.error(format!("duplicate \"log_format\" name \"{name}\"")));
    }
    let format = directive.template(&parts.concat())?;
    around.formats.insert(name.to_owned(), format);
    Ok(())
}
