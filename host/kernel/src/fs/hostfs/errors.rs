//! The machine's errors in our numbers.

use std::io::{self, ErrorKind};

use crate::errno::Errno;

/// What a guest is told of `error`.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(super) fn errno(error: io::Error) -> Errno {
    match error.kind() {
        ErrorKind::NotFound => Errno::ENOENT,
        // One kind for two numbers; the machine's EPERM is 1 on every Unix.
        ErrorKind::PermissionDenied if cfg!(unix) && error.raw_os_error() == Some(1) => Errno::EPERM,
        ErrorKind::PermissionDenied => Errno::EACCES,
        ErrorKind::AlreadyExists => Errno::EEXIST,
        ErrorKind::NotADirectory => Errno::ENOTDIR,
        ErrorKind::IsADirectory => Errno::EISDIR,
        ErrorKind::DirectoryNotEmpty => Errno::ENOTEMPTY,
        ErrorKind::ReadOnlyFilesystem => Errno::EROFS,
        ErrorKind::StorageFull => Errno::ENOSPC,
        ErrorKind::QuotaExceeded => Errno::EDQUOT,
        ErrorKind::FileTooLarge => Errno::EFBIG,
        ErrorKind::ResourceBusy => Errno::EBUSY,
        ErrorKind::ExecutableFileBusy => Errno::ETXTBSY,
        ErrorKind::CrossesDevices => Errno::EXDEV,
        ErrorKind::TooManyLinks => Errno::EMLINK,
        ErrorKind::InvalidFilename => Errno::ENAMETOOLONG,
        ErrorKind::InvalidInput => Errno::EINVAL,
        ErrorKind::Interrupted => Errno::EINTR,
        ErrorKind::OutOfMemory => Errno::ENOMEM,
        ErrorKind::Unsupported => Errno::EOPNOTSUPP,
        _ => Errno::EIO,
    }
}
