//! One thing is set up wrongly, and the doctor names that one: its code and its setting, and nothing else.
//! That it names nothing when all is well, every story has proved before it begins.

use anyhow::{Context, Result, ensure};

use crate::stage::{Stage, block_on};
use crate::table::Verdict::{self, Lacks, Met};

/// Where the mistake is made.
enum Where {
    /// In a setting or a secret of ours, which says this instead.
    Ours(&'static str, &'static str),
    /// At the provider.
    Theirs,
    /// Whoever calls us finds nobody.
    Unreached,
    /// The provider's own address answers nobody.
    Gone,
    /// The mistake cannot be made, or nobody can be asked about it: what is missing.
    Nowhere(&'static str),
}

use Where::{Gone, Nowhere, Ours, Theirs, Unreached};

/// By channel: where each mistake is made, the code and the setting that the doctor has to name.
type Mistakes = [(&'static str, Where, &'static str, &'static str); 10];

const SECRET: Mistakes = [
    ("messenger", Ours("app_secret", "another-secret"), "bad_app_secret", "app_secret"),
    ("instagram", Ours("app_secret", "another-secret"), "bad_app_secret", "app_secret"),
    ("whatsapp", Ours("app_secret", "another-secret"), "bad_app_secret", "app_secret"),
    ("line", Ours("channel_secret", "another-secret"), "wrong_secret", "channel_secret"),
    ("gbm", Nowhere("never asked"), "", ""),
    ("sms", Ours("auth_token", "another-token"), "bad_credentials", "auth_token"),
    ("discord", Ours("public_key", "00000000000000000000000000000000000000000000000000000000000000aa"), "wrong_public_key", "public_key"),
    ("custom", Ours("signing_secret", "another-secret-of-us"), "wrong_secret", "signing_secret"),
    ("email", Ours("imap_password", "another"), "imap_login", "imap_password"),
    ("webchat", Ours("identity_secret", ""), "secret_missing", "identity_secret"),
];

const SCOPE: Mistakes = [
    ("messenger", Theirs, "missing_permission", "access_token"),
    ("instagram", Theirs, "missing_permission", "access_token"),
    ("whatsapp", Theirs, "missing_permission", "access_token"),
    ("line", Nowhere("no scopes"), "", ""),
    ("gbm", Theirs, "no_permission", "service_account_json"),
    ("sms", Nowhere("no scopes"), "", ""),
    ("discord", Theirs, "message_content_missing", "application_id"),
    ("custom", Nowhere("no scopes"), "", ""),
    ("email", Nowhere("no scopes"), "", ""),
    ("webchat", Nowhere("no provider"), "", ""),
];

const SUBSCRIPTION: Mistakes = [
    ("messenger", Theirs, "not_subscribed", "page_id"),
    ("instagram", Theirs, "not_subscribed", "instagram_id"),
    ("whatsapp", Theirs, "not_subscribed", "waba_id"),
    ("line", Theirs, "webhook_off", "webhook_url"),
    ("gbm", Nowhere("none to make"), "", ""),
    ("sms", Theirs, "webhook_missing", "webhook_url"),
    // What a bot hears of is where it is a member.
    ("discord", Ours("ticket_servers", r#"["1200000000000000099"]"#), "not_in_server", "ticket_servers"),
    ("custom", Nowhere("none to make"), "", ""),
    // What a mailbox tells of is what lies in the folder that is read.
    ("email", Ours("imap_folder", "Elsewhere"), "imap_folder", "imap_folder"),
    ("webchat", Nowhere("no provider"), "", ""),
];

const ADDRESS: Mistakes = [
    ("messenger", Theirs, "other_webhook_url", "app_id"),
    ("instagram", Theirs, "other_webhook_url", "app_id"),
    ("whatsapp", Theirs, "other_webhook_url", "app_id"),
    ("line", Theirs, "webhook_elsewhere", "webhook_url"),
    ("gbm", Nowhere("not told"), "", ""),
    ("sms", Theirs, "webhook_elsewhere", "webhook_url"),
    ("discord", Theirs, "webhook_elsewhere", "webhook_url"),
    ("custom", Theirs, "webhook_elsewhere", "webhook_url"),
    ("email", Ours("smtp_host", "smtp.elsewhere.example"), "smtp_unreachable", "smtp_host"),
    ("webchat", Ours("allowed_sites", r#"["shop.example"]"#), "bad_origin", "allowed_sites"),
];

const TOKEN: Mistakes = [
    ("messenger", Ours("access_token", "another-token"), "bad_token", "access_token"),
    ("instagram", Ours("access_token", "another-token"), "bad_token", "access_token"),
    ("whatsapp", Ours("access_token", "another-token"), "bad_token", "access_token"),
    ("line", Ours("channel_access_token", "another-token"), "bad_credentials", "channel_access_token"),
    ("gbm", Theirs, "bad_credentials", "service_account_json"),
    ("sms", Nowhere("is the secret"), "", ""),
    ("discord", Ours("bot_token", "MTAwMDAwMDAwMDAwMDAwMDAwOQ.G.t"), "bad_credentials", "bot_token"),
    ("custom", Nowhere("is the secret"), "", ""),
    ("email", Ours("smtp_password", "another"), "smtp_login", "smtp_password"),
    ("webchat", Nowhere("no provider"), "", ""),
];

const REACH: Mistakes = [
    ("messenger", Unreached, "webhook_unreachable", "webhook_url"),
    // Instagram's own host does not let an address be entered again.
    ("instagram", Gone, "unreachable", "api_base_url"),
    ("whatsapp", Unreached, "webhook_unreachable", "webhook_url"),
    ("line", Unreached, "webhook_unreachable", "webhook_url"),
    ("gbm", Gone, "unreachable", "token_url"),
    ("sms", Gone, "unreachable", "api_base_url"),
    ("discord", Gone, "unreachable", "api_base_url"),
    ("custom", Gone, "unreachable", "send_url"),
    ("email", Gone, "imap_unreachable", "imap_host"),
    ("webchat", Nowhere("no provider"), "", ""),
];

const ID: Mistakes = [
    ("messenger", Ours("page_id", "1029384757"), "unknown_id", "page_id"),
    ("instagram", Ours("instagram_id", "17841400000000002"), "other_id", "instagram_id"),
    ("whatsapp", Ours("phone_number_id", "106540352242923"), "unknown_id", "phone_number_id"),
    ("line", Ours("basic_id", "@another"), "wrong_account", "basic_id"),
    ("gbm", Nowhere("not told"), "", ""),
    ("sms", Ours("number", "+15005550199"), "unknown_number", "number"),
    ("discord", Ours("application_id", "1000000000000000008"), "wrong_application", "application_id"),
    ("custom", Ours("send_url", "http://platform.localhost:8080/send/another"), "wrong_url", "send_url"),
    // A server does not say whether the user or the password is wrong.
    ("email", Nowhere("not told"), "", ""),
    ("webchat", Nowhere("no provider"), "", ""),
];

pub fn secret(stage: &mut Stage) -> Result<Verdict> {
    named(stage, "secret", &SECRET)
}
pub fn scope(stage: &mut Stage) -> Result<Verdict> {
    named(stage, "scope", &SCOPE)
}
pub fn subscription(stage: &mut Stage) -> Result<Verdict> {
    named(stage, "subscription", &SUBSCRIPTION)
}
pub fn address(stage: &mut Stage) -> Result<Verdict> {
    named(stage, "address", &ADDRESS)
}
pub fn token(stage: &mut Stage) -> Result<Verdict> {
    named(stage, "token", &TOKEN)
}
pub fn reach(stage: &mut Stage) -> Result<Verdict> {
    named(stage, "reach", &REACH)
}
pub fn id(stage: &mut Stage) -> Result<Verdict> {
    named(stage, "id", &ID)
}

fn named(stage: &mut Stage, what: &str, mistakes: &Mistakes) -> Result<Verdict> {
    let found = mistakes.iter().find(|(kind, ..)| *kind == stage.channel.kind);
    let (_, place, code, setting) = found.context("nobody said what this channel's doctor finds")?;
    match place {
        Nowhere(missing) => return Ok(Lacks(missing)),
        Ours(key, value) => {
            let config = block_on(stage.house.engine.config(stage.shop.ws))?;
            let mut account = (*config.accounts[&stage.account]).clone();
            let secret = account.secrets.contains_key(*key);
            let place = if secret { &mut account.secrets } else { &mut account.settings };
            place.insert((*key).to_owned(), (*value).to_owned());
            block_on(stage.house.reconnect(&stage.shop, account))?;
        }
        Theirs => ensure!(stage.wire.with(|provider, now| provider.mistake(what, now)), "the emulator cannot make this mistake"),
        Unreached => *stage.wire.unreached.lock().unwrap() = true,
        Gone => *stage.wire.gone.lock().unwrap() = true,
    }
    let lines = block_on(stage.house.engine.check_channel(stage.shop.ws, stage.account))?;
    let problems: Vec<_> = lines.into_iter().filter_map(|line| line.problem).collect();
    let [problem] = &problems[..] else { anyhow::bail!("named are {problems:?}") };
    ensure!((problem.code.as_str(), problem.setting.as_deref()) == (*code, Some(*setting)), "named is {problem:?}");
    // The same stands at the account, for who does not look at the doctor.
    let (ws, account) = (stage.shop.ws, stage.account);
    let noted = block_on(stage.house.engine.db().read(move |tx| Box::pin(async move { store::channel::problem(tx, ws, account).await })))?;
    ensure!(noted.is_some_and(|noted| engine::AccountProblem::read(&noted) == *problem), "it is not noted at the account");
    Ok(Met)
}
