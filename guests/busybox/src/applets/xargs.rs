//! xargs.

use wasipod_guest_os::{self as os, Errno};

use super::process::{start, start_status};
use crate::applet::{Context, Failure, Outcome};
use crate::options::Options;

/// Bytes of arguments for one call (what busybox takes by default: 32 KiB less room for the environment).
const MAX_BYTES: u64 = 32 * 1024;

/// Items with quotes and backslashes resolved, and whether a line ended after each.
fn words(text: &str, stop: Option<&str>) -> Result<Vec<String>, Failure> {
    let mut all = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\t' | '\n' => {
                if let Some(word) = word.take() {
                    if Some(word.as_str()) == stop {
                        return Ok(all);
                    }
                    all.push(word);
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            quote @ ('\'' | '"') => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some(end) if end == quote => break,
                        Some('\n') | None => {
                            let kind = if quote == '"' { "double" } else { "single" };
                            return Err(Failure::new(format!("unmatched {kind} quote")));
                        }
                        Some(char) => word.push(char),
                    }
                }
            }
            char => word.get_or_insert_default().push(char),
        }
    }
    all.extend(word.filter(|word| Some(word.as_str()) != stop));
    Ok(all)
}

struct Runs {
    running: Vec<u32>,
    parallel: usize,
    status: u8,
    /// No more calls: a program said so or can't be started.
    stopped: bool,
}

impl Runs {
    fn take(&mut self, name: &str, context: &mut Context) -> Result<(), Errno> {
        let Some((pid, status)) = os::wait(-1, false)? else { return Ok(()) };
        self.running.retain(|running| *running != pid);
        match status {
            os::Status::Exited(0) => {}
            os::Status::Exited(255) => {
                context.complain(&format!("{name}: exited with status 255; aborting"));
                self.status = 124;
                self.stopped = true;
            }
            os::Status::Exited(_) => self.status = self.status.max(123),
            os::Status::Signaled(signal) => {
                context.complain(&format!("{name}: terminated by signal {signal}"));
                self.status = 125;
                self.stopped = true;
            }
        }
        Ok(())
    }

    fn run(&mut self, context: &mut Context, options: &Options, argv: &[String]) -> Result<(), Failure> {
        let lost = |error: Errno| Failure::new(format!("wait: {error}"));
        let name = argv.first().cloned().unwrap_or_default();
        if options.has('t') {
            context.write_error(&format!("{}\n", argv.join(" ")));
        }
        context.out.flush();
        match start(argv) {
            Ok(pid) => self.running.push(pid),
            Err(error) => {
                context.complain(&format!("{name}: {error}"));
                self.status = start_status(error);
                self.stopped = true;
            }
        }
        while self.running.len() >= self.parallel {
            self.take(&name, context).map_err(lost)?;
        }
        Ok(())
    }
}

pub(super) fn xargs(context: &mut Context) -> Outcome {
    let long =
        [("no-run-if-empty", 'r'), ("null", '0'), ("max-args", 'n'), ("max-procs", 'P'), ("verbose", 't')];
    let options = context.options("+0rtxn:s:P:I:E:a:L:", &long)?;
    let count = |letter: char| options.value(letter).map(|text| context.number(text)).transpose();
    let replaced = options.value('I');
    let max_items = match (replaced, count('n')?) {
        (Some(_), _) => 1,
        (None, Some(0)) => return Err(Failure::new("number 0 is not in 1..32768 range")),
        (None, given) => given.unwrap_or(u64::MAX),
    };
    let max_bytes = count('s')?.unwrap_or(MAX_BYTES);
    let parallel = match count('P')? {
        Some(0) => 100,
        given => given.unwrap_or(1),
    };
    let file = context.open(options.value('a').unwrap_or("-"))?;
    let input = file.read_to_end().map_err(|error| Failure::new(format!("read error: {error}")))?;
    let text = String::from_utf8_lossy(&input);
    let items: Vec<String> = if options.has('0') {
        text.split_terminator('\0').map(str::to_owned).collect()
    } else if replaced.is_some() {
        text.lines().map(|line| line.trim_start().to_owned()).filter(|line| !line.is_empty()).collect()
    } else if let Some(lines) = count('L')? {
        let lines = usize::try_from(lines.max(1)).unwrap_or(usize::MAX);
        return by_lines(context, &options, &text, lines, usize::try_from(parallel).unwrap_or(1));
    } else {
        words(&text, options.value('E'))?
    };
    let command = command(&options);
    let parallel = usize::try_from(parallel).unwrap_or(1);
    let mut runs = Runs { running: Vec::new(), parallel, status: 0, stopped: false };
    let mut items = items.into_iter().peekable();
    if items.peek().is_none() && !options.has('r') && replaced.is_none() {
        runs.run(context, &options, &command)?;
    }
    while items.peek().is_some() && !runs.stopped {
        let mut argv = command.clone();
        let mut bytes: u64 = command.iter().map(|argument| argument.len() as u64 + 1).sum();
        let fixed = argv.len();
        while let Some(item) = items.peek() {
            bytes += item.len() as u64 + 1;
            let full = (argv.len() - fixed) as u64 >= max_items || bytes > max_bytes;
            if full && argv.len() > fixed {
                break;
            }
            if bytes > max_bytes {
                return Err(Failure::new("argument line too long"));
            }
            argv.extend(items.next());
        }
        if let (Some(mark), Some(item)) = (replaced, argv.pop_if(|_| replaced.is_some())) {
            argv = command.iter().map(|argument| argument.replace(mark, &item)).collect();
        }
        runs.run(context, &options, &argv)?;
    }
    finish(context, runs)
}

fn command(options: &Options) -> Vec<String> {
    if options.operands.is_empty() { vec!["echo".to_owned()] } else { options.operands.clone() }
}

fn by_lines(context: &mut Context, options: &Options, text: &str, count: usize, parallel: usize) -> Outcome {
    let mut runs = Runs { running: Vec::new(), parallel, status: 0, stopped: false };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    for group in lines.chunks(count) {
        if runs.stopped {
            break;
        }
        let mut argv = command(options);
        argv.extend(words(&group.join("\n"), None)?);
        runs.run(context, options, &argv)?;
    }
    finish(context, runs)
}

fn finish(context: &mut Context, mut runs: Runs) -> Outcome {
    while !runs.running.is_empty() {
        runs.take("child", context).map_err(|error| Failure::new(format!("wait: {error}")))?;
    }
    Ok(runs.status)
}
