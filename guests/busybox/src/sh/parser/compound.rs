//! Compound commands (XCU 2.9.4).

use super::super::ast::{Compound, List};
use super::super::lexer::{Parsed, is_name};
use super::Parser;

impl Parser {
    pub(super) fn brace(&mut self) -> Parsed<Compound> {
        self.expect_word("{")?;
        let list = self.list_until(&["}"])?;
        self.expect_word("}")?;
        Ok(Compound::Brace(list))
    }

    pub(super) fn body(&mut self) -> Parsed<List> {
        self.expect_word("do")?;
        let list = self.list_until(&["done"])?;
        self.expect_word("done")?;
        Ok(list)
    }

    pub(super) fn conditional(&mut self) -> Parsed<Compound> {
        self.expect_word("if")?;
        let mut branches = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.list_until(&["then"])?;
            if condition.0.is_empty() {
                let expected = self.text.peek().is_none().then_some("then");
                return self.unexpected(expected);
            }
            self.expect_word("then")?;
            branches.push((condition, self.list_until(&["elif", "else", "fi"])?));
            if self.take_word("elif") {
                continue;
            }
            if self.take_word("else") {
                otherwise = Some(self.list_until(&["fi"])?);
            }
            self.expect_word("fi")?;
            return Ok(Compound::If { branches, otherwise });
        }
    }

    pub(super) fn repetition(&mut self, until: bool) -> Parsed<Compound> {
        self.expect_word(if until { "until" } else { "while" })?;
        let condition = self.list_until(&["do"])?;
        Ok(Compound::Loop { until, condition, body: self.body()? })
    }

    pub(super) fn iteration(&mut self) -> Parsed<Compound> {
        self.expect_word("for")?;
        self.blanks();
        let variable = match self.word()? {
            Some(word) if word.literal().is_some_and(is_name) => word.raw,
            _ => return self.error("bad for loop variable"),
        };
        self.newlines()?;
        let mut words = None;
        if self.take_word("in") {
            let mut list = Vec::new();
            loop {
                self.blanks();
                match self.word()? {
                    Some(word) => list.push(word),
                    None => break,
                }
            }
            words = Some(list);
        }
        self.blanks();
        if self.separator()? == Some(true) {
            return self.error("unexpected \"&\"");
        }
        self.newlines()?;
        Ok(Compound::For { variable, words, body: self.body()? })
    }

    pub(super) fn selection(&mut self) -> Parsed<Compound> {
        self.expect_word("case")?;
        self.blanks();
        let Some(subject) = self.word()? else { return self.unexpected(None) };
        self.newlines()?;
        self.expect_word("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines()?;
            if self.take_word("esac") {
                return Ok(Compound::Case { subject, arms });
            }
            self.text.take("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                match self.word()? {
                    Some(word) => patterns.push(word),
                    None => return self.unexpected(Some(")")),
                }
                self.blanks();
                if !self.text.take("|") {
                    break;
                }
            }
            if !self.text.take(")") {
                return self.unexpected(Some(")"));
            }
            arms.push((patterns, self.list_until(&["esac"])?));
            self.newlines()?;
            if !self.text.take(";;") {
                self.expect_word("esac").or_else(|_| self.unexpected(Some(";;")))?;
                return Ok(Compound::Case { subject, arms });
            }
        }
    }
}
