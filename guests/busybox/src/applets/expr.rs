//! expr (XCU expr).

use super::regex;
use crate::applet::{Context, Failure, Outcome};

struct Reader {
    args: Vec<String>,
    at: usize,
}

fn fail(message: &str) -> Failure {
    Failure::with_status(2, message)
}

fn integer(text: &str) -> Result<i64, Failure> {
    text.parse().map_err(|_| fail("non-numeric argument"))
}

fn is_null(text: &str) -> bool {
    text.is_empty() || text.parse::<i64>() == Ok(0)
}

/// Operators by their binding, the weakest first.
const LEVELS: [&[&str]; 6] =
    [&["|"], &["&"], &["<", "<=", "=", "==", "!=", ">=", ">"], &["+", "-"], &["*", "/", "%"], &[":"]];

impl Reader {
    fn take(&mut self, choices: &[&str]) -> Option<String> {
        let next = self.args.get(self.at).filter(|text| choices.contains(&text.as_str()))?.clone();
        self.at += 1;
        Some(next)
    }

    fn level(&mut self, level: usize) -> Result<String, Failure> {
        let Some(operators) = LEVELS.get(level) else { return self.operand() };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.take(operators) {
            let right = self.level(level + 1)?;
            left = apply(&operator, left, right)?;
        }
        Ok(left)
    }

    fn next(&mut self) -> Result<String, Failure> {
        let text = self.args.get(self.at).cloned().ok_or_else(|| fail("syntax error"))?;
        self.at += 1;
        Ok(text)
    }

    fn operand(&mut self) -> Result<String, Failure> {
        let text = self.next()?;
        match text.as_str() {
            "(" => {
                let value = self.level(0)?;
                match self.take(&[")"]) {
                    Some(_) => Ok(value),
                    None => Err(fail("syntax error")),
                }
            }
            ")" => Err(fail("syntax error")),
            "quote" => self.next(),
            "length" if self.at < self.args.len() => Ok(self.level(5)?.chars().count().to_string()),
            "match" if self.at < self.args.len() => {
                let (subject, pattern) = (self.level(5)?, self.level(5)?);
                apply(":", subject, pattern)
            }
            "index" if self.at < self.args.len() => {
                let (subject, set) = (self.level(5)?, self.level(5)?);
                Ok(subject.chars().position(|char| set.contains(char)).map_or(0, |at| at + 1).to_string())
            }
            "substr" if self.at < self.args.len() => {
                let (subject, from, length) = (self.level(5)?, self.level(5)?, self.level(5)?);
                let (Ok(from), Ok(length)) = (from.parse::<usize>(), length.parse::<usize>()) else {
                    return Ok(String::new());
                };
                Ok(if from == 0 {
                    String::new()
                } else {
                    subject.chars().skip(from - 1).take(length).collect()
                })
            }
            _ => Ok(text),
        }
    }
}

fn apply(operator: &str, left: String, right: String) -> Result<String, Failure> {
    let truth = |is: bool| Ok(u8::from(is).to_string());
    Ok(match operator {
        "|" => match (is_null(&left), is_null(&right)) {
            (false, _) => left,
            (true, false) => right,
            (true, true) => "0".to_owned(),
        },
        "&" if is_null(&left) || is_null(&right) => "0".to_owned(),
        "&" => left,
        ":" => {
            // Anchored at the start.
            let text = regex::translate(&right, true)?;
            let regex =
                regex::compile(&right, &format!("^(?:{})", text.strip_prefix('^').unwrap_or(&text)), false)?;
            let groups = regex.captures_len() > 1;
            match regex.captures(&left) {
                Some(found) if groups => {
                    found.get(1).map_or_else(String::new, |group| group.as_str().to_owned())
                }
                Some(found) => found.get(0).map_or(0, |whole| whole.as_str().chars().count()).to_string(),
                None if groups => String::new(),
                None => "0".to_owned(),
            }
        }
        "+" | "-" | "*" | "/" | "%" => {
            let (x, y) = (integer(&left)?, integer(&right)?);
            let value = match operator {
                "+" => x.wrapping_add(y),
                "-" => x.wrapping_sub(y),
                "*" => x.wrapping_mul(y),
                _ if y == 0 => return Err(fail("division by zero")),
                "/" => x.wrapping_div(y),
                _ => x.wrapping_rem(y),
            };
            value.to_string()
        }
        comparison => {
            let order = match (left.parse::<i64>(), right.parse::<i64>()) {
                (Ok(x), Ok(y)) => x.cmp(&y),
                _ => left.cmp(&right),
            };
            return truth(match comparison {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                "=" | "==" => order.is_eq(),
                "!=" => order.is_ne(),
                ">=" => order.is_ge(),
                _ => order.is_gt(),
            });
        }
    })
}

pub(super) fn expr(context: &mut Context) -> Outcome {
    let mut args = std::mem::take(&mut context.args);
    if args.first().is_some_and(|first| first == "--") {
        args.remove(0);
    }
    if args.is_empty() {
        return Err(fail("too few arguments"));
    }
    let mut reader = Reader { args, at: 0 };
    let value = reader.level(0)?;
    if reader.at < reader.args.len() {
        return Err(fail("syntax error"));
    }
    context.out.line(&value);
    Ok(u8::from(is_null(&value)))
}
