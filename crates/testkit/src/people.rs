//! A small shop: a webchat, a number, two agents, a queue each, and customers who write.

use anyhow::{Context, Result};
use connectors::Incoming;
use messaging::Writer;
use model::routing::{RouterAnswer, RouterCommand};
use model::{
    AccountId, Activity, ActivityId, ChannelAccount, ChannelAccountId, Conversation, ConversationId, FlowId, Id, Message, Reservation,
    ReservationStatus, Settings, TaskId, TaskOrder, TaskQueue, TaskQueueId, Timestamp, UserId, VisitorId, Worker, WorkerId, Workflow,
    WorkflowId, WorkspaceId,
};

use crate::House;

/// English and German, sales.
pub const ANA: &str = r#"{"languages":["en","de"],"department":"sales","vip":false}"#;
/// English and Korean, support, VIP.
pub const BEN: &str = r#"{"languages":["en","ko"],"department":"support","vip":true}"#;

/// A flow that says back what it hears.
pub const ECHO: &str = r#"{"description":"echo","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage","next":"echo"},{"event":"incomingConversationMessage","next":"echo"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]},
 {"name":"echo","type":"send-message","properties":{"body":"You said {{trigger.conversation.Body}}"},"transitions":[{"event":"sent"},{"event":"failed"}]}]}"#;

const WORKFLOW: &str = r#"{"task_routing":{"filters":[
  {"filter_friendly_name":"VIP","expression":"vip == true OR vip == 'true'","targets":[{"queue":"QUEUE","expression":"worker.vip == true","priority":10,"timeout":120},{"queue":"QUEUE","priority":10,"expression":"task.language IN worker.languages"}]},
  {"filter_friendly_name":"Language","expression":"language != null","targets":[{"queue":"QUEUE","expression":"task.language IN worker.languages AND worker.department == task.department","timeout":30},{"queue":"QUEUE","expression":"task.language IN worker.languages"}]}],
  "default_filter":{"queue":"QUEUE"}}}"#;

pub struct Shop {
    pub ws: i64,
    pub id: WorkspaceId,
    pub webchat: ChannelAccountId,
    pub sms: ChannelAccountId,
    pub queue: TaskQueueId,
    pub workflow: WorkflowId,
    pub available: ActivityId,
    pub away: ActivityId,
    pub offline: ActivityId,
    pub flow: FlowId,
    pub ana: WorkerId,
    pub ben: WorkerId,
}

impl House {
    /// Opens a shop of this name with the default flow, the demo's bot, and Ana and Ben at their desks, available.
    pub async fn open_shop(&self, name: &str) -> Result<Shop> {
        self.open_shop_with(name, Settings::default()).await
    }

    pub async fn open_shop_with(&self, name: &str, settings: Settings) -> Result<Shop> {
        self.open_shop_of(name, settings, flow::DEFAULT_FLOW, bot::demo()).await
    }

    /// A shop with a flow of its own, and a bot that knows only these questions and facts.
    pub async fn open_shop_of(
        &self,
        name: &str,
        settings: Settings,
        flow_text: &str,
        (questions, facts): (Vec<bot::Question>, Vec<bot::FactRule>),
    ) -> Result<Shop> {
        let engine = &self.engine;
        let (mut ids, now) = (engine.ids(), self.now());
        let (id, account): (WorkspaceId, AccountId) = (ids.next(), ids.next());
        let (available, away, offline): (ActivityId, ActivityId, ActivityId) = (ids.next(), ids.next(), ids.next());
        let (webchat, sms): (ChannelAccountId, ChannelAccountId) = (ids.next(), ids.next());
        let (flow, queue, workflow): (FlowId, TaskQueueId, WorkflowId) = (ids.next(), ids.next(), ids.next());
        let settings = Settings { timeout_activity_id: Some(away), default_activity_id: Some(offline), ..settings };
        let (key, wrapped) = engine.vault().new_data_key(&format!("workspace:{id}"))?;
        let token = engine.vault().seal_under_master(&format!("account:{account}:auth_token"), b"token")?;
        let accounts = [
            channel(
                webchat,
                "webchat",
                name,
                &[("allowed_sites", r#"["http://shop.localhost:8080"]"#)],
                &[("identity_secret", "site secret")],
            ),
            {
                let settings = [
                    ("account_sid", "AC00000000000000000000000000000001"),
                    ("number", "+15005550006"),
                    ("api_base_url", "http://carrier.localhost:8080"),
                ];
                channel(sms, "sms", name, &settings, &[("auth_token", "12345")])
            },
        ];
        let flow_text = flow_text.to_owned();
        let owned_name = name.to_owned();
        let (row_settings, mut row_ids) = (settings.clone(), engine.ids());
        let rows: Vec<(String, String)> = questions
            .into_iter()
            .map(|q| {
                (
                    row_ids.next::<model::BotQuestionId>().to_string(),
                    serde_json::json!({ "questions": q.questions, "answers": q.answers, "enabled": true }).to_string(),
                )
            })
            .collect();
        let fact_rows: Vec<(model::BotFactId, String, String)> = facts
            .into_iter()
            .map(|f| {
                let body =
                    serde_json::json!({ "key": f.key, "labels": f.labels, "cues": f.cues, "value": f.value, "enabled": true }).to_string();
                (row_ids.next(), f.key, body)
            })
            .collect();
        let ws = engine
            .db()
            .write(move |tx| {
                let (settings, wrapped, token, name) = (row_settings.clone(), wrapped.clone(), token.clone(), owned_name.clone());
                let (accounts, rows, fact_rows, flow_text) = (accounts.clone(), rows.clone(), fact_rows.clone(), flow_text.clone());
                Box::pin(async move {
                    store::workspace::insert_account(tx, account, "Test", token, now).await?;
                    let ws = store::workspace::insert(tx, account, id, &name, &settings, wrapped, now).await?;
                    for account in &accounts {
                        let about = engine::secrets_about(account.id);
                        let sealed = engine::seal(&key, &about, serde_json::to_string(&account.secrets)?.as_bytes())?;
                        store::channel::insert(tx, ws, account, sealed).await?;
                    }
                    let revision = store::flow::Revision {
                        revision: 1,
                        status: "published".into(),
                        definition: flow_text,
                        message: String::new(),
                        actor: "test".into(),
                        at: now,
                    };
                    store::flow::insert(tx, ws, flow, "Default", &revision).await?;
                    for (id, body) in &rows {
                        let id: model::BotQuestionId = id.parse()?;
                        tx.exec(
                            db::sql!("INSERT INTO bot_question (workspace_id, id, body, version) VALUES ($1, $2, $3, 1)"),
                            db::params![ws, id.uuid(), body.as_str()],
                        )
                        .await?;
                    }
                    for (id, key, body) in &fact_rows {
                        tx.exec(
                            db::sql!("INSERT INTO bot_fact (workspace_id, id, key, body, version) VALUES ($1, $2, $3, $4, 1)"),
                            db::params![ws, id.uuid(), key.as_str(), body.as_str()],
                        )
                        .await?;
                    }
                    Ok(ws)
                })
            })
            .await?;
        for (id, name, is_available) in [(available, "Available", true), (away, "Away", false), (offline, "Offline", false)] {
            self.order(
                ws,
                RouterCommand::PutActivity {
                    activity: Activity { id, name: name.into(), available: is_available, updated_at: Timestamp::default() },
                },
            )
            .await?;
        }
        let everyone = TaskQueue {
            id: queue,
            name: "Everyone".into(),
            target_workers: "1==1".into(),
            max_reserved_workers: 1,
            task_order: TaskOrder::Fifo,
            signature: String::new(),
            business_hours_id: None,
            updated_at: Timestamp::default(),
            version: 1,
        };
        self.order(ws, RouterCommand::PutQueue { queue: everyone }).await?;
        let configuration = WORKFLOW.replace("QUEUE", &queue.to_string());
        let routes = Workflow {
            id: workflow,
            name: "default".into(),
            configuration,
            task_reservation_timeout_s: 20,
            assignment_callback_url: String::new(),
            fallback_assignment_callback_url: String::new(),
            updated_at: Timestamp::default(),
            version: 1,
        };
        self.order(ws, RouterCommand::PutWorkflow { workflow: routes, re_evaluate: true }).await?;
        engine.config_changed(ws);
        let mut shop = Shop {
            ws,
            id,
            webchat,
            sms,
            queue,
            workflow,
            available,
            away,
            offline,
            flow,
            ana: WorkerId(Default::default()),
            ben: WorkerId(Default::default()),
        };
        shop.ana = self.hire(&shop, "Ana", ANA).await?;
        shop.ben = self.hire(&shop, "Ben", BEN).await?;
        self.settle().await?;
        Ok(shop)
    }

    /// Asks the router and expects a yes.
    pub async fn order(&self, ws: i64, command: RouterCommand) -> Result<RouterAnswer> {
        let what = format!("{command:?}");
        self.engine.route(ws, "test", None, command).await?.map_err(|refusal| anyhow::anyhow!("{what} was refused: {refusal:?}"))
    }

    /// A worker with a sign-in, at a desk and available; capacity 2 on chat, 2 on SMS.
    pub async fn hire(&self, shop: &Shop, name: &str, attributes: &str) -> Result<WorkerId> {
        let (mut ids, now) = (self.engine.ids(), self.now());
        let id = ids.next();
        let channels = ["chat", "sms"].map(|channel| (channel.to_owned(), model::WorkerChannel { capacity: 2, available: true })).into();
        let worker = Worker {
            id,
            name: name.into(),
            attributes: attributes.into(),
            activity_id: shop.offline,
            activity_since: now,
            channels,
            user_id: Some(ids.next::<UserId>()),
            connected: false,
            idle_since: now,
            idle_by_channel: Default::default(),
            deleted: false,
            updated_at: Timestamp::default(),
            version: 1,
        };
        self.order(shop.ws, RouterCommand::PutWorker { worker }).await?;
        self.engine.desk_opened(shop.ws, id).await?;
        self.order(shop.ws, RouterCommand::SetActivity { worker_id: id, activity_id: shop.available }).await?;
        Ok(id)
    }

    /// A visitor writes in the shop's webchat.
    pub async fn chat(&self, shop: &Shop, visitor: VisitorId, client_id: &str, text: &str) -> Result<()> {
        let body = serde_json::json!({ "client_id": client_id, "text": text }).to_string();
        let incoming = Incoming::Frame { from: &visitor.to_string(), body: body.as_bytes() };
        self.engine.receive(shop.ws, shop.webchat, incoming).await.map_err(|error| anyhow::anyhow!("the door said {error:?}"))?;
        self.settle().await
    }

    /// A text arrives from a phone, signed as the carrier signs.
    pub async fn text(&self, shop: &Shop, from: &str, sid: &str, body: &str) -> Result<()> {
        let form = [("MessageSid", sid), ("From", from), ("To", "+15005550006"), ("Body", body), ("SmsStatus", "received")];
        self.carrier_posts(shop, "", &form).await
    }

    /// Any signed post of the carrier; `query` as in `?message=IM…`.
    pub async fn carrier_posts(&self, shop: &Shop, query: &str, form: &[(&str, &str)]) -> Result<()> {
        let url = format!("http://localhost:8080/in/sms/{}{query}", shop.sms);
        let mut sorted = form.to_vec();
        sorted.sort();
        let data: String = sorted.iter().map(|(name, value)| format!("{name}{value}")).collect();
        let signature = connectors::signature::hmac_sha1_base64("12345", format!("{url}{data}").as_bytes());
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let headers =
            [("x-twilio-signature".to_owned(), signature), ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        let target = format!("/in/sms/{}{query}", shop.sms);
        let incoming = Incoming::Request { method: "POST", target: &target, headers: &headers, body: body.as_bytes() };
        self.engine.receive(shop.ws, shop.sms, incoming).await.map_err(|error| anyhow::anyhow!("the door said {error:?}"))?;
        self.settle().await
    }

    /// The offers a worker has now.
    pub async fn offers(&self, shop: &Shop, worker: WorkerId) -> Result<Vec<Reservation>> {
        let ws = shop.ws;
        let open =
            self.engine.db().read(move |tx| Box::pin(async move { store::routing::open_reservations(tx, ws, worker).await })).await?;
        Ok(open.into_iter().filter(|r| r.status == ReservationStatus::Pending).collect())
    }

    /// Accepts the worker's only offer; returns its task.
    pub async fn accept(&self, shop: &Shop, worker: WorkerId) -> Result<TaskId> {
        let offers = self.offers(shop, worker).await?;
        let offer = offers.first().context("there is no offer to accept")?;
        self.order(shop.ws, RouterCommand::Accept { reservation_id: offer.id }).await?;
        self.settle().await?;
        Ok(offer.task_id)
    }

    /// The conversation a task is about.
    pub async fn conversation_of(&self, shop: &Shop, task: TaskId) -> Result<ConversationId> {
        let ws = shop.ws;
        let task = self.engine.db().read(move |tx| Box::pin(async move { store::routing::task(tx, ws, task).await })).await?;
        task.and_then(|t| t.conversation_id).context("a task without a conversation")
    }

    /// An agent writes to the customer.
    pub async fn reply(&self, shop: &Shop, worker: WorkerId, conversation: ConversationId, client_id: &str, text: &str) -> Result<Message> {
        let message = engine::WriteMessage::text(
            conversation,
            client_id,
            text,
            Writer { worker_id: Some(worker), name: "Agent".into(), anywhere: false },
            format!("worker:{worker}"),
        );
        let written = self.engine.write(shop.ws, message).await?;
        let written = written.map_err(|refused| anyhow::anyhow!("the reply was refused: {refused:?}"))?;
        self.settle().await?;
        Ok(written)
    }

    /// The conversation a visitor's thread points to, and all of its messages.
    pub async fn thread(&self, shop: &Shop, account: ChannelAccountId, key: &str) -> Result<(Conversation, Vec<Message>)> {
        let (ws, key) = (shop.ws, key.to_owned());
        self.engine
            .db()
            .read(move |tx| {
                Box::pin(async move {
                    let thread = store::conversation::thread_by_key(tx, ws, account, &key).await?.context("no such thread")?;
                    let id = thread.conversation_id.context("a thread without a conversation")?;
                    let conversation = store::conversation::by_id(tx, ws, id).await?.context("a conversation that is gone")?;
                    Ok((conversation, store::message::page(tx, ws, id, None, Some(0), 1_000).await?))
                })
            })
            .await
    }

    /// The texts of a thread's conversation as `author: text`, notices as `* kind`.
    pub async fn transcript(&self, shop: &Shop, account: ChannelAccountId, key: &str) -> Result<Vec<String>> {
        let (_, messages) = self.thread(shop, account, key).await?;
        Ok(messages.iter().map(line).collect())
    }
}

fn line(message: &Message) -> String {
    if let Some(notice) = &message.notice {
        return format!("* {}", notice.kind);
    }
    let author = match &message.author {
        model::Author::Contact { .. } => "customer",
        model::Author::Worker { .. } => "agent",
        model::Author::Bot { .. } => "bot",
        model::Author::Elsewhere { .. } => "elsewhere",
        model::Author::System => "system",
    };
    format!("{author}: {}", message.text)
}

fn channel(id: ChannelAccountId, kind: &str, name: &str, settings: &[(&str, &str)], secrets: &[(&str, &str)]) -> ChannelAccount {
    let owned = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    ChannelAccount {
        id,
        kind: kind.into(),
        name: name.into(),
        address: if kind == "sms" { "+15005550006".into() } else { name.into() },
        enabled: true,
        settings: owned(settings),
        secrets: owned(secrets),
        app_id: None,
        provider_key: None,
        flow_id: None,
        business_hours_id: None,
        webhook_url: String::new(),
        version: 1,
    }
}

/// A visitor's id from a number, for tests.
pub fn visitor(no: u64) -> VisitorId {
    model::Ids::new(Timestamp::from_secs(1), no).next()
}
