use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One of TaskRouter's rules read otherwise than this house reads it, where the reference is silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// In expressions `x NOT IN y` holds where `y` is NULL.
    NotInNull,
    /// For `<`, `<=`, `>` and `>=` NULL stands where 0 does among numbers, so `missing < 5` holds.
    NullIsZero,
    /// Texts in expressions are compared without regard to their case.
    IgnoreCase,
    /// A number and a text are never equal in expressions, even if the text is that number.
    TextIsNoNumber,
    /// CONTAINS holds between texts alone.
    ContainsTextsOnly,
    /// A channel on which a worker has no capacity counts as wholly free in expressions, else as full.
    NoCapacityIsFree,
    /// A target without `order_by` takes that of the target before it.
    OrderByInherited,
    /// Who lacks the attribute of `order_by` comes first, else last.
    OrderByMissingFirst,
    /// A target's time ends the offers that stand, else they are waited for.
    TimeoutEndsOffers,
    /// `skip_if` is not asked again in a target after an offer that was refused or missed.
    SkipIfOnce,
    /// New attributes send a waiting task through its workflow from the top, where a filter takes it.
    AttributesRestart,
    /// The kind of queue that goes first does so before higher priority.
    QueueOrderFirst,
    /// A task that only one worker was asked for waits for them when they refuse, else it is canceled.
    DirectRefusalWaits,
}

/// What a workspace reads otherwise.
pub type Readings = BTreeSet<Reading>;
