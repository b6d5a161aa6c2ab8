//! Which directives there are, where they may stand and how many arguments they take.

use super::{ConfigError, syntax::Directive};

/// Where a directive stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    Main = 1,
    Events = 2,
    Http = 4,
    Server = 8,
    Location = 16,
}

const MAIN: u8 = Context::Main as u8;
const EVENTS: u8 = Context::Events as u8;
const HTTP: u8 = Context::Http as u8;
const SERVER: u8 = Context::Server as u8;
const LOCATION: u8 = Context::Location as u8;
const ANY: u8 = HTTP | SERVER | LOCATION;
const MANY: usize = usize::MAX;

struct Rule {
    name: &'static str,
    contexts: u8,
    least: usize,
    most: usize,
    is_block: bool,
}

const fn simple(name: &'static str, contexts: u8, least: usize, most: usize) -> Rule {
    Rule { name, contexts, least, most, is_block: false }
}

const fn block(name: &'static str, contexts: u8, least: usize, most: usize) -> Rule {
    Rule { name, contexts, least, most, is_block: true }
}

const RULES: [Rule; 40] = [
    simple("absolute_redirect", ANY, 1, 1),
    simple("access_log", ANY, 1, 2),
    simple("add_header", ANY, 2, 3),
    simple("alias", LOCATION, 1, 1),
    simple("autoindex", ANY, 1, 1),
    simple("client_header_timeout", HTTP | SERVER, 1, 1),
    simple("daemon", MAIN, 1, 1),
    simple("default_type", ANY, 1, 1),
    simple("error_log", MAIN | ANY, 1, 2),
    simple("error_page", ANY, 2, MANY),
    block("events", MAIN, 0, 0),
    block("http", MAIN, 0, 0),
    simple("index", ANY, 1, MANY),
    simple("keepalive_requests", ANY, 1, 1),
    simple("keepalive_timeout", ANY, 1, 2),
    simple("listen", SERVER, 1, MANY),
    block("location", SERVER, 1, 2),
    simple("log_format", HTTP, 2, MANY),
    simple("log_not_found", ANY, 1, 1),
    simple("master_process", MAIN, 1, 1),
    simple("multi_accept", EVENTS, 1, 1),
    simple("pid", MAIN, 1, 1),
    simple("return", SERVER | LOCATION, 1, 2),
    simple("root", ANY, 1, 1),
    simple("send_timeout", ANY, 1, 1),
    simple("sendfile", ANY, 1, 1),
    block("server", HTTP, 0, 0),
    simple("server_name", SERVER, 1, MANY),
    simple("server_names_hash_bucket_size", HTTP, 1, 1),
    simple("server_tokens", ANY, 1, 1),
    simple("tcp_nodelay", ANY, 1, 1),
    simple("tcp_nopush", ANY, 1, 1),
    simple("try_files", SERVER | LOCATION, 2, MANY),
    block("types", ANY, 0, 0),
    simple("types_hash_max_size", ANY, 1, 1),
    simple("use", EVENTS, 1, 1),
    simple("user", MAIN, 1, 2),
    simple("worker_connections", EVENTS, 1, 1),
    simple("worker_processes", MAIN, 1, 1),
    simple("worker_rlimit_nofile", MAIN, 1, 1),
];

/// Checks a directive's name, place and shape, with nginx's messages.
pub(super) fn check(directive: &Directive, context: Context) -> Result<(), ConfigError> {
    let name = &directive.name;
    let error = |message: String| Err(directive.place.error(message));
    let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
        return error(format!("unknown directive \"{name}\""));
    };
    if rule.contexts & context as u8 == 0 {
        return error(format!("\"{name}\" directive is not allowed here"));
    }
    match (&directive.block, rule.is_block) {
        (None, true) => return error(format!("directive \"{name}\" has no opening \"{{\"")),
        (Some(_), false) => return error(format!("directive \"{name}\" is not terminated by \";\"")),
        _ => {}
    }
    if !(rule.least..=rule.most).contains(&directive.arguments.len()) {
        return error(format!("invalid number of arguments in \"{name}\" directive"));
    }
    Ok(())
}
