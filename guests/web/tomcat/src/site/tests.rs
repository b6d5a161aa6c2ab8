use std::fs;

use super::*;

/// A site with an application of every kind; (status, Location or body) of a request.
fn ask(line: &str) -> (u16, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("sample/index.html", "sample");
    write("sample/dir/page.txt", "page");
    write("sample/WEB-INF/web.xml", "secret");
    write("sample/META-INF/MANIFEST.MF", "secret");
    write("sample/sub/index.jsp", "<% secret %>");
    write("nested/x.txt", "x");
    let site = Site::new();
    site.add("/sample".into(), folder.path().join("sample"));
    site.add("/a/b".into(), folder.path().join("nested"));
    let head = format!("{line} HTTP/1.1\r\nHost: h\r\n\r\n");
    let response = site.respond(&Request::parse(head.as_bytes()).unwrap().unwrap());
    let location =
        response.fields.iter().find(|(name, _)| *name == "Location").map(|(_, value)| value.clone());
    let body = match response.body {
        Body::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
        Body::File { mut file, .. } => std::io::read_to_string(&mut file).unwrap(),
        Body::None => String::new(),
    };
    (response.status, location.unwrap_or(body))
}

#[test]
fn applications_are_found_by_the_longest_context() {
    assert_eq!(ask("GET /sample/"), (200, "sample".into()));
    assert_eq!(ask("GET /sample/index.html?x"), (200, "sample".into()));
    assert_eq!(ask("GET /sample/dir/page.txt"), (200, "page".into()));
    assert_eq!(ask("GET /a/b/x.txt"), (200, "x".into()));
    for path in ["/", "/a/", "/samples/", "/sample/nope", "/sample/dir/", "/Sample/"] {
        assert_eq!(ask(&format!("GET {path}")).0, 404, "{path}");
    }
}

#[test]
fn a_folder_without_its_slash_is_redirected() {
    assert_eq!(ask("GET /sample"), (302, "/sample/".into()));
    assert_eq!(ask("GET /sample?a=b"), (302, "/sample/?a=b".into()));
    assert_eq!(ask("GET /sample/dir"), (302, "/sample/dir/".into()));
}

#[test]
fn what_belongs_to_the_server_is_hidden() {
    for path in [
        "/sample/WEB-INF/web.xml",
        "/sample/web-inf/web.xml",
        "/sample/WEB-INF",
        "/sample/WEB-INF/",
        "/sample/META-INF/MANIFEST.MF",
        "/sample/%57EB-INF/web.xml",
        "/sample//WEB-INF//web.xml",
        "/sample/dir/../WEB-INF/web.xml",
    ] {
        let (status, body) = ask(&format!("GET {path}"));
        assert!(status == 404 && !body.contains("secret"), "{path}: {status} {body}");
    }
}

#[test]
fn what_is_not_built_is_refused_by_name() {
    let (status, text) = ask("GET /sample/sub/");
    assert!(status == 501 && text.contains("JavaServer Pages are not executed") && !text.contains("secret"));
    assert_eq!(ask("POST /sample/").0, 405);
    assert_eq!(ask("OPTIONS /sample/").0, 200);
    assert_eq!(ask("GET /%zz").0, 400);
}
