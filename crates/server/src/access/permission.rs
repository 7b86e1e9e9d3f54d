//! What one may do, and how widely. Handlers name permissions; roles are rows that list them.

use std::collections::BTreeMap;

use model::TaskQueueId;
use serde::Serialize;
use utoipa::ToSchema;

/// A permission as a type, so that a handler's signature says what it needs.
pub trait Permission: Send + Sync + 'static {
    /// `None`: belonging to the workspace is enough.
    const CODE: Option<&'static str>;
}

macro_rules! permissions {
    ($($name:ident = $code:literal),* $(,)?) => {
        /// The permissions as types.
        pub mod may {
            use super::Permission;
            /// Belonging to the workspace is enough.
            pub struct Belong;
            impl Permission for Belong { const CODE: Option<&'static str> = None; }
            $(pub struct $name; impl Permission for $name { const CODE: Option<&'static str> = Some($code); })*
        }
        /// Every permission there is.
        pub const PERMISSIONS: &[&str] = &[$($code),*];
    };
}

permissions! {
    TakeTasks = "task.take",
    ReadConversations = "conversation.read",
    WriteConversations = "conversation.write",
    CloseConversations = "conversation.close",
    ReadContacts = "contact.read",
    WriteContacts = "contact.write",
    JoinContacts = "contact.join",
    ReassignTasks = "task.reassign",
    ReadBoard = "board.read",
    ManageChannels = "channel.manage",
    ManageWorkers = "worker.manage",
    ManageRouting = "routing.manage",
    ManageFlows = "flow.manage",
    ManageBot = "bot.manage",
    ManageAnswers = "answer.manage",
    ManageKeys = "key.manage",
    ManageUsers = "user.manage",
    ManageWorkspace = "workspace.manage",
    ReadAudit = "audit.read",
}

/// Held for the whole workspace or not at all: a workflow sends tasks into any queue, so whoever has a few queues has no workflow.
const UNDIVIDED: &[&str] = &["routing.manage"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    Own,
    Queue,
    All,
}

impl Scope {
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "own" => Some(Self::Own),
            "queue" => Some(Self::Queue),
            "all" => Some(Self::All),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    pub scope: Scope,
    /// Which queues, when the scope is `Queue`.
    pub queues: Vec<TaskQueueId>,
}

/// What a caller may do in one workspace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights(BTreeMap<String, Granted>);

impl Rights {
    /// Sums roles up: each lists permissions, narrowed by the scope in which the role was given.
    pub fn of(roles: &[store::access::Role], listed: &BTreeMap<String, Vec<(String, String)>>) -> Self {
        let mut rights = Self::default();
        for role in roles {
            let given = Scope::parse(&role.scope).unwrap_or(Scope::Own);
            for (permission, scope) in listed.get(&role.role).into_iter().flatten() {
                let scope = Scope::parse(scope).unwrap_or(Scope::Own).min(given);
                if scope < Scope::All && UNDIVIDED.contains(&permission.as_str()) {
                    continue;
                }
                rights.add(permission, Granted { scope, queues: role.queues.clone() });
            }
        }
        rights
    }

    /// Everything, everywhere in the workspace: the account itself.
    pub fn everything() -> Self {
        let mut rights = Self::default();
        for permission in PERMISSIONS {
            rights.add(permission, Granted { scope: Scope::All, queues: Vec::new() });
        }
        rights
    }

    fn add(&mut self, permission: &str, new: Granted) {
        match self.0.get_mut(permission) {
            Some(held) if held.scope > new.scope => {}
            Some(held) if held.scope == new.scope => held.queues.extend(new.queues),
            _ => {
                self.0.insert(permission.to_owned(), new);
            }
        }
    }

    pub fn get(&self, permission: &str) -> Option<&Granted> {
        self.0.get(permission)
    }
    pub fn has(&self, permission: &str) -> bool {
        self.0.contains_key(permission)
    }
    pub fn everywhere(&self, permission: &str) -> bool {
        self.0.get(permission).is_some_and(|granted| granted.scope == Scope::All)
    }
    pub fn list(&self) -> Vec<(String, Scope)> {
        self.0.iter().map(|(permission, granted)| (permission.clone(), granted.scope)).collect()
    }
    /// Whether `other` has nothing that we lack: nobody grants more than they hold.
    pub fn covers(&self, other: &Rights) -> bool {
        other.0.iter().all(|(permission, wanted)| {
            self.0.get(permission).is_some_and(|held| match held.scope {
                Scope::All => true,
                Scope::Queue if wanted.scope == Scope::Queue => wanted.queues.iter().all(|queue| held.queues.contains(queue)),
                scope => scope > wanted.scope || (scope == wanted.scope && scope == Scope::Own),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::access::{BUILT_IN_ROLES, Role};

    fn rights(role: &str, scope: &str) -> Rights {
        let listed = BUILT_IN_ROLES
            .iter()
            .map(|(role, rows)| ((*role).to_owned(), rows.iter().map(|(p, s)| ((*p).to_owned(), (*s).to_owned())).collect()))
            .collect();
        Rights::of(&[Role { role: role.into(), scope: scope.into(), queues: Vec::new() }], &listed)
    }

    #[test]
    fn every_listed_permission_exists_and_every_permission_is_listed() {
        for (role, rows) in BUILT_IN_ROLES {
            for (permission, scope) in *rows {
                assert!(PERMISSIONS.contains(permission), "{role} lists {permission}");
                assert!(Scope::parse(scope).is_some());
            }
        }
        assert_eq!(rights("admin", "all").list().len(), PERMISSIONS.len());
    }

    /// Proves S5.
    #[test]
    fn nobody_grants_more_than_they_hold() {
        let roles = ["agent", "supervisor", "admin"];
        for (i, granter) in roles.iter().enumerate() {
            for (j, granted) in roles.iter().enumerate() {
                assert_eq!(rights(granter, "all").covers(&rights(granted, "all")), i >= j, "{granter} grants {granted}");
            }
        }
        assert!(!rights("supervisor", "queue").covers(&rights("supervisor", "all")));
        assert!(!rights("admin", "own").everywhere("user.manage"), "a role given narrowly stays narrow");
    }

    #[test]
    fn routing_is_the_whole_workspaces_or_nobodys() {
        assert!(rights("supervisor", "all").everywhere("routing.manage"));
        for (role, scope) in [("supervisor", "queue"), ("supervisor", "own"), ("admin", "queue"), ("agent", "all")] {
            assert!(!rights(role, scope).has("routing.manage"), "{role} {scope}");
        }
    }
}
