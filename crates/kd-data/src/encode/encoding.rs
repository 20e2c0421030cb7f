use std::num::NonZeroU32;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::table::{Categories, Numbers};
use crate::error::{EncodingError, Result};
use crate::text::byte_pairs::{self, BYTES};
use crate::text::{Bpe, Cutting, FIRST, Tokenisation, Tokeniser, vocabulary_default};

/// How texts become token ids, and the columns of a table what a model reads. Images have nothing to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Encoding {
    /// What a token is. Vocabularies are those of a run's own samples, but for those that come from a file.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tokens: Tokenisation,
    /// Largest number of token ids, where tokens are words or characters.
    #[serde(default = "vocabulary_default")]
    pub vocabulary: NonZeroU32,
    /// Whether pairs of adjacent words are tokens too, where tokens are words.
    #[serde(default = "bigrams_default")]
    pub bigrams: bool,
    /// The largest number of tokens of a text, those that a file adds at both ends included; what follows is cut off.
    /// Left out: texts stay whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest: Option<NonZeroU32>,
    /// How the numbers of a table are scaled.
    #[serde(default, skip_serializing_if = "is_default")]
    pub numbers: Numbers,
    /// What becomes of the categories of a table.
    #[serde(default, skip_serializing_if = "is_default")]
    pub categories: Categories,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn bigrams_default() -> bool {
    true
}

impl Default for Encoding {
    fn default() -> Self {
        Self {
            tokens: Tokenisation::Words,
            vocabulary: vocabulary_default(),
            bigrams: bigrams_default(),
            longest: None,
            numbers: Numbers::default(),
            categories: Categories::default(),
        }
    }
}

impl Encoding {
    /// Notes the hash of a file that tokens come from, and tells the largest number of token ids.
    ///
    /// # Errors
    /// If that file is not what it should be, a vocabulary has no room for what must be in it, or something is set that
    /// means nothing for these tokens.
    pub fn pin(&mut self) -> Result<i64> {
        if let Some(unused) = self.unused() {
            return Err(EncodingError::Meaningless(unused).into());
        }
        if let Some(file) = self.tokens.file() {
            file.pin()?;
            return Ok(Tokeniser::fit(std::iter::empty(), &self.cutting())?.size());
        }
        match self.tokens {
            Tokenisation::Bytes => Ok(FIRST + BYTES as i64),
            Tokenisation::Bpe(Bpe { vocabulary }) => {
                byte_pairs::room(vocabulary, FIRST)?;
                Ok(i64::from(vocabulary.get()))
            }
            _ => Ok(i64::from(self.vocabulary.get())),
        }
    }

    /// The file that tokens come from, if any.
    pub fn path_mut(&mut self) -> Option<&mut PathBuf> {
        self.tokens.file().map(|file| &mut file.path)
    }

    /// The same without the place of a file, which its hash stands for.
    #[must_use]
    pub fn anywhere(mut self) -> Self {
        if let Some(path) = self.path_mut() {
            path.clear();
        }
        self
    }

    /// What of it says how texts are cut.
    pub(crate) fn cutting(&self) -> Cutting<'_> {
        let Self { ref tokens, vocabulary, bigrams, longest, numbers: _, categories: _ } = *self;
        Cutting { tokens, vocabulary, bigrams, longest }
    }

    /// What is set although it means nothing for these tokens.
    fn unused(&self) -> Option<&'static str> {
        let Self { vocabulary, bigrams, .. } = Self::default();
        let words = self.tokens == Tokenisation::Words;
        let counted = words || self.tokens == Tokenisation::Characters;
        if !words && self.bigrams != bigrams {
            Some("bigrams")
        } else {
            (!counted && self.vocabulary != vocabulary).then_some("vocabulary")
        }
    }
}
