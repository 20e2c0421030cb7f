//! Words or characters, and the vocabulary that turns them into token ids.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{Cutting, FIRST, Tokenisation, UNKNOWN};

/// The known words and, if asked for, pairs of adjacent words, or the known characters; ids count from 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Listing", into = "Listing")]
pub(crate) struct Vocabulary {
    listing: Listing,
    ids: HashMap<String, i64>,
}

/// What is stored of a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Listing {
    #[serde(default, skip_serializing_if = "is_false")]
    characters: bool,
    bigrams: bool,
    features: Vec<String>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // what serde calls
fn is_false(flag: &bool) -> bool {
    !flag
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
    pub(super) fn fit<'a>(texts: impl Iterator<Item = &'a str>, cutting: &Cutting<'_>) -> Self {
        let characters = *cutting.tokens == Tokenisation::Characters;
        let mut listing =
            Listing { characters, bigrams: cutting.bigrams && !characters, features: Vec::new() };
        let mut counts: HashMap<String, u64> = HashMap::new();
        for text in texts {
            let features = listing.split(text);
            for pair in listing.pairs(&features) {
                *counts.entry(pair).or_default() += 1;
            }
            for feature in features {
                *counts.entry(feature).or_default() += 1;
            }
        }
        let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
        counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts.truncate((cutting.vocabulary.get() as usize).saturating_sub(FIRST as usize));
        listing.features = counts.into_iter().map(|(feature, _)| feature).collect();
        listing.into()
    }

    /// Number of ids, padding and unknown included.
    pub(super) fn size(&self) -> i64 {
        FIRST + self.listing.features.len() as i64
    }

    /// The ids of a text's words, then of its pairs, or of its characters; what is unknown becomes one id, but unknown
    /// pairs none.
    pub(super) fn ids(&self, text: &str) -> Vec<i64> {
        let features = self.listing.split(text);
        let mut ids: Vec<i64> =
            features.iter().map(|feature| self.ids.get(feature).copied().unwrap_or(UNKNOWN)).collect();
        ids.extend(self.listing.pairs(&features).filter_map(|pair| self.ids.get(&pair)));
        ids
    }
}

impl Listing {
    fn split(&self, text: &str) -> Vec<String> {
        if self.characters { text.chars().map(String::from).collect() } else { words(text) }
    }

    fn pairs(&self, words: &[String]) -> impl Iterator<Item = String> {
        let pairs = if self.bigrams { words.windows(2) } else { [].windows(2) };
        pairs.map(|pair| pair.join(" "))
    }
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
        let vocabulary = size.try_into().unwrap();
        let cutting = Cutting { tokens: &Tokenisation::Words, vocabulary, bigrams, longest: None };
        Vocabulary::fit(texts.iter().copied(), &cutting)
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
        assert!(vocabulary.ids("...").is_empty());
        assert_eq!(vocabulary.size(), 5);
    }

    #[test]
    fn characters_keep_their_case_and_have_no_pairs() {
        let vocabulary = 100.try_into().unwrap();
        let cutting = Cutting { tokens: &Tokenisation::Characters, vocabulary, bigrams: true, longest: None };
        let vocabulary = Vocabulary::fit(["Aé a"].into_iter(), &cutting);
        assert_eq!(vocabulary.listing.features, [" ", "A", "a", "é"]);
        assert_eq!(vocabulary.ids("éA?"), [5, 3, UNKNOWN]);
    }

    #[test]
    fn a_stored_vocabulary_is_the_same() {
        let vocabulary = fit(&["one two", "two three"], 100, true);
        let stored = serde_json::to_string(&vocabulary).unwrap();
        assert_eq!(serde_json::from_str::<Vocabulary>(&stored).unwrap(), vocabulary);
    }
}
