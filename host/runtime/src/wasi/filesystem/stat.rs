//! What WASI shows of a file.

use std::hash::{DefaultHasher, Hash, Hasher};

use wasipod_kernel::clock::Timestamp;
use wasipod_kernel::vfs::{FileKind, SetTime, Stat};

use crate::bindings::wasi::clocks::wall_clock::Datetime;
use crate::bindings::wasi::filesystem::types::{
    DescriptorStat, DescriptorType, MetadataHashValue, NewTimestamp,
};

/// WASI's name of a file type.
pub(crate) fn wasi_type(kind: FileKind) -> DescriptorType {
    match kind {
        FileKind::Regular => DescriptorType::RegularFile,
        FileKind::Directory => DescriptorType::Directory,
        FileKind::Symlink => DescriptorType::SymbolicLink,
        FileKind::CharDevice => DescriptorType::CharacterDevice,
        FileKind::BlockDevice => DescriptorType::BlockDevice,
        FileKind::Fifo => DescriptorType::Fifo,
        FileKind::Socket => DescriptorType::Socket,
    }
}

pub(super) fn wasi_stat(stat: &Stat) -> DescriptorStat {
    DescriptorStat {
        type_: wasi_type(stat.kind),
        link_count: stat.nlink,
        size: stat.size,
        data_access_timestamp: Some(datetime(stat.atime)),
        data_modification_timestamp: Some(datetime(stat.mtime)),
        status_change_timestamp: Some(datetime(stat.ctime)),
    }
}

fn datetime(time: Timestamp) -> Datetime {
    Datetime { seconds: time.seconds(), nanoseconds: time.subsec_nanos() }
}

/// Identifies the file and its state: equal for two names of one unchanged file.
pub(super) fn metadata_hash(stat: &Stat) -> MetadataHashValue {
    let hash = |salt: u8| {
        // SipHash with fixed keys: the same in every run.
        let mut hasher = DefaultHasher::new();
        (salt, stat.dev, stat.ino, stat.size, stat.mtime, stat.ctime).hash(&mut hasher);
        hasher.finish()
    };
    MetadataHashValue { lower: hash(0), upper: hash(1) }
}

/// The time to set; `None` leaves it.
pub(super) fn new_time(time: NewTimestamp) -> Option<SetTime> {
    match time {
        NewTimestamp::NoChange => None,
        NewTimestamp::Now => Some(SetTime::Now),
        NewTimestamp::Timestamp(time) => {
            let nanos =
                time.seconds.saturating_mul(1_000_000_000).saturating_add(u64::from(time.nanoseconds));
            Some(SetTime::At(Timestamp::from_nanos(nanos)))
        }
    }
}
