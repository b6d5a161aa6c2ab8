//! What a guest is told when a call fails: Linux's error numbers and texts.

/// An error number as in Linux's `errno.h` (x86-64); `Display` is strerror's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, thiserror::Error)]
#[repr(u16)]
pub enum Errno {
    /// Operation not permitted.
    #[error("Operation not permitted")]
    EPERM = 1,
    /// No such file or directory.
    #[error("No such file or directory")]
    ENOENT = 2,
    /// No such process.
    #[error("No such process")]
    ESRCH = 3,
    /// Interrupted system call.
    #[error("Interrupted system call")]
    EINTR = 4,
    /// Input/output error.
    #[error("Input/output error")]
    EIO = 5,
    /// No such device or address.
    #[error("No such device or address")]
    ENXIO = 6,
    /// Argument list too long.
    #[error("Argument list too long")]
    E2BIG = 7,
    /// Exec format error.
    #[error("Exec format error")]
    ENOEXEC = 8,
    /// Bad file descriptor.
    #[error("Bad file descriptor")]
    EBADF = 9,
    /// No child processes.
    #[error("No child processes")]
    ECHILD = 10,
    /// Resource temporarily unavailable.
    #[error("Resource temporarily unavailable")]
    EAGAIN = 11,
    /// Cannot allocate memory.
    #[error("Cannot allocate memory")]
    ENOMEM = 12,
    /// Permission denied.
    #[error("Permission denied")]
    EACCES = 13,
    /// Bad address.
    #[error("Bad address")]
    EFAULT = 14,
    /// Device or resource busy.
    #[error("Device or resource busy")]
    EBUSY = 16,
    /// File exists.
    #[error("File exists")]
    EEXIST = 17,
    /// Invalid cross-device link.
    #[error("Invalid cross-device link")]
    EXDEV = 18,
    /// No such device.
    #[error("No such device")]
    ENODEV = 19,
    /// Not a directory.
    #[error("Not a directory")]
    ENOTDIR = 20,
    /// Is a directory.
    #[error("Is a directory")]
    EISDIR = 21,
    /// Invalid argument.
    #[error("Invalid argument")]
    EINVAL = 22,
    /// Too many open files in system.
    #[error("Too many open files in system")]
    ENFILE = 23,
    /// Too many open files.
    #[error("Too many open files")]
    EMFILE = 24,
    /// Inappropriate ioctl for device.
    #[error("Inappropriate ioctl for device")]
    ENOTTY = 25,
    /// Text file busy.
    #[error("Text file busy")]
    ETXTBSY = 26,
    /// File too large.
    #[error("File too large")]
    EFBIG = 27,
    /// No space left on device.
    #[error("No space left on device")]
    ENOSPC = 28,
    /// Illegal seek.
    #[error("Illegal seek")]
    ESPIPE = 29,
    /// Read-only file system.
    #[error("Read-only file system")]
    EROFS = 30,
    /// Too many links.
    #[error("Too many links")]
    EMLINK = 31,
    /// Broken pipe.
    #[error("Broken pipe")]
    EPIPE = 32,
    /// Numerical result out of range.
    #[error("Numerical result out of range")]
    ERANGE = 34,
    /// Resource deadlock avoided.
    #[error("Resource deadlock avoided")]
    EDEADLK = 35,
    /// File name too long.
    #[error("File name too long")]
    ENAMETOOLONG = 36,
    /// Function not implemented.
    #[error("Function not implemented")]
    ENOSYS = 38,
    /// Directory not empty.
    #[error("Directory not empty")]
    ENOTEMPTY = 39,
    /// Too many levels of symbolic links.
    #[error("Too many levels of symbolic links")]
    ELOOP = 40,
    /// Value too large for defined data type.
    #[error("Value too large for defined data type")]
    EOVERFLOW = 75,
    /// Invalid or incomplete multibyte or wide character.
    #[error("Invalid or incomplete multibyte or wide character")]
    EILSEQ = 84,
    /// Socket operation on non-socket.
    #[error("Socket operation on non-socket")]
    ENOTSOCK = 88,
    /// Destination address required.
    #[error("Destination address required")]
    EDESTADDRREQ = 89,
    /// Message too long.
    #[error("Message too long")]
    EMSGSIZE = 90,
    /// Protocol not available.
    #[error("Protocol not available")]
    ENOPROTOOPT = 92,
    /// Protocol not supported.
    #[error("Protocol not supported")]
    EPROTONOSUPPORT = 93,
    /// Operation not supported.
    #[error("Operation not supported")]
    EOPNOTSUPP = 95,
    /// Address family not supported by protocol.
    #[error("Address family not supported by protocol")]
    EAFNOSUPPORT = 97,
    /// Address already in use.
    #[error("Address already in use")]
    EADDRINUSE = 98,
    /// Cannot assign requested address.
    #[error("Cannot assign requested address")]
    EADDRNOTAVAIL = 99,
    /// Network is unreachable.
    #[error("Network is unreachable")]
    ENETUNREACH = 101,
    /// Software caused connection abort.
    #[error("Software caused connection abort")]
    ECONNABORTED = 103,
    /// Connection reset by peer.
    #[error("Connection reset by peer")]
    ECONNRESET = 104,
    /// No buffer space available.
    #[error("No buffer space available")]
    ENOBUFS = 105,
    /// Transport endpoint is already connected.
    #[error("Transport endpoint is already connected")]
    EISCONN = 106,
    /// Transport endpoint is not connected.
    #[error("Transport endpoint is not connected")]
    ENOTCONN = 107,
    /// Connection timed out.
    #[error("Connection timed out")]
    ETIMEDOUT = 110,
    /// Connection refused.
    #[error("Connection refused")]
    ECONNREFUSED = 111,
    /// No route to host.
    #[error("No route to host")]
    EHOSTUNREACH = 113,
    /// Operation already in progress.
    #[error("Operation already in progress")]
    EALREADY = 114,
    /// Operation now in progress.
    #[error("Operation now in progress")]
    EINPROGRESS = 115,
    /// Stale file handle.
    #[error("Stale file handle")]
    ESTALE = 116,
    /// Disk quota exceeded.
    #[error("Disk quota exceeded")]
    EDQUOT = 122,
}

impl Errno {
    /// The number, as C programs see it.
    pub fn number(self) -> u16 {
        self as u16
    }
}

/// What the kernel's calls return.
pub type Result<T, E = Errno> = std::result::Result<T, E>;
