//! The bytes of a regular file: chunks, so that growing never copies and holes cost nothing.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::budget::{Budget, PAGE};
use crate::errno::{Errno, Result};

/// The bytes of one chunk.
pub(super) const CHUNK: usize = 64 * 1024;
/// The most that one read gives, in bytes: a hole of any size must not become memory of that size.
const READ_MAX: usize = 16 * 1024 * 1024;
/// Reads of fewer bytes are copied; longer ones share the chunk's memory.
const SHARE_MIN: usize = 16 * 1024;

/// A file's bytes.
#[derive(Debug, Default)]
pub(super) struct Content {
    size: u64,
    /// By number; a missing chunk, and what is missing at a chunk's end, reads as zeros.
    chunks: BTreeMap<u64, Chunk>,
    /// What the owned chunks take of the budget.
    pages: u64,
    /// What the borrowed chunks would take.
    borrowed: u64,
}

#[derive(Debug)]
enum Chunk {
    /// Ours. Readers may hold it too: then it is copied before it changes.
    Owned(Arc<Vec<u8>>),
    /// Somebody else's, e.g. an image layer's: copied before it changes, and not counted.
    Borrowed(Bytes),
}

/// What keeps a chunk alive while a reader looks at it.
struct Reader(Arc<Vec<u8>>);

impl AsRef<[u8]> for Reader {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The pages that so many bytes of a chunk take.
fn pages(len: usize) -> u64 {
    (len as u64).div_ceil(PAGE)
}

/// The chunk in which `offset` lies, and where in it.
fn position(offset: u64) -> (u64, usize) {
    let within = usize::try_from(offset % CHUNK as u64).unwrap_or(0);
    (offset / CHUNK as u64, within)
}

// === impl Chunk ===

impl Chunk {
    fn data(&self) -> &[u8] {
        match self {
            Self::Owned(data) => data,
            Self::Borrowed(data) => data,
        }
    }

    fn share(&self, range: Range<usize>) -> Bytes {
        match self {
            Self::Owned(data) if range.len() < SHARE_MIN => Bytes::copy_from_slice(&data[range]),
            Self::Owned(data) => Bytes::from_owner(Reader(data.clone())).slice(range),
            Self::Borrowed(data) => data.slice(range),
        }
    }

    fn pages(&self) -> u64 {
        match self {
            Self::Owned(data) => pages(data.len()),
            Self::Borrowed(_) => 0,
        }
    }

    fn borrowed_pages(&self) -> u64 {
        match self {
            Self::Owned(_) => 0,
            Self::Borrowed(data) => pages(data.len()),
        }
    }

    /// The bytes, ours alone.
    fn owned(&mut self) -> &mut Vec<u8> {
        if let Self::Borrowed(data) = self {
            *self = Self::Owned(Arc::new(data.to_vec()));
        }
        match self {
            Self::Owned(data) => Arc::make_mut(data),
            Self::Borrowed(_) => unreachable!("was made owned just above"),
        }
    }
}

// === impl Content ===

impl Content {
    /// What `read` (of a lower layer's file) gives, shared and not counted.
    pub(super) fn borrowed(size: u64, read: impl Fn(u64, usize) -> Result<Bytes>) -> Result<Self> {
        let mut chunks = BTreeMap::new();
        for number in 0..size.div_ceil(CHUNK as u64) {
            chunks.insert(number, Chunk::Borrowed(read(number * CHUNK as u64, CHUNK)?));
        }
        let borrowed = chunks.values().map(Chunk::borrowed_pages).sum();
        Ok(Self { size, chunks, pages: 0, borrowed })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// What it takes of the budget.
    pub(super) fn pages(&self) -> u64 {
        self.pages
    }

    /// Its storage in units of 512 bytes, borrowed chunks included.
    pub(super) fn blocks(&self) -> u64 {
        (self.pages + self.borrowed) * (PAGE / 512)
    }

    pub(super) fn read(&self, offset: u64, max: usize) -> Bytes {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let len = left.min(max).min(READ_MAX);
        if len == 0 {
            return Bytes::new();
        }
        let (number, within) = position(offset);
        if let Some(chunk) = self.chunks.get(&number)
            && within + len <= chunk.data().len()
        {
            return chunk.share(within..within + len);
        }
        let mut data = Vec::with_capacity(len);
        let (mut number, mut within) = (number, within);
        while data.len() < len {
            let piece = (CHUNK - within).min(len - data.len());
            let wanted = data.len() + piece;
            if let Some(chunk) = self.chunks.get(&number) {
                let there = chunk.data();
                data.extend_from_slice(&there[within.min(there.len())..(within + piece).min(there.len())]);
            }
            data.resize(wanted, 0);
            (number, within) = (number + 1, 0);
        }
        Bytes::from(data)
    }

    /// Writes what fits into the budget; how much that was.
    pub(super) fn write(&mut self, budget: &Budget, offset: u64, data: &[u8]) -> Result<usize> {
        let end = offset.checked_add(data.len() as u64).filter(|end| i64::try_from(*end).is_ok());
        if end.is_none() {
            return Err(Errno::EFBIG);
        }
        let mut written = 0;
        while written < data.len() {
            let (number, within) = position(offset + written as u64);
            let wanted = (CHUNK - within).min(data.len() - written);
            let chunk = self.chunks.entry(number).or_insert_with(|| Chunk::Owned(Arc::default()));
            let before = chunk.pages();
            let needed = pages(chunk.data().len().max(within + wanted)).saturating_sub(before);
            let granted = budget.take_pages(needed);
            let room = usize::try_from((before + granted) * PAGE).unwrap_or(CHUNK).min(CHUNK);
            let fits = room.saturating_sub(within).min(wanted);
            if fits == 0 || room < chunk.data().len() {
                budget.give_pages(granted);
                if chunk.data().is_empty() {
                    self.chunks.remove(&number);
                }
                break;
            }
            self.borrowed -= chunk.borrowed_pages();
            let bytes = chunk.owned();
            if bytes.len() < within {
                bytes.resize(within, 0);
            }
            let piece = &data[written..written + fits];
            let overwritten = fits.min(bytes.len() - within);
            bytes[within..within + overwritten].copy_from_slice(&piece[..overwritten]);
            bytes.extend_from_slice(&piece[overwritten..]);
            let after = chunk.pages();
            self.pages = self.pages + after - before;
            budget.give_pages(before + granted - after);
            written += fits;
            if fits < wanted {
                break;
            }
        }
        if written == 0 && !data.is_empty() {
            return Err(Errno::ENOSPC);
        }
        if written > 0 {
            self.size = self.size.max(offset + written as u64);
        }
        Ok(written)
    }

    pub(super) fn truncate(&mut self, budget: &Budget, size: u64) -> Result<()> {
        if i64::try_from(size).is_err() {
            return Err(Errno::EFBIG);
        }
        if size < self.size {
            let (number, within) = position(size);
            let cut = self.chunks.split_off(&number);
            let mut freed: u64 = cut.values().map(Chunk::pages).sum();
            self.borrowed -= cut.values().map(Chunk::borrowed_pages).sum::<u64>();
            if let Some(mut last) = cut.into_iter().next().filter(|(at, _)| *at == number && within > 0) {
                match &mut last.1 {
                    Chunk::Owned(data) => {
                        let data = Arc::make_mut(data);
                        data.truncate(within);
                        data.shrink_to_fit();
                    }
                    Chunk::Borrowed(data) => data.truncate(within),
                }
                freed -= last.1.pages();
                self.borrowed += last.1.borrowed_pages();
                self.chunks.insert(number, last.1);
            }
            self.pages -= freed;
            budget.give_pages(freed);
        }
        self.size = size;
        Ok(())
    }
}
