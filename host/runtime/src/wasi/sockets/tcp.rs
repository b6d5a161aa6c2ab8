//! `tcp`, `tcp-create-socket`: the life of a TCP socket.

use std::sync::Arc;

use wasipod_kernel::Errno;
use wasipod_kernel::net::{Shutdown, TcpSocket};
use wasipod_kernel::process::Process;
use wasmtime::component::Resource;
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::poll::{DynPollable, Pollable, subscribe};
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream};

use super::address::{family, socket_address, wasi_family, wasi_socket_address};
use super::tcp_streams::{TcpInput, TcpOutput};
use super::{Network, Started};
use crate::bindings::wasi::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};
use crate::bindings::wasi::sockets::tcp::{self, HostTcpSocket, ShutdownType};
use crate::bindings::wasi::sockets::tcp_create_socket;
use crate::guest::Guest;
use crate::wasi::errno::SocketResult;
use crate::wasi::readiness::ready;

/// Linux's `SOMAXCONN`.
const DEFAULT_BACKLOG: u32 = 4096;

/// The `tcp-socket` resource.
#[expect(unreachable_pub, reason = "the generated bindings export it")]
pub struct Tcp {
    pub(super) socket: Arc<TcpSocket>,
    process: Arc<Process>,
    started: Option<Started>,
    listening: bool,
    backlog: u32,
}

type Streams = (Resource<DynInputStream>, Resource<DynOutputStream>);

impl Guest {
    pub(super) fn tcp(&mut self, socket: &Resource<Tcp>) -> SocketResult<&mut Tcp> {
        Ok(self.table.get_mut(socket)?)
    }

    fn tcp_streams(&mut self, socket: &Resource<Tcp>) -> SocketResult<Streams> {
        let tcp = self.tcp(socket)?.socket.clone();
        let input: DynInputStream = Box::new(TcpInput::new(self.process.clone(), tcp.clone()));
        let output: DynOutputStream = Box::new(TcpOutput::new(self.process.clone(), tcp));
        let input = self.table.push_child(input, socket)?;
        let output = self.table.push_child(output, socket)?;
        Ok((input, output))
    }
}

impl Tcp {
    fn new(process: Arc<Process>, socket: Arc<TcpSocket>) -> Self {
        Self { socket, process, started: None, listening: false, backlog: DEFAULT_BACKLOG }
    }

    fn start(&mut self, what: Started) -> SocketResult<()> {
        if self.started.is_some() {
            return Err(ErrorCode::ConcurrencyConflict.into());
        }
        self.started = Some(what);
        Ok(())
    }

    fn finish(&mut self, what: Started) -> SocketResult<()> {
        if self.started != Some(what) {
            return Err(ErrorCode::NotInProgress.into());
        }
        self.started = None;
        Ok(())
    }
}

#[async_trait]
impl Pollable for Tcp {
    async fn ready(&mut self) {
        let socket = &self.socket;
        let name =
            || socket.local_addr().map_or_else(|| "a socket".to_owned(), |address| address.to_string());
        if self.started == Some(Started::Connect) {
            ready(&self.process, &format!("connect from {}", name()), |cx| socket.poll_connected(cx)).await;
        } else if self.listening {
            ready(&self.process, &format!("accept on {}", name()), |cx| socket.poll_acceptable(cx)).await;
        }
    }
}

impl tcp_create_socket::Host for Guest {
    fn create_tcp_socket(&mut self, address_family: IpAddressFamily) -> SocketResult<Resource<Tcp>> {
        let socket = TcpSocket::new(self.net(), family(address_family))?;
        Ok(self.table.push(Tcp::new(self.process.clone(), socket))?)
    }
}

impl tcp::Host for Guest {}

impl HostTcpSocket for Guest {
    fn start_bind(
        &mut self,
        socket: Resource<Tcp>,
        network: Resource<Network>,
        address: IpSocketAddress,
    ) -> SocketResult<()> {
        self.table.get(&network)?;
        let tcp = self.tcp(&socket)?;
        if tcp.started.is_some() {
            return Err(ErrorCode::ConcurrencyConflict.into());
        }
        if tcp.socket.local_addr().is_some() {
            return Err(ErrorCode::InvalidState.into());
        }
        // As WASI's documentation has it: a listener's address may be taken again at once.
        tcp.socket.set_options(|options| options.reuse_address = true);
        tcp.socket.bind(socket_address(address))?;
        tcp.start(Started::Bind)
    }

    fn finish_bind(&mut self, socket: Resource<Tcp>) -> SocketResult<()> {
        self.tcp(&socket)?.finish(Started::Bind)
    }

    fn start_connect(
        &mut self,
        socket: Resource<Tcp>,
        network: Resource<Network>,
        address: IpSocketAddress,
    ) -> SocketResult<()> {
        self.table.get(&network)?;
        let address = socket_address(address);
        let tcp = self.tcp(&socket)?;
        if tcp.started.is_some() {
            return Err(ErrorCode::ConcurrencyConflict.into());
        }
        if tcp.listening || tcp.socket.peer_addr().is_ok() {
            return Err(ErrorCode::InvalidState.into());
        }
        if address.ip().is_unspecified() || address.port() == 0 {
            return Err(ErrorCode::InvalidArgument.into());
        }
        match tcp.socket.start_connect(address) {
            // An error of the attempt is told by finish-connect.
            Ok(()) | Err(Errno::EINPROGRESS) => tcp.start(Started::Connect),
            Err(errno) => Err(errno.into()),
        }
    }

    fn finish_connect(&mut self, socket: Resource<Tcp>) -> SocketResult<Streams> {
        let tcp = self.tcp(&socket)?;
        if tcp.started != Some(Started::Connect) {
            return Err(ErrorCode::NotInProgress.into());
        }
        match tcp.socket.try_finish_connect() {
            Err(Errno::EAGAIN | Errno::EINPROGRESS | Errno::EALREADY) => {
                return Err(ErrorCode::WouldBlock.into());
            }
            answer => {
                tcp.started = None;
                answer?;
            }
        }
        self.tcp_streams(&socket)
    }

    fn start_listen(&mut self, socket: Resource<Tcp>) -> SocketResult<()> {
        let tcp = self.tcp(&socket)?;
        if tcp.started.is_some() {
            return Err(ErrorCode::ConcurrencyConflict.into());
        }
        if tcp.socket.local_addr().is_none() || tcp.listening || tcp.socket.peer_addr().is_ok() {
            return Err(ErrorCode::InvalidState.into());
        }
        tcp.socket.listen(tcp.backlog)?;
        tcp.listening = true;
        tcp.start(Started::Listen)
    }

    fn finish_listen(&mut self, socket: Resource<Tcp>) -> SocketResult<()> {
        self.tcp(&socket)?.finish(Started::Listen)
    }

    fn accept(
        &mut self,
        socket: Resource<Tcp>,
    ) -> SocketResult<(Resource<Tcp>, Resource<DynInputStream>, Resource<DynOutputStream>)> {
        let tcp = self.tcp(&socket)?;
        if !tcp.listening {
            return Err(ErrorCode::InvalidState.into());
        }
        let (accepted, _) = tcp.socket.try_accept()?;
        let accepted = Tcp::new(self.process.clone(), accepted);
        let accepted = self.table.push(accepted)?;
        let (input, output) = self.tcp_streams(&accepted)?;
        Ok((accepted, input, output))
    }

    fn local_address(&mut self, socket: Resource<Tcp>) -> SocketResult<IpSocketAddress> {
        let address = self.tcp(&socket)?.socket.local_addr().ok_or(ErrorCode::InvalidState)?;
        Ok(wasi_socket_address(address))
    }

    fn remote_address(&mut self, socket: Resource<Tcp>) -> SocketResult<IpSocketAddress> {
        Ok(wasi_socket_address(self.tcp(&socket)?.socket.peer_addr()?))
    }

    fn is_listening(&mut self, socket: Resource<Tcp>) -> wasmtime::Result<bool> {
        Ok(self.table.get(&socket)?.listening)
    }

    fn address_family(&mut self, socket: Resource<Tcp>) -> wasmtime::Result<IpAddressFamily> {
        Ok(wasi_family(self.table.get(&socket)?.socket.family()))
    }

    fn set_listen_backlog_size(&mut self, socket: Resource<Tcp>, value: u64) -> SocketResult<()> {
        let tcp = self.tcp(&socket)?;
        if value == 0 {
            return Err(ErrorCode::InvalidArgument.into());
        }
        tcp.backlog = u32::try_from(value).unwrap_or(u32::MAX);
        if tcp.listening {
            tcp.socket.listen(tcp.backlog)?;
        }
        Ok(())
    }

    fn keep_alive_enabled(&mut self, socket: Resource<Tcp>) -> SocketResult<bool> {
        self.tcp_option(&socket, |options| options.keep_alive)
    }

    fn set_keep_alive_enabled(&mut self, socket: Resource<Tcp>, value: bool) -> SocketResult<()> {
        self.set_tcp_option(&socket, |options| options.keep_alive = value)
    }

    fn keep_alive_idle_time(&mut self, socket: Resource<Tcp>) -> SocketResult<u64> {
        self.tcp_duration(&socket, |options| options.keep_alive_idle)
    }

    fn set_keep_alive_idle_time(&mut self, socket: Resource<Tcp>, value: u64) -> SocketResult<()> {
        self.set_tcp_duration(&socket, value, |options, value| options.keep_alive_idle = value)
    }

    fn keep_alive_interval(&mut self, socket: Resource<Tcp>) -> SocketResult<u64> {
        self.tcp_duration(&socket, |options| options.keep_alive_interval)
    }

    fn set_keep_alive_interval(&mut self, socket: Resource<Tcp>, value: u64) -> SocketResult<()> {
        self.set_tcp_duration(&socket, value, |options, value| options.keep_alive_interval = value)
    }

    fn keep_alive_count(&mut self, socket: Resource<Tcp>) -> SocketResult<u32> {
        self.tcp_option(&socket, |options| options.keep_alive_count)
    }

    fn set_keep_alive_count(&mut self, socket: Resource<Tcp>, value: u32) -> SocketResult<()> {
        if value == 0 {
            return Err(ErrorCode::InvalidArgument.into());
        }
        self.set_tcp_option(&socket, |options| options.keep_alive_count = value)
    }

    fn hop_limit(&mut self, socket: Resource<Tcp>) -> SocketResult<u8> {
        self.tcp_option(&socket, |options| options.hop_limit)
    }

    fn set_hop_limit(&mut self, socket: Resource<Tcp>, value: u8) -> SocketResult<()> {
        if value == 0 {
            return Err(ErrorCode::InvalidArgument.into());
        }
        self.set_tcp_option(&socket, |options| options.hop_limit = value)
    }

    fn receive_buffer_size(&mut self, socket: Resource<Tcp>) -> SocketResult<u64> {
        self.tcp_option(&socket, |options| options.receive_buffer as u64)
    }

    fn set_receive_buffer_size(&mut self, socket: Resource<Tcp>, value: u64) -> SocketResult<()> {
        self.set_tcp_size(&socket, value, |options, value| options.receive_buffer = value)
    }

    fn send_buffer_size(&mut self, socket: Resource<Tcp>) -> SocketResult<u64> {
        self.tcp_option(&socket, |options| options.send_buffer as u64)
    }

    fn set_send_buffer_size(&mut self, socket: Resource<Tcp>, value: u64) -> SocketResult<()> {
        self.set_tcp_size(&socket, value, |options, value| options.send_buffer = value)
    }

    fn subscribe(&mut self, socket: Resource<Tcp>) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(&mut self.table, socket)
    }

    fn shutdown(&mut self, socket: Resource<Tcp>, how: ShutdownType) -> SocketResult<()> {
        let how = match how {
            ShutdownType::Receive => Shutdown::Read,
            ShutdownType::Send => Shutdown::Write,
            ShutdownType::Both => Shutdown::Both,
        };
        Ok(self.tcp(&socket)?.socket.shutdown(how)?)
    }

    fn drop(&mut self, socket: Resource<Tcp>) -> wasmtime::Result<()> {
        self.table.delete(socket)?;
        Ok(())
    }
}
