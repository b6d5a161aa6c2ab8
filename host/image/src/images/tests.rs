#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;

use super::*;

const MODULE: &[u8] = b"\0asm\x01\0\0\0";

#[test]
fn a_program_becomes_an_image_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hello.wasm");
    fs::write(&path, MODULE).unwrap();
    let mut images = Images::default();
    images.map("example.org/hello", &path).unwrap();
    let image = images.find("example.org/hello:latest").unwrap();
    assert_eq!(image.config().entrypoint, ["/hello.wasm"]);
    let paths: Vec<_> = image.layers()[0].entries().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(paths, ["etc", "etc/group", "etc/passwd", "hello.wasm", "tmp"]);
    assert!(images.is_present("example.org/hello").unwrap());
    assert!(!images.is_present("example.org/hello:2").unwrap());
}

#[test]
fn a_mapped_name_wins_over_an_embedded_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mine.wasm");
    fs::write(&path, MODULE).unwrap();
    let mut images = Images::default();
    images.map("nginx", &path).unwrap();
    let image = images.find("docker.io/library/nginx").unwrap();
    assert_eq!(image.origin(), &Origin::Mapped(path.display().to_string()));
    assert_eq!(image.stand_in(), None);
}

#[test]
fn files_that_arent_programs_are_refused_by_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let table: [(&[u8], &str); 3] = [
        (b"\x7fELF\x02", "this is a native Linux program (ELF)"),
        (&MODULE[..6], "this is a WebAssembly file that is cut off or damaged"),
        (b"hello", "this is not a WebAssembly file"),
    ];
    for (bytes, text) in table {
        let path = dir.path().join("x.wasm");
        fs::write(&path, bytes).unwrap();
        let error = Images::default().map("x", &path).unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    }
    let error = Images::default().map("x", dir.path()).unwrap_err().to_string();
    assert!(error.ends_with("this folder has no image.yaml, so it is no image folder"), "{error}");
}

#[test]
fn an_unknown_name_is_not_found_and_the_text_says_how_to_map_it() {
    let error = Images::default().find("redis:7").unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with(
            "rpc error: code = NotFound desc = failed to pull and unpack image \"docker.io/library/redis:7\": failed to resolve reference"
        ),
        "IMG-10: {text}"
    );
    assert!(text.contains("--image redis:7=PATH.wasm"), "{text}");
    assert!(matches!(Images::default().find("Redis"), Err(Error::Reference(_))), "IMG-3");
}

#[test]
fn a_name_pinned_to_a_digest_has_no_stand_in() {
    let pinned = format!("busybox@sha256:{}", "0".repeat(64));
    assert!(matches!(Images::default().find(&pinned), Err(Error::Pinned { .. })));
}

#[test]
fn the_local_store_is_asked_before_the_embedded_set() {
    let dir = tempfile::tempdir().unwrap();
    let store = Layout::new(dir.path());
    let image = Image::new(ImageConfig::default(), Vec::new(), Origin::Local);
    store.save(&"busybox".parse().unwrap(), &image).unwrap();
    let images = Images::new(Some(store));
    assert_eq!(images.find("busybox").unwrap().origin(), &Origin::Local);
    assert!(Arc::ptr_eq(&images.find("busybox").unwrap(), &images.find("docker.io/busybox").unwrap()));
    let list = images.list().unwrap();
    assert_eq!((list[0].name.as_str(), list[0].origin), ("docker.io/library/busybox:latest", "local"));
}

#[test]
fn the_list_says_what_stands_in() {
    let list = Images::default().list().unwrap();
    for name in ["alpine", "busybox", "debian", "nginx", "pause", "ubuntu"] {
        let line = list.iter().find(|line| line.name == name).unwrap();
        assert!(
            line.stand_in != line.id.is_empty(),
            "either it can be made and stands in, or it can't: {line:?}"
        );
        assert!(!line.note.is_empty());
    }
}
