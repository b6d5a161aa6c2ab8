//! wget and nc against servers of the test, tail -f and processes that BusyBox's Debian build can't be compared with.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

fn busybox(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_busybox"));
    command.args(args).stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A server that answers its only connection with these bytes; gives the request's head and body.
fn server(answer: &'static str) -> (u16, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = read_request(&mut stream);
        stream.write_all(answer.as_bytes()).unwrap();
        request
    });
    (port, serving)
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).unwrap();
    }
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let mut body = vec![0; length.map_or(0, |text| text.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    head + &text(&body)
}

fn fetch(answer: &'static str, options: &[&str]) -> (Output, String) {
    let (port, serving) = server(answer);
    let url = format!("http://127.0.0.1:{port}/path?query");
    let mut args = vec!["wget"];
    args.extend(options);
    args.push(&url);
    let done = busybox(&args).output().unwrap();
    (done, serving.join().unwrap())
}

#[test]
fn wget_writes_the_body_and_sends_a_plain_request() {
    let (done, request) =
        fetch("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more", &["-q", "-O", "-"]);
    assert_eq!((text(&done.stdout).as_str(), text(&done.stderr).as_str()), ("hello", ""));
    assert_eq!(done.status.code(), Some(0));
    assert!(request.starts_with("GET /path?query HTTP/1.1\r\nHost: 127.0.0.1:"), "{request}");
    assert!(request.contains("\r\nUser-Agent: Wget\r\nConnection: close\r\n"), "{request}");
}

#[test]
fn wget_reads_chunks_and_bodies_that_end_with_the_connection() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
    assert_eq!(text(&fetch(chunked, &["-qO", "-"]).0.stdout), "abcde");
    assert_eq!(text(&fetch("HTTP/1.0 200 OK\n\nall of it", &["-qO-"]).0.stdout), "all of it");
}

#[test]
fn wget_says_what_the_server_answered() {
    let (done, _) = fetch("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", &["-q", "-O", "-"]);
    assert_eq!(text(&done.stderr), "wget: server returned error: HTTP/1.1 404 Not Found\n");
    assert_eq!(done.status.code(), Some(1));
    let (done, request) = fetch("HTTP/1.1 200 OK\r\nX: y\r\n\r\n", &["-q", "-S", "--spider"]);
    assert_eq!((text(&done.stderr).as_str(), done.status.code()), ("  HTTP/1.1 200 OK\n  X: y\n", Some(0)));
    assert!(request.starts_with("HEAD "));
}

#[test]
fn wget_posts_data_with_headers() {
    let options = ["-qO", "-", "--header", "X-A: b", "--post-data", "a=1&b=2"];
    let (done, request) = fetch("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", &options);
    assert_eq!(text(&done.stdout), "ok");
    assert!(request.starts_with("POST /path?query HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nX-A: b\r\n") && request.ends_with("\r\n\r\na=1&b=2"), "{request}");
}

#[test]
fn wget_gives_up_after_its_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let done = busybox(&["wget", "-q", "-T", "1", "-O", "-", &url]).output().unwrap();
    assert_eq!(text(&done.stderr), "wget: download timed out\n");
    assert_eq!(done.status.code(), Some(1));
}

#[test]
fn wget_refuses_an_incomplete_body_and_https() {
    let (done, _) = fetch("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort", &["-qO", "-"]);
    assert_eq!(text(&done.stderr), "wget: connection closed prematurely\n");
    let done = busybox(&["wget", "-q", "https://127.0.0.1/"]).output().unwrap();
    assert_eq!(text(&done.stderr), "wget: https is not supported: this wget has no TLS\n");
    assert_eq!(done.status.code(), Some(1));
}

#[test]
fn nc_carries_both_ways_and_ends_with_the_other_side() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let mut client =
        busybox(&["nc", "127.0.0.1", &port]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    client.stdin.take().unwrap().write_all(b"question\n").unwrap();
    let mut question = String::new();
    BufReader::new(&stream).read_line(&mut question).unwrap();
    assert_eq!(question, "question\n");
    stream.write_all(b"answer\n").unwrap();
    drop(stream);
    let done = client.wait_with_output().unwrap();
    assert_eq!((text(&done.stdout).as_str(), done.status.code()), ("answer\n", Some(0)));
    assert_eq!(busybox(&["nc", "-z", "127.0.0.1", &port]).status().unwrap().code(), Some(0));
}

/// The port that a listening nc tells of.
fn listening(child: &mut Child) -> u16 {
    let mut line = String::new();
    BufReader::new(child.stderr.as_mut().unwrap()).read_line(&mut line).unwrap();
    line.split([':', ' ']).filter_map(|word| word.parse().ok()).next_back().unwrap()
}

#[test]
fn nc_listens_and_serves_a_program() {
    let mut one = busybox(&["nc", "-l"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", listening(&mut one))).unwrap();
    stream.write_all(b"to the listener").unwrap();
    drop(stream);
    assert_eq!(text(&one.wait_with_output().unwrap().stdout), "to the listener");

    let mut two = busybox(&["nc", "-l", "-e", "/bin/cat"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", listening(&mut two))).unwrap();
    stream.write_all(b"echoed").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut back = String::new();
    // cat ends when its input does.
    stream.read_to_string(&mut back).unwrap();
    assert_eq!(back, "echoed");
    assert_eq!(two.wait().unwrap().code(), Some(0));
}

#[test]
fn tail_follows_a_growing_file() {
    let path = std::env::temp_dir().join(format!("busybox-tail-{}", std::process::id()));
    std::fs::write(&path, "old\n").unwrap();
    let mut tail =
        busybox(&["tail", "-f", "-n", "1", path.to_str().unwrap()]).stdout(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(tail.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"new\n").unwrap();
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "old\nnew\n");
    tail.kill().unwrap();
    tail.wait().unwrap();
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn processes_are_found_and_killed_by_name() {
    let name = format!("sleeper{}", std::process::id() % 100_000);
    let link = std::env::temp_dir().join(&name);
    std::os::unix::fs::symlink("/bin/sleep", &link).unwrap();
    let mut child = Command::new(&link).arg("30").spawn().unwrap();
    let pid = child.id().to_string();
    let found = busybox(&["pgrep", "-x", &name]).output().unwrap();
    assert_eq!(text(&found.stdout), format!("{pid}\n"));
    assert_eq!(text(&busybox(&["pidof", &name]).output().unwrap().stdout), format!("{pid}\n"));
    let shown = text(&busybox(&["ps", "-o", "pid,args"]).output().unwrap().stdout);
    let line = format!("{pid:>5} {} 30", link.display());
    assert!(shown.starts_with("PID   COMMAND\n") && shown.lines().any(|shown| shown == line), "{shown}");
    let header = text(&busybox(&["ps"]).output().unwrap().stdout);
    assert_eq!(header.lines().next(), Some("PID   USER     TIME  COMMAND"));
    assert_eq!(busybox(&["killall", &name]).status().unwrap().code(), Some(0));
    child.wait().unwrap();
    assert_eq!(busybox(&["pgrep", &name]).status().unwrap().code(), Some(1));
    std::fs::remove_file(&link).unwrap();
}
