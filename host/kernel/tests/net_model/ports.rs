//! Binding, listening, connecting, accepting: random scripts over four sockets and two ports must be answered as the
//! machine answers them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use proptest::prelude::*;
use wasipod_kernel::Errno;
use wasipod_kernel::clock::Clock;
use wasipod_kernel::net::{Fabric, Family, NetNs, TcpSocket};

/// `port` is 0 or 1, for two ports that nobody else has.
#[derive(Clone, Copy, Debug)]
enum Step {
    Open { slot: usize, reuse: bool },
    Bind { slot: usize, ip: Ipv4Addr, port: usize },
    Listen { slot: usize },
    Connect { slot: usize, ip: Ipv4Addr, port: usize },
    Accept { slot: usize },
    Close { slot: usize },
    LocalAddress { slot: usize },
}

const SLOTS: usize = 4;

const PORTS: [u16; 2] = [7001, 7002];

/// Sockets of one host, in slots.
trait Host {
    fn open(&mut self, slot: usize, reuse: bool);
    fn bind(&mut self, slot: usize, to: SocketAddr) -> Result<(), Errno>;
    fn listen(&mut self, slot: usize) -> Result<(), Errno>;
    fn connect(&mut self, slot: usize, to: SocketAddr) -> Result<(), Errno>;
    /// The host keeps the accepted socket.
    fn accept(&mut self, slot: usize) -> Result<(), Errno>;
    fn close(&mut self, slot: usize);
    fn local_address(&mut self, slot: usize) -> Option<SocketAddr>;
}

struct Run<H> {
    host: H,
    ports: [u16; 2],
    /// What the script may do with a slot: nothing while it is empty.
    open: [bool; SLOTS],
    bound: [Option<usize>; SLOTS],
    connected: [bool; SLOTS],
}

impl<H: Host> Run<H> {
    fn new(host: H, ports: [u16; 2]) -> Self {
        let empty = [false; SLOTS];
        Self { host, ports, open: empty, bound: [None; SLOTS], connected: empty }
    }

    fn take(&mut self, step: Step) -> Option<Result<Option<(Ipv4Addr, usize)>, Errno>> {
        let (Step::Open { slot, .. }
        | Step::Bind { slot, .. }
        | Step::Listen { slot }
        | Step::Connect { slot, .. }
        | Step::Accept { slot }
        | Step::Close { slot }
        | Step::LocalAddress { slot }) = step;
        if self.open[slot] == matches!(step, Step::Open { .. }) {
            return None;
        }
        let address = |ip: Ipv4Addr, port: usize| SocketAddr::from((ip, self.ports[port]));
        let answer = match step {
            Step::Open { reuse, .. } => {
                self.host.open(slot, reuse);
                (self.open[slot], self.bound[slot], self.connected[slot]) = (true, None, false);
                Ok(())
            }
            // When its connection is over, the machine takes back a port that connect chose; the kernel when the
            // socket is closed.
            Step::Bind { .. } if self.connected[slot] => return None,
            Step::Bind { ip, port, .. } => {
                let bound = self.host.bind(slot, address(ip, port));
                self.bound[slot] = self.bound[slot].or_else(|| bound.ok().map(|()| port));
                bound
            }
            Step::Listen { .. } => self.host.listen(slot),
            // A socket that calls itself: not emulated.
            Step::Connect { port, .. } if self.bound[slot] == Some(port) => return None,
            Step::Connect { ip, port, .. } => {
                let connected = self.host.connect(slot, address(ip, port));
                self.connected[slot] |= connected.is_ok();
                connected
            }
            Step::Accept { .. } => self.host.accept(slot),
            // The machine would keep the port for a while.
            Step::Close { .. } if self.connected[slot] => return None,
            Step::Close { .. } => {
                self.host.close(slot);
                self.open[slot] = false;
                Ok(())
            }
            Step::LocalAddress { .. } => {
                let local = self.host.local_address(slot);
                let known = local.and_then(|local| {
                    let port = self.ports.iter().position(|port| *port == local.port())?;
                    let SocketAddr::V4(v4) = local else { return None };
                    Some((*v4.ip(), port))
                });
                return Some(Ok(known));
            }
        };
        Some(answer.map(|()| None))
    }
}

struct Kernel {
    pod: Arc<NetNs>,
    sockets: [Option<Arc<TcpSocket>>; SLOTS],
    accepted: Vec<Arc<TcpSocket>>,
}

impl Kernel {
    fn new() -> Self {
        let pod = Fabric::new(Clock::virtual_()).add_pod().unwrap();
        Self { pod, sockets: [const { None }; SLOTS], accepted: Vec::new() }
    }

    fn socket(&self, slot: usize) -> &TcpSocket {
        self.sockets[slot].as_deref().expect("scripts use open slots only")
    }
}

impl Host for Kernel {
    fn open(&mut self, slot: usize, reuse: bool) {
        let socket = TcpSocket::new(&self.pod, Family::V4).unwrap();
        socket.set_options(|options| options.reuse_address = reuse);
        self.sockets[slot] = Some(socket);
    }

    fn bind(&mut self, slot: usize, to: SocketAddr) -> Result<(), Errno> {
        self.socket(slot).bind(to)
    }

    fn listen(&mut self, slot: usize) -> Result<(), Errno> {
        self.socket(slot).listen(8)
    }

    fn connect(&mut self, slot: usize, to: SocketAddr) -> Result<(), Errno> {
        let socket = self.socket(slot);
        socket.start_connect(to)?;
        socket.try_finish_connect()
    }

    fn accept(&mut self, slot: usize) -> Result<(), Errno> {
        let (socket, _) = self.socket(slot).try_accept()?;
        self.accepted.push(socket);
        Ok(())
    }

    fn close(&mut self, slot: usize) {
        self.sockets[slot] = None;
    }

    fn local_address(&mut self, slot: usize) -> Option<SocketAddr> {
        self.socket(slot).local_addr()
    }
}

fn script() -> impl Strategy<Value = Vec<Step>> {
    let slot = 0..SLOTS;
    let own = prop_oneof![
        2 => Just(Ipv4Addr::LOCALHOST),
        2 => Just(Ipv4Addr::UNSPECIFIED),
        1 => Just(Ipv4Addr::new(127, 0, 0, 2)),
        1 => Just(Ipv4Addr::new(198, 51, 100, 1)),
    ];
    let other = prop_oneof![
        3 => Just(Ipv4Addr::LOCALHOST),
        1 => Just(Ipv4Addr::UNSPECIFIED),
        1 => Just(Ipv4Addr::new(127, 0, 0, 2)),
    ];
    let step = prop_oneof![
        3 => (slot.clone(), any::<bool>()).prop_map(|(slot, reuse)| Step::Open { slot, reuse }),
        3 => (slot.clone(), own, 0..2usize).prop_map(|(slot, ip, port)| Step::Bind { slot, ip, port }),
        2 => slot.clone().prop_map(|slot| Step::Listen { slot }),
        3 => (slot.clone(), other, 0..2usize).prop_map(|(slot, ip, port)| Step::Connect { slot, ip, port }),
        2 => slot.clone().prop_map(|slot| Step::Accept { slot }),
        1 => slot.clone().prop_map(|slot| Step::Close { slot }),
        1 => slot.prop_map(|slot| Step::LocalAddress { slot }),
    ];
    prop::collection::vec(step, 1..40)
}

#[cfg(target_os = "linux")]
mod machine {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use socket2::{Domain, Socket, Type};

    use super::*;
    use crate::linux::errno;

    struct Machine {
        sockets: [Option<Socket>; SLOTS],
        accepted: Vec<Socket>,
    }

    impl Machine {
        fn socket(&self, slot: usize) -> &Socket {
            self.sockets[slot].as_ref().expect("scripts use open slots only")
        }
    }

    /// Ports that nobody has, below the ephemeral ones, and not used before by this process.
    fn free_ports() -> [u16; 2] {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // Different test processes begin in different places.
        let candidates = std::iter::repeat_with(|| {
            let offset = (std::process::id().wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed))) % 20_000;
            u16::try_from(12_000 + offset).unwrap()
        });
        let free =
            candidates.filter(|port| std::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).is_ok());
        let mut free = free.take(2);
        [(), ()].map(|()| free.next().unwrap())
    }

    impl Host for Machine {
        fn open(&mut self, slot: usize, reuse: bool) {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.set_nonblocking(true).unwrap();
            socket.set_reuse_address(reuse).unwrap();
            // No TIME_WAIT.
            socket.set_linger(Some(Duration::ZERO)).unwrap();
            self.sockets[slot] = Some(socket);
        }

        fn bind(&mut self, slot: usize, to: SocketAddr) -> Result<(), Errno> {
            self.socket(slot).bind(&to.into()).map_err(|error| errno(&error))
        }

        fn listen(&mut self, slot: usize) -> Result<(), Errno> {
            self.socket(slot).listen(8).map_err(|error| errno(&error))
        }

        fn connect(&mut self, slot: usize, to: SocketAddr) -> Result<(), Errno> {
            let socket = self.socket(slot);
            match socket.connect(&to.into()).map_err(|error| errno(&error)) {
                // Over loopback the handshake is done when connect returns; this fetches its outcome.
                Err(Errno::EINPROGRESS) => socket.connect(&to.into()).map_err(|error| errno(&error)),
                done => done,
            }
        }

        fn accept(&mut self, slot: usize) -> Result<(), Errno> {
            let (socket, _) = self.socket(slot).accept().map_err(|error| errno(&error))?;
            socket.set_linger(Some(Duration::ZERO)).unwrap();
            self.accepted.push(socket);
            Ok(())
        }

        fn close(&mut self, slot: usize) {
            self.sockets[slot] = None;
        }

        fn local_address(&mut self, slot: usize) -> Option<SocketAddr> {
            self.socket(slot).local_addr().unwrap().as_socket()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn ports_and_backlogs_answer_as_linux(steps in script()) {
            let machine = Machine { sockets: [const { None }; SLOTS], accepted: Vec::new() };
            let mut kernel = Run::new(Kernel::new(), PORTS);
            let mut machine = Run::new(machine, free_ports());
            for (number, step) in steps.iter().enumerate() {
                let (ours, theirs) = (kernel.take(*step), machine.take(*step));
                prop_assert_eq!(ours, theirs, "step {} of {:?}", number, steps);
            }
        }
    }
}

proptest! {
    /// Whatever is done: when the sockets are gone, nothing is left of them.
    #[test]
    fn nothing_is_left_of_closed_sockets(steps in script()) {
        let mut run = Run::new(Kernel::new(), PORTS);
        for step in steps {
            run.take(step);
        }
        let Kernel { pod, sockets, accepted } = run.host;
        drop((sockets, accepted));
        prop_assert_eq!(pod.sockets(), []);
        let fresh = TcpSocket::new(&pod, Family::V4).unwrap();
        for port in PORTS {
            let strict = TcpSocket::new(&pod, Family::V4).unwrap();
            prop_assert_eq!(strict.bind((Ipv4Addr::UNSPECIFIED, port).into()), Ok(()));
            prop_assert_eq!(strict.listen(1), Ok(()));
        }
        prop_assert_eq!(fresh.start_connect((Ipv4Addr::LOCALHOST, PORTS[0]).into()), Ok(()));
    }
}

/// Order of arrival is order of acceptance, for as many as a backlog takes, and the rest waits its turn.
#[test]
fn a_thousand_connections_are_accepted_in_order() {
    let pod = Fabric::new(Clock::virtual_()).add_pod().unwrap();
    let listener = TcpSocket::new(&pod, Family::V4).unwrap();
    listener.bind((Ipv4Addr::LOCALHOST, 80).into()).unwrap();
    listener.listen(99).unwrap();
    let clients: Vec<_> = (0..1000)
        .map(|_| {
            let client = TcpSocket::new(&pod, Family::V4).unwrap();
            client.start_connect((Ipv4Addr::LOCALHOST, 80).into()).unwrap();
            client
        })
        .collect();
    for (number, client) in clients.iter().enumerate() {
        let connected = clients.iter().filter(|client| client.peer_addr().is_ok()).count();
        assert_eq!(connected, (number + 100).min(1000));
        let (server, peer) = listener.try_accept().unwrap();
        assert_eq!((Some(peer), server.peer_addr()), (client.local_addr(), Ok(peer)));
    }
    assert_eq!(listener.try_accept().unwrap_err(), Errno::EAGAIN);
}

/// The machine agrees on how many connections a backlog takes.
#[cfg(target_os = "linux")]
#[test]
fn a_backlog_takes_one_more_than_it_says_on_linux_too() {
    use socket2::{Domain, Socket, Type};
    for backlog in [0, 1, 3] {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        listener.listen(backlog).unwrap();
        let to = listener.local_addr().unwrap();
        let clients = [(); 6].map(|()| {
            let client = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            client.set_nonblocking(true).unwrap();
            let _in_progress = client.connect(&to);
            client
        });
        let connected = clients.iter().filter(|client| client.peer_addr().is_ok()).count();
        assert_eq!(connected, usize::try_from(backlog).unwrap() + 1);
    }
}
