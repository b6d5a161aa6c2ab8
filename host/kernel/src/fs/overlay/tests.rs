//! Layers, whiteouts, and what is shared; behaviour like Linux's is compared in `tests/vfs_model.rs`.

use bytes::Bytes;

use super::*;
use crate::clock::Clock;
use crate::fs::image::{ImageBuilder, ImageEntry, ImageKind};
use crate::vfs::{NewKind, NewNode};

const FILE: NewNode<'static> = NewNode { kind: NewKind::Regular, mode: 0o644, uid: 0, gid: 0 };
const DIRECTORY: NewNode<'static> = NewNode { kind: NewKind::Directory, mode: 0o755, uid: 0, gid: 0 };

fn file(content: &'static str) -> ImageKind {
    ImageKind::Regular(Bytes::from_static(content.as_bytes()))
}

fn layer(context: &FsContext, entries: &[(&str, ImageKind)]) -> NodeRef {
    let mut builder = ImageBuilder::new();
    for (path, kind) in entries {
        let mtime = Timestamp::from_nanos(5);
        builder.add(path, ImageEntry { kind: kind.clone(), mode: 0o755, uid: 3, gid: 4, mtime }).unwrap();
    }
    builder.build(context)
}

fn overlay(context: &FsContext, layers: Vec<NodeRef>) -> (Overlay, NodeRef) {
    let overlay = Overlay::new(context, layers, OverlayLimits::default()).unwrap();
    let root = overlay.root();
    (overlay, root)
}

fn at(root: &NodeRef, path: &str) -> Result<NodeRef> {
    path.split('/').try_fold(root.clone(), |node, name| node.lookup(name))
}

fn names(dir: &NodeRef) -> Vec<String> {
    dir.read_dir().unwrap().iter().map(|entry| entry.name.to_string()).collect()
}

fn read(root: &NodeRef, path: &str) -> Bytes {
    at(root, path).unwrap().read_at(0, 1000).unwrap()
}

#[test]
fn upper_layers_hide_lower_ones_and_directories_merge() {
    let context = FsContext::new(Clock::virtual_());
    let lower = [
        ("etc/a", file("low")),
        ("etc/b", file("low")),
        ("gone", file("low")),
        ("again/old", file("low")),
        ("kind", file("low")),
    ];
    let lower = layer(&context, &lower);
    let upper = [
        ("etc/b", file("high")),
        ("gone", ImageKind::Whiteout),
        ("again", ImageKind::Whiteout),
        ("again/new", file("high")),
        ("kind/sub", file("high")),
    ];
    let upper = layer(&context, &upper);
    let (_, root) = overlay(&context, vec![upper, lower]);
    assert_eq!(names(&root), ["again", "etc", "kind"]);
    assert_eq!(names(&at(&root, "etc").unwrap()), ["a", "b"]);
    assert_eq!((read(&root, "etc/a"), read(&root, "etc/b")), ("low".into(), "high".into()));
    assert_eq!(at(&root, "gone").err(), Some(Errno::ENOENT));
    assert_eq!(names(&at(&root, "again").unwrap()), ["new"]);
    assert_eq!(names(&at(&root, "kind").unwrap()), ["sub"]);
}

#[test]
fn layers_stay_as_they_are_and_numbers_too() {
    let context = FsContext::new(Clock::virtual_());
    let lower = layer(&context, &[("d/f", file("original")), ("d/g", file("other"))]);
    let (one, first) = overlay(&context, vec![lower.clone()]);
    let (_, second) = overlay(&context, vec![lower.clone()]);
    let node = at(&first, "d/f").unwrap();
    let before = node.stat().unwrap();
    assert_eq!((before.uid, before.gid, before.mtime), (3, 4, Timestamp::from_nanos(5)));
    assert_eq!(one.used_bytes(), 0);
    node.write_at(0, b"changed!").unwrap();
    assert_eq!(one.used_bytes(), 4096);
    assert_eq!(read(&first, "d/f"), "changed!");
    assert_eq!(read(&second, "d/f"), "original");
    assert_eq!(read(&lower, "d/f"), "original");
    assert_eq!(at(&first, "d/f").unwrap().stat().unwrap().ino, before.ino);
    let listed = at(&first, "d").unwrap().read_dir().unwrap();
    assert_eq!(listed[0].ino, before.ino);
    assert_eq!(listed[1].ino, at(&first, "d/g").unwrap().stat().unwrap().ino);
}

#[test]
fn a_removed_directory_made_again_is_empty() {
    let context = FsContext::new(Clock::virtual_());
    let lower = layer(&context, &[("d/f", file("x"))]);
    let (_, root) = overlay(&context, vec![lower]);
    assert_eq!(root.rmdir("d"), Err(Errno::ENOTEMPTY));
    at(&root, "d").unwrap().unlink("f").unwrap();
    root.rmdir("d").unwrap();
    assert_eq!(names(&root), [""; 0]);
    root.create("d", &DIRECTORY).unwrap();
    assert_eq!(names(&at(&root, "d").unwrap()), [""; 0]);
    assert_eq!(at(&root, "d/f").err(), Some(Errno::ENOENT));
}

#[test]
fn directories_of_layers_can_be_renamed() {
    let context = FsContext::new(Clock::virtual_());
    let lower = layer(&context, &[("d/sub/f", file("x")), ("e/g", file("y"))]);
    let (_, root) = overlay(&context, vec![lower]);
    root.rename("d", &at(&root, "e").unwrap(), "moved", false).unwrap();
    assert_eq!(names(&root), ["e"]);
    assert_eq!(read(&root, "e/moved/sub/f"), "x");
    root.create("d", &FILE).unwrap();
    assert_eq!(names(&root), ["d", "e"]);
    assert_eq!(at(&root, "e/moved").unwrap().parent().unwrap().name, "moved".into());
}

#[test]
fn hard_links_of_a_layer_stay_one_file() {
    let context = FsContext::new(Clock::virtual_());
    let lower = layer(&context, &[("a", file("one")), ("b", ImageKind::HardLink("a".to_owned()))]);
    let (_, root) = overlay(&context, vec![lower]);
    at(&root, "a").unwrap().write_at(0, b"two").unwrap();
    root.unlink("a").unwrap();
    assert_eq!(read(&root, "b"), "two");
    assert_eq!(at(&root, "b").unwrap().stat().unwrap().nlink, 1);
}

#[test]
fn emptying_a_file_of_a_layer_copies_nothing() {
    let context = FsContext::new(Clock::virtual_());
    let lower = layer(&context, &[("a", file("content"))]);
    let (overlay, root) = overlay(&context, vec![lower]);
    let node = at(&root, "a").unwrap();
    node.truncate(3).unwrap();
    assert_eq!((read(&root, "a"), overlay.used_bytes()), ("con".into(), 0));
    node.truncate(0).unwrap();
    assert_eq!(node.append(b"z"), Ok((1, 1)));
    assert_eq!(read(&root, "a"), "z");
}

#[test]
fn limits_hold_for_what_a_container_adds() {
    let context = FsContext::new(Clock::virtual_());
    let lower = layer(&context, &[("a", file("content"))]);
    let limits = OverlayLimits { size: Some(4096), inodes: Some(3) };
    let root = Overlay::new(&context, vec![lower], limits).unwrap().root();
    assert_eq!(at(&root, "a").unwrap().write_at(0, &[0; 9000]), Ok(4096));
    root.create("b", &FILE).unwrap();
    assert_eq!(root.create("c", &FILE).err(), Some(Errno::ENOSPC));
}
