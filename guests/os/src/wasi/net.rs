//! TCP and names: `wasi:sockets`, blocking through pollables so that time limits and signals work.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::Pollable;
use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use wasip2::sockets::tcp::{ShutdownType, TcpSocket};
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

use crate::{Errno, Result};

/// A connection. (Fields fall in order: the streams before the socket they belong to.)
#[derive(Debug)]
pub struct TcpStream {
    input: InputStream,
    output: OutputStream,
    socket: TcpSocket,
}

/// A listening socket.
#[derive(Debug)]
pub struct TcpListener {
    socket: TcpSocket,
}

fn errno(code: ErrorCode) -> Errno {
    match code {
        ErrorCode::AccessDenied => Errno::EACCES,
        ErrorCode::NotSupported => Errno::EOPNOTSUPP,
        ErrorCode::InvalidArgument => Errno::EINVAL,
        ErrorCode::OutOfMemory => Errno::ENOMEM,
        ErrorCode::Timeout => Errno::ETIMEDOUT,
        ErrorCode::ConcurrencyConflict => Errno::EALREADY,
        ErrorCode::NotInProgress | ErrorCode::InvalidState => Errno::EINVAL,
        ErrorCode::WouldBlock => Errno::EAGAIN,
        ErrorCode::NewSocketLimit => Errno::EMFILE,
        ErrorCode::AddressNotBindable => Errno::EADDRNOTAVAIL,
        ErrorCode::AddressInUse => Errno::EADDRINUSE,
        ErrorCode::RemoteUnreachable => Errno::EHOSTUNREACH,
        ErrorCode::ConnectionRefused => Errno::ECONNREFUSED,
        ErrorCode::ConnectionReset => Errno::ECONNRESET,
        ErrorCode::ConnectionAborted => Errno::ECONNABORTED,
        ErrorCode::DatagramTooLarge => Errno::EMSGSIZE,
        ErrorCode::NameUnresolvable
        | ErrorCode::TemporaryResolverFailure
        | ErrorCode::PermanentResolverFailure => Errno::ENOENT,
        ErrorCode::Unknown => Errno::EIO,
    }
}

fn address(from: SocketAddr) -> IpSocketAddress {
    match from {
        SocketAddr::V4(v4) => {
            let [a, b, c, d] = v4.ip().octets();
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port: v4.port(), address: (a, b, c, d) })
        }
        SocketAddr::V6(v6) => {
            let [a, b, c, d, e, f, g, h] = v6.ip().segments();
            IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: v6.port(),
                flow_info: v6.flowinfo(),
                address: (a, b, c, d, e, f, g, h),
                scope_id: v6.scope_id(),
            })
        }
    }
}

fn ip(from: IpAddress) -> IpAddr {
    match from {
        IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => Ipv6Addr::new(a, b, c, d, e, f, g, h).into(),
    }
}

fn socket_address(from: IpSocketAddress) -> SocketAddr {
    match from {
        IpSocketAddress::Ipv4(v4) => SocketAddr::new(ip(IpAddress::Ipv4(v4.address)), v4.port),
        IpSocketAddress::Ipv6(v6) => SocketAddr::new(ip(IpAddress::Ipv6(v6.address)), v6.port),
    }
}

fn family(of: SocketAddr) -> IpAddressFamily {
    if of.is_ipv4() { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 }
}

/// Repeats a call while it would block; `ETIMEDOUT` when the time is over.
fn finish<T>(
    wait: &Pollable,
    timeout: Option<Duration>,
    mut call: impl FnMut() -> std::result::Result<T, ErrorCode>,
) -> Result<T> {
    let timer = timeout
        .map(|time| monotonic_clock::subscribe_duration(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)));
    loop {
        match call() {
            Err(ErrorCode::WouldBlock) => {}
            other => return other.map_err(errno),
        }
        match &timer {
            None => wait.block(),
            Some(timer) => {
                if !wasip2::io::poll::poll(&[wait, timer]).contains(&0) {
                    return Err(Errno::ETIMEDOUT);
                }
            }
        }
    }
}

impl TcpStream {
    /// Connects, within the time if one is given.
    ///
    /// # Errors
    /// POSIX's for `connect`.
    pub fn connect(to: SocketAddr, timeout: Option<Duration>) -> Result<Self> {
        let socket = create_tcp_socket(family(to)).map_err(errno)?;
        socket.start_connect(&instance_network(), address(to)).map_err(errno)?;
        let (input, output) = finish(&socket.subscribe(), timeout, || socket.finish_connect())?;
        Ok(Self { input, output, socket })
    }

    /// Blocks until there is something; 0 is the end of the stream.
    ///
    /// # Errors
    /// `ETIMEDOUT` when the time is over, `ECONNRESET`.
    pub fn read(&self, buffer: &mut [u8], timeout: Option<Duration>) -> Result<usize> {
        let ready = self.input.subscribe();
        let max = buffer.len() as u64;
        let bytes = finish(&ready, timeout, || match self.input.read(max) {
            Ok(bytes) if bytes.is_empty() => Err(ErrorCode::WouldBlock),
            Ok(bytes) => Ok(bytes),
            Err(StreamError::Closed) => Ok(Vec::new()),
            Err(StreamError::LastOperationFailed(_)) => Err(ErrorCode::ConnectionReset),
        })?;
        let n = bytes.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..n), bytes.get(..n)) {
            to.copy_from_slice(from);
        }
        Ok(n)
    }

    /// Writes everything.
    ///
    /// # Errors
    /// `EPIPE`, `ECONNRESET`.
    pub fn write_all(&self, bytes: &[u8]) -> Result<()> {
        for chunk in bytes.chunks(4096) {
            self.output.blocking_write_and_flush(chunk).map_err(|error| match error {
                StreamError::Closed => Errno::EPIPE,
                StreamError::LastOperationFailed(_) => Errno::ECONNRESET,
            })?;
        }
        Ok(())
    }

    /// Says that nothing more will be written.
    ///
    /// # Errors
    /// `ENOTCONN`.
    pub fn shutdown_write(&self) -> Result<()> {
        self.socket.shutdown(ShutdownType::Send).map_err(errno)
    }

    /// The other side's address.
    ///
    /// # Errors
    /// `ENOTCONN`.
    pub fn peer(&self) -> Result<SocketAddr> {
        self.socket.remote_address().map(socket_address).map_err(errno)
    }

    pub(crate) fn subscribe(&self) -> Pollable {
        self.input.subscribe()
    }
}

impl TcpListener {
    /// Binds and listens.
    ///
    /// # Errors
    /// `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`.
    pub fn bind(to: SocketAddr) -> Result<Self> {
        let socket = create_tcp_socket(family(to)).map_err(errno)?;
        socket.start_bind(&instance_network(), address(to)).map_err(errno)?;
        let wait = socket.subscribe();
        finish(&wait, None, || socket.finish_bind())?;
        socket.start_listen().map_err(errno)?;
        finish(&wait, None, || socket.finish_listen())?;
        drop(wait);
        Ok(Self { socket })
    }

    /// Blocks until somebody connects, within the time if one is given.
    ///
    /// # Errors
    /// `ETIMEDOUT`, POSIX's for `accept`.
    pub fn accept(&self, timeout: Option<Duration>) -> Result<TcpStream> {
        let (socket, input, output) = finish(&self.socket.subscribe(), timeout, || self.socket.accept())?;
        Ok(TcpStream { input, output, socket })
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// POSIX's for `getsockname`.
    pub fn local(&self) -> Result<SocketAddr> {
        self.socket.local_address().map(socket_address).map_err(errno)
    }

    pub(crate) fn subscribe(&self) -> Pollable {
        self.socket.subscribe()
    }
}

/// The addresses of a name (or of an address written out).
///
/// # Errors
/// `ENOENT` if there is no such name.
pub fn resolve(name: &str) -> Result<Vec<IpAddr>> {
    if let Ok(ip) = name.parse() {
        return Ok(vec![ip]);
    }
    let stream = resolve_addresses(&instance_network(), name).map_err(errno)?;
    let ready = stream.subscribe();
    let mut all = Vec::new();
    while let Some(address) = finish(&ready, None, || stream.resolve_next_address())? {
        all.push(ip(address));
    }
    if all.is_empty() { Err(Errno::ENOENT) } else { Ok(all) }
}
