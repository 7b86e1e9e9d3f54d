"""Python's own clients of IMAP and SMTP judge the emulated mail server: `mail_judge.py IMAP_PORT SMTP_PORT`."""

import email
import imaplib
import smtplib
import sys
import time
from email.message import EmailMessage

IMAP, SMTP = int(sys.argv[1]), int(sys.argv[2])
SHOP, MIA = "hello@tidewater.example", "mia@mail.example"


def letter(subject, text, sender=MIA, to=SHOP, data=None):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Message-ID"] = f"<{subject.replace(' ', '-')}@judge.example>"
    made.set_content(text)
    if data is not None:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename="größe.bin")
    return made


def refused(act, *codes):
    try:
        act()
    except smtplib.SMTPRecipientsRefused as why:
        assert all(code in codes for code, _ in why.recipients.values()), why
    except smtplib.SMTPResponseException as why:
        assert why.smtp_code in codes, why
    else:
        raise AssertionError(f"{codes} was expected")


# A customer's server brings letters in without signing in, and to nobody elsewhere.
with smtplib.SMTP("127.0.0.1", SMTP) as outside:
    outside.ehlo("judge.example")
    assert outside.has_extn("size") and outside.has_extn("smtputf8") and "XOAUTH2" in outside.esmtp_features["auth"]
    # Lines that begin with a dot, and one that is nothing else.
    outside.send_message(letter("First", ".one\n..two\n.\nend\n"))
    outside.send_message(letter("Second", "with a file", data=bytes(range(256)) * 2000))
    refused(lambda: outside.send_message(letter("Third", "x", to="who@elsewhere.example")), 550)
    refused(lambda: outside.send_message(letter("Fourth", "x", sender=SHOP)), 530)

box = imaplib.IMAP4("127.0.0.1", IMAP)
try:
    box.login(SHOP, "wrong")
    raise AssertionError("a wrong password opened")
except imaplib.IMAP4.error as why:
    assert "AUTHENTICATIONFAILED" in str(why), why
assert box.authenticate("XOAUTH2", lambda _: f"user={SHOP}\x01auth=Bearer ya29\x01\x01".encode())[0] == "OK"
assert box.select("INBOX") == ("OK", [b"2"])
assert box.response("UIDVALIDITY")[1][0].isdigit()
assert box.uid("SEARCH", "UID 1:*") == ("OK", [b"1 2"])
assert box.uid("SEARCH", "UNSEEN", "SUBJECT", '"second"') == ("OK", [b"2"])
assert box.uid("SEARCH", "NOT", "(OR SUBJECT first SUBJECT second)") == ("OK", [b""])
_, fetched = box.uid("FETCH", "1:2", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])")
raw = [part[1] for part in fetched if isinstance(part, tuple)]
assert len(raw) == 2 and all(f"RFC822.SIZE {len(one)}".encode() in part[0] for one, part in zip(raw, [p for p in fetched if isinstance(p, tuple)]))
first, second = (email.message_from_bytes(one, policy=email.policy.default) for one in raw)
assert first.get_content().replace("\r\n", "\n") == ".one\n..two\n.\nend\n", first.get_content()
assert first["Delivered-To"] == SHOP and first["Authentication-Results"].startswith("mail.localhost;")
attached = next(second.iter_attachments())
assert attached.get_filename() == "größe.bin" and attached.get_content() == bytes(range(256)) * 2000
assert imaplib.Internaldate2tuple(fetched[0][0]) is not None
assert box.uid("SEARCH", "UNSEEN")[1] == [b"1 2"], "looking left them unread"
assert box.uid("STORE", "2", "+FLAGS", "(\\Seen)")[1] == [b"2 (UID 2 FLAGS (\\Seen))"]
assert box.uid("SEARCH", "UNSEEN")[1] == [b"1"]
assert box.create("Done")[0] == "OK" and box.uid("MOVE", "2", "Done")[0] == "OK"
assert box.uid("SEARCH", "ALL")[1] == [b"1"]

# IDLE, which this client does not know: its socket tells what comes.
box.send(b"x1 IDLE\r\n")
assert box.readline() == b"+ idling\r\n"
with smtplib.SMTP("127.0.0.1", SMTP) as outside:
    outside.send_message(letter("Fifth", "now"))
began = time.monotonic()
assert box.readline() == b"* 2 EXISTS\r\n" and box.readline() == b"* 1 RECENT\r\n"
assert time.monotonic() - began < 2, "it is told at once"
box.send(b"DONE\r\n")
assert box.readline() == b"x1 OK Idle ended\r\n"
assert box.logout()[0] == "BYE"

# The shop signs in and writes to its customer, and to somebody who does not exist: the letter comes back.
with smtplib.SMTP("127.0.0.1", SMTP) as shop:
    shop.login(SHOP, "secret")
    shop.send_message(letter("Answer", "here you are", sender=SHOP, to=MIA))
    shop.send_message(letter("Nobody", "hello?", sender=SHOP, to="nobody@mail.example"))
with smtplib.SMTP("127.0.0.1", SMTP) as shop:
    refused(lambda: shop.login(SHOP, "wrong"), 535)
    assert shop.mail(MIA, [f"SIZE={50 << 20}"])[0] == 552
box = imaplib.IMAP4("127.0.0.1", IMAP)
assert box.login(SHOP, "secret")[0] == "OK"
box.select("INBOX")
found = box.uid("SEARCH", "FROM", "mailer-daemon")[1][0].split()
assert len(found) == 1
report = email.message_from_bytes(box.uid("FETCH", found[0], "(RFC822)")[1][0][1], policy=email.policy.default)
assert report.get_content_type() == "multipart/report" and report.get_param("report-type") == "delivery-status"
words, status, about = report.iter_parts()
assert status.get_content_type() == "message/delivery-status"
fields = status.get_payload()[1]
assert fields["Final-Recipient"] == "rfc822; nobody@mail.example" and fields["Status"] == "5.1.1" and fields["Action"] == "failed"
assert "Nobody@judge.example" in about.get_payload()
assert box.uid("SEARCH", "SEEN")[1] == [found[0]], "whoever looks without PEEK has read it"
box.logout()
print("judged")
