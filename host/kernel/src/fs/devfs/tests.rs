//! The devices.

use bytes::Bytes;

use super::*;
use crate::clock::Clock;
use crate::vfs::{Caller, FileKind, MountFlags, MountNs};

fn dev(seed: u64) -> MountNs {
    let context = FsContext::new(Clock::virtual_());
    MountNs::new(devfs(&context, Random::from_seed(seed)).unwrap(), MountFlags::default())
}

fn open(namespace: &MountNs, name: &str) -> Result<FileRef> {
    let options = OpenOptions { read: true, write: true, truncate: true, create: true, ..OpenOptions::READ };
    namespace.open(&Caller::root(), namespace.root(), name, options, 0o644)
}

#[test]
fn the_usual_devices_do_the_usual() {
    let namespace = dev(1);
    let data = Bytes::from_static(b"data");
    let null = open(&namespace, "null").unwrap();
    assert_eq!((null.try_read(10).unwrap().len(), null.try_write(&data)), (0, Ok(4)));
    let zero = open(&namespace, "zero").unwrap();
    assert_eq!((zero.try_read(3).unwrap(), zero.try_write(&data)), (Bytes::from_static(&[0; 3]), Ok(4)));
    let full = open(&namespace, "full").unwrap();
    assert_eq!((full.try_read(3).unwrap().len(), full.try_write(&data)), (3, Err(Errno::ENOSPC)));
    assert_eq!(open(&namespace, "tty").err(), Some(Errno::ENXIO));
    let stat = null.stat().unwrap();
    assert_eq!((stat.kind, stat.mode, stat.rdev), (FileKind::CharDevice, 0o666, 0x103));
    assert_eq!(null.label(), "/null");
}

#[test]
fn random_bytes_depend_on_the_seed_alone() {
    let read = |seed: u64| open(&dev(seed), "urandom").unwrap().try_read(32).unwrap();
    assert_eq!(read(1), read(1));
    assert_ne!(read(1), read(2));
}

#[test]
fn a_mount_point_can_be_made() {
    let namespace = dev(1);
    open(&namespace, "termination-log").unwrap();
    let root = namespace.root().node();
    let names: Vec<String> = root.read_dir().unwrap().iter().map(|entry| entry.name.to_string()).collect();
    let expected = [
        "fd",
        "full",
        "null",
        "random",
        "shm",
        "stderr",
        "stdin",
        "stdout",
        "termination-log",
        "tty",
        "urandom",
        "zero",
    ];
    assert_eq!(names, expected);
}
