//! Error numbers as WASI names them, or a trap where the program is at fault or has to end.

use wasipod_kernel::Errno;
use wasmtime::component::ResourceTableError;

use crate::bindings::wasi::filesystem::types::ErrorCode as FsCode;
use crate::bindings::wasi::sockets::network::ErrorCode as SocketCode;

/// What a file system call answers: an error for the guest, or the end of it.
#[derive(Debug)]
pub(crate) enum FsError {
    Errno(Errno),
    Trap(wasmtime::Error),
}

/// What a socket call answers.
#[derive(Debug)]
pub(crate) enum SocketError {
    Errno(Errno),
    /// WASI distinguishes what POSIX doesn't.
    Code(SocketCode),
    Trap(wasmtime::Error),
}

pub(crate) type FsResult<T> = Result<T, FsError>;
pub(crate) type SocketResult<T> = Result<T, SocketError>;

impl From<Errno> for FsError {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<ResourceTableError> for FsError {
    fn from(error: ResourceTableError) -> Self {
        Self::Trap(error.into())
    }
}

impl From<Errno> for SocketError {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<SocketCode> for SocketError {
    fn from(code: SocketCode) -> Self {
        Self::Code(code)
    }
}

impl From<ResourceTableError> for SocketError {
    fn from(error: ResourceTableError) -> Self {
        Self::Trap(error.into())
    }
}

impl FsError {
    /// For the generated code.
    pub(crate) fn into_code(self) -> wasmtime::Result<FsCode> {
        match self {
            Self::Errno(errno) => Ok(fs_code(errno)),
            Self::Trap(error) => Err(error),
        }
    }
}

impl SocketError {
    /// For the generated code.
    pub(crate) fn into_code(self) -> wasmtime::Result<SocketCode> {
        match self {
            Self::Errno(errno) => Ok(socket_code(errno)),
            Self::Code(code) => Ok(code),
            Self::Trap(error) => Err(error),
        }
    }
}

/// `wasi:filesystem`'s name of an error; what has none is `io`.
pub(crate) fn fs_code(errno: Errno) -> FsCode {
    match errno {
        Errno::EACCES => FsCode::Access,
        Errno::EAGAIN => FsCode::WouldBlock,
        Errno::EALREADY => FsCode::Already,
        Errno::EBADF => FsCode::BadDescriptor,
        Errno::EBUSY => FsCode::Busy,
        Errno::EDEADLK => FsCode::Deadlock,
        Errno::EDQUOT => FsCode::Quota,
        Errno::EEXIST => FsCode::Exist,
        Errno::EFBIG => FsCode::FileTooLarge,
        Errno::EILSEQ => FsCode::IllegalByteSequence,
        Errno::EINPROGRESS => FsCode::InProgress,
        Errno::EINTR => FsCode::Interrupted,
        Errno::EINVAL => FsCode::Invalid,
        Errno::EISDIR => FsCode::IsDirectory,
        Errno::ELOOP => FsCode::Loop,
        Errno::EMLINK => FsCode::TooManyLinks,
        Errno::EMSGSIZE => FsCode::MessageSize,
        Errno::ENAMETOOLONG => FsCode::NameTooLong,
        Errno::ENODEV => FsCode::NoDevice,
        Errno::ENOENT => FsCode::NoEntry,
        Errno::ENOMEM => FsCode::InsufficientMemory,
        Errno::ENOSPC => FsCode::InsufficientSpace,
        Errno::ENOTDIR => FsCode::NotDirectory,
        Errno::ENOTEMPTY => FsCode::NotEmpty,
        Errno::ENOSYS | Errno::EOPNOTSUPP => FsCode::Unsupported,
        Errno::ENOTTY => FsCode::NoTty,
        Errno::ENXIO => FsCode::NoSuchDevice,
        Errno::EOVERFLOW => FsCode::Overflow,
        Errno::EPERM => FsCode::NotPermitted,
        Errno::EPIPE => FsCode::Pipe,
        Errno::EROFS => FsCode::ReadOnly,
        Errno::ESPIPE => FsCode::InvalidSeek,
        Errno::ETXTBSY => FsCode::TextFileBusy,
        Errno::EXDEV => FsCode::CrossDevice,
        _ => FsCode::Io,
    }
}

fn socket_code(errno: Errno) -> SocketCode {
    match errno {
        Errno::EACCES | Errno::EPERM => SocketCode::AccessDenied,
        Errno::EOPNOTSUPP | Errno::EAFNOSUPPORT | Errno::EPROTONOSUPPORT | Errno::ENOPROTOOPT => {
            SocketCode::NotSupported
        }
        Errno::EINVAL | Errno::EDESTADDRREQ => SocketCode::InvalidArgument,
        Errno::ENOMEM | Errno::ENOBUFS => SocketCode::OutOfMemory,
        Errno::ETIMEDOUT => SocketCode::Timeout,
        Errno::EALREADY => SocketCode::ConcurrencyConflict,
        Errno::EAGAIN | Errno::EINPROGRESS => SocketCode::WouldBlock,
        Errno::ENOTCONN | Errno::EISCONN => SocketCode::InvalidState,
        Errno::EMFILE | Errno::ENFILE => SocketCode::NewSocketLimit,
        Errno::EADDRNOTAVAIL => SocketCode::AddressNotBindable,
        Errno::EADDRINUSE => SocketCode::AddressInUse,
        Errno::ENETUNREACH | Errno::EHOSTUNREACH => SocketCode::RemoteUnreachable,
        Errno::ECONNREFUSED => SocketCode::ConnectionRefused,
        Errno::ECONNRESET | Errno::EPIPE => SocketCode::ConnectionReset,
        Errno::ECONNABORTED => SocketCode::ConnectionAborted,
        Errno::EMSGSIZE => SocketCode::DatagramTooLarge,
        _ => SocketCode::Unknown,
    }
}
