//! Both ends of a localhost connection: `server PORT`, `client PORT`. The client prints `round-trip P50 P99` (of one
//! byte, in nanoseconds) and `throughput BYTES NANOSECONDS`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

const WARM_UP: usize = 500;
const ROUND_TRIPS: usize = 10_000;
const BLOCK: usize = 64 << 10;
/// 512 MiB.
const BLOCKS: usize = 8192;

fn server(address: &str) {
    let listener = TcpListener::bind(address).expect("bind");
    let (mut echo, _) = listener.accept().expect("accept");
    echo.set_nodelay(true).expect("nodelay");
    let mut byte = [0];
    for _ in 0..WARM_UP + ROUND_TRIPS {
        echo.read_exact(&mut byte).expect("read");
        echo.write_all(&byte).expect("write");
    }
    let (mut bulk, _) = listener.accept().expect("accept");
    bulk.read_exact(&mut byte).expect("read");
    let block = vec![b'x'; BLOCK];
    for _ in 0..BLOCKS {
        bulk.write_all(&block).expect("write");
    }
}

fn connect(address: &str) -> TcpStream {
    for _ in 0..1000 {
        if let Ok(stream) = TcpStream::connect(address) {
            return stream;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("nobody listens on {address}");
}

fn client(address: &str) {
    let mut echo = connect(address);
    echo.set_nodelay(true).expect("nodelay");
    let mut byte = [7];
    let mut round_trip = || {
        let start = Instant::now();
        echo.write_all(&byte).expect("write");
        echo.read_exact(&mut byte).expect("read");
        start.elapsed()
    };
    for _ in 0..WARM_UP {
        round_trip();
    }
    let mut took: Vec<Duration> = (0..ROUND_TRIPS).map(|_| round_trip()).collect();
    took.sort_unstable();
    println!("round-trip {} {}", took[ROUND_TRIPS / 2].as_nanos(), took[ROUND_TRIPS * 99 / 100].as_nanos());

    let mut bulk = connect(address);
    let mut block = vec![0; BLOCK];
    let mut received = 0;
    let start = Instant::now();
    bulk.write_all(&[1]).expect("write");
    loop {
        match bulk.read(&mut block).expect("read") {
            0 => break,
            bytes => received += bytes,
        }
    }
    let took = start.elapsed();
    assert_eq!(received, BLOCKS * BLOCK);
    println!("throughput {received} {}", took.as_nanos());
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let role = arguments.next().expect("server or client");
    let address = format!("127.0.0.1:{}", arguments.next().expect("a port"));
    if role == "server" { server(&address) } else { client(&address) }
}
