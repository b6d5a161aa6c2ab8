//! The same calls on the machine that builds the guests, for tests only: its own POSIX system answers.

pub(crate) mod clock;
pub(crate) mod files;
pub(crate) mod names;
pub(crate) mod net;
pub(crate) mod process;

use crate::Errno;

fn errno(from: nix::errno::Errno) -> Errno {
    Errno(u16::try_from(from as i32).unwrap_or(Errno::EIO.0))
}

fn io_errno(from: std::io::Error) -> Errno {
    from.raw_os_error().and_then(|number| u16::try_from(number).ok()).map_or(Errno::EIO, Errno)
}
