//! find: an expression of tests and actions (XCU find) for every file of some trees.

mod expression;

use std::rc::Rc;

use wasipod_guest_os::{self as os, Stat};

use self::expression::{Expression, Test};
use super::copy::join;
use crate::applet::{Context, Failure, Outcome};

/// What the whole walk knows.
struct Walk {
    expression: Expression,
    global: Global,
    /// Names gathered for each `-exec … +`, by the number of the action.
    batches: Vec<Vec<String>>,
    failed: bool,
    quits: bool,
    now: i64,
}

/// Options that hold everywhere, wherever they stand.
#[derive(Default)]
struct Global {
    min_depth: u64,
    max_depth: Option<u64>,
    depth_first: bool,
    one_device: bool,
    follows: bool,
    follows_given: bool,
    batches: Vec<Rc<Vec<String>>>,
}

/// One file under consideration.
struct Found<'a> {
    path: &'a str,
    stat: &'a Stat,
    depth: u64,
    pruned: bool,
}

pub(super) fn find(context: &mut Context) -> Outcome {
    let mut args = std::mem::take(&mut context.args);
    let mut global = Global::default();
    while let Some(option) = args.first().filter(|first| matches!(first.as_str(), "-H" | "-L" | "-P")) {
        global.follows = option == "-L";
        global.follows_given = option != "-P";
        args.remove(0);
    }
    let begins =
        |text: &String| text.starts_with('-') && text.len() > 1 || matches!(text.as_str(), "(" | "!");
    let split = args.iter().position(begins).unwrap_or(args.len());
    let words = args.split_off(split);
    if args.is_empty() {
        args.push(".".to_owned());
    }
    let expression = match Expression::parse(&words, &mut global) {
        Ok(expression) => expression,
        Err(failure) if failure.message.starts_with("unrecognized") => {
            return Err(context.wrong_usage(Some(&failure.message)));
        }
        Err(failure) => return Err(failure),
    };
    let batches = vec![Vec::new(); global.batches.len()];
    let mut walk = Walk { expression, global, batches, failed: false, quits: false, now: os::now().seconds };
    for path in &args {
        let follow = walk.global.follows || walk.global.follows_given;
        walk.visit(context, path, 0, follow, None);
    }
    for i in 0..walk.batches.len() {
        walk.run_batch(context, i);
    }
    Ok(u8::from(walk.failed))
}

impl Walk {
    fn complain(&mut self, context: &mut Context, message: &str) {
        context.complain(message);
        self.failed = true;
    }

    fn visit(&mut self, context: &mut Context, path: &str, depth: u64, follow: bool, device: Option<u64>) {
        if self.quits {
            return;
        }
        let stat = match os::stat(path, follow).or_else(|error| os::stat(path, false).map_err(|_| error)) {
            Ok(stat) => stat,
            Err(error) => return self.complain(context, &format!("{path}: {error}")),
        };
        let inside = depth >= self.global.min_depth;
        let device = device.unwrap_or(stat.dev);
        let mut pruned = false;
        if inside && !self.global.depth_first {
            pruned = self.judge(context, path, &stat, depth);
        }
        let deeper = self.global.max_depth.is_none_or(|max| depth < max);
        let same_device = !self.global.one_device || stat.dev == device;
        if stat.is_directory() && deeper && !pruned && same_device && !self.quits {
            match os::read_directory(path) {
                Ok(entries) => {
                    for entry in entries {
                        let below = join(path, &entry.name);
                        self.visit(context, &below, depth + 1, self.global.follows, Some(device));
                    }
                }
                Err(error) => self.complain(context, &format!("{path}: {error}")),
            }
        }
        if inside && self.global.depth_first {
            self.judge(context, path, &stat, depth);
        }
    }

    /// Applies the expression; whether the tree below is to be left out.
    fn judge(&mut self, context: &mut Context, path: &str, stat: &Stat, depth: u64) -> bool {
        let mut found = Found { path, stat, depth, pruned: false };
        let expression = self.expression.clone();
        self.holds(context, &expression, &mut found);
        found.pruned
    }

    fn holds(&mut self, context: &mut Context, expression: &Expression, found: &mut Found<'_>) -> bool {
        match expression {
            Expression::Not(inner) => !self.holds(context, inner, found),
            Expression::And(all) => all.iter().all(|inner| self.holds(context, inner, found)),
            Expression::Or(all) => all.iter().any(|inner| self.holds(context, inner, found)),
            Expression::Test(test) => self.test(context, test, found),
        }
    }

    fn test(&mut self, context: &mut Context, test: &Test, found: &mut Found<'_>) -> bool {
        match test {
            Test::Print(end) => {
                context.out.text(found.path);
                context.out.bytes(&[*end]);
            }
            Test::Prune => found.pruned = true,
            Test::Quit => self.quits = true,
            Test::Delete => {
                let is_start = found.depth == 0 && found.path == ".";
                let removed = match found.stat.is_directory() {
                    _ if is_start => Ok(()),
                    true => os::remove_directory(found.path),
                    false => os::remove_file(found.path),
                };
                if let Err(error) = removed {
                    self.complain(context, &format!("{}: {error}", found.path));
                    return false;
                }
            }
            Test::Execute(argv) => {
                let argv: Vec<String> =
                    argv.iter().map(|argument| argument.replace("{}", found.path)).collect();
                return self.run(context, &argv);
            }
            Test::Gather(i) => {
                let full = self.batches.get_mut(*i).is_some_and(|batch| {
                    batch.push(found.path.to_owned());
                    batch.iter().map(String::len).sum::<usize>() > 32 * 1024
                });
                if full {
                    self.run_batch(context, *i);
                }
            }
            Test::Pure(test) => return test(found, self.now),
        }
        true
    }

    fn run_batch(&mut self, context: &mut Context, i: usize) {
        let names = self.batches.get_mut(i).map(std::mem::take).unwrap_or_default();
        let Some(argv) = self.global.batches.get(i).cloned().filter(|_| !names.is_empty()) else { return };
        let mut argv: Vec<String> = argv.to_vec();
        argv.extend(names);
        if !self.run(context, &argv) {
            self.failed = true;
        }
    }

    fn run(&mut self, context: &mut Context, argv: &[String]) -> bool {
        context.out.flush();
        match super::process::start(argv) {
            Ok(pid) => {
                let target = i32::try_from(pid).unwrap_or(i32::MAX);
                matches!(os::wait(target, false), Ok(Some((_, os::Status::Exited(0)))))
            }
            Err(error) => {
                let name = argv.first().cloned().unwrap_or_default();
                context.complain(&format!("{name}: {error}"));
                false
            }
        }
    }
}

/// A failure of the command line.
fn refuse(message: String) -> Failure {
    Failure::new(message)
}
