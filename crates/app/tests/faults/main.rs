//! The shipped binary is killed at every named place, and at random, under real traffic over HTTP: a carrier that signs its webhooks,
//! customers who write, an agent who accepts, answers and completes. Then nothing is lost and nothing doubled, by the carrier's own
//! ledger, and `seaway audit` finds no breach, neither in what each death left nor in the end. (I0.1, I0.2, I0.6, I1.1, I2.1, I6.3, I6.4)
//!
//! Each server starts on what the last one left, so every death is followed by a recovery that is killed in its turn.
//!
//! Once more at random with an account on every channel: platforms, a gateway, a mailbox and a site's chat, whose providers fail as they may.
//! There each text is heard once and answered once, in order, by what stands on the customers' screens; what nobody can know is listed
//! before a person.

mod accounts;
mod agent;
mod client;
mod crowd;
mod everywhere;
mod house;
mod judge;
mod visitor;
mod world;

use std::time::Duration;

use house::House;

/// Random kills in one run of the suite; each named point once, or this often in a long run.
const RANDOM_KILLS: u64 = 30;
const LONG: u64 = 20;
/// Random kills with all channels at once.
const KILLS_EVERYWHERE: u64 = 10;
/// A point that is not reached in this time under traffic is not on the road any more.
const REACH: Duration = Duration::from_secs(60);

fn long() -> bool {
    let set = |name: &str| std::env::var(name).is_ok_and(|value| value == "1");
    set("SEAWAY_TEST_LONG") || set("SEAWAY_LONG")
}

fn times(long_run: u64) -> u64 {
    if long() { long_run } else { 1 }
}

async fn named_points(engine: &'static str) {
    let mut house = House::build(engine, "named_points").await;
    for round in 0..times(LONG) {
        for (at, point) in engine::crash_points().iter().enumerate() {
            // Not always the first visit: what stands behind it differs.
            let nth = 1 + (round + at as u64) % 2;
            house.start(Some(&format!("{point}:{nth}")));
            let died = house.traffic_until_death(REACH).await;
            assert!(died, "{engine}: the crash point {point} was never reached, visit {nth}");
            assert!(
                house.said().contains(&format!("crash point {point}")),
                "{engine}: it died elsewhere than at {point}: {}",
                house.said()
            );
            house.audit(&format!("after dying at {point}"));
            // What waits is tried once in peace: an input under which three processes in a row die is put aside as poison.
            house.recover().await;
        }
    }
    house.finish().await;
}

async fn random_kills(engine: &'static str) {
    let mut house = House::build(engine, "random_kills").await;
    let mut dice = 0x5eed_u64;
    for no in 0..RANDOM_KILLS * times(LONG) {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        house.start(None);
        // Where a dead process's leases have to run out, some lives are long enough to take over.
        let takes_over = engine == "postgres" && no % 3 == 0;
        let life = 300 + (dice >> 33) % 1_700 + if takes_over { 6_000 } else { 0 };
        house.traffic_for(Duration::from_millis(life)).await;
        house.kill();
        if no % 5 == 0 {
            house.audit(&format!("after random kill {no}"));
        }
    }
    house.finish().await;
}

/// All channels at once, with providers that are late, say things twice and in another order, refuse, and lose answers.
async fn random_kills_everywhere(engine: &'static str) {
    let mut house = House::build_everywhere(engine, "random_kills_everywhere", 60 * times(LONG) as usize).await;
    let mut dice = 0xcafe_u64;
    for no in 0..KILLS_EVERYWHERE * times(LONG) {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        house.world().upset(no);
        house.start(None);
        // Some do not live to listen; where a dead process's leases have to run out, some live long enough to take over.
        if no % 4 != 3 {
            house.ready().await;
        }
        let takes_over = engine == "postgres" && no % 2 == 0;
        let life = 1_000 + (dice >> 33) % 3_000 + if takes_over { 6_000 } else { 0 };
        house.everywhere_for(Duration::from_millis(life / 2)).await;
        house.world().cut();
        house.everywhere_for(Duration::from_millis(life / 2)).await;
        house.kill();
        house.audit(&format!("after random kill {no} on all channels"));
        // A send under which five processes die is left to a person; these die of us.
        if no % 3 == 2 {
            house.recover().await;
        }
    }
    house.world().calm();
    house.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_kills_everywhere_on_sqlite() {
    random_kills_everywhere("sqlite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_kills_everywhere_on_postgres() {
    if house::has_postgres() {
        random_kills_everywhere("postgres").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn named_points_on_sqlite() {
    named_points("sqlite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn named_points_on_postgres() {
    if house::has_postgres() {
        named_points("postgres").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn random_kills_on_sqlite() {
    random_kills("sqlite").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_kills_on_postgres() {
    if house::has_postgres() {
        random_kills("postgres").await;
    }
}
