//! The machine's sockets under the scripts, over its loopback.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use wasipod_kernel::Errno;
use wasipod_kernel::net::Shutdown;

use super::Pair;

pub(super) struct Machine {
    sockets: [Option<TcpStream>; 2],
}

impl Machine {
    pub(super) fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        let sockets = [client, server].map(|socket| {
            socket.set_nonblocking(true).unwrap();
            socket.set_nodelay(true).unwrap();
            Some(socket)
        });
        Self { sockets }
    }

    fn socket(&self, side: usize) -> &TcpStream {
        self.sockets[side].as_ref().expect("a step on a closed socket is skipped")
    }
}

/// The numbers that these tests meet.
pub(super) fn errno(error: &io::Error) -> Errno {
    const KNOWN: [Errno; 14] = [
        Errno::EAGAIN,
        Errno::EINVAL,
        Errno::EPIPE,
        Errno::EADDRINUSE,
        Errno::EADDRNOTAVAIL,
        Errno::ENETUNREACH,
        Errno::ECONNABORTED,
        Errno::ECONNRESET,
        Errno::EISCONN,
        Errno::ENOTCONN,
        Errno::ETIMEDOUT,
        Errno::ECONNREFUSED,
        Errno::EALREADY,
        Errno::EINPROGRESS,
    ];
    let number = error.raw_os_error();
    let known = KNOWN.into_iter().find(|errno| Some(i32::from(errno.number())) == number);
    known.unwrap_or_else(|| panic!("unexpected {error}"))
}

impl Pair for Machine {
    fn write(&mut self, side: usize, data: &[u8]) -> Result<usize, Errno> {
        self.socket(side).write(data).map_err(|error| errno(&error))
    }

    fn read(&mut self, side: usize, max: usize) -> Result<Vec<u8>, Errno> {
        let mut buffer = vec![0; max];
        let count = self.socket(side).read(&mut buffer).map_err(|error| errno(&error))?;
        buffer.truncate(count);
        Ok(buffer)
    }

    fn shutdown(&mut self, side: usize, how: Shutdown) -> Result<(), Errno> {
        let how = match how {
            Shutdown::Read => std::net::Shutdown::Read,
            Shutdown::Write => std::net::Shutdown::Write,
            Shutdown::Both => std::net::Shutdown::Both,
        };
        self.socket(side).shutdown(how).map_err(|error| errno(&error))
    }

    fn close(&mut self, side: usize) {
        self.sockets[side] = None;
    }

    fn take_error(&mut self, side: usize) -> Option<Errno> {
        self.socket(side).take_error().unwrap().map(|error| errno(&error))
    }

    fn peer_address(&mut self, side: usize) -> Result<(), Errno> {
        self.socket(side).peer_addr().map(|_| ()).map_err(|error| errno(&error))
    }
}
