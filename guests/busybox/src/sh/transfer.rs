//! A shell's state as bytes: what a subshell begins with (XCU 2.13).

use std::collections::BTreeSet;
use std::rc::Rc;

use wasipod_guest_os::{self as os, Errno};

use super::ast::Command;
use super::parser::Parser;
use super::print;
use super::source::Source;
use super::state::{Shell, Variable};

/// The environment variable that tells a subshell on which descriptor its state waits.
pub(super) const VARIABLE: &str = "WASIPOD_SUBSHELL";

/// The state, and the text of what is to be run.
pub(super) fn encode(shell: &Shell, text: &str) -> Vec<u8> {
    let mut bytes = Writer(Vec::new());
    bytes.put(&shell.name);
    bytes.put(&shell.status.to_string());
    bytes.put(&shell.main_pid.to_string());
    bytes.put(&shell.jobs.last.map(|pid| pid.to_string()).unwrap_or_default());
    bytes.put(&shell.line.to_string());
    bytes.put(&shell.options.iter().collect::<String>());
    bytes.put(if shell.shows_lines { "1" } else { "" });
    bytes.put(&format!(
        "{} {} {} {} {}",
        shell.depth, shell.loops, shell.calls, shell.tested, shell.getopts_offset
    ));
    bytes.count(shell.positional.len());
    for value in &shell.positional {
        bytes.put(value);
    }
    bytes.count(shell.variables.len());
    for (name, variable) in &shell.variables {
        bytes.put(name);
        let mut flags = String::new();
        flags.push_str(if variable.exported { "x" } else { "" });
        flags.push_str(if variable.readonly { "r" } else { "" });
        flags.push_str(if variable.value.is_some() { "v" } else { "" });
        bytes.put(&flags);
        bytes.put(variable.value.as_deref().unwrap_or_default());
    }
    bytes.count(shell.functions.len());
    for (name, body) in &shell.functions {
        bytes.put(&print::function(name, body));
    }
    bytes.count(shell.aliases.len());
    for (name, value) in shell.aliases.iter() {
        bytes.put(name);
        bytes.put(value);
    }
    bytes.count(shell.traps.len());
    for (signal, action) in &shell.traps {
        bytes.put(&signal.to_string());
        bytes.put(action);
    }
    bytes.put(&shell.ignored_at_start.iter().map(|signal| format!("{signal} ")).collect::<String>());
    bytes.put(text);
    bytes.0
}

/// If this process is a subshell: a shell with its parent's state, and the text to run.
///
/// # Errors
/// The state can't be read. The caller must give up: it has the parent's arguments, but is not the parent.
pub(super) fn receive(argv: &[String]) -> Option<Result<(Shell, String), Errno>> {
    let fd = std::env::var(VARIABLE).ok()?;
    Some(fd.parse().map_err(|_| Errno::EBADF).and_then(|fd| receive_from(fd, argv)))
}

fn receive_from(fd: u32, argv: &[String]) -> Result<(Shell, String), Errno> {
    let bytes = os::descriptor(fd)?.read_to_end()?;
    os::set_descriptor(fd, None)?;
    let mut shell = Shell::new(argv.to_vec());
    shell.is_subshell = true;
    let text = decode(&mut shell, &bytes).ok_or(Errno::EINVAL)?;
    Ok((shell, text))
}

pub(super) fn decode(shell: &mut Shell, bytes: &[u8]) -> Option<String> {
    let mut reader = Reader(bytes);
    shell.name = reader.text()?;
    shell.status = reader.text()?.parse().ok()?;
    shell.main_pid = reader.text()?.parse().ok()?;
    shell.jobs.last = reader.text()?.parse().ok();
    shell.line = reader.text()?.parse().ok()?;
    shell.options = reader.text()?.chars().collect();
    shell.shows_lines = !reader.text()?.is_empty();
    let depths = reader.text()?;
    let mut depths = depths.split(' ').filter_map(|depth| depth.parse::<u32>().ok());
    shell.depth = depths.next()?;
    shell.loops = depths.next()?;
    shell.calls = depths.next()?;
    shell.tested = depths.next()?;
    shell.getopts_offset = depths.next()? as usize;
    for _ in 0..reader.count()? {
        shell.positional.push(reader.text()?);
    }
    shell.variables.clear();
    for _ in 0..reader.count()? {
        let name = reader.text()?;
        let flags = reader.text()?;
        let value = reader.text()?;
        let variable = Variable {
            value: flags.contains('v').then_some(value),
            exported: flags.contains('x'),
            readonly: flags.contains('r'),
        };
        shell.variables.insert(name, variable);
    }
    for _ in 0..reader.count()? {
        let source = Source::Text(Some(reader.text()?));
        // It was printed from a parsed function, so it parses.
        let list = Parser::new(source, Rc::default()).everything().ok()?;
        let item = list.0.into_iter().next()?;
        if let Some(Command::Function(name, body)) = item.and_or.first.stages.into_iter().next() {
            shell.functions.insert(name, body);
        }
    }
    let mut aliases = std::collections::BTreeMap::new();
    for _ in 0..reader.count()? {
        aliases.insert(reader.text()?, reader.text()?);
    }
    shell.aliases = Rc::new(aliases);
    for _ in 0..reader.count()? {
        let signal = reader.text()?.parse().ok()?;
        let action = reader.text()?;
        // What was caught has its default again; only `trap` alone still shows it.
        if action.is_empty() {
            shell.traps.insert(signal, action);
        } else {
            shell.shown_traps.insert(signal, action);
        }
    }
    let ignored = reader.text()?;
    shell.ignored_at_start =
        ignored.split(' ').filter_map(|signal| signal.parse().ok()).collect::<BTreeSet<u8>>();
    reader.text()
}

struct Writer(Vec<u8>);

impl Writer {
    fn put(&mut self, text: &str) {
        self.0.extend_from_slice(format!("{}:", text.len()).as_bytes());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn count(&mut self, count: usize) {
        self.put(&count.to_string());
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn text(&mut self) -> Option<String> {
        let colon = self.0.iter().position(|byte| *byte == b':')?;
        let length: usize = std::str::from_utf8(self.0.get(..colon)?).ok()?.parse().ok()?;
        let end = colon + 1 + length;
        let text = String::from_utf8_lossy(self.0.get(colon + 1..end)?).into_owned();
        self.0 = self.0.get(end..)?;
        Some(text)
    }

    fn count(&mut self) -> Option<usize> {
        self.text()?.parse().ok()
    }
}
