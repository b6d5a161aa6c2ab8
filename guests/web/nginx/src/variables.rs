//! `$variables` in log formats, headers and answers.

use std::{rc::Rc, time::Duration, time::SystemTime};

use wasipod_guest_http::{connection::Peer, date, request::Request};

/// A text with variables, split once.
#[derive(Debug, Clone)]
pub(crate) struct Template(Rc<[Part]>);

#[derive(Debug)]
enum Part {
    Literal(String),
    Variable(Variable),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Variable {
    Argument(String),
    Field(String),
    Plain(Plain),
}

macro_rules! plain_variables {
    ($($name:literal $variant:ident)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum Plain { $($variant),* }

        const PLAIN: &[(&str, Plain)] = &[$(($name, Plain::$variant)),*];
    };
}

plain_variables! {
    "args" Args "is_args" IsArgs "uri" Uri "request_uri" RequestUri
    "request" RequestLine "request_method" Method "request_length" RequestLength "request_time" RequestTime
    "host" Host "hostname" Hostname "scheme" Scheme "server_protocol" Protocol "server_name" ServerName
    "server_addr" ServerAddress "server_port" ServerPort "remote_addr" RemoteAddress "remote_port" RemotePort
    "remote_user" RemoteUser "document_root" DocumentRoot "request_filename" FileName "status" Status
    "body_bytes_sent" BodyBytes "bytes_sent" Bytes "connection" Connection "connection_requests" Requests
    "time_local" TimeLocal "time_iso8601" TimeIso "msec" Milliseconds "pid" Pid "nginx_version" Version
    "pipe" Pipe "https" Https
}

/// What the variables stand for in one request.
pub(crate) struct Values<'a> {
    pub(crate) request: Option<&'a Request>,
    pub(crate) line: &'a str,
    pub(crate) peer: Peer,
    /// The normalised path, as it is after internal redirects.
    pub(crate) uri: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) server_name: &'a str,
    pub(crate) document_root: &'a str,
    pub(crate) file_name: String,
    pub(crate) sent: SentValues,
    pub(crate) now: SystemTime,
}

/// What is known when the answer is out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SentValues {
    pub(crate) status: u16,
    pub(crate) body_bytes: u64,
    pub(crate) bytes: u64,
    pub(crate) request_length: u64,
    pub(crate) duration: Duration,
    pub(crate) requests: u64,
}

impl Template {
    /// Splits a text; the error is the name of a variable that there isn't.
    pub(crate) fn compile(text: &str) -> Result<Template, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            literal.push_str(&rest[..dollar]);
            let after = &rest[dollar + 1..];
            let (name, remainder) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some(braced) => braced,
                None => {
                    let end =
                        after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
                    after.split_at(end)
                }
            };
            if name.is_empty() {
                return Err(String::new());
            }
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            parts.push(Part::Variable(Variable::named(name).ok_or_else(|| name.to_owned())?));
            rest = remainder;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Template(parts.into()))
    }

    /// The text with its variables' values; what has no value is empty.
    pub(crate) fn text(&self, values: &Values<'_>) -> String {
        self.fill(|variable| variable.value(values).unwrap_or_default())
    }

    /// The same for a log: what has no value is `-`, what could break a line is escaped.
    pub(crate) fn log_line(&self, values: &Values<'_>) -> String {
        self.fill(|variable| match variable.value(values) {
            Some(value) if !value.is_empty() => escape(&value),
            _ => "-".to_owned(),
        })
    }

    fn fill(&self, mut value: impl FnMut(&Variable) -> String) -> String {
        let mut text = String::new();
        for part in &*self.0 {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Variable(variable) => text.push_str(&value(variable)),
            }
        }
        text
    }
}

/// nginx's default escaping: quote, backslash and everything outside of printable ASCII as `\xHH`.
fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'"' | b'\\' | ..b' ' | 0x7f.. => out.push_str(&format!("\\x{byte:02X}")),
            _ => out.push(char::from(byte)),
        }
    }
    out
}

impl Variable {
    fn named(name: &str) -> Option<Variable> {
        if let Some(field) = name.strip_prefix("http_") {
            return Some(Variable::Field(field.replace('_', "-")));
        }
        if let Some(argument) = name.strip_prefix("arg_") {
            return Some(Variable::Argument(argument.to_owned()));
        }
        let name = match name {
            "query_string" => "args",
            "document_uri" => "uri",
            other => other,
        };
        PLAIN.iter().find(|(known, _)| *known == name).map(|(_, plain)| Variable::Plain(*plain))
    }

    fn value(&self, v: &Values<'_>) -> Option<String> {
        match self {
            Variable::Field(name) => {
                let values: Vec<&str> = v.request?.all(name).collect();
                (!values.is_empty()).then(|| values.join(", "))
            }
            Variable::Argument(name) => v.query?.split('&').find_map(|pair| {
                let (key, value) = pair.split_once('=')?;
                key.eq_ignore_ascii_case(name).then(|| value.to_owned())
            }),
            Variable::Plain(plain) => plain.value(v),
        }
    }
}

impl Plain {
    fn value(self, v: &Values<'_>) -> Option<String> {
        let sent = &v.sent;
        Some(match self {
            Plain::Args => v.query?.to_owned(),
            Plain::IsArgs => if v.query.is_some_and(|q| !q.is_empty()) { "?" } else { "" }.to_owned(),
            Plain::Uri => v.uri.to_owned(),
            Plain::RequestUri => v.request?.target.clone(),
            Plain::RequestLine => v.line.to_owned(),
            Plain::Method => v.request?.method.clone(),
            Plain::RequestLength => sent.request_length.to_string(),
            Plain::RequestTime => {
                format!("{}.{:03}", sent.duration.as_secs(), sent.duration.subsec_millis())
            }
            Plain::Host => host_name(v.request).unwrap_or_else(|| v.server_name.to_owned()),
            Plain::Hostname => wasipod_guest_http::system::hostname(),
            Plain::Scheme => "http".to_owned(),
            Plain::Protocol => format!("HTTP/1.{}", v.request?.minor_version),
            Plain::ServerName => v.server_name.to_owned(),
            Plain::ServerAddress => v.peer.local.ip().to_string(),
            Plain::ServerPort => v.peer.local.port().to_string(),
            Plain::RemoteAddress => v.peer.client.ip().to_string(),
            Plain::RemotePort => v.peer.client.port().to_string(),
            Plain::DocumentRoot => v.document_root.to_owned(),
            Plain::FileName => v.file_name.clone(),
            Plain::Status => format!("{:03}", sent.status),
            Plain::BodyBytes => sent.body_bytes.to_string(),
            Plain::Bytes => sent.bytes.to_string(),
            Plain::Connection => v.peer.number.to_string(),
            Plain::Requests => sent.requests.to_string(),
            Plain::TimeLocal => date::common_log(v.now),
            Plain::TimeIso => date::iso8601(v.now),
            Plain::Milliseconds => {
                let now = date::since_epoch(v.now);
                format!("{}.{:03}", now.as_secs(), now.subsec_millis())
            }
            Plain::Pid => wasipod_guest_http::system::process_id().to_string(),
            Plain::Version => crate::VERSION.to_owned(),
            Plain::Pipe => ".".to_owned(),
            // No authentication, no TLS: never a value.
            Plain::RemoteUser | Plain::Https => return None,
        })
    }
}

/// The host that a request is for: of the target, else of the Host field; lower case, without port.
pub(crate) fn host_name(request: Option<&Request>) -> Option<String> {
    let request = request?;
    let target = request.target.get(7..).filter(|_| !request.target.starts_with('/'));
    let authority = match target {
        Some(rest) => rest.split(['/', '?', '#']).next()?,
        None => request.field("host")?,
    };
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}
