//! The values that directives take: switches, times, sizes, codes, addresses.

use std::{net::SocketAddr, time::Duration};

use super::{ConfigError, syntax::Directive};
use crate::variables::Template;

impl Directive {
    /// The argument at `index`; directives are checked for how many there are.
    pub(super) fn argument(&self, index: usize) -> &str {
        self.arguments.get(index).map_or("", String::as_str)
    }

    /// `on` or `off`.
    pub(super) fn switch(&self) -> Result<bool, ConfigError> {
        match self.argument(0) {
            word if word.eq_ignore_ascii_case("on") => Ok(true),
            word if word.eq_ignore_ascii_case("off") => Ok(false),
            word => Err(self.place.error(format!(
                "invalid value \"{word}\" in \"{}\" directive, it must be \"on\" or \"off\"",
                self.name
            ))),
        }
    }

    /// A time as the argument at `index`.
    pub(super) fn time(&self, index: usize) -> Result<Duration, ConfigError> {
        parse_time(self.argument(index))
            .ok_or_else(|| self.place.error(format!("\"{}\" directive invalid value", self.name)))
    }

    /// A whole number.
    pub(super) fn number(&self) -> Result<u64, ConfigError> {
        let digits = self.argument(0);
        let is_number = digits.bytes().all(|b| b.is_ascii_digit());
        let number = if is_number { digits.parse().ok() } else { None };
        number.ok_or_else(|| self.place.error("invalid number"))
    }

    /// A text with variables.
    pub(super) fn template(&self, text: &str) -> Result<Template, ConfigError> {
        Template::compile(text).map_err(|name| self.place.error(format!("unknown \"{name}\" variable")))
    }

    /// A text where variables would have a meaning that this server doesn't give them.
    pub(super) fn literal(&self, index: usize) -> Result<&str, ConfigError> {
        let text = self.argument(index);
        if text.contains('$') {
            let name = &self.name;
            return Err(self
                .place
                .error(format!("variables in \"{name}\" are not supported by this stand-in")));
        }
        Ok(text)
    }
}

/// `65`, `30s`, `500ms`, `1m30s`, `1h`, `1d`…
fn parse_time(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: u32 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let unit_end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match &rest[..unit_end] {
            "" | "s" => Duration::from_secs(1),
            "ms" => Duration::from_millis(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            "d" => Duration::from_secs(86_400),
            "w" => Duration::from_secs(7 * 86_400),
            "M" => Duration::from_secs(30 * 86_400),
            "y" => Duration::from_secs(365 * 86_400),
            _ => return None,
        };
        rest = &rest[unit_end..];
        total = total.checked_add(unit.checked_mul(number)?)?;
    }
    (!text.is_empty()).then_some(total)
}

/// What `listen` names: a port, an address, or both; the error is nginx's word for the part that is wrong.
pub(super) fn parse_address(text: &str) -> Result<SocketAddr, &'static str> {
    const DEFAULT_PORT: u16 = 80;
    let port = |text: &str| text.parse().ok().filter(|port| *port != 0_u16).ok_or("invalid port");
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(SocketAddr::from(([0, 0, 0, 0], port(text)?)));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or("invalid IPv6 address")?;
        let host: std::net::Ipv6Addr = host.parse().map_err(|_| "invalid IPv6 address")?;
        let port = match after.strip_prefix(':') {
            Some(digits) => port(digits)?,
            None if after.is_empty() => DEFAULT_PORT,
            None => return Err("invalid host"),
        };
        return Ok(SocketAddr::from((host, port)));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, digits)) => (host, port(digits)?),
        None => (text, DEFAULT_PORT),
    };
    let host = match host {
        "*" => [0, 0, 0, 0].into(),
        "localhost" => [127, 0, 0, 1].into(),
        other => other.parse::<std::net::Ipv4Addr>().map_err(|_| "host not found")?,
    };
    Ok(SocketAddr::from((host, port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_nginx_s_units() {
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(parse_time("65"), seconds(65));
        assert_eq!(parse_time("1m30s"), seconds(90));
        assert_eq!(parse_time("1M"), seconds(30 * 86_400));
        assert_eq!(parse_time("250ms"), Some(Duration::from_millis(250)));
        for bad in ["", "x", "1x", "-1", "1 ", "99999999999"] {
            assert_eq!(parse_time(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn addresses_are_those_of_listen() {
        for (text, address) in [
            ("80", "0.0.0.0:80"),
            ("*:8080", "0.0.0.0:8080"),
            ("127.0.0.1", "127.0.0.1:80"),
            ("localhost:81", "127.0.0.1:81"),
            ("[::]:80", "[::]:80"),
            ("[::1]", "[::1]:80"),
        ] {
            assert_eq!(parse_address(text).map(|a| a.to_string()), Ok(address.to_owned()), "{text}");
        }
        assert_eq!(parse_address("70000"), Err("invalid port"));
        assert_eq!(parse_address("0"), Err("invalid port"));
        assert_eq!(parse_address("web:80"), Err("host not found"));
        assert_eq!(parse_address("[::1:80"), Err("invalid IPv6 address"));
    }
}
