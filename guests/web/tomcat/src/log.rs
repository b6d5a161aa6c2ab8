//! Log records of two lines on standard error, as java.util.logging writes them.

use std::io::{self, Write};

use wasipod_guest_http::{date, system};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Level {
    Info,
    Warning,
    Severe,
}

/// Writes one record; nobody is left to be told if that fails.
pub(crate) fn record(level: Level, source: &str, message: &str) {
    let level = match level {
        Level::Info => "INFO",
        Level::Warning => "WARNING",
        Level::Severe => "SEVERE",
    };
    let text = format!("{} {source}\n{level}: {message}\n", date::java_log(system::now()));
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
