//! Errors of the system as Linux numbers and words: what the logs of Linux programs show.

use std::io;

/// A Linux error number with the words that glibc has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Errno {
    /// `ENOENT` is 2.
    pub number: i32,
    /// `No such file or directory`.
    pub words: &'static str,
}

const UNKNOWN: Errno = Errno { number: 5, words: "Input/output error" };

const TABLE: [(io::ErrorKind, i32, &str); 21] = [
    (io::ErrorKind::NotFound, 2, "No such file or directory"),
    (io::ErrorKind::Interrupted, 4, "Interrupted system call"),
    (io::ErrorKind::WouldBlock, 11, "Resource temporarily unavailable"),
    (io::ErrorKind::OutOfMemory, 12, "Cannot allocate memory"),
    (io::ErrorKind::PermissionDenied, 13, "Permission denied"),
    (io::ErrorKind::ResourceBusy, 16, "Device or resource busy"),
    (io::ErrorKind::AlreadyExists, 17, "File exists"),
    (io::ErrorKind::NotADirectory, 20, "Not a directory"),
    (io::ErrorKind::IsADirectory, 21, "Is a directory"),
    (io::ErrorKind::InvalidInput, 22, "Invalid argument"),
    (io::ErrorKind::FileTooLarge, 27, "File too large"),
    (io::ErrorKind::StorageFull, 28, "No space left on device"),
    (io::ErrorKind::ReadOnlyFilesystem, 30, "Read-only file system"),
    (io::ErrorKind::BrokenPipe, 32, "Broken pipe"),
    (io::ErrorKind::InvalidFilename, 36, "File name too long"),
    (io::ErrorKind::DirectoryNotEmpty, 39, "Directory not empty"),
    (io::ErrorKind::Unsupported, 95, "Operation not supported"),
    (io::ErrorKind::AddrInUse, 98, "Address already in use"),
    (io::ErrorKind::AddrNotAvailable, 99, "Cannot assign requested address"),
    (io::ErrorKind::ConnectionReset, 104, "Connection reset by peer"),
    (io::ErrorKind::TimedOut, 110, "Connection timed out"),
];

/// Symbolic links that go round in a circle: has no stable [`io::ErrorKind`], so it is told by WASI's number.
const LOOP: Errno = Errno { number: 40, words: "Too many levels of symbolic links" };
const WASI_ELOOP: i32 = 32;

/// The Linux error for `error`; `EIO` for what Linux has no own word for.
pub fn of(error: &io::Error) -> Errno {
    let kind = error.kind();
    if let Some((_, number, words)) = TABLE.iter().find(|(k, ..)| *k == kind) {
        return Errno { number: *number, words };
    }
    match error.raw_os_error() {
        Some(WASI_ELOOP) if cfg!(target_os = "wasi") => LOOP,
        Some(n) if n == LOOP.number && cfg!(target_os = "linux") => LOOP,
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_linux() {
        let missing = std::fs::File::open("/no/such/file").map(|_| ()).map_err(|e| of(&e));
        assert_eq!(missing, Err(Errno { number: 2, words: "No such file or directory" }));
        assert_eq!(of(&io::ErrorKind::AddrInUse.into()).number, 98);
        assert_eq!(of(&io::Error::other("?")), UNKNOWN);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_table_agrees_with_the_kernel_under_the_tests() {
        for (kind, number, words) in TABLE {
            let real = io::Error::from_raw_os_error(number);
            assert_eq!(real.kind(), kind, "{number}");
            assert!(real.to_string().starts_with(words), "{real}");
        }
    }
}
