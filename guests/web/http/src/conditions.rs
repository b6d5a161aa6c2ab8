//! Conditional requests (RFC 9110, section 13) and what they make of a GET for a file.

use crate::{
    date,
    range::{self, Range},
    request::Request,
};

/// What identifies one state of a file to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validators {
    /// With its quotes, and with `W/` if it is weak.
    pub etag: String,
    /// Whole seconds since 1970.
    pub last_modified: u64,
}

/// How a GET or HEAD for an existing file is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// 200, 206 or 416.
    Send(Range),
    /// 304.
    NotModified,
    /// 412.
    PreconditionFailed,
}

/// Evaluates the request's conditions in the order of RFC 9110, 13.2.2.
pub fn plan(request: &Request, file: &Validators, length: u64) -> Plan {
    if let Some(tags) = request.field("if-match") {
        if !matches_tag(tags, &file.etag, Comparison::Strong) {
            return Plan::PreconditionFailed;
        }
    } else if let Some(since) = request.field("if-unmodified-since").and_then(date::parse_http)
        && file.last_modified > since
    {
        return Plan::PreconditionFailed;
    }
    if let Some(tags) = request.field("if-none-match") {
        if matches_tag(tags, &file.etag, Comparison::Weak) {
            return Plan::NotModified;
        }
    } else if let Some(since) = request.field("if-modified-since").and_then(date::parse_http)
        && file.last_modified <= since
    {
        return Plan::NotModified;
    }
    // Ranges are defined for GET alone (RFC 9110, 14.2).
    let range = match request.field("range") {
        Some(field) if request.method == "GET" && allows_range(request, file) => range::judge(field, length),
        _ => Range::Whole,
    };
    Plan::Send(range)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Strong,
    Weak,
}

fn matches_tag(list: &str, etag: &str, how: Comparison) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    list.split(',').map(str::trim).any(|tag| match how {
        _ if tag == "*" => true,
        Comparison::Strong => !tag.starts_with("W/") && tag == etag,
        Comparison::Weak => opaque(tag) == opaque(etag),
    })
}

/// If-Range: the part is only wanted if the file is still the one that the client has a part of.
fn allows_range(request: &Request, file: &Validators) -> bool {
    match request.field("if-range") {
        None => true,
        Some(tag) if tag.starts_with('"') => tag == file.etag,
        Some(tag) if tag.starts_with("W/") => false,
        Some(at) => date::parse_http(at) == Some(file.last_modified),
    }
}

#[cfg(test)]
mod tests {
    use super::{Plan::*, *};

    const OLDER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const NEWER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn judge(method: &str, fields: &str) -> Plan {
        let head = format!("{method} / HTTP/1.1\r\nHost: h\r\n{fields}\r\n");
        let request = Request::parse(head.as_bytes()).unwrap().unwrap();
        plan(&request, &Validators { etag: "\"a-1\"".into(), last_modified: 784_111_777 }, 10)
    }

    const PART: Plan = Send(Range::Part { first: 0, last: 4 });
    const WHOLE: Plan = Send(Range::Whole);

    #[test]
    fn conditions_are_judged_in_the_order_of_rfc_9110() {
        for (fields, expected) in [
            (String::new(), WHOLE),
            ("If-None-Match: \"a-1\"\r\n".into(), NotModified),
            ("If-None-Match: W/\"a-1\", \"x\"\r\n".into(), NotModified),
            ("If-None-Match: *\r\n".into(), NotModified),
            (format!("If-None-Match: \"x\"\r\nIf-Modified-Since: {SAME}\r\n"), WHOLE),
            (format!("If-Modified-Since: {SAME}\r\n"), NotModified),
            (format!("If-Modified-Since: {NEWER}\r\n"), NotModified),
            (format!("If-Modified-Since: {OLDER}\r\n"), WHOLE),
            ("If-Modified-Since: never\r\n".into(), WHOLE),
            ("If-Match: \"x\"\r\n".into(), PreconditionFailed),
            ("If-Match: W/\"a-1\"\r\n".into(), PreconditionFailed),
            ("If-Match: \"x\", \"a-1\"\r\n".into(), WHOLE),
            (format!("If-Unmodified-Since: {OLDER}\r\n"), PreconditionFailed),
            (format!("If-Unmodified-Since: {SAME}\r\n"), WHOLE),
            ("Range: bytes=0-4\r\n".into(), PART),
            ("Range: bytes=50-\r\n".into(), Send(Range::Unsatisfiable)),
            ("Range: bytes=0-4\r\nIf-Range: \"a-1\"\r\n".into(), PART),
            ("Range: bytes=0-4\r\nIf-Range: \"x\"\r\n".into(), WHOLE),
            ("Range: bytes=0-4\r\nIf-Range: W/\"a-1\"\r\n".into(), WHOLE),
            (format!("Range: bytes=0-4\r\nIf-Range: {SAME}\r\n"), PART),
            (format!("Range: bytes=0-4\r\nIf-Range: {OLDER}\r\n"), WHOLE),
            ("Range: bytes=0-4\r\nIf-None-Match: \"a-1\"\r\n".into(), NotModified),
        ] {
            assert_eq!(judge("GET", &fields), expected, "{fields:?}");
        }
        assert_eq!(judge("HEAD", "Range: bytes=0-4\r\n"), WHOLE);
    }
}
