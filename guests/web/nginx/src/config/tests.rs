use std::fs;

use super::*;
use crate::options;

/// Loads a configuration file with this text beside others.
fn load_with(text: &str, others: &[(&str, &str)], directives: &str) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nginx.conf");
    fs::write(&file, text).unwrap();
    for (name, text) in others {
        fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        fs::write(folder.path().join(name), text).unwrap();
    }
    let arguments = ["-c", file.to_str().unwrap(), "-p", folder.path().to_str().unwrap(), "-g", directives];
    let options = options::parse(&arguments.map(str::to_owned)).unwrap();
    let place = format!("{}/", folder.path().display());
    load(&options).map_err(|ConfigError(message)| message.replace(&place, ""))
}

fn load_text(text: &str) -> Result<Config, String> {
    load_with(text, &[], "daemon off;")
}

const DEFAULT: &str = r#"
user  nginx;
worker_processes  auto;
error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;
events { worker_connections  1024; }
http {
    include       mime.types;
    default_type  application/octet-stream;
    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';
    access_log  /var/log/nginx/access.log  main;
    sendfile        on;
    #tcp_nopush     on;
    keepalive_timeout  65;
    include conf.d/*.conf;
}
"#;
const MIME: &str = "types { text/html html htm; text/css css; }";
const SERVER: &str = r"
server {
    listen 80;
    listen [::]:80;
    server_name localhost;
    location / { root /usr/share/nginx/html; index index.html index.htm; }
    error_page 500 502 503 504 /50x.html;
    location = /50x.html { root /usr/share/nginx/html; }
}
";

#[test]
fn the_configuration_of_the_official_image_is_read() {
    let others = [("mime.types", MIME), ("conf.d/default.conf", SERVER), ("conf.d/notes.txt", "not read {")];
    let config = load_with(DEFAULT, &others, "daemon off;").unwrap();
    assert!(!config.is_daemon);
    assert_eq!(config.pid_file, PathBuf::from("/run/nginx.pid"));
    let addresses: Vec<String> = config.listens.iter().map(|listen| listen.address.to_string()).collect();
    assert_eq!(addresses, ["0.0.0.0:80", "[::]:80"]);
    let server = config.server("10.0.0.7:80".parse().unwrap(), "anything").unwrap();
    let location = server.location("/a.css");
    assert_eq!(location.file("/a.css"), PathBuf::from("/usr/share/nginx/html/a.css"));
    assert_eq!(&*location.settings.index, ["index.html", "index.htm"]);
    assert_eq!(location.settings.types.of("x.css"), "text/css");
    assert_eq!(&*location.settings.default_type, "application/octet-stream");
    assert_eq!(location.settings.keep_alive, Duration::from_secs(65));
    assert_eq!(location.settings.error_pages.len(), 4);
    assert_eq!(config.sources.len(), 3);
}

/// The words are those that nginx 1.22 prints, except for `has no opening` (not compared) and the stand-in's own refusal.
#[test]
fn mistakes_are_named_in_nginx_s_words_with_their_place() {
    for (text, message) in [
        ("events {}\nx on;\n", "unknown directive \"x\" in nginx.conf:2"),
        ("events {}\nhttp { server { listen 80 }\n", "unexpected \"}\" in nginx.conf:2"),
        (
            "events {}\nhttp { server { listen 80;\n",
            "unexpected end of file, expecting \"}\" in nginx.conf:3",
        ),
        ("events {}\nhttp { server { listen 80; } } }\n", "unexpected \"}\" in nginx.conf:2"),
        ("events {}\nhttp { ; }", "unexpected \";\" in nginx.conf:2"),
        (
            "events {}\nhttp { server { root \"/x;\n } }",
            "unexpected end of file, expecting \";\" or \"}\" in nginx.conf:3",
        ),
        (
            "events {}\nhttp { server { root; } }",
            "invalid number of arguments in \"root\" directive in nginx.conf:2",
        ),
        ("http { root /x; root /y; }", "\"root\" directive is duplicate in nginx.conf:1"),
        ("listen 80;", "\"listen\" directive is not allowed here in nginx.conf:1"),
        (
            "events {}\nhttp { server { listen 70000; } }",
            "invalid port in \"70000\" of the \"listen\" directive in nginx.conf:2",
        ),
        (
            "events {}\nhttp { include /nope/x.conf; }",
            "open() \"/nope/x.conf\" failed (2: No such file or directory) in nginx.conf:2",
        ),
        (
            "events {}\nhttp { sendfile maybe; }",
            "invalid value \"maybe\" in \"sendfile\" directive, it must be \"on\" or \"off\" in nginx.conf:2",
        ),
        (
            "events {}\nhttp { keepalive_timeout 1x; }",
            "\"keepalive_timeout\" directive invalid value in nginx.conf:2",
        ),
        ("events {}\nhttp { access_log /tmp/x foo; }", "unknown log format \"foo\" in nginx.conf:2"),
        (
            "events {}\nhttp { server { location a {} location a {} } }",
            "duplicate location \"a\" in nginx.conf:2",
        ),
        ("http {}", "no \"events\" section in configuration"),
        (
            "events {}\nhttp { sendfile {} }",
            "directive \"sendfile\" is not terminated by \";\" in nginx.conf:2",
        ),
        ("events {}\nhttp;", "directive \"http\" has no opening \"{\" in nginx.conf:2"),
        (
            "events {}\nhttp { error_page 200 /x; }",
            "value \"200\" must be between 300 and 599 in nginx.conf:2",
        ),
        ("error_log /tmp/x foo;", "invalid log level \"foo\" in nginx.conf:1"),
        (
            "events {}\nhttp { server { location ~ x {} } }",
            "regular expressions in \"location\" are not supported by this stand-in in nginx.conf:2",
        ),
    ] {
        assert_eq!(load_text(text).unwrap_err(), message, "{text}");
    }
}

#[test]
fn mistakes_in_g_name_the_command_line() {
    for (directives, message) in [
        ("daemon off", "unexpected end of parameter, expecting \";\" in command line"),
        ("foo off;", "unknown directive \"foo\" in command line"),
    ] {
        assert_eq!(load_with("events {}", &[], directives).unwrap_err(), message);
    }
}

#[test]
fn a_missing_configuration_and_one_that_includes_itself_are_refused() {
    let missing = options::parse(&["-c".into(), "/nope.conf".into()]).unwrap();
    let ConfigError(message) = load(&missing).unwrap_err();
    assert_eq!(message, "open() \"/nope.conf\" failed (2: No such file or directory)");
    assert!(load_text("include nginx.conf;").unwrap_err().contains("too deeply"));
}

#[test]
fn servers_are_chosen_by_address_and_name() {
    let config = load_text(
        "events {} http {
            server { server_name first; }
            server { listen 80 default_server; server_name default; }
            server { server_name a.example.org b.example.org; }
            server { server_name *.example.org; }
            server { server_name www.*; }
            server { listen 127.0.0.1:80; server_name local; }
            server { listen 81; server_name other; }
        }",
    )
    .unwrap();
    let name =
        |address: &str, host: &str| config.server(address.parse().unwrap(), host).unwrap().names[0].clone();
    assert_eq!(name("10.0.0.1:80", "unknown"), "default");
    assert_eq!(name("10.0.0.1:80", "first"), "first");
    assert_eq!(name("10.0.0.1:80", "b.example.org"), "a.example.org");
    assert_eq!(name("10.0.0.1:80", "c.d.example.org"), "*.example.org");
    assert_eq!(name("10.0.0.1:80", "www.example.net"), "www.*");
    assert_eq!(name("127.0.0.1:80", "first"), "local");
    assert_eq!(name("10.0.0.1:81", "first"), "other");
    assert!(config.server("10.0.0.1:82".parse().unwrap(), "first").is_none());
}

#[test]
fn settings_are_inherited_and_lists_are_replaced() {
    let config = load_text(
        "events {} http { index h1 h2; root /h; server { root /s; location /a { index l; autoindex on; } \
         location /a/deep/ { alias /elsewhere/; } location = /a { access_log off; } } }",
    )
    .unwrap();
    let server = &config.servers[0];
    let a = server.location("/a/x");
    assert_eq!((&*a.settings.index, a.settings.root.as_str()), (&["l".to_owned()][..], "/s"));
    assert!(a.settings.lists_directories && !server.outside.settings.lists_directories);
    assert_eq!(server.location("/a/deep/f").file("/a/deep/f"), PathBuf::from("/elsewhere/f"));
    assert_eq!(server.location("/b").settings.index.len(), 2);
    assert!(server.location("/a").settings.access_log.is_empty());
    assert_eq!(a.settings.access_log.len(), 1);
}

#[test]
fn quotes_and_escapes_are_those_of_nginx() {
    let config = load_text(
        r#"events {} http { server { location /a { return 200 "a\"b\n\d'c${uri}x"; } location /b { return 200 'x;y{z}'; } } }"#,
    )
    .unwrap();
    let text = |path: &str| format!("{:?}", config.servers[0].location(path).answer.as_ref().unwrap().text);
    assert!(text("/a").contains(r#"Literal("a\"b\n\\d'c")"#), "{}", text("/a"));
    assert!(text("/b").contains(r#"Literal("x;y{z}")"#), "{}", text("/b"));
}
