//! Absolute addresses, from the request's own base: SDKs follow them as they are.

use model::{AccountId, WorkspaceId};

/// The workspace a request is in, as the asker reaches it.
#[derive(Debug, Clone)]
pub struct Place {
    /// `https://help.example.com/twilio/taskrouter/v1`.
    pub base: String,
    pub account: AccountId,
    pub workspace: WorkspaceId,
}

impl Place {
    /// The address of the workspace.
    pub fn home(&self) -> String {
        format!("{}/Workspaces/{}", self.base, self.workspace)
    }
    /// The address of something in the workspace, e.g. `Tasks/WT…`.
    pub fn url(&self, tail: impl std::fmt::Display) -> String {
        format!("{}/{tail}", self.home())
    }
}
