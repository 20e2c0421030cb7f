//! Numbers spread by their ranks, held to scikit-learn; `fixtures/quantiles.py` made the numbers.
#![allow(clippy::unwrap_used)]

use kd_data::{Encoder, Encoding, Examples, Inputs, Numbers, Table, Targets};
use serde::Deserialize;
use tch::{Device, Kind, Tensor};

#[derive(Deserialize)]
struct Case {
    training: Vec<Vec<Option<f32>>>,
    given: Vec<Vec<Option<f32>>>,
    expected: Vec<Vec<f64>>,
}

fn examples(rows: &[Vec<Option<f32>>]) -> Examples {
    let numbers: Vec<f32> = rows.iter().flatten().map(|number| number.unwrap_or(f32::NAN)).collect();
    let numbers = Tensor::from_slice(&numbers).view([rows.len() as i64, -1]);
    Examples {
        inputs: Inputs::Table(Table::of_numbers(numbers).unwrap()),
        targets: Targets::Classes(vec![0; rows.len()]),
    }
}

fn encode(encoder: &Encoder, examples: &Examples) -> Tensor {
    let all = Tensor::arange(examples.len() as i64, (Kind::Int64, Device::Cpu));
    encoder.encode(&examples.inputs).unwrap().batch(&all).unwrap()
}

#[test]
fn levels_are_those_of_scikit_learn() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("fixtures/quantiles.json")).unwrap();
    assert_eq!(cases.len(), 2);
    for Case { training, given, expected } in cases {
        let encoding = Encoding { numbers: Numbers::Quantile, ..Encoding::default() };
        let training = examples(&training);
        let rows: Vec<usize> = (0..training.len()).collect();
        let encoder = Encoder::fit(&training, &rows, &encoding).unwrap();
        let stored: Encoder = serde_json::from_str(&serde_json::to_string(&encoder).unwrap()).unwrap();
        assert_eq!(stored, encoder);
        let encoded = encode(&stored, &examples(&given)).narrow(1, 0, expected[0].len() as i64);
        let difference = (encoded - Tensor::from_slice2(&expected)).abs().max().double_value(&[]);
        assert!(difference < 1e-6, "{difference}");
    }
}

#[test]
fn runs_that_standardise_keep_their_specification() {
    let stated = serde_json::to_string(&Encoding::default()).unwrap();
    assert_eq!(stated, r#"{"vocabulary":8192,"bigrams":true}"#);
    let quantile: Encoding = serde_json::from_str(r#"{"numbers":"quantile"}"#).unwrap();
    assert_eq!(quantile.numbers, Numbers::Quantile);
}
