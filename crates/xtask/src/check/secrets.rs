//! Secrets are compared in constant time, by one function: `==` stops at the first difference, and its time tells where that was.

use super::{Faults, sources::Sources};

/// The one comparison, which everybody calls.
const HELPER: &str = "crates/connectors/src/signature.rs";

/// Who plays the world outside, or only looks at texts of ours.
const FREE: &[&str] = &["crates/emulators/", "crates/testkit/", "crates/bench/", "crates/loadgen/", "crates/xtask/"];

/// A value whose name ends in one of these is a secret, or as good as one.
const SECRETS: &[&str] =
    &["secret", "token", "signature", "password", "passphrase", "hmac", "mac", "token_hash", "secret_hash", "code_hash"];

/// What stands between a value's name and the comparison, and changes nothing about it.
const ACCESSORS: &[&str] =
    &["as_str", "as_bytes", "as_deref", "as_ref", "as_slice", "to_owned", "to_string", "clone", "trim", "into_bytes", "unwrap_or_default"];

pub fn check(sources: &Sources) -> Faults {
    let mut faults = Faults::new();
    for source in sources.files.iter().filter(|source| source.path != HELPER && !FREE.iter().any(|free| source.path.starts_with(free))) {
        for (number, line) in source.shipped() {
            if compares_a_secret(line) {
                faults.push(format!("{}:{number} compares a secret with == or !=: call connectors::signature::same", source.path));
            }
            if line.contains("ct_eq") || line.contains("use subtle") {
                faults.push(format!("{}:{number} compares in constant time on its own: call connectors::signature::same", source.path));
            }
        }
    }
    faults
}

fn compares_a_secret(line: &str) -> bool {
    ["==", "!="].iter().any(|sign| {
        line.match_indices(sign).any(|(at, _)| is_secret(last_operand(&line[..at])) || is_secret(first_operand(&line[at + sign.len()..])))
    })
}

/// The operand before the sign, up to a blank or an opening bracket that is its caller's.
fn last_operand(text: &str) -> &str {
    let text = text.trim_end();
    let mut open = 0;
    let start = text.char_indices().rev().find(|(_, c)| match c {
        ')' | ']' => {
            open += 1;
            false
        }
        '(' | '[' if open > 0 => {
            open -= 1;
            false
        }
        '(' | '[' | ' ' | '|' | '{' | ',' => open == 0,
        _ => false,
    });
    start.map_or(text, |(at, c)| &text[at + c.len_utf8()..])
}

fn first_operand(text: &str) -> &str {
    let text = text.trim_start();
    let mut open = 0;
    let end = text.char_indices().find(|(_, c)| match c {
        '(' | '[' => {
            open += 1;
            false
        }
        ')' | ']' if open > 0 => {
            open -= 1;
            false
        }
        ')' | ']' | ' ' | '{' | ',' | ';' => open == 0,
        _ => false,
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// Whether the operand's own name, accessors left aside, is that of a secret. Types and texts are none.
fn is_secret(operand: &str) -> bool {
    let inner = operand.trim_start_matches(['&', '*', '!']);
    let inner = inner.strip_prefix("Some(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(inner).trim_start_matches(['&', '*']);
    if inner.contains('"') || inner.contains("::") {
        return false;
    }
    let mut parts = inner.split('.').map(|part| part.split(['(', '[', '?']).next().unwrap_or_default());
    let name = parts.rfind(|part| !ACCESSORS.contains(part)).unwrap_or_default();
    SECRETS.iter().any(|secret| name == *secret || name.ends_with(&format!("_{secret}")))
}

#[cfg(test)]
mod tests {
    use super::{super::sources::Source, *};

    fn faults(path: &str, text: &str) -> usize {
        check(&Sources { files: vec![Source { path: path.into(), text: text.into() }] }).len()
    }

    #[test]
    fn s12_secrets_are_compared_by_the_one_helper() {
        let found = |text: &str| faults("crates/server/src/a.rs", text);
        assert_eq!(found("if key.secret == given { let x = 1; }"), 1);
        assert_eq!(found("let right = held.as_bytes() != self.auth_token.as_bytes();"), 1);
        assert_eq!(found("(user == name && wanted_signature == Some(&sent))"), 1);
        assert_eq!(found("(x == Some(&signature))"), 1);
        assert_eq!(found("one.ct_eq(other)"), 1);
        assert_eq!(found("setting.kind == SettingKind::Secret"), 0);
        assert_eq!(found("setting.key == \"auth_token\""), 0);
        assert_eq!(found("known.subject.as_deref() == Some(&*token.sub)"), 0);
        assert_eq!(found("no + 1 == tokens.len()"), 0);
        assert_eq!(found("// secret == secret"), 0);
        assert_eq!(faults("crates/emulators/src/a.rs", "password == account.auth_token"), 0);
    }
}
