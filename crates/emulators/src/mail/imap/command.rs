//! A command of IMAP, taken apart.

/// A word, a text in quotes or as a literal, or a list in parentheses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Unquoted, with whatever stands in its brackets.
    Word(String),
    Text(Vec<u8>),
    List(Vec<Piece>),
}

impl Piece {
    /// As text, whatever it was written as; a list has none.
    pub fn text(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Self::List(_) => String::new(),
        }
    }

    /// In upper case.
    pub fn upper(&self) -> String {
        self.text().to_ascii_uppercase()
    }
}

/// What came so far of a command: its bytes, with the literals taken out.
#[derive(Debug, Default)]
pub struct Gathering {
    line: Vec<u8>,
    literals: Vec<Vec<u8>>,
    /// Bytes that still belong to a literal.
    wanted: usize,
}

/// What a line was: a whole command, or the beginning of a literal.
#[derive(Debug, PartialEq, Eq)]
pub enum Came {
    Whole(Vec<Piece>),
    /// More comes; whether the client waits for a word before.
    Literal {
        asks: bool,
    },
    TooLarge,
}

/// The largest literal: a password, a name, a letter to put into a folder there is not.
const LITERAL_BYTES: usize = 64 * 1024;
const LINE_BYTES: usize = 64 * 1024;
/// Lists in lists.
const DEPTH: usize = 8;

/// Where a literal stood.
const MARK: u8 = 0;

impl Gathering {
    /// Takes one line or literal out of what came. `None`: not enough of it is here.
    pub fn take(&mut self, buffer: &mut Vec<u8>) -> Option<Came> {
        if self.wanted > 0 {
            if buffer.len() < self.wanted {
                return None;
            }
            self.literals.push(buffer.drain(..self.wanted).collect());
            self.wanted = 0;
        }
        let Some(end) = buffer.iter().position(|byte| *byte == b'\n') else {
            return (buffer.len() > LINE_BYTES).then_some(Came::TooLarge);
        };
        let mut line: Vec<u8> = buffer.drain(..=end).collect();
        while line.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            line.pop();
        }
        let opened = line.iter().rposition(|byte| *byte == b'{').filter(|_| line.ends_with(b"}"));
        if let Some(at) = opened {
            let said = String::from_utf8_lossy(line.get(at + 1..line.len() - 1).unwrap_or_default()).into_owned();
            let asks = !said.ends_with('+');
            if let Ok(size) = said.trim_end_matches('+').parse::<usize>() {
                if size > LITERAL_BYTES || self.line.len() > LINE_BYTES {
                    return Some(Came::TooLarge);
                }
                line.truncate(at);
                line.push(MARK);
                self.line.extend(line);
                self.wanted = size;
                if size == 0 {
                    self.literals.push(Vec::new());
                }
                return Some(Came::Literal { asks });
            }
        }
        self.line.extend(line);
        let (line, literals) = (std::mem::take(&mut self.line), std::mem::take(&mut self.literals));
        let mut literals = literals.into_iter();
        let mut place = 0;
        Some(Came::Whole(pieces(&line, &mut place, &mut literals, 0)))
    }
}

fn pieces(line: &[u8], place: &mut usize, literals: &mut impl Iterator<Item = Vec<u8>>, depth: usize) -> Vec<Piece> {
    let mut found = Vec::new();
    while let Some(byte) = line.get(*place).copied() {
        *place += 1;
        match byte {
            b' ' => {}
            b')' => break,
            b'(' if depth < DEPTH => {
                let list = pieces(line, place, literals, depth + 1);
                found.push(Piece::List(list));
            }
            MARK => found.push(Piece::Text(literals.next().unwrap_or_default())),
            b'"' => found.push(Piece::Text(quoted(line, place))),
            _ => {
                *place -= 1;
                found.push(Piece::Word(word(line, place)));
            }
        }
    }
    found
}

fn quoted(line: &[u8], place: &mut usize) -> Vec<u8> {
    let mut text = Vec::new();
    while let Some(byte) = line.get(*place).copied() {
        *place += 1;
        match byte {
            b'"' => break,
            b'\\' => {
                text.extend(line.get(*place));
                *place += 1;
            }
            other => text.push(other),
        }
    }
    text
}

/// A word ends at a space or a parenthesis, but not within its brackets.
fn word(line: &[u8], place: &mut usize) -> String {
    let begun = *place;
    let mut open = false;
    while let Some(byte) = line.get(*place) {
        match byte {
            b'[' => open = true,
            b']' => open = false,
            b' ' | b'(' | b')' if !open => break,
            _ => {}
        }
        *place += 1;
    }
    // A lone parenthesis that nests too deep is a word, so that reading goes on.
    *place = (*place).max(begun + 1);
    String::from_utf8_lossy(line.get(begun..*place).unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Piece {
        Piece::Word(text.into())
    }

    #[test]
    fn literals_quotes_and_brackets_are_one_piece_each() {
        let mut gathering = Gathering::default();
        let mut buffer = b"a1 LOGIN {3}\r\n".to_vec();
        assert_eq!(gathering.take(&mut buffer), Some(Came::Literal { asks: true }));
        buffer.extend(b"m\"");
        assert_eq!(gathering.take(&mut buffer), None, "a byte is missing");
        buffer.extend(b"a \"p\\\"w d\"\r\nnext");
        let whole = vec![word("a1"), word("LOGIN"), Piece::Text(b"m\"a".to_vec()), Piece::Text(b"p\"w d".to_vec())];
        assert_eq!(gathering.take(&mut buffer), Some(Came::Whole(whole)));
        let mut buffer = b"a2 UID FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (FROM DATE)]<0.9>)\r\n".to_vec();
        let list = Piece::List(vec![word("UID"), word("BODY.PEEK[HEADER.FIELDS (FROM DATE)]<0.9>")]);
        assert_eq!(gathering.take(&mut buffer), Some(Came::Whole(vec![word("a2"), word("UID"), word("FETCH"), word("1:*"), list])));
        let mut buffer = b"((((((((((((x\r\n".to_vec();
        assert!(matches!(gathering.take(&mut buffer), Some(Came::Whole(_))), "reading ends");
    }
}
