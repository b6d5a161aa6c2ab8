#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;

use wasipod_kernel::fs::image::ImageKind;

use super::*;

const MODULE: &[u8] = b"\0asm\x01\0\0\0";

fn folder(manifest: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(MANIFEST), manifest).unwrap();
    dir
}

fn build(dir: &tempfile::TempDir) -> Result<Image, Error> {
    ImageFolder::open(dir.path())?.build(Origin::Local)
}

fn paths(image: &Image) -> Vec<(String, u32)> {
    image
        .layers()
        .iter()
        .flat_map(|layer| layer.entries())
        .map(|(path, entry)| (path.to_owned(), entry.mode))
        .collect()
}

#[test]
fn a_folder_becomes_a_layer_whose_modes_follow_from_content() {
    let dir = folder(
        "names: [example.org/hello:1]\nlinks: {/bin/hi: /bin/hello.wasm}\ndirectories: [/data]\n\
         modes: {/data: \"1777\"}\nconfig: {entrypoint: [/bin/hi], workingDir: /data, exposedPorts: [8080/tcp]}\n",
    );
    fs::create_dir_all(dir.path().join("rootfs/bin")).unwrap();
    fs::write(dir.path().join("rootfs/bin/hello.wasm"), MODULE).unwrap();
    fs::write(dir.path().join("rootfs/bin/run"), "#!/bin/sh\n").unwrap();
    fs::write(dir.path().join("rootfs/page.html"), "hi").unwrap();
    let opened = ImageFolder::open(dir.path()).unwrap();
    assert_eq!(opened.names[0].to_string(), "example.org/hello:1");
    let image = opened.build(Origin::Local).unwrap();
    let expected = [
        ("bin", 0o755),
        ("bin/hello.wasm", 0o755),
        ("bin/hi", 0o777),
        ("bin/run", 0o755),
        ("data", 0o1777),
        ("page.html", 0o644),
    ];
    assert_eq!(paths(&image), expected.map(|(path, mode)| (path.to_owned(), mode)));
    assert_eq!(image.config().working_dir, "/data");
    assert_eq!(image.id(), build(&dir).unwrap().id(), "the same folder is the same image");
    fs::write(dir.path().join("rootfs/page.html"), "ho").unwrap();
    assert_ne!(image.id(), build(&dir).unwrap().id());
}

#[cfg(unix)]
#[test]
fn links_on_disk_stay_links() {
    let dir = folder("{}");
    fs::create_dir(dir.path().join("rootfs")).unwrap();
    std::os::unix::fs::symlink("../etc/passwd", dir.path().join("rootfs/l")).unwrap();
    let image = build(&dir).unwrap();
    let (_, entry) = image.layers()[0].entries().next().unwrap();
    assert_eq!(entry.kind, ImageKind::Symlink("../etc/passwd".to_owned()));
}

#[test]
fn what_is_wrong_with_a_folder_is_said() {
    let table = [
        ("nmaes: [a]", "unknown field `nmaes`"),
        ("base: nothing", "base: there is no embedded image \"nothing\""),
        ("modes: {/x: \"755\"}", "modes: there is no \"/x\" in this image"),
        ("{directories: [/x], modes: {/x: \"9\"}}", "modes: \"9\" is no octal mode"),
        ("names: [Upper]", "must be lowercase"),
        ("guests: {/bin/x: no-such-guest}", "without the guest program \"no-such-guest\""),
        ("links: {/../x: y}", "has a component that no file can be called"),
    ];
    for (manifest, text) in table {
        let error = build(&folder(manifest)).unwrap_err().to_string();
        assert!(error.contains(text), "{manifest}: {error}");
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(ImageFolder::open(empty.path()), Err(Error::Io { .. })));
}
