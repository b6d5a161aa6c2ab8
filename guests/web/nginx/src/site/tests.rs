use std::{fs, io::Read, path::Path, time::Duration};

use super::*;
use crate::{config, options};

const CONFIG: &str = r#"
error_log DIR/error.log info;
events {}
http {
    types { text/html html; text/plain txt; }
    default_type application/octet-stream;
    access_log DIR/access.log;
    server {
        server_name site.test;
        root DIR/html;
        add_header X-All $status always;
        error_page 404 /404.html;
        error_page 503 =200 /sorry.html;
        location /list/ { autoindex on; }
        location = /teapot { return 418 "short and stout\n"; }
        location = /away { return 301 https://example.org$request_uri; }
        location = /busy { return 503; }
        location /try/ { try_files $uri $uri/ /index.html; }
        location = /gone { try_files /nope =410; error_page 404 /x; }
    }
}
"#;

struct Fixture {
    folder: tempfile::TempDir,
    site: Site,
}

impl Fixture {
    fn new() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("html/index.html", "front");
        write("html/404.html", "not here");
        write("html/sorry.html", "sorry");
        write("html/dir/a.txt", "a");
        write("html/list/b<c.txt", "b");
        write("html/list/sub/x", "x");
        write("html/try/index.html", "tried");
        write("nginx.conf", &CONFIG.replace("DIR", folder.path().to_str().unwrap()));
        let file = folder.path().join("nginx.conf").display().to_string();
        let config = config::load(&options::parse(&["-c".into(), file]).unwrap()).unwrap();
        let logs = Rc::new(Logs::default());
        crate::serve::open_logs(&config, &logs).unwrap();
        let site = Site::new(Rc::new(config), logs);
        Fixture { folder, site }
    }

    /// Status, fields and body of the answer; the exchange is logged.
    fn ask(&self, line: &str, fields: &str) -> (u16, String, String) {
        let head = format!("{line} HTTP/1.1\r\nHost: site.test\r\n{fields}\r\n");
        let request = Request::parse(head.as_bytes()).unwrap().unwrap();
        let peer = Peer {
            client: "10.1.1.9:4000".parse().unwrap(),
            local: "10.1.1.1:80".parse().unwrap(),
            number: 7,
        };
        let Answer { response, finished } = self.site.answer(&request, peer);
        let status = response.status;
        let shown = response.head("s", "d", true);
        let body = match response.body {
            Body::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
            Body::File { file, length, .. } => {
                let mut text = String::new();
                file.take(length).read_to_string(&mut text).unwrap();
                text
            }
            Body::None => String::new(),
        };
        let exchange = Exchange {
            request: Some(&request),
            line: &request.line,
            peer,
            status,
            body_bytes_sent: body.len() as u64,
            bytes_sent: 0,
            request_length: 0,
            duration: Duration::ZERO,
            requests: 1,
        };
        finished(&exchange);
        (status, shown, body)
    }

    fn log(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

#[test]
fn files_indexes_and_error_pages_are_served() {
    let site = Fixture::new();
    for (line, status, body) in [
        ("GET /", 200, "front"),
        ("GET /index.html", 200, "front"),
        ("GET /dir/a.txt", 200, "a"),
        ("GET /nope", 404, "not here"),
        ("GET /nope/", 404, "not here"),
        ("GET /index.html/x", 404, "not here"),
        ("GET /busy", 200, "sorry"),
        ("GET /teapot", 418, "short and stout\n"),
        ("POST /teapot", 418, "short and stout\n"),
        ("GET /try/nope", 200, "front"),
        ("GET /try/", 200, "tried"),
        ("POST /nope", 404, "not here"),
    ] {
        let (found, _, text) = site.ask(line, "");
        assert_eq!((found, text.as_str()), (status, body), "{line}");
    }
    for (line, status) in
        [("GET /dir/", 403), ("POST /", 405), ("DELETE /x", 405), ("GET /gone", 410), ("GET /%zz", 400)]
    {
        let (found, _, text) = site.ask(line, "");
        assert!(found == status && text.contains(&format!("<h1>{status} ")), "{line}: {found} {text}");
    }
}

#[test]
fn redirects_name_the_host_and_keep_the_query() {
    let site = Fixture::new();
    let (status, head, _) = site.ask("GET /dir?q=1", "");
    assert!(status == 301 && head.contains("Location: http://site.test/dir/?q=1\r\n"), "{head}");
    let (status, head, _) = site.ask("GET /away?x", "");
    assert!(status == 301 && head.contains("Location: https://example.org/away?x\r\n"), "{head}");
}

#[test]
fn listings_show_folders_first_and_escape_names() {
    let (status, _, text) = Fixture::new().ask("GET /list/", "");
    let (sub, file) = (text.find("<a href=\"sub/\">sub/</a>").unwrap(), text.find("b&lt;c.txt</a>").unwrap());
    assert!(status == 200 && sub < file && text.contains("href=\"b%3Cc.txt\""), "{text}");
}

#[test]
fn headers_types_and_conditions_are_sent() {
    let site = Fixture::new();
    let (_, head, _) = site.ask("GET /dir/a.txt", "");
    assert!(head.contains("Content-Type: text/plain\r\n") && head.contains("X-All: 200\r\n"), "{head}");
    let etag = head.lines().find_map(|line| line.strip_prefix("ETag: ")).unwrap().to_owned();
    let (status, ..) = site.ask("GET /dir/a.txt", &format!("If-None-Match: {etag}\r\n"));
    assert_eq!(status, 304);
    let (status, head, text) = site.ask("GET /dir/a.txt", "Range: bytes=5-\r\n");
    assert!(status == 416 && head.contains("bytes */1\r\n") && text.contains("416"), "{head}");
}

#[test]
fn a_file_that_is_not_regular_is_not_opened() {
    let site = Fixture::new();
    std::os::unix::fs::symlink("/dev/zero", site.folder.path().join("html/zero")).unwrap();
    assert_eq!(site.ask("GET /zero", "").0, 404);
}

#[test]
fn the_logs_have_nginx_s_lines() {
    let site = Fixture::new();
    site.ask("GET /dir/a.txt?q", "Referer: http://r/\r\nUser-Agent: quo\"te\r\n");
    site.ask("GET /nope", "");
    site.ask("GET /dir/", "");
    let access = site.log("access.log");
    let lines: Vec<&str> = access.lines().collect();
    assert!(lines[0].starts_with("10.1.1.9 - - ["), "{access}");
    assert!(
        lines[0].ends_with(" +0000] \"GET /dir/a.txt?q HTTP/1.1\" 200 1 \"http://r/\" \"quo\\x22te\""),
        "{access}"
    );
    assert!(lines[1].ends_with("\"GET /nope HTTP/1.1\" 404 8 \"-\" \"-\""), "{access}");
    let errors = site.log("error.log");
    let html = Path::new(site.folder.path()).join("html");
    let tail = |path: &str| {
        format!("client: 10.1.1.9, server: site.test, request: \"GET {path} HTTP/1.1\", host: \"site.test\"")
    };
    let missing = format!(
        ": *7 open() \"{}/nope\" failed (2: No such file or directory), {}",
        html.display(),
        tail("/nope")
    );
    assert!(errors.contains("[error]") && errors.contains(&missing), "{errors}");
    let forbidden =
        format!(": *7 directory index of \"{}/dir/\" is forbidden, {}", html.display(), tail("/dir/"));
    assert!(errors.contains(&forbidden), "{errors}");
}
