#![allow(clippy::unwrap_used, reason = "tests")]

use std::net::Ipv4Addr;

use super::*;
use crate::clock::Clock;
use crate::net::{Fabric, Family};

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A Pod with a listener on port 80, published.
async fn published() -> (Arc<TcpSocket>, Published) {
    let fabric = Fabric::new(Clock::real());
    let pod = fabric.add_pod().unwrap();
    let web = TcpSocket::new(&pod, Family::V4).unwrap();
    web.bind("0.0.0.0:80".parse().unwrap()).unwrap();
    web.listen(16).unwrap();
    let to = SocketAddr::new(pod.ipv4().into(), 80);
    let published = publish(ANY_PORT, fabric.node().clone(), to).await.unwrap();
    (web, published)
}

#[tokio::test]
async fn both_directions_and_half_close_go_through() {
    let (web, published) = published().await;
    let mut client = TcpStream::connect(published.address()).await.unwrap();
    let (server, peer) = web.accept().await.unwrap();
    assert_eq!(peer.ip().to_string(), "10.244.0.1", "from the gateway");
    client.write_all(b"request").await.unwrap();
    client.shutdown().await.unwrap();
    let mut request = Vec::new();
    loop {
        let data = server.read(100).await.unwrap();
        if data.is_empty() {
            break;
        }
        request.extend_from_slice(&data);
    }
    assert_eq!(request, b"request");
    server.write_all("answer".into()).await.unwrap();
    drop(server);
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "answer");
}

#[tokio::test]
async fn a_reader_that_stops_stops_the_writer_and_nothing_is_lost() {
    const TOTAL: usize = 20 * 1024 * 1024;
    let (web, published) = published().await;
    let mut client = TcpStream::connect(published.address()).await.unwrap();
    let (server, _) = web.accept().await.unwrap();
    let writer = tokio::spawn(async move {
        let chunk: Vec<u8> = (0..=255).cycle().take(64 * 1024).collect();
        for _ in 0..TOTAL / chunk.len() {
            client.write_all(&chunk).await.unwrap();
        }
        client
    });
    // As long as the writer gets on, whatever the machine's buffers: then it must wait.
    while server.state() != crate::net::TcpState::Established
        || server.info().unwrap().receive_queue < 256 * 1024
    {
        tokio::task::yield_now().await;
    }
    assert!(!writer.is_finished());
    let (mut total, mut next) = (0usize, 0u8);
    while total < TOTAL {
        let data = server.read(100_000).await.unwrap();
        for byte in &data {
            assert_eq!(*byte, next);
            next = next.wrapping_add(1);
        }
        total += data.len();
    }
    drop(writer.await.unwrap());
    assert!(server.read(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn resets_go_through_both_ways() {
    let (web, published) = published().await;
    let mut client = TcpStream::connect(published.address()).await.unwrap();
    let (server, _) = web.accept().await.unwrap();
    server.abort();
    let error = client.read(&mut [0; 8]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);

    let client = TcpStream::connect(published.address()).await.unwrap();
    let (server, _) = web.accept().await.unwrap();
    client.set_zero_linger().unwrap();
    drop(client);
    assert_eq!(server.read(1).await, Err(crate::Errno::ECONNRESET));

    drop(web);
    let mut refused = TcpStream::connect(published.address()).await.unwrap();
    assert!(refused.read(&mut [0; 8]).await.is_err(), "nobody listens in the Pod");
}

#[tokio::test]
async fn closing_ends_the_connections_and_frees_the_port() {
    let (web, published) = published().await;
    let address = published.address();
    let _client = TcpStream::connect(address).await.unwrap();
    let (server, _) = web.accept().await.unwrap();
    published.close().await;
    // The abandoned side ends like any closed socket.
    assert_eq!(server.read(1).await.map(|data| data.len()), Ok(0));
    let again = publish(address, web.namespace().clone(), address).await.unwrap();
    assert_eq!(again.address(), address);
}

#[tokio::test]
async fn what_cannot_be_bound_is_named() {
    let (web, published) = published().await;
    let taken = published.address();
    let error = publish(taken, web.namespace().clone(), taken).await.unwrap_err();
    assert!(matches!(error, BridgeError::InUse { address } if address == taken));
    assert_eq!(error.to_string(), format!("port {} on 127.0.0.1 is in use by another program", taken.port()));
    let foreign: SocketAddr = "192.0.2.77:0".parse().unwrap();
    let error = publish(foreign, web.namespace().clone(), taken).await.unwrap_err();
    assert!(matches!(error, BridgeError::NoSuchAddress { .. }), "{error:?}");

    let denied = refusal(taken, io::ErrorKind::PermissionDenied.into());
    assert!(matches!(denied, BridgeError::PermissionDenied { .. }));
    let node = Fabric::new(Clock::virtual_()).node().clone();
    let error = publish(ANY_PORT, node, taken).await.unwrap_err();
    assert_eq!(error.to_string(), "port 0 can't be published on virtual time");
}
