//! What requests mean: from a request to a response by the configuration.

use std::{cell::RefCell, rc::Rc};

use wasipod_guest_http::{
    connection::{Answer, Exchange, Handler, Limits, Peer},
    message::{Body, Response},
    request::{Refusal, Request},
    system,
    target::Target,
};

use crate::{
    config::{AccessLog, Config, Location, Server, Settings},
    log::{Level, Logs},
    variables::{SentValues, Values, host_name},
};

mod autoindex;
mod content;
mod pages;

/// How often a request may be sent on inside of the server.
const MAX_REDIRECTS: u32 = 10;

/// The configured site. The configuration can be exchanged while it serves.
pub(crate) struct Site {
    config: RefCell<Rc<Config>>,
    pub(crate) logs: Rc<Logs>,
}

/// What is remembered of a request for its access log line.
pub(crate) struct Note {
    uri: String,
    query: Option<String>,
    server: Rc<Server>,
    location: Rc<Location>,
}

impl Site {
    pub(crate) fn new(config: Rc<Config>, logs: Rc<Logs>) -> Site {
        Site { config: RefCell::new(config), logs }
    }

    pub(crate) fn config(&self) -> Rc<Config> {
        Rc::clone(&self.config.borrow())
    }

    pub(crate) fn reconfigure(&self, config: Rc<Config>) {
        self.config.replace(config);
    }

    fn logged(&self, response: Response, note: Note) -> Answer {
        let logs = Rc::clone(&self.logs);
        Answer { response, finished: Box::new(move |exchange| note.log(exchange, &logs)) }
    }

    fn server(&self, request: Option<&Request>, peer: Peer) -> Option<Rc<Server>> {
        let host = host_name(request).unwrap_or_default();
        self.config().server(peer.local, &host).cloned()
    }
}

/// A request on its way through locations and error pages.
struct Visit<'a> {
    site: &'a Site,
    request: &'a Request,
    peer: Peer,
    server: Rc<Server>,
    uri: String,
    query: Option<String>,
    /// The status that an error page's file is sent with.
    status: Option<u16>,
}

/// What a location makes of a request.
enum Outcome {
    /// This is the answer.
    Respond(Response),
    /// The path is another one.
    Redirect(String),
    /// Status and no content of its own: error page or built-in page.
    Fail(u16),
}

impl Visit<'_> {
    fn run(&mut self) -> (Response, Rc<Location>) {
        let mut location = Rc::clone(self.server.location(&self.uri));
        for _ in 0..MAX_REDIRECTS {
            match self.content(&location) {
                Outcome::Respond(response) => return (self.finish(response, &location), location),
                Outcome::Redirect(uri) => self.uri = uri,
                Outcome::Fail(status) => match self.error_page(status, &location) {
                    Ok(()) => {}
                    Err(response) => return (self.finish(response, &location), location),
                },
            }
            location = Rc::clone(self.server.location(&self.uri));
        }
        let message = "rewrite or internal redirection cycle while processing";
        self.log(&location, Level::Error, &format!("{message} \"{}\"", self.uri));
        (pages::page(500, self.server_field()), location)
    }

    /// Turns to the page that is configured for a status; the built-in one if there is none, or the configured one
    /// failed itself.
    fn error_page(&mut self, status: u16, location: &Rc<Location>) -> Result<(), Response> {
        let built_in = || {
            let mut response = pages::page(status, self.server_field());
            // What broke the framing or was refused for its length can't be followed by another request.
            response.close = matches!(status, 400 | 413 | 414);
            response
        };
        let page = location.settings.error_pages.iter().find(|page| page.status == status);
        let Some(page) = page.filter(|_| self.status.is_none()) else { return Err(built_in()) };
        if !page.target.starts_with('/') {
            let code = page.becomes.filter(|code| (300..400).contains(code)).unwrap_or(302);
            return Err(pages::page(code, self.server_field()).with("Location", page.target.clone()));
        }
        self.status = Some(page.becomes.unwrap_or(status));
        let (uri, query) =
            page.target.split_once('?').map_or((page.target.as_str(), None), |(u, q)| (u, Some(q)));
        self.uri = uri.to_owned();
        self.query = query.map(str::to_owned);
        Ok(())
    }

    /// Adds what `add_header` says.
    fn finish(&self, mut response: Response, location: &Location) -> Response {
        let is_good = matches!(response.status, 200 | 201 | 204 | 206 | 301..=304 | 307 | 308);
        for header in location.settings.headers.iter().filter(|header| header.always || is_good) {
            let sent = SentValues { status: response.status, ..SentValues::default() };
            let value = header.value.text(&self.values(location, sent));
            if !value.is_empty() {
                response.configured.push((header.name.clone(), value));
            }
        }
        response
    }

    fn server_field(&self) -> &'static str {
        server_field(&self.server.outside.settings)
    }

    fn values<'v>(&'v self, location: &'v Location, sent: SentValues) -> Values<'v> {
        Values {
            request: Some(self.request),
            line: &self.request.line,
            peer: self.peer,
            uri: &self.uri,
            query: self.query.as_deref(),
            server_name: self.server.names.first().map_or("", String::as_str),
            document_root: &location.settings.root,
            file_name: location.file(&self.uri).display().to_string(),
            sent,
            now: system::now(),
        }
    }

    /// A line in the error log, with who asked for what.
    fn log(&self, location: &Location, level: Level, message: &str) {
        let server = self.server.names.first().map_or("", String::as_str);
        let host = self.request.field("host").map(|host| format!(", host: \"{host}\"")).unwrap_or_default();
        let text = format!(
            "*{} {message}, client: {}, server: {server}, request: \"{}\"{host}",
            self.peer.number,
            self.peer.client.ip(),
            self.request.line
        );
        self.site.logs.error(&location.settings.error_log, level, &text);
    }
}

fn server_field(settings: &Settings) -> &'static str {
    if settings.shows_version { crate::SERVER_FIELD } else { "nginx" }
}

impl Handler for Site {
    fn server(&self, peer: Peer) -> String {
        self.server(None, peer).map_or("nginx", |server| server_field(&server.outside.settings)).to_owned()
    }

    fn limits(&self, peer: Peer) -> Limits {
        let Some(server) = self.server(None, peer) else { return Limits::default() };
        let settings = &server.outside.settings;
        Limits {
            keep_alive: settings.keep_alive,
            requests: settings.keep_alive_requests,
            head: server.header_timeout,
            send: settings.send_timeout,
        }
    }

    fn answer(&self, request: &Request, peer: Peer) -> Answer {
        let Some(server) = self.server(Some(request), peer) else {
            // The address was given up by a reload while the connection lived.
            let mut response = Response::new(503, Body::Bytes(Vec::new()));
            response.close = true;
            return Answer { response, finished: Box::new(|_| ()) };
        };
        let target = Target::parse(&request.target);
        let (uri, query) = match &target {
            Ok(target) => (target.path.clone(), target.query.clone()),
            Err(_) => ("/".to_owned(), None),
        };
        let mut visit = Visit { site: self, request, peer, server, uri, query, status: None };
        let (response, location) = match target {
            Ok(_) => visit.run(),
            Err(error) => {
                let outside = Rc::clone(&visit.server.outside);
                visit.log(&outside, Level::Info, &format!("client sent invalid request: {error}"));
                (visit.error_page(400, &outside).err().unwrap_or_else(|| visit.run().0), outside)
            }
        };
        let Visit { uri, query, server, .. } = visit;
        self.logged(response, Note { uri, query, server, location })
    }

    fn refuse(&self, refusal: Refusal, peer: Peer) -> Answer {
        let server = self.server(None, peer);
        let field = server.as_ref().map_or("nginx", |server| server_field(&server.outside.settings));
        let response = match refusal {
            Refusal::HeadTooLarge => pages::oversized_head(field),
            other => pages::page(other.status(), field),
        };
        let location = server.as_ref().map(|server| Rc::clone(&server.outside));
        if let Some(location) = &location {
            let what = match refusal {
                Refusal::Malformed => "client sent invalid request",
                Refusal::HeadTooLarge => "client sent too long header line",
                Refusal::TooSlow => "client timed out (110: Connection timed out)",
                Refusal::LineTooLong => "client sent too long URI",
                Refusal::UnknownCoding => "client sent unknown \"Transfer-Encoding\"",
                Refusal::WrongVersion => "client sent invalid version",
            };
            let name = server.iter().flat_map(|s| s.names.first()).map(String::as_str).collect::<String>();
            let client = peer.client.ip();
            let message = format!(
                "*{} {what} while reading client request line, client: {client}, server: {name}",
                peer.number
            );
            self.logs.error(&location.settings.error_log, Level::Info, &message);
        }
        match (server, location) {
            (Some(server), Some(location)) => {
                self.logged(response, Note { uri: String::new(), query: None, server, location })
            }
            _ => Answer { response, finished: Box::new(|_| ()) },
        }
    }
}

impl Note {
    /// Writes the access log's line.
    fn log(&self, exchange: &Exchange<'_>, logs: &Logs) {
        let Note { uri, query, server, location } = self;
        let settings = &location.settings;
        if settings.access_log.is_empty() {
            return;
        }
        let values = Values {
            request: exchange.request,
            line: exchange.line,
            peer: exchange.peer,
            uri,
            query: query.as_deref(),
            server_name: server.names.first().map_or("", String::as_str),
            document_root: &settings.root,
            file_name: location.file(uri).display().to_string(),
            sent: SentValues {
                status: exchange.status,
                body_bytes: exchange.body_bytes_sent,
                bytes: exchange.bytes_sent,
                request_length: exchange.request_length,
                duration: exchange.duration,
                requests: exchange.requests,
            },
            now: system::now(),
        };
        for AccessLog { path, format } in &*settings.access_log {
            logs.line(path, &format.log_line(&values));
        }
    }
}

#[cfg(test)]
mod tests;
