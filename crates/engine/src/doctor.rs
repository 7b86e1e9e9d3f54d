//! What keeps a channel account from working: proved by asking its provider, and noted at the account.

use anyhow::{Context, Result};
use connectors::{Outcome, Work};
use model::ChannelAccountId;

use crate::Engine;

/// Noted while a provider does not answer, and taken back when it does.
const DOWN: &str = "provider_down";

impl Engine {
    /// Says, or takes back, what is wrong with a channel account.
    pub async fn account_problem(&self, ws: i64, id: ChannelAccountId, problem: Option<AccountProblem>) -> Result<()> {
        let problem = problem.map(|problem| serde_json::to_string(&problem)).transpose()?;
        self.0
            .db
            .write(move |tx| {
                let problem = problem.clone();
                Box::pin(async move { store::channel::set_problem(tx, ws, id, problem).await })
            })
            .await
    }

    /// The provider does not answer: shown at the account, unless something more exact is.
    pub(crate) async fn provider_is_down(&self, ws: i64, id: ChannelAccountId) -> Result<()> {
        tracing::warn!(account = %id, "the provider does not answer; what waits is tried again ever more rarely");
        let detail = "The provider does not answer. What waits is tried again, and leaves once it does".to_owned();
        let down = AccountProblem { code: DOWN.into(), detail, setting: None };
        let exact = self.noted_problem(ws, id).await?.is_some_and(|noted| !noted.yields());
        if !exact { self.account_problem(ws, id, Some(down)).await } else { Ok(()) }
    }

    pub(crate) async fn provider_is_back(&self, ws: i64, id: ChannelAccountId) -> Result<()> {
        tracing::info!(account = %id, "the provider answers again");
        let ours = self.noted_problem(ws, id).await?.is_some_and(|problem| problem.code == DOWN);
        if ours { self.account_problem(ws, id, None).await } else { Ok(()) }
    }

    /// What is noted of it as wrong.
    pub(crate) async fn noted_problem(&self, ws: i64, id: ChannelAccountId) -> Result<Option<AccountProblem>> {
        let noted = self.0.db.read(move |tx| Box::pin(async move { store::channel::problem(tx, ws, id).await })).await?;
        Ok(noted.as_deref().map(AccountProblem::read))
    }

    async fn credential_lasts(&self, ws: i64, id: ChannelAccountId, until: Option<model::Timestamp>) -> Result<()> {
        self.0.db.write(move |tx| Box::pin(async move { store::channel::put_credential_end(tx, ws, id, until).await })).await
    }

    /// Proves an account's settings by asking the provider.
    pub async fn check_channel(&self, ws: i64, id: ChannelAccountId) -> Result<Vec<CheckLine>> {
        let config = self.config(ws).await?;
        let account = config.accounts.get(&id).cloned().context("no such channel account")?;
        let connector = self.connector(&account.kind)?;
        let mut lines = Vec::new();
        // What has a default is as the default where it was left empty.
        for setting in connector.settings().iter().filter(|s| s.required && s.default.is_none()) {
            let missing = if setting.kind == connectors::SettingKind::Secret {
                account.secret(setting.key).is_empty()
            } else {
                account.setting(setting.key).is_empty()
            };
            let secret = setting.kind == connectors::SettingKind::Secret;
            let code = if secret { "secret_missing" } else { "setting_missing" };
            let detail = format!("{} is missing", setting.label);
            let problem = AccountProblem { code: code.into(), setting: Some(setting.key.into()), detail };
            let line = if missing { CheckLine::bad(setting.label, problem) } else { CheckLine::fine(setting.label, Some(setting.key)) };
            lines.push(line);
        }
        for problem in connector.check_settings(&account) {
            lines.push(CheckLine::bad(&problem.code.clone(), problem.into()));
        }
        if lines.iter().all(|line| line.problem.is_none()) {
            for what in connector.checks() {
                let problem = match self.errand(ws, &account, &Work::Check(what)).await? {
                    None | Some(Outcome::Fine) => None,
                    Some(Outcome::Lasts(until)) => {
                        self.credential_lasts(ws, id, until).await?;
                        None
                    }
                    Some(Outcome::Problem(problem)) => Some(problem.into()),
                    Some(Outcome::RetryAfter { why, .. } | Outcome::Uncertain(why)) => Some(AccountProblem::busy(why)),
                    Some(Outcome::Failed(problem)) => Some(AccountProblem { code: problem.code, setting: None, detail: problem.detail }),
                    Some(Outcome::NeedsRefresh) => match self.refresh(ws, id).await? {
                        true => None,
                        false => Some(crate::credential::over("the provider does not accept the credential")),
                    },
                    Some(other) => anyhow::bail!("a check ended in what it cannot end in: {other:?}"),
                };
                let stop = problem.is_some();
                lines.push(CheckLine {
                    name: (*what).into(),
                    setting: problem.as_ref().and_then(|p: &AccountProblem| p.setting.clone()),
                    problem,
                });
                // What comes next rests on this one.
                if stop {
                    break;
                }
            }
        }
        if lines.iter().all(|line| line.problem.is_none()) {
            lines.extend(self.unasked_problems(ws, id).await?.into_iter().map(|problem| CheckLine::bad(&problem.code.clone(), problem)));
        }
        let bad = lines.iter().find_map(|line| line.problem.clone());
        self.account_problem(ws, id, bad).await?;
        Ok(lines)
    }
}

/// What keeps a channel account from working.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct AccountProblem {
    /// Stable, for translation; empty for what was noted before there were codes.
    pub code: String,
    /// Which setting has to change, where one is to blame.
    pub setting: Option<String>,
    /// English, with the provider's own words where it said some.
    pub detail: String,
}

impl AccountProblem {
    /// Reads what `account_problem` noted.
    pub fn read(noted: &str) -> Self {
        let plain = || Self { code: String::new(), setting: None, detail: noted.to_owned() };
        serde_json::from_str(noted).unwrap_or_else(|_| plain())
    }
    pub(crate) fn busy(why: String) -> Self {
        Self { code: "provider_busy".into(), setting: None, detail: why }
    }
}

impl From<connectors::SettingProblem> for AccountProblem {
    fn from(problem: connectors::SettingProblem) -> Self {
        Self { code: problem.code, setting: Some(problem.setting), detail: problem.detail }
    }
}

/// One line of the channel doctor.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckLine {
    pub name: String,
    pub setting: Option<String>,
    /// None when all is well.
    pub problem: Option<AccountProblem>,
}

impl CheckLine {
    fn fine(name: &str, setting: Option<&str>) -> Self {
        Self { name: name.into(), setting: setting.map(str::to_owned), problem: None }
    }
    fn bad(name: &str, problem: AccountProblem) -> Self {
        Self { name: name.into(), setting: problem.setting.clone(), problem: Some(problem) }
    }
}
