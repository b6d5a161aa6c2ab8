//! `network`, `instance-network`: the right to use the Pod's network, which every process of it has.

use wasipod_kernel::Errno;
use wasmtime::component::Resource;

use crate::bindings::wasi::sockets::instance_network;
use crate::bindings::wasi::sockets::network::{ErrorCode, Host, HostNetwork};
use crate::guest::Guest;
use crate::wasi::errno::SocketError;

/// The Pod's network.
#[expect(unreachable_pub, reason = "the generated bindings export it")]
pub struct Network;

impl Host for Guest {
    fn network_error_code(
        &mut self,
        error: Resource<wasmtime_wasi_io::streams::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        let errno = self.table.get(&error)?.downcast_ref::<Errno>().copied();
        errno.map(|errno| SocketError::Errno(errno).into_code()).transpose()
    }

    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        error.into_code()
    }
}

impl HostNetwork for Guest {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        self.table.delete(network)?;
        Ok(())
    }
}

impl instance_network::Host for Guest {
    fn instance_network(&mut self) -> wasmtime::Result<Resource<Network>> {
        Ok(self.table.push(Network)?)
    }
}
