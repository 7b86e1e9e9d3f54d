//! Why Discord closed the gateway, and what helps.

use crate::contract::{Outcome, SettingProblem};
use crate::wire::wrong;

/// The problems that are over once the gateway is open.
pub(super) const CODES: &[&str] =
    &["bad_credentials", "bad_shard", "sharding_required", "bad_version", "bad_intents", "message_content_missing", "sessions_used"];

/// What a line that broke, or opened, says of the account.
pub(super) fn judge(code: u16) -> Outcome {
    match fatal(code) {
        Some(problem) => Outcome::Problem(problem),
        None if (200..300).contains(&code) => Outcome::Fine,
        None => Outcome::RetryAfter { ms: 1_000, why: format!("the gateway closed with {code}") },
    }
}

/// What has to be mended before it makes sense to connect again; `None` for everything that passes by connecting again.
pub fn fatal(code: u16) -> Option<SettingProblem> {
    let problem = match code {
        4004 => wrong(
            "bot_token",
            "bad_credentials",
            "Discord refuses the bot token: reset it in the developer portal under Bot and enter the new one",
        ),
        4010 => wrong("gateway_url", "bad_shard", "Discord refuses the number of shards: check the gateway URL"),
        4011 => wrong(
            "gateway_url",
            "sharding_required",
            "the bot is in too many servers for one connection: leave the gateway URL empty, so that Discord says how many it takes",
        ),
        4012 => wrong("gateway_url", "bad_version", "this gateway does not speak version 10: leave the gateway URL empty"),
        4013 => wrong("application_id", "bad_intents", "Discord does not know what we want to be told; this needs a newer version"),
        4014 => wrong(
            "application_id",
            "message_content_missing",
            "the Message Content Intent is switched off: switch it on in the developer portal under Bot, Privileged Gateway Intents",
        ),
        _ => return None,
    };
    Some(problem)
}

/// Whether the session ends with such a close, so that resuming is in vain.
pub fn ends_session(code: u16) -> bool {
    matches!(code, 1000 | 1001 | 4003 | 4005 | 4007 | 4009)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_says_whether_to_come_back() {
        for code in [4004, 4010, 4011, 4012, 4013, 4014] {
            assert!(fatal(code).is_some(), "{code}");
        }
        for code in [1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009] {
            assert_eq!(fatal(code), None, "{code}");
        }
        assert!(ends_session(4007) && ends_session(4009) && !ends_session(4000) && !ends_session(4008));
    }
}
