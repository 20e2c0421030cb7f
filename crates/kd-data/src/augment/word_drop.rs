use kd_core::parameter::Chance;
use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Words, as white space separates them, are left out (Iyyer et al. 2015, "Deep Unordered Composition Rivals Syntactic
/// Methods for Text Classification"; random deletion of Wei & Zou 2019, arXiv:1901.11196).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WordDrop {
    /// Of each word. A text that would lose all of them keeps one, any being equally likely.
    pub probability: Chance,
}

impl WordDrop {
    /// Which of `words` words are kept.
    #[must_use]
    pub fn draw(self, words: usize, stream: &mut Stream) -> Vec<bool> {
        let mut kept: Vec<bool> = (0..words).map(|_| stream.uniform() >= self.probability.get()).collect();
        if words > 0 && !kept.contains(&true) {
            kept[stream.below(words as u64) as usize] = true;
        }
        kept
    }
}

/// The words of `text` that are `kept`, one space apart.
#[must_use]
pub fn keep_words(text: &str, kept: &[bool]) -> String {
    let words = text.split_whitespace().zip(kept).filter_map(|(word, &kept)| kept.then_some(word));
    words.collect::<Vec<_>>().join(" ")
}
