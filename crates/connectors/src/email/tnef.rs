//! What Outlook packs into `winmail.dat`: the files of a letter and its text (MS-OXTNEF).
//!
//! It comes from strangers. Every length is held against what is there, and one that does not fit makes the whole unreadable: the file is
//! then handed on as it is. Nothing is copied but texts.

mod rtf;
#[cfg(test)]
mod tests;

use mail_parser::decoders::charsets::map::charset_decoder;

const SIGNATURE: u32 = 0x223E_9F78;
/// More files of one packet are not read.
const MOST_FILES: usize = 50;
/// The longest name of a file, in characters.
const MOST_NAME: usize = 200;

// Attributes, by their type and number.
const CODE_PAGE: u32 = 0x0006_9007;
const BODY: u32 = 0x0002_800C;
const MESSAGE_PROPERTIES: u32 = 0x0006_9003;
const NEXT_FILE: u32 = 0x0006_9002;
const FILE_BYTES: u32 = 0x0006_800F;
const FILE_TITLE: u32 = 0x0001_8010;
const FILE_PROPERTIES: u32 = 0x0006_9005;

// Properties, by their number.
const P_BODY: u16 = 0x1000;
const P_RTF: u16 = 0x1009;
const P_HTML: u16 = 0x1013;
const P_CODE_PAGE: u16 = 0x3FDE;
const P_DISPLAY_NAME: u16 = 0x3001;
const P_FILE: u16 = 0x3701;
const P_SHORT_NAME: u16 = 0x3704;
const P_LONG_NAME: u16 = 0x3707;
const P_MEDIA_TYPE: u16 = 0x370E;
const P_CONTENT_ID: u16 = 0x3712;

/// A packet that was read to its end.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The letter's text; empty where it has none.
    pub text: String,
    pub html: String,
    pub files: Vec<File<'a>>,
    /// Something in it stays closed: a message within the message, or an object of a program.
    pub closed: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct File<'a> {
    pub name: String,
    /// As the sender says; empty where they do not.
    pub media_type: String,
    pub content_id: String,
    pub bytes: &'a [u8],
}

/// Opens a packet; none where it is broken or none.
pub fn open(bytes: &[u8]) -> Option<Packet<'_>> {
    let mut rest = Bytes(bytes);
    if rest.u32()? != SIGNATURE {
        return None;
    }
    rest.u16()?;
    let (mut packet, mut page, mut texts) = (Packet::default(), 1252, Texts::default());
    while !rest.0.is_empty() {
        let (_level, id, data) = (rest.u8()?, rest.u32()?, rest.counted()?);
        if rest.u16()? != data.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte))) {
            return None;
        }
        match id {
            CODE_PAGE => page = Bytes(data).u32()?,
            BODY => texts.plain = decoded(data, page),
            MESSAGE_PROPERTIES => properties(data, |property| texts.hear(property, page))?,
            NEXT_FILE if packet.files.len() < MOST_FILES => packet.files.push(File::default()),
            NEXT_FILE => return None,
            FILE_TITLE => packet.files.last_mut()?.name = name(&decoded(data, page)),
            FILE_BYTES => packet.files.last_mut()?.bytes = data,
            FILE_PROPERTIES => {
                let file = packet.files.last_mut()?;
                let closed = &mut packet.closed;
                properties(data, |property| hear(file, property, page, closed))?;
            }
            _ => {}
        }
    }
    packet.files.retain(|file| !file.bytes.is_empty());
    (packet.text, packet.html) = texts.of_letter(page);
    Some(packet)
}

/// The ways in which a packet says the text.
#[derive(Default)]
struct Texts<'a> {
    plain: String,
    html: Option<Property<'a>>,
    rtf: String,
    /// The code page of the layout, which is said behind it.
    page: Option<u32>,
}

impl<'a> Texts<'a> {
    fn hear(&mut self, property: Property<'a>, page: u32) {
        match (property.id, property.value()) {
            (P_BODY, Some(_)) => self.plain = property.text(page),
            (P_HTML, Some(_)) => self.html = Some(property),
            (P_CODE_PAGE, Some(value)) => self.page = Bytes(value).u32(),
            (P_RTF, Some(bytes)) => self.rtf = rtf::unpacked(bytes).map(|rtf| rtf::text(&rtf)).unwrap_or_default(),
            _ => {}
        }
    }

    /// Plain words and layout; what Outlook lays out as RTF is read as plain words.
    fn of_letter(self, page: u32) -> (String, String) {
        let html = self.html.map(|html| html.text(self.page.unwrap_or(page))).unwrap_or_default();
        let plain = [self.plain, self.rtf].into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default();
        (plain.trim_end_matches('\0').replace("\r\n", "\n").trim().to_owned(), html)
    }
}

fn hear<'a>(file: &mut File<'a>, property: Property<'a>, page: u32, closed: &mut bool) {
    let text = |property: &Property| property.text(page).trim().to_owned();
    match property.id {
        P_LONG_NAME => file.name = name(&text(&property)),
        P_SHORT_NAME | P_DISPLAY_NAME if file.name.is_empty() => file.name = name(&text(&property)),
        P_MEDIA_TYPE => file.media_type = Some(text(&property).to_lowercase()).filter(|kind| is_type(kind)).unwrap_or_default(),
        P_CONTENT_ID => file.content_id = text(&property).trim_matches(['<', '>']).to_owned(),
        P_FILE if property.kind == OBJECT => *closed = true,
        P_FILE => file.bytes = property.value().unwrap_or_default(),
        _ => {}
    }
}

fn is_type(said: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte));
    said.len() < 100 && said.split_once('/').is_some_and(|(kind, sort)| plain(kind) && plain(sort))
}

/// A file's name without what stands before it in a path.
fn name(said: &str) -> String {
    let last = said.trim_end_matches('\0').rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(MOST_NAME).collect()
}

const OBJECT: u16 = 0x000D;
const NARROW: u16 = 0x001E;
const WIDE: u16 = 0x001F;
const BINARY: u16 = 0x0102;
/// Set in the type of a property with several values.
const SEVERAL: u16 = 0x1000;

struct Property<'a> {
    id: u16,
    kind: u16,
    values: Vec<&'a [u8]>,
}

impl<'a> Property<'a> {
    fn value(&self) -> Option<&'a [u8]> {
        self.values.first().copied()
    }

    fn text(&self, page: u32) -> String {
        let value = self.value().unwrap_or_default();
        let wide = || value.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect::<Vec<_>>();
        let text = if self.kind == WIDE { String::from_utf16_lossy(&wide()) } else { decoded(value, page) };
        text.trim_end_matches('\0').to_owned()
    }
}

/// Reads a list of properties to its end; none where it does not fit.
fn properties<'a>(bytes: &'a [u8], mut hear: impl FnMut(Property<'a>)) -> Option<()> {
    let mut rest = Bytes(bytes);
    for _ in 0..rest.u32()? {
        let (kind, id) = (rest.u16()?, rest.u16()?);
        if id >= 0x8000 {
            // A name: whose it is, and a number or words.
            rest.take(16)?;
            match rest.u32()? {
                0 => drop(rest.u32()?),
                _ => drop(rest.padded()?),
            }
        }
        let several = kind & SEVERAL != 0;
        let kind = kind & !SEVERAL;
        let varies = matches!(kind, OBJECT | NARROW | WIDE | BINARY);
        let count = if several || varies { rest.u32()? } else { 1 };
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(if varies { rest.padded()? } else { rest.take(width(kind)?)? });
        }
        hear(Property { id, kind, values });
    }
    Some(())
}

/// How many bytes a value of a type without lengths takes.
fn width(kind: u16) -> Option<usize> {
    match kind {
        0x0002 | 0x0003 | 0x0004 | 0x000A | 0x000B => Some(4),
        0x0005 | 0x0006 | 0x0007 | 0x0014 | 0x0040 => Some(8),
        0x0048 => Some(16),
        _ => None,
    }
}

/// What is left to read, in the order of little ends.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }
    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }
    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }
    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }
    /// A length and so many bytes.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let count = usize::try_from(self.u32()?).ok()?;
        self.take(count)
    }
    /// The same, filled up to a multiple of four.
    fn padded(&mut self) -> Option<&'a [u8]> {
        let value = self.counted()?;
        self.take((4 - value.len() % 4) % 4)?;
        Some(value)
    }
}

/// Text in one of Windows' code pages; an unknown one is taken for the western one.
fn decoded(bytes: &[u8], page: u32) -> String {
    let name = match page {
        65001 => "utf-8".to_owned(),
        1200 => "utf-16le".into(),
        932 => "shift_jis".into(),
        936 => "gbk".into(),
        949 => "euc-kr".into(),
        950 => "big5".into(),
        20866 => "koi8-r".into(),
        50220 => "iso-2022-jp".into(),
        850 => "ibm850".into(),
        28591..=28605 => format!("iso-8859-{}", page - 28590),
        1250..=1258 => format!("windows-{page}"),
        _ => "windows-1252".into(),
    };
    match charset_decoder(name.as_bytes()) {
        Some(decoder) => decoder(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}
