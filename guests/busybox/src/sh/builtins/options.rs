//! `set`, and the same options on the command line.

use super::super::print::quote;
use super::super::state::{Flow, OPTIONS, Shell, Stop};

impl Shell {
    /// Takes options from the front of the arguments. True if `--` or `-` ended them.
    pub(in super::super) fn set_options(&mut self, args: &mut Vec<String>) -> Flow<bool> {
        while let Some(first) = args.first().cloned() {
            let on = first.starts_with('-');
            if !(on || first.starts_with('+')) || first.len() < 2 && first != "-" {
                return Ok(false);
            }
            args.remove(0);
            if first == "--" || first == "-" {
                return Ok(true);
            }
            for letter in first.chars().skip(1) {
                match letter {
                    'o' if args.is_empty() => self.show_options(on),
                    'o' => {
                        let name = args.remove(0);
                        self.set_named(&name, on)?;
                    }
                    'c' | 's' | 'l' if self.builtin.is_none() => {
                        self.options.insert(letter);
                    }
                    letter if OPTIONS.iter().any(|(known, _)| *known == letter) => self.switch(letter, on),
                    'h' => {}
                    letter => {
                        self.say(&format!("illegal option {}{letter}", if on { '-' } else { '+' }));
                        return Err(Stop::Error(2));
                    }
                }
            }
        }
        Ok(false)
    }

    fn switch(&mut self, letter: char, on: bool) {
        if on {
            self.options.insert(letter);
        } else {
            self.options.remove(&letter);
        }
    }

    fn set_named(&mut self, name: &str, on: bool) -> Flow<()> {
        let letter = match name {
            "pipefail" => 'p',
            name => match OPTIONS.iter().find(|(_, known)| *known == name) {
                Some((letter, _)) => *letter,
                None => {
                    self.say(&format!("illegal option {}o {name}", if on { '-' } else { '+' }));
                    return Err(Stop::Error(1));
                }
            },
        };
        self.switch(letter, on);
        Ok(())
    }

    fn show_options(&mut self, readable: bool) {
        let mut text = String::new();
        for (letter, name) in OPTIONS.into_iter().chain([('p', "pipefail")]) {
            let on = self.option(letter);
            if readable {
                text.push_str(&format!("{name:<16}{}\n", if on { "on" } else { "off" }));
            } else {
                text.push_str(&format!("set {}o {name}\n", if on { '-' } else { '+' }));
            }
        }
        self.print(&text);
    }
}

pub(super) fn set(shell: &mut Shell, argv: &[String]) -> Flow<u8> {
    let mut args = argv.get(1..).unwrap_or_default().to_vec();
    if args.is_empty() {
        let variables = shell.variables.iter();
        let lines =
            variables.filter_map(|(name, v)| Some(format!("{name}={}\n", quote(v.value.as_deref()?))));
        let text: String = lines.collect();
        return Ok(shell.print(&text));
    }
    let ended = shell.set_options(&mut args)?;
    if ended || !args.is_empty() {
        shell.positional = args;
    }
    Ok(0)
}
