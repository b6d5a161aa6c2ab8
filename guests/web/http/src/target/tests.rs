use super::*;

#[test]
fn paths_are_decoded_and_normalised() {
    for (raw, path, query) in [
        ("/", "/", None),
        ("/a/b.html", "/a/b.html", None),
        ("/a//b///c/", "/a/b/c/", None),
        ("/a/./b", "/a/b", None),
        ("/a/b/..", "/a/", None),
        ("/a/b/../", "/a/", None),
        ("/a/../b", "/b", None),
        ("/a/.", "/a/", None),
        ("/%61%2Fb", "/a/b", None),
        ("/sp%20ace", "/sp ace", None),
        ("/gr%C3%BC%C3%9Fe", "/grüße", None),
        ("/x?a=1&b=%zz", "/x", Some("a=1&b=%zz")),
        ("/x?", "/x", Some("")),
        ("/x#frag?no", "/x", None),
        ("/a%3Fb", "/a?b", None),
        ("/...", "/...", None),
        ("/..a/b..", "/..a/b..", None),
    ] {
        let target = Target::parse(raw).unwrap();
        assert_eq!((target.path.as_str(), target.query.as_deref()), (path, query), "{raw}");
    }
}

#[test]
fn nothing_leads_out_of_the_root() {
    for (raw, error) in [
        ("/..", TargetError::OutsideRoot),
        ("/../etc/passwd", TargetError::OutsideRoot),
        ("/a/../../etc/passwd", TargetError::OutsideRoot),
        ("/%2e%2e/etc/passwd", TargetError::OutsideRoot),
        ("/a/%2e%2e%2f..%2fetc/passwd", TargetError::OutsideRoot),
        ("/a%00.html", TargetError::Encoding),
        ("/100%", TargetError::Encoding),
        ("/%g0", TargetError::Encoding),
        ("/%+1", TargetError::Encoding),
        ("/%ff", TargetError::NotUtf8),
        ("etc/passwd", TargetError::Form),
        ("*", TargetError::Form),
        ("http://", TargetError::Form),
        ("http:///x", TargetError::Form),
        ("ftp://host/x", TargetError::Form),
    ] {
        assert_eq!(Target::parse(raw), Err(error), "{raw}");
    }
}

#[test]
fn an_absolute_target_brings_its_host() {
    let target = Target::parse("http://Example.com:80/x/?q").unwrap();
    assert_eq!(target.authority.as_deref(), Some("Example.com:80"));
    assert_eq!((target.path.as_str(), target.query.as_deref()), ("/x/", Some("q")));
    assert_eq!(Target::parse("http://h").unwrap().path, "/");
}

#[test]
fn what_was_encoded_is_decoded_to_the_same_path() {
    for path in ["/a b/\"<>#?%.txt", "/ü/\u{1}"] {
        assert_eq!(Target::parse(&encode_path(path)).unwrap().path, path);
    }
}
