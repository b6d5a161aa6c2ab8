//! Sockets as open file descriptions: read(2), write(2), poll(2) and fstat(2) on them.

use std::task::{Context, Poll};

use bytes::Bytes;

use super::tcp::TcpSocket;
use super::udp::UdpSocket;
use crate::clock::Timestamp;
use crate::errno::Result;
use crate::file::File;
use crate::vfs::{FileKind, Stat};

impl File for TcpSocket {
    fn try_read(&self, max: usize) -> Result<Bytes> {
        self.try_read(max)
    }

    fn try_write(&self, data: &Bytes) -> Result<usize> {
        self.try_write(data)
    }

    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_readable(cx)
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_writable(cx)
    }

    fn stat(&self) -> Result<Stat> {
        Ok(socket_stat(self.id()))
    }

    fn label(&self) -> String {
        format!("socket:[{}]", self.id())
    }
}

impl File for UdpSocket {
    /// recv(2): what doesn't fit `max` of the datagram is lost.
    fn try_read(&self, max: usize) -> Result<Bytes> {
        let (mut data, _) = self.try_recv_from()?;
        data.truncate(max);
        Ok(data)
    }

    /// send(2).
    fn try_write(&self, data: &Bytes) -> Result<usize> {
        self.send(data)?;
        Ok(data.len())
    }

    fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_readable(cx)
    }

    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_writable(cx)
    }

    fn stat(&self) -> Result<Stat> {
        Ok(socket_stat(self.id()))
    }

    fn label(&self) -> String {
        format!("socket:[{}]", self.id())
    }
}

/// A socket has a number and no times.
fn socket_stat(number: u64) -> Stat {
    let never = Timestamp::from_nanos(0);
    Stat {
        dev: 0,
        ino: number,
        kind: FileKind::Socket,
        mode: 0o777,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        size: 0,
        blocks: 0,
        atime: never,
        mtime: never,
        ctime: never,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::net::SocketAddr;
    use std::sync::Arc;

    use super::*;
    use crate::clock::Clock;
    use crate::file::FileRef;
    use crate::net::{Fabric, Family};

    #[test]
    fn sockets_are_files_and_close_with_the_last_descriptor() {
        let pod = Fabric::new(Clock::virtual_()).add_pod().unwrap();
        let address: SocketAddr = "127.0.0.1:80".parse().unwrap();
        let [listener, client] = [(), ()].map(|()| TcpSocket::new(&pod, Family::V4).unwrap());
        listener.bind(address).unwrap();
        listener.listen(1).unwrap();
        client.start_connect(address).unwrap();
        let server: FileRef = listener.try_accept().unwrap().0;
        assert_eq!(server.try_write(&Bytes::from_static(b"hello")), Ok(5));
        let client: FileRef = client;
        assert_eq!(client.try_read(100).unwrap(), "hello");
        assert_eq!(server.stat().unwrap().kind, FileKind::Socket);
        assert_eq!(server.label(), format!("socket:[{}]", server.stat().unwrap().ino));
        drop(Arc::clone(&server));
        assert!(client.try_read(1).is_err());
        drop(server);
        assert_eq!(client.try_read(1), Ok(Bytes::new()));
    }

    #[test]
    fn a_datagram_that_does_not_fit_is_cut() {
        let pod = Fabric::new(Clock::virtual_()).add_pod().unwrap();
        let socket = UdpSocket::new(&pod, Family::V4).unwrap();
        socket.bind("127.0.0.1:53".parse().unwrap()).unwrap();
        socket.connect("127.0.0.1:53".parse().unwrap()).unwrap();
        let file: FileRef = socket;
        assert_eq!(file.try_write(&Bytes::from_static(b"hello")), Ok(5));
        assert_eq!(file.try_read(2).unwrap(), "he");
        assert_eq!(file.try_read(2), Err(crate::Errno::EAGAIN));
    }
}
