#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::clock::Clock;
use crate::net::{Fabric, TcpState, dial};

fn fabric() -> Fabric {
    Fabric::new(Clock::virtual_())
}

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn listener(namespace: &Arc<NetNs>, address: &str, backlog: u32) -> Arc<TcpSocket> {
    let address = at(address);
    let socket = TcpSocket::new(namespace, Family::of(address.ip())).unwrap();
    socket.bind(address).unwrap();
    socket.listen(backlog).unwrap();
    socket
}

fn connect(namespace: &Arc<NetNs>, to: SocketAddr) -> Result<Arc<TcpSocket>> {
    let socket = TcpSocket::new(namespace, Family::of(to.ip())).unwrap();
    socket.start_connect(to)?;
    socket.try_finish_connect()?;
    Ok(socket)
}

#[test]
fn net_1_a_namespace_has_one_loopback_and_one_port_space() {
    let fabric = fabric();
    let (pod, other) = (fabric.add_pod().unwrap(), fabric.add_pod().unwrap());
    let web = listener(&pod, "0.0.0.0:80", 8);
    let second = TcpSocket::new(&pod, Family::V4).unwrap();
    assert_eq!(second.bind(at("127.0.0.1:80")), Err(Errno::EADDRINUSE));
    assert_eq!(second.bind(SocketAddr::new(other.ipv4().into(), 80)), Err(Errno::EADDRNOTAVAIL));
    assert_eq!(second.bind(at("[::]:80")), Err(Errno::EAFNOSUPPORT));
    assert_eq!(connect(&other, at("127.0.0.1:80")).unwrap_err(), Errno::ECONNREFUSED, "another loopback");

    for to in ["127.0.0.1:80", "127.8.9.1:80", "0.0.0.0:80"] {
        let client = connect(&pod, at(to)).unwrap();
        let (server, peer) = web.try_accept().unwrap();
        assert_eq!(client.local_addr(), Some(peer));
        assert_eq!(peer.ip(), Family::V4.loopback());
        assert_eq!(server.local_addr().unwrap(), client.peer_addr().unwrap());
    }
    let client = connect(&pod, SocketAddr::new(pod.ipv4().into(), 80)).unwrap();
    assert_eq!(client.local_addr().unwrap().ip(), pod.ipv4(), "to its own Pod IP it comes from there");
}

#[test]
fn net_2_pods_reach_each_other_by_pod_ip_in_both_families() {
    let fabric = fabric();
    let (a, b) = (fabric.add_pod().unwrap(), fabric.add_pod().unwrap());
    assert_eq!((a.ipv4().to_string(), b.ipv4().to_string()), ("10.244.0.2".into(), "10.244.0.3".into()));
    assert_eq!(b.ipv6().to_string(), "fd00:10:244::3");
    let (v4, v6) = (listener(&b, "0.0.0.0:80", 8), listener(&b, "[::]:80", 8));
    connect(&a, SocketAddr::new(b.ipv4().into(), 80)).unwrap();
    assert_eq!(v4.try_accept().unwrap().1.ip(), a.ipv4());
    connect(&a, SocketAddr::new(b.ipv6().into(), 80)).unwrap();
    assert_eq!(v6.try_accept().unwrap().1.ip(), a.ipv6());
    connect(fabric.node(), SocketAddr::new(b.ipv4().into(), 80)).unwrap();
    assert_eq!(v4.try_accept().unwrap().1.ip().to_string(), "10.244.0.1");

    let local = listener(&b, "127.0.0.1:81", 8);
    assert_eq!(connect(&a, SocketAddr::new(b.ipv4().into(), 81)).unwrap_err(), Errno::ECONNREFUSED);
    connect(&b, local.local_addr().unwrap()).unwrap();
}

#[test]
fn addresses_that_nobody_has_answer_as_a_closed_network() {
    let pod = fabric().add_pod().unwrap();
    let cases = [
        ("10.244.0.77:80", Errno::EHOSTUNREACH),
        ("[fd00:10:244::77]:80", Errno::EHOSTUNREACH),
        ("192.0.2.1:80", Errno::ENETUNREACH),
        ("[2001:db8::1]:80", Errno::ENETUNREACH),
        ("10.244.255.255:80", Errno::ENETUNREACH),
        ("255.255.255.255:80", Errno::ENETUNREACH),
        ("224.0.0.1:80", Errno::ENETUNREACH),
        ("[::ffff:127.0.0.1]:80", Errno::ENETUNREACH),
        ("127.0.0.1:0", Errno::ECONNREFUSED),
    ];
    for (to, error) in cases {
        assert_eq!(connect(&pod, at(to)).unwrap_err(), error, "{to}");
    }
    assert_eq!(pod.sockets(), []);

    let from_loopback = TcpSocket::new(&pod, Family::V4).unwrap();
    from_loopback.bind(at("127.0.0.1:0")).unwrap();
    assert_eq!(from_loopback.start_connect(at("10.244.0.1:80")), Err(Errno::EINVAL));
}

#[test]
fn a_failed_connect_is_told_once_and_can_be_repeated() {
    let pod = fabric().add_pod().unwrap();
    let socket = TcpSocket::new(&pod, Family::V4).unwrap();
    assert_eq!(socket.try_finish_connect(), Err(Errno::EINVAL));
    socket.start_connect(at("127.0.0.1:80")).unwrap();
    assert_eq!(socket.start_connect(at("127.0.0.1:80")), Err(Errno::EALREADY));
    assert_eq!(socket.take_error(), Some(Errno::ECONNREFUSED));
    assert_eq!(socket.take_error(), None);
    assert_eq!(socket.local_addr(), None, "the borrowed port is given back");
    let web = listener(&pod, "127.0.0.1:80", 8);
    socket.start_connect(at("127.0.0.1:80")).unwrap();
    assert_eq!(socket.try_finish_connect(), Ok(()));
    assert_eq!(socket.try_finish_connect(), Err(Errno::EISCONN));
    assert_eq!(socket.start_connect(at("127.0.0.1:80")), Err(Errno::EISCONN));
    assert_eq!(web.start_connect(at("127.0.0.1:80")), Err(Errno::EISCONN));
    assert_eq!(socket.listen(1), Err(Errno::EINVAL));
}

#[test]
fn a_full_backlog_makes_connects_wait_in_order() {
    let pod = fabric().add_pod().unwrap();
    let web = listener(&pod, "127.0.0.1:80", 1);
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let client = TcpSocket::new(&pod, Family::V4).unwrap();
            client.start_connect(at("127.0.0.1:80")).unwrap();
            client
        })
        .collect();
    let outcomes = || clients.iter().map(|client| client.state()).collect::<Vec<_>>();
    assert_eq!(outcomes()[..2], [TcpState::Established; 2], "one more than the backlog, as on Linux");
    assert_eq!(outcomes()[2..], [TcpState::SynSent; 2]);
    assert_eq!(clients[2].try_finish_connect(), Err(Errno::EAGAIN));
    assert_eq!(clients[2].try_write(&Bytes::from_static(b"x")), Err(Errno::EAGAIN));
    assert_eq!(web.try_accept().unwrap().1, clients[0].local_addr().unwrap());
    assert_eq!(clients[2].try_finish_connect(), Ok(()));
    assert_eq!(clients[3].try_finish_connect(), Err(Errno::EAGAIN));
    drop(web);
    assert_eq!(clients[3].try_finish_connect(), Err(Errno::ECONNREFUSED));
    assert_eq!(clients[1].try_read(1), Err(Errno::ECONNRESET), "made, but never accepted");
    assert_eq!(clients[1].try_read(1), Ok(Bytes::new()));
    assert_eq!(clients[0].try_read(1), Ok(Bytes::new()), "accepted and closed");
}

#[test]
fn a_client_that_gives_up_waiting_leaves_its_place() {
    let pod = fabric().add_pod().unwrap();
    let web = listener(&pod, "127.0.0.1:80", 0);
    let first = connect(&pod, at("127.0.0.1:80")).unwrap();
    let waiting = |_| {
        let client = TcpSocket::new(&pod, Family::V4).unwrap();
        client.start_connect(at("127.0.0.1:80")).unwrap();
        client
    };
    let [second, third, fourth] = [1, 2, 3].map(waiting);
    drop(second);
    third.shutdown(Shutdown::Both).unwrap();
    assert_eq!(third.state(), TcpState::Close);
    drop(web.try_accept().unwrap());
    assert_eq!(fourth.try_finish_connect(), Ok(()));
    assert_eq!(web.try_accept().unwrap().1, fourth.local_addr().unwrap());
    assert_eq!(web.try_accept().unwrap_err(), Errno::EAGAIN);
    drop(first);
}

#[test]
fn a_backlog_that_stays_full_times_out_after_linux_syn_retries() {
    let clock = Clock::virtual_();
    clock.virtual_runtime().unwrap().block_on(async {
        let pod = Fabric::new(clock.clone()).add_pod().unwrap();
        let _web = listener(&pod, "127.0.0.1:80", 0);
        let _first = connect(&pod, at("127.0.0.1:80")).unwrap();
        let before = clock.now();
        assert_eq!(dial(&pod, at("127.0.0.1:80")).await.unwrap_err(), Errno::ETIMEDOUT);
        assert_eq!(clock.now().since(before), Duration::from_secs(127));
    });
}

#[test]
fn the_end_of_a_namespace_resets_what_it_has() {
    let fabric = fabric();
    let (a, b) = (fabric.add_pod().unwrap(), fabric.add_pod().unwrap());
    let web = listener(&b, "0.0.0.0:80", 0);
    let to = SocketAddr::new(b.ipv4().into(), 80);
    let client = connect(&a, to).unwrap();
    let (server, _) = web.try_accept().unwrap();
    let unaccepted = connect(&a, to).unwrap();
    let waiting = TcpSocket::new(&a, Family::V4).unwrap();
    waiting.start_connect(to).unwrap();
    b.close();
    assert_eq!(client.try_read(1), Err(Errno::ECONNRESET));
    assert_eq!(client.try_write(&Bytes::from_static(b"x")), Err(Errno::EPIPE));
    assert_eq!(unaccepted.try_read(1), Err(Errno::ECONNRESET));
    assert_eq!(waiting.try_finish_connect(), Err(Errno::ECONNREFUSED));
    assert_eq!(server.try_read(1), Err(Errno::ECONNRESET));
    assert_eq!(web.try_accept().unwrap_err(), Errno::EINVAL);
    assert_eq!(web.listen(1), Err(Errno::EINVAL));
    assert_eq!(connect(&a, to).unwrap_err(), Errno::EHOSTUNREACH);
    assert_eq!(TcpSocket::new(&b, Family::V4).unwrap_err(), Errno::ENETUNREACH);
    assert_eq!(b.sockets(), []);
    b.close();
    let next = fabric.add_pod().unwrap();
    assert_eq!(next.ipv4().to_string(), "10.244.0.4", "a freed address rests");
}

#[test]
fn a_dropped_namespace_frees_its_addresses() {
    let networks = crate::net::PodNetworks { ipv4_prefix: 30, ..Default::default() };
    let fabric = Fabric::with_networks(Clock::virtual_(), networks);
    let pod = fabric.add_pod().unwrap();
    assert_eq!(fabric.add_pod().unwrap_err(), Errno::EADDRNOTAVAIL);
    let socket = TcpSocket::new(&pod, Family::V4).unwrap();
    drop(pod);
    assert!(fabric.add_pod().is_err(), "a socket keeps its namespace");
    drop(socket);
    assert!(fabric.add_pod().is_ok());
}

#[test]
fn listings_show_what_ss_would() {
    let pod = fabric().add_pod().unwrap();
    let web = listener(&pod, "[::]:80", 5);
    let client = connect(&pod, at("[::1]:80")).unwrap();
    let (server, _) = web.try_accept().unwrap();
    client.try_write(&Bytes::from_static(b"hello")).unwrap();
    let _pending = connect(&pod, at("[::1]:80")).unwrap();
    let rows: Vec<_> = pod
        .sockets()
        .into_iter()
        .map(|row| (row.local.to_string(), row.state, row.receive_queue, row.send_queue))
        .collect();
    let row = |local: &str, state, receive, send| (local.to_owned(), state, receive, send);
    assert_eq!(
        rows,
        [
            row("[::]:80", TcpState::Listen, 1, 5),
            row("[::1]:32768", TcpState::Established, 0, 5),
            row("[::1]:80", TcpState::Established, 5, 0),
            row("[::1]:32769", TcpState::Established, 0, 0),
            row("[::1]:80", TcpState::Established, 0, 0),
        ]
    );
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!((client.state(), server.state()), (TcpState::FinWait2, TcpState::CloseWait));
    assert_eq!(pod.listeners().len(), 1);
    assert_eq!(pod.listeners()[0].inode, web.id());
}

#[tokio::test]
async fn those_who_wait_for_a_port_are_told() {
    let pod = fabric().add_pod().unwrap();
    let waiting = tokio::spawn({
        let pod = pod.clone();
        async move { pod.until_listening(80).await }
    });
    tokio::task::yield_now().await;
    let _other = listener(&pod, "127.0.0.1:81", 1);
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    let _web = listener(&pod, "127.0.0.1:80", 1);
    waiting.await.unwrap();
    pod.until_listening(81).await;
}

#[test]
fn accepted_sockets_begin_with_the_listeners_options_and_keep_its_port() {
    let pod = fabric().add_pod().unwrap();
    let web = listener(&pod, "127.0.0.1:80", 5);
    web.set_options(|options| {
        options.hop_limit = 7;
        options.receive_buffer = 1;
    });
    assert_eq!(web.options().receive_buffer, 4096, "clamped");
    let client = connect(&pod, at("127.0.0.1:80")).unwrap();
    client.set_options(|options| options.send_buffer = 5000);
    let (server, _) = web.try_accept().unwrap();
    assert_eq!(server.options(), web.options());
    assert_eq!(client.write_room(), 9096);
    assert_eq!(client.try_write(&Bytes::from(vec![0; 10_000])), Ok(9096));
    assert_eq!(client.write_room(), 0);
    server.set_options(|options| options.receive_buffer = 5000);
    assert_eq!(client.write_room(), 904);

    drop(web);
    let again = TcpSocket::new(&pod, Family::V4).unwrap();
    assert_eq!(again.bind(at("127.0.0.1:80")), Err(Errno::EADDRINUSE), "the connection stands on the port");
    server.set_options(|options| options.reuse_address = true);
    again.set_options(|options| options.reuse_address = true);
    assert_eq!(again.bind(at("127.0.0.1:80")), Ok(()));
    assert_eq!(again.listen(1), Ok(()));
}

#[test]
fn the_same_pair_of_addresses_is_not_given_twice() {
    let pod = fabric().add_pod().unwrap();
    let _web = listener(&pod, "127.0.0.1:80", 5);
    let sockets = [(), ()].map(|()| {
        let socket = TcpSocket::new(&pod, Family::V4).unwrap();
        socket.set_options(|options| options.reuse_address = true);
        socket.bind(at("127.0.0.1:4000")).unwrap();
        socket
    });
    assert_eq!(sockets[0].start_connect(at("127.0.0.1:80")), Ok(()));
    assert_eq!(sockets[1].start_connect(at("127.0.0.1:80")), Err(Errno::EADDRNOTAVAIL));
}

#[test]
fn shutting_a_listener_for_reading_ends_it() {
    let pod = fabric().add_pod().unwrap();
    let web = listener(&pod, "127.0.0.1:80", 5);
    web.shutdown(Shutdown::Write).unwrap();
    let client = connect(&pod, at("127.0.0.1:80")).unwrap();
    web.shutdown(Shutdown::Read).unwrap();
    assert_eq!(client.try_read(1), Err(Errno::ECONNRESET));
    assert_eq!(web.try_accept().unwrap_err(), Errno::EINVAL);
    assert_eq!(web.listen(5), Ok(()), "it is still bound");
    assert!(connect(&pod, at("127.0.0.1:80")).is_ok());
}

#[test]
fn what_is_not_connected_says_so() {
    let pod = fabric().add_pod().unwrap();
    let socket = TcpSocket::new(&pod, Family::V4).unwrap();
    assert_eq!(socket.try_read(1), Err(Errno::ENOTCONN));
    assert_eq!(socket.try_write(&Bytes::from_static(b"x")), Err(Errno::EPIPE));
    assert_eq!(socket.shutdown(Shutdown::Both), Err(Errno::ENOTCONN));
    assert_eq!(socket.peer_addr(), Err(Errno::ENOTCONN));
    assert_eq!(socket.try_accept().unwrap_err(), Errno::EINVAL);
    assert_eq!(socket.bind(at("[::1]:1")), Err(Errno::EAFNOSUPPORT));
    socket.listen(1).unwrap();
    assert_eq!(socket.local_addr(), Some(at("0.0.0.0:32768")));
    assert_eq!(socket.bind(at("127.0.0.1:1")), Err(Errno::EINVAL));
}
