//! Listing a directory.

use wasmtime::component::Resource;

use super::{Listing, wasi_type};
use crate::bindings::wasi::filesystem::types::{DirectoryEntry, HostDirectoryEntryStream};
use crate::guest::Guest;
use crate::wasi::errno::FsResult;

impl HostDirectoryEntryStream for Guest {
    fn read_directory_entry(&mut self, listing: Resource<Listing>) -> FsResult<Option<DirectoryEntry>> {
        let next = self.table.get_mut(&listing)?.0.next();
        Ok(next.map(|entry| DirectoryEntry { type_: wasi_type(entry.kind), name: entry.name.to_string() }))
    }

    fn drop(&mut self, listing: Resource<Listing>) -> wasmtime::Result<()> {
        self.table.delete(listing)?;
        Ok(())
    }
}
