//! File operations in the directory that the first argument names. Prints `NAME P50 P99` for each, in nanoseconds.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Read, Seek, Write};
use std::time::{Duration, Instant};

const STATS: usize = 5000;
const BLOCK: usize = 64 << 10;
/// 64 MiB.
const BLOCKS: usize = 1024;

fn measure(name: &str, times: usize, mut operation: impl FnMut()) {
    let mut took: Vec<Duration> = (0..times)
        .map(|_| {
            let start = Instant::now();
            operation();
            start.elapsed()
        })
        .collect();
    took.sort_unstable();
    println!("{name} {} {}", took[times / 2].as_nanos(), took[times * 99 / 100].as_nanos());
}

fn main() {
    let directory = std::env::args().nth(1).expect("the directory");
    let path = format!("{directory}/file");
    fs::write(&path, "content").expect("a file");
    measure("stat", STATS, || {
        black_box(fs::metadata(&path).expect("stat"));
    });
    let mut file = File::options().read(true).write(true).open(&path).expect("open");
    let mut block = vec![b'x'; BLOCK];
    measure("write", BLOCKS, || file.write_all(&block).expect("write"));
    file.rewind().expect("seek");
    measure("read", BLOCKS, || file.read_exact(&mut block).expect("read"));
    fs::remove_file(&path).expect("unlink");
}
