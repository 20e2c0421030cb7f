//! Words, and the vocabulary that turns them into token ids.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::Encoding;

/// Id of padding.
pub(crate) const PADDING: i64 = 0;
/// Id of any word that is not in the vocabulary.
const UNKNOWN: i64 = 1;
const FIRST: i64 = 2;

/// The known words and, if asked for, pairs of adjacent words; ids count from 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Listing", into = "Listing")]
pub(crate) struct Vocabulary {
    listing: Listing,
    ids: HashMap<String, i64>,
}

/// What is stored of a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Listing {
    bigrams: bool,
    features: Vec<String>,
}

impl From<Listing> for Vocabulary {
    fn from(listing: Listing) -> Self {
        let ids = listing.features.iter().cloned().zip(FIRST..).collect();
        Self { listing, ids }
    }
}

impl From<Vocabulary> for Listing {
    fn from(vocabulary: Vocabulary) -> Self {
        vocabulary.listing
    }
}

impl Vocabulary {
    /// The most frequent features of `texts`; equally frequent ones alphabetically.
    pub(crate) fn fit<'a>(texts: impl Iterator<Item = &'a str>, encoding: &Encoding) -> Self {
        let mut counts: HashMap<String, u64> = HashMap::new();
        for text in texts {
            let words = words(text);
            if encoding.bigrams {
                for pair in words.windows(2) {
                    *counts.entry(bigram(pair)).or_default() += 1;
                }
            }
            for word in words {
                *counts.entry(word).or_default() += 1;
            }
        }
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts.truncate((encoding.vocabulary.get() as usize).saturating_sub(FIRST as usize));
        let features = counts.into_iter().map(|(feature, _)| feature).collect();
        Listing { bigrams: encoding.bigrams, features }.into()
    }

    /// Number of ids, padding and unknown included.
    pub(crate) fn size(&self) -> i64 {
        FIRST + self.listing.features.len() as i64
    }

    /// The ids of a text's words, then of its pairs; unknown words become one id, unknown pairs none. Never empty.
    pub(crate) fn ids(&self, text: &str) -> Vec<i64> {
        let words = words(text);
        let mut ids: Vec<i64> =
            words.iter().map(|word| self.ids.get(word).copied().unwrap_or(UNKNOWN)).collect();
        if self.listing.bigrams {
            ids.extend(words.windows(2).filter_map(|pair| self.ids.get(&bigram(pair))));
        }
        if ids.is_empty() {
            ids.push(UNKNOWN);
        }
        ids
    }
}

fn bigram(pair: &[String]) -> String {
    pair.join(" ")
}

/// Lower-case runs of letters and digits; an apostrophe between letters belongs to the word.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('’', "'")
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .map(|word| word.trim_matches('\''))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(texts: &[&str], size: u32, bigrams: bool) -> Vocabulary {
        let encoding = Encoding { vocabulary: size.try_into().unwrap(), bigrams, ..Encoding::default() };
        Vocabulary::fit(texts.iter().copied(), &encoding)
    }

    #[test]
    fn words_are_lower_case_runs() {
        assert_eq!(
            words("Why hasn't my CARD arrived?! 'Quoted' can’t 2nd"),
            ["why", "hasn't", "my", "card", "arrived", "quoted", "can't", "2nd"]
        );
    }

    #[test]
    fn frequent_features_come_first_and_ties_are_alphabetical() {
        let vocabulary = fit(&["b a", "b c"], 100, false);
        assert_eq!(vocabulary.listing.features, ["b", "a", "c"]);
        assert_eq!(vocabulary.ids("a b zebra"), [3, 2, UNKNOWN]);
        assert_eq!(fit(&["b a", "b c"], 4, false).listing.features, ["b", "a"]);
    }

    #[test]
    fn pairs_follow_words_and_unknown_pairs_vanish() {
        let vocabulary = fit(&["b a", "b a"], 100, true);
        assert_eq!(vocabulary.listing.features, ["a", "b", "b a"]);
        assert_eq!(vocabulary.ids("b a b"), [3, 2, 3, 4]);
        assert_eq!(vocabulary.ids("..."), [UNKNOWN]);
        assert_eq!(vocabulary.size(), 5);
    }

    #[test]
    fn a_stored_vocabulary_is_the_same() {
        let vocabulary = fit(&["one two", "two three"], 100, true);
        let stored = serde_json::to_string(&vocabulary).unwrap();
        assert_eq!(serde_json::from_str::<Vocabulary>(&stored).unwrap(), vocabulary);
    }
}
