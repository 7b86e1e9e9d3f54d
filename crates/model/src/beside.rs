//! Rows that are not the router's and belong into the commit of its command, so that neither is there without the other.

use serde::{Deserialize, Serialize};

use crate::{AccountId, MembershipId, TaskQueueId, UserId, WorkerId};

/// What is written along with a command that is not refused.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Beside {
    /// Rows of the audit log: who the command is from did this to that.
    pub audit: Vec<Noted>,
    /// Who signs in as the worker that the command makes.
    pub member: Option<NewMember>,
}

/// A privileged change, as the audit log keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    /// E.g. `worker.created`.
    pub action: String,
    pub subject: String,
    /// English, without secrets or personal addresses.
    pub detail: String,
}

/// A user with their membership in the workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewMember {
    pub user_id: UserId,
    pub account_id: AccountId,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    /// JSON object text.
    pub preferences: String,
    pub membership_id: MembershipId,
    pub worker_id: WorkerId,
    /// Role, scope, and queues for the scope queue.
    pub roles: Vec<(String, String, Vec<TaskQueueId>)>,
}
