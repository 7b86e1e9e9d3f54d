//! Letters as large as files may be, both ways, and what is said of larger ones.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use engine::FileRefused;
use model::message::AttachmentState;
use model::{AttachmentId, Conversation, Extra, MessageId, MessageState};
use testkit::Writer;

use crate::stage::Stage;
use crate::with_servers;

/// The largest file there is, in bytes.
const MOST: usize = 10 * 1024 * 1024;

/// No two lines of it are alike.
fn file(bytes: usize) -> Vec<u8> {
    (0..bytes as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn letter(id: &str, file: &[u8]) -> Vec<u8> {
    let mut mail = format!(
        "From: kim@mail.example\r\nTo: large@tide.example\r\nSubject: Large\r\nMessage-ID: <{id}>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\nHere it is\r\n--m\r\n\
         Content-Type: application/octet-stream; name=large.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    for line in file.chunks(57) {
        mail.extend(STANDARD.encode(line).bytes());
        mail.extend(b"\r\n");
    }
    mail.extend(b"--m--\r\n");
    mail
}

/// The file that came with a letter, once it is clear what becomes of it.
async fn came(stage: &Stage, id: &str) -> (Conversation, model::Attachment) {
    stage
        .until(id, async |stage| {
            let (conversation, messages) = stage.said(id).await?;
            let first = messages.into_iter().next()?;
            assert_eq!(first.text, "Here it is");
            let file = first.attachments.into_iter().next()?;
            (file.state != AttachmentState::Pending).then_some((conversation, file))
        })
        .await
}

async fn uploaded(stage: &Stage, name: &str, bytes: Vec<u8>) -> Result<AttachmentId, FileRefused> {
    let owner = format!("worker:{}", stage.shop.ana);
    let taken = stage.house.engine.upload(stage.shop.ws, &owner, name, Bytes::from(bytes)).await.expect("a place for files");
    taken.map(|file| file.id)
}

async fn send(stage: &Stage, conversation: &Conversation, text: &str, files: Vec<AttachmentId>) -> MessageId {
    let message = engine::WriteMessage {
        attachment_ids: files,
        ..engine::WriteMessage::text(
            conversation.id,
            text,
            text,
            Writer { worker_id: Some(stage.shop.ana), name: "Ana".into(), anywhere: true },
            format!("worker:{}", stage.shop.ana),
        )
    };
    stage.house.engine.write(stage.shop.ws, message).await.expect("written").expect("a reply").id
}

#[test]
fn a_letter_with_the_largest_file_goes_whole_both_ways() {
    with_servers(async |servers| {
        let stage = Stage::open(servers, "large", |_| ()).await;
        let sent = file(MOST);
        let mail = letter("whole@mail.example", &sent);
        assert!(mail.len() > 14_000_000, "{}", mail.len());
        servers.deliver("large@tide.example", &mail);
        let (conversation, heard) = came(&stage, "whole@mail.example").await;
        assert_eq!((heard.state, heard.bytes as usize), (AttachmentState::Ready, MOST));
        let kept = stage.house.engine.files().get(&heard.key).await.expect("a look").expect("the file");
        assert!(kept == sent, "the file is another one");

        let id = uploaded(&stage, "back.bin", sent.clone()).await.expect("a file");
        send(&stage, &conversation, "And back", vec![id]).await;
        let back = stage.letter("kim", "And back").await;
        assert!(back.len() > 14_000_000, "{}", back.len());
        let named = back.find("back.bin").expect("its name");
        let from = named + back[named..].find("\n\n").or_else(|| back[named..].find("\r\n\r\n")).expect("its content");
        let coded: String = back[from..].split("--").next().expect("an end").split_whitespace().collect();
        assert!(STANDARD.decode(coded).expect("base64") == sent, "the file came as another one");
        stage.close().await;
    });
}

#[test]
fn of_what_is_too_large_the_rest_comes_and_the_reason_is_said() {
    with_servers(async |servers| {
        let stage = Stage::open(servers, "larger", |_| ()).await;
        servers.deliver("larger@tide.example", &letter("over@mail.example", &file(MOST + 1)));
        let (conversation, heard) = came(&stage, "over@mail.example").await;
        assert_eq!(heard.state, AttachmentState::Failed, "words and name are there, the file is not: {heard:?}");
        assert_eq!(uploaded(&stage, "over.bin", file(MOST + 1)).await, Err(FileRefused::TooBig { limit: MOST }));

        // A letter beyond what we take is not fetched whole; it says so, and stays in its mailbox.
        servers.deliver("larger@tide.example", &letter("far@mail.example", &file(28_000_000)));
        let (_, messages) = stage.heard("far@mail.example").await;
        let large = |extra: &Extra| matches!(extra, Extra::Unsupported { what } if what == "mail_too_large");
        assert!(messages[0].extras.iter().any(large) && messages[0].attachments.is_empty(), "{:?}", messages[0]);

        // Three of the largest files are more than any server takes in one letter: each leaves in its own.
        let mut files = Vec::new();
        for name in ["one.bin", "two.bin", "three.bin"] {
            files.push(uploaded(&stage, name, file(MOST)).await.expect("a file"));
        }
        send(&stage, &conversation, "Three of them", files).await;
        for name in ["one.bin", "two.bin", "three.bin"] {
            stage.letter("kim", name).await;
        }

        // What a server does not take fails by its name.
        let small = "From: small@mail.example\r\nTo: larger@tide.example\r\nMessage-ID: <small@mail.example>\r\n\r\nHello\r\n";
        servers.deliver("larger@tide.example", small.as_bytes());
        let (conversation, _) = stage.heard("small@mail.example").await;
        let sent = send(&stage, &conversation, "Too much", vec![]).await;
        let failed = stage
            .until("the letter is refused", async |stage| {
                stage.message(&conversation, sent).await.filter(|message| message.state == MessageState::Failed)
            })
            .await;
        let problem = failed.problem.expect("a reason");
        assert_eq!(problem.code, "too_large", "{problem:?}");
        stage.close().await;
    });
}
