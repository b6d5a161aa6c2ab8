//! test and [ (XCU test): what is true of files, texts and numbers.

use wasipod_guest_os::{self as os, FileType, Stat};

use crate::applet::{Context, Failure, Outcome};

pub(super) fn test(context: &mut Context) -> Outcome {
    let args = std::mem::take(&mut context.args);
    evaluate(&args).map(|is_true| u8::from(!is_true))
}

pub(super) fn bracket(context: &mut Context) -> Outcome {
    if context.args.pop().is_none_or(|last| last != "]") {
        return Err(wrong("missing ]"));
    }
    test(context)
}

fn wrong(message: &str) -> Failure {
    Failure::with_status(2, message)
}

fn evaluate(args: &[String]) -> Result<bool, Failure> {
    // The number of arguments decides first (XCU test), so that operands may look like operators.
    match args {
        [] => return Ok(false),
        [one] => return Ok(!one.is_empty()),
        [not, one] if not == "!" => return Ok(one.is_empty()),
        [left, operator, right] if is_binary(operator) => return binary(left, operator, right),
        [not, left, operator, right] if not == "!" && is_binary(operator) => {
            return binary(left, operator, right).map(|is_true| !is_true);
        }
        _ => {}
    }
    let mut reader = Reader { args, at: 0 };
    let value = reader.or()?;
    match reader.peek() {
        Some(extra) => Err(wrong(&format!("{extra}: unknown operand"))),
        None => Ok(value),
    }
}

struct Reader<'a> {
    args: &'a [String],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.args.get(self.at).map(String::as_str)
    }

    fn take(&mut self) -> Option<&'a str> {
        let argument = self.peek()?;
        self.at += 1;
        Some(argument)
    }

    fn or(&mut self) -> Result<bool, Failure> {
        let mut value = self.and()?;
        while self.peek() == Some("-o") {
            self.at += 1;
            value |= self.and()?;
        }
        Ok(value)
    }

    fn and(&mut self) -> Result<bool, Failure> {
        let mut value = self.not()?;
        while self.peek() == Some("-a") {
            self.at += 1;
            value &= self.not()?;
        }
        Ok(value)
    }

    fn not(&mut self) -> Result<bool, Failure> {
        if self.peek() == Some("!") && self.at + 1 < self.args.len() {
            self.at += 1;
            return self.not().map(|value| !value);
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<bool, Failure> {
        let Some(first) = self.take() else { return Err(wrong("argument expected")) };
        let binary_next = self.peek().is_some_and(is_binary) && self.at + 1 < self.args.len();
        if first == "(" && !binary_next {
            let value = self.or()?;
            return match self.take() {
                Some(")") => Ok(value),
                _ => Err(wrong("closing paren expected")),
            };
        }
        if let Some(operator) = self.peek().filter(|next| is_binary(next) && !binary_next) {
            return Err(wrong(&format!("{operator}: argument expected")));
        }
        if binary_next {
            let operator = self.take().unwrap_or_default();
            let right = self.take().unwrap_or_default();
            return binary(first, operator, right);
        }
        if is_unary(first) && self.peek().is_some() {
            let operand = self.take().unwrap_or_default();
            return unary(first, operand);
        }
        Ok(!first.is_empty())
    }
}

fn is_unary(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next() == Some('-')
        && letters.next().is_some_and(|letter| "bcdefghkLnOGprsStuwxz".contains(letter))
        && letters.next().is_none()
}

fn is_binary(text: &str) -> bool {
    matches!(
        text,
        "=" | "==" | "!=" | "<" | ">" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-nt" | "-ot" | "-ef"
    )
}

fn number(text: &str) -> Result<i64, Failure> {
    text.trim().parse().map_err(|_| match text.trim().is_empty() || !only_digits(text.trim()) {
        true => wrong(&format!("{text}: bad number")),
        false => wrong(&format!("{text}: out of range")),
    })
}

fn only_digits(text: &str) -> bool {
    text.strip_prefix(['-', '+']).unwrap_or(text).chars().all(|char| char.is_ascii_digit())
}

fn binary(left: &str, operator: &str, right: &str) -> Result<bool, Failure> {
    let stats = || Some((os::stat(left, true).ok()?, os::stat(right, true).ok()?));
    Ok(match operator {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        ">" => left > right,
        "-nt" => stats().is_some_and(|(left, right)| left.mtime > right.mtime),
        "-ot" => stats().is_some_and(|(left, right)| left.mtime < right.mtime),
        "-ef" => stats().is_some_and(|(left, right)| left.same_file(&right)),
        _ => {
            let (left, right) = (number(left)?, number(right)?);
            match operator {
                "-eq" => left == right,
                "-ne" => left != right,
                "-lt" => left < right,
                "-le" => left <= right,
                "-gt" => left > right,
                _ => left >= right,
            }
        }
    })
}

fn unary(operator: &str, operand: &str) -> Result<bool, Failure> {
    let stat =
        |follow: bool, is: &dyn Fn(&Stat) -> bool| os::stat(operand, follow).is_ok_and(|stat| is(&stat));
    let kind = |kind: FileType| stat(true, &|stat| stat.kind == kind);
    Ok(match operator {
        "-n" => !operand.is_empty(),
        "-z" => operand.is_empty(),
        "-e" => stat(true, &|_| true),
        "-f" => kind(FileType::Regular),
        "-d" => kind(FileType::Directory),
        "-c" => kind(FileType::CharacterDevice),
        "-b" => kind(FileType::BlockDevice),
        "-p" => kind(FileType::Fifo),
        "-S" => kind(FileType::Socket),
        "-h" | "-L" => stat(false, &|stat| stat.kind == FileType::SymbolicLink),
        "-s" => stat(true, &|stat| stat.size > 0),
        "-u" => stat(true, &|stat| stat.mode & 0o4000 != 0),
        "-g" => stat(true, &|stat| stat.mode & 0o2000 != 0),
        "-k" => stat(true, &|stat| stat.mode & 0o1000 != 0),
        "-O" => stat(true, &|stat| stat.uid == os::identity().uid),
        "-G" => stat(true, &|stat| stat.gid == os::identity().gid),
        "-r" => os::access(operand, 4).is_ok(),
        "-w" => os::access(operand, 2).is_ok(),
        "-x" => os::access(operand, 1).is_ok(),
        _ => {
            let fd = u32::try_from(number(operand)?).ok();
            fd.and_then(|fd| os::descriptor(fd).ok()).is_some_and(|file| file.is_terminal())
        }
    })
}
