//! Redirection (XCU 2.7). The shell keeps its descriptors as a table of its own, which children start with.

use std::rc::Rc;

use wasipod_guest_os::{self as os, Errno, File, FileType, OpenFlags};

use super::ast::{Direction, Redirect, Source};
use super::state::{Flow, Shell, Stop};

/// What descriptors were before a redirection.
pub(super) type Saved = Vec<(u32, Option<Rc<File>>)>;

impl Shell {
    /// Carries out redirections from left to right. If one fails its message is out and none remains.
    pub(super) fn redirect(&mut self, redirects: &[Redirect]) -> Flow<Saved> {
        let mut saved = Vec::new();
        for redirect in redirects {
            match self.target(redirect) {
                Ok(file) => saved.push((redirect.fd, self.set_descriptor(redirect.fd, file))),
                Err(stop) => {
                    self.restore(saved);
                    return Err(stop);
                }
            }
        }
        Ok(saved)
    }

    /// Undoes redirections.
    pub(super) fn restore(&mut self, saved: Saved) {
        for (fd, file) in saved.into_iter().rev() {
            self.set_descriptor(fd, file);
        }
    }

    /// Changes the table; what was there.
    pub(super) fn set_descriptor(&mut self, fd: u32, file: Option<Rc<File>>) -> Option<Rc<File>> {
        match file {
            Some(file) => self.descriptors.insert(fd, file),
            None => self.descriptors.remove(&fd),
        }
    }

    /// Makes the process's own table what the shell's is: after `exec` with redirections only.
    pub(super) fn publish_descriptors(&self) {
        for fd in os::descriptors() {
            if !self.descriptors.contains_key(&fd) {
                // It was in use a moment ago, so it can be closed.
                let _ = os::set_descriptor(fd, None);
            }
        }
        for (fd, file) in &self.descriptors {
            let _ = os::set_descriptor(*fd, Some(file));
        }
    }

    /// The file of a redirection; none closes the descriptor.
    fn target(&mut self, redirect: &Redirect) -> Flow<Option<Rc<File>>> {
        match &redirect.source {
            Source::Here { body, .. } => {
                let text = match body.get() {
                    Some(word) => self.single(word)?,
                    None => String::new(),
                };
                self.here_document(&text).map(Some)
            }
            Source::File(direction @ (Direction::DuplicateInput | Direction::DuplicateOutput), word) => {
                let target = self.single(word)?;
                if target == "-" {
                    return Ok(None);
                }
                match target.parse::<u32>() {
                    Ok(fd) => match self.descriptor(fd) {
                        Some(file) => Ok(Some(file)),
                        None => self.redirect_error(&format!("{fd}: {}", Errno::EBADF)),
                    },
                    Err(_) if *direction == Direction::DuplicateOutput && redirect.fd == 1 => {
                        self.open_target(Direction::Write, &target).map(Some)
                    }
                    Err(_) => {
                        self.say("syntax error: bad fd number");
                        Err(Stop::Error(2))
                    }
                }
            }
            Source::File(direction, word) => {
                let target = self.single(word)?;
                self.open_target(*direction, &target).map(Some)
            }
        }
    }

    fn redirect_error<T>(&self, message: &str) -> Flow<T> {
        self.say(message);
        Err(Stop::Error(1))
    }

    fn open_target(&mut self, direction: Direction, path: &str) -> Flow<Rc<File>> {
        let create = OpenFlags::WRITE | OpenFlags::CREATE;
        let opened = match direction {
            Direction::Read => os::open(path, OpenFlags::READ, 0),
            Direction::ReadWrite => os::open(path, OpenFlags::READ | create, 0o666),
            Direction::Append => os::open(path, create | OpenFlags::APPEND, 0o666),
            Direction::Write if self.option('C') => match os::stat(path, true) {
                Ok(stat) if stat.kind == FileType::Regular => Err(Errno::EEXIST),
                Ok(_) => os::open(path, OpenFlags::WRITE, 0),
                Err(_) => os::open(path, create | OpenFlags::EXCLUSIVE, 0o666),
            },
            _ => os::open(path, create | OpenFlags::TRUNCATE, 0o666),
        };
        match opened {
            Ok(file) => Ok(Rc::new(file)),
            Err(Errno::ENOENT) if direction == Direction::Read => {
                self.redirect_error(&format!("can't open {path}: no such file"))
            }
            Err(Errno::ENOENT) => self.redirect_error(&format!("can't create {path}: nonexistent directory")),
            Err(error) if direction == Direction::Read => {
                self.redirect_error(&format!("can't open {path}: {error}"))
            }
            Err(error) => self.redirect_error(&format!("can't create {path}: {error}")),
        }
    }

    /// A pipe with the text in it; a long text is written by a child.
    fn here_document(&mut self, text: &str) -> Flow<Rc<File>> {
        let (reading, writing) = match os::pipe() {
            Ok(ends) => ends,
            Err(error) => return self.redirect_error(&format!("can't create pipe: {error}")),
        };
        if text.len() <= super::launch::PIPE_CERTAIN {
            if let Err(error) = writing.write_all(text.as_bytes()) {
                return self.redirect_error(&format!("can't write to pipe: {error}"));
            }
            return Ok(Rc::new(reading));
        }
        let before = self.set_descriptor(1, Some(Rc::new(writing)));
        let writer = self.start_subshell(&format!("printf %s {}\n", super::print::quote(text)));
        self.set_descriptor(1, before);
        match writer {
            Ok(_) => Ok(Rc::new(reading)),
            Err(status) => Err(Stop::Error(status)),
        }
    }
}
