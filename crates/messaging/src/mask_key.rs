//! Keys in a text, known by how their issuers begin them. A signed token that only names somebody (JWT) is none.

use crate::mask::Hidden;

/// What a key begins with, how many characters follow at least, and which beside letters and digits.
const ISSUED: &[(&str, usize, &[u8])] = &[
    ("sk_live_", 16, b"_"),
    ("sk_test_", 16, b"_"),
    ("rk_live_", 16, b"_"),
    ("rk_test_", 16, b"_"),
    ("whsec_", 16, b"+/="),
    ("sk-", 32, b"-_"),
    ("AKIA", 16, b""),
    ("ASIA", 16, b""),
    ("AIza", 35, b"-_"),
    ("ghp_", 36, b""),
    ("gho_", 36, b""),
    ("ghu_", 36, b""),
    ("ghs_", 36, b""),
    ("ghr_", 36, b""),
    ("github_pat_", 22, b"_"),
    ("glpat-", 20, b"-_."),
    ("npm_", 36, b""),
    ("xoxa-", 10, b"-"),
    ("xoxb-", 10, b"-"),
    ("xoxp-", 10, b"-"),
    ("xoxr-", 10, b"-"),
    ("xoxs-", 10, b"-"),
    ("SG.", 60, b"-_."),
];

const PEM: &str = "-----BEGIN ";
const PEM_KIND: &str = "PRIVATE KEY-----";
const PEM_END: &str = "-----END ";

pub(crate) fn keys(text: &str) -> Vec<Hidden> {
    let mut found = private_keys(text);
    for (prefix, least, others) in ISSUED {
        for (at, _) in text.match_indices(prefix) {
            let inside = text[..at].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
            let rest = &text.as_bytes()[at + prefix.len()..];
            let long = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || others.contains(byte)).count();
            // What ends a sentence is no part of the key.
            let long = long - rest[..long].iter().rev().take_while(|byte| matches!(byte, b'.' | b'-' | b'_')).count();
            let to = at + prefix.len() + long;
            if !inside && long >= *least && found.iter().all(|other| to <= other.from || other.to <= at) {
                found.push(Hidden { from: at, to, shown: format!("{prefix}••••") });
            }
        }
    }
    found
}

/// What stands between the lines that begin and end a private key, or up to the end where the last line is missing.
fn private_keys(text: &str) -> Vec<Hidden> {
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(at) = text[from..].find(PEM).map(|at| from + at) {
        from = at + PEM.len();
        let line = text[from..].split(['\n', '\r']).next().unwrap_or_default();
        let Some(kind) = line.find(PEM_KIND) else { continue };
        let body = from + kind + PEM_KIND.len();
        let to = text[body..].find(PEM_END).map_or(text.len(), |end| body + end);
        if to > body {
            found.push(Hidden { from: body, to, shown: "••••".into() });
        }
        from = to;
    }
    found
}
