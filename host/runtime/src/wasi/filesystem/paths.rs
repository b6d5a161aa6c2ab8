//! The calls that take a path, relative to an open directory.

use wasipod_kernel::file::FileRef;
use wasipod_kernel::vfs::OpenOptions;
use wasmtime::component::Resource;

use super::Descriptor;
use super::stat::{metadata_hash, new_time, wasi_stat};
use crate::bindings::wasi::filesystem::types::{
    DescriptorFlags, DescriptorStat, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use crate::guest::Guest;
use crate::wasi::errno::FsResult;

/// WASI can't say which permissions a new file gets: what C programs ask for, less the umask.
const NEW_FILE_MODE: u32 = 0o666;
const NEW_DIRECTORY_MODE: u32 = 0o777;

fn follows(flags: PathFlags) -> bool {
    flags.contains(PathFlags::SYMLINK_FOLLOW)
}

impl Guest {
    pub(super) fn open_path(
        &mut self,
        directory: &Resource<Descriptor>,
        path_flags: PathFlags,
        path: &str,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        let base = self.base(directory)?;
        let options = OpenOptions {
            read: flags.contains(DescriptorFlags::READ),
            write: flags.contains(DescriptorFlags::WRITE),
            create: open.contains(OpenFlags::CREATE),
            exclusive: open.contains(OpenFlags::EXCLUSIVE),
            truncate: open.contains(OpenFlags::TRUNCATE),
            directory: open.contains(OpenFlags::DIRECTORY),
            no_follow: !follows(path_flags),
            ..OpenOptions::default()
        };
        let file: FileRef =
            self.process.mounts().open(&self.caller(), &base, path, options, NEW_FILE_MODE)?;
        Ok(self.table.push(Descriptor { file, options })?)
    }

    pub(super) fn make_directory(&mut self, directory: &Resource<Descriptor>, path: &str) -> FsResult<()> {
        let base = self.base(directory)?;
        Ok(self.process.mounts().mkdir(&self.caller(), &base, path, NEW_DIRECTORY_MODE)?)
    }

    pub(super) fn stat_path(
        &mut self,
        directory: &Resource<Descriptor>,
        flags: PathFlags,
        path: &str,
    ) -> FsResult<DescriptorStat> {
        let base = self.base(directory)?;
        Ok(wasi_stat(&self.process.mounts().stat(&self.caller(), &base, path, follows(flags))?))
    }

    pub(super) fn hash_path(
        &mut self,
        directory: &Resource<Descriptor>,
        flags: PathFlags,
        path: &str,
    ) -> FsResult<MetadataHashValue> {
        let base = self.base(directory)?;
        Ok(metadata_hash(&self.process.mounts().stat(&self.caller(), &base, path, follows(flags))?))
    }

    pub(super) fn set_path_times(
        &mut self,
        directory: &Resource<Descriptor>,
        flags: PathFlags,
        path: &str,
        access: NewTimestamp,
        modification: NewTimestamp,
    ) -> FsResult<()> {
        let base = self.base(directory)?;
        let (access, modification) = (new_time(access), new_time(modification));
        Ok(self.process.mounts().set_times(
            &self.caller(),
            &base,
            path,
            follows(flags),
            access,
            modification,
        )?)
    }

    pub(super) fn link_path(
        &mut self,
        from: &Resource<Descriptor>,
        flags: PathFlags,
        old: &str,
        to: &Resource<Descriptor>,
        new: &str,
    ) -> FsResult<()> {
        let (from, to) = (self.base(from)?, self.base(to)?);
        Ok(self.process.mounts().link(&self.caller(), &from, old, follows(flags), &to, new)?)
    }

    pub(super) fn rename_path(
        &mut self,
        from: &Resource<Descriptor>,
        old: &str,
        to: &Resource<Descriptor>,
        new: &str,
    ) -> FsResult<()> {
        let (from, to) = (self.base(from)?, self.base(to)?);
        Ok(self.process.mounts().rename(&self.caller(), &from, old, &to, new, false)?)
    }

    pub(super) fn read_link(&mut self, directory: &Resource<Descriptor>, path: &str) -> FsResult<String> {
        let base = self.base(directory)?;
        Ok(self.process.mounts().readlink(&self.caller(), &base, path)?.to_string())
    }

    pub(super) fn make_symlink(
        &mut self,
        directory: &Resource<Descriptor>,
        target: &str,
        path: &str,
    ) -> FsResult<()> {
        let base = self.base(directory)?;
        Ok(self.process.mounts().symlink(&self.caller(), target, &base, path)?)
    }

    pub(super) fn remove_directory(&mut self, directory: &Resource<Descriptor>, path: &str) -> FsResult<()> {
        let base = self.base(directory)?;
        Ok(self.process.mounts().rmdir(&self.caller(), &base, path)?)
    }

    pub(super) fn remove_file(&mut self, directory: &Resource<Descriptor>, path: &str) -> FsResult<()> {
        let base = self.base(directory)?;
        Ok(self.process.mounts().unlink(&self.caller(), &base, path)?)
    }
}
