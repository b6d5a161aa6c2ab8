//! `ip-name-lookup`: the names that the container's /etc/hosts has.

use std::net::IpAddr;
use std::vec::IntoIter;

use wasipod_kernel::net::Resolver;
use wasipod_kernel::process::Process;
use wasipod_kernel::vfs::OpenOptions;
use wasmtime::component::Resource;
use wasmtime_wasi_io::async_trait;
use wasmtime_wasi_io::poll::{DynPollable, Pollable, subscribe};

use super::Network;
use super::address::wasi_ip;
use crate::bindings::wasi::sockets::ip_name_lookup::{Host, HostResolveAddressStream};
use crate::bindings::wasi::sockets::network::{ErrorCode, IpAddress};
use crate::guest::Guest;
use crate::wasi::errno::SocketResult;

/// No hosts file that is meant to be one is longer.
const HOSTS_BYTES_MAX: usize = 1 << 20;

/// The `resolve-address-stream` resource: what was found.
#[expect(unreachable_pub, reason = "the generated bindings export it")]
pub struct Lookup(IntoIter<IpAddr>);

#[async_trait]
impl Pollable for Lookup {
    /// The answer is there from the start.
    async fn ready(&mut self) {}
}

/// What the container's libc would read: its own file, as the container sees it now.
fn hosts_file(process: &Process) -> String {
    let mounts = process.mounts();
    let text = mounts
        .open(&process.caller(), mounts.root(), "/etc/hosts", OpenOptions::READ, 0)
        .and_then(|file| file.read_at(0, HOSTS_BYTES_MAX))
        .unwrap_or_default();
    String::from_utf8_lossy(&text).into_owned()
}

impl Host for Guest {
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> SocketResult<Resource<Lookup>> {
        self.table.get(&network)?;
        let process = self.process.clone();
        let resolver = Resolver::new(move || hosts_file(&process));
        let addresses = resolver.resolve(&name, None).map_err(|error| {
            tracing::debug!(name, %error, "a name isn't known in the Pod");
            ErrorCode::NameUnresolvable
        })?;
        Ok(self.table.push(Lookup(addresses.into_iter()))?)
    }
}

impl HostResolveAddressStream for Guest {
    fn resolve_next_address(&mut self, lookup: Resource<Lookup>) -> SocketResult<Option<IpAddress>> {
        Ok(self.table.get_mut(&lookup)?.0.next().map(wasi_ip))
    }

    fn subscribe(&mut self, lookup: Resource<Lookup>) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(&mut self.table, lookup)
    }

    fn drop(&mut self, lookup: Resource<Lookup>) -> wasmtime::Result<()> {
        self.table.delete(lookup)?;
        Ok(())
    }
}
