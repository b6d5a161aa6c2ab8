//! `spawner PATH COUNT`: starts the program that many times, each time with a pipe as its standard output, reads that
//! to its end and waits for the process. Prints `spawn P50 P99` in nanoseconds.

use std::time::{Duration, Instant};

use wasipod_guest_os as os;

const WARM_UP: usize = 50;

fn spawn_and_wait(path: &str) -> Duration {
    let start = Instant::now();
    let (reader, writer) = os::pipe().expect("pipe");
    let program = os::Program {
        path,
        argv: vec![path.to_owned()],
        env: Vec::new(),
        descriptors: vec![(1, &writer)],
        ignored: Vec::new(),
    };
    let pid = os::spawn(&program, os::Group::Inherit).expect("spawn");
    drop(program);
    drop(writer);
    assert!(reader.read_to_end().expect("read").is_empty());
    let ended = os::wait(pid as i32, false).expect("wait");
    assert_eq!(ended, Some((pid, os::Status::Exited(0))));
    start.elapsed()
}

fn main() {
    os::init();
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("a program");
    let count: usize = arguments.next().and_then(|count| count.parse().ok()).expect("a count");
    for _ in 0..WARM_UP {
        spawn_and_wait(&path);
    }
    let mut took: Vec<Duration> = (0..count).map(|_| spawn_and_wait(&path)).collect();
    took.sort_unstable();
    println!("spawn {} {}", took[count / 2].as_nanos(), took[count * 99 / 100].as_nanos());
}
