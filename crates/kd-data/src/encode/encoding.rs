use std::num::NonZeroU32;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::table::{Categories, Numbers};
use crate::error::{Error, Result};
use crate::format::original::Original;
use crate::text::byte_pairs::{self, BYTES};
use crate::text::{FIRST, Tokeniser};

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

/// What a token of a text is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tokenisation {
    /// Lower-case runs of letters and digits, the most frequent ones.
    #[default]
    Words,
    /// Characters, the most frequent ones.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
    /// Byte-level byte-pair encoding.
    Bpe(Bpe),
    /// Pieces of lower-case words without accents as in BERT's `vocab.txt`, a token in every line, between `[CLS]` and
    /// `[SEP]` (Devlin et al. 2019, arXiv 1810.04805).
    WordPiece(TokenFile),
    /// The same of words as they are written, as in `vocab.txt` of cased models.
    CasedWordPiece(TokenFile),
    /// Whatever Hugging Face's `tokenizer.json` says, with the tokens that it adds. Where its token 0 is not padding, its
    /// ids are counted from 2.
    TokenizerJson(TokenFile),
}

/// Byte-level byte-pair encoding: starting from bytes, the pair of tokens that is seen most often is merged, as long as
/// one is seen twice (Sennrich et al. 2016, arXiv 1508.07909), never across the words of GPT-2 (Radford et al. 2019).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bpe {
    /// Largest number of token ids.
    #[serde(default = "vocabulary_default")]
    pub vocabulary: NonZeroU32,
}

/// A file that tokens come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenFile {
    /// The file; not part of a run's identity.
    pub path: PathBuf,
    /// BLAKE3 of its bytes, after decompression, in hexadecimal: another file is refused. Left out: that of the file
    /// that is there when the study is planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

fn vocabulary_default() -> NonZeroU32 {
    const { NonZeroU32::new(8192).unwrap() }
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
            return Err(Error::Source(format!("`{unused}` means nothing for these tokens; leave it out")));
        }
        if let Some(file) = self.tokens.file() {
            file.hash = Some(hash(&file.open()?));
            return Ok(Tokeniser::fit(std::iter::empty(), self)?.size());
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

    /// The same without the place of a file, which its hash stands for.
    #[must_use]
    pub fn anywhere(mut self) -> Self {
        if let Some(file) = self.tokens.file() {
            file.path = PathBuf::new();
        }
        self
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

impl Tokenisation {
    fn file(&mut self) -> Option<&mut TokenFile> {
        match self {
            Self::WordPiece(file) | Self::CasedWordPiece(file) | Self::TokenizerJson(file) => Some(file),
            Self::Words | Self::Characters | Self::Bytes | Self::Bpe(_) => None,
        }
    }
}

impl TokenFile {
    /// The file, if its hash is right.
    pub(crate) fn open(&self) -> Result<Original> {
        let original = Original::open(&self.path)?;
        let found = hash(&original);
        match &self.hash {
            Some(expected) if *expected != found => Err(original.fault(format!(
                "its hash is {found}, not {expected}; name the file that has it, or leave `hash` out and plan anew"
            ))),
            _ => Ok(original),
        }
    }
}

fn hash(original: &Original) -> String {
    blake3::hash(&original.bytes).to_hex().to_string()
}
