//! Plain text for language modelling.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;
use tokenizers::Tokenizer;

use crate::error::Result;
use crate::original::{Charset, Original};
use crate::splits::{Answers, Raw, Splits, TestSplit};
use crate::text::byte_pairs::{self, refused};
use crate::{Bpe, Inputs, Sequences};

/// A text, cut into blocks in which every token is predicted from those before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlainText {
    /// The training text.
    pub path: PathBuf,
    /// The validation text, if there is one.
    #[serde(default)]
    pub validation: Option<PathBuf>,
    /// Where the test text comes from; shares are of the blocks.
    pub test: TestSplit,
    /// What a token is.
    #[serde(default)]
    pub tokens: Tokens,
    /// L: the number of tokens that are predicted in a block.
    #[serde(default = "block_default")]
    pub block: u16,
}

/// What a token of a text is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tokens {
    /// A byte; all 256 are in the vocabulary.
    Bytes,
    /// A character; the vocabulary holds those of the training text, and `<unk>` for all others.
    #[default]
    Characters,
    /// What stands between blanks, and `<eos>` at the end of every line; the vocabulary holds those of the training
    /// text, and `<unk>` for all others.
    Words,
    /// Byte-level byte-pair encoding of lines, trained on the training text.
    Bpe(Bpe),
}

fn block_default() -> u16 {
    128
}

const UNKNOWN: &str = "<unk>";
const END_OF_LINE: &str = "<eos>";

impl PlainText {
    pub(crate) fn read(&self) -> Result<Splits> {
        let training = Original::open(&self.path)?;
        let vocabulary = Vocabulary::of(&training, self.tokens)?;
        let cut = |path: &Path| self.cut(&Original::open(path)?, &vocabulary);
        let raws = self.test.paths(&self.path).into_iter().map(cut).collect::<Result<_>>()?;
        let validation = self.validation.as_deref().map(cut).transpose()?;
        let names = vocabulary.names.clone();
        Splits::of(raws, validation, Some(names), &self.test)
    }

    /// Blocks of `L + 1` tokens, the last of each being the first of the next; what is left at the end is dropped.
    pub(super) fn cut(&self, original: &Original, vocabulary: &Vocabulary) -> Result<Raw> {
        let ids = vocabulary.ids(original)?;
        let length = usize::from(self.block);
        if length == 0 || ids.len() <= length {
            let problem =
                format!("{} tokens do not make a block of {length} and the one that follows", ids.len());
            return Err(original.fault(problem));
        }
        let blocks =
            Tensor::f_from_slice(&ids)?.f_unfold(0, length as i64 + 1, length as i64)?.f_contiguous()?;
        Ok(Raw {
            file: original.name.clone(),
            first_row: 1,
            inputs: Inputs::Sequences(Sequences { blocks, vocabulary: vocabulary.names.len() as i64 }),
            answers: Answers::NextToken,
            doubts: Vec::new(),
        })
    }
}

/// The tokens of a training text.
pub(super) struct Vocabulary {
    tokens: Tokens,
    names: Vec<String>,
    ids: HashMap<String, i64>,
    /// What merges bytes, where tokens are merged bytes.
    bpe: Option<Tokenizer>,
}

impl Vocabulary {
    /// `<unk>` and the tokens of a text in alphabetical order; or all bytes, and what they are merged to.
    pub(super) fn of(training: &Original, tokens: Tokens) -> Result<Self> {
        let mut bpe = None;
        let names = match tokens {
            Tokens::Bytes => (0..=u8::MAX).map(|byte| format!("{byte:#04x}")).collect(),
            Tokens::Characters | Tokens::Words => {
                let text = training.text(Charset::Utf8)?;
                let mut seen: Vec<String> = split(&text, tokens).map(str::to_owned).collect();
                seen.sort_unstable();
                seen.dedup();
                seen.retain(|token| token != UNKNOWN);
                seen.insert(0, UNKNOWN.to_owned());
                seen
            }
            Tokens::Bpe(Bpe { vocabulary }) => {
                let text = training.text(Charset::Utf8)?;
                let merged = byte_pairs::train(text.split_inclusive('\n'), byte_pairs::room(vocabulary, 0)?)?;
                let names = (0..).map_while(|id| merged.id_to_token(id)).collect();
                bpe = Some(merged);
                names
            }
        };
        Ok(Self { tokens, ids: names.iter().cloned().zip(0..).collect(), names, bpe })
    }

    fn ids(&self, original: &Original) -> Result<Vec<i64>> {
        if self.tokens == Tokens::Bytes {
            return Ok(original.bytes.iter().map(|&byte| i64::from(byte)).collect());
        }
        let text = original.text(Charset::Utf8)?;
        let Some(bpe) = &self.bpe else {
            let id = |token| self.ids.get(token).copied().unwrap_or(0);
            return Ok(split(&text, self.tokens).map(id).collect());
        };
        let mut ids = Vec::new();
        for line in text.split_inclusive('\n') {
            let encoding = bpe.encode_fast(line, false).map_err(refused)?;
            ids.extend(encoding.get_ids().iter().map(|&id| i64::from(id)));
        }
        Ok(ids)
    }
}

fn split(text: &str, tokens: Tokens) -> Box<dyn Iterator<Item = &str> + '_> {
    if tokens == Tokens::Words {
        Box::new(text.lines().flat_map(|line| line.split_whitespace().chain([END_OF_LINE])))
    } else {
        Box::new(text.char_indices().map(|(place, character)| &text[place..place + character.len_utf8()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, tokens: Tokens, block: u16) -> Result<(Vec<String>, Tensor)> {
        let test = TestSplit::Last(0.5);
        let layout = PlainText { path: "a.txt".into(), validation: None, test, tokens, block };
        let original = Original::from_bytes("a.txt", text.as_bytes().to_vec())?;
        let vocabulary = Vocabulary::of(&original, tokens)?;
        let Inputs::Sequences(sequences) = layout.cut(&original, &vocabulary)?.inputs else {
            panic!("sequences expected")
        };
        Ok((vocabulary.names, sequences.blocks))
    }

    #[test]
    fn every_token_but_the_first_is_predicted_once() {
        let (names, blocks) = cut("abacab", Tokens::Characters, 2).unwrap();
        assert_eq!(names, ["<unk>", "a", "b", "c"]);
        assert_eq!(blocks, Tensor::from_slice2(&[[1_i64, 2, 1], [1, 3, 1]]), "aba and aca; b is left over");
    }

    #[test]
    fn words_and_bytes_are_tokens_too() {
        let (names, blocks) = cut(" the  <unk>\nthe cat\n", Tokens::Words, 5).unwrap();
        assert_eq!(names, ["<unk>", "<eos>", "cat", "the"]);
        assert_eq!(blocks, Tensor::from_slice2(&[[3_i64, 0, 1, 3, 2, 1]]));
        let (names, blocks) = cut("é", Tokens::Bytes, 1).unwrap();
        assert_eq!((names.len(), blocks), (256, Tensor::from_slice2(&[[0xc3_i64, 0xa9]])));
    }

    #[test]
    fn merged_bytes_are_tokens_too() {
        let bpe = |vocabulary: u32| Tokens::Bpe(Bpe { vocabulary: vocabulary.try_into().unwrap() });
        let (names, blocks) = cut("to be\nto be\n", bpe(300), 5).unwrap();
        assert_eq!(names[256..], ["be", "to", "Ġbe"]);
        // "to", " be" and the line's end, twice.
        let ids: Vec<i64> = Vec::try_from(blocks.get(0)).unwrap();
        assert_eq!(names[ids[2] as usize], "Ċ");
        assert_eq!(ids, [257, 258, ids[2], 257, 258, ids[2]]);
        assert!(cut("a", bpe(200), 1).unwrap_err().to_string().ends_with("expected at least 256"));
    }

    #[test]
    fn a_text_shorter_than_a_block_is_refused() {
        let message = cut("abc", Tokens::Characters, 3).unwrap_err().to_string();
        assert_eq!(message, "a.txt: 3 tokens do not make a block of 3 and the one that follows");
    }
}
