//! grep.

use std::collections::VecDeque;
use std::rc::Rc;

use regex_lite::Regex;
use wasipod_guest_os::{self as os, File};

use super::copy::join;
use super::regex;
use crate::applet::{Context, Failure, Outcome};
use crate::options::Options;
use crate::stream::{Lines, without_newline};

struct Search<'a> {
    options: &'a Options,
    regex: Regex,
    /// An empty list of patterns matches nothing.
    never: bool,
    shows_name: bool,
    before: usize,
    after: usize,
    max: u64,
    found: bool,
    failed: bool,
    /// Something was shown before: groups of context are separated.
    separates: bool,
}

pub(super) fn grep(context: &mut Context) -> Outcome {
    let long = [
        ("extended-regexp", 'E'),
        ("fixed-strings", 'F'),
        ("ignore-case", 'i'),
        ("invert-match", 'v'),
        ("count", 'c'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("recursive", 'r'),
        ("line-number", 'n'),
        ("files-with-matches", 'l'),
        ("only-matching", 'o'),
        ("word-regexp", 'w'),
        ("no-messages", 's'),
        ("color", 'k'),
    ];
    let options = context.options("lnqvscFiHhe:f:LorRm:wxEA:B:C:ak", &long)?;
    let failure = |failure: Failure| Failure { status: 2, ..failure };
    let mut operands = options.operands.clone();
    let mut patterns: Vec<String> = Vec::new();
    let given: Vec<&str> = options.values('e').collect();
    let has_file = options.value('f').is_some();
    if given.is_empty() && !has_file {
        if operands.is_empty() {
            return Err(failure(context.wrong_usage(None)));
        }
        let first = operands.remove(0);
        patterns.extend(first.split('\n').map(str::to_owned));
    }
    patterns.extend(given.iter().flat_map(|text| text.split('\n')).map(str::to_owned));
    for path in options.values('f') {
        let content = context
            .open(path)
            .and_then(|file| file.read_to_end().map_err(|error| Failure::new(format!("{path}: {error}"))));
        let content = content.map_err(failure)?;
        patterns.extend(String::from_utf8_lossy(&content).lines().map(str::to_owned));
    }
    let count = |letter| options.value(letter).map(|text| context.number(text)).transpose();
    let both = count('C').map_err(failure)?.unwrap_or(0);
    let (before, after) =
        (count('B').map_err(failure)?.unwrap_or(both), count('A').map_err(failure)?.unwrap_or(both));
    let recursive = options.has('r') || options.has('R');
    let max = count('m').map_err(failure)?.unwrap_or(u64::MAX);
    if operands.is_empty() {
        operands.push(if recursive { "." } else { "-" }.to_owned());
    }
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let mut search = Search {
        regex: compile(&options, &patterns, context.name == "egrep", context.name == "fgrep")?,
        never: patterns.is_empty(),
        shows_name: match options.last_of("Hh") {
            Some(letter) => letter == 'H',
            None => operands.len() > 1 || recursive,
        },
        before: size(before),
        after: size(after),
        max,
        options: &options,
        found: false,
        failed: false,
        separates: false,
    };
    for path in &operands {
        search.path(context, path, recursive);
        if search.found && options.has('q') {
            return Ok(0);
        }
    }
    Ok(match (search.failed, search.found) {
        (true, _) => 2,
        (false, found) => u8::from(!found),
    })
}

/// One expression for all patterns.
fn compile(options: &Options, patterns: &[String], extended: bool, fixed: bool) -> Result<Regex, Failure> {
    let mut all = Vec::new();
    for pattern in patterns {
        let text = if options.has('F') || fixed {
            regex::quote(pattern)
        } else {
            regex::translate(pattern, !(options.has('E') || extended))?
        };
        all.push(if options.has('x') {
            format!("^(?:{text})$")
        } else if options.has('w') {
            format!(r"(?:\b|^)(?:{text})(?:\b|$)")
        } else {
            format!("(?:{text})")
        });
    }
    regex::compile(&patterns.join("\n"), &all.join("|"), options.has('i'))
}

impl Search<'_> {
    fn complain(&mut self, context: &mut Context, message: &str) {
        self.failed = true;
        if !self.options.has('s') {
            context.complain(message);
        }
    }

    fn path(&mut self, context: &mut Context, path: &str, recursive: bool) {
        if recursive && path != "-" && os::stat(path, true).is_ok_and(|stat| stat.is_directory()) {
            match os::read_directory(path) {
                Ok(mut entries) => {
                    entries.sort_by(|left, right| left.name.cmp(&right.name));
                    for entry in entries {
                        let below = join(path, &entry.name);
                        // Links below the given directory don't lead into others.
                        let is_link = |stat: os::Stat| stat.kind == os::FileType::SymbolicLink;
                        match os::stat(&below, true) {
                            Ok(stat) if stat.is_directory() && os::stat(&below, false).is_ok_and(is_link) => {
                            }
                            Ok(_) => self.path(context, &below, true),
                            Err(_) if self.options.has('s') => {}
                            // Only what was named counts for the exit status.
                            Err(error) => context.complain(&format!("{below}: {error}")),
                        }
                    }
                }
                Err(error) => self.complain(context, &format!("{path}: {error}")),
            }
            return;
        }
        let file =
            if path == "-" { context.stdin() } else { os::open(path, os::OpenFlags::READ, 0).map(Rc::new) };
        let done = file.and_then(|file| self.file(context, path, file));
        if let Err(error) = done {
            self.complain(context, &format!("{path}: {error}"));
        }
    }

    fn line(&mut self, context: &mut Context, name: &str, number: u64, line: &[u8], mark: char) {
        if self.shows_name {
            context.out.text(&format!("{name}{mark}"));
        }
        if self.options.has('n') {
            context.out.text(&format!("{number}{mark}"));
        }
        context.out.bytes(line);
        context.out.text("\n");
    }

    fn file(&mut self, context: &mut Context, path: &str, file: Rc<File>) -> Result<(), os::Errno> {
        let name = if path == "-" { "(standard input)" } else { path };
        let mut lines = Lines::new(file);
        let (mut number, mut count) = (0u64, 0u64);
        let mut earlier: VecDeque<(u64, Vec<u8>)> = VecDeque::new();
        let mut follow = 0;
        let mut last_shown = 0;
        let has_context = self.before + self.after > 0;
        let only_names = ['l', 'L', 'q', 'c'].into_iter().any(|letter| self.options.has(letter));
        while count < self.max || follow > 0 {
            let full = match lines.next() {
                Ok(Some(full)) => full,
                // Directories read as empty.
                Ok(None) | Err(os::Errno::EISDIR) => break,
                Err(error) => return Err(error),
            };
            number += 1;
            let line = without_newline(&full);
            let text = String::from_utf8_lossy(line);
            let matched =
                count < self.max && (!self.never && self.regex.is_match(&text)) != self.options.has('v');
            if !matched {
                if follow > 0 {
                    follow -= 1;
                    self.line(context, name, number, line, '-');
                    last_shown = number;
                } else if self.before > 0 && !only_names {
                    earlier.push_back((number, line.to_vec()));
                    if earlier.len() > self.before {
                        earlier.pop_front();
                    }
                }
                continue;
            }
            count += 1;
            self.found |= !self.options.has('L');
            if self.options.has('q') || self.options.has('l') || self.options.has('L') {
                break;
            }
            if only_names {
                continue;
            }
            if self.options.has('o') {
                if !self.options.has('v') {
                    let regex = self.regex.clone();
                    for found in regex.find_iter(&text).filter(|found| !found.is_empty()) {
                        self.line(context, name, number, found.as_str().as_bytes(), ':');
                    }
                }
                continue;
            }
            let first = earlier.front().map_or(number, |(number, _)| *number);
            if has_context && self.separates && first != last_shown + 1 {
                context.out.line("--");
            }
            for (number, line) in std::mem::take(&mut earlier) {
                self.line(context, name, number, &line, '-');
            }
            self.line(context, name, number, line, ':');
            self.separates = true;
            last_shown = number;
            follow = self.after;
        }
        if self.options.has('L') {
            if count == 0 {
                self.found = true;
                context.out.line(name);
            }
        } else if self.options.has('l') {
            if count > 0 {
                context.out.line(name);
            }
        } else if self.options.has('c') && !self.options.has('q') {
            let prefix = if self.shows_name { format!("{name}:") } else { String::new() };
            context.out.line(&format!("{prefix}{count}"));
        }
        Ok(())
    }
}
