//! Sockets of the machine that builds.

use std::{
    io::{self, Read, Write},
    net::{self, Shutdown, SocketAddr},
    rc::Rc,
};

use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

use crate::reactor::Source;

pub(super) struct Listener(Rc<net::TcpListener>);

impl Listener {
    pub(super) async fn bind(address: SocketAddr) -> io::Result<Listener> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
        sockopt::set_socket_reuseaddr(&socket, true)?;
        if address.is_ipv6() {
            // As all of WASI's are.
            sockopt::set_ipv6_v6only(&socket, true)?;
        }
        rustix::net::bind(&socket, &address)?;
        rustix::net::listen(&socket, 128)?;
        let listener = net::TcpListener::from(socket);
        Ok(Listener(Rc::new(listener)))
    }

    pub(super) fn local_address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    pub(super) fn source(&self) -> Source {
        Source::Accept(Rc::clone(&self.0))
    }

    pub(super) fn accept(&self) -> io::Result<Stream> {
        let (stream, _) = self.0.accept()?;
        stream.set_nonblocking(true)?;
        Ok(Stream(Rc::new(stream)))
    }
}

pub(super) struct Stream(Rc<net::TcpStream>);

impl Stream {
    pub(super) fn remote_address(&self) -> io::Result<SocketAddr> {
        self.0.peer_addr()
    }

    pub(super) fn local_address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    pub(super) fn sources(&self) -> (Source, Source) {
        (Source::Read(Rc::clone(&self.0)), Source::Write(Rc::clone(&self.0)))
    }

    pub(super) fn try_read(&mut self, buffer: &mut Vec<u8>, max: usize) -> io::Result<usize> {
        let old = buffer.len();
        buffer.resize(old + max, 0);
        let result = (&*self.0).read(&mut buffer[old..]);
        buffer.truncate(old + result.as_ref().map_or(0, |n| *n));
        result
    }

    pub(super) fn try_write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&*self.0).write(bytes)
    }

    pub(super) fn try_flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn shut_sending(&mut self) -> io::Result<()> {
        self.0.shutdown(Shutdown::Write)
    }
}
