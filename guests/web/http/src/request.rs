//! Reading the head of a request: its grammar is `httparse`'s, its rules (RFC 9112) are here.

/// At most so many bytes in a request line; more is 414.
pub const MAX_LINE: usize = 8 * 1024;
/// At most so many bytes in a head, request line included; more is [`Refusal::HeadTooLarge`].
pub const MAX_HEAD: usize = 32 * 1024;
/// At most so many fields in a head.
const MAX_FIELDS: usize = 100;

/// The head of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The request line as sent, without its line end.
    pub line: String,
    /// The method, upper case.
    pub method: String,
    /// The request target as sent.
    pub target: String,
    /// 0 or 1: HTTP/1.0 or HTTP/1.1.
    pub minor_version: u8,
    /// Field names as sent, and values; bytes that aren't UTF-8 are replaced.
    pub fields: Vec<(String, String)>,
    /// What follows the head.
    pub body: BodyLength,
    /// Bytes of the head.
    pub head_length: usize,
}

/// How the end of a request's body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLength {
    /// So many bytes; 0 without a body.
    Known(u64),
    /// In chunks.
    Chunked,
}

/// Why a request is refused before it reaches the site; the connection closes after the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 400: it breaks the grammar or the rules of framing.
    Malformed,
    /// 400: fields are too long or too many.
    HeadTooLarge,
    /// 408: the head or the body didn't arrive in time.
    TooSlow,
    /// 414: the request line is too long.
    LineTooLong,
    /// 501: a transfer coding other than chunked.
    UnknownCoding,
    /// 505: not HTTP/1.
    WrongVersion,
}

impl Refusal {
    /// The status code of the answer.
    pub fn status(self) -> u16 {
        match self {
            Refusal::Malformed | Refusal::HeadTooLarge => 400,
            Refusal::TooSlow => 408,
            Refusal::LineTooLong => 414,
            Refusal::UnknownCoding => 501,
            Refusal::WrongVersion => 505,
        }
    }
}

impl Request {
    /// Reads a request at the beginning of `bytes`; none when the head isn't complete yet.
    ///
    /// # Errors
    /// A [`Refusal`] as soon as it is certain.
    pub fn parse(bytes: &[u8]) -> Result<Option<Request>, Refusal> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut parsed = httparse::Request::new(&mut fields);
        let head_length = match parsed.parse(bytes) {
            Ok(httparse::Status::Complete(length)) if length <= MAX_HEAD => length,
            Ok(httparse::Status::Complete(_)) => return Err(Refusal::HeadTooLarge),
            Ok(httparse::Status::Partial) => return refuse_endless(bytes),
            Err(error) => return Err(refusal_of(error, bytes)),
        };
        let line = first_line(bytes);
        if line.len() > MAX_LINE {
            return Err(Refusal::LineTooLong);
        }
        let (Some(method), Some(target), Some(minor_version)) = (parsed.method, parsed.path, parsed.version)
        else {
            return Err(Refusal::Malformed);
        };
        if !method.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b == b'-') {
            return Err(Refusal::Malformed);
        }
        let fields: Vec<(String, String)> = parsed
            .headers
            .iter()
            .map(|field| (field.name.to_owned(), String::from_utf8_lossy(field.value).trim().to_owned()))
            .collect();
        let mut request = Request {
            line: String::from_utf8_lossy(line).into_owned(),
            method: method.to_owned(),
            target: target.to_owned(),
            minor_version,
            fields,
            body: BodyLength::Known(0),
            head_length,
        };
        request.check_host()?;
        request.body = request.body_length()?;
        Ok(Some(request))
    }

    /// The value of a field; the first if it was sent several times.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The values of a field, in the order sent.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the client wants (or by its version expects) the connection to stay open.
    pub fn wants_keep_alive(&self) -> bool {
        let mut keep = self.minor_version >= 1;
        for option in self.all("connection").flat_map(|value| value.split(',')).map(str::trim) {
            if option.eq_ignore_ascii_case("close") {
                return false;
            }
            keep |= option.eq_ignore_ascii_case("keep-alive");
        }
        keep
    }

    /// Whether the client waits for `100 Continue` before it sends the body.
    pub fn expects_continue(&self) -> bool {
        self.field("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"))
    }

    fn check_host(&self) -> Result<(), Refusal> {
        let mut hosts = self.all("host");
        let first = hosts.next();
        let wanted = self.minor_version >= 1;
        if hosts.next().is_some() || (wanted && first.is_none_or(str::is_empty)) {
            return Err(Refusal::Malformed);
        }
        let bad = |b: u8| b <= b' ' || b == b'/' || b == 0x7f;
        if first.is_some_and(|host| host.bytes().any(bad)) { Err(Refusal::Malformed) } else { Ok(()) }
    }

    /// Both framings at once, or two different lengths, are how requests are smuggled: refused.
    fn body_length(&self) -> Result<BodyLength, Refusal> {
        let mut lengths = self.all("content-length");
        let length = lengths.next();
        if lengths.next().is_some() {
            return Err(Refusal::Malformed);
        }
        let mut codings = self.all("transfer-encoding");
        let coding = codings.next();
        match (length, coding) {
            (None, None) => Ok(BodyLength::Known(0)),
            (Some(_), Some(_)) => Err(Refusal::Malformed),
            (None, Some(_)) if codings.next().is_some() || self.minor_version == 0 => Err(Refusal::Malformed),
            (None, Some(coding)) if coding.eq_ignore_ascii_case("chunked") => Ok(BodyLength::Chunked),
            (None, Some(_)) => Err(Refusal::UnknownCoding),
            (Some(digits), None) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map(BodyLength::Known).map_err(|_| Refusal::Malformed)
            }
            (Some(_), None) => Err(Refusal::Malformed),
        }
    }
}

/// The first line of what a client sent, for the log of a request that could not be read.
pub fn first_line(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')).unwrap_or(bytes.len());
    let bytes = &bytes[start..];
    let end = bytes.iter().position(|b| *b == b'\n').unwrap_or(bytes.len());
    bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end])
}

/// A head that isn't complete: is it still allowed to grow?
fn refuse_endless(bytes: &[u8]) -> Result<Option<Request>, Refusal> {
    if first_line(bytes).len() > MAX_LINE {
        Err(Refusal::LineTooLong)
    } else if bytes.len() > MAX_HEAD {
        Err(Refusal::HeadTooLarge)
    } else {
        Ok(None)
    }
}

fn refusal_of(error: httparse::Error, bytes: &[u8]) -> Refusal {
    match error {
        httparse::Error::TooManyHeaders => Refusal::HeadTooLarge,
        httparse::Error::Version => {
            let line = first_line(bytes);
            let version = line.rsplit(|b| *b == b' ').next().unwrap_or_default();
            match version.strip_prefix(b"HTTP/") {
                Some([b'2'..=b'9', b'.', ..]) => Refusal::WrongVersion,
                _ => Refusal::Malformed,
            }
        }
        _ => Refusal::Malformed,
    }
}

#[cfg(test)]
mod tests;
