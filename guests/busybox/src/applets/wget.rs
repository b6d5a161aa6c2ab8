//! wget: HTTP/1.1 to a file.

mod response;

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use wasipod_guest_os::{self as os, Errno, OpenFlags, TcpStream};

use self::response::{Body, Head, read_head};
use crate::applet::{Context, Failure, Outcome};
use crate::options::Options;
use crate::stream::Output;

/// So many redirections are followed.
const MAX_REDIRECTIONS: usize = 10;

/// Where a request goes.
struct Address {
    host: String,
    port: u16,
    path: String,
    credentials: Option<String>,
}

fn parse(url: &str) -> Result<Address, Failure> {
    let rest = match url.split_once("://") {
        Some(("http", rest)) => rest,
        Some(("https", _)) => return Err(Failure::new("https is not supported: this wget has no TLS")),
        Some(_) => return Err(Failure::new(format!("not an http or ftp url: {url}"))),
        None => url,
    };
    let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let path = path.split('#').next().unwrap_or_default();
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let (credentials, host) = match authority.rsplit_once('@') {
        Some((credentials, host)) => (Some(credentials.to_owned()), host),
        None => (None, authority),
    };
    let bracket = host.find(']').unwrap_or(0);
    let (host, port) = match host.rfind(':').filter(|colon| *colon > bracket) {
        None => (host, 80),
        Some(colon) => {
            let text = host.get(colon + 1..).unwrap_or_default();
            let port = text.parse().map_err(|_| Failure::new(format!("bad port '{text}'")))?;
            (host.get(..colon).unwrap_or_default(), port)
        }
    };
    Ok(Address { host: host.to_owned(), port, path, credentials })
}

impl Address {
    /// As in the Host field.
    fn authority(&self) -> String {
        if self.port == 80 { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    /// What a Location field leads to.
    fn follow(&self, location: &str) -> Result<Address, Failure> {
        if location.starts_with('/') {
            return Ok(Address {
                host: self.host.clone(),
                path: location.to_owned(),
                credentials: None,
                ..*self
            });
        }
        parse(location)
    }

    fn connect(&self, timeout: Option<Duration>) -> Result<(TcpStream, SocketAddr), Failure> {
        let name = self.host.trim_start_matches('[').trim_end_matches(']');
        let addresses =
            os::resolve(name).map_err(|_| Failure::new(format!("bad address '{}'", self.host)))?;
        // As busybox does, only the first address is tried.
        let ip = addresses.first().ok_or_else(|| Failure::new(format!("bad address '{}'", self.host)))?;
        let to = SocketAddr::new(*ip, self.port);
        let stream = TcpStream::connect(to, timeout).map_err(|error| match error {
            Errno::ETIMEDOUT if timeout.is_some() => Failure::new("download timed out"),
            error => Failure::new(format!("can't connect to remote host ({ip}): {error}")),
        })?;
        Ok((stream, to))
    }
}

/// What the options ask for.
struct Job<'a> {
    options: &'a Options,
    timeout: Option<Duration>,
    quiet: bool,
    body: Option<Vec<u8>>,
}

pub(super) fn wget(context: &mut Context) -> Outcome {
    let long = [
        ("quiet", 'q'),
        ("output-document", 'O'),
        ("output-file", 'o'),
        ("directory-prefix", 'P'),
        ("user-agent", 'U'),
        ("timeout", 'T'),
        ("tries", 't'),
        ("server-response", 'S'),
        ("continue", 'c'),
        ("spider", 's'),
        ("header", 'H'),
        ("post-data", 'D'),
        ("post-file", 'F'),
        ("no-check-certificate", 'n'),
        ("no-verbose", 'q'),
        ("proxy", 'Y'),
    ];
    let options = context.options("cqSO:o:P:Y:U:T:sH:D:F:n", &long)?;
    if options.operands.is_empty() {
        return Err(context.wrong_usage(None));
    }
    if let Some(path) = options.value('o') {
        let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE;
        let file = os::open(path, flags, 0o666);
        let file = file.map_err(|error| Failure::new(format!("can't open '{path}': {error}")))?;
        context.stderr = Some(Rc::new(file));
    }
    // As busybox's, 900 seconds.
    let timeout = context.number(options.value('T').unwrap_or("900"))?;
    let body = match (options.value('D'), options.value('F')) {
        (Some(text), _) => Some(text.as_bytes().to_vec()),
        (None, Some(path)) => {
            let read = context.open(path)?.read_to_end();
            Some(read.map_err(|error| Failure::new(format!("can't read '{path}': {error}")))?)
        }
        (None, None) => None,
    };
    let timeout = (timeout > 0).then(|| Duration::from_secs(timeout));
    let job = Job { options: &options, timeout, quiet: options.has('q'), body };
    let mut status = 0;
    for url in &options.operands {
        if let Err(failure) = job.fetch(context, url) {
            context.complain(&failure.message);
            status = 1;
        }
    }
    Ok(status)
}

impl Job<'_> {
    fn tell(&self, context: &mut Context, text: &str) {
        if !self.quiet {
            context.write_error(&format!("{text}\n"));
        }
    }

    /// The file that a URL's content goes to; `-` for standard output.
    fn file_name(&self, address: &Address) -> String {
        if let Some(name) = self.options.value('O') {
            return name.to_owned();
        }
        let path = address.path.split('?').next().unwrap_or_default();
        let name = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("index.html");
        match self.options.value('P') {
            Some(directory) => super::copy::join(directory, name),
            None => name.to_owned(),
        }
    }

    fn request(&self, address: &Address, begin: u64) -> Vec<u8> {
        let method = match (&self.body, self.options.has('s')) {
            (Some(_), _) => "POST",
            (None, true) => "HEAD",
            (None, false) => "GET",
        };
        let extra: Vec<&str> = self.options.values('H').collect();
        let given = |name: &str| {
            extra
                .iter()
                .any(|line| line.split(':').next().is_some_and(|known| known.eq_ignore_ascii_case(name)))
        };
        let mut text = format!("{method} {} HTTP/1.1\r\n", address.path);
        if !given("Host") {
            text.push_str(&format!("Host: {}\r\n", address.authority()));
        }
        if !given("User-Agent") {
            text.push_str(&format!("User-Agent: {}\r\n", self.options.value('U').unwrap_or("Wget")));
        }
        if !given("Connection") {
            text.push_str("Connection: close\r\n");
        }
        if let Some(credentials) = address.credentials.as_ref().filter(|_| !given("Authorization")) {
            text.push_str(&format!("Authorization: Basic {}\r\n", base64(credentials.as_bytes())));
        }
        if begin > 0 {
            text.push_str(&format!("Range: bytes={begin}-\r\n"));
        }
        for line in &extra {
            text.push_str(line);
            text.push_str("\r\n");
        }
        if let Some(body) = &self.body {
            if !given("Content-Type") {
                text.push_str("Content-Type: application/x-www-form-urlencoded\r\n");
            }
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        let mut bytes = text.into_bytes();
        bytes.extend(self.body.iter().flatten());
        bytes
    }

    fn fetch(&self, context: &mut Context, url: &str) -> Result<(), Failure> {
        let mut address = parse(url)?;
        let name = self.file_name(&address);
        let begin = match os::stat(&name, true) {
            Ok(stat) if self.options.has('c') && name != "-" => stat.size,
            _ => 0,
        };
        for _ in 0..=MAX_REDIRECTIONS {
            if !self.quiet {
                let name = &address.host;
                let first =
                    os::resolve(name.trim_matches(['[', ']'])).ok().and_then(|all| all.first().copied());
                if let Some(ip) = first {
                    self.tell(
                        context,
                        &format!(
                            "Connecting to {name}:{0} ({1})",
                            address.port,
                            SocketAddr::new(ip, address.port)
                        ),
                    );
                }
            }
            let (stream, _) = address.connect(self.timeout)?;
            let lost = |error: Errno| match error {
                Errno::ETIMEDOUT => Failure::new("download timed out"),
                error => Failure::new(format!("error getting response: {error}")),
            };
            stream.write_all(&self.request(&address, begin)).map_err(lost)?;
            let (head, rest) = read_head(&stream, self.timeout)?;
            if self.options.has('S') {
                for line in &head.lines {
                    context.write_error(&format!("  {line}\n"));
                }
            }
            match head.code {
                200 | 201 | 202 | 203 | 204 | 206 => {
                    return self.save(
                        context,
                        Body::new(stream, rest, &head, self.timeout)?,
                        &name,
                        &head,
                        begin,
                    );
                }
                300..=303 | 307 | 308 => {
                    let location = head.field("Location");
                    let location = location.ok_or_else(|| Failure::new("no Location in redirection"))?;
                    address = address.follow(location)?;
                }
                _ => {
                    let line = head.lines.first().map_or("", String::as_str);
                    return Err(Failure::new(format!("server returned error: {line}")));
                }
            }
        }
        Err(Failure::new("too many redirections"))
    }

    fn save(
        &self,
        context: &mut Context,
        mut body: Body,
        name: &str,
        head: &Head,
        begin: u64,
    ) -> Result<(), Failure> {
        if self.options.has('s') {
            self.tell(context, "remote file exists");
            return Ok(());
        }
        let mut file;
        let to_stdout = name == "-";
        let out = if to_stdout {
            &mut context.out
        } else {
            let resumes = begin > 0 && head.code == 206;
            let how = match (resumes, self.options.value('O').is_some() || self.options.has('c')) {
                (true, _) => OpenFlags::APPEND,
                (false, true) => OpenFlags::TRUNCATE,
                // Without -O nothing is overwritten.
                (false, false) => OpenFlags::EXCLUSIVE,
            };
            let opened = os::open(name, OpenFlags::WRITE | OpenFlags::CREATE | how, 0o666);
            let opened = opened.map_err(|error| Failure::new(format!("can't open '{name}': {error}")))?;
            file = Output::to_file(Some(Rc::new(opened)));
            &mut file
        };
        let mut written = begin;
        loop {
            let piece = body.next()?;
            if piece.is_empty() {
                break;
            }
            written += piece.len() as u64;
            out.bytes(&piece);
            if let Some(error) = out.take_error() {
                return Err(Failure::new(format!("write error: {error}")));
            }
        }
        out.flush();
        if let Some(error) = out.take_error() {
            return Err(Failure::new(format!("write error: {error}")));
        }
        if to_stdout {
            self.tell(context, "writing to stdout");
            self.tell(context, &format!("{:<20} 100% |{}| {written:>5}  0:00:00 ETA", "-", "*".repeat(32)));
            self.tell(context, "written to stdout");
        } else {
            self.tell(context, &format!("saving to '{name}'"));
            let base = super::basic::base_name(name);
            self.tell(context, &format!("{base:<20} 100% |{}| {written:>5}  0:00:00 ETA", "*".repeat(32)));
            self.tell(context, &format!("'{name}' saved"));
        }
        Ok(())
    }
}

/// RFC 4648's base 64, for credentials.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4usize {
            let at = usize::try_from(bits >> (18 - 6 * i) & 63).unwrap_or(0);
            out.push(if i <= group.len() {
                char::from(LETTERS.get(at).copied().unwrap_or(b'='))
            } else {
                '='
            });
        }
    }
    out
}
