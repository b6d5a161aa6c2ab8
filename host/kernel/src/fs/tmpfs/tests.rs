//! Limits and memory; what files do is compared with Linux in `tests/vfs_model.rs`.

use std::time::Duration;

use super::*;
use crate::errno::Errno;
use crate::vfs::{FileKind, NewKind, NewNode, SetAttr};

const FILE: NewNode<'static> = NewNode { kind: NewKind::Regular, mode: 0o644, uid: 0, gid: 0 };
const DIRECTORY: NewNode<'static> = NewNode { kind: NewKind::Directory, mode: 0o755, uid: 0, gid: 0 };

fn tmpfs(size: Option<u64>, inodes: Option<u64>) -> Tmpfs {
    let context = FsContext::new(Clock::virtual_());
    Tmpfs::new(&context, &TmpfsOptions { size, inodes, ..TmpfsOptions::default() })
}

#[test]
fn writing_beyond_the_size_limit_is_short_and_then_enospc() {
    let tmpfs = tmpfs(Some(100 * 4096), None);
    let file = tmpfs.root().create("f", &FILE).unwrap();
    assert_eq!(file.write_at(0, &vec![1; 1 << 20]), Ok(100 * 4096));
    assert_eq!(file.write_at(100 * 4096, b"x"), Err(Errno::ENOSPC));
    assert_eq!(file.append(b"x"), Err(Errno::ENOSPC));
    assert_eq!(file.write_at(5, b"over what is there"), Ok(18));
    assert_eq!(tmpfs.used_bytes(), 100 * 4096);
    assert_eq!(tmpfs.root().statfs().unwrap().blocks_free, 0);
    file.truncate(4097).unwrap();
    assert_eq!(tmpfs.used_bytes(), 2 * 4096);
    assert_eq!(file.read_at(0, 10).unwrap(), [1, 1, 1, 1, 1, b'o', b'v', b'e', b'r', b' '][..]);
}

#[test]
fn room_comes_back_when_the_last_user_of_a_removed_file_is_gone() {
    let tmpfs = tmpfs(Some(1 << 20), None);
    let root = tmpfs.root();
    let file = root.create("f", &FILE).unwrap();
    file.write_at(0, &[7; 10_000]).unwrap();
    root.unlink("f").unwrap();
    assert_eq!(file.stat().unwrap().nlink, 0);
    assert_eq!(file.read_at(9_999, 10).unwrap(), [7][..]);
    assert_eq!((tmpfs.used_bytes(), tmpfs.used_inodes()), (3 * 4096, 2));
    drop(file);
    assert_eq!((tmpfs.used_bytes(), tmpfs.used_inodes()), (0, 1));
}

#[test]
fn inodes_are_limited_hard_links_too() {
    let tmpfs = tmpfs(None, Some(4));
    let root = tmpfs.root();
    let file = root.create("f", &FILE).unwrap();
    root.create("d", &DIRECTORY).unwrap();
    root.link("l", &file).unwrap();
    assert_eq!(root.create("g", &FILE).err(), Some(Errno::ENOSPC));
    assert_eq!(root.link("m", &file), Err(Errno::ENOSPC));
    root.unlink("l").unwrap();
    root.create("g", &FILE).unwrap();
    root.unlink("g").unwrap();
    root.link("m", &file).unwrap();
    root.unlink("f").unwrap();
    root.unlink("m").unwrap();
    drop(file);
    assert_eq!(tmpfs.used_inodes(), 2);
}

#[test]
fn holes_take_no_room_and_read_as_zeros() {
    let tmpfs = tmpfs(Some(1 << 20), None);
    let file = tmpfs.root().create("f", &FILE).unwrap();
    file.write_at(1 << 40, b"end").unwrap();
    let stat = file.stat().unwrap();
    assert_eq!((stat.size, stat.blocks), ((1 << 40) + 3, 8));
    assert_eq!(file.read_at((1 << 40) - 5, 100).unwrap(), b"\0\0\0\0\0end"[..]);
    assert!(file.read_at(0, usize::MAX).unwrap().iter().all(|byte| *byte == 0));
    assert_eq!(file.write_at(u64::MAX - 2, b"xyz"), Err(Errno::EFBIG));
}

#[test]
fn a_reader_keeps_what_it_read() {
    let tmpfs = tmpfs(None, None);
    let file = tmpfs.root().create("f", &FILE).unwrap();
    file.write_at(0, &vec![1; 200_000]).unwrap();
    let (large, small) = (file.read_at(0, 65_536).unwrap(), file.read_at(5, 3).unwrap());
    file.write_at(0, &vec![2; 200_000]).unwrap();
    file.truncate(0).unwrap();
    assert!(large.iter().all(|byte| *byte == 1) && large.len() == 65_536);
    assert_eq!(small, [1, 1, 1][..]);
}

#[test]
fn times_come_from_the_clock_and_access_times_are_relative() {
    let clock = Clock::virtual_();
    let context = FsContext::new(clock.clone());
    let root = Tmpfs::new(&context, &TmpfsOptions::default()).root();
    let file = root.create("f", &FILE).unwrap();
    let made = clock.wall();
    let runtime = clock.virtual_runtime().unwrap();
    let wait = || runtime.block_on(clock.sleep(Duration::from_secs(10)));
    wait();
    file.write_at(0, b"x").unwrap();
    let written = clock.wall();
    let stat = file.stat().unwrap();
    assert_eq!((stat.atime, stat.mtime, stat.ctime), (made, written, written));
    wait();
    file.read_at(0, 1).unwrap();
    let read = clock.wall();
    wait();
    file.read_at(0, 1).unwrap();
    assert_eq!(file.stat().unwrap().atime, read);
    file.set_attr(&SetAttr { mode: Some(0o600), ..SetAttr::default() }).unwrap();
    let stat = file.stat().unwrap();
    assert_eq!((stat.mtime, stat.ctime), (written, clock.wall()));
    assert_eq!(root.stat().unwrap().mtime, made);
}

#[test]
fn directories_nested_deeper_than_any_stack_can_be_dropped() {
    let tmpfs = tmpfs(None, None);
    let mut dir = tmpfs.root();
    for _ in 0..200_000 {
        dir = dir.create("d", &DIRECTORY).unwrap();
    }
    drop((dir, tmpfs));
}

#[test]
fn device_nodes_open_nothing_here() {
    let root = tmpfs(None, None).root();
    let new = NewNode { kind: NewKind::CharDevice(0x103), ..FILE };
    let node = root.create("null", &new).unwrap();
    assert_eq!((node.kind(), node.stat().unwrap().rdev), (FileKind::CharDevice, 0x103));
    let namespace = crate::vfs::MountNs::new(root, crate::vfs::MountFlags::default());
    let options = crate::vfs::OpenOptions::READ;
    let caller = crate::vfs::Caller::root();
    assert_eq!(namespace.open(&caller, namespace.root(), "null", options, 0).err(), Some(Errno::ENXIO));
}

#[test]
fn threads_that_rename_in_circles_do_not_deadlock() {
    let root = tmpfs(None, None).root();
    let dirs: Vec<NodeRef> = ["a", "b", "c"].map(|name| root.create(name, &DIRECTORY).unwrap()).to_vec();
    dirs[0].create("f", &DIRECTORY).unwrap();
    std::thread::scope(|scope| {
        for start in 0..3 {
            let dirs = &dirs;
            scope.spawn(move || {
                for turn in 0..3000 {
                    let (from, to) = ((start + turn) % 3, (start + turn + 1 + turn % 2) % 3);
                    let _ = dirs[from].rename("f", &dirs[to], "f", false);
                    let _ = dirs[to].lookup("f").map(|node| node.parent());
                    let _ = dirs[from].read_dir();
                }
            });
        }
    });
    assert_eq!(dirs.iter().filter(|dir| dir.lookup("f").is_ok()).count(), 1);
}
