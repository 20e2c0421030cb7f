use kd_core::Input;
use tch::{Device, Kind, Tensor};

use super::*;
use crate::error::{EncodingError, Error};
use crate::{Examples, Images, Inputs, Sequences, Table, Targets, Tokenisation};

fn classified(inputs: Inputs) -> Examples {
    let targets = Targets::Classes(vec![0; inputs.len()]);
    Examples { inputs, targets }
}

fn table(rows: &[[f32; 2]]) -> Examples {
    classified(Inputs::Table(Table::of_numbers(Tensor::from_slice2(rows)).unwrap()))
}

fn texts(texts: &[&str]) -> Examples {
    classified(Inputs::Texts(texts.iter().map(|&text| text.to_owned()).collect()))
}

fn all(encoded: &Encoded) -> Tensor {
    encoded.batch(&Tensor::arange(encoded.len() as i64, (Kind::Int64, Device::Cpu))).unwrap()
}

fn fit(examples: &Examples, rows: &[usize]) -> Encoder {
    Encoder::fit(examples, rows, &Encoding::default()).unwrap()
}

#[test]
fn columns_are_standardised_on_the_fitting_rows_alone() {
    let examples = table(&[[1.0, 5.0], [3.0, 5.0], [1000.0, -7.0]]);
    let encoder = fit(&examples, &[0, 1]);
    let encoded = all(&encoder.encode(&examples.inputs).unwrap());
    let expected = Tensor::from_slice2(&[[-1.0_f32, 0.0], [1.0, 0.0], [998.0, -12.0]]);
    assert!(encoded.allclose(&expected, 1e-6, 1e-6, false), "{encoded:?}");
    assert_eq!(
        encoder,
        fit(&table(&[[1.0, 5.0], [3.0, 5.0], [0.0, 0.0]]), &[0, 1]),
        "other rows do not matter"
    );
    assert_eq!(encoder.input(), Input::Features { width: 2 });
}

#[test]
fn inputs_are_known_of_more_examples_than_targets() {
    let numbers = |targets: &[f32]| Examples {
        targets: Targets::Numbers(targets.to_vec()),
        ..table(&[[1.0, 5.0], [3.0, 5.0], [8.0, 8.0]])
    };
    let partly = |targets: &[f32], labelled: &[usize]| {
        Encoder::fit_partly_labelled(&numbers(targets), &[0, 1, 2], labelled, &Encoding::default())
    };
    let encoder = partly(&[2.0, 4.0, 99.0], &[0, 1]).unwrap();
    assert_eq!(encoder, partly(&[2.0, 4.0, -7.0], &[0, 1]).unwrap(), "other targets do not matter");
    let targets = encoder.targets(&numbers(&[2.0, 4.0, 3.0])).unwrap();
    assert_eq!(targets, Tensor::from_slice2(&[[-1.0_f32], [1.0], [0.0]]));
    let encoded = all(&encoder.encode(&numbers(&[0.0; 3]).inputs).unwrap());
    assert_eq!(
        encoded,
        all(&fit(&numbers(&[0.0; 3]), &[0, 1, 2]).encode(&numbers(&[0.0; 3]).inputs).unwrap())
    );
    assert!(partly(&[2.0, 4.0, 99.0], &[]).is_err());
}

#[test]
fn images_are_standardised_per_channel() {
    let pixels = Tensor::from_slice(&[0_u8, 10, 20, 30, 7, 7, 7, 7]).view([1, 2, 2, 2]);
    let examples = classified(Inputs::Images(Images { pixels, peak: 255 }));
    let encoder = fit(&examples, &[0]);
    let batch = all(&encoder.encode(&examples.inputs).unwrap());
    assert!((batch.get(0).get(0).mean(Kind::Float).double_value(&[])).abs() < 1e-6);
    assert!((batch.get(0).get(0).std(false).double_value(&[]) - 1.0).abs() < 1e-6);
    assert!(batch.get(0).get(1).abs().max().double_value(&[]) < 1e-12);
    assert_eq!(encoder.input(), Input::Image { channels: 2, height: 2, width: 2 });
}

#[test]
fn inputs_as_read_are_pixels_from_0_to_1_and_plain_numbers() {
    let pixels = Tensor::from_slice(&[0_u8, 51, 255, 102]).view([2, 1, 1, 2]);
    let read = Encoded::as_read(&Inputs::Images(Images { pixels, peak: 255 })).unwrap();
    assert_eq!(all(&read), Tensor::from_slice(&[0.0_f32, 0.2, 1.0, 0.4]).view([2, 1, 1, 2]));
    let read = Encoded::as_read(&table(&[[1.0, 5.0], [-3.0, 0.5]]).inputs).unwrap();
    assert_eq!(all(&read), Tensor::from_slice2(&[[1.0_f32, 5.0], [-3.0, 0.5]]));
    for refused in [table(&[[1.0, f32::NAN]]), texts(&["a"])] {
        assert!(Encoded::as_read(&refused.inputs).is_err());
    }
}

#[test]
fn texts_are_padded_to_the_longest_of_the_batch() {
    let examples = texts(&["a b c", "a", "b a"]);
    let encoding = Encoding { bigrams: false, ..Encoding::default() };
    let encoder = Encoder::fit(&examples, &[0, 1, 2], &encoding).unwrap();
    let encoded = encoder.encode(&examples.inputs).unwrap();
    assert_eq!(
        encoded.batch(&Tensor::from_slice(&[1_i64, 2])).unwrap(),
        Tensor::from_slice2(&[[2_i64, 0], [3, 2]])
    );
    assert_eq!(encoded.batch(&Tensor::from_slice(&[1_i64])).unwrap().size(), [1, 1]);
    assert_eq!(encoder.input(), Input::Tokens { vocabulary: 5 });
}

#[test]
fn long_texts_are_cut_and_read_first() {
    let examples = texts(&["é", "", "abc", "ab"]);
    let longest = Some(2.try_into().unwrap());
    let bytes = Encoding { tokens: Tokenisation::Bytes, longest, ..Encoding::default() };
    let encoder = Encoder::fit(&examples, &[0], &bytes).unwrap();
    assert_eq!(encoder.input(), Input::Tokens { vocabulary: 258 });
    let encoded = encoder.encode(&examples.inputs).unwrap();
    assert_eq!(all(&encoded), Tensor::from_slice2(&[[0xc3 + 2, 0xa9 + 2], [1, 0], [99, 100], [99, 100_i64]]));
    assert_eq!(encoded.longest_first().unwrap(), [0, 2, 3, 1]);
    let some = encoded.select(&Tensor::from_slice(&[1_i64, 2])).unwrap();
    assert_eq!((some.len(), some.longest_first().unwrap()), (2, vec![1, 0]));
    let own = |place: i64| Tensor::from_slice(&[place]);
    assert_eq!(some.batch(&own(1)).unwrap(), encoded.batch(&own(2)).unwrap());
    let numbers = fit(&table(&[[1.0, 2.0]]), &[0]).encode(&table(&[[1.0, 2.0]]).inputs).unwrap();
    assert_eq!(numbers.longest_first(), None);
}

/// Runs are known by this text, and teachers are kept with the other.
#[test]
fn words_are_written_as_they_always_were() {
    let written = serde_json::to_string(&Encoding::default()).unwrap();
    assert_eq!(written, r#"{"vocabulary":8192,"bigrams":true}"#);
    let stored = r#"{"inputs":{"texts":{"vocabulary":{"bigrams":false,"features":["b","a"]}}}}"#;
    let encoder: Encoder = serde_json::from_str(stored).unwrap();
    assert_eq!(serde_json::to_string(&encoder).unwrap(), stored);
}

#[test]
fn what_means_nothing_for_tokens_is_refused() {
    let pin = |text: &str| serde_json::from_str::<Encoding>(text).unwrap().pin();
    assert_eq!(pin(r#"{"tokens": {"bpe": {"vocabulary": 300}}}"#).unwrap(), 300);
    let refusal = |text: &str| pin(text).unwrap_err().to_string();
    let of_words = "`bigrams` means nothing for these tokens; leave it out";
    assert_eq!(refusal(r#"{"tokens": "characters", "bigrams": false}"#), of_words);
    let counted = "`vocabulary` means nothing for these tokens; leave it out";
    assert_eq!(refusal(r#"{"tokens": "bytes", "vocabulary": 100}"#), counted);
    assert!(refusal(r#"{"tokens": {"bpe": {"vocabulary": 100}}}"#).contains("expected at least 258"));
}

#[test]
fn a_stored_encoder_is_the_same() {
    let numbers = Examples { targets: Targets::Numbers(vec![0.1, 7.0]), ..table(&[[1.0, 2.0], [3.0, 5.0]]) };
    for examples in [numbers, texts(&["a b", "c"])] {
        let encoder = fit(&examples, &[0, 1]);
        let stored = serde_json::to_string(&encoder).unwrap();
        assert_eq!(serde_json::from_str::<Encoder>(&stored).unwrap(), encoder);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let encoder = fit(&table(&[[1.0, 2.0]]), &[0]);
    let texts = texts(&["a"]);
    let message = encoder.encode(&texts.inputs).unwrap_err().to_string();
    assert_eq!(message, "an encoder fitted on tables cannot read texts");
    assert!(matches!(
        Encoder::fit(&texts, &[], &Encoding::default()),
        Err(Error::Encoding(EncodingError::NoExamples))
    ));
    assert!(matches!(Encoder::fit(&texts, &[1], &Encoding::default()), Err(Error::NoSuchExample { .. })));
}
#[test]
fn numbers_are_standardised_and_come_back_in_their_units() {
    let examples = Examples {
        targets: Targets::Numbers(vec![100.0, 300.0, 9000.0]),
        ..table(&[[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
    };
    let encoder = fit(&examples, &[0, 1]);
    let targets = encoder.targets(&examples).unwrap();
    assert_eq!(targets, Tensor::from_slice(&[-1.0_f32, 1.0, 88.0]).view([3, 1]));
    let back = encoder.original_units(&targets).unwrap();
    assert_eq!(back, Tensor::from_slice(&[100.0_f32, 300.0, 9000.0]).view([3, 1]));
    assert_eq!(encoder.standardised(&back).unwrap(), targets);
}

#[test]
fn sequences_are_read_and_predicted_one_token_apart() {
    let blocks = Tensor::from_slice2(&[[1_i64, 2, 3], [3, 4, 5]]);
    let inputs = Inputs::Sequences(Sequences { blocks, vocabulary: 6 });
    let examples = Examples { inputs, targets: Targets::NextToken };
    let encoder = fit(&examples, &[1]);
    assert_eq!(encoder.input(), Input::Sequence { vocabulary: 6, length: 2 });
    assert_eq!(all(&encoder.encode(&examples.inputs).unwrap()), Tensor::from_slice2(&[[1_i64, 2], [3, 4]]));
    assert_eq!(encoder.targets(&examples).unwrap(), Tensor::from_slice2(&[[2_i64, 3], [4, 5]]));
}
