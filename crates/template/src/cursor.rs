use serde_json::Value;

use crate::condition::{Condition, Join, Relation, Test};
use crate::filters::{self, Call};
use crate::operand::{Operand, Path, Step};
use crate::tree::Piped;
use crate::{MAX_NESTING, TemplateError};

/// Reads the inside of one tag or output.
pub(crate) struct Cursor<'a> {
    source: &'a str,
    at: usize,
    end: usize,
    nesting: usize,
}

impl<'a> Cursor<'a> {
    /// `inside` must lie in `source` at `at`.
    pub fn new(source: &'a str, inside: &'a str, at: usize) -> Cursor<'a> {
        Cursor { source, at, end: at + inside.len(), nesting: 0 }
    }

    pub fn error<T>(&self, message: impl Into<String>) -> Result<T, TemplateError> {
        Err(TemplateError::at(self.source, self.at, message))
    }

    pub fn expected<T>(&mut self, what: &str) -> Result<T, TemplateError> {
        let found = match (self.word_ahead(), self.peek()) {
            (_, None) => "the end".to_owned(),
            ("", Some(other)) => format!("`{other}`"),
            (word, _) => format!("`{}`", word.chars().take(40).collect::<String>()),
        };
        self.error(format!("expected {what}, found {found}"))
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..self.end]
    }

    pub fn peek(&mut self) -> Option<char> {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.rest().chars().next()
    }

    pub fn at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    pub fn expect_end(&mut self) -> Result<(), TemplateError> {
        if self.at_end() {
            return Ok(());
        }
        self.expected("the end of the tag")
    }

    pub fn take(&mut self, mark: &str) -> bool {
        self.peek();
        let found = self.rest().starts_with(mark);
        if found {
            self.at += mark.len();
        }
        found
    }

    /// The word that comes next: letters, digits, `_` and, because widget names have them, `-`.
    fn word_ahead(&mut self) -> &'a str {
        self.peek();
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(rest.len());
        let end = end + usize::from(end > 0 && rest[end..].starts_with('?'));
        &rest[..end]
    }

    pub fn take_word(&mut self, wanted: &str) -> bool {
        let found = self.word_ahead() == wanted;
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// A word that begins with a letter or `_`.
    pub fn name(&mut self) -> Result<&'a str, TemplateError> {
        let word = self.word_ahead();
        if !word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return self.expected("a name");
        }
        self.at += word.len();
        Ok(word)
    }

    /// `name:` when it comes next.
    pub fn take_label(&mut self) -> Option<&'a str> {
        let start = self.at;
        let name = self.name().ok();
        if name.is_some() && self.take(":") {
            return name;
        }
        self.at = start;
        None
    }

    pub fn operand(&mut self) -> Result<Operand, TemplateError> {
        match self.peek() {
            Some('"') => self.string("\""),
            Some('\'') => self.string("'"),
            Some('0'..='9' | '-') => self.number(),
            _ => self.named(),
        }
    }

    fn string(&mut self, quote: &str) -> Result<Operand, TemplateError> {
        let body = &self.rest()[1..];
        let Some(length) = body.find(quote) else {
            return self.error("this quote is never closed");
        };
        self.at += length + 2;
        Ok(Operand::Literal(body[..length].into()))
    }

    fn number(&mut self) -> Result<Operand, TemplateError> {
        let rest = self.rest();
        let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
        let sign = usize::from(rest.starts_with('-'));
        let mut length = sign + digits(sign);
        if length == sign {
            return self.expected("a value");
        }
        // The dots of `(1..5)` are no decimal point.
        if rest[length..].starts_with('.') && digits(length + 1) > 0 {
            length += 1 + digits(length + 1);
        }
        let value = match (rest[..length].parse::<i64>(), rest[..length].parse::<f64>()) {
            (Ok(whole), _) => Value::from(whole),
            (_, Ok(number)) => Value::from(number),
            _ => return self.expected("a number"),
        };
        self.at += length;
        Ok(Operand::Literal(value))
    }

    fn named(&mut self) -> Result<Operand, TemplateError> {
        if self.word_ahead().is_empty() {
            return self.expected("a value");
        }
        let root = self.name()?;
        let steps = self.steps()?;
        if !steps.is_empty() {
            let root = root.to_owned();
            return Ok(Operand::Path(Path { root, steps }));
        }
        Ok(match root {
            "true" => Operand::Literal(true.into()),
            "false" => Operand::Literal(false.into()),
            "nil" | "null" => Operand::Literal(Value::Null),
            "empty" => Operand::Empty,
            "blank" => Operand::Blank,
            _ => Operand::Path(Path { root: root.to_owned(), steps }),
        })
    }

    fn steps(&mut self) -> Result<Vec<Step>, TemplateError> {
        let mut steps = Vec::new();
        loop {
            self.peek();
            if !self.rest().starts_with("..") && self.take(".") {
                let word = self.word_ahead();
                if word.is_empty() {
                    return self.expected("a name after the dot");
                }
                self.at += word.len();
                steps.push(Step::Key(word.to_owned()));
            } else if self.take("[") {
                steps.push(self.index()?);
            } else {
                return Ok(steps);
            }
        }
    }

    fn index(&mut self) -> Result<Step, TemplateError> {
        if self.nesting == MAX_NESTING {
            return self.error(format!("nested deeper than {MAX_NESTING} levels"));
        }
        self.nesting += 1;
        let index = self.operand()?;
        self.nesting -= 1;
        if !self.take("]") {
            return self.expected("`]`");
        }
        Ok(match index {
            Operand::Literal(Value::String(key)) => Step::Key(key),
            other => Step::At(other),
        })
    }

    /// A value with its filters, up to the end of the tag.
    pub fn piped(&mut self) -> Result<Piped, TemplateError> {
        let value = self.operand()?;
        let mut filters = Vec::new();
        while self.take("|") {
            filters.push(self.call()?);
        }
        self.expect_end()?;
        Ok(Piped { value, filters })
    }

    fn call(&mut self) -> Result<Call, TemplateError> {
        self.peek();
        let start = self.at;
        let name = self.name()?;
        let Some(filter) = filters::find(name) else {
            self.at = start;
            return self.error(format!("unknown filter `{name}`"));
        };
        let mut arguments = Vec::new();
        let mut options = Vec::new();
        if self.take(":") {
            loop {
                match self.take_label() {
                    Some(label) => options.push((label.to_owned(), self.operand()?)),
                    None => arguments.push(self.operand()?),
                }
                if !self.take(",") {
                    break;
                }
            }
        }
        if !filter.arguments.contains(&arguments.len()) {
            self.at = start;
            let (least, most) = (filter.arguments.start(), filter.arguments.end());
            let message = format!("`{name}` takes {least} to {most} arguments");
            return self.error(message);
        }
        Ok(Call { filter, arguments, options })
    }

    /// Tests up to the end of the tag.
    pub fn condition(&mut self, negated: bool) -> Result<Condition, TemplateError> {
        let first = self.test()?;
        let mut rest = Vec::new();
        loop {
            let join = if self.take_word("and") {
                Join::And
            } else if self.take_word("or") {
                Join::Or
            } else {
                self.expect_end()?;
                return Ok(Condition { first, rest, negated });
            };
            rest.push((join, self.test()?));
        }
    }

    fn test(&mut self) -> Result<Test, TemplateError> {
        let left = self.operand()?;
        let relation = [
            ("==", Relation::Equal),
            ("!=", Relation::NotEqual),
            ("<>", Relation::NotEqual),
            ("<=", Relation::LessOrEqual),
            (">=", Relation::GreaterOrEqual),
            ("<", Relation::Less),
            (">", Relation::Greater),
        ]
        .into_iter()
        .find_map(|(mark, relation)| self.take(mark).then_some(relation))
        .or_else(|| self.take_word("contains").then_some(Relation::Contains));
        let right = match relation {
            Some(relation) => Some((relation, self.operand()?)),
            None => None,
        };
        Ok(Test { left, right })
    }
}
