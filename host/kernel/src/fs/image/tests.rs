//! Building trees.

use super::*;
use crate::clock::Clock;
use crate::fs::FsContext;
use crate::vfs::NodeRef;

fn entry(kind: ImageKind, mode: u32) -> ImageEntry {
    ImageEntry { kind, mode, uid: 1, gid: 2, mtime: Timestamp::from_nanos(9) }
}

fn regular(content: &'static [u8]) -> ImageKind {
    ImageKind::Regular(Bytes::from_static(content))
}

fn at(root: &NodeRef, path: &str) -> NodeRef {
    path.split('/').fold(root.clone(), |node, name| node.lookup(name).unwrap())
}

#[test]
fn missing_directories_are_made_and_later_entries_win() {
    let mut builder = ImageBuilder::new();
    builder.add("usr/bin/tool", entry(regular(b"first"), 0o755)).unwrap();
    builder.add("./usr/bin/tool", entry(regular(b"second"), 0o700)).unwrap();
    builder.add("usr/", entry(ImageKind::Directory, 0o711)).unwrap();
    let root = builder.build(&FsContext::new(Clock::virtual_()));
    let tool = at(&root, "usr/bin/tool");
    let stat = tool.stat().unwrap();
    assert_eq!((stat.mode, stat.uid, stat.gid, stat.nlink, stat.size), (0o700, 1, 2, 1, 6));
    assert_eq!(tool.read_at(2, 3).unwrap(), "con");
    assert_eq!(at(&root, "usr").stat().unwrap().mode, 0o711);
    assert_eq!(at(&root, "usr/bin").stat().unwrap().mode, 0o755);
    assert_eq!(root.stat().unwrap().nlink, 3);
    assert_eq!(&*at(&root, "usr/bin").parent().unwrap().name, "bin");
    assert!(tool.is_read_only());
}

#[test]
fn content_is_shared_with_whoever_reads() {
    let content = Bytes::from(vec![5; 100_000]);
    let mut builder = ImageBuilder::new();
    builder.add("f", entry(ImageKind::Regular(content.clone()), 0o644)).unwrap();
    let root = builder.build(&FsContext::new(Clock::virtual_()));
    let read = at(&root, "f").read_at(10, usize::MAX).unwrap();
    assert_eq!(read.as_ptr(), content[10..].as_ptr());
}

#[test]
fn what_cannot_be_is_refused() {
    let mut builder = ImageBuilder::new();
    builder.add("file", entry(regular(b""), 0o644)).unwrap();
    let add = |builder: &mut ImageBuilder, path: &str, kind| builder.add(path, entry(kind, 0o644));
    assert_eq!(add(&mut builder, "../x", regular(b"")), Err(ImageError::BadPath("../x".to_owned())));
    assert_eq!(
        add(&mut builder, "file/x", regular(b"")),
        Err(ImageError::NotADirectory("file/x".to_owned()))
    );
    assert_eq!(add(&mut builder, "/", regular(b"")), Err(ImageError::Root));
    let bad = ImageError::BadHardLink { path: "l".to_owned(), target: "nothing".to_owned() };
    assert_eq!(add(&mut builder, "l", ImageKind::HardLink("nothing".to_owned())), Err(bad));
    builder.add("file", entry(ImageKind::Directory, 0o755)).unwrap();
    add(&mut builder, "file/x", regular(b"")).unwrap();
}
