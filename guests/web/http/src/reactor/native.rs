//! Waiting on the machine that builds: poll(2) over sockets. A signal interrupts it, and is looked for every 50 ms.

use std::{net, os::fd::AsFd, rc::Rc, time::Duration};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

const SIGNAL_TICK: Duration = Duration::from_millis(50);

/// Something that can become ready.
#[derive(Clone)]
pub enum Source {
    /// A listener that has a connection to accept.
    Accept(Rc<net::TcpListener>),
    /// A stream that has something to read.
    Read(Rc<net::TcpStream>),
    /// A stream that takes something to write.
    Write(Rc<net::TcpStream>),
    /// Signals.
    Signals,
}

/// Ready when a caught signal may be pending.
pub fn signals() -> Source {
    Source::Signals
}

pub(super) fn monotonic() -> Duration {
    thread_local! { static START: std::time::Instant = std::time::Instant::now(); }
    START.with(std::time::Instant::elapsed)
}

/// Blocks until a source is ready or the deadline has come; the indexes of those that are.
pub(super) fn wait(sources: &[Source], deadline: Option<Duration>) -> Vec<usize> {
    let mut timeout = deadline.map(|at| at.saturating_sub(monotonic()));
    let mut fds = Vec::new();
    let mut indexes = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let fd = match source {
            Source::Accept(listener) => PollFd::from_borrowed_fd(listener.as_fd(), PollFlags::IN),
            Source::Read(stream) => PollFd::from_borrowed_fd(stream.as_fd(), PollFlags::IN),
            Source::Write(stream) => PollFd::from_borrowed_fd(stream.as_fd(), PollFlags::OUT),
            Source::Signals => {
                timeout = Some(timeout.unwrap_or(SIGNAL_TICK).min(SIGNAL_TICK));
                continue;
            }
        };
        fds.push(fd);
        indexes.push(index);
    }
    let timespec = timeout.and_then(|t| Timespec::try_from(t).ok());
    let polled = poll(&mut fds, timespec.as_ref());
    let is_ready = |fd: &PollFd<'_>| polled.is_ok() && !fd.revents().is_empty();
    let mut ready: Vec<usize> =
        fds.iter().zip(indexes).filter(|(fd, _)| is_ready(fd)).map(|(_, index)| index).collect();
    ready.extend(sources.iter().enumerate().filter(|(_, s)| matches!(s, Source::Signals)).map(|(i, _)| i));
    ready
}
