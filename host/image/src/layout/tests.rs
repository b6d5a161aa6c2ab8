#![allow(clippy::unwrap_used, reason = "tests")]

use wasipod_kernel::fs::image::{ImageEntry, ImageKind};

use super::*;
use crate::Layer;
use crate::layer::{FILE_TIME, LayerBuilder};

fn image() -> Image {
    let layer = LayerBuilder::default()
        .directory("tmp", 0o1777)
        .file("bin/a", 0o755, "content")
        .file(&format!("deep/{}", "long-name/".repeat(20)), 0o600, "x")
        .link("bin/b", "/bin/a");
    let config = ImageConfig {
        entrypoint: vec!["/bin/a".to_owned()],
        cmd: vec!["x".to_owned()],
        env: vec!["A=b".to_owned()],
        working_dir: "/tmp".to_owned(),
        user: "1:2".to_owned(),
        stop_signal: "SIGQUIT".to_owned(),
        exposed_ports: vec!["443/tcp".to_owned(), "53/udp".to_owned(), "80/tcp".to_owned()],
    };
    Image::new(config, vec![Arc::new(layer.build())], Origin::Local)
}

fn name(text: &str) -> Reference {
    text.parse().unwrap()
}

#[test]
fn what_is_saved_is_loaded_by_a_later_run() {
    let dir = tempfile::tempdir().unwrap();
    let store = Layout::new(dir.path().join("images"));
    assert!(store.load(&name("hello")).unwrap().is_none());
    let saved = store.save(&name("hello"), &image()).unwrap();
    let loaded = Layout::new(dir.path().join("images")).load(&name("hello:latest")).unwrap().unwrap();
    assert_eq!(loaded, saved);
    assert_eq!((loaded.config(), loaded.layers()), (image().config(), image().layers()));
    let pinned = format!("hello@{}", saved.manifest_digest());
    assert_eq!(store.load(&name(&pinned)).unwrap(), Some(loaded));
    assert!(store.load(&name("other")).unwrap().is_none());
}

#[test]
fn the_same_image_has_the_same_digests_everywhere_and_a_name_moves() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = Layout::new(one.path()).save(&name("a"), &image()).unwrap();
    let again = Layout::new(other.path()).save(&name("a"), &image()).unwrap();
    assert_eq!((first.id(), first.manifest_digest()), (again.id(), again.manifest_digest()));
    let changed = Image::new(ImageConfig::default(), Vec::new(), Origin::Local);
    let store = Layout::new(one.path());
    let changed = store.save(&name("a"), &changed).unwrap();
    store.save(&name("b"), &image()).unwrap();
    let list = store.list().unwrap();
    let ids: Vec<_> = list.iter().map(|(name, image)| (name.as_str(), image.id())).collect();
    assert_eq!(
        ids,
        [("docker.io/library/a:latest", changed.id()), ("docker.io/library/b:latest", first.id())]
    );
}

#[test]
fn a_damaged_blob_is_not_used() {
    let dir = tempfile::tempdir().unwrap();
    let store = Layout::new(dir.path());
    let saved = store.save(&name("a"), &image()).unwrap();
    let blob = dir.path().join("blobs/sha256").join(saved.id().strip_prefix("sha256:").unwrap());
    fs::write(&blob, "{}").unwrap();
    let error = store.load(&name("a")).unwrap_err().to_string();
    assert!(error.ends_with("the content is not what its name says"), "{error}");
}

#[test]
fn every_kind_of_entry_survives_the_archive() {
    let entry = |kind| ImageEntry { kind, mode: 0o640, uid: 7, gid: 8, mtime: FILE_TIME };
    let entries = [
        ("d", entry(ImageKind::Directory)),
        ("d/file", entry(ImageKind::Regular("text".into()))),
        ("d/link", entry(ImageKind::Symlink("../x".to_owned()))),
        ("d/hard", entry(ImageKind::HardLink("d/file".to_owned()))),
        ("d/fifo", entry(ImageKind::Fifo)),
        ("d/null", entry(ImageKind::CharDevice(0x103))),
        ("d/disk", entry(ImageKind::BlockDevice(0x800))),
        ("d/gone", entry(ImageKind::Whiteout)),
        ("gone", entry(ImageKind::Whiteout)),
    ];
    let entries = entries.map(|(path, entry)| (path.to_owned(), entry)).to_vec();
    let layer = Layer::new(entries, vec!["d/".to_owned()]);
    assert_eq!(archive::read(archive::write(&layer).unwrap().into()).unwrap(), layer);
}

#[test]
fn a_cut_archive_is_an_error() {
    let archive = archive::write(&image().layers()[0]).unwrap();
    assert!(archive::read(archive[..600].to_vec().into()).is_err());
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let store = Layout::new(dir.path());
            scope.spawn(move || store.save(&name(&format!("image-{number}")), &image()).unwrap());
        }
    });
    assert_eq!(Layout::new(dir.path()).list().unwrap().len(), 8);
}
