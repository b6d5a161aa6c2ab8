//! Buffered output and lines of input.

use std::cell::RefCell;
use std::rc::Rc;

use wasipod_guest_os::{Errno, File};

const BUFFER: usize = 8192;

enum Target {
    File(Rc<File>),
    Memory(Rc<RefCell<Vec<u8>>>),
    Closed,
}

/// Collects what is written; the first error is kept until somebody asks.
pub(crate) struct Output {
    target: Target,
    buffer: Vec<u8>,
    error: Option<Errno>,
}

impl Output {
    /// To a file, or to a closed descriptor.
    pub(crate) fn to_file(file: Option<Rc<File>>) -> Self {
        let target = file.map_or(Target::Closed, Target::File);
        Self { target, buffer: Vec::new(), error: None }
    }

    /// To memory.
    pub(crate) fn to_memory(memory: Rc<RefCell<Vec<u8>>>) -> Self {
        Self { target: Target::Memory(memory), buffer: Vec::new(), error: None }
    }

    /// Writes bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        if bytes.len() >= BUFFER {
            self.flush();
            self.write_through(bytes);
            return;
        }
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER {
            self.flush();
        }
    }

    /// Writes text.
    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Writes text and a newline.
    pub(crate) fn line(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.bytes(b"\n");
    }

    /// Hands everything on.
    pub(crate) fn flush(&mut self) {
        let bytes = std::mem::take(&mut self.buffer);
        self.write_through(&bytes);
    }

    fn write_through(&mut self, bytes: &[u8]) {
        if bytes.is_empty() || self.error.is_some() {
            return;
        }
        let written = match &self.target {
            Target::File(file) => file.write_all(bytes),
            Target::Memory(memory) => {
                memory.borrow_mut().extend_from_slice(bytes);
                Ok(())
            }
            Target::Closed => Err(Errno::EBADF),
        };
        self.error = written.err();
    }

    /// The first error since the last call.
    pub(crate) fn take_error(&mut self) -> Option<Errno> {
        self.error.take()
    }

    /// Whether writing has failed.
    pub(crate) fn failed(&self) -> bool {
        self.error.is_some()
    }

    /// Whether it goes to a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        matches!(&self.target, Target::File(file) if file.is_terminal())
    }
}

/// Reads a file line by line.
pub(crate) struct Lines {
    file: Rc<File>,
    buffer: Vec<u8>,
    at: usize,
}

impl Lines {
    pub(crate) fn new(file: Rc<File>) -> Self {
        Self { file, buffer: Vec::new(), at: 0 }
    }

    /// The next line with its newline, if it has one; none at the end.
    ///
    /// # Errors
    /// Those of `read`.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, Errno> {
        let mut searched = self.at;
        loop {
            let fresh = self.buffer.get(searched..).unwrap_or_default();
            if let Some(i) = fresh.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.get(self.at..=searched + i).unwrap_or_default().to_vec();
                self.at = searched + i + 1;
                return Ok(Some(line));
            }
            self.buffer.drain(..self.at);
            self.at = 0;
            searched = self.buffer.len();
            let mut chunk = vec![0; BUFFER];
            match self.file.read(&mut chunk) {
                Ok(0) if self.buffer.is_empty() => return Ok(None),
                Ok(0) => return Ok(Some(std::mem::take(&mut self.buffer))),
                Ok(n) => self.buffer.extend_from_slice(chunk.get(..n).unwrap_or_default()),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A line without its newline.
pub(crate) fn without_newline(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}
