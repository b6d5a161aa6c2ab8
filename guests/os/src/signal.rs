//! Signals by number and name, as Linux numbers them.

/// Hangup.
pub const HUP: u8 = 1;
/// Interrupt from the keyboard.
pub const INT: u8 = 2;
/// Quit from the keyboard.
pub const QUIT: u8 = 3;
/// Kill; can't be caught.
pub const KILL: u8 = 9;
/// Write to a pipe that nobody reads.
pub const PIPE: u8 = 13;
/// Timer.
pub const ALRM: u8 = 14;
/// Termination.
pub const TERM: u8 = 15;
/// A child changed state.
pub const CHLD: u8 = 17;
/// Stop; can't be caught.
pub const STOP: u8 = 19;

/// (name without `SIG`, what `strsignal` says); the index is the number - 1.
const TABLE: [(&str, &str); 31] = [
    ("HUP", "Hangup"),
    ("INT", "Interrupt"),
    ("QUIT", "Quit"),
    ("ILL", "Illegal instruction"),
    ("TRAP", "Trace/breakpoint trap"),
    ("ABRT", "Aborted"),
    ("BUS", "Bus error"),
    ("FPE", "Floating point exception"),
    ("KILL", "Killed"),
    ("USR1", "User defined signal 1"),
    ("SEGV", "Segmentation fault"),
    ("USR2", "User defined signal 2"),
    ("PIPE", "Broken pipe"),
    ("ALRM", "Alarm clock"),
    ("TERM", "Terminated"),
    ("STKFLT", "Stack fault"),
    ("CHLD", "Child exited"),
    ("CONT", "Continued"),
    ("STOP", "Stopped (signal)"),
    ("TSTP", "Stopped"),
    ("TTIN", "Stopped (tty input)"),
    ("TTOU", "Stopped (tty output)"),
    ("URG", "Urgent I/O condition"),
    ("XCPU", "CPU time limit exceeded"),
    ("XFSZ", "File size limit exceeded"),
    ("VTALRM", "Virtual timer expired"),
    ("PROF", "Profiling timer expired"),
    ("WINCH", "Window changed"),
    ("POLL", "I/O possible"),
    ("PWR", "Power failure"),
    ("SYS", "Bad system call"),
];

/// The name of a signal without `SIG`; none for numbers outside 1 to 31.
pub fn name(signal: u8) -> Option<&'static str> {
    TABLE.get(usize::from(signal).checked_sub(1)?).map(|(name, _)| *name)
}

/// What `strsignal` says of it.
pub fn description(signal: u8) -> &'static str {
    usize::from(signal).checked_sub(1).and_then(|i| TABLE.get(i)).map_or("Unknown signal", |(_, text)| text)
}

/// The number for a name (`TERM`, `SIGTERM`, any case) or a decimal number up to 64; `EXIT` is 0.
pub fn number(text: &str) -> Option<u8> {
    if let Ok(number) = text.parse::<u8>() {
        return (number <= 64).then_some(number);
    }
    let upper = text.to_ascii_uppercase();
    let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
    match bare {
        "EXIT" => Some(0),
        "IO" => Some(29),
        "CLD" => Some(CHLD),
        "IOT" => Some(6),
        _ => (1u8..).zip(TABLE).find(|(_, (name, _))| *name == bare).map(|(number, _)| number),
    }
}

/// All (number, name) pairs in ascending order.
pub fn all() -> impl Iterator<Item = (u8, &'static str)> {
    (1u8..).zip(TABLE).map(|(number, (name, _))| (number, name))
}
