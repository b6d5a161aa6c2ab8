//! The machine's directory: nothing leads out of it.

#![cfg(unix)]
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use bytes::Bytes;

use super::*;
use crate::clock::{Clock, Timestamp};
use crate::errno::Errno;
use crate::file::FileRef;
use crate::vfs::{Caller, FileKind, MountFlags, MountNs, OpenOptions, SetTime};

struct World {
    directory: tempfile::TempDir,
    namespace: MountNs,
    caller: Caller,
}

impl World {
    fn new(read_only: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("secret"), "outside").unwrap();
        fs::create_dir(directory.path().join("root")).unwrap();
        let context = FsContext::new(Clock::real());
        let root = hostfs(&context, &directory.path().join("root"), read_only).unwrap();
        let namespace = MountNs::new(root, MountFlags::default());
        Self { directory, namespace, caller: Caller::root() }
    }

    fn host(&self, path: &str) -> std::path::PathBuf {
        self.directory.path().join("root").join(path)
    }

    fn open(&self, path: &str, options: OpenOptions) -> Result<FileRef, Errno> {
        self.namespace.open(&self.caller, self.namespace.root(), path, options, 0o666)
    }

    fn read(&self, path: &str) -> Result<Bytes, Errno> {
        self.open(path, OpenOptions::READ)?.try_read(100)
    }
}

#[test]
fn files_are_the_machines() {
    let world = World::new(false);
    let file = world.open("new", OpenOptions::CREATE).unwrap();
    assert_eq!(file.try_write(&"hello".into()), Ok(5));
    assert_eq!(fs::read(world.host("new")).unwrap(), b"hello");
    assert_eq!(fs::metadata(world.host("new")).unwrap().permissions().mode() & 0o7777, 0o644);
    fs::write(world.host("theirs"), "theirs").unwrap();
    assert_eq!(world.read("theirs").unwrap(), "theirs");
    let append =
        world.open("theirs", OpenOptions { write: true, append: true, ..OpenOptions::READ }).unwrap();
    append.try_write(&"+ours".into()).unwrap();
    assert_eq!(append.stat().unwrap().size, 11);
    assert_eq!(fs::read(world.host("theirs")).unwrap(), b"theirs+ours");
}

#[test]
fn links_cannot_lead_out() {
    let world = World::new(false);
    let secret = world.directory.path().join("secret");
    symlink(&secret, world.host("absolute")).unwrap();
    symlink("../secret", world.host("relative")).unwrap();
    symlink("..", world.host("up")).unwrap();
    fs::write(world.host("mine"), "inside").unwrap();
    symlink("/mine", world.host("inner")).unwrap();
    assert_eq!(world.read("absolute").err(), Some(Errno::ENOENT));
    assert_eq!(world.read("relative").err(), Some(Errno::ENOENT));
    assert_eq!(world.read("up/secret").err(), Some(Errno::ENOENT));
    assert_eq!(world.read("../../secret").err(), Some(Errno::ENOENT));
    assert_eq!(world.read("inner").unwrap(), "inside");
    let link = world.namespace.readlink(&world.caller, world.namespace.root(), "relative").unwrap();
    assert_eq!(&*link, "../secret");
}

#[test]
fn a_file_exchanged_for_a_link_after_the_look_is_not_followed() {
    let world = World::new(false);
    fs::write(world.host("file"), "inside").unwrap();
    fs::create_dir(world.host("dir")).unwrap();
    let file = world.namespace.root().node().lookup("file").unwrap();
    fs::remove_file(world.host("file")).unwrap();
    symlink("../secret", world.host("file")).unwrap();
    assert!(file.read_at(0, 100).is_err());
    assert!(file.write_at(0, b"overwritten").is_err());
    assert_eq!(fs::read(world.directory.path().join("secret")).unwrap(), b"outside");
}

#[test]
fn an_open_file_outlives_its_name() {
    let world = World::new(false);
    fs::write(world.host("file"), "content").unwrap();
    let file = world.open("file", OpenOptions::READ).unwrap();
    world.namespace.unlink(&world.caller, world.namespace.root(), "file").unwrap();
    assert!(!world.host("file").exists());
    assert_eq!(file.try_read(100).unwrap(), "content");
    assert_eq!(file.stat().unwrap().nlink, 0);
}

#[test]
fn what_is_no_file_is_seen_but_not_opened() {
    let world = World::new(false);
    let _socket = std::os::unix::net::UnixListener::bind(world.host("socket")).unwrap();
    let root = world.namespace.root();
    assert_eq!(world.namespace.stat(&world.caller, root, "socket", true).unwrap().kind, FileKind::Socket);
    assert_eq!(world.open("socket", OpenOptions::READ).err(), Some(Errno::ENXIO));
}

#[test]
fn the_tree_can_be_changed() {
    let world = World::new(false);
    let (namespace, root, caller) = (&world.namespace, world.namespace.root(), &world.caller);
    namespace.mkdir_all(caller, root, "a/b/c", 0o777).unwrap();
    world.open("a/b/c/f", OpenOptions::CREATE).unwrap();
    namespace.link(caller, root, "a/b/c/f", false, root, "hard").unwrap();
    namespace.symlink(caller, "a/b", root, "soft").unwrap();
    namespace.rename(caller, root, "soft/c", root, "moved", false).unwrap();
    assert_eq!(namespace.rename(caller, root, "moved", root, "a", true), Err(Errno::EEXIST));
    assert_eq!(namespace.rename(caller, root, "a", root, "a/b/x", false), Err(Errno::EINVAL));
    assert_eq!(namespace.rmdir(caller, root, "a"), Err(Errno::ENOTEMPTY));
    namespace.chmod(caller, root, "moved/f", true, 0o640).unwrap();
    let time = Some(SetTime::At(Timestamp::from_nanos(5_000_000_000)));
    namespace.set_times(caller, root, "hard", true, time, time).unwrap();
    let stat = namespace.stat(caller, root, "moved/f", true).unwrap();
    assert_eq!((stat.mode, stat.nlink, stat.mtime.seconds()), (0o640, 2, 5));
    let other = namespace.chown(caller, root, "hard", true, Some(stat.uid + 1), None);
    assert_eq!(other, Err(Errno::EPERM));
    let names: Vec<String> =
        namespace.read_dir(caller, root, "/").unwrap().iter().map(|entry| entry.name.to_string()).collect();
    assert_eq!(names, ["a", "hard", "moved", "soft"]);
    let place = namespace.resolve(caller, root, "soft/../b", true).unwrap();
    assert_eq!(place.path(), "/a/b");
}

#[test]
fn read_only_means_read_only() {
    let world = World::new(true);
    fs::write(world.host("file"), "x").unwrap();
    assert_eq!(world.open("file", OpenOptions::CREATE).err(), Some(Errno::EROFS));
    assert_eq!(world.namespace.unlink(&world.caller, world.namespace.root(), "file"), Err(Errno::EROFS));
    assert_eq!(world.read("file").unwrap(), "x");
}

#[test]
fn directories_share_handles_and_cannot_be_nested_without_end() {
    let world = World::new(false);
    let (namespace, caller) = (&world.namespace, &world.caller);
    namespace.mkdir_all(caller, namespace.root(), "a/b", 0o755).unwrap();
    let place = |path: &str| namespace.resolve(caller, namespace.root(), path, true).unwrap();
    let (one, two) = (place("a/b"), place("a/../a/b"));
    assert!(Arc::ptr_eq(one.node(), two.node()));
    fs::rename(world.host("a/b"), world.host("c")).unwrap();
    assert_eq!(place("c").path(), "/c");
    let mut at = namespace.root().clone();
    let mut depth = 0;
    let refused = loop {
        if let Err(error) = namespace.mkdir(caller, &at, "d", 0o755) {
            break error;
        }
        at = namespace.resolve(caller, &at, "d", true).unwrap();
        depth += 1;
    };
    assert_eq!((depth, refused), (256, Errno::ENAMETOOLONG));
}
