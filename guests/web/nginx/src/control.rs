//! `-s`: a signal for the running server.

use std::{fs, path::Path};

use wasipod_guest_http::{
    errno,
    system::{self, signal},
};

use crate::{
    config::Config,
    log::{Level, Logs, tell},
    options::Command,
};

const QUIT: u8 = signal::QUIT;
const TERM: u8 = signal::TERM;
const HUP: u8 = signal::HUP;
/// The log files were renamed.
pub(crate) const USR1: u8 = 10;

/// Sends the signal of a command to the process that the pid file names; the exit status.
pub(crate) fn send(command: Command, config: &Config, logs: &Logs) -> u8 {
    logs.error(&config.error_log, Level::Notice, "signal process started");
    match signal_process(command, &config.pid_file) {
        Ok(()) => 0,
        Err((level, message)) => {
            logs.error(&config.error_log, level, &message);
            tell(level, &message);
            1
        }
    }
}

fn signal_process(command: Command, pid_file: &Path) -> Result<(), (Level, String)> {
    let name = pid_file.display();
    let text = fs::read_to_string(pid_file).map_err(|error| {
        let errno = errno::of(&error);
        (Level::Error, format!("open() \"{name}\" failed ({}: {})", errno.number, errno.words))
    })?;
    let digits = text.trim_end();
    let pid: u32 = digits
        .parse()
        .ok()
        .filter(|pid| *pid > 0)
        .ok_or_else(|| (Level::Error, format!("invalid PID number \"{digits}\" in \"{name}\"")))?;
    let signal = match command {
        Command::Stop => TERM,
        Command::Quit => QUIT,
        Command::Reopen => USR1,
        Command::Reload => HUP,
    };
    system::send_signal(pid, signal).map_err(|errno| {
        let words = match errno {
            1 => "Operation not permitted",
            3 => "No such process",
            _ => "Invalid argument",
        };
        (Level::Alert, format!("kill({pid}, {signal}) failed ({errno}: {words})"))
    })
}
