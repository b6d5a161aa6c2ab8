//! Responses: what is sent, and how its head looks on the wire.

use std::{fmt::Write, fs::File};

use crate::range::Range;

/// A response to be sent.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Fields beside those that the connection itself sets (Date, Content-Length, Connection).
    pub fields: Vec<(&'static str, String)>,
    /// Fields that a configuration names.
    pub configured: Vec<(String, String)>,
    /// The body; not sent, but measured, in answer to HEAD.
    pub body: Body,
    /// The connection closes after this response whatever the client wants.
    pub close: bool,
}

/// The body of a response.
#[derive(Debug)]
pub enum Body {
    /// No body, and no Content-Length (204, 304).
    None,
    /// Bytes at hand.
    Bytes(Vec<u8>),
    /// A part of a file.
    File {
        /// Open for reading.
        file: File,
        /// Offset of the first byte.
        start: u64,
        /// Bytes to send.
        length: u64,
    },
}

impl Body {
    /// Bytes of the body.
    pub fn len(&self) -> u64 {
        match self {
            Body::None => 0,
            Body::Bytes(bytes) => bytes.len() as u64,
            Body::File { length, .. } => *length,
        }
    }

    /// Whether nothing would be sent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Response {
    /// A response without fields.
    pub fn new(status: u16, body: Body) -> Response {
        Response { status, fields: Vec::new(), configured: Vec::new(), body, close: false }
    }

    /// A response with a text of a type.
    pub fn text(status: u16, content_type: &str, text: String) -> Response {
        Response::new(status, Body::Bytes(text.into_bytes())).with("Content-Type", content_type)
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Response {
        self.fields.push((name, value.into()));
        self
    }

    /// Adds what a 206 or 416 says about a representation of this length.
    #[must_use]
    pub fn with_content_range(self, range: Range, length: u64) -> Response {
        match range {
            Range::Whole => self,
            Range::Part { first, last } => {
                self.with("Content-Range", format!("bytes {first}-{last}/{length}"))
            }
            Range::Unsatisfiable => self.with("Content-Range", format!("bytes */{length}")),
        }
    }

    /// The head as sent; `keep_alive` is the connection's decision.
    pub fn head(&self, server: &str, date: &str, keep_alive: bool) -> String {
        let mut head = String::with_capacity(256);
        // Writing to a String can't fail.
        let _ = write!(
            head,
            "HTTP/1.1 {} {}\r\nServer: {server}\r\nDate: {date}\r\n",
            self.status,
            reason(self.status)
        );
        // The order of nginx, for those who compare.
        let is_early = |name: &str| name == "Content-Type";
        let is_middle = |name: &str| name == "Last-Modified" || name == "Location";
        let write = |head: &mut String, wanted: &dyn Fn(&str) -> bool| {
            self.fields
                .iter()
                .filter(|(name, _)| wanted(name))
                .for_each(|(name, value)| field(head, name, value));
        };
        write(&mut head, &is_early);
        if !matches!(self.body, Body::None) {
            let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        }
        write(&mut head, &is_middle);
        field(&mut head, "Connection", if keep_alive { "keep-alive" } else { "close" });
        write(&mut head, &|name| !is_early(name) && !is_middle(name));
        for (name, value) in &self.configured {
            field(&mut head, name, value);
        }
        head.push_str("\r\n");
        head
    }
}

/// A line end in a value would let a request write fields of its own: what isn't printable becomes a space.
fn field(head: &mut String, name: &str, value: &str) {
    head.push_str(name);
    head.push_str(": ");
    head.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c }));
    head.push_str("\r\n");
}

/// The reason phrase of a status code (RFC 9110, section 15); empty for one that has none.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Time-out",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Large",
        415 => "Unsupported Media Type",
        416 => "Requested Range Not Satisfiable",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Temporarily Unavailable",
        504 => "Gateway Time-out",
        505 => "HTTP Version Not Supported",
        507 => "Insufficient Storage",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_has_every_field_once_and_no_smuggled_line() {
        let response = Response::text(200, "text/plain", "hi".into()).with("Location", "/a\r\nEvil: 1");
        assert_eq!(
            response.head("s", "d", true),
            "HTTP/1.1 200 OK\r\nServer: s\r\nDate: d\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\
             Location: /a  Evil: 1\r\nConnection: keep-alive\r\n\r\n"
        );
    }

    #[test]
    fn a_304_has_no_length() {
        let head = Response::new(304, Body::None).head("s", "d", false);
        assert!(!head.contains("Content-Length"), "{head}");
        assert!(head.ends_with("Connection: close\r\n\r\n"), "{head}");
    }
}
