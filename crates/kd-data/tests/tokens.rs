//! Tokens against those of Hugging Face's transformers and tokenizers. `fixtures/tokens.py` writes the files.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::path::{Path, PathBuf};

use kd_core::Input;
use kd_data::{Bpe, Encoded, Encoder, Encoding, Examples, Inputs, Targets, TokenFile, Tokenisation};
use serde::Deserialize;
use serde_json::Value;
use tch::{Kind, Tensor};

#[derive(Deserialize)]
struct Case {
    text: String,
    ids: Vec<i64>,
    /// At most 12 of them.
    cut: Vec<i64>,
}

/// BERT's vocabulary, where the data sets are.
#[allow(clippy::print_stderr)] // says what was not tested
fn vocabulary() -> Option<PathBuf> {
    let folder = std::env::var_os("KD_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = folder.join("bert-vocab/vocab.txt");
    if !path.is_file() {
        eprintln!("skipped: {} is not there; KD_DATA names the folder of data sets", path.display());
        return None;
    }
    Some(path)
}

fn row(encoded: &Encoded, row: i64) -> Vec<i64> {
    let batch = encoded.batch(&Tensor::from_slice(&[row])).unwrap();
    Vec::try_from(batch.to_kind(Kind::Int64).get(0)).unwrap()
}

/// The stored texts, to be fitted on or read.
fn examples() -> (Vec<Case>, Examples) {
    let cases: Vec<Case> = serde_json::from_str(include_str!("fixtures/word_piece.json")).unwrap();
    assert!(cases.len() >= 50);
    let inputs = Inputs::Texts(cases.iter().map(|case| case.text.clone()).collect());
    let targets = Targets::Classes(vec![0; cases.len()]);
    (cases, Examples { inputs, targets })
}

#[test]
fn merges_are_those_of_the_trainer_of_tokenizers() {
    let (cases, examples) = examples();
    let rows: Vec<usize> = (0..cases.len()).collect();
    // Padding and the unknown come on top of its 400 tokens.
    let tokens = Tokenisation::Bpe(Bpe { vocabulary: 402.try_into().unwrap() });
    let encoding = Encoding { tokens, ..Encoding::default() };
    let encoder = Encoder::fit(&examples, &rows, &encoding).unwrap();
    assert_eq!(encoder.input(), Input::Tokens { vocabulary: 402 });
    let stored = serde_json::to_value(&encoder).unwrap();
    let merges = stored.pointer("/inputs/texts/subwords/tokenizer/model/merges").unwrap();
    let expected: Value = serde_json::from_str(include_str!("fixtures/byte_pairs.json")).unwrap();
    assert_eq!(*merges, expected);
}

#[test]
fn ids_are_those_of_bert_tokenizer() {
    let Some(path) = vocabulary() else { return };
    let (cases, examples) = examples();
    let tokens = Tokenisation::WordPiece(TokenFile { path, hash: None });
    for longest in [None, Some(12.try_into().unwrap())] {
        let encoding = Encoding { tokens: tokens.clone(), longest, ..Encoding::default() };
        let encoder = Encoder::fit(&examples, &[0], &encoding).unwrap();
        assert_eq!(encoder.input(), Input::Tokens { vocabulary: 30522 });
        let stored = serde_json::to_string(&encoder).unwrap();
        let restored: Encoder = serde_json::from_str(&stored).unwrap();
        assert_eq!(restored, encoder);
        for encoder in [&encoder, &restored] {
            let encoded = encoder.encode(&examples.inputs).unwrap();
            for (index, case) in (0..).zip(&cases) {
                let expected = if longest.is_some() { &case.cut } else { &case.ids };
                assert_eq!(&row(&encoded, index), expected, "{:?}", case.text);
            }
        }
    }
}
