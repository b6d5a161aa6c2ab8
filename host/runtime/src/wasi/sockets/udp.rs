//! `udp`, `udp-create-socket`: UDP sockets and their two datagram streams.

use std::sync::Arc;

use bytes::Bytes;
use wasipod_kernel::Errno;
use wasipod_kernel::net::{UdpOptions, UdpSocket};
use wasipod_kernel::process::Process;
use wasmtime::component::Resource;
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::poll::{DynPollable, Pollable, subscribe};

use super::address::{family, socket_address, wasi_family, wasi_socket_address};
use super::{Network, Started};
use crate::bindings::wasi::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};
use crate::bindings::wasi::sockets::udp::{
    self, HostIncomingDatagramStream, HostOutgoingDatagramStream, HostUdpSocket, IncomingDatagram,
    OutgoingDatagram,
};
use crate::bindings::wasi::sockets::udp_create_socket;
use crate::guest::Guest;
use crate::wasi::errno::SocketResult;
use crate::wasi::readiness::ready;

/// So many datagrams a call.
const DATAGRAMS: usize = 64;

/// The `udp-socket` resource.
#[expect(unreachable_pub, reason = "the generated bindings export it")]
pub struct Udp {
    socket: Arc<UdpSocket>,
    started: Option<Started>,
}

/// The `incoming-datagram-stream` resource.
#[expect(unreachable_pub, reason = "the generated bindings export it")]
pub struct UdpIncoming {
    socket: Arc<UdpSocket>,
    process: Arc<Process>,
}

/// The `outgoing-datagram-stream` resource.
#[expect(unreachable_pub, reason = "the generated bindings export it")]
pub struct UdpOutgoing {
    socket: Arc<UdpSocket>,
}

#[async_trait]
impl Pollable for Udp {
    /// Nothing that a socket starts has to be waited for.
    async fn ready(&mut self) {}
}

#[async_trait]
impl Pollable for UdpIncoming {
    async fn ready(&mut self) {
        let socket = &self.socket;
        ready(&self.process, "a datagram", |cx| socket.poll_readable(cx)).await;
    }
}

#[async_trait]
impl Pollable for UdpOutgoing {
    async fn ready(&mut self) {
        std::future::poll_fn(|cx| self.socket.poll_writable(cx)).await;
    }
}

impl Guest {
    fn udp(&mut self, socket: &Resource<Udp>) -> SocketResult<&mut Udp> {
        Ok(self.table.get_mut(socket)?)
    }

    fn set_udp_option(
        &mut self,
        socket: &Resource<Udp>,
        value: u64,
        change: impl FnOnce(&mut UdpOptions),
    ) -> SocketResult<()> {
        if value == 0 {
            return Err(ErrorCode::InvalidArgument.into());
        }
        self.udp(socket)?.socket.set_options(change);
        Ok(())
    }
}

impl udp_create_socket::Host for Guest {
    fn create_udp_socket(&mut self, address_family: IpAddressFamily) -> SocketResult<Resource<Udp>> {
        let socket = UdpSocket::new(self.net(), family(address_family))?;
        Ok(self.table.push(Udp { socket, started: None })?)
    }
}

impl udp::Host for Guest {}

impl HostUdpSocket for Guest {
    fn start_bind(
        &mut self,
        socket: Resource<Udp>,
        network: Resource<Network>,
        address: IpSocketAddress,
    ) -> SocketResult<()> {
        self.table.get(&network)?;
        let udp = self.udp(&socket)?;
        if udp.started.is_some() {
            return Err(ErrorCode::ConcurrencyConflict.into());
        }
        if udp.socket.local_addr().is_some() {
            return Err(ErrorCode::InvalidState.into());
        }
        udp.socket.bind(socket_address(address))?;
        udp.started = Some(Started::Bind);
        Ok(())
    }

    fn finish_bind(&mut self, socket: Resource<Udp>) -> SocketResult<()> {
        let udp = self.udp(&socket)?;
        if udp.started.take().is_none() {
            return Err(ErrorCode::NotInProgress.into());
        }
        Ok(())
    }

    fn stream(
        &mut self,
        socket: Resource<Udp>,
        remote: Option<IpSocketAddress>,
    ) -> SocketResult<(Resource<UdpIncoming>, Resource<UdpOutgoing>)> {
        let process = self.process.clone();
        let udp = self.udp(&socket)?.socket.clone();
        if udp.local_addr().is_none() {
            return Err(ErrorCode::InvalidState.into());
        }
        match remote {
            Some(remote) => udp.connect(socket_address(remote))?,
            None => udp.disconnect(),
        }
        let incoming = self.table.push_child(UdpIncoming { socket: udp.clone(), process }, &socket)?;
        let outgoing = self.table.push_child(UdpOutgoing { socket: udp }, &socket)?;
        Ok((incoming, outgoing))
    }

    fn local_address(&mut self, socket: Resource<Udp>) -> SocketResult<IpSocketAddress> {
        let address = self.udp(&socket)?.socket.local_addr().ok_or(ErrorCode::InvalidState)?;
        Ok(wasi_socket_address(address))
    }

    fn remote_address(&mut self, socket: Resource<Udp>) -> SocketResult<IpSocketAddress> {
        Ok(wasi_socket_address(self.udp(&socket)?.socket.peer_addr()?))
    }

    fn address_family(&mut self, socket: Resource<Udp>) -> wasmtime::Result<IpAddressFamily> {
        Ok(wasi_family(self.table.get(&socket)?.socket.family()))
    }

    fn unicast_hop_limit(&mut self, socket: Resource<Udp>) -> SocketResult<u8> {
        Ok(self.udp(&socket)?.socket.options().hop_limit)
    }

    fn set_unicast_hop_limit(&mut self, socket: Resource<Udp>, value: u8) -> SocketResult<()> {
        self.set_udp_option(&socket, u64::from(value), |options| options.hop_limit = value)
    }

    fn receive_buffer_size(&mut self, socket: Resource<Udp>) -> SocketResult<u64> {
        Ok(self.udp(&socket)?.socket.options().receive_buffer as u64)
    }

    fn set_receive_buffer_size(&mut self, socket: Resource<Udp>, value: u64) -> SocketResult<()> {
        let bytes = usize::try_from(value).unwrap_or(usize::MAX);
        self.set_udp_option(&socket, value, |options| options.receive_buffer = bytes)
    }

    fn send_buffer_size(&mut self, socket: Resource<Udp>) -> SocketResult<u64> {
        Ok(self.udp(&socket)?.socket.options().send_buffer as u64)
    }

    fn set_send_buffer_size(&mut self, socket: Resource<Udp>, value: u64) -> SocketResult<()> {
        let bytes = usize::try_from(value).unwrap_or(usize::MAX);
        self.set_udp_option(&socket, value, |options| options.send_buffer = bytes)
    }

    fn subscribe(&mut self, socket: Resource<Udp>) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(&mut self.table, socket)
    }

    fn drop(&mut self, socket: Resource<Udp>) -> wasmtime::Result<()> {
        self.table.delete(socket)?;
        Ok(())
    }
}

impl HostIncomingDatagramStream for Guest {
    fn receive(&mut self, stream: Resource<UdpIncoming>, most: u64) -> SocketResult<Vec<IncomingDatagram>> {
        let socket = self.table.get(&stream)?.socket.clone();
        let most = usize::try_from(most).unwrap_or(DATAGRAMS).min(DATAGRAMS);
        let mut received = Vec::new();
        while received.len() < most {
            match socket.try_recv_from() {
                Ok((data, from)) => received.push(IncomingDatagram {
                    data: data.to_vec(),
                    remote_address: wasi_socket_address(from),
                }),
                Err(Errno::EAGAIN) => break,
                // What has come is delivered first.
                Err(_) if !received.is_empty() => break,
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(received)
    }

    fn subscribe(&mut self, stream: Resource<UdpIncoming>) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(&mut self.table, stream)
    }

    fn drop(&mut self, stream: Resource<UdpIncoming>) -> wasmtime::Result<()> {
        self.table.delete(stream)?;
        Ok(())
    }
}

impl HostOutgoingDatagramStream for Guest {
    fn check_send(&mut self, stream: Resource<UdpOutgoing>) -> SocketResult<u64> {
        self.table.get(&stream)?;
        Ok(DATAGRAMS as u64)
    }

    fn send(&mut self, stream: Resource<UdpOutgoing>, datagrams: Vec<OutgoingDatagram>) -> SocketResult<u64> {
        let socket = self.table.get(&stream)?.socket.clone();
        let mut sent = 0;
        for datagram in datagrams {
            let data = Bytes::from(datagram.data);
            let done = match datagram.remote_address {
                Some(to) => socket.send_to(&data, socket_address(to)),
                None => socket.send(&data),
            };
            match done {
                Ok(()) => sent += 1,
                // What was sent before counts; the error comes with the next call.
                Err(_) if sent > 0 => break,
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(sent)
    }

    fn subscribe(&mut self, stream: Resource<UdpOutgoing>) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(&mut self.table, stream)
    }

    fn drop(&mut self, stream: Resource<UdpOutgoing>) -> wasmtime::Result<()> {
        self.table.delete(stream)?;
        Ok(())
    }
}
