//! `server` and `location`.

use std::{net::SocketAddr, rc::Rc, time::Duration};

use super::{
    ConfigError, Fallback, Location, Matcher, Return, Server, Settings, TryFiles,
    directives::Context,
    scope::{Scope, Surroundings, absolute},
    syntax::Directive,
    values::parse_address,
};

/// A server with the addresses that it listens on; true marks the default server of an address.
pub(super) type ListeningServer = (Server, Vec<(SocketAddr, bool)>);

/// Reads a `server` block; the settings are those of `http`.
pub(super) fn server(
    block: &Directive,
    settings: &Settings,
    header_timeout: Duration,
    around: &Surroundings<'_>,
) -> Result<ListeningServer, ConfigError> {
    let mut scope = Scope::within(settings);
    let mut names = Vec::new();
    let mut listens = Vec::new();
    let mut blocks = Vec::new();
    let mut answer = None;
    let mut try_files = None;
    let mut header_timeout = header_timeout;
    for directive in block.block.iter().flatten() {
        if scope.apply(directive, Context::Server, around)? {
            continue;
        }
        match directive.name.as_str() {
            "listen" => listens.push(listen(directive, &listens)?),
            "server_name" => names.extend(server_names(directive)?),
            "client_header_timeout" => header_timeout = directive.time(0)?,
            "return" => answer = Some(return_(directive)?),
            "try_files" => try_files = Some(try_files_(directive)?),
            _ => blocks.push(directive),
        }
    }
    if names.is_empty() {
        names.push(String::new());
    }
    if listens.is_empty() {
        listens.push((SocketAddr::from(([0, 0, 0, 0], 80)), false));
    }
    let settings = scope.finish();
    let mut locations: Vec<Rc<Location>> = Vec::new();
    for block in blocks {
        let mut location = location(block, &settings, around)?;
        if locations.iter().any(|other| other.matcher == location.matcher) {
            let name = block.arguments.last().map_or("", String::as_str);
            return Err(block.place.error(format!("duplicate location \"{name}\"")));
        }
        // The server's `return` comes before any location is looked for.
        if answer.is_some() {
            location.answer.clone_from(&answer);
        }
        locations.push(Rc::new(location));
    }
    let outside =
        Rc::new(Location { matcher: Matcher::Prefix("/".into()), settings, alias: None, answer, try_files });
    Ok((Server { names, outside, locations, header_timeout }, listens))
}

fn listen(directive: &Directive, others: &[(SocketAddr, bool)]) -> Result<(SocketAddr, bool), ConfigError> {
    let text = directive.argument(0);
    let error = |message: String| directive.place.error(message);
    if text.starts_with("unix:") {
        return Err(error("unix sockets in \"listen\" are not supported by this stand-in".into()));
    }
    let address = parse_address(text)
        .map_err(|what| error(format!("{what} in \"{text}\" of the \"listen\" directive")))?;
    if others.iter().any(|(other, _)| *other == address) {
        return Err(error(format!("a duplicate listen {text}")));
    }
    let mut is_default = false;
    for parameter in directive.arguments.iter().skip(1) {
        match parameter.as_str() {
            "default_server" | "default" => is_default = true,
            "ipv6only=on" if address.is_ipv6() => {}
            "reuseport" | "bind" => {}
            word if word.starts_with("backlog=") => {}
            word @ ("ssl" | "http2" | "quic" | "proxy_protocol" | "deferred" | "ipv6only=off") => {
                return Err(error(format!("the \"{word}\" parameter is not supported by this stand-in")));
            }
            word => return Err(error(format!("invalid parameter \"{word}\""))),
        }
    }
    Ok((address, is_default))
}

fn server_names(directive: &Directive) -> Result<Vec<String>, ConfigError> {
    let name = |name: &String| {
        if name.starts_with('~') {
            return Err(directive
                .place
                .error("regular expressions in \"server_name\" are not supported by this stand-in"));
        }
        Ok(name.to_ascii_lowercase())
    };
    directive.arguments.iter().map(name).collect()
}

fn location(
    block: &Directive,
    settings: &Settings,
    around: &Surroundings<'_>,
) -> Result<Location, ConfigError> {
    let matcher = matcher(block)?;
    let mut scope = Scope::within(settings);
    let (mut alias, mut answer, mut try_files) = (None, None, None);
    let mut has_root = false;
    for directive in block.block.iter().flatten() {
        if directive.name == "location" {
            return Err(directive.place.error("locations in locations are not supported by this stand-in"));
        }
        has_root |= directive.name == "root";
        if scope.apply(directive, Context::Location, around)? {
            continue;
        }
        match directive.name.as_str() {
            "alias" => alias = Some(absolute(around.prefix, directive.literal(0)?)),
            "return" => answer = answer.or(Some(return_(directive)?)),
            "try_files" => try_files = Some(try_files_(directive)?),
            _ => {}
        }
        if has_root && alias.is_some() {
            return Err(directive.place.error("\"alias\" and \"root\" exclude each other"));
        }
    }
    Ok(Location { matcher, settings: scope.finish(), alias, answer, try_files })
}

fn matcher(block: &Directive) -> Result<Matcher, ConfigError> {
    let (modifier, path) = match block.arguments.as_slice() {
        [path] => ("", path.as_str()),
        [modifier, path] => (modifier.as_str(), path.as_str()),
        _ => ("", ""),
    };
    match modifier {
        "=" => Ok(Matcher::Exact(path.to_owned())),
        "^~" => Ok(Matcher::Prefix(path.to_owned())),
        "" if path.starts_with('=') => Ok(Matcher::Exact(path[1..].to_owned())),
        "" if !path.starts_with(['~', '@']) => Ok(Matcher::Prefix(path.to_owned())),
        "" | "~" | "~*" => {
            let what =
                if path.starts_with('@') { "named locations" } else { "regular expressions in \"location\"" };
            Err(block.place.error(format!("{what} are not supported by this stand-in")))
        }
        other => Err(block.place.error(format!("invalid location modifier \"{other}\""))),
    }
}

fn return_(directive: &Directive) -> Result<Return, ConfigError> {
    let first = directive.argument(0);
    let second = directive.arguments.get(1).map(String::as_str);
    if second.is_none()
        && (first.starts_with("http://") || first.starts_with("https://") || first.starts_with('$'))
    {
        return Ok(Return { status: 302, text: Some(directive.template(first)?) });
    }
    let status = first.parse().ok().filter(|code| (100..=999).contains(code));
    let status = status.ok_or_else(|| directive.place.error(format!("invalid return code \"{first}\"")))?;
    Ok(Return { status, text: second.map(|text| directive.template(text)).transpose()? })
}

fn try_files_(directive: &Directive) -> Result<TryFiles, ConfigError> {
    let (last, candidates) = match directive.arguments.split_last() {
        Some((last, candidates)) => (last.as_str(), candidates),
        None => ("", &[][..]),
    };
    let last = match last.strip_prefix('=') {
        Some(code) => {
            let code = code.parse().ok().filter(|code| (100..=999).contains(code));
            Fallback::Status(code.ok_or_else(|| directive.place.error(format!("invalid code \"{last}\"")))?)
        }
        None if last.starts_with('@') => {
            return Err(directive.place.error("named locations are not supported by this stand-in"));
        }
        None => Fallback::Uri(directive.template(last)?),
    };
    let candidates = candidates.iter().map(|text| directive.template(text)).collect::<Result<_, _>>()?;
    Ok(TryFiles { candidates, last })
}
