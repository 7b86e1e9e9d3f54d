//! One run: a seed's choices, then peace, then judgement.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use connectors::Incoming;
use db::Db;
use emulators::carrier::{Carrier, HandsetMessage};
use engine::clock::{Clock, ManualClock};
use engine::{Engine, Sent, WriteMessage};
use messaging::Writer;
use model::routing::{MoveReason, RouterCommand, TransferTo};
use model::{Reservation, ReservationStatus, Settings, TaskQueue, Timestamp, VisitorId, WorkerId};
use testkit::{Chance, House, Shop};

use crate::network::{self, Post};
use crate::nodes::{self, Ground, Node, Work};
use crate::people::{Done, Memory, Wish};

const STEPS: usize = 350;
const VISITORS: usize = 6;
pub const PHONES: [&str; 4] = ["+491713920041", "+491713920042", "+491713920043", "+491713920044"];

/// Answers with what was said; gets a person for whoever says "agent", after asking once.
const FLOW: &str = r#"{"description":"simulation","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage","next":"wants"},{"event":"incomingConversationMessage","next":"wants"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]},
 {"name":"wants","type":"split-based-on","properties":{"input":"{{trigger.conversation.Body}}"},"transitions":[{"event":"noMatch","next":"echo"},{"event":"match","next":"ask","conditions":[{"friendly_name":"agent","arguments":["{{trigger.conversation.Body}}"],"type":"contains","value":"agent"}]}]},
 {"name":"echo","type":"send-message","properties":{"body":"echo of {{trigger.conversation.Body}}"},"transitions":[{"event":"sent"},{"event":"failed"}]},
 {"name":"ask","type":"send-and-wait-for-reply","properties":{"body":"why? ({{trigger.conversation.Body}})","timeout":"60"},"transitions":[{"event":"incomingMessage","next":"agent"},{"event":"timeout","next":"agent"},{"event":"deliveryFailure","next":"agent"}]},
 {"name":"agent","type":"send-to-flex","properties":{"workflow":"default","channel":"chat","attributes":"{\"language\":\"en\"}","priority":"0","timeout":"300","wait_for_outcome":true,"waiting_message":"nobody is free ({{trigger.conversation.Body}})"},"transitions":[{"event":"callComplete"},{"event":"failedToEnqueue","next":"sorry"},{"event":"callFailure","next":"sorry"}]},
 {"name":"sorry","type":"send-message","properties":{"body":"sorry ({{trigger.conversation.Body}})"},"transitions":[{"event":"sent"},{"event":"failed"}]}]}"#;

pub struct Sim {
    pub ground: Ground,
    pub nodes: Vec<Node>,
    pub shop: Arc<Shop>,
    pub carrier: Carrier,
    pub memory: Memory,
    pub chance: Chance,
    /// On which node a worker's desk hangs.
    pub desks: BTreeMap<WorkerId, usize>,
    /// Webhooks on their way to us.
    pub posts: Vec<Arc<Post>>,
    pub visitors: Vec<VisitorId>,
    pub loud: bool,
}

pub fn run(seed: u64, loud: bool) -> Result<()> {
    // The clock of the runtime stands still too; it only serves those who wait for another node's router.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(async {
        let mut sim = Sim::new(seed, loud).await.context("opening the shop")?;
        for _ in 0..STEPS {
            sim.step().await?;
        }
        sim.finish().await.context("after the faults ended")?;
        sim.judge().await
    })
}

impl Sim {
    async fn new(seed: u64, loud: bool) -> Result<Self> {
        let db = Db::open_memory()?;
        db.migrate(store::MIGRATIONS).await?;
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
        db.set_time(clock.now().micros());
        let mut ground = Ground::new(db, clock.clone(), seed);
        let nodes = vec![ground.node(), ground.node()];
        for node in &nodes {
            node.engine.renew().await?;
        }
        let house = House { engine: nodes[0].engine.clone(), clock, world: Arc::default() };
        let settings = Settings { wrap_up_s: 60, ..Settings::default() };
        let shop = house.open_shop_of("Tidewater", settings, FLOW, (vec![], vec![])).await?;
        let queue = TaskQueue {
            id: shop.queue,
            name: "Everyone".into(),
            target_workers: "1==1".into(),
            max_reserved_workers: 2,
            task_order: model::TaskOrder::Fifo,
            signature: String::new(),
            business_hours_id: None,
            updated_at: Timestamp::default(),
            version: 1,
        };
        house.order(shop.ws, RouterCommand::PutQueue { queue }).await?;
        let workflow = model::Workflow {
            id: shop.workflow,
            name: "default".into(),
            configuration: format!(r#"{{"task_routing":{{"filters":[],"default_filter":{{"queue":"{}"}}}}}}"#, shop.queue),
            task_reservation_timeout_s: 20,
            assignment_callback_url: String::new(),
            fallback_assignment_callback_url: String::new(),
            updated_at: Timestamp::default(),
            version: 1,
        };
        house.order(shop.ws, RouterCommand::PutWorkflow { workflow, re_evaluate: true }).await?;
        let carrier = network::carrier(shop.sms, seed);
        let desks = [(shop.ana, 0), (shop.ben, 0)].into();
        let visitors = (0..VISITORS as u64).map(testkit::visitor).collect();
        Ok(Self {
            ground,
            nodes,
            shop: Arc::new(shop),
            carrier,
            memory: Memory::default(),
            chance: Chance::new(seed),
            desks,
            posts: vec![],
            visitors,
            loud,
        })
    }

    pub fn now(&self) -> Timestamp {
        self.ground.clock.now()
    }

    /// One choice.
    async fn step(&mut self) -> Result<()> {
        match self.chance.below(100) {
            0..=39 => self.actor().await?,
            40..=54 => self.go_on().await,
            55..=63 => self.someone_writes(),
            64..=75 => self.an_agent_acts().await?,
            76..=85 => self.network(),
            86..=89 => self.grant_a_wish(),
            90..=97 => self.time_passes().await?,
            98 => {
                let node = self.chance.below(self.nodes.len());
                self.kill(node);
            }
            _ => {
                // The next commit is somebody's last.
                let after = self.chance.percent(60);
                self.ground.doom.strike(after);
            }
        }
        Ok(())
    }

    pub fn kill(&mut self, at: usize) {
        if self.loud {
            println!(
                "{} node {at} dies in the middle of {:?}",
                self.now().micros(),
                self.nodes[at].doing.iter().map(|d| d.0).collect::<Vec<_>>()
            );
        }
        self.desks.retain(|_, node| *node != at);
        self.nodes[at] = self.ground.node();
        // As at a start: what waited is suspect.
        let (engine, now) = (self.nodes[at].engine.clone(), self.now());
        let work: Work = Box::pin(async move {
            let _ = engine.db().write(move |tx| Box::pin(async move { store::journal::count_attempts(tx, now).await })).await;
            let _ = engine.renew().await;
            Done::Round
        });
        self.start(at, "start", work);
    }

    /// Begins something on a node and polls it once.
    pub fn start(&mut self, at: usize, what: &'static str, work: Work) {
        self.nodes[at].doing.push((what, work));
        let last = self.nodes[at].doing.len() - 1;
        self.poll(at, last);
    }

    pub fn poll(&mut self, at: usize, no: usize) {
        self.ground.db.set_time(self.now().micros());
        let done = nodes::poll(&mut self.nodes[at].doing[no].1);
        if self.ground.doom.lift() {
            // Whoever asked the dead process hears nothing, and asks again.
            if let Some(Done::Unknown(wish) | Done::Answered(wish, _)) = done {
                self.memory.note(Done::Unknown(wish), false);
            }
            let lost: Vec<_> = self.nodes[at].doing.iter().map(|(what, _)| *what).collect();
            if self.loud {
                println!("{} node {at} commits its last: {lost:?}", self.now().micros());
            }
            self.kill(at);
            return;
        }
        if let Some(done) = done {
            if self.loud {
                let what = self.nodes[at].doing[no].0;
                let said = match &done {
                    Done::Round => "",
                    Done::Answered(_, true) => "yes",
                    Done::Answered(_, false) => "no",
                    Done::Unknown(_) => "unknown",
                };
                if what != "actor" {
                    println!("{} node {at}: {what} {said}", self.now().micros());
                }
            }
            drop(self.nodes[at].doing.remove(no));
            if let Done::Answered(Wish::Webhook(post), taken) = &done {
                network::heard(&mut self.carrier, post.id, *taken, self.ground.clock.now());
            }
            self.memory.note(done, false);
        }
    }

    async fn go_on(&mut self) {
        tokio::time::advance(std::time::Duration::from_millis(60)).await;
        let at = self.chance.below(self.nodes.len());
        if !self.nodes[at].doing.is_empty() {
            let no = self.chance.below(self.nodes[at].doing.len());
            self.poll(at, no);
        }
    }

    /// Some actor of some node does one round.
    async fn actor(&mut self) -> Result<()> {
        let at = self.chance.below(self.nodes.len());
        if self.nodes[at].doing.len() > 12 {
            return Ok(());
        }
        let (engine, ws, sms) = (self.nodes[at].engine.clone(), self.shop.ws, self.shop.sms);
        let work: Work = match self.chance.below(10) {
            0..=2 => {
                // Hints are sometimes lost; what is due is found by looking.
                let mut due = engine.take_rung();
                due.merge(engine.due().await?);
                let lanes: Vec<_> = due.lanes.into_iter().map(|(_, lane)| lane).collect();
                if lanes.is_empty() {
                    return Ok(());
                }
                let lane = lanes[self.chance.below(lanes.len())].clone();
                Box::pin(async move {
                    engine.turn_once(ws, vec![lane]).await;
                    Done::Round
                })
            }
            3..=5 => Box::pin(async move {
                if let Ok(true) = engine.take_router(ws).await {
                    let _ = engine.route_once(ws).await;
                }
                Done::Round
            }),
            6..=7 => Box::pin(async move {
                let _ = engine.send_once(ws, sms).await;
                Done::Round
            }),
            8 => Box::pin(async move {
                let _ = engine.renew().await;
                let _ = engine.bury_once().await;
                Done::Round
            }),
            _ => Box::pin(async move {
                let _ = engine.index_once(ws).await;
                let _ = engine.publish_once(ws).await;
                Done::Round
            }),
        };
        self.start(at, "actor", work);
        Ok(())
    }

    async fn time_passes(&mut self) -> Result<()> {
        let ms = match self.chance.below(20) {
            0 => 7_000,
            1 => 21_000,
            2 => 61_000,
            3 => 301_000,
            4..=9 => 1_000 + self.chance.below(3_000) as i64,
            _ => self.chance.below(500) as i64,
        };
        // Over a long time a process either says that it lives, or was frozen.
        let mut left = ms;
        let frozen = self.chance.below(4);
        while left > 0 {
            let piece = left.min(2_000);
            self.ground.clock.advance_ms(piece);
            left -= piece;
            self.ground.db.set_time(self.now().micros());
            for at in 0..self.nodes.len() {
                if at != frozen && ms >= 1_000 {
                    let engine = self.nodes[at].engine.clone();
                    self.start(
                        at,
                        "actor",
                        Box::pin(async move {
                            let _ = engine.renew().await;
                            Done::Round
                        }),
                    );
                }
            }
        }
        Ok(())
    }

    fn someone_writes(&mut self) {
        let n = self.memory.fresh();
        let agent = if self.chance.percent(35) { " agent please" } else { "" };
        if self.chance.percent(60) {
            let visitor = self.chance.below(VISITORS);
            let wish = Wish::Chat(visitor, format!("c{n}"), format!("web {n}{agent}"));
            // A browser that is not sure sends again.
            let copies = if self.chance.percent(20) { 2 } else { 1 };
            for _ in 0..copies {
                self.wish(wish.clone());
            }
        } else if let Some(phone) = self.chance.pick(&PHONES) {
            let text = format!("sms {n}{agent}");
            let message = HandsetMessage { to: network::OURS.into(), text: text.clone(), media: vec![] };
            if let Ok(sid) = self.carrier.handset_send(phone, &message, network::at(self.ground.clock.now())) {
                self.memory.texted.insert(sid, text);
            }
        }
    }

    fn grant_a_wish(&mut self) {
        if !self.memory.wishes.is_empty() {
            let no = self.chance.below(self.memory.wishes.len());
            let wish = self.memory.wishes.remove(no);
            self.wish(wish);
        }
    }

    /// Somebody's wish reaches some node.
    pub fn wish(&mut self, wish: Wish) {
        let at = match &wish {
            Wish::DeskClosed(worker) => match self.desks.remove(worker) {
                Some(at) => at,
                None => return,
            },
            Wish::DeskOpened(worker) => {
                let at = self.chance.below(self.nodes.len());
                self.desks.insert(*worker, at);
                at
            }
            _ => self.chance.below(self.nodes.len()),
        };
        let (engine, shop, visitors) = (self.nodes[at].engine.clone(), self.shop.clone(), self.visitors.clone());
        let what = match &wish {
            Wish::Chat(..) => "chat",
            Wish::Reply(..) => "reply",
            Wish::Order(..) => "order",
            Wish::Complete(..) => "complete",
            Wish::DeskOpened(_) => "desk opened",
            Wish::DeskClosed(_) => "desk closed",
            Wish::Webhook(_) => "webhook",
        };
        self.start(at, what, Box::pin(async move { carry_out(&engine, &shop, &visitors, wish).await }));
    }

    /// What the carrier and the wire do.
    fn network(&mut self) {
        let now = self.now();
        for callback in self.carrier.due(network::at(now)) {
            self.posts.push(Post::of(&callback));
        }
        match self.chance.below(3) {
            0 if !self.posts.is_empty() => {
                let no = self.chance.below(self.posts.len());
                match self.chance.below(10) {
                    // It never reached us.
                    0 => {
                        let post = self.posts.remove(no);
                        network::heard(&mut self.carrier, post.id, false, now);
                    }
                    // It reached us twice.
                    1 => self.wish(Wish::Webhook(self.posts[no].clone())),
                    _ => {
                        let post = self.posts.remove(no);
                        self.wish(Wish::Webhook(post));
                    }
                }
            }
            _ if self.ground.wire.waiting() > 0 => {
                let asked = self.ground.wire.take(self.chance.below(self.ground.wire.waiting()));
                let answer = match self.chance.below(12) {
                    0 => Sent::NotSent { why: "no connection".into(), permanent: false },
                    1 => Sent::Unknown { why: "broken before it arrived".into() },
                    2 => {
                        network::ask(&mut self.carrier, &asked.out, now);
                        Sent::Unknown { why: "the answer was lost".into() }
                    }
                    3 => Sent::Answer { status: 429, headers: vec![("retry-after".into(), "2".into())], body: "".into() },
                    4 => {
                        network::ask(&mut self.carrier, &asked.out, now);
                        Sent::Answer { status: 503, headers: vec![], body: "".into() }
                    }
                    _ => network::ask(&mut self.carrier, &asked.out, now),
                };
                let _ = asked.answer.send(answer);
            }
            _ => {}
        }
    }

    pub async fn reservations(&self, worker: WorkerId) -> Result<Vec<Reservation>> {
        let ws = self.shop.ws;
        self.ground.db.read(move |tx| Box::pin(async move { store::routing::open_reservations(tx, ws, worker).await })).await
    }

    async fn an_agent_acts(&mut self) -> Result<()> {
        let worker = if self.chance.percent(50) { self.shop.ana } else { self.shop.ben };
        if !self.desks.contains_key(&worker) {
            self.wish(Wish::DeskOpened(worker));
            return Ok(());
        }
        if self.chance.percent(6) {
            self.wish(Wish::DeskClosed(worker));
            return Ok(());
        }
        let n = self.memory.fresh();
        let key = format!("{worker}:{n}");
        if self.chance.percent(10) {
            self.wish(Wish::Order(key, RouterCommand::SetActivity { worker_id: worker, activity_id: self.shop.available }));
            return Ok(());
        }
        let open = self.reservations(worker).await?;
        if open.is_empty() {
            return Ok(());
        }
        let reservation = open[self.chance.below(open.len())].clone();
        if reservation.status == ReservationStatus::Pending {
            if self.chance.percent(75) {
                self.wish(Wish::Order(key, RouterCommand::Accept { reservation_id: reservation.id }));
            } else if self.chance.percent(40) {
                self.wish(Wish::Order(key, RouterCommand::Reject { reservation_id: reservation.id, activity_id: None }));
            }
            return Ok(());
        }
        let (ws, task) = (self.shop.ws, reservation.task_id);
        let found = self.ground.db.read(move |tx| {
            Box::pin(async move {
                let Some(task) = store::routing::task(tx, ws, task).await? else { return Ok(None) };
                match task.conversation_id {
                    Some(id) => store::conversation::by_id(tx, ws, id).await,
                    None => Ok(None),
                }
            })
        });
        let Some(conversation) = found.await? else { return Ok(()) };
        let other = if worker == self.shop.ana { self.shop.ben } else { self.shop.ana };
        let new_task_id = self.nodes[0].engine.ids().next();
        let wish = match self.chance.below(10) {
            0..=3 => Wish::Reply(worker, conversation.id, format!("r{n}"), format!("reply {n}")),
            4 => Wish::Order(key, RouterCommand::Wrap { task_id: task }),
            5 => {
                let to = match self.chance.below(3) {
                    0 => TransferTo::Worker { worker_id: other },
                    1 => TransferTo::Queue { queue_id: self.shop.queue },
                    _ => TransferTo::Flow,
                };
                Wish::Order(key, RouterCommand::Transfer { task_id: task, to, note: "note".into(), by: Some(worker), new_task_id })
            }
            6 => {
                let reason = MoveReason::Requeued;
                Wish::Order(key, RouterCommand::Requeue { task_id: task, reason, by: Some(worker), new_task_id })
            }
            _ => {
                let behind = if self.chance.percent(20) { 1 } else { 0 };
                Wish::Complete(worker, task, conversation.last_seq - behind)
            }
        };
        self.wish(wish);
        Ok(())
    }
}

async fn carry_out(engine: &Engine, shop: &Shop, visitors: &[VisitorId], wish: Wish) -> Done {
    let granted = match &wish {
        Wish::Chat(visitor, id, text) => {
            let body = serde_json::json!({ "client_id": id, "text": text }).to_string();
            let from = visitors[*visitor].to_string();
            engine.receive(shop.ws, shop.webchat, Incoming::Frame { from: &from, body: body.as_bytes() }).await.ok().map(|_| true)
        }
        Wish::Webhook(post) => {
            let incoming = Incoming::Request { method: "POST", target: &post.target, headers: &post.headers, body: &post.body };
            match engine.receive(shop.ws, shop.sms, incoming).await {
                Ok(_) => Some(true),
                Err(engine::ReceiveError::Rejected(why)) => panic!("the carrier's own signature was refused: {why}"),
                // 503: the carrier tries again.
                Err(_) => Some(false),
            }
        }
        Wish::Reply(worker, conversation, id, text) => {
            let message = WriteMessage::text(
                *conversation,
                id.clone(),
                text.clone(),
                Writer { worker_id: Some(*worker), name: "Agent".into(), anywhere: false },
                String::new(),
            );
            engine.write(shop.ws, message).await.ok().map(|written| written.is_ok())
        }
        Wish::Order(key, command) => engine.route(shop.ws, "sim", Some(key), command.clone()).await.ok().map(|answer| answer.is_ok()),
        Wish::Complete(worker, task, seen) => {
            let complete = engine::Complete {
                task_id: *task,
                last_seen_seq: Some(*seen),
                disposition: None,
                note: None,
                actor: worker.to_string(),
                request_key: None,
                beside: model::Beside::default(),
            };
            engine.complete(shop.ws, complete).await.ok().map(|done| done.is_ok())
        }
        Wish::DeskOpened(worker) => engine.desk_opened(shop.ws, *worker).await.ok().map(|()| true),
        Wish::DeskClosed(worker) => engine.desk_closed(shop.ws, *worker).await.ok().map(|()| true),
    };
    match granted {
        Some(yes) => Done::Answered(wish, yes),
        None => Done::Unknown(wish),
    }
}
