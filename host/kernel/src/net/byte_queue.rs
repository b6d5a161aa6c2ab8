//! Bytes on their way: a queue of buffers that are handed on without copying, unless they are small and many.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// Writes up to this size are copied together while others wait: a guest that writes single bytes must not make
/// the queue hold an allocation for each.
const SMALL: usize = 4 * 1024;

/// Buffers of at least this size are handed to the reader as they are; smaller neighbours are put together first.
const LARGE: usize = 16 * 1024;

/// The most that one [`pop`](ByteQueue::pop) puts together.
const GATHER: usize = 64 * 1024;

/// First in, first out. Knows no bound: that is the owner's matter.
#[derive(Debug, Default)]
pub(super) struct ByteQueue {
    chunks: VecDeque<Bytes>,
    /// Small writes since the last chunk; comes after all `chunks`.
    tail: BytesMut,
    len: usize,
}

// === impl ByteQueue ===

impl ByteQueue {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(super) fn push(&mut self, data: Bytes) {
        if data.is_empty() {
            return;
        }
        let was_empty = self.len == 0;
        self.len += data.len();
        if was_empty || data.len() > SMALL {
            self.seal();
            self.chunks.push_back(data);
            return;
        }
        if self.tail.capacity() - self.tail.len() < data.len() {
            self.seal();
            self.tail = BytesMut::with_capacity(SMALL);
        }
        self.tail.extend_from_slice(&data);
    }

    /// Between 1 and `max` bytes, none only if `max` is 0 or the queue is empty.
    pub(super) fn pop(&mut self, max: usize) -> Bytes {
        let data = self.take(max);
        self.len -= data.len();
        data
    }

    fn take(&mut self, max: usize) -> Bytes {
        match self.chunks.front_mut() {
            None if self.tail.len() <= max => std::mem::take(&mut self.tail).freeze(),
            None => self.tail.split_to(max).freeze(),
            Some(front) if front.len() > max => front.split_to(max),
            Some(front) if front.len() >= LARGE || front.len() == self.len => {
                self.chunks.pop_front().unwrap_or_default()
            }
            Some(_) => self.gather(max.min(GATHER)),
        }
    }

    /// Several small chunks as one. The first one fits.
    fn gather(&mut self, max: usize) -> Bytes {
        let mut gathered = BytesMut::with_capacity(max.min(self.len));
        while let Some(front) = self.chunks.front_mut() {
            let room = max - gathered.len();
            if front.len() > room {
                gathered.extend_from_slice(&front.split_to(room));
                return gathered.freeze();
            }
            gathered.extend_from_slice(front);
            self.chunks.pop_front();
        }
        let rest = self.tail.len().min(max - gathered.len());
        gathered.extend_from_slice(&self.tail.split_to(rest));
        gathered.freeze()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    fn seal(&mut self) {
        if !self.tail.is_empty() {
            self.chunks.push_back(std::mem::take(&mut self.tail).freeze());
        }
    }
}

#[cfg(test)]
mod tests;
