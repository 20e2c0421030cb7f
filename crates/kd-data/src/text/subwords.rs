//! Subwords by the rules of Hugging Face's tokenizers, trained or read.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokenizers::models::bpe::Vocab;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{AddedToken, PostProcessor, Tokenizer, TruncationParams};

use super::byte_pairs::{self, refused};
use super::{FIRST, PADDING, Tokenisation};
use crate::error::Result;
use crate::original::Original;

/// A tokeniser, and what is added to its ids so that none but padding is 0.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Subwords {
    shift: i64,
    tokenizer: Box<Tokenizer>,
}

impl PartialEq for Subwords {
    fn eq(&self, other: &Self) -> bool {
        let written = |one: &Self| serde_json::to_value(one).ok();
        written(self) == written(other)
    }
}

impl Subwords {
    /// BPE of at most `vocabulary` ids.
    pub(super) fn train<'a>(texts: impl Iterator<Item = &'a str>, vocabulary: NonZeroU32) -> Result<Self> {
        let tokenizer = byte_pairs::train(texts, byte_pairs::room(vocabulary, FIRST)?)?;
        Ok(Self { shift: FIRST, tokenizer: tokenizer.into() })
    }

    /// The tokeniser that a file describes, cutting texts to at most `longest` tokens.
    pub(crate) fn read(
        original: &Original,
        tokens: &Tokenisation,
        longest: Option<NonZeroU32>,
    ) -> Result<Self> {
        let mut tokenizer = match tokens {
            Tokenisation::TokenizerJson(_) => tokenizer_json(original)?,
            _ => word_piece(original, matches!(tokens, Tokenisation::WordPiece(_)))?,
        };
        let added =
            tokenizer.get_post_processor().map_or(0, |processor| processor.added_tokens(false)) as u32;
        if let Some(longest) = longest
            && longest.get() <= added
        {
            let problem =
                format!("adds {added} tokens to every text, so `longest` must be at least {}", added + 1);
            return Err(original.fault(problem));
        }
        let truncation = longest
            .map(|longest| TruncationParams { max_length: longest.get() as usize, ..Default::default() });
        tokenizer.with_truncation(truncation).map_err(refused)?;
        let padded =
            tokenizer.id_to_token(PADDING as u32).is_some_and(|first| PADDINGS.contains(&first.as_str()));
        Ok(Self { shift: if padded { 0 } else { FIRST }, tokenizer: tokenizer.into() })
    }

    /// Number of ids.
    pub(super) fn size(&self) -> i64 {
        let ids = self.tokenizer.get_vocab(true).into_values();
        self.shift + ids.max().map_or(0, |largest| i64::from(largest) + 1)
    }

    /// The ids of a text.
    pub(crate) fn ids(&self, text: &str) -> Result<Vec<i64>> {
        let encoding = self.tokenizer.encode_fast(text, true).map_err(refused)?;
        Ok(encoding.get_ids().iter().map(|&id| self.shift + i64::from(id)).collect())
    }
}

/// What padding is called where it is token 0.
const PADDINGS: [&str; 2] = ["[PAD]", "<pad>"];

/// A character that no vocabulary has: Ugaritic is written no more.
const UNSEEN: &str = "\u{10380}";

fn tokenizer_json(original: &Original) -> Result<Tokenizer> {
    let mut written: Value = serde_json::from_slice(&original.bytes)
        .map_err(|error| original.row(error.line() as u64, format!("is not JSON from here on: {error}")))?;
    for unneeded in ["decoder", "padding", "truncation"] {
        written.as_object_mut().and_then(|written| written.remove(unneeded));
    }
    // The crate panics on some contradictions, such as a template that adds a token it does not define.
    let made = std::panic::catch_unwind(|| {
        let tokenizer: Tokenizer = serde_json::from_value(written)
            .map_err(|error| format!("is not a tokenizer as Hugging Face writes it: {error}"))?;
        let unseen = tokenizer
            .encode_fast(UNSEEN, true)
            .map_err(|error| format!("has no token for what is not in its vocabulary: {error}"))?;
        let largest = tokenizer.get_vocab(true).into_values().max().ok_or("has no tokens")?;
        match unseen.get_ids().iter().find(|&&id| id > largest) {
            Some(id) => Err(format!("adds token {id} to texts, but its last is {largest}")),
            None => Ok(tokenizer),
        }
    });
    made.unwrap_or_else(|_| Err("contradicts itself".to_owned())).map_err(|problem| original.fault(problem))
}

/// BERT's normalisation, words, pieces and additions, by a vocabulary of one token in every line.
fn word_piece(original: &Original, lower_case: bool) -> Result<Tokenizer> {
    let ids = vocabulary(original)?;
    let special = |name: &str| match ids.get(name) {
        Some(&id) => Ok((name.to_owned(), id)),
        None => Err(original.fault(format!("has no token {name}; expected the vocab.txt of a BERT model"))),
    };
    special("[UNK]")?;
    let ends = BertProcessing::new(special("[SEP]")?, special("[CLS]")?);
    if ids.get("[PAD]") != Some(&(PADDING as u32)) {
        return Err(original.row(1, "expected [PAD], since token 0 is padding"));
    }
    let named =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].into_iter().filter(|&name| ids.contains_key(name));
    let named: Vec<AddedToken> = named.map(|name| AddedToken::from(name, true)).collect();
    let mut tokenizer = Tokenizer::new(WordPiece::builder().vocab(ids).build().map_err(refused)?);
    tokenizer
        .with_normalizer(Some(BertNormalizer::new(true, true, None, lower_case)))
        .map_err(refused)?
        .with_pre_tokenizer(Some(BertPreTokenizer))
        .with_post_processor(Some(ends))
        .add_special_tokens(named)
        .map_err(refused)?;
    Ok(tokenizer)
}

/// The tokens of a file and their ids: a line's number, counted from 0.
fn vocabulary(original: &Original) -> Result<Vocab> {
    let mut ids = Vocab::default();
    let lines = original.bytes.strip_suffix(b"\n").unwrap_or(&original.bytes).split(|&byte| byte == b'\n');
    for (id, line) in (0_u32..).zip(lines) {
        let fault = |problem: String| original.row(u64::from(id) + 1, problem);
        let token =
            str::from_utf8(line).map_err(|_| fault("is not UTF-8".to_owned()))?.trim_end_matches('\r');
        if token.is_empty() {
            return Err(fault("is empty; expected a token".to_owned()));
        }
        if let Some(earlier) = ids.insert(token.to_owned(), id) {
            return Err(fault(format!("`{token}` is a token already, in row {}", earlier + 1)));
        }
    }
    Ok(ids)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::TokenFile;

    pub(crate) const VOCABULARY: &str = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\ncat\n##s\n";

    pub(crate) fn word_pieces() -> Tokenisation {
        Tokenisation::WordPiece(TokenFile { path: "vocab.txt".into(), hash: None })
    }

    pub(crate) fn tokenizer_json() -> Tokenisation {
        Tokenisation::TokenizerJson(TokenFile { path: "tokenizer.json".into(), hash: None })
    }

    fn read(text: &str, tokens: &Tokenisation, longest: Option<u32>) -> Result<Subwords> {
        let original = Original::from_bytes("file", text.as_bytes().to_vec())?;
        Subwords::read(&original, tokens, longest.and_then(NonZeroU32::new))
    }

    #[test]
    fn words_become_pieces_between_two_tokens() {
        let subwords = read(VOCABULARY, &word_pieces(), None).unwrap();
        assert_eq!(subwords.size(), 7);
        assert_eq!(subwords.ids("The CATS!").unwrap(), [2, 4, 5, 6, 1, 3]);
        assert_eq!(subwords.ids("").unwrap(), [2, 3]);
        let cut = read(VOCABULARY, &word_pieces(), Some(4)).unwrap();
        assert_eq!(cut.ids("The CATS!").unwrap(), [2, 4, 5, 3]);
        let cased = Tokenisation::CasedWordPiece(TokenFile { path: "vocab.txt".into(), hash: None });
        assert_eq!(read(VOCABULARY, &cased, None).unwrap().ids("The cats").unwrap(), [2, 1, 5, 6, 3]);
    }

    #[test]
    fn a_tokenizer_is_read_without_its_own_padding_and_truncation() {
        let mut written =
            serde_json::to_value(read(VOCABULARY, &word_pieces(), Some(3)).unwrap().tokenizer).unwrap();
        written["padding"] = serde_json::json!({
            "strategy": { "Fixed": 9 }, "direction": "Right", "pad_to_multiple_of": null,
            "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]",
        });
        let read = read(&written.to_string(), &tokenizer_json(), None).unwrap();
        assert_eq!(read.ids("The cats").unwrap(), [2, 4, 5, 6, 3]);
    }

    #[test]
    fn ids_make_room_for_padding_where_there_is_none() {
        let written = r#"{"model": {"type": "WordLevel", "vocab": {"a": 0, "?": 1}, "unk_token": "?"}}"#;
        let subwords = read(written, &tokenizer_json(), None).unwrap();
        assert_eq!((subwords.size(), subwords.ids("a").unwrap()), (4, vec![2]));
    }

    #[test]
    fn faults_name_the_place() {
        let message = |text: &str, tokens| read(text, &tokens, None).unwrap_err().to_string();
        let vocabulary = |text: &str| message(text, word_pieces());
        assert_eq!(vocabulary(""), "file, row 1: is empty; expected a token");
        assert_eq!(vocabulary("[PAD]\n[UNK]\n\nthe\n"), "file, row 3: is empty; expected a token");
        assert_eq!(vocabulary("[PAD]\nthe\nthe\n"), "file, row 3: `the` is a token already, in row 2");
        assert_eq!(
            vocabulary("[PAD]\n[CLS]\n[SEP]\n"),
            "file: has no token [UNK]; expected the vocab.txt of a BERT model"
        );
        assert_eq!(
            vocabulary("[UNK]\n[PAD]\n[CLS]\n[SEP]\n"),
            "file, row 1: expected [PAD], since token 0 is padding"
        );
        let latin = Original::from_bytes("file", b"[PAD]\ncaf\xe9\n".to_vec()).unwrap();
        let latin = Subwords::read(&latin, &word_pieces(), None).unwrap_err();
        assert_eq!(latin.to_string(), "file, row 2: is not UTF-8");
        let short = read(VOCABULARY, &word_pieces(), Some(2)).unwrap_err();
        assert_eq!(short.to_string(), "file: adds 2 tokens to every text, so `longest` must be at least 3");

        let json = |text: &str| message(text, tokenizer_json());
        assert!(json("{\"version\": \"1.0\",\n").starts_with("file, row 2: is not JSON from here on"));
        assert!(
            json("[]").starts_with("file: is not a tokenizer as Hugging Face writes it"),
            "{}",
            json("[]")
        );
        let nothing = r#"{"model": {"type": "WordLevel", "vocab": {}, "unk_token": "?"}}"#;
        let no_unknown = nothing.replace("{}", r#"{"a": 0}"#);
        assert!(json(&no_unknown).starts_with("file: has no token for what is not in its vocabulary"));
        let adding =
            |template: &str| nothing.replacen('{', &format!(r#"{{"post_processor": {template},"#), 1);
        let bert = adding(r#"{"type": "BertProcessing", "sep": ["s", 7], "cls": ["c", 0]}"#);
        assert_eq!(
            json(&bert.replace("{}", r#"{"?": 0}"#)),
            "file: adds token 7 to texts, but its last is 0"
        );
        let template = adding(
            r#"{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "s", "type_id": 0}}], "pair": [], "special_tokens": {}}"#,
        );
        assert_eq!(json(&template.replacen("{}, \"unk", r#"{"?": 0}, "unk"#, 1)), "file: contradicts itself");
    }
}
