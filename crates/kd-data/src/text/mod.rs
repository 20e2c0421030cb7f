//! From texts to token ids.

pub(crate) mod byte_pairs;
pub(crate) mod subwords;
mod tokenisation;
mod vocabulary;

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use subwords::Subwords;
use vocabulary::Vocabulary;

pub(crate) use tokenisation::vocabulary_default;
pub use tokenisation::{Bpe, TokenFile, Tokenisation};

use crate::error::Result;
use crate::file_kind::FileKind;
use crate::told::told;

/// Id of padding.
pub(crate) const PADDING: i64 = 0;
/// Id of whatever is not in a vocabulary, and of a text that has no token.
pub(crate) const UNKNOWN: i64 = 1;
/// Id of the first token of a vocabulary.
pub(crate) const FIRST: i64 = 2;

/// How texts are cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cutting<'a> {
    pub(crate) tokens: &'a Tokenisation,
    /// Largest number of ids of words or characters.
    pub(crate) vocabulary: NonZeroU32,
    /// Whether pairs of words are tokens too.
    pub(crate) bigrams: bool,
    /// The largest number of tokens of a text.
    pub(crate) longest: Option<NonZeroU32>,
}

/// What cuts texts into tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tokeniser {
    /// Words or characters.
    Vocabulary(Vocabulary),
    Bytes {},
    Subwords(Subwords),
}

impl Tokeniser {
    /// Fits on these texts, or reads the file that tokens come from.
    ///
    /// # Errors
    /// If that file is not what it should be.
    pub(crate) fn fit<'a>(texts: impl Iterator<Item = &'a str>, cutting: &Cutting<'_>) -> Result<Self> {
        Ok(match cutting.tokens {
            Tokenisation::Words | Tokenisation::Characters => {
                Self::Vocabulary(Vocabulary::fit(texts, cutting))
            }
            Tokenisation::Bytes => Self::Bytes {},
            Tokenisation::Bpe(Bpe { vocabulary }) => Self::Subwords(Subwords::train(texts, *vocabulary)?),
            Tokenisation::WordPiece(file)
            | Tokenisation::CasedWordPiece(file)
            | Tokenisation::TokenizerJson(file) => {
                let read =
                    file.open().and_then(|read| Subwords::read(&read, cutting.tokens, cutting.longest));
                let takes = |kind: &FileKind| *kind == FileKind::Json;
                Self::Subwords(read.map_err(|error| told(error, std::slice::from_ref(&file.path), takes))?)
            }
        })
    }

    /// Number of ids, padding and unknown included.
    pub(crate) fn size(&self) -> i64 {
        match self {
            Self::Vocabulary(vocabulary) => vocabulary.size(),
            Self::Bytes {} => FIRST + 256,
            Self::Subwords(subwords) => subwords.size(),
        }
    }

    /// The ids of a text's tokens; never none.
    ///
    /// # Errors
    /// If a tokeniser that was read from a file cannot cut this text.
    pub(crate) fn ids(&self, text: &str) -> Result<Vec<i64>> {
        let mut ids = match self {
            Self::Vocabulary(vocabulary) => vocabulary.ids(text),
            Self::Bytes {} => text.bytes().map(|byte| FIRST + i64::from(byte)).collect(),
            Self::Subwords(subwords) => subwords.ids(text)?,
        };
        if ids.is_empty() {
            ids.push(UNKNOWN);
        }
        Ok(ids)
    }
}
