//! From a request target to a path that is safe to join to a folder.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// A decoded and normalised request target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Begins with `/`, has no empty, `.` or `..` segment; ends with `/` if a directory was asked for.
    pub path: String,
    /// What follows the `?`, as sent.
    pub query: Option<String>,
    /// The authority of an absolute-form target, which wins over the Host field (RFC 9112, 3.2.2).
    pub authority: Option<String>,
}

/// Why a target can't be served: answered with 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Neither `/path` nor `http://authority/path`.
    #[error("the target is neither a path nor an absolute URI")]
    Form,
    /// A `%` that no two hexadecimal digits follow, or one that stands for NUL.
    #[error("the path has a bad percent-encoding")]
    Encoding,
    /// Decoded, the path isn't UTF-8; no file of WASI can have such a name.
    #[error("the path is not UTF-8")]
    NotUtf8,
    /// `..` would leave the root.
    #[error("the path leaves the root")]
    OutsideRoot,
}

impl Target {
    /// Reads the target of a request line.
    ///
    /// # Errors
    /// [`TargetError`] says what is wrong; the path is never outside `/`.
    pub fn parse(raw: &str) -> Result<Target, TargetError> {
        let (authority, rest) = split_authority(raw)?;
        let rest = rest.split('#').next().unwrap_or(rest);
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (rest, None),
        };
        let decoded = decode(path)?;
        Ok(Target { path: normalise(&decoded)?, query, authority: authority.map(str::to_owned) })
    }
}

/// A path as it may stand in a `Location` field or a link.
pub fn encode_path(path: &str) -> String {
    const RESERVED: &AsciiSet =
        &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?');
    utf8_percent_encode(path, RESERVED).to_string()
}

fn split_authority(raw: &str) -> Result<(Option<&str>, &str), TargetError> {
    if raw.starts_with('/') {
        return Ok((None, raw));
    }
    let scheme = raw.get(..7).filter(|s| s.eq_ignore_ascii_case("http://")).ok_or(TargetError::Form)?;
    let after = &raw[scheme.len()..];
    let end = after.find(['/', '?', '#']).unwrap_or(after.len());
    let (authority, rest) = after.split_at(end);
    if authority.is_empty() {
        return Err(TargetError::Form);
    }
    Ok((Some(authority), rest))
}

fn decode(path: &str) -> Result<String, TargetError> {
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        let is_hex = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_hexdigit());
        if byte == b'%' && !(is_hex(bytes.next()) && is_hex(bytes.next())) {
            return Err(TargetError::Encoding);
        }
    }
    let decoded = percent_decode_str(path).decode_utf8().map_err(|_| TargetError::NotUtf8)?;
    if decoded.contains('\0') { Err(TargetError::Encoding) } else { Ok(decoded.into_owned()) }
}

/// Removes empty segments, `.` and `..`; what a decoded `%2F` or `%2E` brings counts too.
fn normalise(path: &str) -> Result<String, TargetError> {
    let mut kept: Vec<&str> = Vec::new();
    let mut is_directory = true;
    for segment in path.split('/') {
        is_directory = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop().ok_or(TargetError::OutsideRoot)?),
            name => kept.push(name),
        }
    }
    let mut out = String::with_capacity(path.len() + 1);
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    if is_directory || kept.is_empty() {
        out.push('/');
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
