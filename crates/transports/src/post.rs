//! Letters to a mail server, one connection each, so that every answer is known for one letter alone.

use std::time::Duration;

use connectors::{Login, MailServer, MailStage, Refused, Reply, Security};
use engine::OutgoingLetter;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;

use crate::{Carrier, letter, wire};

/// For one command and its answer.
const COMMAND: Duration = Duration::from_secs(20);
/// For the content and the answer to its final dot: servers look for viruses before they say yes.
const CONTENT: Duration = Duration::from_secs(120);

/// Hands a letter over.
pub async fn post(carrier: &Carrier, out: OutgoingLetter) -> Reply {
    let letter = &out.letter;
    let content = match letter::render(letter, &out.files) {
        Ok(content) => content,
        Err(error) => return at(MailStage::Content, 501, format!("{error:#}")),
    };
    match handed_over(carrier, &out, &content).await {
        Ok(reply) | Err(reply) => reply,
    }
}

/// Signs in and leaves again.
pub async fn knock(carrier: &Carrier, server: &MailServer) -> Reply {
    match signed_in(carrier, server).await {
        Ok(mut connection) => {
            drop(timeout(COMMAND, connection.quit()).await);
            at(MailStage::Done, 221, String::new())
        }
        Err(reply) => reply,
    }
}

async fn handed_over(carrier: &Carrier, out: &OutgoingLetter, content: &[u8]) -> Result<Reply, Reply> {
    let letter = &out.letter;
    let mut connection = signed_in(carrier, &letter.server).await?;
    let mut options = Vec::new();
    let wide = std::iter::once(&letter.sender).chain(&letter.recipients).any(|address| !address.is_ascii());
    if wide {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Ok(at(MailStage::Recipients, 553, "the mail server takes no addresses beyond ASCII (SMTPUTF8)".into()));
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    if !content.is_ascii() {
        options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let sender = match letter.sender.as_str() {
        "" => None,
        text => Some(text.parse::<Address>().map_err(|error| at(MailStage::Sender, 501, error.to_string()))?),
    };
    command(&mut connection, Mail::new(sender, options), MailStage::Sender).await?;
    let (mut taken, mut refused) = (0, Vec::new());
    for address in &letter.recipients {
        let parsed = match address.parse::<Address>() {
            Ok(parsed) => parsed,
            Err(error) => {
                refused.push(Refused { address: address.clone(), code: 501, said: error.to_string() });
                continue;
            }
        };
        match command(&mut connection, Rcpt::new(parsed, vec![]), MailStage::Recipients).await {
            Ok(()) => taken += 1,
            Err(Reply::Mail { code, said, .. }) if code > 0 => refused.push(Refused { address: address.clone(), code, said }),
            Err(reply) => return Err(reply),
        }
    }
    if taken == 0 {
        // Among several refusals one that may pass wins: the letter is tried again.
        let worst = refused.iter().min_by_key(|one| one.code).map_or((501, String::new()), |one| (one.code, one.said.clone()));
        drop(timeout(COMMAND, connection.quit()).await);
        return Ok(Reply::Mail { stage: MailStage::Recipients, code: worst.0, said: worst.1, refused });
    }
    command(&mut connection, Data, MailStage::Content).await?;
    // From here on the server may have taken it whatever we hear.
    let answer = match timeout(CONTENT, connection.message(content)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Ok(answered(&error, MailStage::Content).unwrap_or_else(|| Reply::Unknown(error.to_string()))),
        Err(_) => return Ok(Reply::Unknown("the mail server did not say whether it took the letter".into())),
    };
    drop(timeout(COMMAND, connection.quit()).await);
    let said = answer.message().collect::<Vec<_>>().join(" ");
    Ok(Reply::Mail { stage: MailStage::Done, code: number(answer.code()), said, refused })
}

async fn signed_in(carrier: &Carrier, server: &MailServer) -> Result<AsyncSmtpConnection, Reply> {
    let wire = wire::open(carrier, server).await?;
    let name = ClientId::Domain("localhost".to_owned());
    let greeting = timeout(COMMAND, AsyncSmtpConnection::connect_with_transport(Box::new(wire), &name)).await;
    let mut connection = settled(greeting, MailStage::Greeting)?;
    if server.security == Security::StartTls {
        if !connection.can_starttls() {
            return Err(wire::insecure("the mail server offers no STARTTLS".into()));
        }
        let parameters = parameters(carrier, &server.host).map_err(|error| wire::insecure(error.to_string()))?;
        match timeout(COMMAND, connection.starttls(parameters, &name)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(wire::insecure(error.to_string())),
            Err(_) => return Err(wire::insecure("no TLS came about in time".into())),
        }
    }
    let (mechanisms, credentials): (&[Mechanism], _) = match &server.login {
        Login::Nobody => return Ok(connection),
        Login::Password { user, password } => (&[Mechanism::Plain, Mechanism::Login], Credentials::new(user.clone(), password.clone())),
        Login::Bearer { user, token } => (&[Mechanism::Xoauth2], Credentials::new(user.clone(), token.clone())),
    };
    if connection.server_info().get_auth_mechanism(mechanisms).is_none() {
        return Err(at(MailStage::SignIn, 504, "the mail server offers no way to sign in that we know".into()));
    }
    settled(timeout(COMMAND, connection.auth(mechanisms, &credentials)).await, MailStage::SignIn)?;
    Ok(connection)
}

fn parameters(carrier: &Carrier, host: &str) -> Result<TlsParameters, Error> {
    let mut builder = TlsParameters::builder(host.to_owned());
    for root in carrier.tls().extra_roots() {
        builder = builder.add_root_certificate(Certificate::from_der(root.to_vec())?);
    }
    builder.build_rustls()
}

async fn command(connection: &mut AsyncSmtpConnection, command: impl std::fmt::Display, stage: MailStage) -> Result<(), Reply> {
    settled(timeout(COMMAND, connection.command(command)).await, stage).map(drop)
}

/// Before the content nothing can have been taken, so silence is no doubt.
fn settled<T>(result: Result<Result<T, Error>, tokio::time::error::Elapsed>, stage: MailStage) -> Result<T, Reply> {
    match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(answered(&error, stage).unwrap_or_else(|| Reply::NotSent(error.to_string()))),
        Err(_) => Err(Reply::NotSent("the mail server went silent".into())),
    }
}

/// The server's refusal, if it was one.
fn answered(error: &Error, stage: MailStage) -> Option<Reply> {
    let code = error.status()?;
    let said = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    Some(at(stage, number(code), said))
}

fn number(code: lettre::transport::smtp::response::Code) -> u16 {
    code.to_string().parse().unwrap_or(0)
}

fn at(stage: MailStage, code: u16, said: String) -> Reply {
    Reply::Mail { stage, code, said, refused: vec![] }
}
