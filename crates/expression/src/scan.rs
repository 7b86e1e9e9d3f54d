use serde_json::{Number, Value};

use crate::{MAX_TEXT_BYTES, Path, Segment, SyntaxError};

/// A cursor over the text, which reads the smallest meaningful pieces.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a str) -> Result<Scanner<'a>, SyntaxError> {
        if text.len() > MAX_TEXT_BYTES {
            let message = format!("text is longer than {MAX_TEXT_BYTES} bytes");
            return Err(SyntaxError::at(text, 0, message));
        }
        Ok(Scanner { text, at: 0 })
    }

    pub fn error<T>(&self, message: impl Into<String>) -> Result<T, SyntaxError> {
        Err(SyntaxError::at(self.text, self.at, message))
    }

    /// "expected …, found …" at the next meaningful character.
    pub fn expected<T>(&mut self, what: &str) -> Result<T, SyntaxError> {
        self.skip_blanks();
        let found = self.found();
        self.error(format!("expected {what}, found {found}"))
    }

    fn found(&self) -> String {
        let word = self.word_ahead();
        match self.rest().chars().next() {
            None => "the end".to_owned(),
            // A very long word would make a very long message.
            Some(_) if !word.is_empty() => {
                format!("`{}`", word.chars().take(40).collect::<String>())
            }
            Some(other) => format!("`{other}`"),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    pub fn at_end(&mut self) -> bool {
        self.skip_blanks();
        self.rest().is_empty()
    }

    pub fn expect_end(&mut self, what: &str) -> Result<(), SyntaxError> {
        if self.at_end() {
            return Ok(());
        }
        self.expected(what)
    }

    pub fn peek(&mut self) -> Option<char> {
        self.skip_blanks();
        self.rest().chars().next()
    }

    /// Takes one character when it comes next.
    pub fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn word_ahead(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        &rest[..end]
    }

    /// The word that comes next, without taking it; empty when there is none.
    pub fn peek_word(&mut self) -> &'a str {
        self.skip_blanks();
        self.word_ahead()
    }

    /// Takes a keyword in any case when it comes next as a whole word.
    pub fn take_keyword(&mut self, keyword: &str) -> bool {
        let word = self.peek_word();
        let found = word.eq_ignore_ascii_case(keyword);
        if found {
            self.at += word.len();
        }
        found
    }

    /// A quoted constant; there are no escapes, so a text holds at most one kind of quote.
    pub fn string(&mut self, quote: char) -> Result<String, SyntaxError> {
        let body = &self.rest()[quote.len_utf8()..];
        let Some(length) = body.find(quote) else {
            return self.error("this quote is never closed");
        };
        self.at += length + 2 * quote.len_utf8();
        Ok(body[..length].to_owned())
    }

    pub fn number(&mut self) -> Result<Value, SyntaxError> {
        let rest = self.rest();
        let length = number_length(rest);
        let Some(length) = length else {
            return self.error("expected a number");
        };
        if rest[length..].starts_with(|c| is_word(c) || c == '.') {
            return self.error("a number must be followed by a blank or an operator");
        }
        let Some(number) = number_from(&rest[..length]) else {
            return self.error("this number is too large");
        };
        self.at += length;
        Ok(Value::Number(number))
    }

    pub fn path(&mut self) -> Result<Path, SyntaxError> {
        let first = self.peek_word();
        if first.is_empty() || first.starts_with(|c: char| c.is_ascii_digit()) {
            return self.expected("a name");
        }
        if is_keyword(first) {
            return self.expected("a name that is not a keyword");
        }
        self.at += first.len();
        let mut segments = vec![Segment::Key(first.to_owned())];
        loop {
            if self.take('.') {
                let word = self.peek_word();
                if word.is_empty() {
                    return self.expected("a name after the dot");
                }
                self.at += word.len();
                segments.push(Segment::Key(word.to_owned()));
            } else if self.take('[') {
                segments.push(Segment::Index(self.index()?));
            } else {
                return Ok(Path { segments });
            }
        }
    }

    fn index(&mut self) -> Result<usize, SyntaxError> {
        let word = self.peek_word();
        if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.expected("a whole number as index");
        }
        let Ok(index) = word.parse::<u32>() else {
            return self.error("this index is too large");
        };
        self.at += word.len();
        if !self.take(']') {
            return self.expected("`]`");
        }
        Ok(index as usize)
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

fn is_keyword(word: &str) -> bool {
    ["AND", "OR", "NOT", "IN", "HAS", "CONTAINS", "TRUE", "FALSE", "NULL"].iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

/// The length of `-?digits(.digits)?(e[+-]?digits)?` at the start of the text.
fn number_length(text: &str) -> Option<usize> {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let bytes = text.as_bytes();
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') && digits(at + 1) > 0 {
        at += 1 + digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    Some(at)
}

fn number_from(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(whole.into());
    }
    text.parse::<f64>().ok().and_then(Number::from_f64)
}

/// The number a text spells, when it spells nothing else.
pub(crate) fn number_in(text: &str) -> Option<Number> {
    (number_length(text)? == text.len()).then(|| number_from(text)).flatten()
}
