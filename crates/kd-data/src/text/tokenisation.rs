//! What a token of a text may be, as a study file says it.

use std::num::NonZeroU32;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::input_file::hash;
use crate::original::Original;

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
    /// The file, relative to the folder of the study file; not part of a run's identity.
    pub path: PathBuf,
    /// BLAKE3 of its bytes, after decompression, in hexadecimal: another file is refused. Left out: that of the file
    /// that is there when the study is planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// The largest number of token ids, where nothing is said.
pub(crate) fn vocabulary_default() -> NonZeroU32 {
    const { NonZeroU32::new(8192).unwrap() }
}

impl Tokenisation {
    pub(crate) fn file(&mut self) -> Option<&mut TokenFile> {
        match self {
            Self::WordPiece(file) | Self::CasedWordPiece(file) | Self::TokenizerJson(file) => Some(file),
            Self::Words | Self::Characters | Self::Bytes | Self::Bpe(_) => None,
        }
    }
}

impl TokenFile {
    /// Notes the hash of the file that is there; another than one that is given is refused.
    pub(crate) fn pin(&mut self) -> Result<()> {
        self.hash = Some(hash(&self.open()?.bytes));
        Ok(())
    }

    /// The file, if its hash is right.
    pub(crate) fn open(&self) -> Result<Original> {
        let original = Original::open(&self.path)?;
        let found = hash(&original.bytes);
        match &self.hash {
            Some(expected) if *expected != found => Err(original.fault(format!(
                "its hash is {found}, not {expected}; name the file that has it, or leave `hash` out and plan anew"
            ))),
            _ => Ok(original),
        }
    }
}
