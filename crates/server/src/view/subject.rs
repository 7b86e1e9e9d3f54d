//! What the ids of the audit log stand for today: a name, and the page that shows it. Loaded in sets, a query a kind.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use db::Tx;
use engine::{BotFactRow, BotQuestionRow};
use model::{
    ActivityId, ApiKeyId, BotFactId, BotQuestionId, BusinessHoursId, CannedReplyId, ChannelAccountId, ContactId, ConversationId,
    CustomFieldId, FlowId, Id, JoinId, MembershipId, MessageId, TaskChannelId, TaskId, TaskQueueId, UserId, WebhookDeliveryId, WebhookId,
    WorkerId, WorkflowId,
};
use serde::Serialize;
use store::audit_log::Entry;
use utoipa::ToSchema;

use super::Lens;

/// What an id stands for.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SubjectView {
    pub id: String,
    pub name: String,
    /// The id of the thing whose page shows it: a user's membership, a task's or a message's conversation, a contact's person, else its own. Null
    /// where there is none.
    pub page: Option<String>,
}

/// Every id that stands in a row of the log, also of the key that acted. Users are no workspace's: one that somebody only wrote about is none of ours to name.
pub fn ids_of(entry: &Entry) -> BTreeSet<String> {
    let id = |word: &&str| word.len() == 34 && word.is_char_boundary(2) && word[..2].bytes().all(|byte| byte.is_ascii_uppercase());
    let told = entry.detail.split_whitespace().chain([entry.actor.as_str()]).filter(|word| word.parse::<UserId>().is_err());
    told.chain([entry.subject.as_str()]).filter(id).map(str::to_owned).collect()
}

impl Lens {
    /// The subjects behind ids, by id. What is gone is not there.
    pub async fn subjects(&self, tx: &mut Tx<'_>, ids: &BTreeSet<String>) -> Result<BTreeMap<String, SubjectView>> {
        let mut found = Found { wanted: ids, known: BTreeMap::new() };
        if found.any::<UserId>() || found.any::<WorkerId>() {
            self.people_of_the_house(tx, &mut found).await?;
        }
        self.customers(tx, &mut found).await?;
        self.configuration(tx, &mut found).await?;
        Ok(found.known)
    }

    async fn people_of_the_house(&self, tx: &mut Tx<'_>, found: &mut Found<'_>) -> Result<()> {
        let members = store::access::memberships(tx, self.ws).await?;
        let page = |user: Option<UserId>, worker: Option<WorkerId>| -> Option<MembershipId> {
            let holds = |one: &&store::access::Membership| user == Some(one.user_id) || (worker.is_some() && worker == one.worker_id);
            members.iter().find(holds).map(|one| one.id)
        };
        for user in store::access::users_by_ids(tx, &found.ids()).await? {
            found.put(user.id, &user.name, page(Some(user.id), None));
        }
        for (id, name) in store::listing::worker_names(tx, self.ws, &found.ids()).await? {
            found.put(id, &name, page(None, Some(id)));
        }
        Ok(())
    }

    /// Tasks, conversations, messages, contacts and joins: each is called by its customer.
    async fn customers(&self, tx: &mut Tx<'_>, found: &mut Found<'_>) -> Result<()> {
        let tasks = store::routing::tasks(tx, self.ws, &found.ids::<TaskId>()).await?;
        let messages = store::message::by_ids(tx, self.ws, &found.ids::<MessageId>()).await?;
        let mut conversations: Vec<ConversationId> = found.ids();
        conversations.extend(messages.iter().map(|message| message.conversation_id));
        conversations.extend(tasks.iter().filter_map(|task| task.conversation_id));
        let conversations = store::conversation::by_ids(tx, self.ws, &conversations).await?;
        let mut contacts: Vec<ContactId> = found.ids();
        contacts.extend(conversations.iter().map(|conversation| conversation.contact_id));
        let mut joins = Vec::new();
        for id in found.ids::<JoinId>() {
            joins.extend(store::contact::join_by_id(tx, self.ws, id).await?);
        }
        contacts.extend(joins.iter().map(|join| join.root));
        let people = self.people(tx, &contacts).await?;
        let asked: Vec<ContactId> = found.ids();
        for id in asked.into_iter().filter(|id| people.contact(*id).is_some()) {
            let summary = people.summary(id, None);
            found.put(id, &summary.name, Some(summary.person_id));
        }
        for join in joins {
            let summary = people.summary(join.root, None);
            found.put(join.id, &summary.name, Some(summary.person_id));
        }
        for conversation in conversations {
            let name = people.summary(conversation.contact_id, None).name;
            found.put(conversation.id, &name, Some(conversation.id));
            for task in tasks.iter().filter(|task| task.conversation_id == Some(conversation.id)) {
                found.put(task.id, &name, Some(conversation.id));
            }
            for message in messages.iter().filter(|message| message.conversation_id == conversation.id) {
                found.put(message.id, &name, Some(conversation.id));
            }
        }
        Ok(())
    }

    async fn configuration(&self, tx: &mut Tx<'_>, found: &mut Found<'_>) -> Result<()> {
        let ws = self.ws;
        if found.any::<TaskQueueId>() {
            for queue in store::routing::queues(tx, ws).await? {
                found.put(queue.id, &queue.name, Some(queue.id));
            }
        }
        if found.any::<BusinessHoursId>() {
            for hours in store::routing::business_hours(tx, ws).await? {
                found.put(hours.id, &hours.name, Some(hours.id));
            }
        }
        if found.any::<TaskChannelId>() {
            for channel in store::routing::task_channels(tx, ws).await? {
                found.put(channel.id, &channel.name, Some(channel.id));
            }
        }
        if found.any::<WorkflowId>() {
            for workflow in store::routing::workflows(tx, ws).await? {
                found.put(workflow.id, &workflow.name, Some(workflow.id));
            }
        }
        if found.any::<ActivityId>() {
            for activity in store::routing::activities(tx, ws).await? {
                found.put(activity.id, &activity.name, None::<String>);
            }
        }
        if found.any::<FlowId>() {
            for flow in store::flow::all(tx, ws).await? {
                found.put(flow.id, &flow.name, Some(flow.id));
            }
        }
        if found.any::<ChannelAccountId>() {
            for stored in store::channel::all(tx, ws).await? {
                found.put(stored.account.id, &stored.account.name, Some(stored.account.id));
            }
        }
        if found.any::<CannedReplyId>() {
            for reply in store::answer::replies(tx, ws).await? {
                found.put(reply.id, &reply.shortcut, Some(reply.id));
            }
        }
        if found.any::<BotQuestionId>() {
            for (id, body, _) in store::flow::bot_questions(tx, ws).await? {
                let row: BotQuestionRow = serde_json::from_str(&body)?;
                let phrase = row.questions.into_values().flatten().next().unwrap_or_default();
                found.put(id, &phrase, Some(id));
            }
        }
        if found.any::<BotFactId>() {
            for (id, body, _) in store::flow::bot_facts(tx, ws).await? {
                let row: BotFactRow = serde_json::from_str(&body)?;
                found.put(id, &row.key, Some(id));
            }
        }
        if found.any::<CustomFieldId>() {
            for field in store::custom_field::all(tx, ws).await? {
                found.put(field.id, &field.key, Some(field.id));
            }
        }
        let mut webhooks = Vec::new();
        for id in found.ids::<WebhookDeliveryId>() {
            webhooks.extend(store::webhook::delivery_by_id(tx, ws, id).await?.map(|delivery| (id.to_string(), delivery.webhook_id)));
        }
        if found.any::<WebhookId>() || !webhooks.is_empty() {
            for webhook in store::webhook::all(tx, ws).await? {
                found.put(webhook.id, &webhook.name, Some(webhook.id));
                for (id, _) in webhooks.iter().filter(|(_, of)| *of == webhook.id) {
                    found.put(id, &webhook.name, Some(webhook.id));
                }
            }
        }
        if found.any::<ApiKeyId>() {
            for (key, _) in store::access::keys(tx, ws).await? {
                found.put(key.id, &key.name, None::<String>);
            }
        }
        Ok(())
    }
}

struct Found<'w> {
    wanted: &'w BTreeSet<String>,
    known: BTreeMap<String, SubjectView>,
}

impl Found<'_> {
    /// The wanted ids of one kind.
    fn ids<T: Id>(&self) -> Vec<T> {
        self.wanted.iter().filter_map(|id| id.parse().ok()).collect()
    }
    fn any<T: Id>(&self) -> bool {
        !self.ids::<T>().is_empty()
    }
    fn put(&mut self, id: impl ToString, name: &str, page: Option<impl ToString>) {
        let id = id.to_string();
        if self.wanted.contains(&id) {
            self.known.insert(id.clone(), SubjectView { id, name: name.to_owned(), page: page.map(|page| page.to_string()) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_named_as_subjects_and_never_from_a_text() {
        let id = |prefix: &str, digit: &str| format!("{prefix}{}", digit.repeat(32));
        let entry = Entry {
            actor: id("SK", "1"),
            action: "task.canceled".into(),
            subject: id("WT", "2"),
            detail: format!("{} told {} ä {}", id("US", "3"), id("WK", "4"), "é".repeat(17)),
        };
        assert_eq!(ids_of(&entry), BTreeSet::from([id("SK", "1"), id("WT", "2"), id("WK", "4")]));
        assert_eq!(ids_of(&Entry { subject: id("US", "3"), ..entry }), BTreeSet::from([id("SK", "1"), id("US", "3"), id("WK", "4")]));
    }
}
