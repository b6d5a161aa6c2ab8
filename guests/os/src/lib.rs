//! What a guest asks of the kernel beyond `std`: open file descriptions, processes, signals, identities and
//! sockets, with POSIX's words and Linux's error numbers.
//!
//! In a guest the calls go to `wasipod:os` and WASI (module `wasi`). On the machine that builds the guests they
//! go to that machine's own POSIX system (module `native`), so that whole programs are tested without a kernel of ours.

mod errno;
mod model;
pub mod signal;

#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod wasi;

#[cfg(not(target_family = "wasm"))]
use native as backend;
#[cfg(target_family = "wasm")]
use wasi as backend;

pub use backend::clock::{monotonic_now, now, poll, sleep};
pub use backend::files::{
    File, access, change_directory, chmod, chown, descriptor, descriptors, make_fifo, open, pipe,
    set_descriptor, stat, stat_file_system, umask, working_directory,
};
pub use backend::names::{
    create_directory, hard_link, read_directory, read_link, remove_directory, remove_file, rename, set_times,
    symbolic_link,
};
pub use backend::net::{TcpListener, TcpStream, resolve};
pub use backend::process::{
    exec, exit, get_group, get_parent, get_pid, hostname, identity, init, kill, set_disposition, spawn,
    take_pending, wait,
};
pub use errno::Errno;
pub use model::*;

#[cfg(target_family = "wasm")]
pub use wasi::{Pollable, pollables};

/// What every call of this crate answers.
pub type Result<T> = std::result::Result<T, Errno>;

impl File {
    /// Writes everything or fails.
    ///
    /// # Errors
    /// The first error of `write`; an interruption by a caught signal is not one.
    pub fn write_all(&self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            match self.write(bytes) {
                Ok(0) => return Err(Errno::EIO),
                Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
                Err(Errno::EINTR) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Reads to the end of the file.
    ///
    /// # Errors
    /// The first error of `read`; an interruption by a caught signal is not one.
    pub fn read_to_end(&self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        let mut buffer = vec![0; 16384];
        loop {
            match self.read(&mut buffer) {
                Ok(0) => return Ok(all),
                Ok(n) => all.extend_from_slice(buffer.get(..n).unwrap_or_default()),
                Err(Errno::EINTR) => {}
                Err(e) => return Err(e),
            }
        }
    }
}

impl std::io::Read for &File {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        Ok(File::read(self, buffer)?)
    }
}

impl std::io::Write for &File {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(File::write(self, bytes)?)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
