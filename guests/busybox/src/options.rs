//! Options as getopt reads them: letters in groups, values attached or apart, `--`, long names, options after operands.

use crate::applet::{Context, Failure};

/// What was found: options in order, and operands.
#[derive(Debug, Default)]
pub(crate) struct Options {
    found: Vec<(char, String)>,
    /// What is no option.
    pub(crate) operands: Vec<String>,
}

impl Options {
    /// Whether an option was given.
    pub(crate) fn has(&self, letter: char) -> bool {
        self.found.iter().any(|(found, _)| *found == letter)
    }

    /// The value that was given last.
    pub(crate) fn value(&self, letter: char) -> Option<&str> {
        self.found.iter().rev().find(|(found, _)| *found == letter).map(|(_, value)| value.as_str())
    }

    /// All values of an option in order.
    pub(crate) fn values(&self, letter: char) -> impl Iterator<Item = &str> {
        self.found.iter().filter(move |(found, _)| *found == letter).map(|(_, value)| value.as_str())
    }

    /// Which of some options came last.
    pub(crate) fn last_of(&self, letters: &str) -> Option<char> {
        self.found.iter().rev().map(|(found, _)| *found).find(|found| letters.contains(*found))
    }
}

impl Context {
    /// Reads the arguments. `spec` lists letters, a colon after those with values; a `+` in front ends options at the
    /// first operand. `long` gives long names for letters.
    ///
    /// # Errors
    /// For an option that isn't known or lacks its value, with the message and the usage out.
    pub(crate) fn options(&mut self, spec: &str, long: &[(&str, char)]) -> Result<Options, Failure> {
        let mut options = Options::default();
        let in_order = spec.starts_with('+');
        let kind = |letter: char| {
            let at = spec.find(letter).filter(|_| letter != ':' && letter != '+')?;
            Some(spec.get(at + letter.len_utf8()..).is_some_and(|rest| rest.starts_with(':')))
        };
        let mut args = std::mem::take(&mut self.args).into_iter();
        while let Some(argument) = args.next() {
            if argument == "--" {
                options.operands.extend(args);
                break;
            }
            if let Some(name) = argument.strip_prefix("--") {
                let (name, attached) = match name.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (name, None),
                };
                if name == "help" {
                    return Err(self.wrong_usage(None));
                }
                let Some((_, letter)) = long.iter().find(|(known, _)| *known == name) else {
                    return Err(self.wrong_usage(Some(&format!("unrecognized option '--{name}'"))));
                };
                let value = match (kind(*letter), attached) {
                    (Some(true), None) => match args.next() {
                        Some(value) => value,
                        None => {
                            let message = format!("option '--{name}' requires an argument");
                            return Err(self.wrong_usage(Some(&message)));
                        }
                    },
                    (_, attached) => attached.unwrap_or_default(),
                };
                options.found.push((*letter, value));
                continue;
            }
            if argument.len() < 2 || !argument.starts_with('-') {
                options.operands.push(argument);
                if in_order {
                    options.operands.extend(args);
                    break;
                }
                continue;
            }
            let mut letters = argument.chars();
            letters.next();
            while let Some(letter) = letters.next() {
                match kind(letter) {
                    None => return Err(self.wrong_usage(Some(&format!("invalid option -- '{letter}'")))),
                    Some(false) => options.found.push((letter, String::new())),
                    Some(true) => {
                        let attached: String = letters.by_ref().collect();
                        let value = if attached.is_empty() { args.next() } else { Some(attached) };
                        let Some(value) = value else {
                            let message = format!("option requires an argument -- '{letter}'");
                            return Err(self.wrong_usage(Some(&message)));
                        };
                        options.found.push((letter, value));
                    }
                }
            }
        }
        Ok(options)
    }

    /// A value that must be a number.
    ///
    /// # Errors
    /// "invalid number 'x'"
    pub(crate) fn number(&self, text: &str) -> Result<u64, Failure> {
        let suffixes = [
            ('k', 1024),
            ('K', 1024),
            ('m', 1 << 20),
            ('M', 1 << 20),
            ('g', 1 << 30),
            ('G', 1 << 30),
            ('b', 512),
        ];
        let (digits, factor) = suffixes
            .into_iter()
            .find_map(|(suffix, factor)| Some((text.strip_suffix(suffix)?, factor)))
            .unwrap_or((text, 1));
        let number = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        number.ok_or_else(|| Failure::new(format!("invalid number '{text}'")))
    }
}
