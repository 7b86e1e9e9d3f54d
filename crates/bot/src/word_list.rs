//! A fixed list of words, folded when it is first asked: folding it for each message would cost more than the rest of the answer.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::fold::fold;

pub(crate) struct WordList {
    /// Separated by blanks.
    words: &'static str,
    folded: OnceLock<BTreeSet<String>>,
}

impl WordList {
    pub const fn new(words: &'static str) -> Self {
        Self { words, folded: OnceLock::new() }
    }

    /// Whether a folded word is in it.
    pub fn has(&self, word: &str) -> bool {
        self.folded.get_or_init(|| self.words.split_whitespace().map(fold).collect()).contains(word)
    }
}
