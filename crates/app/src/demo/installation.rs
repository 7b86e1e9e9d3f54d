//! What this one installation of the demo keeps of itself: ids, secrets and log-ins, made once and kept sealed in the database.

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use db::Db;
use engine::Vault;
use model::{AccountId, ChannelAccountId, Ids, TaskQueueId, Timestamp, UserId, WorkerId, WorkspaceId};
use serde::{Deserialize, Serialize};

use crate::chance;

const FACT: &str = "demo";
const ABOUT: &str = "installation:demo";
/// The shop's number, from the range that is kept free for stories.
pub const NUMBER: &str = "+493023125014";
/// The shop's other number, on WhatsApp.
pub const WHATSAPP_NUMBER: &str = "+493023125015";
/// Where customers send their mail.
pub const MAIL_ADDRESS: &str = "hello@tidewater.example";
/// What customers search for in LINE.
pub const LINE_ID: &str = "@tidewater";
/// The coffee club's app, a platform of the shop's friends that joined by the custom channel's contract.
pub const CLUB_APP: &str = "Coffee Club";
/// What the club's members know the shop by.
pub const CLUB_HANDLE: &str = "@tidewater";
/// The shop's platforms, as the connectors are called.
const PLATFORMS: [&str; 8] = ["messenger", "instagram", "whatsapp", "line", "gbm", "custom", "discord", "email"];

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Installation {
    /// Whether the history is all there.
    pub ready: bool,
    /// The workspace's number; 0 before it was made.
    pub ws: i64,
    pub account: AccountId,
    pub workspace: WorkspaceId,
    pub webchat: ChannelAccountId,
    pub sms: ChannelAccountId,
    /// Sales, Support, Everyone.
    pub queues: [TaskQueueId; 3],
    /// The carrier's account and what it signs with.
    pub account_sid: String,
    pub auth_token: String,
    /// What the shop signs its visitors' tokens with.
    pub identity_secret: String,
    pub staff: Vec<Staff>,
    /// The shop on other people's platforms. An installation of old has none before it is made anew.
    #[serde(default)]
    pub platforms: Vec<Platform>,
    /// What the history left on the screens of people's apps.
    #[serde(default)]
    pub said: Vec<emulators::platform::Before>,
}

/// The shop's account on a platform: our id for it, the provider's, and what both sides know alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Platform {
    /// As the connector is called.
    pub kind: String,
    pub id: ChannelAccountId,
    /// Of the page, the Instagram account, the number, the bot, the agent.
    pub provider_id: String,
    /// Of what it belongs to: the account that owns a number, the brand of an agent, the server of a bot.
    pub business_id: String,
    /// Of the app; on Discord of the channel that the bot watches.
    pub app_id: String,
    /// Signs what the platform tells us.
    pub app_secret: String,
    pub verify_token: String,
    pub access_token: String,
}

/// Somebody who signs in at the desk.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Staff {
    /// The first part of their host: `ana` in `ana.localhost`.
    pub key: String,
    pub name: String,
    /// What `/try` says beside the name.
    pub about: String,
    pub role: String,
    pub email: String,
    pub password: String,
    pub user: UserId,
    pub worker: Option<WorkerId>,
}

impl Installation {
    /// Fresh ids and secrets.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn new(now: Timestamp) -> Result<Self> {
        let mut ids = Ids::new(now, chance::seed()?);
        let mut staff = Vec::new();
        for (key, name, about, role, works) in [
            ("ana", "Ana Díaz", "sales", "agent", true),
            ("ben", "Ben Kim", "support", "agent", true),
            ("rosa", "Rosa Vogt", "supervisor", "supervisor", false),
            ("admin", "Admin", "", "admin", false),
        ] {
            staff.push(Staff {
                key: key.into(),
                name: name.into(),
                about: about.into(),
                role: role.into(),
                email: format!("{key}@tidewater.example"),
                password: password()?,
                user: ids.next(),
                worker: works.then(|| ids.next()),
            });
        }
        Ok(Self {
            ready: false,
            ws: 0,
            account: ids.next(),
            workspace: ids.next(),
            webchat: ids.next(),
            sms: ids.next(),
            queues: [ids.next(), ids.next(), ids.next()],
            account_sid: format!("AC{}", hex(&chance::bytes::<16>()?)),
            auth_token: hex(&chance::bytes::<16>()?),
            identity_secret: hex(&chance::bytes::<24>()?),
            staff,
            platforms: platforms(&mut ids)?,
            said: Vec::new(),
        })
    }

    /// Gives the shop its accounts on the platforms where it has none yet.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn join_platforms(&mut self, now: Timestamp) -> Result<()> {
        let known: Vec<String> = self.platforms.iter().map(|platform| platform.kind.clone()).collect();
        let all = platforms(&mut Ids::new(now, chance::seed()?))?;
        self.platforms.extend(all.into_iter().filter(|platform| !known.contains(&platform.kind)));
        Ok(())
    }

    /// The shop's account on a platform.
    pub fn platform(&self, kind: &str) -> Result<&Platform> {
        self.platforms.iter().find(|platform| platform.kind == kind).with_context(|| format!("the shop is not on {kind}"))
    }

    pub fn staff(&self, key: &str) -> Option<&Staff> {
        self.staff.iter().find(|one| one.key == key)
    }

    /// The worker of an agent.
    pub fn worker(&self, key: &str) -> Result<WorkerId> {
        self.staff(key).and_then(|one| one.worker).with_context(|| format!("{key} is no agent"))
    }

    /// What was kept in this database; `None` when no demo was ever made there.
    pub async fn load(db: &Db, vault: &Vault) -> Result<Option<Self>> {
        let Some(kept) = db.read(|tx| Box::pin(async move { store::workspace::fact(tx, FACT).await })).await? else { return Ok(None) };
        let clear = vault.open_under_master(ABOUT, &STANDARD.decode(kept).context("the demo's own row")?)?;
        serde_json::from_slice(&clear).context("the demo's own row")
    }

    pub async fn keep(&self, db: &Db, vault: &Vault) -> Result<()> {
        let sealed = STANDARD.encode(vault.seal_under_master(ABOUT, &serde_json::to_vec(self)?)?);
        db.write(move |tx| {
            let sealed = sealed.clone();
            Box::pin(async move { store::workspace::put_fact(tx, FACT, &sealed).await })
        })
        .await
    }
}

fn platforms(ids: &mut Ids) -> Result<Vec<Platform>> {
    // Messenger, Instagram and WhatsApp are one app of one company.
    let (app_id, app_secret) = (digits()?, hex(&chance::bytes::<16>()?));
    PLATFORMS
        .into_iter()
        .map(|kind| {
            let meta = matches!(kind, "messenger" | "instagram" | "whatsapp");
            let provider_id = match kind {
                "line" => format!("U{}", hex(&chance::bytes::<16>()?)),
                "discord" => snowflake()?,
                // Part of the address that we send to.
                "custom" => "tidewater".into(),
                _ => digits()?,
            };
            let token = hex(&chance::bytes::<24>()?);
            Ok(Platform {
                kind: kind.into(),
                id: ids.next(),
                business_id: if kind == "discord" { snowflake()? } else { digits()? },
                app_id: match kind {
                    "discord" => snowflake()?,
                    _ if meta => app_id.clone(),
                    _ => digits()?,
                },
                app_secret: if meta { app_secret.clone() } else { hex(&chance::bytes::<32>()?) },
                verify_token: hex(&chance::bytes::<8>()?),
                access_token: match kind {
                    // A bot's token begins with its id.
                    "discord" => format!("{}.{}.{token}", STANDARD_NO_PAD.encode(&provider_id), hex(&chance::bytes::<3>()?)),
                    _ if meta => format!("EAA{token}"),
                    _ => token,
                },
                provider_id,
            })
        })
        .collect()
}

/// Nineteen digits, as ids of Discord's are.
fn snowflake() -> Result<String> {
    Ok((1_000_000_000_000_000_000 + u64::from_be_bytes(chance::bytes::<8>()?) % 400_000_000_000_000_000).to_string())
}

/// Fifteen digits, as a provider's ids are.
fn digits() -> Result<String> {
    Ok((100_000_000_000_000 + u64::from_be_bytes(chance::bytes::<8>()?) % 900_000_000_000_000).to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Twelve letters and digits that nobody confuses, in groups: 60 bits.
fn password() -> Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789w";
    let letters: Vec<char> = chance::bytes::<12>()?.iter().map(|byte| LETTERS[usize::from(byte % 32)] as char).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_of_old_joins_what_it_lacks_and_keeps_what_it_has() {
        let now = Timestamp::from_secs(1);
        let mut installation = Installation::new(now).expect("an installation");
        assert_eq!(installation.platforms.len(), PLATFORMS.len());
        installation.platforms.truncate(3);
        let kept = installation.platforms[0].access_token.clone();
        installation.join_platforms(now).expect("more platforms");
        let kinds: Vec<&str> = installation.platforms.iter().map(|platform| platform.kind.as_str()).collect();
        assert_eq!(kinds, PLATFORMS);
        assert_eq!(installation.platforms[0].access_token, kept);
    }
}
