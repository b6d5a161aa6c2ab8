//! Command substitution (XCU 2.6.3).

use std::cell::RefCell;
use std::rc::Rc;

use wasipod_guest_os as os;

use super::ast::{Command, List, Word};
use super::state::{Flow, Shell, Stop};
use super::{builtins, print, purity};

impl Shell {
    /// The output of commands, without its last newlines.
    pub(super) fn substitute(&mut self, list: &List) -> Flow<String> {
        let before = self.status;
        let bytes = match self.substitute_here(list)? {
            Some(bytes) => bytes,
            None => self.substitute_child(list)?,
        };
        // `$?` in the same command stays what it was before (XCU 2.5.2).
        self.substitution = Some(std::mem::replace(&mut self.status, before));
        let mut text = String::from_utf8_lossy(&bytes).replace('\0', "");
        text.truncate(text.trim_end_matches('\n').len());
        Ok(text)
    }

    fn substitute_child(&mut self, list: &List) -> Flow<Vec<u8>> {
        if list.0.is_empty() {
            self.status = 0;
            return Ok(Vec::new());
        }
        let (reading, writing) = match os::pipe() {
            Ok(ends) => ends,
            Err(error) => return self.fail(&format!("can't create pipe: {error}")),
        };
        let output = self.set_descriptor(1, Some(Rc::new(writing)));
        let child = match list.0.as_slice() {
            [item] if !item.background && item.and_or.rest.is_empty() && !item.and_or.first.negated => {
                match item.and_or.first.stages.as_slice() {
                    [command] => self.start_stage(command),
                    _ => Ok(self.start_subshell(&print::list(list))),
                }
            }
            _ => Ok(self.start_subshell(&print::list(list))),
        };
        self.set_descriptor(1, output);
        let bytes = reading.read_to_end().unwrap_or_default();
        let child = child?;
        self.status = self.wait_foreground(&[child]);
        Ok(bytes)
    }

    /// A substitution that only prints needs no child.
    fn substitute_here(&mut self, list: &List) -> Flow<Option<Vec<u8>>> {
        let [item] = list.0.as_slice() else { return Ok(None) };
        let [Command::Simple(simple)] = item.and_or.first.stages.as_slice() else { return Ok(None) };
        let Some(name) = simple.words.first().and_then(Word::literal) else { return Ok(None) };
        let only_prints = matches!(name, "echo" | "printf" | "pwd" | "test" | "[" | "true" | "false" | ":");
        if !only_prints
            || item.background
            || item.and_or.first.negated
            || !item.and_or.rest.is_empty()
            || !simple.assignments.is_empty()
            || !simple.redirects.is_empty()
            || self.functions.contains_key(name)
            || self.option('u')
            || self.option('x')
            || !simple.words.iter().all(purity::is_pure)
        {
            return Ok(None);
        }
        let Some(builtin) = builtins::find(name) else { return Ok(None) };
        let argv = self.expand_words(&simple.words)?;
        let memory = Rc::new(RefCell::new(Vec::new()));
        let outer = self.capture.replace(Rc::clone(&memory));
        let done = self.run_builtin(builtin, &argv);
        self.capture = outer;
        match done {
            Ok(()) => {}
            Err(Stop::Error(status)) => self.status = status,
            Err(stop) => return Err(stop),
        }
        Ok(Some(memory.take()))
    }
}
