#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

#[test]
fn names_are_completed_as_the_hub_does() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let pinned = format!("busybox@{digest}");
    let both = format!("quay.io/a/b:1@{digest}");
    let table = [
        // IMG-1, IMG-2.
        ("nginx", "docker.io/library/nginx:latest".to_owned()),
        ("nginx:1.25", "docker.io/library/nginx:1.25".to_owned()),
        ("geektime/tomcat:7.0", "docker.io/geektime/tomcat:7.0".to_owned()),
        ("k8s.gcr.io/busybox", "k8s.gcr.io/busybox:latest".to_owned()),
        ("index.docker.io/nginx", "docker.io/library/nginx:latest".to_owned()),
        ("docker.io/nginx", "docker.io/library/nginx:latest".to_owned()),
        ("docker.io/a/b", "docker.io/a/b:latest".to_owned()),
        ("localhost/a", "localhost/a:latest".to_owned()),
        ("localhost:5000/a/b:x", "localhost:5000/a/b:x".to_owned()),
        ("a.b/c__d/e-f---g", "a.b/c__d/e-f---g:latest".to_owned()),
        (&pinned, format!("docker.io/library/busybox@{digest}")),
        (&both, both.clone()),
    ];
    for (text, full) in table {
        assert_eq!(text.parse::<Reference>().unwrap().to_string(), full, "{text}");
    }
}

#[test]
fn what_is_no_name_is_refused_in_the_runtimes_words() {
    let hex = "0123456789abcdef".repeat(4);
    let table = [
        ("Nginx", "invalid reference format: repository name (library/Nginx) must be lowercase".to_owned()),
        ("a/Nginx:x", "invalid reference format: repository name (a/Nginx) must be lowercase".to_owned()),
        ("nginx:", "invalid reference format".to_owned()),
        (":1", "invalid reference format".to_owned()),
        ("", "invalid reference format".to_owned()),
        ("a//b", "invalid reference format".to_owned()),
        ("-a", "invalid reference format".to_owned()),
        ("a___b", "invalid reference format".to_owned()),
        ("a b", "invalid reference format".to_owned()),
        ("nginx:täg", "invalid reference format".to_owned()),
        ("nginx:-x", "invalid reference format".to_owned()),
        ("https://a.b/c", "invalid reference format".to_owned()),
        ("nginx@sha256:abc", "invalid reference format".to_owned()),
        (&hex, format!("invalid repository name ({hex}), cannot specify 64-byte hexadecimal strings")),
    ];
    for (text, why) in table {
        let error = text.parse::<Reference>().unwrap_err();
        assert_eq!(error.to_string(), format!("couldn't parse image name {text:?}: {why}"), "IMG-3");
    }
    let long_tag = format!("nginx:{}", "x".repeat(129));
    assert!(long_tag.parse::<Reference>().is_err());
    let long = "a/".repeat(140) + "b";
    assert!(
        long.parse::<Reference>().unwrap_err().to_string().contains("must not be more than 255 characters")
    );
}
