//! One history, run once.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use model::routing::RouterCommand;
use model::{Ids, Job, JobKind, Lane, TaskId, Timestamp};
use testkit::Chance;

use crate::acts::{Act, There, Way};
use crate::ending::Ending;
use crate::process::{Asked, Ground, Process, StillClock};
use crate::world::{START_S, World};

const ACTS: usize = 60;
/// Long enough for everything that waits to have ended by itself.
const AFTERWARDS_S: i64 = 600;
/// Deadlines of one wait beyond which something goes round in circles.
const MOST_DEADLINES: usize = 1_000;

pub struct History {
    seed: u64,
    world: World,
    /// After so many seconds.
    acts: Vec<(i64, Act)>,
}

impl History {
    pub fn draw(seed: u64) -> Self {
        let mut dice = Chance::new(seed);
        let world = World::draw(&mut dice);
        let waits = |dice: &mut Chance| match dice.below(10) {
            0..=3 => 0,
            4..=7 => dice.between(1, 5),
            _ => dice.between(5, 40),
        };
        let acts = (0..ACTS).map(|_| (waits(&mut dice), Act::draw(&mut dice, &world))).collect();
        Self { seed, world, acts }
    }

    /// With crashes or without.
    pub async fn run(&self, ground: &mut Ground, cut: bool) -> Result<Ending> {
        let clock = Arc::new(StillClock::default());
        clock.set(Timestamp::from_secs(START_S - 1));
        let ws = self.world.open(ground).await?;
        let dice = cut.then(|| Chance::new(!self.seed));
        let process = Process::start(ground, ws, clock.clone(), dice).await?;
        let mut run = Run { world: &self.world, process, clock, at: START_S * 1_000 - 999, there: There::default(), said: vec![] };
        for (no, command) in self.world.commands.iter().enumerate() {
            run.pass(0).await?;
            let taken = run.process.ask(&Asked::Command(format!("world {no}"), Box::new(command.clone()))).await?;
            ensure!(taken == Some(true), "the world is wrong: {command:?}");
        }
        for (wait, act) in &self.acts {
            run.pass(*wait).await?;
            run.act(act).await?;
        }
        run.pass(AFTERWARDS_S).await?;
        Ending::read(&run.process, run.said).await
    }
}

struct Run<'g> {
    world: &'g World,
    process: Process<'g>,
    clock: Arc<StillClock>,
    /// In milliseconds since 1970. Each act has its own place in the second, so that nothing falls due in the moment of another act.
    at: i64,
    there: There,
    /// What each act was answered, and what was due next.
    said: Vec<String>,
}

impl Run<'_> {
    /// Lets time pass, and everything happen when it is due.
    async fn pass(&mut self, seconds: i64) -> Result<()> {
        self.at += seconds * 1_000 + 1;
        let end = Timestamp::from_millis(self.at);
        for _ in 0..MOST_DEADLINES {
            let Some(next) = self.process.next().await?.filter(|next| *next <= end) else {
                self.clock.set(end);
                return Ok(());
            };
            self.clock.set(next);
            self.process.ask(&Asked::Tick).await?;
            self.look().await?;
        }
        anyhow::bail!("there is always something due")
    }

    async fn act(&mut self, act: &Act) -> Result<()> {
        let no = self.said.len();
        let now = Timestamp::from_millis(self.at);
        let mut ids = Ids::new(now, no as u64);
        if let Act::Request(wishes, Way::ByJob) = act {
            let jobs = wishes.iter().map(|wish| {
                let task_id: TaskId = ids.next();
                let kind = JobKind::Task(wish.request(task_id, self.world));
                Job { id: ids.next(), lane: Lane::Router, key: format!("task:{task_id}"), run_at: now, kind, attempts: 0, epoch: 0 }
            });
            self.process.leave(jobs.collect()).await?;
            return self.say(no, &Asked::Tick).await;
        }
        let new_task_id = ids.next();
        let command = self.process.look(|router| act.command(self.world, &self.there, router, new_task_id)).await?;
        let Some(command) = command else { return Ok(()) };
        match command {
            RouterCommand::DeskConnected { worker_id } => self.process.take_back(format!("gone:{worker_id}")).await?,
            RouterCommand::DeskLost { worker_id } => {
                let run_at = now.plus_secs(self.world.settings.grace_s);
                let (key, kind) = (format!("gone:{worker_id}"), JobKind::WorkerGone { worker_id });
                self.process.leave(vec![Job { id: ids.next(), lane: Lane::Router, key, run_at, kind, attempts: 0, epoch: 0 }]).await?;
            }
            _ => {}
        }
        let what = format!("{command:?}");
        self.say(no, &Asked::Command(format!("act {no}"), Box::new(command))).await.with_context(|| what)
    }

    async fn say(&mut self, no: usize, asked: &Asked) -> Result<()> {
        let taken = self.process.ask(asked).await?;
        self.look().await?;
        let next = self.process.next().await?;
        self.said.push(format!("act {no}: taken {taken:?}, next {next:?}"));
        Ok(())
    }

    async fn look(&mut self) -> Result<()> {
        let there = &mut self.there;
        self.process.look(|router| there.look(router)).await
    }
}
