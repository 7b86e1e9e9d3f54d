//! Who asks, what they may do, where they are. Access is the server's; only the form of refusals is ours.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::HeaderMap;
use axum::http::header;
use axum::http::request::Parts;
use model::{Id, Noted, RouterAnswer, RouterCommand, Task};
use server::access::Permission;
use server::access::{Identity, identity};
use server::{Caller, Door, Problem, Server, Signed};

use crate::Refused;
use crate::place::Place;
use crate::refused::Answered;

/// A caller with the permission `P` in the workspace of the path, and what they said about versions.
pub struct Asked<P> {
    pub caller: Caller,
    pub place: Place,
    /// The ETag that the resource must still have.
    pub if_match: Option<String>,
    permission: PhantomData<P>,
}

impl<P> Deref for Asked<P> {
    type Target = Caller;
    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl<P> Asked<P> {
    /// Whether the asker said what they read.
    pub fn names_version(&self) -> bool {
        self.if_match.is_some()
    }

    /// That a resource still is what the asker read, if they said what they read.
    pub fn check_match(&self, etag: &str) -> Answered<()> {
        match &self.if_match {
            Some(wanted) if !matches(wanted, etag) => Err(Refused::changed()),
            _ => Ok(()),
        }
    }

    /// A change of an open task for who named the version they mean: it counts until the change is made.
    pub fn only_if(&self, task: &Task, command: RouterCommand) -> RouterCommand {
        let named = self.if_match.as_ref().filter(|wanted| !wanted.split(',').any(|one| one.trim() == "*"));
        match named.filter(|_| !task.status.ended()) {
            Some(_) => RouterCommand::IfTask { task_id: task.id, version: task.version, then: Box::new(command) },
            None => command,
        }
    }

    /// Asks the router for a change. Who named the version they mean is told by 412 that it is not the one any more.
    pub async fn route(&self, server: &Server, slot: &str, command: RouterCommand) -> Answered<RouterAnswer> {
        server.route(&self.caller, slot, command).await.map_err(|problem| self.refused(problem))
    }

    /// The same for a privileged change, which is noted.
    pub async fn order(&self, server: &Server, slot: &str, command: RouterCommand, noted: Noted) -> Answered<RouterAnswer> {
        server.route_noted(&self.caller, slot, command, noted).await.map_err(|problem| self.refused(problem))
    }

    fn refused(&self, problem: Problem) -> Refused {
        match (problem.code(), &self.if_match) {
            ("stale_version", Some(_)) => Refused::changed(),
            _ => problem.into(),
        }
    }
}

impl<P: Permission> FromRequestParts<Server> for Asked<P> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refused> {
        let caller = Signed::<P>::from_request_parts(parts, server).await?.0;
        let place = Place { base: base(&caller.door), account: caller.account, workspace: caller.workspace.id };
        Ok(Self { if_match: if_match(&parts.headers), caller, place, permission: PhantomData })
    }
}

/// Somebody outside of any workspace.
pub struct Someone {
    pub identity: Identity,
    pub base: String,
}

impl FromRequestParts<Server> for Someone {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Refused> {
        let door = parts.extensions.get::<Door>().cloned().unwrap_or_default();
        let identity = identity(server, &parts.headers, &door).await?;
        Ok(Self { identity, base: base(&door) })
    }
}

/// The request's own base: scheme and host as the asker wrote them.
fn base(door: &Door) -> String {
    format!("{}{}", door.own_origin(), crate::TASKROUTER)
}

fn if_match(headers: &HeaderMap) -> Option<String> {
    headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// Whether one of the listed tags is this one. Quotes and the mark of a weak tag are not looked at.
fn matches(wanted: &str, etag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    wanted.split(',').any(|one| one.trim() == "*" || bare(one) == bare(etag))
}

/// The `{sid}` of the path; one of another kind leads nowhere.
pub struct Sid<T>(pub T);

/// The `{sub}` of the path, below `{sid}`.
pub struct Sub<T>(pub T);

/// A SID or unique name in the path.
pub struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        parameter(parts, state, "named").await.map(Named)
    }
}

impl<T: Id, S: Send + Sync> FromRequestParts<S> for Sid<T> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        id(parts, state, "sid").await.map(Sid)
    }
}

impl<T: Id, S: Send + Sync> FromRequestParts<S> for Sub<T> {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        id(parts, state, "sub").await.map(Sub)
    }
}

async fn id<T: Id, S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Answered<T> {
    parameter(parts, state, name).await?.parse().map_err(|_| Refused::not_found())
}

async fn parameter<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Answered<String> {
    let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Refused::not_found())?;
    params.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).ok_or_else(Refused::not_found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_match_with_or_without_quotes() {
        assert!(matches("\"3\"", "\"3\"") && matches("3", "\"3\"") && matches("W/\"3\"", "\"3\"") && matches("\"1\", \"3\"", "\"3\""));
        assert!(matches("*", "\"3\"") && !matches("\"2\"", "\"3\""));
    }
}
