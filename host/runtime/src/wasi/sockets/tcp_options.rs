//! Reading and setting a TCP socket's options, in WASI's units.

use std::time::Duration;

use wasipod_kernel::net::TcpOptions;
use wasmtime::component::Resource;

use super::Tcp;
use crate::bindings::wasi::sockets::network::ErrorCode;
use crate::guest::Guest;
use crate::wasi::errno::SocketResult;

impl Guest {
    pub(super) fn tcp_option<T>(
        &mut self,
        socket: &Resource<Tcp>,
        read: impl FnOnce(&TcpOptions) -> T,
    ) -> SocketResult<T> {
        Ok(read(&self.tcp(socket)?.socket.options()))
    }

    pub(super) fn set_tcp_option(
        &mut self,
        socket: &Resource<Tcp>,
        change: impl FnOnce(&mut TcpOptions),
    ) -> SocketResult<()> {
        self.tcp(socket)?.socket.set_options(change);
        Ok(())
    }

    /// In nanoseconds.
    pub(super) fn tcp_duration(
        &mut self,
        socket: &Resource<Tcp>,
        read: impl FnOnce(&TcpOptions) -> Duration,
    ) -> SocketResult<u64> {
        let duration = self.tcp_option(socket, read)?;
        Ok(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }

    pub(super) fn set_tcp_duration(
        &mut self,
        socket: &Resource<Tcp>,
        nanos: u64,
        change: impl FnOnce(&mut TcpOptions, Duration),
    ) -> SocketResult<()> {
        if nanos == 0 {
            return Err(ErrorCode::InvalidArgument.into());
        }
        self.set_tcp_option(socket, |options| change(options, Duration::from_nanos(nanos)))
    }

    /// In bytes.
    pub(super) fn set_tcp_size(
        &mut self,
        socket: &Resource<Tcp>,
        bytes: u64,
        change: impl FnOnce(&mut TcpOptions, usize),
    ) -> SocketResult<()> {
        if bytes == 0 {
            return Err(ErrorCode::InvalidArgument.into());
        }
        self.set_tcp_option(socket, |options| change(options, usize::try_from(bytes).unwrap_or(usize::MAX)))
    }
}
