//! Bytes into lines, as containerd's logger does it (LOG-2).

use bytes::{Bytes, BytesMut};

/// Longer lines are cut into pieces.
const LONGEST_PIECE: usize = 16 * 1024;

/// Collects one stream's bytes until a line is complete.
#[derive(Default)]
pub(super) struct Splitter {
    pending: BytesMut,
}

/// A line or a piece of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) content: Bytes,
    pub(super) partial: bool,
}

// === impl Splitter ===

impl Splitter {
    /// The lines that `bytes` completes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.extend(&rest[..end], &mut pieces);
            if self.pending.last() == Some(&b'\r') {
                self.pending.truncate(self.pending.len() - 1);
            }
            pieces.push(Piece { content: self.pending.split().freeze(), partial: false });
            rest = &rest[end + 1..];
        }
        self.extend(rest, &mut pieces);
        pieces
    }

    /// What is left when the stream ends.
    pub(super) fn finish(&mut self) -> Option<Bytes> {
        (!self.pending.is_empty()).then(|| self.pending.split().freeze())
    }

    fn extend(&mut self, mut bytes: &[u8], pieces: &mut Vec<Piece>) {
        // A piece is cut off only when more follows: a line of exactly the longest length is whole.
        while self.pending.len() + bytes.len() > LONGEST_PIECE {
            let (head, tail) = bytes.split_at(LONGEST_PIECE - self.pending.len());
            self.pending.extend_from_slice(head);
            pieces.push(Piece { content: self.pending.split().freeze(), partial: true });
            bytes = tail;
        }
        self.pending.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_longer_than_the_limit_comes_in_pieces_and_the_last_is_whole() {
        let mut splitter = Splitter::default();
        let mut pieces = splitter.push(&vec![b'x'; LONGEST_PIECE + 5]);
        pieces.extend(splitter.push(b"end\r\nnext"));
        let seen: Vec<_> = pieces.iter().map(|piece| (piece.content.len(), piece.partial)).collect();
        assert_eq!(seen, [(LONGEST_PIECE, true), (8, false)]);
        assert_eq!(splitter.finish().as_deref(), Some(&b"next"[..]));
        assert_eq!(splitter.finish(), None);
    }

    #[test]
    fn empty_lines_are_lines() {
        let contents: Vec<_> = Splitter::default().push(b"\n\na\n").into_iter().map(|p| p.content).collect();
        assert_eq!(contents, ["", "", "a"]);
    }
}
