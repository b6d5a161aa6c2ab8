//! Mounts, magic links and permissions; plain POSIX behaviour is compared with Linux's in `tests/vfs_model.rs`.

use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::clock::Clock;
use crate::errno::Errno;
use crate::fs::FsContext;
use crate::fs::synthetic::{Entry, Fixed, mount_root};
use crate::fs::tmpfs::{Tmpfs, TmpfsOptions};

struct World {
    context: FsContext,
    namespace: MountNs,
    caller: Caller,
}

impl World {
    fn new() -> Self {
        let context = FsContext::new(Clock::virtual_());
        let root = Tmpfs::new(&context, &TmpfsOptions::default()).root();
        Self { context, namespace: MountNs::new(root, MountFlags::default()), caller: Caller::root() }
    }

    fn tmpfs(&self) -> NodeRef {
        Tmpfs::new(&self.context, &TmpfsOptions::default()).root()
    }

    fn root(&self) -> &Place {
        self.namespace.root()
    }

    fn mkdir(&self, path: &str) {
        self.namespace.mkdir_all(&self.caller, self.root(), path, 0o755).unwrap();
    }

    fn write(&self, path: &str, content: &str) {
        let file = self.namespace.open(&self.caller, self.root(), path, OpenOptions::CREATE, 0o644).unwrap();
        assert_eq!(file.try_write(&Bytes::copy_from_slice(content.as_bytes())), Ok(content.len()));
    }

    fn read(&self, path: &str) -> Result<String, Errno> {
        let file = self.namespace.open(&self.caller, self.root(), path, OpenOptions::READ, 0)?;
        Ok(String::from_utf8(file.try_read(4096)?.to_vec()).unwrap())
    }

    fn at(&self, path: &str) -> Place {
        self.namespace.resolve(&self.caller, self.root(), path, true).unwrap()
    }
}

#[test]
fn dot_dot_of_a_mounts_root_is_beside_its_mount_point() {
    let world = World::new();
    world.mkdir("/mnt/volume");
    world.write("/mnt/beside", "here");
    world.namespace.mount("/mnt/volume", world.tmpfs(), MountFlags::default()).unwrap();
    world.mkdir("/mnt/volume/sub");
    assert_eq!(world.read("/mnt/volume/../beside").unwrap(), "here");
    assert_eq!(world.read("/mnt/volume/sub/../../beside").unwrap(), "here");
    assert_eq!(world.at("/mnt/volume/sub").path(), "/mnt/volume/sub");
    assert_eq!(world.at("/../../mnt/volume").path(), "/mnt/volume");
}

#[test]
fn a_file_can_be_mounted_over_a_file() {
    let world = World::new();
    world.mkdir("/etc");
    world.write("/etc/hosts", "image's");
    let volume = world.tmpfs();
    let new = NewNode { kind: NewKind::Regular, mode: 0o644, uid: 0, gid: 0 };
    let hosts = volume.create("hosts", &new).unwrap();
    hosts.write_at(0, b"kubelet's").unwrap();
    world.namespace.mount("/etc/hosts", hosts.clone(), MountFlags::default()).unwrap();
    assert_eq!(world.read("/etc/hosts").unwrap(), "kubelet's");
    assert_eq!(world.at("/etc/hosts").path(), "/etc/hosts");
    let namespace = &world.namespace;
    assert_eq!(namespace.unlink(&world.caller, world.root(), "/etc/hosts"), Err(Errno::EBUSY));
    let (root, caller) = (world.root(), &world.caller);
    assert_eq!(namespace.rename(caller, root, "/etc/hosts", root, "/etc/x", false), Err(Errno::EBUSY));
    assert_eq!(namespace.link(caller, root, "/etc/hosts", false, root, "/etc/x"), Err(Errno::EXDEV));
    assert_eq!(namespace.mount("/etc/hosts", volume, MountFlags::default()), Err(Errno::ENOTDIR));
    world.write("/etc/hosts", "changed");
    assert_eq!(hosts.read_at(0, 100).unwrap(), "changed");
    namespace.unmount("/etc/hosts").unwrap();
    assert_eq!(world.read("/etc/hosts").unwrap(), "image's");
}

#[test]
fn one_file_system_can_be_read_only_here_and_writable_there() {
    let world = World::new();
    world.mkdir("/rw");
    world.mkdir("/ro");
    let volume = world.tmpfs();
    world.namespace.mount("/rw", volume.clone(), MountFlags::default()).unwrap();
    world.namespace.mount("/ro", volume, MountFlags { read_only: true }).unwrap();
    world.write("/rw/file", "x");
    assert_eq!(world.read("/ro/file").unwrap(), "x");
    let (namespace, caller, root) = (&world.namespace, &world.caller, world.root());
    let open = |path: &str| namespace.open(caller, root, path, OpenOptions::CREATE, 0o644).err();
    assert_eq!(open("/ro/file"), Some(Errno::EROFS));
    assert_eq!(open("/ro/new"), Some(Errno::EROFS));
    assert_eq!(namespace.mkdir(caller, root, "/ro/file", 0o755), Err(Errno::EEXIST));
    assert_eq!(namespace.mkdir(caller, root, "/ro/new", 0o755), Err(Errno::EROFS));
    assert_eq!(namespace.unlink(caller, root, "/ro/missing"), Err(Errno::EROFS));
    assert_eq!(namespace.chmod(caller, root, "/ro/file", true, 0o600), Err(Errno::EROFS));
    assert_eq!(namespace.access(caller, root, "/ro/file", Access::WRITE), Err(Errno::EROFS));
    assert_eq!(namespace.rename(caller, root, "/ro/file", root, "/rw/file", false), Err(Errno::EXDEV));
}

#[test]
fn a_bind_mount_does_not_let_out_what_was_moved_away_from_it() {
    let world = World::new();
    world.mkdir("/data/inner/deep");
    world.mkdir("/jail");
    world.write("/data/secret", "s");
    let inner = world.at("/data/inner").node().clone();
    let jail = MountNs::new(world.tmpfs(), MountFlags::default());
    let caller = Caller::root();
    jail.mkdir(&caller, jail.root(), "/jail", 0o755).unwrap();
    jail.mount("/jail", inner, MountFlags::default()).unwrap();
    let deep = jail.resolve(&caller, jail.root(), "/jail/deep", true).unwrap();
    let root = world.root();
    world.namespace.rename(&caller, root, "/data/inner/deep", root, "/data/deep", false).unwrap();
    assert_eq!(jail.resolve(&caller, &deep, "../secret", true).err(), Some(Errno::ENOENT));
    assert_eq!(jail.stat(&caller, &deep, ".", true).unwrap().kind, FileKind::Directory);
}

#[test]
fn absolute_links_stay_in_the_namespace() {
    let world = World::new();
    world.mkdir("/a/b");
    world.write("/a/b/file", "inside");
    world.namespace.symlink(&world.caller, "/a/b", world.root(), "/link").unwrap();
    assert_eq!(world.read("/link/file").unwrap(), "inside");
    assert_eq!(world.read("/../link/../b/file").unwrap(), "inside");
}

#[test]
fn forty_links_can_be_followed_and_no_more() {
    let world = World::new();
    world.write("/0", "end");
    for number in 1..=41 {
        let target = format!("{}", number - 1);
        world.namespace.symlink(&world.caller, &target, world.root(), &format!("/{number}")).unwrap();
    }
    assert_eq!(world.read("/40").unwrap(), "end");
    assert_eq!(world.read("/41"), Err(Errno::ELOOP));
}

#[test]
fn a_mount_point_can_be_moved_with_the_directory_it_is_in_but_not_itself() {
    let world = World::new();
    world.mkdir("/a/point");
    world.namespace.mount("/a/point", world.tmpfs(), MountFlags::default()).unwrap();
    world.write("/a/point/file", "x");
    let (namespace, caller, root) = (&world.namespace, &world.caller, world.root());
    assert_eq!(namespace.rmdir(caller, root, "/a/point"), Err(Errno::EBUSY));
    assert_eq!(namespace.rename(caller, root, "/a/point", root, "/b", false), Err(Errno::EBUSY));
    namespace.rename(caller, root, "/a", root, "/b", false).unwrap();
    assert_eq!(world.read("/b/point/file").unwrap(), "x");
    assert_eq!(namespace.mounts()[1].target, "/b/point");
}

#[test]
fn magic_links_lead_where_their_text_does_not() {
    let world = World::new();
    world.mkdir("/dir");
    world.mkdir("/proc");
    world.write("/dir/file", "content");
    let file = world.namespace.open(&world.caller, world.root(), "/dir/file", OpenOptions::READ, 0).unwrap();
    world.namespace.unlink(&world.caller, world.root(), "/dir/file").unwrap();
    let (pipe, _writer) = crate::pipe::pipe();
    let place = world.at("/dir");
    let mut proc = Fixed::new();
    proc.add("cwd", Entry::magic(|_| Ok("nowhere".to_owned()), move |_| Ok(Jump::Place(place.clone()))));
    let label = file.label();
    proc.add("3", Entry::magic(move |_| Ok(label.clone()), move |_| Ok(Jump::File(file.clone()))));
    let expected = pipe.clone();
    proc.add("4", Entry::magic(|_| Ok("pipe:[1]".to_owned()), move |_| Ok(Jump::File(pipe.clone()))));
    let root = mount_root(&world.context, "proc", Entry::directory(proc));
    world.namespace.mount("/proc", root, MountFlags::default()).unwrap();
    world.write("/proc/cwd/new", "x");
    assert_eq!(world.read("/dir/new").unwrap(), "x");
    assert_eq!(world.at("/proc/cwd/new").path(), "/dir/new");
    assert_eq!(world.read("/proc/3").unwrap(), "content");
    let (namespace, caller, root) = (&world.namespace, &world.caller, world.root());
    assert_eq!(&*namespace.readlink(caller, root, "/proc/3").unwrap(), "/dir/file (deleted)");
    let opened = namespace.open(caller, root, "/proc/4", OpenOptions::READ, 0).unwrap();
    assert!(Arc::ptr_eq(&opened, &expected));
    assert_eq!(namespace.stat(caller, root, "/proc/4", true).unwrap().kind, FileKind::Fifo);
    assert_eq!(namespace.stat(caller, root, "/proc/4", false).unwrap().kind, FileKind::Symlink);
    assert_eq!(namespace.stat(caller, root, "/proc/4/x", true), Err(Errno::ENOTDIR));
}

#[test]
fn owners_may_choose_among_their_groups_and_only_root_gives_away() {
    let world = World::new();
    let user = Caller { uid: 5, gid: 5, groups: Arc::from([7]), ..Caller::root() };
    world.namespace.mknod(&user, world.root(), "/mine", NewKind::Regular, 0o6755).unwrap();
    let place = world.at("/mine");
    assert_eq!(place.chown(&user, None, Some(8)), Err(Errno::EPERM));
    assert_eq!(place.chown(&user, Some(6), None), Err(Errno::EPERM));
    place.chown(&user, Some(5), Some(7)).unwrap();
    let stat = place.node().stat().unwrap();
    assert_eq!((stat.uid, stat.gid, stat.mode), (5, 7, 0o755));
    place.chown(&Caller::root(), Some(0), Some(0)).unwrap();
    assert_eq!(place.chmod(&user, 0o777), Err(Errno::EPERM));
    assert_eq!(place.set_times(&user, None, Some(SetTime::Now)), Err(Errno::EPERM));
    assert_eq!(place.set_times(&user, Some(SetTime::Now), Some(SetTime::Now)), Err(Errno::EACCES));
}

#[test]
fn groups_and_the_sticky_bit_count() {
    let world = World::new();
    let user =
        |uid: u32, groups: &[u32]| Caller { uid, gid: uid, groups: Arc::from(groups), ..Caller::root() };
    let (namespace, root) = (&world.namespace, world.root());
    namespace.mknod(&user(1, &[]), root, "/one", NewKind::Regular, 0o640).unwrap();
    world.at("/one").chown(&Caller::root(), None, Some(50)).unwrap();
    assert_eq!(namespace.access(&user(2, &[50]), root, "/one", Access::READ), Ok(()));
    assert_eq!(namespace.access(&user(2, &[51]), root, "/one", Access::READ), Err(Errno::EACCES));
    assert_eq!(namespace.unlink(&user(2, &[50]), root, "/one"), Err(Errno::EPERM));
    assert_eq!(namespace.unlink(&user(1, &[]), root, "/one"), Ok(()));
}

#[test]
fn only_regular_files_are_truncated_by_path() {
    let world = World::new();
    world.write("/file", "content");
    world.mkdir("/dir");
    let (namespace, root, caller) = (&world.namespace, world.root(), &world.caller);
    namespace.mknod(caller, root, "/pipe", NewKind::Fifo, 0o644).unwrap();
    namespace.symlink(caller, "file", root, "/link").unwrap();
    let truncate = |path: &str, size: u64| namespace.truncate(caller, root, path, size);
    assert_eq!(truncate("/link", 3), Ok(()));
    assert_eq!(world.read("/file").unwrap(), "con");
    assert_eq!(truncate("/dir", 0), Err(Errno::EISDIR));
    assert_eq!(truncate("/pipe", 0), Err(Errno::EINVAL));
    assert_eq!(truncate("/file", u64::MAX), Err(Errno::EINVAL));
    let user = Caller { uid: 9, gid: 9, ..Caller::root() };
    assert_eq!(namespace.truncate(&user, root, "/file", 0), Err(Errno::EACCES));
    let opened = namespace.open(caller, root, "/pipe", OpenOptions::READ, 0);
    assert_eq!(opened.err(), Some(Errno::EOPNOTSUPP));
}

#[test]
fn a_later_mount_hides_an_earlier_one_until_it_is_undone() {
    let world = World::new();
    world.mkdir("/m");
    for content in ["one", "two"] {
        world.namespace.mount("/m", world.tmpfs(), MountFlags::default()).unwrap();
        world.write("/m/file", content);
    }
    assert_eq!(world.read("/m/file").unwrap(), "two");
    assert_eq!(world.namespace.mounts().len(), 3);
    world.namespace.unmount("/m").unwrap();
    assert_eq!(world.read("/m/file").unwrap(), "one");
    world.namespace.unmount("/m").unwrap();
    assert_eq!(world.read("/m/file"), Err(Errno::ENOENT));
    assert_eq!(world.namespace.unmount("/m"), Err(Errno::EINVAL));
    assert_eq!(world.namespace.unmount("/"), Err(Errno::EINVAL));
    assert_eq!(world.namespace.mount("/", world.tmpfs(), MountFlags::default()), Err(Errno::EBUSY));
}

#[test]
fn appended_pieces_stay_whole_whoever_writes() {
    let world = World::new();
    let options = OpenOptions { write: true, append: true, create: true, ..OpenOptions::READ };
    std::thread::scope(|scope| {
        for letter in [b'a', b'b', b'c'] {
            let world = &world;
            scope.spawn(move || {
                let open = || world.namespace.open(&world.caller, world.root(), "/log", options, 0o644);
                let line = Bytes::from(vec![letter; 99].into_iter().chain([b'\n']).collect::<Vec<u8>>());
                for _ in 0..500 {
                    assert_eq!(open().unwrap().try_write(&line), Ok(100));
                }
            });
        }
    });
    let content = world.at("/log").node().read_at(0, 1 << 20).unwrap();
    assert_eq!(content.len(), 150_000);
    assert!(
        content.chunks(100).all(|line| line[..99].iter().all(|byte| *byte == line[0]) && line[99] == b'\n')
    );
}
