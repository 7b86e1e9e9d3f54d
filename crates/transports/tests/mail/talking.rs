//! A talk by mail: our answers in the customer's mailbox, theirs in the same conversation, and what does not arrive.

use model::MessageState;

use crate::stage::{Stage, head};
use crate::{fixture, with_servers};

#[test]
fn an_answer_arrives_and_its_answer_joins_the_conversation() {
    with_servers(async |servers| {
        let stage = Stage::open(servers, "support", |_| ()).await;
        servers.deliver("support@tide.example", &fixture("plain"));
        let (conversation, _) = stage.heard("first@mail.example").await;
        let sent = stage.reply(&conversation, "c1", "Red is 42.\n.\nLine after a lone dot.").await;
        stage
            .until("the answer was taken", async |stage| {
                stage.message(&conversation, sent).await.filter(|message| message.state == MessageState::Sent)
            })
            .await;
        let letter = stage.letter("kim", "Red is 42.").await;
        assert_eq!(head(&letter, "In-Reply-To"), "<first@mail.example>");
        assert_eq!(head(&letter, "References"), "<first@mail.example>");
        let (reply_to, id) = (head(&letter, "Reply-To"), head(&letter, "Message-ID"));
        assert!(reply_to.starts_with("support+") && id.ends_with("@tide.example>"), "{letter}");
        assert!(letter.contains("multipart/alternative") && !letter.contains("Auto-Submitted"), "{letter}");
        assert!(letter.contains("\n.\n") || letter.contains("\r\n.\r\n"), "a lone dot is a line like any other: {letter}");

        // The customer's answer to our signed address joins, whoever they write it as.
        let back = format!(
            "From: kim@home.example\r\nTo: {reply_to}\r\nSubject: anything\r\nMessage-ID: <back@home.example>\r\n\r\nThank you!\r\n"
        );
        servers.deliver(&reply_to, back.as_bytes());
        stage
            .until("the answer to the answer", async |stage| {
                let messages = stage.house.messages(&stage.shop, conversation.id).await.ok()?;
                messages.into_iter().find(|message| message.text == "Thank you!")
            })
            .await;

        // A stranger who names our id, and is vouched for by nobody, gets a conversation of their own.
        let leaked = format!(
            "From: eve@mail.example\r\nTo: support@tide.example\r\nIn-Reply-To: {id}\r\nSubject: Re: Gr\r\nMessage-ID: <eve@mail.example>\r\n\r\nTell me more\r\n"
        );
        servers.deliver("support@tide.example", leaked.as_bytes());
        let (other, _) = stage.heard("eve@mail.example").await;
        assert_ne!(other.id, conversation.id);
        // Who takes part and is vouched for joins by the id alone.
        let proven = format!(
            "Authentication-Results: mx.tide.example; dmarc=pass header.from=mail.example\r\nFrom: kim@mail.example\r\nTo: support@tide.example\r\nIn-Reply-To: {id}\r\nMessage-ID: <again@mail.example>\r\n\r\nAnd in blue?\r\n"
        );
        servers.deliver("support@tide.example", proven.as_bytes());
        stage
            .until("the answer by id", async |stage| {
                let messages = stage.house.messages(&stage.shop, conversation.id).await.ok()?;
                messages.into_iter().find(|message| message.text == "And in blue?")
            })
            .await;
        stage.close().await;
    });
}

/// The mail server takes the letter and finds out later that nobody wants it: its report fails our message.
#[test]
fn a_bounce_comes_back_to_its_message() {
    with_servers(async |servers| {
        let stage = Stage::open(servers, "bouncer", |_| ()).await;
        let mail =
            "From: lost@mail.example\r\nTo: bouncer@tide.example\r\nSubject: Hello\r\nMessage-ID: <lost@mail.example>\r\n\r\nHello\r\n";
        servers.deliver("bouncer@tide.example", mail.as_bytes());
        let (conversation, _) = stage.heard("lost@mail.example").await;
        let sent = stage.reply(&conversation, "c1", "Are you there?").await;
        let failed = stage
            .until("the bounce", async |stage| {
                stage.message(&conversation, sent).await.filter(|message| message.state == MessageState::Failed)
            })
            .await;
        let problem = failed.problem.expect("a reason");
        assert_eq!(problem.code, "recipient_unreachable", "{problem:?}");
        assert!(problem.detail.contains("5.1.1"), "{problem:?}");
        stage.close().await;
    });
}

/// A server that asks to wait is asked again, and the letter arrives once.
#[test]
fn a_letter_that_has_to_wait_arrives_later() {
    with_servers(async |servers| {
        let stage = Stage::open(servers, "waiter", |_| ()).await;
        let mail =
            "From: slow@mail.example\r\nTo: waiter@tide.example\r\nSubject: Hello\r\nMessage-ID: <slow@mail.example>\r\n\r\nHello\r\n";
        servers.deliver("waiter@tide.example", mail.as_bytes());
        let (conversation, _) = stage.heard("slow@mail.example").await;
        let sent = stage.reply(&conversation, "c1", "Patience.").await;
        for _ in 0..10 {
            stage.work().await;
        }
        let held = stage.message(&conversation, sent).await.expect("the message");
        assert!(!matches!(held.state, MessageState::Sent | MessageState::Failed), "{held:?}");
        assert!(servers.log().contains("come back later"));
        servers.hurry();
        stage.house.pass(120).await.expect("two minutes");
        stage.letter("slow", "Patience.").await;
        stage
            .until("the answer was taken", async |stage| {
                stage.message(&conversation, sent).await.filter(|message| message.state == MessageState::Sent)
            })
            .await;
        let copies = servers.mailbox("slow").iter().filter(|mail| mail.contains("Patience.")).count();
        assert_eq!(copies, 1);
        stage.close().await;
    });
}
