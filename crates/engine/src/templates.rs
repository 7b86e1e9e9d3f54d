//! Approved texts of a channel account: listed at the provider, kept, and filled in when they are sent.

use anyhow::{Context, Result};
use connectors::{Outcome, Work};
use model::{ChannelAccountId, Event, EventKind, Filled, MessageTemplate};
use serde_json::json;

use crate::doctor::AccountProblem;
use crate::{Engine, Hints};

impl Engine {
    /// Asks the provider for its list and keeps it; what is wrong is for whoever asked.
    pub async fn list_templates(&self, ws: i64, id: ChannelAccountId) -> Result<Result<Vec<MessageTemplate>, AccountProblem>> {
        let config = self.config(ws).await?;
        let account = config.accounts.get(&id).cloned().context("no such channel account")?;
        let templates = match self.errand(ws, &account, &Work::Templates).await? {
            Some(Outcome::Templates(templates)) => templates,
            None => vec![],
            Some(Outcome::Problem(problem)) => return Ok(Err(problem.into())),
            Some(Outcome::Failed(problem)) => {
                return Ok(Err(AccountProblem { code: problem.code, setting: None, detail: problem.detail }));
            }
            Some(Outcome::NeedsRefresh) => {
                self.refresh(ws, id).await?;
                return Ok(Err(AccountProblem::busy("the credential is being renewed".into())));
            }
            Some(Outcome::RetryAfter { why, .. } | Outcome::Uncertain(why)) => return Ok(Err(AccountProblem::busy(why))),
            Some(other) => anyhow::bail!("a list of templates ended in what it cannot end in: {other:?}"),
        };
        let (kept, now) = (templates.clone(), self.now());
        self.0
            .db
            .write(move |tx| {
                let kept = kept.clone();
                Box::pin(async move {
                    store::template::replace(tx, ws, id, &kept, now).await?;
                    let event = Event::new(EventKind::SettingsUpdated, now).body(json!({ "what": "templates" }));
                    store::event::append(tx, ws, &[event]).await?;
                    Ok(())
                })
            })
            .await?;
        self.ring(&Hints { events: [ws].into(), ..Hints::default() });
        Ok(Ok(templates))
    }

    /// The account's approved texts as they were listed last.
    pub async fn templates(&self, ws: i64, id: ChannelAccountId) -> Result<Vec<MessageTemplate>> {
        self.0.db.read(move |tx| Box::pin(async move { store::template::of_account(tx, ws, id).await })).await
    }
}

/// Why a template cannot be sent as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateRefused {
    NotApproved,
    /// It has so many gaps, and each wants a value.
    Gaps(usize),
}

/// Fills the gaps; the text is what the customer will read.
///
/// # Errors
/// When it is not approved, or a gap has no value.
pub fn fill(template: &MessageTemplate, values: &[String]) -> Result<(Filled, String), TemplateRefused> {
    if !template.approved {
        return Err(TemplateRefused::NotApproved);
    }
    if values.len() != template.gaps.len() || values.iter().any(|value| value.trim().is_empty()) {
        return Err(TemplateRefused::Gaps(template.gaps.len()));
    }
    let mut text = String::new();
    let mut rest = template.text.as_str();
    // In one pass, so that a value that looks like a gap stays what it is.
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let Some((gap, behind)) = after.split_once("}}") else {
            text.push_str("{{");
            rest = after;
            break;
        };
        match template.gaps.iter().position(|known| known == gap.trim()) {
            Some(at) => text.push_str(&values[at]),
            None => text.push_str(&format!("{{{{{gap}}}}}")),
        }
        rest = behind;
    }
    text.push_str(rest);
    let filled =
        Filled { name: template.name.clone(), language: template.language.clone(), values: values.to_vec(), raw: template.raw.clone() };
    Ok((filled, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> MessageTemplate {
        MessageTemplate {
            name: "shipped".into(),
            language: "en".into(),
            category: "utility".into(),
            approved: true,
            state: "APPROVED".into(),
            text: "Hello {{1}}, {{ 2 }} is on its way. {{3}}".into(),
            gaps: vec!["1".into(), "2".into()],
            raw: json!({}),
        }
    }

    #[test]
    fn gaps_are_filled_once() {
        let (filled, text) = fill(&template(), &["{{2}}".into(), "your mug".into()]).unwrap();
        assert_eq!(text, "Hello {{2}}, your mug is on its way. {{3}}");
        assert_eq!(filled.values, ["{{2}}", "your mug"]);
    }

    #[test]
    fn what_cannot_be_sent_is_told() {
        assert_eq!(fill(&template(), &["Mia".into()]), Err(TemplateRefused::Gaps(2)));
        assert_eq!(fill(&template(), &["Mia".into(), " ".into()]), Err(TemplateRefused::Gaps(2)));
        assert_eq!(fill(&MessageTemplate { approved: false, ..template() }, &[]), Err(TemplateRefused::NotApproved));
    }
}
