use std::{
    io::Write,
    net::{Shutdown, TcpStream},
    sync::mpsc,
    thread,
};

use super::*;
use crate::static_file::{self, EtagStyle, Found};

/// Answers `/big` and `/small` from files, everything else with the path; its log is the test's result.
struct Site {
    folder: std::path::PathBuf,
    limits: Limits,
    log: Rc<RefCell<Vec<String>>>,
}

impl Handler for Site {
    fn server(&self, _: Peer) -> String {
        "test".into()
    }

    fn limits(&self, _: Peer) -> Limits {
        self.limits
    }

    fn answer(&self, request: &Request, _: Peer) -> Answer {
        let path = self.folder.join(request.target.trim_start_matches('/'));
        match static_file::open(&path) {
            Ok(Found::File(file)) => self.logged(file.respond(request, "text/plain", EtagStyle::Nginx)),
            _ => self.logged(Response::text(200, "text/plain", request.target.clone())),
        }
    }

    fn refuse(&self, refusal: Refusal, _: Peer) -> Answer {
        self.logged(Response::text(refusal.status(), "text/plain", format!("{refusal:?}")))
    }
}

impl Site {
    fn logged(&self, response: Response) -> Answer {
        let log = Rc::clone(&self.log);
        let finished = move |exchange: &Exchange<'_>| {
            let Exchange { line, status, body_bytes_sent, requests, .. } = exchange;
            log.borrow_mut().push(format!("{line:?} {status} {body_bytes_sent} {requests}"));
        };
        Answer { response, finished: Box::new(finished) }
    }
}

/// Runs `clients` against a server on a free port; the server's log.
fn with_server(limits: Limits, clients: impl FnOnce(SocketAddr) + Send + 'static) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("small"), "0123456789").unwrap();
    std::fs::write(folder.path().join("big"), vec![b'x'; 8 * 1024 * 1024]).unwrap();
    let site = folder.path().to_owned();
    reactor::run(async move {
        let log = Rc::new(RefCell::new(Vec::new()));
        let handler = Rc::new(Site { folder: site, limits, log: Rc::clone(&log) });
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.address();
        let (stop, drain) = (Bell::default(), Drain::default());
        let accepting = listen(listener, handler, Rc::new(Cell::new(0)), stop.clone(), drain.clone());
        reactor::spawn(accepting);
        let (sender, done) = mpsc::channel();
        let client = thread::spawn(move || {
            clients(address);
            sender.send(()).unwrap();
        });
        // The sender is dropped by a client that panicked as well.
        while done.try_recv() == Err(mpsc::TryRecvError::Empty) {
            reactor::sleep(Duration::from_millis(5)).await;
        }
        client.join().unwrap();
        stop.ring();
        drain.begin();
        drain.finished().await;
        log.take()
    })
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Sends everything, closes that side, reads to the end.
fn converse(address: SocketAddr, text: &str) -> String {
    let mut stream = connect(address);
    stream.write_all(text.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n")
}

#[test]
fn pipelined_requests_are_answered_in_order_on_one_connection() {
    let log = with_server(Limits::default(), |address| {
        let answer = converse(address, &(get("/a") + &get("/b") + &get("/small")));
        let (a, b) = (answer.find("\r\n\r\n/a").unwrap(), answer.find("\r\n\r\n/b").unwrap());
        assert!(a < b && answer.ends_with("0123456789"), "{answer}");
        assert_eq!(answer.matches("Connection: keep-alive").count(), 3);
    });
    assert_eq!(
        log,
        [r#""GET /a HTTP/1.1" 200 2 1"#, r#""GET /b HTTP/1.1" 200 2 2"#, r#""GET /small HTTP/1.1" 200 10 3"#]
    );
}

#[test]
fn a_client_that_reads_nothing_and_one_that_sends_a_byte_a_minute_hold_up_nobody() {
    let log = with_server(Limits::default(), |address| {
        let mut deaf = connect(address);
        deaf.write_all(get("/big").as_bytes()).unwrap();
        let mut slow = connect(address);
        slow.write_all(b"G").unwrap();
        for number in 0..50 {
            let answer = converse(address, &get(&format!("/{number}")));
            assert!(answer.ends_with(&format!("/{number}")), "{answer}");
        }
        slow.write_all(&get("/slow").as_bytes()[1..]).unwrap();
        let mut buffer = [0; 15];
        slow.read_exact(&mut buffer).unwrap();
        assert_eq!(&buffer, b"HTTP/1.1 200 OK");
    });
    assert_eq!(log.len(), 52);
    assert!(log[51].starts_with("\"GET /big") && !log[51].contains("8388608"), "{}", log[51]);
}

#[test]
fn many_clients_at_once_get_the_whole_file_each() {
    let log = with_server(Limits::default(), |address| {
        let clients: Vec<_> = (0..20)
            .map(|_| {
                thread::spawn(move || {
                    let answer = converse(address, &get("/big"));
                    assert_eq!(answer.split_once("\r\n\r\n").unwrap().1.len(), 8 * 1024 * 1024);
                })
            })
            .collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
    });
    assert_eq!(log, vec!["\"GET /big HTTP/1.1\" 200 8388608 1"; 20]);
}

#[test]
fn ranges_heads_and_conditions_send_no_more_than_asked() {
    with_server(Limits::default(), |address| {
        let part = converse(address, "GET /small HTTP/1.1\r\nHost: h\r\nRange: bytes=3-5\r\n\r\n");
        assert!(part.starts_with("HTTP/1.1 206 ") && part.ends_with("\r\n\r\n345"), "{part}");
        assert!(
            part.contains("Content-Range: bytes 3-5/10\r\n") && part.contains("Content-Length: 3\r\n"),
            "{part}"
        );
        let head = converse(address, "HEAD /small HTTP/1.1\r\nHost: h\r\n\r\n");
        assert!(head.contains("Content-Length: 10\r\n") && head.ends_with("\r\n\r\n"), "{head}");
        let none = converse(address, "GET /small HTTP/1.1\r\nHost: h\r\nIf-None-Match: *\r\n\r\n");
        assert!(none.starts_with("HTTP/1.1 304 ") && none.ends_with("\r\n\r\n"), "{none}");
        let bad = converse(address, "GET /small HTTP/1.1\r\nHost: h\r\nRange: bytes=10-\r\n\r\n");
        assert!(bad.starts_with("HTTP/1.1 416 ") && bad.contains("Content-Range: bytes */10\r\n"), "{bad}");
    });
}

#[test]
fn bodies_are_skipped_or_end_the_connection() {
    let log = with_server(Limits::default(), |address| {
        let post = "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nGET /evil".to_owned();
        let answer = converse(address, &(post + &get("/after")));
        assert!(answer.ends_with("/after"), "{answer}");
        let chunked =
            "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nGET \r\n".to_owned();
        let answer = converse(address, &(chunked + &get("/never")));
        assert!(answer.contains("Connection: close") && !answer.contains("/never"), "{answer}");
        let answer = converse(
            address,
            "POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n",
        );
        assert!(answer.contains("Connection: close") && answer.ends_with("/e"), "{answer}");
    });
    assert_eq!(log.len(), 4, "{log:?}");
}

#[test]
fn what_is_not_http_is_refused_and_logged() {
    let log = with_server(Limits::default(), |address| {
        let answer = converse(address, "\u{16}\u{3}\u{1}nonsense\r\n\r\n");
        assert!(
            answer.starts_with("HTTP/1.1 400 Bad Request") && answer.contains("Connection: close"),
            "{answer}"
        );
        assert!(
            converse(address, &format!("GET /{} HTTP/1.1", "a".repeat(9000))).starts_with("HTTP/1.1 414 ")
        );
        assert_eq!(converse(address, ""), "");
        assert_eq!(converse(address, "GET / HT"), "");
    });
    assert_eq!(log[0], r#""\u{16}\u{3}\u{1}nonsense" 400 9 1"#);
    assert_eq!(log.len(), 2, "who closes before a request is whole gets no line: {log:?}");
}

#[test]
fn a_slow_head_is_answered_408_and_an_idle_connection_is_closed() {
    let short = Duration::from_millis(50);
    let limits = Limits { keep_alive: short, head: short, ..Limits::default() };
    let log = with_server(limits, |address| {
        let mut slow = connect(address);
        slow.write_all(b"GET / HTTP/1.1\r\nHost").unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        let mut idle = connect(address);
        idle.write_all(get("/x").as_bytes()).unwrap();
        answer.clear();
        idle.read_to_string(&mut answer).unwrap();
        assert!(answer.contains("keep-alive") && answer.ends_with("/x"), "{answer}");
    });
    assert_eq!(log.len(), 2);
}

#[test]
fn the_last_allowed_request_and_http_1_0_close() {
    let limits = Limits { requests: 2, ..Limits::default() };
    let log = with_server(limits, |address| {
        let answer = converse(address, &(get("/1") + &get("/2") + &get("/3")));
        assert!(answer.ends_with("/2") && answer.contains("Connection: close"), "{answer}");
        let answer = converse(address, "GET /old HTTP/1.0\r\n\r\nGET /no HTTP/1.0\r\n\r\n");
        assert!(answer.ends_with("/old"), "{answer}");
    });
    assert_eq!(log.len(), 3);
}
