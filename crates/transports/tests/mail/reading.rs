//! What comes out of a mailbox, whatever it looks like, once each.

use crate::stage::Stage;
use crate::{fixture, fixture_as, with_servers};

/// Proves S21's last sentence and G1 for a mailbox: every mail is kept, broken or not.
#[test]
fn mails_of_every_kind_come_out_of_a_mailbox() {
    with_servers(async |servers| {
        servers.deliver("reader@tide.example", &fixture("plain"));
        let stage = Stage::open(servers, "reader", |_| ()).await;
        let (_, messages) = stage.heard("first@mail.example").await;
        assert_eq!(messages[0].text, "Which size is red?", "what was unread before we came");

        // What comes while we listen is told by the server itself.
        for name in ["nested", "broken", "html-only", "absence"] {
            servers.deliver("reader@tide.example", &fixture(name));
        }
        let head = b"From: kim@mail.example\r\nTo: reader@tide.example\r\nMessage-ID: <large@mail.example>\r\nMIME-Version: 1.0\r\nContent-Type: application/zip; name=big.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n";
        let large = [head.to_vec(), [vec![b'A'; 76], b"\r\n".to_vec()].concat().repeat(140_000)].concat();
        servers.deliver("reader@tide.example", &large);
        let nested = stage
            .until("the nested mail with its files", async |stage| {
                let (_, messages) = stage.said("nested@mail.example").await?;
                let first = messages.into_iter().next()?;
                first.attachments.iter().all(|file| file.state != model::message::AttachmentState::Pending).then_some(first)
            })
            .await;
        let names: Vec<&str> = nested.attachments.iter().map(|file| file.name.as_str()).collect();
        assert!(names.contains(&"winmail.dat") && names.contains(&"logo.png") && names.contains(&"김 a.pdf"), "{names:?}");
        assert!(names.iter().any(|name| name.ends_with(".ics")) && names.contains(&"Before.eml") && names.len() == 5, "{names:?}");
        assert_eq!(nested.text, "Grüße € 5");
        for id in ["two@at@mail.example", "html@mail.example"] {
            stage.heard(id).await;
        }
        let big = stage
            .until("the large mail's file", async |stage| {
                let (_, messages) = stage.said("large@mail.example").await?;
                let file = messages.into_iter().next()?.attachments.into_iter().next()?;
                (file.state != model::message::AttachmentState::Pending).then_some(file)
            })
            .await;
        assert!(big.bytes > 7_900_000, "{big:?}");
        let (_, absence) = stage.heard("away@mail.example").await;
        assert!(
            absence.iter().filter(|message| !message.from_contact()).all(|message| message.private || message.notice.is_some()),
            "no machine answers a machine: {absence:?}"
        );
        stage.close().await;
    });
}

#[test]
fn nothing_is_lost_or_doubled_over_cuts_and_restarts() {
    with_servers(async |servers| {
        let stage = Stage::open(servers, "cutter", |_| ()).await;
        let mail = |id: &str| fixture_as("plain", "first@mail.example", id);
        servers.deliver("cutter@tide.example", &mail("one@mail.example"));
        stage.heard("one@mail.example").await;

        // A cut line is opened again; the same mail in two copies is one message.
        servers.cut_lines();
        servers.deliver("cutter@tide.example", &mail("two@mail.example"));
        servers.deliver("cutter@tide.example", &mail("two@mail.example"));
        stage.heard("two@mail.example").await;

        // A process that dies is followed by one that goes on where it was.
        servers.deliver("cutter@tide.example", &mail("three@mail.example"));
        let stage = stage.reborn().await;
        servers.deliver("cutter@tide.example", &mail("four@mail.example"));
        for id in ["three@mail.example", "four@mail.example"] {
            let (_, messages) = stage.heard(id).await;
            assert_eq!(messages.iter().filter(|message| message.from_contact()).count(), 1, "{id}");
        }

        // A mailbox that was made anew numbers its mails otherwise; none of them is new for that.
        servers.make_anew("cutter");
        servers.deliver("cutter@tide.example", &mail("five@mail.example"));
        stage.heard("five@mail.example").await;
        let lives = stage.house.count("SELECT count(*) FROM channel_cursor WHERE key LIKE 'mail:%:%'").await.unwrap();
        assert_eq!(lives, 2, "the mailbox was read in both of its lives");
        assert_eq!(stage.all().await, 5, "each mail once");
        stage.close().await;
    });
}

/// Without IDLE's own words nothing would come for five minutes: the server tells of new mail while we listen.
#[test]
fn the_server_tells_of_new_mail_over_starttls_too() {
    with_servers(async |servers| {
        let plain = servers.imap_plain.to_string();
        let stage = Stage::open(servers, "starter", |account| {
            account.settings.insert("imap_port".into(), plain);
            account.settings.insert("imap_security".into(), "starttls".into());
        })
        .await;
        for round in 0..3 {
            let id = format!("round-{round}@mail.example");
            servers.deliver("starter@tide.example", &fixture_as("plain", "first@mail.example", &id));
            let begun = std::time::Instant::now();
            stage.heard(&id).await;
            assert!(round == 0 || begun.elapsed().as_secs() < 30, "it was told and not looked for");
        }
        stage.close().await;
    });
}
