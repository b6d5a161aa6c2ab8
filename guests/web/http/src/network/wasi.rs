//! Sockets of WASI 0.2.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
};

use wasip2::{
    io::streams::{InputStream, OutputStream, StreamError},
    sockets::{
        instance_network::instance_network,
        network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress},
        tcp::{ShutdownType, TcpSocket},
        tcp_create_socket::create_tcp_socket,
    },
};

use crate::reactor::{self, Source};

pub(super) struct Listener(TcpSocket);

impl Listener {
    pub(super) async fn bind(address: SocketAddr) -> io::Result<Listener> {
        let family = if address.is_ipv4() { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 };
        let socket = create_tcp_socket(family).map_err(error)?;
        {
            let ready = Source::new(socket.subscribe());
            socket.start_bind(&instance_network(), to_wasi(address)).map_err(error)?;
            completed(&ready, || socket.finish_bind()).await?;
            socket.start_listen().map_err(error)?;
            completed(&ready, || socket.finish_listen()).await?;
        }
        Ok(Listener(socket))
    }

    pub(super) fn local_address(&self) -> io::Result<SocketAddr> {
        self.0.local_address().map(from_wasi).map_err(error)
    }

    pub(super) fn source(&self) -> Source {
        Source::new(self.0.subscribe())
    }

    pub(super) fn accept(&self) -> io::Result<Stream> {
        let (socket, input, output) = self.0.accept().map_err(error)?;
        Ok(Stream { input, output, socket })
    }
}

/// Waits for the second half of an operation in two halves.
async fn completed(ready: &Source, finish: impl Fn() -> Result<(), ErrorCode>) -> io::Result<()> {
    loop {
        match finish() {
            Err(ErrorCode::WouldBlock) => reactor::ready(ready).await,
            other => return other.map_err(error),
        }
    }
}

/// The streams are the socket's children: they are dropped first.
pub(super) struct Stream {
    input: InputStream,
    output: OutputStream,
    socket: TcpSocket,
}

impl Stream {
    pub(super) fn remote_address(&self) -> io::Result<SocketAddr> {
        self.socket.remote_address().map(from_wasi).map_err(error)
    }

    pub(super) fn local_address(&self) -> io::Result<SocketAddr> {
        self.socket.local_address().map(from_wasi).map_err(error)
    }

    pub(super) fn sources(&self) -> (Source, Source) {
        (Source::new(self.input.subscribe()), Source::new(self.output.subscribe()))
    }

    pub(super) fn try_read(&mut self, buffer: &mut Vec<u8>, max: usize) -> io::Result<usize> {
        match self.input.read(max as u64) {
            Ok(bytes) if bytes.is_empty() => Err(io::ErrorKind::WouldBlock.into()),
            Ok(bytes) => {
                buffer.extend_from_slice(&bytes);
                Ok(bytes.len())
            }
            Err(StreamError::Closed) => Ok(0),
            Err(StreamError::LastOperationFailed(_)) => Err(io::ErrorKind::ConnectionReset.into()),
        }
    }

    pub(super) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let allowed = self.output.check_write().map_err(broken)?;
        if allowed == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let length = bytes.len().min(usize::try_from(allowed).unwrap_or(usize::MAX));
        self.output.write(&bytes[..length]).map_err(broken)?;
        Ok(length)
    }

    /// A flush that is under way makes `check-write` give 0.
    pub(super) fn try_flush(&mut self) -> io::Result<()> {
        if self.output.check_write().map_err(broken)? == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.output.flush().map_err(broken)?;
        if self.output.check_write().map_err(broken)? == 0 {
            Err(io::ErrorKind::WouldBlock.into())
        } else {
            Ok(())
        }
    }

    pub(super) fn shut_sending(&mut self) -> io::Result<()> {
        self.socket.shutdown(ShutdownType::Send).map_err(error)
    }
}

fn broken(failure: StreamError) -> io::Error {
    match failure {
        StreamError::Closed => io::ErrorKind::BrokenPipe.into(),
        StreamError::LastOperationFailed(_) => io::ErrorKind::ConnectionReset.into(),
    }
}

fn error(code: ErrorCode) -> io::Error {
    let kind = match code {
        ErrorCode::AccessDenied => io::ErrorKind::PermissionDenied,
        ErrorCode::NotSupported => io::ErrorKind::Unsupported,
        ErrorCode::InvalidArgument => io::ErrorKind::InvalidInput,
        ErrorCode::OutOfMemory | ErrorCode::NewSocketLimit => io::ErrorKind::OutOfMemory,
        ErrorCode::Timeout => io::ErrorKind::TimedOut,
        ErrorCode::WouldBlock | ErrorCode::NotInProgress => io::ErrorKind::WouldBlock,
        ErrorCode::AddressNotBindable => io::ErrorKind::AddrNotAvailable,
        ErrorCode::AddressInUse => io::ErrorKind::AddrInUse,
        ErrorCode::ConnectionRefused => io::ErrorKind::ConnectionRefused,
        ErrorCode::ConnectionReset => io::ErrorKind::ConnectionReset,
        ErrorCode::ConnectionAborted => io::ErrorKind::ConnectionAborted,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, code.message())
}

fn to_wasi(address: SocketAddr) -> IpSocketAddress {
    match address {
        SocketAddr::V4(v4) => {
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port: v4.port(), address: v4.ip().octets().into() })
        }
        SocketAddr::V6(v6) => IpSocketAddress::Ipv6(Ipv6SocketAddress {
            port: v6.port(),
            flow_info: v6.flowinfo(),
            address: v6.ip().segments().into(),
            scope_id: v6.scope_id(),
        }),
    }
}

fn from_wasi(address: IpSocketAddress) -> SocketAddr {
    match address {
        IpSocketAddress::Ipv4(v4) => {
            SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::from(<[u8; 4]>::from(v4.address)), v4.port))
        }
        IpSocketAddress::Ipv6(v6) => SocketAddr::V6(SocketAddrV6::new(
            Ipv6Addr::from(<[u16; 8]>::from(v6.address)),
            v6.port,
            v6.flow_info,
            v6.scope_id,
        )),
    }
}
