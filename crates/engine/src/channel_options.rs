//! Where a conversation can go on: the customer's other channels, and what each asks before one writes there.

use anyhow::Result;
use connectors::{Connector, Opening};
use db::Tx;
use messaging::{Refused, Writer};
use model::{Address, ChannelAccount, ChannelAccountId, Conversation, ConversationId, Lane, Noted, ThreadId, Timestamp};

use crate::turn::{Command, First, Hop};
use crate::{Config, Engine, Once, Request, once};

/// One way to reach the customer of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelOption {
    pub channel_account_id: ChannelAccountId,
    /// `None` = they never wrote there, and we would be the first.
    pub thread_id: Option<ThreadId>,
    /// As the channel knows them.
    pub external_id: String,
    /// Only the channel understands it: nothing to show to people.
    pub opaque: bool,
    /// The conversation is there now.
    pub current: bool,
    /// They only typed it somewhere: it may be somebody else's.
    pub claimed: bool,
    /// Somebody of ours must say that the customer asked to be written to there.
    pub asks_consent: bool,
    /// What we write first there is a letter, whose subject can be chosen.
    pub takes_subject: bool,
    /// Until when a person may write freely there, where the channel has a reply window.
    pub reply_until: Option<Timestamp>,
    /// Why one cannot go on there now.
    pub refused: Option<Refused>,
    key: String,
    context: serde_json::Value,
}

/// Which of them is meant.
#[derive(Debug, Clone, PartialEq)]
pub enum Onward {
    Thread(ThreadId),
    Address { channel_account_id: ChannelAccountId, external_id: String },
}

/// Going on with a conversation on another channel.
#[derive(Debug, Clone)]
pub struct GoOn {
    pub conversation_id: ConversationId,
    pub to: Onward,
    /// The customer asked to be written to there.
    pub consent: bool,
    /// Of the first letter; empty = the channel account's name.
    pub subject: String,
    pub by: Writer,
}

impl Engine {
    /// Everywhere the conversation's customer can be reached, the channel it is on included. Groups are no way to one person.
    pub async fn channel_options(&self, ws: i64, id: ConversationId, by: Writer) -> Result<Option<Vec<ChannelOption>>> {
        self.options_with(ws, id, by, String::new()).await
    }

    /// The same, where a first letter has this subject.
    async fn options_with(&self, ws: i64, id: ConversationId, by: Writer, subject: String) -> Result<Option<Vec<ChannelOption>>> {
        let (config, connectors) = (self.config(ws).await?, self.0.connectors);
        self.0
            .db
            .read(move |tx| {
                let (config, by, subject) = (config.clone(), by.clone(), subject.clone());
                Box::pin(async move {
                    let Some(conversation) = store::conversation::by_id(tx, ws, id).await? else { return Ok(None) };
                    let looking = Looking { config: &config, connectors, conversation: &conversation, by: &by, subject: &subject };
                    looking.options(tx).await.map(Some)
                })
            })
            .await
    }

    /// Goes on with a conversation on another channel of the customer: the same task, the same clock. Done once per request.
    pub async fn go_on(&self, ws: i64, going: GoOn, request: Request) -> Result<Result<Once<()>, Refused>> {
        let Some(options) = self.options_with(ws, going.conversation_id, going.by.clone(), going.subject.clone()).await? else {
            return Ok(Err(Refused::NotFound));
        };
        let Some(option) = options.into_iter().find(|option| option.is(&going.to)) else { return Ok(Err(Refused::NotFound)) };
        if let Some(refused) = option.refused {
            return Ok(Err(refused));
        }
        if option.asks_consent && !going.consent {
            return Ok(Err(Refused::NoConsent));
        }
        if !going.subject.is_empty() && !option.takes_subject {
            return Ok(Err(Refused::NoSubject));
        }
        let detail = match (option.asks_consent, option.claimed) {
            (false, _) => format!("{} {}", option.channel_account_id, option.external_id),
            (true, false) => format!("{} {} as they asked", option.channel_account_id, option.external_id),
            (true, true) => format!("{} {} as they asked, unproven", option.channel_account_id, option.external_id),
        };
        let noted = Noted { action: "conversation.moved".into(), subject: going.conversation_id.to_string(), detail };
        let lane = Lane::Thread(option.channel_account_id, option.key.clone());
        let hop = Hop {
            conversation_id: going.conversation_id,
            channel_account_id: option.channel_account_id,
            first: option.thread_id.is_none().then_some(First {
                key: option.key,
                context: option.context,
                external_id: option.external_id,
            }),
            by: going.by,
            noted: once::entry(&request.actor, &noted),
        };
        match self.command_once(ws, lane, Command::Hop(hop), request).await {
            Ok(Once::Done(turned)) => Ok(turned.refused.map_or(Ok(Once::Done(())), Err)),
            Ok(Once::Before(answer)) => Ok(Ok(Once::Before(answer))),
            Ok(Once::Reused) => Ok(Ok(Once::Reused)),
            Err(error) => match error.downcast_ref::<Refused>() {
                Some(refused) => Ok(Err(refused.clone())),
                None => Err(error),
            },
        }
    }
}

impl ChannelOption {
    fn is(&self, to: &Onward) -> bool {
        match to {
            Onward::Thread(id) => self.thread_id == Some(*id),
            Onward::Address { channel_account_id, external_id } => {
                self.channel_account_id == *channel_account_id && self.external_id == *external_id
            }
        }
    }
}

struct Looking<'a> {
    config: &'a Config,
    connectors: &'static [&'static dyn Connector],
    conversation: &'a Conversation,
    by: &'a Writer,
    subject: &'a str,
}

impl Looking<'_> {
    async fn options(&self, tx: &mut Tx<'_>) -> Result<Vec<ChannelOption>> {
        let ws = self.config.ws();
        let Some(customer) = store::contact::by_id(tx, ws, self.conversation.contact_id).await? else { return Ok(vec![]) };
        let addresses = store::contact::addresses_of(tx, ws, customer.root_id).await?;
        let mut options = self.written_on(tx, customer.root_id, &addresses).await?;
        let own: Vec<Known> = addresses.into_iter().map(Known::from).collect();
        let mut claimed = Vec::new();
        for (channel, external_id) in store::contact::claims_of(tx, ws, customer.root_id).await? {
            if own.iter().any(|known| known.channel == channel && known.external_id == external_id) {
                continue;
            }
            let held = store::contact::address_by_value(tx, ws, &channel, "", &external_id).await?;
            claimed.push(Known { channel, scope: String::new(), external_id, claimed: true, held });
        }
        for account in self.config.accounts.values().filter(|account| account.enabled) {
            for known in own.iter().chain(&claimed) {
                let there = |option: &ChannelOption| option.channel_account_id == account.id && option.external_id == known.external_id;
                if !options.iter().any(there) {
                    options.extend(self.first(account, known));
                }
            }
        }
        options.sort_by_key(|option| (!option.current, option.thread_id.is_none(), option.claimed));
        Ok(options)
    }

    /// The threads that the customer wrote on alone: the newest of each address with an account.
    async fn written_on(&self, tx: &mut Tx<'_>, root: model::ContactId, addresses: &[Address]) -> Result<Vec<ChannelOption>> {
        let ws = self.config.ws();
        let mut threads = store::conversation::threads_of_person(tx, ws, root).await?;
        threads.extend(store::conversation::threads_of(tx, ws, self.conversation.id).await?);
        threads.sort_by_key(|thread| (thread.id != self.conversation.thread_id, std::cmp::Reverse(thread.conversation_id)));
        let mut options: Vec<ChannelOption> = Vec::new();
        for thread in threads {
            let Some(account) = self.config.accounts.get(&thread.channel_account_id).filter(|account| account.enabled) else { continue };
            let Some(address) = addresses.iter().find(|address| thread.address_id == Some(address.id)) else { continue };
            let Some(connector) = connectors::find(self.connectors, &account.kind) else { continue };
            if options.iter().any(|option| option.channel_account_id == account.id && option.external_id == address.external_id) {
                continue;
            }
            let current = thread.id == self.conversation.thread_id;
            let there = match thread.conversation_id {
                Some(id) if id != self.conversation.id => store::conversation::by_id(tx, ws, id).await?,
                _ => None,
            };
            let latest = thread.conversation_id.unwrap_or(self.conversation.id);
            let members = store::conversation::participants(tx, ws, latest).await?;
            let mut members: Vec<_> = members.iter().filter(|p| p.thread_id == Some(thread.id)).filter_map(|p| p.address_id).collect();
            members.sort_unstable();
            members.dedup();
            if members.len() > 1 && !current {
                continue;
            }
            let heard_at = store::message::last_heard(tx, ws, thread.id).await?;
            let refused = match messaging::may_go_on(self.conversation, there.as_ref(), self.by) {
                Err(refused) => Some(refused),
                Ok(()) => messaging::may_write_to(address, &connector.capabilities(account)).err(),
            };
            options.push(ChannelOption {
                channel_account_id: account.id,
                thread_id: Some(thread.id),
                external_id: address.external_id.clone(),
                opaque: !address.scope.is_empty() || connector.by_browser(),
                current,
                claimed: false,
                asks_consent: false,
                takes_subject: false,
                reply_until: self.reply_until(account, connector, heard_at),
                refused,
                key: thread.key,
                context: serde_json::Value::Null,
            });
        }
        Ok(options)
    }

    /// The way to somebody who never wrote to this account.
    fn first(&self, account: &ChannelAccount, known: &Known) -> Option<ChannelOption> {
        let connector = connectors::find(self.connectors, &account.kind)?;
        if connector.address_kind() != known.channel || !(known.scope.is_empty() || known.scope == account.id.to_string()) {
            return None;
        }
        let opening = Opening { external_id: &known.external_id, conversation: self.conversation.id, subject: self.subject };
        let (key, context) = connector.first_thread(account, &opening)?;
        let refused = match messaging::may_go_on(self.conversation, None, self.by) {
            Err(refused) => Some(refused),
            Ok(()) => known.held.as_ref().and_then(|address| messaging::may_write_to(address, &connector.capabilities(account)).err()),
        };
        Some(ChannelOption {
            channel_account_id: account.id,
            thread_id: None,
            external_id: known.external_id.clone(),
            opaque: !known.scope.is_empty(),
            current: false,
            claimed: known.claimed,
            asks_consent: true,
            takes_subject: connector.capabilities(account).letters,
            reply_until: self.reply_until(account, connector, None),
            refused,
            key,
            context,
        })
    }

    fn reply_until(&self, account: &ChannelAccount, connector: &dyn Connector, heard_at: Option<Timestamp>) -> Option<Timestamp> {
        let window_s = messaging::window_s(&connector.capabilities(account), true)?;
        Some(heard_at.map_or(self.conversation.created_at, |at| at.plus_secs(window_s)))
    }
}

/// An address that is the customer's, or that they say is.
struct Known {
    channel: String,
    scope: String,
    external_id: String,
    claimed: bool,
    /// As somebody holds it; of what was only typed, whoever that is.
    held: Option<Address>,
}

impl From<Address> for Known {
    fn from(address: Address) -> Self {
        let Address { channel, scope, external_id, .. } = address.clone();
        Self { channel, scope, external_id, claimed: false, held: Some(address) }
    }
}
