use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{Extra, InboundEvent, InboundFile, InboundMessage};

use super::*;
use crate::email::inbound;
use crate::email::tests::{AT, account};

/// A packet as Outlook writes it, in the western code page.
struct Writer(Vec<u8>);

impl Writer {
    fn new() -> Self {
        Self([SIGNATURE.to_le_bytes().as_slice(), &[1, 0]].concat()).attribute(1, CODE_PAGE, &[0xE4, 4, 0, 0, 0, 0, 0, 0])
    }

    fn attribute(mut self, level: u8, id: u32, data: &[u8]) -> Self {
        let sum = data.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
        self.0.push(level);
        self.0.extend(id.to_le_bytes());
        self.0.extend((data.len() as u32).to_le_bytes());
        self.0.extend(data);
        self.0.extend(sum.to_le_bytes());
        self
    }

    fn file(self, title: &[u8], bytes: &[u8], properties: &[Vec<u8>]) -> Self {
        self.attribute(2, NEXT_FILE, &[0; 14]).attribute(2, FILE_TITLE, title).attribute(2, FILE_BYTES, bytes).attribute(
            2,
            FILE_PROPERTIES,
            &list(properties),
        )
    }
}

fn list(properties: &[Vec<u8>]) -> Vec<u8> {
    [(properties.len() as u32).to_le_bytes().to_vec(), properties.concat()].concat()
}

fn fixed(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
    [kind.to_le_bytes().as_slice(), &id.to_le_bytes(), value].concat()
}

fn varying(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
    let filled = vec![0; (4 - value.len() % 4) % 4];
    fixed(kind, id, &[&1u32.to_le_bytes(), (value.len() as u32).to_le_bytes().as_slice(), value, &filled].concat())
}

fn wide(id: u16, text: &str) -> Vec<u8> {
    varying(WIDE, id, &text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<_>>())
}

/// Two files, one of them a picture within the layout; and names that a property of somebody's own has.
fn two_files() -> Writer {
    let named = [fixed(NARROW, 0x8001, &[7; 16]), 1u32.to_le_bytes().into(), 5u32.to_le_bytes().into(), vec![b'x', 0, b'y', 0, 0, 0, 0, 0]];
    let named = [named.concat(), 1u32.to_le_bytes().into(), 2u32.to_le_bytes().into(), b"hi\0\0".to_vec()].concat();
    let moment = fixed(0x0040, 0x3007, &[1; 8]);
    Writer::new()
        .file(
            b"BILL~1.PDF\0",
            b"%PDF-1.7 bill",
            &[moment, wide(P_LONG_NAME, "C:\\tmp\\R\u{e9}chnung 김.pdf"), varying(NARROW, P_MEDIA_TYPE, b"Application/PDF\0")],
        )
        .file(
            b"logo.png\0",
            b"\x89PNG logo",
            &[named, varying(NARROW, P_CONTENT_ID, b"<logo@tide>\0"), varying(NARROW, P_MEDIA_TYPE, b"image/png; x\0")],
        )
}

fn names<'a>(packet: &'a Packet<'_>) -> Vec<&'a str> {
    packet.files.iter().map(|file| file.name.as_str()).collect()
}

#[test]
fn files_have_their_long_names_types_and_bytes() {
    let bytes = two_files().0;
    let packet = open(&bytes).unwrap();
    assert_eq!(names(&packet), ["Réchnung 김.pdf", "logo.png"]);
    let [bill, logo] = packet.files.as_slice() else { panic!("{packet:?}") };
    assert_eq!((bill.bytes, bill.media_type.as_str()), (b"%PDF-1.7 bill".as_slice(), "application/pdf"));
    assert_eq!((logo.content_id.as_str(), logo.media_type.as_str()), ("logo@tide", ""), "no type that could not stand in a header");
    assert!(!packet.closed);
    let titled =
        Writer::new().attribute(2, NEXT_FILE, &[0; 14]).attribute(2, FILE_TITLE, b"b\xFCro.txt\0").attribute(2, FILE_BYTES, b"x").0;
    assert_eq!(names(&open(&titled).unwrap()), ["büro.txt"]);
    let within = Writer::new().file(b"a.txt\0", b"x", &[varying(OBJECT, P_FILE, &[9; 40])]).0;
    assert!(open(&within).unwrap().closed, "a message within the message");
}

#[test]
fn the_text_is_read_from_words_layout_or_rtf() {
    let said = |properties: &[Vec<u8>]| {
        let bytes = Writer::new().attribute(1, MESSAGE_PROPERTIES, &list(properties)).0;
        let packet = open(&bytes).unwrap();
        (packet.text, packet.html)
    };
    assert_eq!(said(&[wide(P_BODY, "Größe?\r\nM")]).0, "Größe?\nM");
    let korean = [varying(BINARY, P_HTML, b"<p>\xB1\xE8</p>"), fixed(0x0003, P_CODE_PAGE, &949u32.to_le_bytes())];
    assert_eq!(said(&korean), (String::new(), "<p>김</p>".into()), "in the code page that is said behind it");
    let rtf = br"{\rtf1\ansi\ansicpg1252\fromhtml1{\fonttbl{\f0 Arial;}}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Gr\'fc\'dfe \u8364?5 \u-10179?\u-8704?\htmlrtf\par}\htmlrtf0 a\{b\}\tab c}";
    let plain = [&[0u8; 4], (rtf.len() as u32).to_le_bytes().as_slice(), b"MELA", &[0; 4], rtf].concat();
    assert_eq!(said(&[varying(BINARY, P_RTF, &plain)]).0, "Grüße €5 😀\na{b}\tc");
    let body = Writer::new().attribute(1, BODY, b"caf\xE9\0").0;
    assert_eq!(open(&body).unwrap().text, "café");
}

#[test]
fn packed_rtf_is_unpacked_to_its_length_and_no_further() {
    // The example of the description (MS-OXRTFCP 4.1): "{\rtf1\ansi\ansicpg1252\pard hello world}\r\n".
    let packed: [u8; 49] = [
        0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72, 0x63,
        0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64,
        0x7d, 0x0a, 0x80, 0x0f, 0xa0,
    ];
    let rtf = rtf::unpacked(&packed).unwrap();
    assert_eq!(String::from_utf8(rtf.clone()).unwrap(), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
    assert_eq!(rtf::text(&rtf), "hello world");
    for end in 0..packed.len() {
        assert_eq!(rtf::unpacked(&packed[..end]), None, "cut at {end}");
    }
    let mut larger = packed;
    larger[4] = 0x2a;
    assert_eq!(rtf::unpacked(&larger), None, "more came than was said");
    larger[7] = 0x7f;
    assert_eq!(rtf::unpacked(&larger), None, "nobody unpacks two gigabytes");
    assert_eq!(rtf::text(&b"{".repeat(10_000)), "");
    assert_eq!(rtf::text(br"{\rtf1 a\'"), "a");
}

#[test]
fn whatever_is_cut_or_changed_in_a_packet_is_refused_or_read_and_never_a_panic() {
    let whole = two_files().attribute(1, MESSAGE_PROPERTIES, &list(&[wide(P_BODY, "hello")])).0;
    let ends: Vec<usize> = (0..whole.len()).filter(|end| open(&whole[..*end]).is_some()).collect();
    // Only between two attributes: after the signature, the code page, and four for each of two files.
    assert_eq!(ends.len(), 10, "{ends:?}");
    let (mut refused, mut random) = (0, 7u64);
    for round in 0..20_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut changed = whole.clone();
        let at = (random >> 33) as usize % changed.len();
        changed[at] ^= 1 << (round % 8);
        refused += usize::from(open(&changed).is_none());
    }
    assert!(refused > 15_000, "{refused}");
    let empty = Writer::new().attribute(1, MESSAGE_PROPERTIES, &u32::MAX.to_le_bytes()).0;
    assert_eq!(open(&empty), None, "so many properties are not there");
    let many = (0..51).fold(Writer::new(), |writer, _| writer.attribute(2, NEXT_FILE, &[0; 14])).0;
    assert_eq!(open(&many), None);
}

fn letter(packet: &[u8], words: &str) -> Vec<u8> {
    let coded: String =
        STANDARD.encode(packet).as_bytes().chunks(76).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect();
    format!(
        "From: <kim@mail.example>\r\nTo: <support@tide.example>\r\nMessage-ID: <win@mail.example>\r\nSubject: x\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n--m\r\n\
         Content-Type: application/ms-tnef; name=\"winmail.dat\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded}--m--\r\n"
    )
    .into_bytes()
}

fn heard(raw: &[u8]) -> InboundMessage {
    let mut received = inbound::received(&account(), raw, Some(AT), true);
    match received.batches.remove(0).events.remove(0).event {
        InboundEvent::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

fn kept(message: &InboundMessage) -> Vec<(String, String, String)> {
    let file = |file: &InboundFile| match file {
        InboundFile::Kept { piece, media_type, name } => (piece.clone(), media_type.clone(), name.clone()),
        other => panic!("{other:?}"),
    };
    message.files.iter().map(file).collect()
}

#[test]
fn a_letter_of_outlook_brings_its_files_instead_of_the_packet() {
    let raw = letter(&two_files().0, "Here you are");
    let message = heard(&raw);
    assert_eq!(message.text, "Here you are");
    let files = kept(&message);
    assert_eq!(files.iter().map(|(_, _, name)| name.as_str()).collect::<Vec<_>>(), ["Réchnung 김.pdf", "logo.png"]);
    assert_eq!(inbound::piece(&raw, &files[0].0), Some((b"%PDF-1.7 bill".to_vec(), "application/pdf".into())));
    assert_eq!(inbound::piece(&raw, &files[1].0), Some((b"\x89PNG logo".to_vec(), "application/octet-stream".into())));
    assert_eq!((inbound::piece(&raw, "2-9"), inbound::piece(&raw, "1-0"), inbound::piece(&raw, "2-x")), (None, None, None));
}

#[test]
fn what_only_the_packet_says_is_read_from_it() {
    let layout = [varying(BINARY, P_HTML, b"<p>Hello <img src=\"cid:logo@tide\"><script>alert(1)</script></p>")];
    let message = heard(&letter(&two_files().attribute(1, MESSAGE_PROPERTIES, &list(&layout)).0, ""));
    assert_eq!(message.text, "Hello");
    let Some(Extra::Mail { html, pictures, .. }) = message.extras.first() else { panic!("{:?}", message.extras) };
    assert!(html.contains("cid:logo@tide") && !html.contains("script"), "{html}");
    assert_eq!(pictures.get("logo@tide").map(String::as_str), Some("logo.png"));
    let alone = heard(&letter(&Writer::new().attribute(1, BODY, b"words\0").0, " "));
    assert_eq!((alone.text.as_str(), alone.files.len()), ("words", 0));
}

#[test]
fn a_packet_that_is_broken_or_stays_closed_is_kept_as_the_file_it_is() {
    let whole = two_files().0;
    for packet in [&whole[..whole.len() - 1], b"no packet at all", &Writer::new().0] {
        let raw = letter(packet, "See the file");
        let message = heard(&raw);
        let files = kept(&message);
        assert_eq!((files.len(), files[0].2.as_str(), message.text.as_str()), (1, "winmail.dat", "See the file"));
        assert_eq!(inbound::piece(&raw, &files[0].0).unwrap().0, packet);
    }
    let closed = Writer::new().file(b"a.txt\0", b"x", &[]).file(b"\0", b"", &[varying(OBJECT, P_FILE, &[9; 40])]).0;
    let names: Vec<String> = kept(&heard(&letter(&closed, "hi"))).into_iter().map(|(_, _, name)| name).collect();
    assert_eq!(names, ["a.txt", "winmail.dat"]);
}
