//! A turn: lock lanes, load everything pending for them, decide each with the pure rooms, write all of it once.

mod asking;
mod change;
mod commit;
mod consent;
mod decide;
mod flowing;
mod form;
mod hop;
mod load;
mod news;
mod order;
mod out;
mod revise;
mod talk;
mod threads;

use anyhow::Result;
use db::Tx;
use model::{Ids, Lane, Message, Timestamp};

use crate::{Config, Hints};

pub(crate) use consent::opted_out;
pub(crate) use hop::{First, Hop};
pub(crate) use order::{Input, first_input};
pub(crate) use talk::{Command, More};

/// Steps of flows that one lane may take in one turn; counted, never timed, so that a replay agrees.
pub(crate) const FUEL: u32 = 50;
/// Inputs of one lane that one turn folds.
pub(crate) const INPUTS: i64 = 256;
/// How often an input is tried before it is put aside. The first failure only makes the head of its lane suspect, since any input of the
/// fold may have been to blame; a suspect is then tried alone, and each such try is counted before it is made.
pub(crate) const MAX_ATTEMPTS: i64 = 3;

/// What a turn did.
#[derive(Debug, Default)]
pub(crate) struct Turned {
    pub hints: Hints,
    /// How many inputs it used.
    pub used: usize,
    /// The message a command made, or that had been made of it before.
    pub message: Option<Message>,
    pub refused: Option<messaging::Refused>,
    /// Lanes whose head is suspect, with its tries so far: nothing was taken of them until the next try is counted.
    pub suspects: Vec<(i64, Lane)>,
    /// Lanes that share something with another one of the batch, and come after its commit.
    pub later: Vec<Lane>,
}

pub(crate) struct Scope<'a> {
    pub config: &'a Config,
    pub connectors: &'static [&'static dyn connectors::Connector],
    pub now: Timestamp,
    /// The try of a suspect was counted: take it, alone.
    pub counted: bool,
}

/// Runs one lane inside the given transaction. With a command it also does what the command asks.
pub(crate) async fn turn(tx: &mut Tx<'_>, scope: &Scope<'_>, lane: &Lane, command: Option<&Command>, ids: &mut Ids) -> Result<Turned> {
    turns(tx, scope, std::slice::from_ref(lane), command, ids).await
}

/// Runs a batch of lanes inside the given transaction: each table is read and written once for all of them. A command is for a batch of one.
pub(crate) async fn turns(tx: &mut Tx<'_>, scope: &Scope<'_>, lanes: &[Lane], command: Option<&Command>, ids: &mut Ids) -> Result<Turned> {
    if let Some(Command::Hop(hop)) = command {
        hop.prepare(tx, scope, ids).await?;
    }
    let (mut turns, later) = load::load(tx, scope, lanes, command, ids).await?;
    crate::crash::point("turn.loaded");
    let mut turned = Turned { later, ..Turned::default() };
    if turns.is_empty() {
        turned.refused = command.map(|_| messaging::Refused::NotFound);
        return Ok(turned);
    }
    for turn in &mut turns {
        let inputs = std::mem::take(&mut turn.inputs);
        turned.used += inputs.len();
        if !inputs.is_empty() && turn.arrive() {
            turn.note("continued", &[]);
        }
        if turn.out.flow_lost {
            turn.leave_flow(tx).await?;
        }
        for input in inputs {
            turn.take(tx, input).await?;
        }
        if let Some(command) = command {
            turn.obey(tx, command).await?;
        }
        if let Some(tries) = turn.suspect {
            turned.suspects.push((tries, turn.lane.clone()));
        }
        turned.message = turn.answer.take().or(turned.message);
        turned.refused = turn.refused.take().or(turned.refused);
    }
    crate::crash::point("turn.decided");
    turned.hints = commit::commit(tx, scope, turns).await?;
    Ok(turned)
}
