//! Where a shell's commands come from: a string, a file, or standard input line by line, so that what a command
//! reads from there is not swallowed by the shell (XCU sh, STDIN).

use std::rc::Rc;

use wasipod_guest_os::{Errno, File};

/// Commands' text, given out piece by piece.
pub(super) enum Source {
    /// All of it.
    Text(Option<String>),
    /// Lines of a file that the commands may read too.
    Lines(Rc<File>),
}

impl Source {
    /// The next piece, none at the end.
    pub(super) fn next(&mut self) -> Option<String> {
        match self {
            Source::Text(text) => text.take().filter(|text| !text.is_empty()),
            Source::Lines(file) => {
                let mut line = Vec::new();
                let mut byte = [0];
                while !line.ends_with(b"\n") {
                    match file.read(&mut byte) {
                        Ok(1..) => line.push(byte[0]),
                        Err(Errno::EINTR) => {}
                        _ => break,
                    }
                }
                (!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned())
            }
        }
    }
}
