//! An HTTP response as it comes: the head, then a body that ends by length, by chunks or with the connection (RFC 9112).

use std::time::Duration;

use wasipod_guest_os::{Errno, TcpStream};

use crate::applet::Failure;

/// A head may be as long as this.
const MAX_HEAD: usize = 64 * 1024;

pub(super) struct Head {
    pub(super) code: u16,
    /// The status line and the fields.
    pub(super) lines: Vec<String>,
}

impl Head {
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.lines.iter().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

fn lost(error: Errno) -> Failure {
    match error {
        Errno::ETIMEDOUT => Failure::new("download timed out"),
        error => Failure::new(format!("read error: {error}")),
    }
}

/// The head, and what came of the body with it.
pub(super) fn read_head(stream: &TcpStream, timeout: Option<Duration>) -> Result<(Head, Vec<u8>), Failure> {
    let mut bytes = Vec::new();
    loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| (at, 4));
        let end = end.or_else(|| bytes.windows(2).position(|window| window == b"\n\n").map(|at| (at, 2)));
        if let Some((at, length)) = end {
            let rest = bytes.split_off(at + length);
            bytes.truncate(at);
            let head = parse(&String::from_utf8_lossy(&bytes))?;
            // "100 Continue" and its like come before the real one.
            if (100..200).contains(&head.code) {
                bytes = rest;
                continue;
            }
            return Ok((head, rest));
        }
        if bytes.len() > MAX_HEAD {
            return Err(Failure::new("bad header line"));
        }
        let mut buffer = vec![0; 8192];
        match stream.read(&mut buffer, timeout).map_err(lost)? {
            0 if bytes.is_empty() => return Err(Failure::new("no response from server")),
            0 => return Err(Failure::new("error getting response")),
            n => bytes.extend_from_slice(buffer.get(..n).unwrap_or_default()),
        }
    }
}

fn parse(text: &str) -> Result<Head, Failure> {
    let lines: Vec<String> = text.lines().map(|line| line.trim_end().to_owned()).collect();
    let first = lines.first().map_or("", String::as_str);
    let code = first.split_whitespace().nth(1).and_then(|code| code.parse().ok());
    match code.filter(|_| first.starts_with("HTTP/")) {
        Some(code) => Ok(Head { code, lines }),
        None => Err(Failure::new(format!("bad response: {first}"))),
    }
}

enum Length {
    Known(u64),
    /// What is left of the current chunk.
    Chunked(u64),
    ToTheEnd,
    Over,
}

pub(super) struct Body {
    stream: TcpStream,
    buffer: Vec<u8>,
    length: Length,
    first_chunk: bool,
    timeout: Option<Duration>,
}

impl Body {
    pub(super) fn new(
        stream: TcpStream,
        rest: Vec<u8>,
        head: &Head,
        timeout: Option<Duration>,
    ) -> Result<Self, Failure> {
        let coding =
            head.field("Transfer-Encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity"));
        let length = match (coding, head.field("Content-Length")) {
            (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => Length::Chunked(0),
            (Some(coding), _) => {
                return Err(Failure::new(format!("transfer encoding '{coding}' is not supported")));
            }
            (None, Some(text)) => Length::Known(
                text.parse().map_err(|_| Failure::new(format!("content-length {text} is garbage")))?,
            ),
            (None, None) => Length::ToTheEnd,
        };
        let length = if head.code == 204 { Length::Over } else { length };
        Ok(Self { stream, buffer: rest, length, first_chunk: true, timeout })
    }

    /// More into the buffer; false at the end of the connection.
    fn fill(&mut self) -> Result<bool, Failure> {
        let mut buffer = vec![0; 16384];
        let n = self.stream.read(&mut buffer, self.timeout).map_err(lost)?;
        self.buffer.extend_from_slice(buffer.get(..n).unwrap_or_default());
        Ok(n > 0)
    }

    fn line(&mut self) -> Result<String, Failure> {
        loop {
            if let Some(at) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(at + 1);
                let line = std::mem::replace(&mut self.buffer, rest);
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if !self.fill()? {
                return Err(Failure::new("connection closed prematurely"));
            }
        }
    }

    /// The next piece; empty at the end.
    pub(super) fn next(&mut self) -> Result<Vec<u8>, Failure> {
        if let Length::Chunked(0) = self.length {
            if !std::mem::take(&mut self.first_chunk) {
                self.line()?;
            }
            let line = self.line()?;
            let size = u64::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16);
            let size = size.map_err(|_| Failure::new(format!("bad chunk length '{line}'")))?;
            self.length = if size == 0 { Length::Over } else { Length::Chunked(size) };
        }
        let most = match self.length {
            Length::Over | Length::Known(0) => return Ok(Vec::new()),
            Length::Known(left) | Length::Chunked(left) => left,
            Length::ToTheEnd => u64::MAX,
        };
        if self.buffer.is_empty() && !self.fill()? {
            return match self.length {
                Length::ToTheEnd => Ok(Vec::new()),
                _ => Err(Failure::new("connection closed prematurely")),
            };
        }
        let n = self.buffer.len().min(usize::try_from(most).unwrap_or(usize::MAX));
        let rest = self.buffer.split_off(n);
        let piece = std::mem::replace(&mut self.buffer, rest);
        match &mut self.length {
            Length::Known(left) | Length::Chunked(left) => *left -= n as u64,
            Length::ToTheEnd | Length::Over => {}
        }
        Ok(piece)
    }
}
