//! TCP held against a sequential model and against the machine's own sockets: random scripts must give the same
//! answers everywhere, and whoever waited for what a step brought must have been woken by it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

#[path = "net_model/kernel.rs"]
mod kernel;
#[cfg(target_os = "linux")]
#[path = "net_model/linux.rs"]
mod linux;
#[path = "net_model/oracle.rs"]
mod oracle;
#[path = "net_model/ports.rs"]
mod ports;
#[path = "net_model/stress.rs"]
mod stress;

use proptest::prelude::*;
use wasipod_kernel::Errno;
use wasipod_kernel::net::Shutdown;

use self::kernel::Kernel;
use self::oracle::Oracle;

/// A step of a script; `side` is one of two connected sockets.
#[derive(Clone, Debug)]
enum Step {
    Write { side: usize, len: usize },
    Read { side: usize, max: usize },
    Shutdown { side: usize, how: Shutdown },
    Close { side: usize },
    TakeError { side: usize },
    PeerAddress { side: usize },
}

/// What a step answers.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Count(usize),
    Data(Vec<u8>),
    Done,
    Pending(Option<Errno>),
    Failed(Errno),
    /// The socket is closed: the step wasn't taken.
    Skipped,
}

/// Two connected sockets, whoever makes them.
trait Pair {
    fn write(&mut self, side: usize, data: &[u8]) -> Result<usize, Errno>;
    fn read(&mut self, side: usize, max: usize) -> Result<Vec<u8>, Errno>;
    fn shutdown(&mut self, side: usize, how: Shutdown) -> Result<(), Errno>;
    fn close(&mut self, side: usize);
    fn take_error(&mut self, side: usize) -> Option<Errno>;
    fn peer_address(&mut self, side: usize) -> Result<(), Errno>;
}

/// A script under way.
struct Run<P> {
    pair: P,
    closed: [bool; 2],
    /// The next byte that each side writes: so every byte can be told from its neighbours.
    next: [u8; 2],
}

impl<P: Pair> Run<P> {
    fn new(pair: P) -> Self {
        Self { pair, closed: [false; 2], next: [0, 128] }
    }

    fn take(&mut self, step: &Step) -> Answer {
        let (Step::Write { side, .. }
        | Step::Read { side, .. }
        | Step::Shutdown { side, .. }
        | Step::Close { side }
        | Step::TakeError { side }
        | Step::PeerAddress { side }) = *step;
        if self.closed[side] {
            return Answer::Skipped;
        }
        match *step {
            Step::Write { len, .. } => {
                let first = self.next[side];
                let data: Vec<u8> = (0..len).map(|n| first.wrapping_add(n.to_le_bytes()[0])).collect();
                self.pair.write(side, &data).map_or_else(Answer::Failed, |count| {
                    self.next[side] = first.wrapping_add(count.to_le_bytes()[0]);
                    Answer::Count(count)
                })
            }
            Step::Read { max, .. } => self.pair.read(side, max).map_or_else(Answer::Failed, Answer::Data),
            Step::Shutdown { how, .. } => {
                self.pair.shutdown(side, how).map_or_else(Answer::Failed, |()| Answer::Done)
            }
            Step::Close { .. } => {
                self.closed[side] = true;
                self.pair.close(side);
                Answer::Done
            }
            Step::TakeError { .. } => Answer::Pending(self.pair.take_error(side)),
            Step::PeerAddress { .. } => {
                self.pair.peer_address(side).map_or_else(Answer::Failed, |()| Answer::Done)
            }
        }
    }
}

fn script(longest_write: usize) -> impl Strategy<Value = Vec<Step>> {
    let how = prop_oneof![Just(Shutdown::Read), Just(Shutdown::Write), Just(Shutdown::Both)];
    let step = prop_oneof![
        6 => (0..2usize, 0..longest_write).prop_map(|(side, len)| Step::Write { side, len }),
        6 => (0..2usize, 1..longest_write).prop_map(|(side, max)| Step::Read { side, max }),
        1 => (0..2usize, how).prop_map(|(side, how)| Step::Shutdown { side, how }),
        1 => (0..2usize).prop_map(|side| Step::Close { side }),
        1 => (0..2usize).prop_map(|side| Step::TakeError { side }),
        1 => (0..2usize).prop_map(|side| Step::PeerAddress { side }),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Order, back-pressure, half-close, reset; with small windows, so that they fill.
    #[test]
    fn the_kernel_answers_as_the_oracle(steps in script(9000)) {
        let window = 8192;
        let (mut kernel, mut oracle) = (Run::new(Kernel::new(window)), Run::new(Oracle::new(window)));
        for (number, step) in steps.iter().enumerate() {
            let watch = kernel.pair.watch();
            let (ours, theirs) = (kernel.take(step), oracle.take(step));
            prop_assert_eq!(ours, theirs, "step {} of {:?}", number, steps);
            for side in (0..2).filter(|side| !kernel.closed[*side]) {
                let readiness = (oracle.pair.is_readable(side), oracle.pair.is_writable(side));
                prop_assert_eq!(kernel.pair.readiness(side), readiness, "step {} of {:?}", number, steps);
            }
            prop_assert_eq!(kernel.pair.missed(&watch, kernel.closed), None, "step {} of {:?}", number, steps);
        }
    }

    /// The same scripts on the machine's sockets over its loopback. Windows differ, so nothing may fill them.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_answers_as_linux(steps in script(1500)) {
        let (mut kernel, mut linux) = (Run::new(Kernel::new(256 * 1024)), Run::new(linux::Machine::new()));
        for (number, step) in steps.iter().enumerate() {
            let (ours, theirs) = (kernel.take(step), linux.take(step));
            prop_assert_eq!(ours, theirs, "step {} of {:?}", number, steps);
        }
    }
}
