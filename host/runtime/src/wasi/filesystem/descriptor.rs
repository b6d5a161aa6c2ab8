//! The `descriptor` resource: what is done with the open file itself; paths are next door.

use wasipod_kernel::Errno;
use wasipod_kernel::vfs::{FileKind, OpenOptions};
use wasmtime::component::Resource;
use wasmtime_wasi_io::streams::{DynInputStream, DynOutputStream};

use super::stat::{metadata_hash, new_time, wasi_stat, wasi_type};
use super::{Descriptor, Listing};
use crate::bindings::wasi::filesystem::types::{
    Advice, DescriptorFlags, DescriptorStat, DescriptorType, HostDescriptor, MetadataHashValue, NewTimestamp,
    OpenFlags, PathFlags,
};
use crate::guest::Guest;
use crate::wasi::errno::FsResult;
use crate::wasi::streams::{FileInput, FileOutput, Target};

/// A read takes so many bytes at most; the program asks again for more.
const LONGEST_READ: usize = 1 << 20;

impl Guest {
    /// A regular file is read and written at the stream's own offset, anything else as it comes.
    fn target(&self, descriptor: &Resource<Descriptor>, offset: u64) -> FsResult<Target> {
        let file = self.file(descriptor)?;
        let regular = file.stat()?.kind == FileKind::Regular;
        Ok(if regular { Target::At(file, offset) } else { Target::File(file) })
    }

    fn output_to(&mut self, target: Target) -> FsResult<Resource<DynOutputStream>> {
        let output: DynOutputStream = Box::new(FileOutput::new(self.process.clone(), target));
        Ok(self.table.push(output)?)
    }

    fn check_writable(&self, descriptor: &Resource<Descriptor>) -> FsResult<()> {
        if self.table.get(descriptor)?.options.write { Ok(()) } else { Err(Errno::EBADF.into()) }
    }
}

impl HostDescriptor for Guest {
    fn read_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: u64,
    ) -> FsResult<Resource<DynInputStream>> {
        if !self.table.get(&fd)?.options.read {
            return Err(Errno::EBADF.into());
        }
        let input: DynInputStream =
            Box::new(FileInput { process: self.process.clone(), target: self.target(&fd, offset)? });
        Ok(self.table.push(input)?)
    }

    fn write_via_stream(
        &mut self,
        fd: Resource<Descriptor>,
        offset: u64,
    ) -> FsResult<Resource<DynOutputStream>> {
        self.check_writable(&fd)?;
        let target = self.target(&fd, offset)?;
        self.output_to(target)
    }

    fn append_via_stream(&mut self, fd: Resource<Descriptor>) -> FsResult<Resource<DynOutputStream>> {
        self.check_writable(&fd)?;
        let target = match self.target(&fd, 0)? {
            Target::At(file, _) => Target::Append(file),
            other => other,
        };
        self.output_to(target)
    }

    fn advise(
        &mut self,
        fd: Resource<Descriptor>,
        _offset: u64,
        _length: u64,
        _advice: Advice,
    ) -> FsResult<()> {
        self.file(&fd)?;
        Ok(())
    }

    fn sync_data(&mut self, fd: Resource<Descriptor>) -> FsResult<()> {
        Ok(self.file(&fd)?.sync()?)
    }

    fn sync(&mut self, fd: Resource<Descriptor>) -> FsResult<()> {
        Ok(self.file(&fd)?.sync()?)
    }

    fn get_flags(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorFlags> {
        let descriptor = self.table.get(&fd)?;
        let OpenOptions { read, write, .. } = descriptor.options;
        let directory = descriptor.file.stat()?.kind == FileKind::Directory;
        let mut flags = DescriptorFlags::empty();
        for (is, flag) in [
            (read, DescriptorFlags::READ),
            (write, DescriptorFlags::WRITE),
            // Programs take this as leave to change what is in a directory; the kernel decides at each call.
            (directory, DescriptorFlags::MUTATE_DIRECTORY),
        ] {
            if is {
                flags |= flag;
            }
        }
        Ok(flags)
    }

    fn get_type(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorType> {
        Ok(wasi_type(self.file(&fd)?.stat()?.kind))
    }

    fn set_size(&mut self, fd: Resource<Descriptor>, size: u64) -> FsResult<()> {
        Ok(self.file(&fd)?.truncate(size)?)
    }

    fn set_times(
        &mut self,
        fd: Resource<Descriptor>,
        access: NewTimestamp,
        modification: NewTimestamp,
    ) -> FsResult<()> {
        let place = self.file(&fd)?.place().ok_or(Errno::EBADF)?;
        Ok(place.set_times(&self.caller(), new_time(access), new_time(modification))?)
    }

    fn read(&mut self, fd: Resource<Descriptor>, length: u64, offset: u64) -> FsResult<(Vec<u8>, bool)> {
        let length = usize::try_from(length).unwrap_or(LONGEST_READ).min(LONGEST_READ);
        let bytes = self.file(&fd)?.read_at(offset, length)?;
        let end = bytes.is_empty() && length > 0;
        Ok((bytes.to_vec(), end))
    }

    fn write(&mut self, fd: Resource<Descriptor>, buffer: Vec<u8>, offset: u64) -> FsResult<u64> {
        Ok(self.file(&fd)?.write_at(offset, &buffer)? as u64)
    }

    fn read_directory(&mut self, fd: Resource<Descriptor>) -> FsResult<Resource<Listing>> {
        let base = self.base(&fd)?;
        let entries = self.process.mounts().read_dir(&self.caller(), &base, ".")?;
        Ok(self.table.push(Listing(entries.into_iter()))?)
    }

    fn create_directory_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        self.make_directory(&fd, &path)
    }

    fn stat(&mut self, fd: Resource<Descriptor>) -> FsResult<DescriptorStat> {
        Ok(wasi_stat(&self.file(&fd)?.stat()?))
    }

    fn stat_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> FsResult<DescriptorStat> {
        self.stat_path(&fd, flags, &path)
    }

    fn set_times_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
        access: NewTimestamp,
        modification: NewTimestamp,
    ) -> FsResult<()> {
        self.set_path_times(&fd, flags, &path, access, modification)
    }

    fn link_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        old: String,
        to: Resource<Descriptor>,
        new: String,
    ) -> FsResult<()> {
        self.link_path(&fd, flags, &old, &to, &new)
    }

    fn open_at(
        &mut self,
        fd: Resource<Descriptor>,
        path_flags: PathFlags,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Resource<Descriptor>> {
        self.open_path(&fd, path_flags, &path, open, flags)
    }

    fn readlink_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<String> {
        self.read_link(&fd, &path)
    }

    fn remove_directory_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        self.remove_directory(&fd, &path)
    }

    fn rename_at(
        &mut self,
        fd: Resource<Descriptor>,
        old: String,
        to: Resource<Descriptor>,
        new: String,
    ) -> FsResult<()> {
        self.rename_path(&fd, &old, &to, &new)
    }

    fn symlink_at(&mut self, fd: Resource<Descriptor>, target: String, path: String) -> FsResult<()> {
        self.make_symlink(&fd, &target, &path)
    }

    fn unlink_file_at(&mut self, fd: Resource<Descriptor>, path: String) -> FsResult<()> {
        self.remove_file(&fd, &path)
    }

    fn is_same_object(&mut self, a: Resource<Descriptor>, b: Resource<Descriptor>) -> wasmtime::Result<bool> {
        let (a, b) = (self.table.get(&a)?.file.stat(), self.table.get(&b)?.file.stat());
        Ok(matches!((a, b), (Ok(a), Ok(b)) if (a.dev, a.ino) == (b.dev, b.ino)))
    }

    fn metadata_hash(&mut self, fd: Resource<Descriptor>) -> FsResult<MetadataHashValue> {
        Ok(metadata_hash(&self.file(&fd)?.stat()?))
    }

    fn metadata_hash_at(
        &mut self,
        fd: Resource<Descriptor>,
        flags: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        self.hash_path(&fd, flags, &path)
    }

    fn drop(&mut self, fd: Resource<Descriptor>) -> wasmtime::Result<()> {
        self.table.delete(fd)?;
        Ok(())
    }
}
