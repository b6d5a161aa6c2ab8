//! The kernel's sockets under the scripts, with wakers that remember.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use wasipod_kernel::Errno;
use wasipod_kernel::clock::Clock;
use wasipod_kernel::net::{Fabric, Family, Shutdown, TcpSocket};

use super::Pair;

pub(super) struct Kernel {
    sockets: [Option<Arc<TcpSocket>>; 2],
}

/// Who waited for what before a step: (side, for writing, its flag).
pub(super) type Watch = Vec<(usize, bool, Arc<Flag>)>;

#[derive(Default)]
pub(super) struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Kernel {
    /// Two connected sockets; each direction holds `window` bytes.
    pub(super) fn new(window: usize) -> Self {
        let pod = Fabric::new(Clock::virtual_()).add_pod().unwrap();
        let [listener, client] = [(), ()].map(|()| {
            let socket = TcpSocket::new(&pod, Family::V4).unwrap();
            socket.set_options(|options| {
                (options.receive_buffer, options.send_buffer) = (window / 2, window / 2);
            });
            socket
        });
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 80));
        listener.bind(address).unwrap();
        listener.listen(1).unwrap();
        client.start_connect(address).unwrap();
        client.try_finish_connect().unwrap();
        let (server, _) = listener.try_accept().unwrap();
        Self { sockets: [Some(client), Some(server)] }
    }

    pub(super) fn readiness(&self, side: usize) -> (bool, bool) {
        let mut cx = Context::from_waker(Waker::noop());
        let socket = self.socket(side);
        (socket.poll_readable(&mut cx).is_ready(), socket.poll_writable(&mut cx).is_ready())
    }

    /// Waits for everything that isn't ready.
    pub(super) fn watch(&self) -> Watch {
        let mut watch = Watch::new();
        for (side, socket) in self.sockets.iter().enumerate() {
            let Some(socket) = socket else { continue };
            for for_writing in [false, true] {
                let flag = Arc::new(Flag::default());
                let waker = Waker::from(flag.clone());
                if poll(socket, for_writing, &mut Context::from_waker(&waker)).is_pending() {
                    watch.push((side, for_writing, flag));
                }
            }
        }
        watch
    }

    /// A wait that is over without a wake-up.
    pub(super) fn missed(&self, watch: &Watch, closed: [bool; 2]) -> Option<(usize, bool)> {
        let mut cx = Context::from_waker(Waker::noop());
        watch
            .iter()
            .filter(|(side, ..)| !closed[*side])
            .find(|(side, for_writing, flag)| {
                poll(self.socket(*side), *for_writing, &mut cx).is_ready() && !flag.0.load(Ordering::SeqCst)
            })
            .map(|(side, for_writing, _)| (*side, *for_writing))
    }

    fn socket(&self, side: usize) -> &TcpSocket {
        self.sockets[side].as_deref().expect("a step on a closed socket is skipped")
    }
}

fn poll(socket: &TcpSocket, for_writing: bool, cx: &mut Context<'_>) -> Poll<()> {
    if for_writing { socket.poll_writable(cx) } else { socket.poll_readable(cx) }
}

impl Pair for Kernel {
    fn write(&mut self, side: usize, data: &[u8]) -> Result<usize, Errno> {
        let socket = self.socket(side);
        let room = socket.write_room();
        let outcome = socket.try_write(&Bytes::copy_from_slice(data));
        match outcome {
            Ok(count) => assert_eq!(count, room.min(data.len())),
            Err(Errno::EAGAIN) => assert_eq!(room, 0),
            Err(_) => assert_eq!(room, usize::MAX),
        }
        outcome
    }

    fn read(&mut self, side: usize, max: usize) -> Result<Vec<u8>, Errno> {
        self.socket(side).try_read(max).map(|data| data.to_vec())
    }

    fn shutdown(&mut self, side: usize, how: Shutdown) -> Result<(), Errno> {
        self.socket(side).shutdown(how)
    }

    fn close(&mut self, side: usize) {
        self.sockets[side] = None;
    }

    fn take_error(&mut self, side: usize) -> Option<Errno> {
        self.socket(side).take_error()
    }

    fn peer_address(&mut self, side: usize) -> Result<(), Errno> {
        self.socket(side).peer_addr().map(|_| ())
    }
}
