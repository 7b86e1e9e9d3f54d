//! Outlook's packed RTF (MS-OXRTFCP), and the words in it.

use super::{Bytes, decoded};

/// What every packed RTF is taken to begin with.
const BEFORE: &[u8; 207] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
const PACKED: u32 = 0x7546_5A4C;
const PLAIN: u32 = 0x414C_454D;
const WINDOW: usize = 4096;
/// More is not unpacked, in bytes.
const MOST: usize = 4 << 20;
/// Groups within groups.
const DEEPEST: usize = 200;

/// Unpacks it; none where it is broken or too large.
pub fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Bytes(bytes);
    let (_packed, whole, kind, _sum) = (rest.u32()?, rest.u32()?, rest.u32()?, rest.u32()?);
    let whole = usize::try_from(whole).ok().filter(|whole| *whole <= MOST)?;
    if kind == PLAIN {
        return rest.take(whole).map(<[u8]>::to_vec);
    }
    if kind != PACKED {
        return None;
    }
    let mut window = [0u8; WINDOW];
    window[..BEFORE.len()].copy_from_slice(BEFORE);
    let (mut at, mut out) = (BEFORE.len(), Vec::with_capacity(whole));
    let mut put = |byte: u8, at: &mut usize, window: &mut [u8; WINDOW]| {
        window[*at % WINDOW] = byte;
        *at += 1;
        out.push(byte);
        out.len()
    };
    'all: loop {
        let marks = rest.u8()?;
        for bit in 0..8 {
            if marks >> bit & 1 == 0 {
                let byte = rest.u8()?;
                if put(byte, &mut at, &mut window) > whole {
                    return None;
                }
                continue;
            }
            let word = u16::from_be_bytes([rest.u8()?, rest.u8()?]);
            let (from, count) = (usize::from(word >> 4), usize::from(word & 15) + 2);
            if from == at % WINDOW {
                break 'all;
            }
            for step in 0..count {
                let byte = window[(from + step) % WINDOW];
                if put(byte, &mut at, &mut window) > whole {
                    return None;
                }
            }
        }
    }
    (out.len() == whole).then_some(out)
}

/// One group of braces.
#[derive(Clone, Copy)]
struct Group {
    /// It holds no words of the letter.
    silent: bool,
    /// So many characters stand for old readers behind each by number.
    old: usize,
}

/// The words of an RTF, line by line.
pub fn text(rtf: &[u8]) -> String {
    let mut reader = Reader {
        page: 1252,
        out: String::new(),
        bytes: vec![],
        units: vec![],
        group: Group { silent: false, old: 1 },
        outer: vec![],
        skip: 0,
    };
    let mut rest = rtf;
    while let [first, tail @ ..] = rest {
        rest = match first {
            b'{' if reader.outer.len() >= DEEPEST => return String::new(),
            b'{' => {
                reader.outer.push(reader.group);
                tail
            }
            b'}' => {
                reader.flush();
                reader.group = reader.outer.pop().unwrap_or(reader.group);
                tail
            }
            b'\\' => reader.control(tail),
            b'\r' | b'\n' => tail,
            byte => {
                reader.byte(*byte);
                tail
            }
        };
    }
    reader.flush();
    reader.out
}

struct Reader {
    page: u32,
    out: String,
    /// In the code page, not read yet: a character may take several.
    bytes: Vec<u8>,
    /// Characters by number, of which some take two.
    units: Vec<u16>,
    group: Group,
    outer: Vec<Group>,
    /// So many characters are still those for old readers.
    skip: usize,
}

impl Reader {
    fn byte(&mut self, byte: u8) {
        match (self.skip, self.group.silent) {
            (0, false) => {
                if !self.units.is_empty() {
                    self.flush();
                }
                self.bytes.push(byte);
            }
            (0, true) => {}
            _ => self.skip -= 1,
        }
    }

    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            self.out.push_str(&decoded(&std::mem::take(&mut self.bytes), self.page));
        }
        if !self.units.is_empty() {
            self.out.push_str(&String::from_utf16_lossy(&std::mem::take(&mut self.units)));
        }
    }

    fn say(&mut self, text: &str) {
        self.flush();
        if !self.group.silent {
            self.out.push_str(text);
        }
    }

    /// What stands behind a backslash; what is left after it.
    fn control<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let Some((first, tail)) = rest.split_first() else { return rest };
        match first {
            b'\'' => {
                let digits = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
                if let Some(byte) = digits.and_then(|two| u8::from_str_radix(two, 16).ok()) {
                    self.byte(byte);
                }
                tail.get(2..).unwrap_or_default()
            }
            b'*' => {
                self.group.silent = true;
                tail
            }
            b'~' => {
                self.say("\u{a0}");
                tail
            }
            b'\r' | b'\n' => {
                self.say("\n");
                tail
            }
            byte if byte.is_ascii_alphabetic() => self.word(rest),
            b'\\' | b'{' | b'}' => {
                self.byte(*first);
                tail
            }
            _ => tail,
        }
    }

    fn word<'a>(&mut self, rest: &'a [u8]) -> &'a [u8] {
        let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (word, rest) = rest.split_at(letters);
        let digits = rest.iter().enumerate().take_while(|(at, byte)| byte.is_ascii_digit() || *at == 0 && **byte == b'-').count();
        let (number, rest) = rest.split_at(digits.min(11));
        let number = std::str::from_utf8(number).ok().and_then(|number| number.parse::<i64>().ok());
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        match word {
            b"par" | b"line" | b"row" | b"sect" | b"page" => self.say("\n"),
            b"tab" | b"cell" => self.say("\t"),
            b"emdash" => self.say("—"),
            b"endash" => self.say("–"),
            b"lquote" => self.say("‘"),
            b"rquote" => self.say("’"),
            b"ldblquote" => self.say("“"),
            b"rdblquote" => self.say("”"),
            b"bullet" => self.say("•"),
            b"ansicpg" => self.page = number.and_then(|page| u32::try_from(page).ok()).unwrap_or(1252),
            b"uc" => self.group.old = number.and_then(|old| usize::try_from(old).ok()).unwrap_or(1).min(8),
            b"u" => {
                // Above the middle they are written as negative ones.
                let unit = number.map(|code| if code < 0 { code + 0x1_0000 } else { code }).and_then(|code| u16::try_from(code).ok());
                if !self.bytes.is_empty() {
                    self.flush();
                }
                self.units.extend(unit.filter(|_| !self.group.silent));
                self.skip = self.group.old;
            }
            b"bin" => return number.and_then(|count| rest.get(usize::try_from(count).ok()?..)).unwrap_or_default(),
            b"fonttbl" | b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"object" | b"header" | b"footer" | b"listtable" => {
                self.group.silent = true;
            }
            _ => {}
        }
        rest
    }
}
