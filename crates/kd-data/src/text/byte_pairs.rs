//! Training of byte-level BPE. The trainer of the crate that applies the merges breaks some ties by the order of a
//! randomly seeded hash map; here the same texts, in whatever order, always give the same merges.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::num::NonZeroU32;

use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer, Tokenizer};

use crate::error::{EncodingError, Error, Result};

/// The tokens that training starts from.
pub(crate) const BYTES: usize = 256;
/// A pair that is seen less often is not merged.
const LEAST: u64 = 2;

type Pair = (u32, u32);

/// The number of tokens that a vocabulary has room for beside `reserved` ids.
///
/// # Errors
/// If that is less than all bytes.
pub(crate) fn room(vocabulary: NonZeroU32, reserved: i64) -> Result<usize> {
    let least = BYTES + reserved as usize;
    let room = (vocabulary.get() as usize).checked_sub(reserved as usize).filter(|&room| room >= BYTES);
    Ok(room.ok_or(EncodingError::Room { vocabulary, least })?)
}

/// BPE of at most `vocabulary` tokens, all bytes among them, ids counted from 0.
pub(crate) fn train<'a>(texts: impl Iterator<Item = &'a str>, vocabulary: usize) -> Result<Tokenizer> {
    let words_of = ByteLevel::new(false, true, true);
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for text in texts {
        let mut words = PreTokenizedString::from(text);
        words_of.pre_tokenize(&mut words).map_err(refused)?;
        for (word, ..) in words.get_splits(OffsetReferential::Normalized, OffsetType::None) {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
    }
    let mut alphabet: Vec<char> = ByteLevel::alphabet().into_iter().collect();
    alphabet.sort_unstable();
    let mut merging = Merging::new(&alphabet, counts);
    while merging.tokens.len() < vocabulary && merging.step() {}
    let Merging { tokens, merges, .. } = merging;
    let named = |&(a, b): &Pair| (tokens[a as usize].clone(), tokens[b as usize].clone());
    let merges = merges.iter().map(named).collect();
    let ids: Vocab = tokens.into_iter().zip(0..).collect();
    let mut tokenizer =
        Tokenizer::new(BPE::builder().vocab_and_merges(ids, merges).build().map_err(refused)?);
    tokenizer.with_pre_tokenizer(Some(words_of));
    Ok(tokenizer)
}

/// What the crate that applies merges refuses.
pub(crate) fn refused(error: impl std::fmt::Display) -> Error {
    EncodingError::Tokeniser(error.to_string()).into()
}

/// The state between merges.
struct Merging {
    tokens: Vec<String>,
    ids: BTreeMap<String, u32>,
    merges: Vec<Pair>,
    /// The distinct words as they are now, and how often each occurs.
    words: Vec<(Vec<u32>, u64)>,
    /// How often a pair occurs, and the words in which it does or did.
    pairs: BTreeMap<Pair, (u64, BTreeSet<usize>)>,
    /// Pairs by count, those with smaller ids first among equals. A count may be out of date.
    queue: BinaryHeap<(u64, Reverse<Pair>)>,
}

impl Merging {
    fn new(alphabet: &[char], counts: BTreeMap<String, u64>) -> Self {
        let tokens: Vec<String> = alphabet.iter().map(char::to_string).collect();
        let ids = tokens.iter().cloned().zip(0..).collect();
        let word = |(word, count): (String, u64)| {
            let ids = word.chars().filter_map(|byte| alphabet.binary_search(&byte).ok());
            (ids.map(|id| id as u32).collect(), count)
        };
        let words = counts.into_iter().map(word).collect::<Vec<_>>();
        let (merges, queue) = (Vec::new(), BinaryHeap::new());
        let mut merging = Self { tokens, ids, merges, words, pairs: BTreeMap::new(), queue };
        for index in 0..merging.words.len() {
            merging.count(index);
        }
        merging.queue = merging.pairs.iter().map(|(&pair, &(count, _))| (count, Reverse(pair))).collect();
        merging
    }

    /// Adds the pairs of a word.
    fn count(&mut self, index: usize) {
        let (word, count) = &self.words[index];
        for pair in word.windows(2) {
            let (total, places) = self.pairs.entry((pair[0], pair[1])).or_default();
            *total += count;
            places.insert(index);
        }
    }

    /// Merges the most frequent pair; false if there is none that is frequent enough.
    fn step(&mut self) -> bool {
        let (pair, places) = loop {
            let Some((count, Reverse(pair))) = self.queue.pop() else { return false };
            if count < LEAST {
                return false;
            }
            match self.pairs.get_mut(&pair) {
                Some((current, places)) if *current == count => break (pair, std::mem::take(places)),
                _ => {}
            }
        };
        let merged = format!("{}{}", self.tokens[pair.0 as usize], self.tokens[pair.1 as usize]);
        let next = self.tokens.len() as u32;
        let token = *self.ids.entry(merged.clone()).or_insert(next);
        if token == next {
            self.tokens.push(merged);
        }
        self.merges.push(pair);
        let mut changed = BTreeSet::new();
        for index in places {
            let (word, count) = &mut self.words[index];
            for pair in word.windows(2) {
                let pair = (pair[0], pair[1]);
                if let Some((total, _)) = self.pairs.get_mut(&pair) {
                    *total -= *count;
                }
                changed.insert(pair);
            }
            merge(word, pair, token);
            changed.extend(word.windows(2).map(|pair| (pair[0], pair[1])));
            self.count(index);
        }
        let current = |pair| (self.pairs[&pair].0, Reverse(pair));
        self.queue.extend(changed.into_iter().map(current));
        true
    }
}

/// Puts `token` in place of every `pair`, from left to right.
fn merge(word: &mut Vec<u32>, pair: Pair, token: u32) {
    let mut kept = 0;
    let mut next = 0;
    while next < word.len() {
        let found = word.get(next + 1).is_some_and(|&after| (word[next], after) == pair);
        word[kept] = if found { token } else { word[next] };
        kept += 1;
        next += if found { 2 } else { 1 };
    }
    word.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(tokenizer: &Tokenizer, text: &str) -> Vec<String> {
        tokenizer.encode(text, false).unwrap().get_tokens().to_vec()
    }

    #[test]
    fn frequent_pairs_are_merged_and_rare_ones_are_not() {
        let texts = ["low low low lower", "newest newest"];
        let tokenizer = train(texts.into_iter(), 1000).unwrap();
        // "Ġlo", "Ġlow", "lo", "low": two of "low" follow a blank; "lower" occurs once and stays in parts.
        assert_eq!(tokens(&tokenizer, "low low lower"), ["low", "Ġlow", "Ġlow", "e", "r"]);
        assert_eq!(tokens(&tokenizer, "é"), ["Ã", "©"], "what was never seen is bytes");
        assert_eq!(train(texts.into_iter(), 257).unwrap().get_vocab_size(true), 257);
    }

    #[test]
    fn the_order_of_texts_does_not_matter() {
        let texts: Vec<String> =
            (0..200).map(|number| format!("the {number}th theory of these others {}", number * 7)).collect();
        let json =
            |texts: &mut dyn Iterator<Item = &str>| train(texts, 400).unwrap().to_string(false).unwrap();
        let forwards = json(&mut texts.iter().map(String::as_str));
        assert_eq!(forwards, json(&mut texts.iter().rev().map(String::as_str)));
    }

    #[test]
    fn pairs_that_overlap_are_merged_from_the_left() {
        let mut word = vec![1, 1, 1, 2];
        merge(&mut word, (1, 1), 9);
        assert_eq!(word, [9, 1, 2]);
    }
}
