use super::*;

fn parse(text: &str) -> Result<Option<Request>, Refusal> {
    Request::parse(text.as_bytes())
}

#[test]
fn a_head_is_read_and_the_rest_left() {
    let request = parse("GET /a?b HTTP/1.1\r\nHost: h\r\nX-Y:  z \r\n\r\nGET /next").unwrap().unwrap();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/a?b"));
    assert_eq!((request.line.as_str(), request.minor_version), ("GET /a?b HTTP/1.1", 1));
    assert_eq!(request.field("x-y"), Some("z"));
    assert_eq!((request.body, request.head_length), (BodyLength::Known(0), 40));
}

#[test]
fn an_unfinished_head_waits_for_more_until_it_is_too_long() {
    assert_eq!(parse("GET / HTTP/1.1\r\nHost"), Ok(None));
    assert_eq!(parse(""), Ok(None));
    assert_eq!(parse(&format!("GET /{}", "a".repeat(MAX_LINE))), Err(Refusal::LineTooLong));
    let fields = "X: yyyyyyyyyyyyyy\r\n".repeat(50);
    assert_eq!(parse(&format!("GET / HTTP/1.1\r\n{fields}")), Ok(None));
    let long = "z".repeat(MAX_HEAD);
    assert_eq!(parse(&format!("GET / HTTP/1.1\r\nX: {long}")), Err(Refusal::HeadTooLarge));
    let many = "X: y\r\n".repeat(101);
    assert_eq!(parse(&format!("GET / HTTP/1.1\r\n{many}\r\n")), Err(Refusal::HeadTooLarge));
}

#[test]
fn what_breaks_the_rules_is_refused() {
    for (text, refusal) in [
        ("GARBAGE\r\n\r\n", Refusal::Malformed),
        ("get / HTTP/1.1\r\nHost: h\r\n\r\n", Refusal::Malformed),
        ("GET / HTTP/1.1\r\n\r\n", Refusal::Malformed),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n", Refusal::Malformed),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", Refusal::Malformed),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", Refusal::Malformed),
        ("GET / HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n", Refusal::Malformed),
        ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", Refusal::WrongVersion),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Refusal::WrongVersion),
        ("GET / HTTP/x\r\n\r\n", Refusal::Malformed),
    ] {
        assert_eq!(parse(text), Err(refusal), "{text:?}");
    }
    assert!(parse("GET / HTTP/1.0\r\n\r\n").unwrap().is_some(), "1.0 needs no Host");
}

#[test]
fn framing_is_never_ambiguous() {
    let with =
        |fields: &str| parse(&format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n")).map(|r| r.unwrap().body);
    assert_eq!(with("Content-Length: 5\r\n"), Ok(BodyLength::Known(5)));
    assert_eq!(with("Transfer-Encoding: Chunked\r\n"), Ok(BodyLength::Chunked));
    assert_eq!(with("Transfer-Encoding: gzip\r\n"), Err(Refusal::UnknownCoding));
    for fields in [
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length:\r\n",
        "Content-Length: 99999999999999999999\r\n",
    ] {
        assert_eq!(with(fields), Err(Refusal::Malformed), "{fields:?}");
    }
}

#[test]
fn keep_alive_follows_version_and_connection() {
    let keeps = |version: &str, fields: &str| {
        parse(&format!("GET / HTTP/{version}\r\nHost: h\r\n{fields}\r\n"))
            .unwrap()
            .unwrap()
            .wants_keep_alive()
    };
    assert!(keeps("1.1", ""));
    assert!(!keeps("1.1", "Connection: foo, Close\r\n"));
    assert!(!keeps("1.0", ""));
    assert!(keeps("1.0", "Connection: Keep-Alive\r\n"));
    assert!(!keeps("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
}
