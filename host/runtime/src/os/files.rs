//! `wasipod:os/files`: open file descriptions and the descriptor table, modes and owners.

use bytes::Bytes;
use wasipod_kernel::file::{FileRef, Whence as KernelWhence};
use wasipod_kernel::process::Process;
use wasipod_kernel::process::signals::{Origin, Signal};
use wasipod_kernel::vfs::{Access, FileKind, NewKind, OpenOptions, Stat as KernelStat};
use wasipod_kernel::{Errno, Result as KernelResult};
use wasmtime::component::Resource;
use wasmtime_wasi_io::poll::{DynPollable, subscribe};

use super::blocking;
use crate::bindings::wasipod::os::files::{
    FileSystem, FileType, Host, HostFile, OpenFlags, Stat, Timestamp, Whence,
};
use crate::guest::Guest;
use crate::wasi::readiness::{Direction, FileReadiness};

/// A read takes so many bytes at most.
const LONGEST_READ: usize = 1 << 20;

/// The `file` resource.
#[expect(unreachable_pub, reason = "the generated bindings export it")]
pub struct OsFile {
    pub(crate) file: FileRef,
}

/// WIT errors are bare numbers.
type Answer<T> = wasmtime::Result<Result<T, u16>>;

fn answer<T>(result: KernelResult<T>) -> Answer<T> {
    Ok(result.map_err(Errno::number))
}

impl Guest {
    fn os_file(&self, file: &Resource<OsFile>) -> wasmtime::Result<FileRef> {
        Ok(self.table.get(file)?.file.clone())
    }

    fn push_file(&mut self, file: KernelResult<FileRef>) -> Answer<Resource<OsFile>> {
        match file {
            Ok(file) => Ok(Ok(self.table.push(OsFile { file })?)),
            Err(errno) => Ok(Err(errno.number())),
        }
    }

    fn file_readiness(
        &mut self,
        file: &Resource<OsFile>,
        direction: Direction,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let readiness = FileReadiness { process: self.process.clone(), file: self.os_file(file)?, direction };
        let readiness = self.table.push(readiness)?;
        subscribe(&mut self.table, readiness)
    }

    fn at_cwd<T>(
        &self,
        call: impl FnOnce(&Process, &wasipod_kernel::vfs::Caller, &wasipod_kernel::vfs::Place) -> KernelResult<T>,
    ) -> Answer<T> {
        answer(call(&self.process, &self.process.caller(), &self.process.cwd()))
    }
}

impl HostFile for Guest {
    async fn read(&mut self, file: Resource<OsFile>, max: u32) -> Answer<Vec<u8>> {
        let file = self.os_file(&file)?;
        let max = usize::try_from(max).unwrap_or(LONGEST_READ).min(LONGEST_READ);
        let what = format!("read {}", file.label());
        let read = blocking(&self.process, &what, || file.try_read(max), |cx| file.poll_readable(cx)).await;
        answer(read.map(|bytes| bytes.to_vec()))
    }

    async fn write(&mut self, file: Resource<OsFile>, bytes: Vec<u8>) -> Answer<u32> {
        let file = self.os_file(&file)?;
        let bytes = Bytes::from(bytes);
        let what = format!("write {}", file.label());
        let written =
            blocking(&self.process, &what, || file.try_write(&bytes), |cx| file.poll_writable(cx)).await;
        if written == Err(Errno::EPIPE) {
            self.process.signal(Signal::PIPE, Origin::Inside);
            self.check_doom()?;
        }
        answer(written.map(|written| u32::try_from(written).unwrap_or(u32::MAX)))
    }

    fn seek(&mut self, file: Resource<OsFile>, offset: i64, from: Whence) -> Answer<u64> {
        let whence = match from {
            Whence::Start => KernelWhence::Start,
            Whence::Current => KernelWhence::Current,
            Whence::End => KernelWhence::End,
        };
        answer(self.os_file(&file)?.seek(offset, whence))
    }

    fn stat(&mut self, file: Resource<OsFile>) -> Answer<Stat> {
        answer(self.os_file(&file)?.stat().map(|stat| wit_stat(&stat)))
    }

    fn truncate(&mut self, file: Resource<OsFile>, size: u64) -> Answer<()> {
        answer(self.os_file(&file)?.truncate(size))
    }

    fn is_terminal(&mut self, file: Resource<OsFile>) -> wasmtime::Result<bool> {
        Ok(self.os_file(&file)?.is_terminal())
    }

    fn duplicate(&mut self, file: Resource<OsFile>) -> wasmtime::Result<Resource<OsFile>> {
        let file = self.os_file(&file)?;
        Ok(self.table.push(OsFile { file })?)
    }

    fn subscribe_read(&mut self, file: Resource<OsFile>) -> wasmtime::Result<Resource<DynPollable>> {
        self.file_readiness(&file, Direction::Read)
    }

    fn subscribe_write(&mut self, file: Resource<OsFile>) -> wasmtime::Result<Resource<DynPollable>> {
        self.file_readiness(&file, Direction::Write)
    }

    fn drop(&mut self, file: Resource<OsFile>) -> wasmtime::Result<()> {
        self.table.delete(file)?;
        Ok(())
    }
}

impl Host for Guest {
    fn open(&mut self, path: String, how: OpenFlags, mode: u32) -> Answer<Resource<OsFile>> {
        let options = OpenOptions {
            read: how.contains(OpenFlags::READ),
            write: how.contains(OpenFlags::WRITE),
            append: how.contains(OpenFlags::APPEND),
            create: how.contains(OpenFlags::CREATE),
            exclusive: how.contains(OpenFlags::EXCLUSIVE),
            truncate: how.contains(OpenFlags::TRUNCATE),
            directory: how.contains(OpenFlags::DIRECTORY),
            no_follow: how.contains(OpenFlags::NO_FOLLOW),
            nonblocking: how.contains(OpenFlags::NONBLOCKING),
        };
        let process = self.process.clone();
        let opened = process.mounts().open(&process.caller(), &process.cwd(), &path, options, mode);
        self.push_file(opened)
    }

    fn pipe(&mut self) -> Answer<(Resource<OsFile>, Resource<OsFile>)> {
        let (reader, writer) = wasipod_kernel::pipe::pipe();
        let reader = self.table.push(OsFile { file: reader })?;
        let writer = self.table.push(OsFile { file: writer })?;
        Ok(Ok((reader, writer)))
    }

    fn descriptor(&mut self, fd: u32) -> Answer<Resource<OsFile>> {
        let file = self.process.descriptors().get(fd);
        self.push_file(file)
    }

    fn set_descriptor(&mut self, fd: u32, to: Option<Resource<OsFile>>) -> Answer<()> {
        let descriptors = self.process.descriptors();
        match to {
            Some(file) => answer(descriptors.set(fd, self.os_file(&file)?)),
            None => answer(descriptors.close(fd)),
        }
    }

    fn descriptors(&mut self) -> wasmtime::Result<Vec<u32>> {
        Ok(self.process.descriptors().entries().into_iter().map(|(fd, _)| fd).collect())
    }

    fn stat_path(&mut self, path: String, follow: bool) -> Answer<Stat> {
        self.at_cwd(|process, caller, cwd| {
            process.mounts().stat(caller, cwd, &path, follow).map(|stat| wit_stat(&stat))
        })
    }

    fn stat_file_system(&mut self, path: String) -> Answer<FileSystem> {
        self.at_cwd(|process, caller, cwd| {
            let place = process.mounts().resolve(caller, cwd, &path, true)?;
            let stat = place.node().statfs()?;
            Ok(FileSystem {
                name: stat.fs_type.to_owned(),
                block_size: stat.block_size,
                blocks: stat.blocks,
                blocks_free: stat.blocks_free,
                inodes: stat.files,
                inodes_free: stat.files_free,
                read_only: place.is_read_only(),
            })
        })
    }

    fn access(&mut self, path: String, mode: u32) -> Answer<()> {
        let wanted = Access { read: mode & 4 != 0, write: mode & 2 != 0, execute: mode & 1 != 0 };
        self.at_cwd(|process, caller, cwd| process.mounts().access(caller, cwd, &path, wanted))
    }

    fn chmod(&mut self, path: String, mode: u32) -> Answer<()> {
        self.at_cwd(|process, caller, cwd| process.mounts().chmod(caller, cwd, &path, true, mode))
    }

    fn chown(&mut self, path: String, follow: bool, uid: Option<u32>, gid: Option<u32>) -> Answer<()> {
        self.at_cwd(|process, caller, cwd| process.mounts().chown(caller, cwd, &path, follow, uid, gid))
    }

    fn make_fifo(&mut self, path: String, mode: u32) -> Answer<()> {
        self.at_cwd(|process, caller, cwd| process.mounts().mknod(caller, cwd, &path, NewKind::Fifo, mode))
    }

    fn umask(&mut self, mask: u32) -> wasmtime::Result<u32> {
        Ok(self.process.set_umask(mask))
    }

    fn working_directory(&mut self) -> wasmtime::Result<String> {
        Ok(self.process.cwd().path())
    }

    fn change_directory(&mut self, path: String) -> Answer<()> {
        self.at_cwd(|process, caller, cwd| {
            let place = process.mounts().resolve(caller, cwd, &path, true)?;
            let stat = place.node().stat()?;
            if stat.kind != FileKind::Directory {
                return Err(Errno::ENOTDIR);
            }
            caller.check(&stat, Access::EXECUTE)?;
            process.set_cwd(place);
            Ok(())
        })
    }
}

fn wit_stat(stat: &KernelStat) -> Stat {
    let time = |time: wasipod_kernel::clock::Timestamp| Timestamp {
        seconds: i64::try_from(time.seconds()).unwrap_or(i64::MAX),
        nanoseconds: time.subsec_nanos(),
    };
    Stat {
        dev: stat.dev,
        ino: stat.ino,
        type_: match stat.kind {
            FileKind::Regular => FileType::Regular,
            FileKind::Directory => FileType::Directory,
            FileKind::Symlink => FileType::SymbolicLink,
            FileKind::CharDevice => FileType::CharacterDevice,
            FileKind::BlockDevice => FileType::BlockDevice,
            FileKind::Fifo => FileType::Fifo,
            FileKind::Socket => FileType::Socket,
        },
        mode: stat.mode,
        nlink: stat.nlink,
        uid: stat.uid,
        gid: stat.gid,
        rdev: stat.rdev,
        size: stat.size,
        blocks: stat.blocks,
        atime: time(stat.atime),
        mtime: time(stat.mtime),
        ctime: time(stat.ctime),
    }
}
