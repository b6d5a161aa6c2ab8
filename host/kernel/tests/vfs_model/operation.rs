//! The calls, and how they are drawn.

use std::ops::Range;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// How many open files there may be.
pub(crate) const SLOTS: usize = 4;

/// A path, from the working directory or from the directory open in a slot.
#[derive(Clone, Debug)]
pub(crate) struct At {
    pub(crate) slot: Option<usize>,
    pub(crate) path: String,
}

/// Flags of `open`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flags {
    pub(crate) read: bool,
    pub(crate) write: bool,
    pub(crate) append: bool,
    pub(crate) create: bool,
    pub(crate) exclusive: bool,
    pub(crate) truncate: bool,
    pub(crate) directory: bool,
    pub(crate) no_follow: bool,
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Open { slot: usize, at: At, flags: Flags, mode: u32 },
    Close { slot: usize },
    Read { slot: usize, len: usize },
    Write { slot: usize, len: usize, byte: u8 },
    ReadAt { slot: usize, offset: u64, len: usize },
    WriteAt { slot: usize, offset: u64, len: usize, byte: u8 },
    Seek { slot: usize, whence: u8, by: i64 },
    SetSize { slot: usize, size: u64 },
    FileStat { slot: usize },
    Where { slot: usize },
    Mkdir { at: At, mode: u32 },
    Rmdir { at: At },
    Unlink { at: At },
    Link { old: At, new: At, follow: bool },
    Symlink { target: String, at: At },
    Readlink { at: At },
    Rename { old: At, new: At, no_replace: bool },
    Stat { at: At, follow: bool },
    Chmod { at: At, mode: u32 },
    Chown { at: At, follow: bool, uid: Option<u32>, gid: Option<u32> },
    SetTimes { at: At, follow: bool, atime: Option<u32>, mtime: Option<u32> },
    Access { at: At, bits: u8 },
    ReadDir { at: At },
}

/// What a call gave: a description of the result, or the error's number.
pub(crate) type Outcome = Result<String, u16>;

/// Where calls are made.
pub(crate) trait System {
    fn run(&mut self, operation: &Operation) -> Outcome;

    /// Everything below the working directory: path, attributes, content.
    fn tree(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut left = vec![".".to_owned()];
        while let Some(path) = left.pop() {
            let at = At { slot: None, path: path.clone() };
            let stat = self.run(&Operation::Stat { at: at.clone(), follow: false });
            let link = self.run(&Operation::Readlink { at: at.clone() });
            let flags = Flags { no_follow: true, ..READ };
            let opened = self.run(&Operation::Open { slot: 0, at: at.clone(), flags, mode: 0 });
            let content = opened.and_then(|_| self.run(&Operation::Read { slot: 0, len: 1 << 20 }));
            let names = self.run(&Operation::ReadDir { at });
            lines.push(format!("{path}: {stat:?} link {link:?} content {content:?} entries {names:?}"));
            if link.is_err()
                && let Ok(names) = names
            {
                left.extend(
                    names
                        .split_terminator('\n')
                        .map(|line| format!("{path}/{}", line.split_once(' ').map_or("", |(_, name)| name))),
                );
            }
        }
        lines
    }
}

const READ: Flags = Flags {
    read: true,
    write: false,
    append: false,
    create: false,
    exclusive: false,
    truncate: false,
    directory: false,
    no_follow: false,
};

/// The bytes of a write: different at each place.
pub(crate) fn data(len: usize, byte: u8) -> Vec<u8> {
    (0..len).map(|at| byte.wrapping_add((at % 251) as u8)).collect()
}

/// What is told of bytes that were read.
pub(crate) fn digest(data: &[u8]) -> String {
    let sum = data.iter().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    format!("{} bytes, sum {sum:x}", data.len())
}

/// What is told of a time: those that a test set, in seconds; else that it is later.
pub(crate) fn time(seconds: u64) -> String {
    if seconds < 1_000_000 { seconds.to_string() } else { "later".to_owned() }
}

fn component() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => select(vec!["a", "b", "c", "d"]).prop_map(str::to_owned),
        2 => Just("..".to_owned()),
        1 => Just(".".to_owned()),
        1 => select(vec![255_usize, 256]).prop_map(|len| "n".repeat(len)),
    ]
}

fn path() -> impl Strategy<Value = String> {
    let slashes = prop_oneof![6 => Just(""), 1 => Just("/"), 1 => Just("//")];
    let path = (vec(component(), 1..4), slashes).prop_map(|(names, end)| names.join("/") + end);
    prop_oneof![60 => path, 1 => Just(String::new())]
}

fn at() -> impl Strategy<Value = At> {
    (option::weighted(0.2, 0..SLOTS), path()).prop_map(|(slot, path)| At { slot, path })
}

fn flags() -> impl Strategy<Value = Flags> {
    let access = select(vec![(true, false), (false, true), (true, true)]);
    let create = prop_oneof![3 => Just((false, false)), 4 => Just((true, false)), 2 => Just((true, true))];
    let rest = (weighted(1, 5), weighted(1, 5), weighted(1, 9), weighted(1, 6));
    (access, create, rest).prop_map(
        |((read, write), (create, exclusive), (append, truncate, directory, no_follow))| Flags {
            read,
            write,
            append,
            create,
            exclusive,
            truncate,
            directory,
            no_follow,
        },
    )
}

fn weighted(yes: u32, no: u32) -> impl Strategy<Value = bool> {
    prop_oneof![yes => Just(true), no => Just(false)]
}

fn mode() -> impl Strategy<Value = u32> {
    prop_oneof![
        4 => select(vec![0o777_u32, 0o755, 0o700, 0o666, 0o644, 0o600]),
        1 => select(vec![0o000_u32, 0o400, 0o500, 0o111, 0o1777, 0o2775, 0o4755, 0o6777, 0o7000]),
    ]
}

fn size() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0_u64..100, 2 => 0_u64..10_000, 2 => 60_000_u64..70_000, 1 => 0_u64..300_000]
}

fn len() -> impl Strategy<Value = usize> {
    prop_oneof![5 => 0_usize..100, 2 => 0_usize..9000, 1 => 0_usize..150_000]
}

fn times() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![1 => Just(None), 2 => (1_u32..1000).prop_map(Some)]
}

fn id() -> impl Strategy<Value = Option<u32>> {
    select(vec![None, Some(0), Some(1000)])
}

/// Sequences of calls.
pub(crate) fn operations(len: Range<usize>) -> impl Strategy<Value = Vec<Operation>> {
    vec(operation(), len)
}

fn operation() -> impl Strategy<Value = Operation> {
    let slot = 0..SLOTS;
    let files = prop_oneof![
        8 => (slot.clone(), at(), flags(), mode())
            .prop_map(|(slot, at, flags, mode)| Operation::Open { slot, at, flags, mode }),
        1 => slot.clone().prop_map(|slot| Operation::Close { slot }),
        2 => (slot.clone(), len()).prop_map(|(slot, len)| Operation::Read { slot, len }),
        4 => (slot.clone(), len(), any::<u8>())
            .prop_map(|(slot, len, byte)| Operation::Write { slot, len, byte }),
        2 => (slot.clone(), size(), len())
            .prop_map(|(slot, offset, len)| Operation::ReadAt { slot, offset, len }),
        2 => (slot.clone(), size(), len(), any::<u8>())
            .prop_map(|(slot, offset, len, byte)| Operation::WriteAt { slot, offset, len, byte }),
        2 => (slot.clone(), 0_u8..3, -50_000_i64..100_000)
            .prop_map(|(slot, whence, by)| Operation::Seek { slot, whence, by }),
        1 => (slot.clone(), size()).prop_map(|(slot, size)| Operation::SetSize { slot, size }),
        1 => slot.clone().prop_map(|slot| Operation::FileStat { slot }),
        1 => slot.prop_map(|slot| Operation::Where { slot }),
    ];
    let names = prop_oneof![
        6 => (at(), mode()).prop_map(|(at, mode)| Operation::Mkdir { at, mode }),
        2 => at().prop_map(|at| Operation::Rmdir { at }),
        2 => at().prop_map(|at| Operation::Unlink { at }),
        3 => (at(), at(), any::<bool>()).prop_map(|(old, new, follow)| Operation::Link { old, new, follow }),
        4 => (path(), at()).prop_map(|(target, at)| Operation::Symlink { target, at }),
        6 => (at(), at(), weighted(1, 4))
            .prop_map(|(old, new, no_replace)| Operation::Rename { old, new, no_replace }),
    ];
    let attributes = prop_oneof![
        1 => at().prop_map(|at| Operation::Readlink { at }),
        3 => (at(), any::<bool>()).prop_map(|(at, follow)| Operation::Stat { at, follow }),
        2 => (at(), mode()).prop_map(|(at, mode)| Operation::Chmod { at, mode }),
        1 => (at(), any::<bool>(), id(), id())
            .prop_map(|(at, follow, uid, gid)| Operation::Chown { at, follow, uid, gid }),
        1 => (at(), any::<bool>(), times(), times())
            .prop_map(|(at, follow, atime, mtime)| Operation::SetTimes { at, follow, atime, mtime }),
        1 => (at(), 0_u8..8).prop_map(|(at, bits)| Operation::Access { at, bits }),
        2 => at().prop_map(|at| Operation::ReadDir { at }),
    ];
    prop_oneof![3 => files, 3 => names, 2 => attributes]
}
