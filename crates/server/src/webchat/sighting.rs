//! Notes which site asked for a chat, so that the admin sees whether the snippet works: a chat that nobody sees fails without a word.

use super::{Chat, Webchat};

/// The same news is noted again after so long, in seconds.
const SAME_S: i64 = 60;
/// Other news of a channel waits so long: anybody may name any site.
const OTHER_S: i64 = 5;
/// Characters of an origin that are kept.
const LONGEST: usize = 300;

impl Webchat {
    /// `given`: the site got its ticket. What cannot be noted stops nobody.
    pub(super) async fn note_site(&self, chat: &Chat, site: Option<&str>, given: bool) {
        let Some(site) = site.map(|site| site.chars().take(LONGEST).collect::<String>()).filter(|site| site != "null") else { return };
        let (ws, account, now) = (chat.ws, chat.account.id, self.engine.now());
        {
            let mut sighted = self.sighted.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let last = sighted.get(&(account, given));
            let wait = last.map_or(0, |(known, _)| if *known == site { SAME_S } else { OTHER_S });
            if last.is_some_and(|(_, at)| now < at.plus_secs(wait)) {
                return;
            }
            sighted.insert((account, given), (site.clone(), now));
        }
        let noted = self
            .engine
            .db()
            .write(move |tx| {
                let site = site.clone();
                Box::pin(async move { store::sighting::put(tx, ws, account, &site, given, now).await })
            })
            .await;
        if let Err(error) = noted {
            tracing::warn!(error = format!("{error:#}"), "where a webchat was seen could not be noted");
        }
    }
}
