//! Peace: no more faults, nobody writes anew, everybody finishes. All work must come to an end.

use anyhow::{Result, ensure};
use model::ReservationStatus;
use model::routing::RouterCommand;

use crate::network::{self, Post};
use crate::nodes::Work;
use crate::people::{Done, Wish};
use crate::run::Sim;

/// Rounds of a second after which everything must be done.
const ROUNDS: usize = 1_500;

impl Sim {
    pub async fn finish(&mut self) -> Result<()> {
        self.ground.doom.lift();
        for round in 0..ROUNDS {
            self.ground.clock.advance_ms(1_000);
            self.ground.db.set_time(self.now().micros());
            self.quiet_network();
            self.all_actors().await?;
            self.settle_doing().await;
            for wish in std::mem::take(&mut self.memory.wishes) {
                self.wish(wish);
            }
            if round == 20 {
                // Whatever the carrier gave up telling us is listed by it.
                for at in 0..self.nodes.len() {
                    let (engine, ws, sms) = (self.nodes[at].engine.clone(), self.shop.ws, self.shop.sms);
                    self.start(
                        at,
                        "catch up",
                        Box::pin(async move {
                            let _ = engine.catch_up(ws, sms).await;
                            Done::Round
                        }),
                    );
                }
            }
            self.agents_finish().await?;
            if round > 40 && round % 10 == 0 && self.at_rest().await? {
                return self.grow_old().await;
            }
        }
        anyhow::bail!("work is left after {ROUNDS} quiet seconds: {}", self.left().await?)
    }

    /// A day of silence closes what is open.
    async fn grow_old(&mut self) -> Result<()> {
        self.ground.clock.advance_ms(86_500_000);
        for _ in 0..40 {
            self.ground.clock.advance_ms(1_000);
            self.ground.db.set_time(self.now().micros());
            self.quiet_network();
            self.all_actors().await?;
            self.settle_doing().await;
        }
        let open = self.count("SELECT count(*) FROM conversation WHERE state = 'open'").await?;
        ensure!(open == 0, "{open} conversations never close: {}", self.left().await?);
        Ok(())
    }

    pub async fn count(&self, sql: &str) -> Result<i64> {
        let sql = sql.to_owned();
        let rows = self.ground.db.read(move |tx| Box::pin(async move { Ok(tx.dynamic(sql, vec![]).await?) })).await?;
        Ok(rows[0].get(0)?)
    }

    async fn at_rest(&self) -> Result<bool> {
        let waiting = [
            "SELECT count(*) FROM inbound WHERE state = 'received'",
            "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')",
            "SELECT count(*) FROM task WHERE ended_at IS NULL",
            "SELECT count(*) FROM job WHERE kind <> 'close'",
        ];
        for sql in waiting {
            if self.count(sql).await? > 0 {
                return Ok(false);
            }
        }
        Ok(self.memory.wishes.is_empty() && self.posts.is_empty() && self.carrier.next_due().is_none())
    }

    async fn left(&self) -> Result<String> {
        let rows = self
            .ground
            .db
            .read(|tx| {
                Box::pin(async move {
                    let mut found = Vec::new();
                    for sql in [
                        "SELECT 'inbound ' || lane || ' ' || attempts FROM inbound WHERE state = 'received' LIMIT 3",
                        "SELECT 'outbox ' || state || ' ' || attempts FROM outbox WHERE state IN ('queued', 'sending') LIMIT 3",
                        "SELECT 'task ' || status || ' ' || body FROM task WHERE ended_at IS NULL LIMIT 2",
                        "SELECT 'job ' || kind || ' ' || key || ' ' || lane || ' ' || run_at FROM job LIMIT 5",
                        "SELECT 'conversation ' || body FROM conversation WHERE state = 'open' LIMIT 2",
                    ] {
                        for row in tx.dynamic(sql.into(), vec![]).await? {
                            found.push(row.get::<String>(0)?);
                        }
                    }
                    Ok(found)
                })
            })
            .await?;
        Ok(format!("{rows:#?}\nwishes {}, posts {}, carrier {:?}", self.memory.wishes.len(), self.posts.len(), self.carrier.next_due()))
    }

    fn quiet_network(&mut self) {
        let now = self.now();
        for callback in self.carrier.due(network::at(now)) {
            self.posts.push(Post::of(&callback));
        }
        for post in std::mem::take(&mut self.posts) {
            self.wish(Wish::Webhook(post));
        }
        while self.ground.wire.waiting() > 0 {
            let asked = self.ground.wire.take(0);
            let answer = network::ask(&mut self.carrier, &asked.out, now);
            let _ = asked.answer.send(answer);
        }
    }

    async fn all_actors(&mut self) -> Result<()> {
        for at in 0..self.nodes.len() {
            let (engine, ws, sms) = (self.nodes[at].engine.clone(), self.shop.ws, self.shop.sms);
            let work: Work = Box::pin(async move {
                let _ = engine.renew().await;
                let _ = engine.bury_once().await;
                let mut due = engine.take_rung();
                if let Ok(more) = engine.due().await {
                    due.merge(more);
                }
                for (ws, lane) in due.lanes {
                    engine.turn_once(ws, vec![lane]).await;
                }
                if let Ok(true) = engine.take_router(ws).await {
                    while let Ok(true) = engine.route_once(ws).await {}
                }
                let _ = engine.send_once(ws, sms).await;
                let _ = engine.index_once(ws).await;
                Done::Round
            });
            self.start(at, "actor", work);
        }
        Ok(())
    }

    /// Lets what is under way go on until it ends or waits for the next second.
    async fn settle_doing(&mut self) {
        for _ in 0..6 {
            tokio::time::advance(std::time::Duration::from_millis(60)).await;
            let now = self.now();
            while self.ground.wire.waiting() > 0 {
                let asked = self.ground.wire.take(0);
                let answer = network::ask(&mut self.carrier, &asked.out, now);
                let _ = asked.answer.send(answer);
            }
            for at in 0..self.nodes.len() {
                for no in (0..self.nodes[at].doing.len()).rev() {
                    self.poll(at, no);
                }
            }
        }
    }

    async fn agents_finish(&mut self) -> Result<()> {
        for worker in [self.shop.ana, self.shop.ben] {
            if !self.desks.contains_key(&worker) {
                self.wish(Wish::DeskOpened(worker));
            }
            let ws = self.shop.ws;
            let row = self.ground.db.read(move |tx| Box::pin(async move { store::routing::worker(tx, ws, worker).await })).await?;
            let n = self.memory.fresh();
            if row.is_some_and(|w| w.activity_id != self.shop.available) {
                let command = RouterCommand::SetActivity { worker_id: worker, activity_id: self.shop.available };
                self.wish(Wish::Order(format!("{worker}:{n}"), command));
            }
            for reservation in self.reservations(worker).await? {
                let n = self.memory.fresh();
                if reservation.status == ReservationStatus::Pending {
                    let command = RouterCommand::Accept { reservation_id: reservation.id };
                    self.wish(Wish::Order(format!("{worker}:{n}"), command));
                } else {
                    self.wish(Wish::Complete(worker, reservation.task_id, i64::MAX));
                }
            }
        }
        Ok(())
    }
}
