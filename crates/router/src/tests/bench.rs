//! A line is `<seconds>s <command> => <what happened>`: commands in words, effects in words, in the order they were made.

use std::collections::BTreeMap;

use model::*;
use serde_json::Value;

use crate::{Router, Snapshot};

/// Activities: Available, Break, Away (for missed offers), Offline.
pub struct Bench {
    pub router: Router,
    pub ids: Ids,
    now: Timestamp,
    names: BTreeMap<String, String>,
    activities: BTreeMap<String, ActivityId>,
    hours: BTreeMap<String, BusinessHoursId>,
    queues: BTreeMap<String, TaskQueueId>,
    workflows: BTreeMap<String, WorkflowId>,
    workers: BTreeMap<String, WorkerId>,
    tasks: BTreeMap<String, TaskId>,
    /// The latest offer of a task to a worker.
    offers: BTreeMap<(TaskId, WorkerId), Reservation>,
    rows: BTreeMap<TaskId, Task>,
    conversations: BTreeMap<String, ConversationId>,
    /// What the last command or tick told as TaskRouter's events.
    happened: Vec<RoutingEvent>,
}

pub fn seconds(text: &str) -> Timestamp {
    let seconds: i64 = text.trim_end_matches('s').parse().expect("seconds");
    Timestamp::from_secs(1_000_000 + seconds)
}

impl Bench {
    pub fn new() -> Bench {
        let mut ids = Ids::new(Timestamp::from_secs(1_000_000), 7);
        let mut names = BTreeMap::new();
        let mut activities = BTreeMap::new();
        let mut rows = Vec::new();
        for (name, available) in [("Available", true), ("Break", false), ("Away", false), ("Offline", false)] {
            let id: ActivityId = ids.next();
            names.insert(id.to_string(), name.to_string());
            activities.insert(name.to_string(), id);
            rows.push(Activity { id, name: name.into(), available, updated_at: Timestamp::default() });
        }
        let settings = Settings { timeout_activity_id: Some(activities["Away"]), ..Settings::default() };
        let router = Router::new(Snapshot { settings, activities: rows, ..Snapshot::default() });
        Bench {
            router,
            ids,
            now: seconds("0"),
            names,
            activities,
            hours: BTreeMap::new(),
            queues: BTreeMap::new(),
            workflows: BTreeMap::new(),
            workers: BTreeMap::new(),
            tasks: BTreeMap::new(),
            offers: BTreeMap::new(),
            rows: BTreeMap::new(),
            conversations: BTreeMap::new(),
            happened: Vec::new(),
        }
    }

    /// One line's left side; answers what happened.
    pub fn run(&mut self, line: &str) -> String {
        let (time, rest) = line.split_once(' ').expect("a time and a command");
        let now = seconds(time);
        self.now = now;
        let (head, body) = rest.split_once(" : ").unwrap_or((rest, ""));
        let words: Vec<&str> = head.split_whitespace().collect();
        if let Some(answer) = self.look(&words) {
            return answer;
        }
        if words[0] == "try" {
            return self.try_out(&words, body);
        }
        if words[0] == "judge" {
            let judged = self.router.check_workflow(&self.with_ids(body));
            return judged.map_or_else(|refusal| self.refusal(&refusal), |()| "fine".into());
        }
        let mut effects = RouterEffects::default();
        let command = self.command(&words, body);
        let refused = command.and_then(|command| {
            let mut ids = self.ids.clone();
            let before = self.router.clone();
            let answer = self.router.handle(&command, now, &mut ids, &mut effects);
            self.ids = ids;
            check_events(&before, &effects);
            answer.err()
        });
        if words[0] == "tick" {
            self.router.tick(now, &mut self.ids, &mut effects);
        }
        assert!(self.router.next_deadline().is_none_or(|at| at > now), "left something due");
        self.happened = std::mem::take(&mut effects.happened);
        self.told(effects, refused)
    }

    fn look(&self, words: &[&str]) -> Option<String> {
        match words {
            ["show", task] => Some(self.show(&self.rows[&self.tasks[*task]])),
            ["why", task, worker] => {
                let offer = &self.offers[&(self.tasks[*task], self.workers[*worker])];
                let said = |rule: &Rule, detail: &str| {
                    let rule = serde_json::to_value(rule).unwrap_or_default();
                    format!("{} ({detail})", rule.as_str().unwrap_or_default())
                };
                let chosen = offer.why.chosen.iter();
                let chosen = chosen.map(|reason| said(&reason.rule, &reason.detail));
                let others = offer.why.others.iter().map(|loser| {
                    let name = self.name(loser.worker_id);
                    format!("{name} {}", said(&loser.rule, &loser.detail))
                });
                Some(chosen.chain(others).collect::<Vec<_>>().join(", "))
            }
            ["brought", task, worker] => {
                let why = &self.offers[&(self.tasks[*task], self.workers[*worker])].why;
                let said = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".into());
                Some(format!("by {} through {}", said(&why.filter), said(&why.queue)))
            }
            ["slot", task, worker] => {
                let offer = &self.offers[&(self.tasks[*task], self.workers[*worker])];
                Some(format!("offer {} slot {:?} of {}", offer.offer_no, offer.slot, offer.capacity))
            }
            ["counted", task] => Some(self.rows[&self.tasks[*task]].offers.to_string()),
            ["waits", task] => Some(self.waits(self.tasks[*task])),
            ["way", task] => {
                let way = self.rows[&self.tasks[*task]].way.iter();
                let said = way.map(|visit| {
                    let because = serde_json::to_value(visit.because).unwrap_or_default();
                    let queue = visit.queue_id.map_or("-".into(), |id| self.name(id));
                    format!("{queue} {} at {}s behind {}", because.as_str().unwrap_or_default(), visit.at.secs() - 1_000_000, visit.ahead)
                });
                Some(said.collect::<Vec<_>>().join(", "))
            }
            // How long tasks had waited, in all and in their queue, in the line before.
            ["waited"] => {
                let of_tasks = self.happened.iter().filter(|event| event.task_id.is_some());
                let said =
                    of_tasks.map(|event| format!("{} {}s {}s", event.kind.code(), event.lasted / 1_000_000, event.queued / 1_000_000));
                Some(said.collect::<Vec<_>>().join(", "))
            }
            // In which queue tasks stood in the line before.
            ["stood"] => {
                let of_tasks = self.happened.iter().filter(|event| event.kind.code().starts_with("task."));
                let queue = |event: &RoutingEvent| event.queue_id.map_or("-".into(), |id| self.name(id));
                let said = of_tasks.map(|event| format!("{} {}", event.kind.code(), queue(event)));
                Some(said.collect::<Vec<_>>().join(", "))
            }
            ["happened"] => Some(self.happened.iter().map(|event| self.event(event)).collect::<Vec<_>>().join(", ")),
            ["attributes", task] => Some(self.rows[&self.tasks[*task]].attributes.clone()),
            ["channels"] => {
                let rows = self.router.task_channels();
                Some(rows.map(|row| format!("{} {}", row.unique_name, row.version)).collect::<Vec<_>>().join(", "))
            }
            ["next"] => Some(self.router.next_deadline().map_or("never".into(), |at| format!("{}s", at.secs() - 1_000_000))),
            _ => None,
        }
    }

    fn waits(&self, task: TaskId) -> String {
        let Some(why) = self.router.why_waiting(task, self.now) else { return "it does not".into() };
        let code = |rule: &Rule| serde_json::to_value(rule).unwrap_or_default().as_str().unwrap_or_default().to_string();
        let place = match why.standing.estimated_wait_s {
            Some(wait) => format!("place {}, {wait} s", why.standing.position),
            None => format!("place {}", why.standing.position),
        };
        let place = match &why.standing.closed {
            Some(closed) => format!("{place}, {} until {}", closed.reason, closed.opens_at.as_deref().unwrap_or("further notice")),
            None => place,
        };
        let others = why.others.iter().map(|loser| format!("{} {} ({})", self.name(loser.worker_id), code(&loser.rule), loser.detail));
        let counted = why.counted.iter().map(|(rule, count)| format!("{count} {}", code(rule)));
        let said = [place, why.asks.join(" and ")].into_iter().chain(others).chain(counted);
        said.collect::<Vec<_>>().join("; ")
    }

    /// `try <task> [draft=<workflow>] : <attributes> [:: <the draft's configuration>]`
    fn try_out(&mut self, words: &[&str], body: &str) -> String {
        let (body, configuration) = body.split_once(" :: ").unwrap_or((body, ""));
        let draft = words.iter().find_map(|word| word.strip_prefix("draft=")).map(|name| {
            let held = self.router.workflow(self.workflows[name]).cloned().expect("a workflow");
            Workflow { configuration: self.with_ids(&format!("{{\"task_routing\":{{{configuration}}}}}")), ..held }
        });
        let words = [&["task"], &words[1..]].concat();
        let Some(RouterCommand::RequestTask(request)) = self.command(&words, body) else { panic!("a request") };
        let tried = match self.router.try_out(draft.as_ref(), &request, self.now) {
            Ok(tried) => tried,
            Err(refusal) => return format!("refused {refusal:?}").chars().take(60).collect(),
        };
        let after = |at: Timestamp| at.since(self.now) / 1_000_000;
        let code = |what: Because| serde_json::to_value(what).unwrap_or_default().as_str().unwrap_or_default().to_string();
        let way = tried.task.way.iter().map(|visit| {
            let queue = visit.queue_id.map_or("-".into(), |id| self.name(id));
            format!("{}s {queue} {}", after(visit.at), code(visit.because))
        });
        let offers = tried.offers.iter().map(|offer| {
            let until = offer.ended_at.or(offer.deadline_at).map_or("open".into(), |at| format!("{}s", after(at)));
            format!("{}s-{until} {}", after(offer.created_at), self.name(offer.worker_id))
        });
        let waits = tried.waiting.iter().map(|why| format!("waits at place {}", why.standing.position));
        let end = format!("{} {}", tried.task.status.code(), tried.task.reason.as_deref().unwrap_or_default());
        waits.chain(way).chain(offers).chain([end.trim().into()]).collect::<Vec<_>>().join("; ")
    }

    fn show(&self, task: &Task) -> String {
        let queue = task.queue_id.map(|id| self.name(id)).unwrap_or_default();
        let step = match task.filter {
            Some(filter) => format!("{filter}.{}", task.target),
            None => "-".into(),
        };
        let begun = task.virtual_start_time.secs() - 1_000_000;
        let reason = task.reason.clone().unwrap_or_default();
        let shown = format!("{} {queue} {step} prio {} since {begun}s {reason}", task.status.code(), task.priority);
        shown.trim().to_string()
    }

    pub fn name(&self, id: impl ToString) -> String {
        let id = id.to_string();
        self.names.get(&id).cloned().unwrap_or(id)
    }

    fn named<T: Id>(&mut self, name: &str) -> T {
        let id: T = self.ids.next();
        self.names.insert(id.to_string(), name.to_string());
        id
    }

    fn task(&mut self, name: &str) -> TaskId {
        if let Some(id) = self.tasks.get(name) {
            return *id;
        }
        let id = self.named(name);
        self.tasks.insert(name.to_string(), id);
        id
    }

    fn conversation(&mut self, name: &str) -> ConversationId {
        if let Some(id) = self.conversations.get(name) {
            return *id;
        }
        let id = self.named(name);
        self.conversations.insert(name.to_string(), id);
        id
    }

    /// A text with names of queues, workers and activities, such as `@Support`, for their ids.
    pub fn with_ids(&self, text: &str) -> String {
        let queues = self.queues.iter().map(|(name, id)| (name, id.to_string()));
        let workers = self.workers.iter().map(|(name, id)| (name, id.to_string()));
        let activities = self.activities.iter().map(|(name, id)| (name, id.to_string()));
        let names = queues.chain(workers).chain(activities);
        names.fold(text.to_string(), |text, (name, id)| text.replace(&format!("@{name}"), &id))
    }

    /// A kind of event and the one whom it is about.
    fn event(&self, event: &RoutingEvent) -> String {
        let code = event.kind.code();
        let about = match code.split('.').next().unwrap_or_default() {
            "task" => event.task_id.map(|id| self.name(id)),
            "reservation" | "worker" => event.worker_id.map(|id| self.name(id)),
            "task-queue" => event.queue_id.map(|id| self.name(id)),
            "workflow" => event.workflow_id.map(|id| self.name(id)),
            "activity" => event.activity_id.map(|id| self.name(id)),
            "task-channel" => event.channel.clone(),
            _ => None,
        };
        [Some(code.to_string()), about].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    fn command(&mut self, words: &[&str], body: &str) -> Option<RouterCommand> {
        use RouterCommand as C;
        let option = |key: &str| {
            let mut found = words.iter().filter_map(|word| word.split_once('='));
            found.find(|(name, _)| *name == key).map(|(_, value)| value)
        };
        let number = |key: &str| option(key).map(|value| value.parse::<i64>().expect("a number"));
        let flag = |name: &str| words.contains(&name);
        let command = match *words {
            ["tick"] => return None,
            ["queue", name, ..] => {
                let id = match self.queues.get(name) {
                    Some(id) => *id,
                    None => self.named(name),
                };
                let version = self.router.queue(id).map_or(0, |row| row.version);
                self.queues.insert(name.into(), id);
                C::PutQueue {
                    queue: TaskQueue {
                        id,
                        name: name.into(),
                        target_workers: self.with_ids(body),
                        max_reserved_workers: number("max").unwrap_or(1),
                        task_order: if flag("lifo") { TaskOrder::Lifo } else { TaskOrder::Fifo },
                        signature: String::new(),
                        business_hours_id: option("hours").map(|name| self.hours[name]),
                        updated_at: Timestamp::default(),
                        version: number("version").unwrap_or(version),
                    },
                }
            }
            ["hours", name, ..] => {
                let id = self.hours.get(name).copied().unwrap_or_else(|| self.named(name));
                self.hours.insert(name.into(), id);
                let version = self.router.business_hours().find(|row| row.id == id).map_or(0, |row| row.version);
                let closures = option("closed").into_iter().flat_map(|spans| spans.split(','));
                let closures = closures.map(|span| {
                    let (from, until) = span.split_once('-').expect("from and until");
                    Closure { from: seconds(from), until: (!until.is_empty()).then(|| seconds(until)), reason: "closed".into() }
                });
                let span = Span { from: "00:00".parse().expect("a time"), to: DayTime::MIDNIGHT };
                C::PutBusinessHours {
                    business_hours: BusinessHours {
                        id,
                        name: name.into(),
                        time_zone: option("zone").unwrap_or("UTC").into(),
                        weekly: Day::ALL.map(|day| WeeklySpan { day, span }).into(),
                        dates: Vec::new(),
                        closures: closures.collect(),
                        updated_at: Timestamp::default(),
                        version: number("version").unwrap_or(version),
                    },
                }
            }
            ["delete-hours", name] => {
                let version = self.router.business_hours().find(|row| row.id == self.hours[name]).map_or(0, |row| row.version);
                C::DeleteBusinessHours { business_hours_id: self.hours[name], version }
            }
            ["workflow", name, ..] => {
                let id = match self.workflows.get(name) {
                    Some(id) => *id,
                    None => self.named(name),
                };
                let version = self.router.workflow(id).map_or(0, |row| row.version);
                self.workflows.insert(name.into(), id);
                C::PutWorkflow {
                    workflow: Workflow {
                        id,
                        name: name.into(),
                        configuration: self.with_ids(&format!("{{\"task_routing\":{{{body}}}}}")),
                        task_reservation_timeout_s: number("timeout").unwrap_or(20),
                        assignment_callback_url: String::new(),
                        fallback_assignment_callback_url: String::new(),
                        updated_at: Timestamp::default(),
                        version: number("version").unwrap_or(version),
                    },
                    re_evaluate: !flag("keep"),
                }
            }
            [kind @ ("worker" | "agent"), name, ..] => {
                let id = match self.workers.get(name) {
                    Some(id) => *id,
                    None => self.named(name),
                };
                let user_id = (kind == "agent").then(|| self.ids.next());
                let channels = ["chat", "sms", "voice", "fax"].into_iter().filter_map(|channel| {
                    let (capacity, available) = match option(channel)? {
                        "off" => (1, false),
                        capacity => (capacity.parse().expect("a capacity"), true),
                    };
                    Some((channel.to_string(), WorkerChannel { capacity, available }))
                });
                let old = self.router.worker(id);
                let worker = Worker {
                    id,
                    name: name.into(),
                    attributes: if body.is_empty() { "{}".into() } else { body.into() },
                    activity_id: old.map_or(self.activities["Available"], |old| old.activity_id),
                    activity_since: seconds("0"),
                    channels: channels.collect(),
                    user_id: old.map_or(user_id, |old| old.user_id),
                    connected: false,
                    idle_since: seconds("0"),
                    idle_by_channel: Default::default(),
                    deleted: false,
                    updated_at: Timestamp::default(),
                    version: number("version").unwrap_or(old.map_or(0, |old| old.version)),
                };
                self.workers.insert(name.into(), id);
                C::PutWorker { worker }
            }
            ["task", name, ..] => {
                let task_id = self.task(name);
                let conversation_id = (!flag("rest")).then(|| self.conversation(option("in").unwrap_or(name)));
                C::RequestTask(TaskRequest {
                    task_id,
                    conversation_id,
                    request_key: option("key").map(String::from),
                    request_no: None,
                    workflow_id: option("workflow").map(|name| self.workflows[name]),
                    routing_worker: option("to").map(|name| self.workers[name]),
                    routing_queue: option("queue").map(|name| self.queues[name]),
                    routing_workflow: option("through").map(|name| self.workflows[name]),
                    ignore_capacity: flag("ignore"),
                    channel: option("on").unwrap_or("chat").into(),
                    attributes: if body.is_empty() { "{}".into() } else { self.with_ids(body) },
                    priority: number("prio"),
                    timeout_s: number("ttl"),
                    virtual_start_time: option("since").map(seconds),
                })
            }
            ["accept", task, worker] => C::Accept { reservation_id: self.offers[&(self.tasks[task], self.workers[worker])].id },
            ["reject", task, worker, ref rest @ ..] => C::Reject {
                reservation_id: self.offers[&(self.tasks[task], self.workers[worker])].id,
                activity_id: rest.first().map(|name| self.activities[*name]),
            },
            ["withdraw", task, worker] => C::Withdraw { reservation_id: self.offers[&(self.tasks[task], self.workers[worker])].id },
            ["wrap", task] => C::Wrap { task_id: self.tasks[task] },
            ["complete", task] => C::Complete { task_id: self.tasks[task], disposition: None, note: None },
            ["cancel", task] => C::Cancel { task_id: self.tasks[task], reason: "asked to".into() },
            ["transfer", task, to, "as", new, ..] => C::Transfer {
                task_id: self.tasks[task],
                to: if to == "flow" {
                    TransferTo::Flow
                } else if let Some(worker_id) = self.workers.get(to) {
                    TransferTo::Worker { worker_id: *worker_id }
                } else {
                    TransferTo::Queue { queue_id: self.queues[to] }
                },
                note: "see above".into(),
                by: option("by").map(|name| self.workers[name]),
                new_task_id: self.task(new),
            },
            ["requeue", task, "as", new, ..] => C::Requeue {
                task_id: self.tasks[task],
                reason: MoveReason::Requeued,
                by: option("by").map(|name| self.workers[name]),
                new_task_id: self.task(new),
            },
            ["update", task, ..] => {
                let change = TaskChange {
                    attributes: (!body.is_empty()).then(|| self.with_ids(body)),
                    priority: number("prio"),
                    channel: option("on").map(String::from),
                    virtual_start_time: option("since").map(seconds),
                };
                let end = option("end").map(|end| match end {
                    "wrapping" => TaskEnd::Wrapping,
                    "completed" => TaskEnd::Completed { note: None },
                    _ => TaskEnd::Canceled { reason: "asked to".into() },
                });
                C::UpdateTask { task_id: self.tasks[task], change, end }
            }
            ["set", task, name] => {
                let value = (!body.is_empty()).then(|| serde_json::from_str(body).expect("JSON"));
                C::SetAttribute { task_id: self.tasks[task], name: name.into(), value }
            }
            ["channel", name, ..] => {
                let old = self.router.task_channels().find(|row| row.unique_name == name).cloned();
                let new = old.unwrap_or_else(|| TaskChannel { version: 0, ..TaskChannel::named(self.ids.next(), name, seconds("0")) });
                let held_off_by = option("off").map(|names| names.split(',').map(String::from).collect());
                C::PutTaskChannel {
                    task_channel: TaskChannel {
                        channel_optimized_routing: flag("optimized"),
                        held_off_by: held_off_by.unwrap_or_default(),
                        unique_name: option("as").unwrap_or(name).into(),
                        version: number("version").unwrap_or(new.version),
                        ..new
                    },
                }
            }
            ["close", conversation] => C::CloseTasks { conversation_id: self.conversations[conversation], reason: "closed".into() },
            ["make", name, ..] => {
                let id = self.activities.get(name).copied().unwrap_or_else(|| self.named(name));
                self.activities.insert(name.into(), id);
                let name = option("as").unwrap_or(name).to_string();
                C::PutActivity { activity: Activity { id, name, available: flag("available"), updated_at: Timestamp::default() } }
            }
            ["activity", worker, activity] => C::SetActivity { worker_id: self.workers[worker], activity_id: self.activities[activity] },
            ["connect", worker] => C::DeskConnected { worker_id: self.workers[worker] },
            ["lost", worker] => C::DeskLost { worker_id: self.workers[worker] },
            ["gone", worker] => C::WorkerGone { worker_id: self.workers[worker] },
            ["delete", name, ..] => {
                let given = number("version");
                if let Some(worker_id) = self.workers.get(name).copied() {
                    let row = self.router.worker(worker_id);
                    let version = given.or(row.map(|row| row.version)).unwrap_or(0);
                    C::DeleteWorker { worker_id, version }
                } else if let Some(queue_id) = self.queues.get(name).copied() {
                    let row = self.router.queue(queue_id);
                    let version = given.or(row.map(|row| row.version)).unwrap_or(0);
                    C::DeleteQueue { queue_id, version }
                } else if let Some(workflow_id) = self.workflows.get(name).copied() {
                    let row = self.router.workflow(workflow_id);
                    let version = given.or(row.map(|row| row.version)).unwrap_or(0);
                    C::DeleteWorkflow { workflow_id, version }
                } else if let Some(row) = self.router.task_channels().find(|row| row.unique_name == name) {
                    C::DeleteTaskChannel { task_channel_id: row.id, version: given.unwrap_or(row.version) }
                } else {
                    C::DeleteActivity { activity_id: self.activities[name] }
                }
            }
            ["settings", ..] => {
                let old = self.router.settings().clone();
                C::Settings {
                    settings: Settings {
                        reoffer_after_s: number("reoffer").unwrap_or(old.reoffer_after_s),
                        timeout_activity_id: option("away").map_or(old.timeout_activity_id, |name| Some(self.activities[name])),
                        wrap_up_s: number("wrap").unwrap_or(old.wrap_up_s),
                        prioritize_queue_order: if flag("lifo") { TaskOrder::Lifo } else { TaskOrder::Fifo },
                        readings: option("read")
                            .map_or(old.readings.clone(), |name| serde_json::from_value(serde_json::json!([name])).expect("a reading")),
                        ..old
                    },
                }
            }
            _ => panic!("no such command: {words:?}"),
        };
        Some(command)
    }

    /// Reservations and missed workers in the order of events, then news, then the refusal.
    fn told(&mut self, effects: RouterEffects, refused: Option<Refusal>) -> String {
        let mut said = Vec::new();
        for news in &effects.news {
            // A task of an agent who is lost gets its name from the old one.
            if let TaskNews::Moved { from, to, .. } = &news.1
                && !self.names.contains_key(&to.to_string())
            {
                let name = format!("{}'", self.name(*from));
                self.names.insert(to.to_string(), name.clone());
                self.tasks.insert(name, *to);
            }
        }
        for event in &effects.events {
            match event.kind {
                EventKind::ReservationCreated | EventKind::ReservationUpdated => {
                    let id = event.reservation_id.expect("which reservation");
                    let row = &effects.reservations[&id];
                    self.offers.insert((row.task_id, row.worker_id), row.clone());
                    let status = match event.body["status"].as_str() {
                        Some("pending") => "offer",
                        other => other.expect("a status"),
                    };
                    let (task, worker) = (self.name(row.task_id), self.name(row.worker_id));
                    said.push(format!("{status} {task} {worker}"));
                }
                EventKind::WorkerUpdated if event.body["cause"] == "missed_offer" => {
                    let row = &effects.workers[&event.worker_id.expect("which worker")];
                    said.push(format!("{} {}", row.name, self.name(row.activity_id)));
                }
                _ => {}
            }
        }
        said.extend(effects.news.iter().map(|(_, news)| self.news(news)));
        said.extend(refused.map(|refusal| self.refusal(&refusal)));
        self.rows.extend(effects.tasks);
        said.join(", ")
    }

    fn news(&self, news: &TaskNews) -> String {
        let code = |value: Value| value.as_str().unwrap_or_default().to_string();
        match news {
            TaskNews::Made { task_id, .. } => format!("made {}", self.name(task_id)),
            TaskNews::Refused { reason, .. } => format!("refused ({reason})"),
            TaskNews::NobodyAvailable { task_id, .. } => format!("nobody for {}", self.name(task_id)),
            TaskNews::Joined { task_id, worker_id, .. } => {
                format!("{} joined {}", self.name(worker_id), self.name(task_id))
            }
            TaskNews::Wrapping { task_id } => format!("wrap-up of {}", self.name(task_id)),
            TaskNews::Moved { from, to, reason, .. } => {
                let reason = code(serde_json::to_value(reason).unwrap_or_default());
                format!("{} moved to {} ({reason})", self.name(from), self.name(to))
            }
            TaskNews::BackToFlow { task_id, .. } => format!("{} back to flow", self.name(task_id)),
            TaskNews::Ended { task_id, outcome, reason } => {
                let outcome = code(serde_json::to_value(outcome).unwrap_or_default());
                format!("ended {} {outcome} ({reason})", self.name(task_id))
            }
        }
    }

    fn refusal(&self, refusal: &Refusal) -> String {
        match refusal {
            Refusal::NotFound { what } => format!("no such {what}"),
            Refusal::AlreadyTaken { winner } => format!("taken by {}", self.name(winner)),
            Refusal::OfferOver => "offer over".into(),
            Refusal::WrongState { state } => format!("it is {state}"),
            Refusal::StaleVersion => "stale".into(),
            Refusal::KeyReused => "key used for something else".into(),
            Refusal::Invalid { field, code, offset, .. } => {
                let offset = offset.map(|at| format!(" at {at}")).unwrap_or_default();
                format!("{field} {code}{offset}")
            }
            Refusal::InUse { detail, .. } => format!("in use: {detail}"),
        }
    }
}

/// Each task is told of once, and each changed row that was there before has a higher version.
fn check_events(before: &Router, effects: &RouterEffects) {
    let updates = effects.events.iter();
    let updates = updates.filter(|event| event.kind == EventKind::TaskUpdated);
    let told: Vec<_> = updates.filter_map(|event| event.task_id).collect();
    let tasks: Vec<_> = effects.tasks.keys().copied().collect();
    assert_eq!(told, tasks);
    for (id, row) in &effects.tasks {
        let old = before.task(*id).map_or(0, |old| old.version);
        assert_eq!(row.version, old + 1);
    }
}
