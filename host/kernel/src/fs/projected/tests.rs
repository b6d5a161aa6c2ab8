//! The atomic writer's layout and updates.

use super::*;
use crate::vfs::{Caller, MountFlags, MountNs, OpenOptions};

struct Volume {
    projected: Projected,
    namespace: MountNs,
}

fn volume() -> Volume {
    let projected = Projected::new(&FsContext::new(Clock::virtual_()), 0, 0);
    let namespace = MountNs::new(projected.root(), MountFlags::default());
    Volume { projected, namespace }
}

fn payload(files: &[(&str, &'static str)]) -> Payload {
    let file = |content: &'static str| ProjectedFile { content: content.into(), mode: 0o640 };
    files.iter().map(|(path, content)| ((*path).to_owned(), file(content))).collect()
}

impl Volume {
    fn names(&self) -> Vec<String> {
        let entries = self.projected.root().read_dir().unwrap();
        entries.iter().map(|entry| entry.name.to_string()).collect()
    }

    fn link(&self, path: &str) -> String {
        self.namespace.readlink(&Caller::root(), self.namespace.root(), path).unwrap().to_string()
    }

    fn read(&self, path: &str) -> Result<Bytes> {
        let root = self.namespace.root();
        self.namespace.open(&Caller::root(), root, path, OpenOptions::READ, 0)?.try_read(100)
    }
}

#[test]
fn the_layout_is_the_kubelets() {
    // VOL-13
    let volume = volume();
    let files = payload(&[("key", "value"), ("sub/one", "1"), ("sub/two", "2")]);
    assert_eq!(volume.projected.update(files), Ok(true));
    let stamp = "..2025_01_01_00_00_00.000000000";
    assert_eq!(volume.names(), [stamp, "..data", "key", "sub"]);
    assert_eq!(volume.link("..data"), stamp);
    assert_eq!((volume.link("key"), volume.link("sub")), ("..data/key".into(), "..data/sub".into()));
    assert_eq!(volume.read("key").unwrap(), "value");
    assert_eq!(volume.read("sub/two").unwrap(), "2");
    let stat = volume.namespace.stat(&Caller::root(), volume.namespace.root(), "sub/one", true).unwrap();
    assert_eq!(stat.mode, 0o640);
}

#[test]
fn an_update_swaps_all_files_at_once_and_removes_the_old_ones() {
    // VOL-13
    let volume = volume();
    volume.projected.update(payload(&[("a", "1"), ("old", "1")])).unwrap();
    let (root, caller) = (volume.namespace.root().clone(), Caller::root());
    let version = volume.namespace.resolve(&caller, &root, "..data", true).unwrap();
    let open = volume.namespace.open(&caller, &root, "a", OpenOptions::READ, 0).unwrap();
    assert_eq!(volume.projected.update(payload(&[("a", "2"), ("new", "2")])), Ok(true));
    assert_eq!(volume.names(), ["..2025_01_01_00_00_00.000000001", "..data", "a", "new"]);
    assert_eq!(volume.read("a").unwrap(), "2");
    assert_eq!(open.try_read(10).unwrap(), "1");
    assert_eq!(volume.namespace.stat(&caller, &version, "a", true), Err(Errno::ENOENT));
}

#[test]
fn the_same_content_makes_no_new_directory() {
    // VOL-14
    let volume = volume();
    volume.projected.update(payload(&[("a", "1")])).unwrap();
    let before = volume.names();
    assert_eq!(volume.projected.update(payload(&[("a", "1")])), Ok(false));
    assert_eq!(volume.names(), before);
    assert_eq!(volume.projected.update(Payload::new()), Ok(true));
    assert_eq!(volume.names(), ["..2025_01_01_00_00_00.000000001", "..data"]);
}

#[test]
fn guests_cannot_change_it() {
    // VOL-16
    let volume = volume();
    volume.projected.update(payload(&[("a", "1")])).unwrap();
    let (namespace, root, caller) = (&volume.namespace, volume.namespace.root(), Caller::root());
    let write = namespace.open(&caller, root, "a", OpenOptions::CREATE, 0o644);
    assert_eq!(write.err(), Some(Errno::EROFS));
    assert_eq!(namespace.unlink(&caller, root, "a"), Err(Errno::EROFS));
    assert_eq!(namespace.mkdir(&caller, root, "d", 0o755), Err(Errno::EROFS));
    assert_eq!(namespace.chmod(&caller, root, "a", true, 0o777), Err(Errno::EROFS));
}

#[test]
fn paths_that_would_leave_the_volume_are_refused() {
    let volume = volume();
    for path in ["", "/a", "../a", "a/../b", "..a", "a//b", "a/", "."] {
        let refused = volume.projected.update(payload(&[(path, "")]));
        assert_eq!(refused, Err(ProjectedError::InvalidPath(path.to_owned())));
    }
    let refused = volume.projected.update(payload(&[("a", ""), ("a/b", "")]));
    assert_eq!(refused, Err(ProjectedError::InvalidPath("a/b".to_owned())));
    assert_eq!(volume.names(), [""; 0]);
}

#[test]
fn contents_are_never_printed() {
    let volume = volume();
    volume.projected.update(payload(&[("a", "canary")])).unwrap();
    let printed = format!("{:?} {:?}", volume.projected, payload(&[("a", "canary")]));
    assert!(!printed.contains("canary"), "{printed}");
}
