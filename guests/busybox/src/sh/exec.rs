//! Running commands (XCU 2.9).

use std::rc::Rc;

use wasipod_guest_os::File;

use super::ast::{AndOr, Command, Compound, Connector, List, Part, Pipeline, Simple, Word};
use super::builtins::{self, Builtin};
use super::parser::Parser;
use super::print;
use super::source::Source;
use super::state::{Flow, Shell, Stop, Variable};

/// Commands that run inside of each other deeper than this end the shell instead of its stack.
const MAX_DEPTH: u32 = 1000;

impl Shell {
    /// Runs commands as they are read. `last`: nothing follows, so the last program may take this one's place.
    pub(super) fn run_source(&mut self, source: Source, last: bool) -> Flow<()> {
        let mut parser = Parser::new(source, Rc::clone(&self.aliases));
        loop {
            parser.aliases = Rc::clone(&self.aliases);
            let parsed = parser.complete_command();
            if self.option('v') {
                self.write_error(&parser.text.since(0));
            }
            match parsed {
                Ok(None) => return Ok(()),
                Ok(Some(list)) if !self.option('n') => {
                    let at_end = last && parser.at_end();
                    self.run_list(&list, at_end)?;
                }
                Ok(Some(_)) => {}
                Err(error) => {
                    self.line = error.line;
                    return self.fail(&format!("syntax error: {}", error.message));
                }
            }
        }
    }

    pub(super) fn run_list(&mut self, list: &List, last: bool) -> Flow<()> {
        let count = list.0.len();
        for (i, item) in list.0.iter().enumerate() {
            if item.background {
                self.run_background(&item.and_or)?;
            } else {
                self.run_and_or(&item.and_or, last && i + 1 == count)?;
            }
            self.run_traps()?;
        }
        Ok(())
    }

    fn run_and_or(&mut self, and_or: &AndOr, last: bool) -> Flow<()> {
        let count = and_or.rest.len();
        self.run_pipeline(&and_or.first, count > 0, last && count == 0)?;
        for (i, (connector, pipeline)) in and_or.rest.iter().enumerate() {
            if (self.status == 0) == (*connector == Connector::And) {
                self.run_pipeline(pipeline, i + 1 < count, last && i + 1 == count)?;
            }
        }
        Ok(())
    }

    /// `tested`: the status decides what runs next, so `set -e` does not apply.
    fn run_pipeline(&mut self, pipeline: &Pipeline, tested: bool, last: bool) -> Flow<()> {
        if self.option('n') {
            return Ok(());
        }
        let tested = u32::from(tested || pipeline.negated);
        self.tested += tested;
        let done = match pipeline.stages.as_slice() {
            [command] => self.run_command(command, last && !pipeline.negated),
            stages => self.start_pipeline(stages).map(|started| self.status = self.wait_foreground(&started)),
        };
        self.tested -= tested;
        done?;
        if pipeline.negated {
            self.status = u8::from(self.status == 0);
        }
        let checked = match pipeline.stages.as_slice() {
            [Command::Compound(compound, _)] => matches!(compound, Compound::Subshell(_)),
            _ => true,
        };
        if checked && tested == 0 && self.tested == 0 && self.status != 0 && self.option('e') {
            return Err(Stop::Exit(self.status));
        }
        Ok(())
    }

    fn run_command(&mut self, command: &Command, last: bool) -> Flow<()> {
        if self.depth >= MAX_DEPTH {
            return self.fail("maximum recursion depth exceeded");
        }
        self.depth += 1;
        let done = self.run_one(command, last);
        self.depth -= 1;
        done
    }

    fn run_one(&mut self, command: &Command, last: bool) -> Flow<()> {
        match command {
            Command::Simple(simple) => self.run_simple(simple, last),
            Command::Function(name, body) => {
                self.functions.insert(name.clone(), Rc::clone(body));
                self.status = 0;
                Ok(())
            }
            Command::Compound(compound, redirects) => {
                let saved = match self.redirect(redirects) {
                    Ok(saved) => saved,
                    Err(Stop::Error(status)) => {
                        self.status = status;
                        return Ok(());
                    }
                    Err(stop) => return Err(stop),
                };
                let done = self.run_compound(compound, last);
                self.restore(saved);
                done
            }
        }
    }

    /// Whether a program may take the shell's place now.
    fn may_be_replaced(&self, last: bool) -> bool {
        last && self.traps.values().all(String::is_empty) && !self.option('i') && self.calls == 0
    }

    fn run_compound(&mut self, compound: &Compound, last: bool) -> Flow<()> {
        match compound {
            Compound::Brace(list) => self.run_list(list, last),
            Compound::Subshell(list) if self.may_be_replaced(last) => {
                self.is_subshell = true;
                self.run_list(list, last)?;
                Err(Stop::Exit(self.status))
            }
            Compound::Subshell(list) => {
                let child = self.start_subshell(&print::list(list));
                self.status = self.wait_foreground(&[child]);
                Ok(())
            }
            Compound::If { branches, otherwise } => {
                for (condition, body) in branches {
                    if self.holds(condition)? {
                        self.status = 0;
                        return self.run_list(body, last);
                    }
                }
                if let Some(body) = otherwise {
                    return self.run_list(body, last);
                }
                self.status = 0;
                Ok(())
            }
            Compound::Loop { until, condition, body } => {
                let mut status = 0;
                self.looping(|shell| {
                    if shell.holds(condition)? == *until {
                        return Ok(false);
                    }
                    let done = shell.run_list(body, false);
                    status = shell.status;
                    done.map(|()| true)
                })?;
                self.status = status;
                Ok(())
            }
            Compound::For { variable, words, body } => {
                let values = match words {
                    Some(words) => self.expand_words(words)?,
                    None => self.positional.clone(),
                };
                self.status = 0;
                let mut values = values.into_iter();
                self.looping(|shell| {
                    let Some(value) = values.next() else { return Ok(false) };
                    shell.set(variable, value)?;
                    shell.run_list(body, false).map(|()| true)
                })
            }
            Compound::Case { subject, arms } => {
                let subject = self.single(subject)?;
                for (patterns, body) in arms {
                    for pattern in patterns {
                        if self.pattern(pattern)?.matches(&subject) {
                            self.status = 0;
                            return self.run_list(body, last);
                        }
                    }
                }
                self.status = 0;
                Ok(())
            }
        }
    }

    fn holds(&mut self, condition: &List) -> Flow<bool> {
        self.tested += 1;
        let done = self.run_list(condition, false);
        self.tested -= 1;
        done.map(|()| self.status == 0)
    }

    /// Repeats until `turn` says false; here `break` and `continue` end.
    fn looping(&mut self, mut turn: impl FnMut(&mut Self) -> Flow<bool>) -> Flow<()> {
        self.loops += 1;
        let done = loop {
            match turn(self) {
                Ok(true) | Err(Stop::Continue(1)) => {}
                Ok(false) | Err(Stop::Break(1)) => break Ok(()),
                Err(Stop::Break(n)) => break Err(Stop::Break(n - 1)),
                Err(Stop::Continue(n)) => break Err(Stop::Continue(n - 1)),
                Err(stop) => break Err(stop),
            }
            if let Err(stop) = self.run_traps() {
                break Err(stop);
            }
        };
        self.loops -= 1;
        done
    }

    pub(super) fn expand_words(&mut self, words: &[Word]) -> Flow<Vec<String>> {
        let mut all = Vec::new();
        // `export x=$y` is an assignment: no splitting (XCU 2.9.1.2, declaration utilities).
        let declares = matches!(words.first().and_then(Word::literal), Some("export" | "readonly" | "local"));
        for word in words {
            match word.parts.first() {
                Some(Part::Literal(text))
                    if declares
                        && text.split_once('=').is_some_and(|(name, _)| super::lexer::is_name(name)) =>
                {
                    all.push(self.single(word)?);
                }
                _ => all.extend(self.fields(word)?),
            }
        }
        Ok(all)
    }

    pub(super) fn expand_assignments(
        &mut self,
        assignments: &[(String, Word)],
    ) -> Flow<Vec<(String, String)>> {
        assignments.iter().map(|(name, word)| Ok((name.clone(), self.assigned(word)?))).collect()
    }

    /// `set -x`, to what was standard error before the command's redirections.
    pub(super) fn trace(&self, to: Option<&File>, assignments: &[(String, String)], argv: &[String]) {
        let Some(file) = to.filter(|_| self.option('x')) else { return };
        let mut text = self.get("PS4").unwrap_or_default();
        let assigned =
            assignments.iter().map(|(name, value)| format!("{name}={}", print::quote_if_needed(value)));
        let words = argv.iter().map(|word| print::quote_if_needed(word));
        text.push_str(&assigned.chain(words).collect::<Vec<_>>().join(" "));
        text.push('\n');
        // With nowhere to complain, there is nowhere to complain about that either.
        let _ = file.write_all(text.as_bytes());
    }

    fn run_simple(&mut self, simple: &Simple, last: bool) -> Flow<()> {
        self.line = simple.line;
        self.substitution = None;
        let argv = self.expand_words(&simple.words)?;
        let Some(name) = argv.first().cloned() else { return self.run_assignments(simple) };
        let function = self.functions.get(&name).cloned();
        let builtin = builtins::find(&name);
        let special = builtin.is_some_and(|builtin| builtin.special);
        let trace_to = self.descriptor(2);
        let saved = match self.redirect(&simple.redirects) {
            Ok(saved) => saved,
            Err(Stop::Error(status)) if !special => {
                self.status = status;
                return Ok(());
            }
            Err(stop) => return Err(stop),
        };
        let done = self.expand_assignments(&simple.assignments).and_then(|extra| {
            self.trace(trace_to.as_deref(), &extra, &argv);
            match (builtin, function) {
                (Some(builtin), _) if special => {
                    for (variable, value) in extra {
                        self.set(&variable, value)?;
                        if name == "exec"
                            && let Some(variable) = self.variables.get_mut(&variable)
                        {
                            variable.exported = true;
                        }
                    }
                    self.run_builtin(builtin, &argv)
                }
                (_, Some(body)) => self.with_variables(extra, |shell| shell.call(&body, &argv)),
                (Some(builtin), None) => {
                    self.with_variables(extra, |shell| shell.run_builtin(builtin, &argv))
                }
                (None, None) => {
                    self.run_program(&argv, &extra, last);
                    if self.may_be_replaced(last) { Err(Stop::Exit(self.status)) } else { Ok(()) }
                }
            }
        });
        if name == "exec" && done.is_ok() {
            // These redirections stay.
            self.publish_descriptors();
        } else {
            self.restore(saved);
        }
        done
    }

    /// A command without a name: assignments in this shell, redirections for nothing.
    fn run_assignments(&mut self, simple: &Simple) -> Flow<()> {
        match self.redirect(&simple.redirects) {
            Ok(saved) => self.restore(saved),
            Err(Stop::Error(status)) => {
                self.status = status;
                return Ok(());
            }
            Err(stop) => return Err(stop),
        }
        let mut assigned = Vec::new();
        for (name, word) in &simple.assignments {
            let value = self.assigned(word)?;
            self.set(name, value.clone())?;
            assigned.push((name.clone(), value));
        }
        if !assigned.is_empty() {
            self.trace(self.descriptor(2).as_deref(), &assigned, &[]);
        }
        self.status = self.substitution.unwrap_or(0);
        Ok(())
    }

    /// Runs a program in the foreground, or in this shell's place.
    pub(super) fn run_program(&mut self, argv: &[String], extra: &[(String, String)], last: bool) {
        self.status = if self.may_be_replaced(last) {
            self.become_program(argv, extra)
        } else {
            let child = self.start_program(argv, extra);
            self.wait_foreground(&[child])
        };
    }

    pub(super) fn run_builtin(&mut self, builtin: &Builtin, argv: &[String]) -> Flow<()> {
        let outer = self.builtin.replace(builtin.name.to_owned());
        let done = (builtin.run)(self, argv);
        self.builtin = outer;
        self.status = done?;
        Ok(())
    }

    /// Variables that are set for one command only.
    fn with_variables(
        &mut self,
        extra: Vec<(String, String)>,
        run: impl FnOnce(&mut Self) -> Flow<()>,
    ) -> Flow<()> {
        let mut before: Vec<(String, Option<Variable>)> = Vec::new();
        for (name, value) in extra {
            let old = self.variables.get(&name).cloned();
            self.set(&name, value)?;
            if let Some(variable) = self.variables.get_mut(&name) {
                variable.exported = true;
            }
            before.push((name, old));
        }
        let done = run(self);
        self.restore_variables(before);
        done
    }

    pub(super) fn restore_variables(&mut self, before: Vec<(String, Option<Variable>)>) {
        for (name, old) in before.into_iter().rev() {
            if name == "PATH" {
                self.hashed.clear();
            }
            match old {
                Some(old) => self.variables.insert(name, old),
                None => self.variables.remove(&name),
            };
        }
    }

    /// Calls a function (XCU 2.9.5).
    fn call(&mut self, body: &Command, argv: &[String]) -> Flow<()> {
        let arguments = argv.get(1..).unwrap_or_default().to_vec();
        let positional = std::mem::replace(&mut self.positional, arguments);
        let loops = std::mem::take(&mut self.loops);
        self.calls += 1;
        self.locals.push(Vec::new());
        let done = self.run_command(body, false);
        let locals = self.locals.pop().unwrap_or_default();
        self.restore_variables(locals);
        self.calls -= 1;
        self.loops = loops;
        self.positional = positional;
        match done {
            Err(Stop::Return(status)) => self.status = status,
            other => other?,
        }
        Ok(())
    }
}

impl Parser {
    /// Whether nothing but blank space is left.
    fn at_end(&mut self) -> bool {
        let rest = self.text.buffer.get(self.text.at..).unwrap_or_default();
        matches!(self.text.source, Source::Text(None)) && rest.trim().is_empty()
    }
}
