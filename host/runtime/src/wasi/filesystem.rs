//! `wasi:filesystem` over the process's mount namespace.
//!
//! One preopened directory, `/`: the container's whole tree. Paths are walked by the kernel, so absolute symbolic links
//! and `..` mean what they mean in the container, and nothing outside of it exists.

mod descriptor;
mod directory;
mod paths;
mod stat;

use std::sync::Arc;

use wasipod_kernel::file::FileRef;
use wasipod_kernel::vfs::{Caller, DirEntry, OpenOptions, Place};
use wasmtime::component::Resource;

pub(crate) use self::stat::wasi_type;
use super::errno::{FsError, FsResult, fs_code};
use crate::bindings::wasi::filesystem::preopens;
use crate::bindings::wasi::filesystem::types::{self, ErrorCode};
use crate::guest::Guest;

/// An open file or directory.
#[expect(unreachable_pub, reason = "the generated bindings export it")]
pub struct Descriptor {
    file: FileRef,
    options: OpenOptions,
}

/// A directory being listed.
#[expect(unreachable_pub, reason = "the generated bindings export it")]
pub struct Listing(std::vec::IntoIter<DirEntry>);

impl Guest {
    /// The directory that a path is relative to.
    fn base(&self, descriptor: &Resource<Descriptor>) -> FsResult<Place> {
        let directory = self.table.get(descriptor)?;
        directory.file.place().ok_or(FsError::Errno(wasipod_kernel::Errno::ENOTDIR))
    }

    fn file(&self, descriptor: &Resource<Descriptor>) -> FsResult<FileRef> {
        Ok(self.table.get(descriptor)?.file.clone())
    }

    fn caller(&self) -> Caller {
        self.process.caller()
    }
}

impl preopens::Host for Guest {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Resource<Descriptor>, String)>> {
        let root = self.process.mounts().root().clone();
        let file: FileRef = Arc::new(wasipod_kernel::vfs::OpenDirectory::new(root));
        let descriptor = self.table.push(Descriptor { file, options: OpenOptions::READ })?;
        Ok(vec![(descriptor, "/".into())])
    }
}

impl types::Host for Guest {
    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime_wasi_io::streams::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        let error = self.table.get(&error)?;
        Ok(error.downcast_ref::<wasipod_kernel::Errno>().map(|errno| fs_code(*errno)))
    }

    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        error.into_code()
    }
}
