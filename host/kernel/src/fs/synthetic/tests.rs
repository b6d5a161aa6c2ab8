//! Directories, files and links made by code.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::*;
use crate::clock::Clock;
use crate::vfs::{MountFlags, MountNs, OpenOptions};

/// `/1`, `/2`, …: as many as the counter says.
struct Numbers(Arc<AtomicUsize>);

impl Listing for Numbers {
    fn entry(&self, name: &str) -> Result<Entry> {
        let number: usize = name.parse().map_err(|_| Errno::ENOENT)?;
        if number == 0 || number > self.0.load(Ordering::Relaxed) {
            return Err(Errno::ENOENT);
        }
        let mut inside = Fixed::new();
        inside.add("name", Entry::file(move |caller| Ok(format!("{number} for {}", caller.pid).into())));
        Ok(Entry::directory(inside).owner(7, 8))
    }

    fn names(&self) -> Result<Vec<(Arc<str>, FileKind)>> {
        let count = self.0.load(Ordering::Relaxed);
        Ok((1..=count).rev().map(|number| (number.to_string().into(), FileKind::Directory)).collect())
    }
}

struct Setting(Arc<Mutex<String>>);

impl Generated for Setting {
    fn content(&self, _caller: &Caller) -> Result<Bytes> {
        Ok(self.0.lock().clone().into())
    }

    fn write(&self, data: &[u8]) -> Result<usize> {
        *self.0.lock() = String::from_utf8(data.to_vec()).map_err(|_| Errno::EINVAL)?;
        Ok(data.len())
    }
}

fn namespace(entry: Entry) -> MountNs {
    MountNs::new(mount_root(&FsContext::new(Clock::virtual_()), "proc", entry), MountFlags::default())
}

#[test]
fn directories_show_what_there_is_now() {
    let count = Arc::new(AtomicUsize::new(2));
    let namespace = namespace(Entry::directory(Numbers(count.clone())));
    let (root, caller) = (namespace.root(), Caller { pid: 9, ..Caller::root() });
    let names = |path: &str| -> Vec<String> {
        let entries = namespace.read_dir(&caller, root, path).unwrap();
        entries.iter().map(|entry| entry.name.to_string()).collect()
    };
    assert_eq!(names("/"), ["1", "2"]);
    let file = namespace.open(&caller, root, "/2/name", OpenOptions::READ, 0).unwrap();
    assert_eq!(file.try_read(3).unwrap(), "2 f");
    assert_eq!(file.try_read(30).unwrap(), "or 9");
    assert_eq!(file.label(), "/2/name");
    let inside = namespace.resolve(&caller, root, "/2", true).unwrap();
    let stat = inside.node().stat().unwrap();
    assert_eq!((stat.uid, stat.gid, stat.mode), (7, 8, 0o555));
    assert_eq!(names("/")[1], "2");
    assert_eq!(namespace.read_dir(&caller, root, "/").unwrap()[1].ino, stat.ino);
    assert_eq!(namespace.stat(&caller, &inside, "../1/name", true).unwrap().kind, FileKind::Regular);
    count.store(1, Ordering::Relaxed);
    assert_eq!(namespace.stat(&caller, root, "/2", true), Err(Errno::ENOENT));
}

#[test]
fn links_depend_on_who_asks() {
    let mut root = Fixed::new();
    root.add("self", Entry::link(|caller| Ok(caller.pid.to_string())));
    root.add("5", Entry::file(|_| Ok("five".into())));
    let namespace = namespace(Entry::directory(root));
    let open = |pid: u32| {
        let caller = Caller { pid, ..Caller::root() };
        namespace.open(&caller, namespace.root(), "/self", OpenOptions::READ, 0)
    };
    assert_eq!(open(5).unwrap().try_read(10).unwrap(), "five");
    assert_eq!(open(6).err(), Some(Errno::ENOENT));
}

#[test]
fn files_can_take_writes_and_nothing_can_be_made() {
    let value = Arc::new(Mutex::new("old".to_owned()));
    let mut root = Fixed::new();
    root.add("setting", Entry::generated(Setting(value.clone())));
    root.add("fixed", Entry::file(|_| Ok("x".into())));
    let namespace = namespace(Entry::directory(root));
    let (root, caller) = (namespace.root(), Caller::root());
    let file = namespace.open(&caller, root, "setting", OpenOptions::CREATE, 0).unwrap();
    assert_eq!(file.try_write(&"new".into()), Ok(3));
    assert_eq!(*value.lock(), "new");
    let fixed = namespace.open(&caller, root, "fixed", OpenOptions::CREATE, 0).unwrap();
    assert_eq!(fixed.try_write(&"new".into()), Err(Errno::EPERM));
    assert_eq!(namespace.mkdir(&caller, root, "d", 0o755), Err(Errno::EPERM));
    assert_eq!(namespace.unlink(&caller, root, "fixed"), Err(Errno::EPERM));
    assert_eq!(namespace.chmod(&caller, root, "fixed", true, 0o777), Err(Errno::EPERM));
}
