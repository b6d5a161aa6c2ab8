//! Many tasks on many threads: a lost wake-up would leave one waiting for ever.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use wasipod_kernel::clock::Clock;
use wasipod_kernel::net::{Fabric, Family, NetNs, Shutdown, TcpSocket, dial};
use wasipod_kernel::{Errno, Result};

/// Long past any run on any machine: only what would hang for ever meets it.
const PATIENCE: Duration = Duration::from_secs(300);

const WEB: u16 = 80;

fn on_threads(work: impl Future<Output = ()> + Send + 'static) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async {
        let clock = Clock::real();
        tokio::select! {
            biased;
            done = tokio::spawn(work) => done.unwrap(),
            () = clock.sleep(PATIENCE) => panic!("somebody waits for ever"),
        }
    });
}

fn listen(pod: &Arc<NetNs>, backlog: u32, buffer: usize) -> Arc<TcpSocket> {
    let listener = TcpSocket::new(pod, Family::V4).unwrap();
    listener.set_options(|options| (options.receive_buffer, options.send_buffer) = (buffer, buffer));
    listener.bind((Ipv4Addr::UNSPECIFIED, WEB).into()).unwrap();
    listener.listen(backlog).unwrap();
    listener
}

async fn echo(socket: Arc<TcpSocket>, max: usize) -> Result<()> {
    loop {
        let data = socket.read(max).await?;
        if data.is_empty() {
            return socket.shutdown(Shutdown::Write);
        }
        socket.write_all(data).await?;
    }
}

/// Pods call a Pod whose backlog is far too small; each sends a stream of odd pieces through tiny windows and must
/// get it back, whole and in order.
#[test]
fn many_connections_through_small_windows_and_a_small_backlog_all_end() {
    const CLIENTS: usize = 400;
    const BYTES: usize = 100_000;
    on_threads(async {
        let fabric = Fabric::new(Clock::real());
        let server = fabric.add_pod().unwrap();
        let to = SocketAddr::new(server.ipv4().into(), WEB);
        let listener = listen(&server, 2, 4096);
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move {
            let mut servers = tokio::task::JoinSet::new();
            for number in 0..CLIENTS {
                let (socket, _) = listener.accept().await.unwrap();
                servers.spawn(echo(socket, 100 + 37 * (number % 200)));
            }
            servers.join_all().await.into_iter().for_each(|echoed| echoed.unwrap());
        });
        for number in 0..CLIENTS {
            let pod = fabric.add_pod().unwrap();
            tasks.spawn(async move {
                let socket = dial(&pod, to).await.unwrap();
                socket.set_options(|options| (options.receive_buffer, options.send_buffer) = (4096, 4096));
                let data: Vec<u8> = (0..BYTES).map(|n| (n * 7 + number).to_le_bytes()[0]).collect();
                let data = Bytes::from(data);
                let sending = async {
                    for piece in data.chunks(1 + 61 * (number % 150)) {
                        socket.write_all(data.slice_ref(piece)).await.unwrap();
                    }
                    socket.shutdown(Shutdown::Write).unwrap();
                };
                let receiving = async {
                    let mut received = Vec::new();
                    loop {
                        let piece = socket.read(1 + 97 * (number % 100)).await.unwrap();
                        if piece.is_empty() {
                            return received;
                        }
                        received.extend_from_slice(&piece);
                    }
                };
                let ((), received) = tokio::join!(biased; sending, receiving);
                assert!(received == data, "client {number}");
            });
        }
        tasks.join_all().await;
    });
}

/// The tightest race: two tasks on two threads that hand one byte back and forth.
#[test]
fn ping_pong_between_threads_never_stops() {
    const ROUNDS: usize = 20_000;
    on_threads(async {
        let fabric = Fabric::new(Clock::real());
        let pod = fabric.add_pod().unwrap();
        let listener = listen(&pod, 8, 4096);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let client = dial(&pod, (Ipv4Addr::LOCALHOST, WEB).into()).await.unwrap();
            let (server, _) = listener.accept().await.unwrap();
            tasks.spawn(async move { echo(server, 1).await.unwrap() });
            tasks.spawn(async move {
                let byte = Bytes::from_static(b"x");
                for _ in 0..ROUNDS {
                    client.write_all(byte.clone()).await.unwrap();
                    assert_eq!(client.read(1).await.unwrap(), byte);
                }
                client.shutdown(Shutdown::Write).unwrap();
                assert!(client.read(1).await.unwrap().is_empty());
            });
        }
        tasks.join_all().await;
    });
}

/// Closing, tearing down and connecting at once: everybody gets some answer.
#[test]
fn those_who_wait_when_everything_goes_away_are_told() {
    const ROUNDS: usize = 300;
    on_threads(async {
        let fabric = Fabric::new(Clock::real());
        let client_pod = fabric.add_pod().unwrap();
        for round in 0..ROUNDS {
            let pod = fabric.add_pod().unwrap();
            let listener = listen(&pod, 1, 4096);
            let to = SocketAddr::new(pod.ipv4().into(), WEB);
            let mut tasks = tokio::task::JoinSet::new();
            for number in 0..6 {
                let client_pod = client_pod.clone();
                tasks.spawn(async move {
                    let Ok(socket) = dial(&client_pod, to).await else { return };
                    let data = Bytes::from(vec![0; 10_000]);
                    let outcome = if number % 2 == 0 {
                        socket.read(10).await.map(|_| ())
                    } else {
                        socket.write_all(data).await
                    };
                    assert!(!matches!(outcome, Err(Errno::EAGAIN)));
                });
            }
            let acceptor = listener.clone();
            tasks.spawn(async move {
                let mut held = Vec::new();
                while let Ok((socket, _)) = acceptor.accept().await {
                    held.push(socket);
                }
            });
            if round % 2 == 0 {
                tokio::task::yield_now().await;
            }
            pod.close();
            tasks.join_all().await;
            drop(listener);
        }
        assert!(client_pod.sockets().is_empty());
    });
}
