//! What TCP does, as a sequential program that is too simple to be wrong: bytes in a row, and RFC 9293's states.

use std::collections::VecDeque;

use wasipod_kernel::Errno;
use wasipod_kernel::net::Shutdown;

use super::Pair;

pub(super) struct Oracle {
    window: usize,
    ends: [End; 2],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Established,
    FinWait,
    CloseWait,
    Closed,
}

struct End {
    state: State,
    unread: VecDeque<u8>,
    /// The end of the stream has come (it stays readable as such, whatever comes after).
    at_end: bool,
    shut: [bool; 2],
    error: Option<Errno>,
    open: bool,
}

const READ: usize = 0;
const WRITE: usize = 1;

impl Oracle {
    pub(super) fn new(window: usize) -> Self {
        let end = || End {
            state: State::Established,
            unread: VecDeque::new(),
            at_end: false,
            shut: [false; 2],
            error: None,
            open: true,
        };
        Self { window, ends: [end(), end()] }
    }

    pub(super) fn is_readable(&self, side: usize) -> bool {
        let end = &self.ends[side];
        !end.unread.is_empty() || end.at_end || end.error.is_some() || end.shut[READ]
    }

    pub(super) fn is_writable(&self, side: usize) -> bool {
        let (end, peer) = (&self.ends[side], &self.ends[1 - side]);
        end.error.is_some() || end.shut[WRITE] || peer.refuses_data() || peer.unread.len() < self.window
    }

    fn fin(&mut self, from: usize) {
        self.ends[from].shut[WRITE] = true;
        self.ends[from].state = match self.ends[from].state {
            State::Established => State::FinWait,
            State::CloseWait => State::Closed,
            state @ (State::FinWait | State::Closed) => return self.ends[from].state = state,
        };
        let peer = &mut self.ends[1 - from];
        peer.at_end = true;
        peer.state = match peer.state {
            State::Established => State::CloseWait,
            _ => State::Closed,
        };
    }

    fn reset(&mut self, to: usize) {
        let end = &mut self.ends[to];
        if end.open && end.state != State::Closed {
            end.error = Some(if end.state == State::CloseWait { Errno::EPIPE } else { Errno::ECONNRESET });
            end.state = State::Closed;
            end.shut = [true; 2];
        }
    }
}

impl End {
    /// Nobody will read what comes.
    fn refuses_data(&self) -> bool {
        !self.open || (self.state != State::Established && self.shut == [true; 2])
    }
}

impl Pair for Oracle {
    fn write(&mut self, side: usize, data: &[u8]) -> Result<usize, Errno> {
        let end = &mut self.ends[side];
        if let Some(error) = end.error.take() {
            return Err(error);
        }
        if end.shut[WRITE] {
            return Err(Errno::EPIPE);
        }
        if data.is_empty() {
            return Ok(0);
        }
        if self.ends[1 - side].refuses_data() {
            self.reset(1 - side);
            self.reset(side);
            return Ok(data.len());
        }
        let peer = &mut self.ends[1 - side];
        let count = data.len().min(self.window - peer.unread.len());
        peer.unread.extend(&data[..count]);
        if count == 0 { Err(Errno::EAGAIN) } else { Ok(count) }
    }

    fn read(&mut self, side: usize, max: usize) -> Result<Vec<u8>, Errno> {
        let end = &mut self.ends[side];
        let count = max.min(end.unread.len());
        let data: Vec<u8> = end.unread.drain(..count).collect();
        if !data.is_empty() || end.at_end {
            return Ok(data);
        }
        match end.error.take() {
            Some(error) => Err(error),
            None if end.shut[READ] => Ok(data),
            None => Err(Errno::EAGAIN),
        }
    }

    fn shutdown(&mut self, side: usize, how: Shutdown) -> Result<(), Errno> {
        let was_closed = self.ends[side].state == State::Closed;
        if how != Shutdown::Write {
            self.ends[side].shut[READ] = true;
        }
        if how != Shutdown::Read {
            self.fin(side);
        }
        if was_closed { Err(Errno::ENOTCONN) } else { Ok(()) }
    }

    fn close(&mut self, side: usize) {
        if self.ends[side].unread.is_empty() || self.ends[side].state == State::Closed {
            self.fin(side);
        } else {
            self.reset(1 - side);
            self.ends[side].state = State::Closed;
        }
        self.ends[side].open = false;
        self.ends[side].unread.clear();
    }

    fn take_error(&mut self, side: usize) -> Option<Errno> {
        self.ends[side].error.take()
    }

    fn peer_address(&mut self, side: usize) -> Result<(), Errno> {
        if self.ends[side].state == State::Closed { Err(Errno::ENOTCONN) } else { Ok(()) }
    }
}
