#![allow(clippy::unwrap_used, reason = "tests")]

use std::task::Waker;

use super::*;
use crate::clock::Clock;
use crate::net::Fabric;

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn bound(namespace: &Arc<NetNs>, address: &str) -> Arc<UdpSocket> {
    let address = at(address);
    let socket = UdpSocket::new(namespace, Family::of(address.ip())).unwrap();
    socket.bind(address).unwrap();
    socket
}

fn pod() -> Arc<NetNs> {
    Fabric::new(Clock::virtual_()).add_pod().unwrap()
}

#[test]
fn datagrams_stay_whole_and_in_order_and_carry_their_sender() {
    let fabric = Fabric::new(Clock::virtual_());
    let (a, b) = (fabric.add_pod().unwrap(), fabric.add_pod().unwrap());
    let server = bound(&b, "0.0.0.0:53");
    let client = UdpSocket::new(&a, Family::V4).unwrap();
    let to = SocketAddr::new(b.ipv4().into(), 53);
    for text in ["one", "", "three"] {
        client.send_to(&Bytes::from_static(text.as_bytes()), to).unwrap();
    }
    assert_eq!(client.local_addr(), Some(at("0.0.0.0:32768")));
    for text in ["one", "", "three"] {
        let (data, from) = server.try_recv_from().unwrap();
        assert_eq!((&data[..], from), (text.as_bytes(), SocketAddr::new(a.ipv4().into(), 32768)));
    }
    assert_eq!(server.try_recv_from(), Err(Errno::EAGAIN));
    assert_eq!(client.send_to(&Bytes::from(vec![0; 65_508]), to), Err(Errno::EMSGSIZE));
    assert_eq!(client.send_to(&Bytes::from(vec![0; 65_507]), to), Ok(()));
    assert_eq!(server.try_recv_from().unwrap().0.len(), 65_507);
}

#[test]
fn what_the_receiver_has_no_room_for_is_lost() {
    let pod = pod();
    let server = bound(&pod, "127.0.0.1:53");
    server.set_options(|options| options.receive_buffer = 0);
    let client = UdpSocket::new(&pod, Family::V4).unwrap();
    for _ in 0..100 {
        client.send_to(&Bytes::from_static(&[0; 1000]), at("127.0.0.1:53")).unwrap();
    }
    let received = std::iter::from_fn(|| server.try_recv_from().ok()).count();
    assert_eq!(received, 4, "4 KiB at least, one beyond it");
}

#[test]
fn a_connected_socket_hears_of_refusals_and_hears_its_peer_only() {
    let pod = pod();
    let client = UdpSocket::new(&pod, Family::V4).unwrap();
    assert_eq!(client.send(&Bytes::new()), Err(Errno::EDESTADDRREQ));
    client.connect(at("127.0.0.1:53")).unwrap();
    assert_eq!(client.local_addr(), Some(at("127.0.0.1:32768")));
    assert_eq!(client.send(&Bytes::new()), Ok(()));
    assert!(client.poll_readable(&mut Context::from_waker(Waker::noop())).is_ready());
    assert_eq!(client.try_recv_from(), Err(Errno::ECONNREFUSED));
    assert_eq!(client.try_recv_from(), Err(Errno::EAGAIN));
    assert_eq!(client.send(&Bytes::new()), Ok(()));
    assert_eq!(client.send(&Bytes::new()), Err(Errno::ECONNREFUSED), "told once");

    let (server, stranger) = (bound(&pod, "127.0.0.1:53"), bound(&pod, "127.0.0.1:54"));
    stranger.send_to(&Bytes::from_static(b"no"), at("127.0.0.1:32768")).unwrap();
    server.send_to(&Bytes::from_static(b"yes"), at("127.0.0.1:32768")).unwrap();
    assert_eq!(&client.try_recv_from().unwrap().0[..], b"yes");
    client.disconnect();
    assert_eq!((client.peer_addr(), client.local_addr()), (Err(Errno::ENOTCONN), Some(at("0.0.0.0:32768"))));
    stranger.send_to(&Bytes::from_static(b"now"), at("127.0.0.1:32768")).unwrap();
    assert_eq!(&client.try_recv_from().unwrap().0[..], b"now");
    assert_eq!(client.send_to(&Bytes::new(), at("127.0.0.1:99")), Ok(()));
    assert_eq!(client.try_recv_from(), Err(Errno::EAGAIN), "unconnected sockets hear nothing");
}

#[test]
fn the_nearest_socket_gets_the_datagram() {
    let pod = pod();
    let any = bound(&pod, "0.0.0.0:99");
    let strict = UdpSocket::new(&pod, Family::V4).unwrap();
    assert_eq!(strict.bind(at("127.0.0.1:99")), Err(Errno::EADDRINUSE));
    any.set_options(|options| options.reuse_address = true);
    strict.set_options(|options| options.reuse_address = true);
    strict.bind(at("127.0.0.1:99")).unwrap();
    let client = bound(&pod, "127.0.0.1:1000");
    client.send_to(&Bytes::new(), at("127.0.0.1:99")).unwrap();
    client.send_to(&Bytes::new(), at("127.0.0.2:99")).unwrap();
    assert!(strict.try_recv_from().is_ok() && strict.try_recv_from().is_err());
    assert!(any.try_recv_from().is_ok() && any.try_recv_from().is_err());
    any.connect(at("127.0.0.1:1000")).unwrap();
    client.send_to(&Bytes::new(), at("127.0.0.1:99")).unwrap();
    assert!(any.try_recv_from().is_ok() && strict.try_recv_from().is_err());
}

#[test]
fn addresses_that_nobody_has_answer_as_a_closed_network() {
    let pod = pod();
    let socket = UdpSocket::new(&pod, Family::V4).unwrap();
    assert_eq!(socket.send_to(&Bytes::new(), at("192.0.2.1:53")), Err(Errno::ENETUNREACH));
    assert_eq!(socket.send_to(&Bytes::new(), at("127.0.0.1:0")), Err(Errno::EINVAL));
    assert_eq!(socket.send_to(&Bytes::new(), at("[::1]:53")), Err(Errno::EAFNOSUPPORT));
    assert_eq!(socket.send_to(&Bytes::new(), at("10.244.0.77:53")), Ok(()), "lost on the way");
    assert_eq!(socket.connect(at("192.0.2.1:53")), Err(Errno::ENETUNREACH));
    socket.connect(at("10.244.0.77:53")).unwrap();
    assert_eq!(socket.send(&Bytes::new()), Ok(()));
    assert_eq!(socket.take_error(), Some(Errno::EHOSTUNREACH));
}

#[test]
fn closing_frees_the_port_and_the_end_of_the_namespace_is_told() {
    let pod = pod();
    drop(bound(&pod, "127.0.0.1:53"));
    let socket = bound(&pod, "127.0.0.1:53");
    assert_eq!(pod.sockets().len(), 1);
    pod.close();
    assert!(socket.poll_readable(&mut Context::from_waker(Waker::noop())).is_ready());
    assert_eq!(socket.try_recv_from(), Err(Errno::ENETUNREACH));
}
