//! Arithmetic expansion (XCU 2.6.4): signed 64-bit integers with C's operators.

/// Reads and writes the variables of an expression.
pub(super) trait Variables {
    /// The value, none if unset.
    fn get(&mut self, name: &str) -> Result<Option<String>, String>;
    /// Sets it.
    fn set(&mut self, name: &str, value: i64) -> Result<(), String>;
}

const SYNTAX: &str = "arithmetic syntax error";
/// Parentheses, signs, and variables that name variables that name variables …
const MAX_DEPTH: u32 = 200;
const TOO_DEEP: &str = "expression recursion loop detected";

/// The value of an expression; an empty one is 0.
pub(super) fn evaluate(text: &str, variables: &mut dyn Variables) -> Result<i64, String> {
    nested(text, variables, 0)
}

fn nested(text: &str, variables: &mut dyn Variables, depth: u32) -> Result<i64, String> {
    if depth > MAX_DEPTH {
        return Err(TOO_DEEP.to_owned());
    }
    let mut evaluator = Evaluator { text, variables, live: true, depth };
    evaluator.blanks();
    if evaluator.text.is_empty() {
        return Ok(0);
    }
    let value = evaluator.comma()?;
    evaluator.blanks();
    if evaluator.text.is_empty() { Ok(value) } else { Err(SYNTAX.to_owned()) }
}

struct Evaluator<'a> {
    text: &'a str,
    variables: &'a mut dyn Variables,
    /// False in the branch that `?:`, `&&`, `||` don't take.
    live: bool,
    depth: u32,
}

/// Binary operators by level, loosest first; longer ones before their prefixes.
const LEVELS: [&[&str]; 8] = [
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

impl Evaluator<'_> {
    fn blanks(&mut self) {
        self.text = self.text.trim_start();
    }

    /// Takes an operator, unless what stands there is a longer one.
    fn take(&mut self, operator: &str) -> bool {
        self.blanks();
        let Some(rest) = self.text.strip_prefix(operator) else { return false };
        let next = rest.chars().next();
        let longer = match operator {
            "|" | "&" => next == operator.chars().next() || next == Some('='),
            "<" | ">" => next == operator.chars().next() || next == Some('='),
            "+" | "-" => next == Some('='),
            "*" | "/" | "%" | "^" | "<<" | ">>" | "=" => next == Some('='),
            "!" => next == Some('='),
            _ => false,
        };
        if !longer {
            self.text = rest;
        }
        !longer
    }

    fn comma(&mut self) -> Result<i64, String> {
        let mut value = self.assignment()?;
        while self.take(",") {
            value = self.assignment()?;
        }
        Ok(value)
    }

    /// Something that may contain the like, if that isn't too deep.
    fn deeper(&mut self, parse: fn(&mut Self) -> Result<i64, String>) -> Result<i64, String> {
        if self.depth >= MAX_DEPTH {
            return Err(TOO_DEEP.to_owned());
        }
        self.depth += 1;
        let value = parse(self);
        self.depth -= 1;
        value
    }

    fn assignment(&mut self) -> Result<i64, String> {
        self.deeper(Self::assignment_or_less)
    }

    fn assignment_or_less(&mut self) -> Result<i64, String> {
        self.blanks();
        let before = self.text;
        if let Some(name) = self.name() {
            self.blanks();
            let operators = ["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|="];
            for operator in operators {
                let Some(rest) = self.text.strip_prefix(operator) else { continue };
                if operator == "=" && rest.starts_with('=') {
                    break;
                }
                self.text = rest;
                let right = self.assignment()?;
                let value = match operator.strip_suffix('=') {
                    None | Some("") => right,
                    Some(binary) => {
                        let left = self.value(&name)?;
                        self.apply(binary, left, right)?
                    }
                };
                if self.live {
                    self.variables.set(&name, value)?;
                }
                return Ok(value);
            }
            self.text = before;
        }
        self.conditional()
    }

    fn conditional(&mut self) -> Result<i64, String> {
        let condition = self.or()?;
        if !self.take("?") {
            return Ok(condition);
        }
        let live = self.live;
        self.live = live && condition != 0;
        let yes = self.comma()?;
        if !self.take(":") {
            return Err(SYNTAX.to_owned());
        }
        self.live = live && condition == 0;
        let no = self.assignment()?;
        self.live = live;
        Ok(if condition != 0 { yes } else { no })
    }

    fn or(&mut self) -> Result<i64, String> {
        let mut left = self.and()?;
        while self.take("||") {
            let live = self.live;
            self.live = live && left == 0;
            let right = self.and()?;
            self.live = live;
            left = i64::from(left != 0 || right != 0);
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<i64, String> {
        let mut left = self.binary(0)?;
        while self.take("&&") {
            let live = self.live;
            self.live = live && left != 0;
            let right = self.binary(0)?;
            self.live = live;
            left = i64::from(left != 0 && right != 0);
        }
        Ok(left)
    }

    fn binary(&mut self, level: usize) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().find(|operator| self.take(operator)) {
            let right = self.binary(level + 1)?;
            left = self.apply(operator, left, right)?;
        }
        Ok(left)
    }

    fn apply(&self, operator: &str, left: i64, right: i64) -> Result<i64, String> {
        let shift = (right & 63) as u32;
        Ok(match operator {
            "|" => left | right,
            "^" => left ^ right,
            "&" => left & right,
            "==" => i64::from(left == right),
            "!=" => i64::from(left != right),
            "<=" => i64::from(left <= right),
            ">=" => i64::from(left >= right),
            "<" => i64::from(left < right),
            ">" => i64::from(left > right),
            "<<" => left.wrapping_shl(shift),
            ">>" => left.wrapping_shr(shift),
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            _ if right == 0 && !self.live => 0,
            _ if right == 0 => return Err("divide by zero".to_owned()),
            "/" => left.wrapping_div(right),
            _ => left.wrapping_rem(right),
        })
    }

    fn unary(&mut self) -> Result<i64, String> {
        self.blanks();
        for (operator, step) in [("++", 1), ("--", -1)] {
            if let Some(rest) = self.text.strip_prefix(operator) {
                let before = std::mem::replace(&mut self.text, rest);
                self.blanks();
                if let Some(name) = self.name() {
                    return self.step(&name, step).map(|old| old.wrapping_add(step));
                }
                self.text = before;
            }
        }
        let first = self.text.chars().next();
        if let Some(sign @ ('+' | '-' | '!' | '~')) = first {
            self.text = self.text.get(1..).unwrap_or_default();
            let value = self.deeper(Self::unary)?;
            return Ok(match sign {
                '-' => value.wrapping_neg(),
                '!' => i64::from(value == 0),
                '~' => !value,
                _ => value,
            });
        }
        self.primary()
    }

    /// Adds to a variable; its old value.
    fn step(&mut self, name: &str, by: i64) -> Result<i64, String> {
        let old = self.value(name)?;
        if self.live {
            self.variables.set(name, old.wrapping_add(by))?;
        }
        Ok(old)
    }

    fn primary(&mut self) -> Result<i64, String> {
        if self.take("(") {
            let value = self.comma()?;
            return if self.take(")") { Ok(value) } else { Err(SYNTAX.to_owned()) };
        }
        if let Some(name) = self.name() {
            self.blanks();
            for (operator, by) in [("++", 1), ("--", -1)] {
                if let Some(rest) = self.text.strip_prefix(operator) {
                    self.text = rest;
                    return self.step(&name, by);
                }
            }
            return self.value(&name);
        }
        let length = self.text.find(|char: char| !char.is_ascii_alphanumeric()).unwrap_or(self.text.len());
        let (digits, rest) = self.text.split_at(length);
        self.text = rest;
        number(digits).ok_or_else(|| SYNTAX.to_owned())
    }

    fn name(&mut self) -> Option<String> {
        self.text.starts_with(super::lexer::is_name_start).then(|| {
            let end = self.text.find(|char| !super::lexer::is_name_char(char)).unwrap_or(self.text.len());
            let (name, rest) = self.text.split_at(end);
            self.text = rest;
            name.to_owned()
        })
    }

    fn value(&mut self, name: &str) -> Result<i64, String> {
        let Some(text) = self.variables.get(name)? else { return Ok(0) };
        let text = text.trim();
        match number(text) {
            Some(number) => Ok(number),
            None => nested(text, self.variables, self.depth + 1),
        }
    }
}

/// A constant: decimal, octal with 0, hexadecimal with 0x. What is too large wraps as in C.
fn number(text: &str) -> Option<i64> {
    let (digits, radix) = if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        (hex, 16)
    } else if text.len() > 1 && text.starts_with('0') {
        (text.get(1..)?, 8)
    } else {
        (text, 10)
    };
    if digits.is_empty() {
        return None;
    }
    let mut value: i64 = 0;
    for char in digits.chars() {
        value = value.wrapping_mul(i64::from(radix)).wrapping_add(i64::from(char.to_digit(radix)?));
    }
    Some(value)
}
