//! What a task predicts, and how predictions are compared with targets: by class, by number or token by token.

use std::collections::BTreeSet;

use kd_core::metrics::{Classification, Fidelity, Regression, accuracy};
use kd_core::objective::Predicted;
use kd_data::{Dataset, Encoder, Inputs, Sequences, Task};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::evaluate::Features;
use crate::error::Result;

/// How many outputs a model needs for each example or token.
pub(crate) fn outputs(dataset: &Dataset) -> i64 {
    match (dataset.train.targets.task(), &dataset.train.inputs) {
        (Task::Regression, _) => 1,
        (Task::LanguageModelling, Inputs::Sequences(Sequences { vocabulary, .. })) => *vocabulary,
        _ => dataset.classes.len() as i64,
    }
}

/// What objectives on a task are about. A language model predicts a class for each token.
pub(crate) fn predicted(task: Task, outputs: i64) -> Predicted {
    match task {
        Task::Regression => Predicted::Numbers,
        Task::Classification | Task::LanguageModelling => Predicted::Classes(outputs),
    }
}

/// Predictions as losses and metrics read them, `[n, K]`; those of a language model, `[n, L, K]`, have a row for each
/// token.
pub(crate) fn rows(predictions: &Tensor) -> Result<Tensor> {
    Ok(match predictions.dim() {
        3 => predictions.f_flatten(0, 1)?,
        _ => predictions.shallow_clone(),
    })
}

/// Targets that go with [`rows`]: classes of examples or tokens `[n]`, or numbers `[n, 1]`.
pub(crate) fn row_targets(targets: &Tensor) -> Result<Tensor> {
    Ok(match targets.kind() {
        Kind::Int64 => targets.f_flatten(0, -1)?,
        _ => targets.shallow_clone(),
    })
}

/// Features that go with [`rows`]: of a language model, `[n, L, D]`, a row for each token; others as they are.
pub(crate) fn row_features(features: &Features, predictions: &Tensor) -> Result<Features> {
    let row = |(name, feature): &(String, Tensor)| {
        let feature = if predictions.dim() == 3 { rows(feature)? } else { feature.shallow_clone() };
        Ok((name.clone(), feature))
    };
    features.iter().map(row).collect()
}

/// Which of all examples, or of all their tokens, the rows of a batch are.
pub(crate) fn row_index(index: &Tensor, predictions: &Tensor) -> Result<Tensor> {
    let &[_, length, _] = &predictions.size()[..] else { return Ok(index.shallow_clone()) };
    let places = Tensor::f_arange(length, (Kind::Int64, index.device()))?;
    Ok(index.f_mul_scalar(length)?.f_unsqueeze(-1)?.f_add(&places)?.f_flatten(0, -1)?)
}

/// How well a split is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Of classes, or of next tokens.
    Classification(Classification),
    /// Of numbers, in the units of the data.
    Regression(Regression),
}

impl Quality {
    /// The number that findings are about: accuracy, or R², which counts as 0 where targets do not vary.
    #[must_use]
    pub fn score(&self) -> f64 {
        match self {
            Self::Classification(test) => test.accuracy,
            Self::Regression(test) => test.r2.unwrap_or(0.0),
        }
    }

    /// What people call it.
    #[must_use]
    pub fn score_name(&self) -> &'static str {
        match self {
            Self::Classification(_) => "accuracy",
            Self::Regression(_) => "R²",
        }
    }

    /// Measures predictions on targets, both as a model and [`Encoder::targets`] give them.
    pub(crate) fn of(predictions: &Tensor, targets: &Tensor, encoder: &Encoder) -> Result<Self> {
        let (predictions, targets) = (rows(predictions)?, row_targets(targets)?);
        Ok(if targets.kind() == Kind::Int64 {
            Self::Classification(Classification::of(&predictions, &targets)?)
        } else {
            let original = |numbers: &Tensor| encoder.original_units(numbers);
            Self::Regression(Regression::of(&original(&predictions)?, &original(&targets)?)?)
        })
    }
}

/// The number that findings are about and the best weights are chosen by: accuracy, or R².
pub(crate) fn score(predictions: &Tensor, targets: &Tensor) -> Result<f64> {
    let (predictions, targets) = (rows(predictions)?, row_targets(targets)?);
    if targets.kind() == Kind::Int64 {
        return Ok(accuracy(&predictions, &targets)?);
    }
    // In standardised units, which R² does not mind.
    Ok(Quality::Regression(Regression::of(&predictions, &targets)?).score())
}

/// How many classes are said of all examples together; none for numbers.
pub(crate) fn distinct(predictions: &Tensor) -> Result<Option<u64>> {
    let predictions = rows(predictions)?;
    if predictions.size().last() == Some(&1) {
        return Ok(None);
    }
    let classes: Vec<i64> = Vec::try_from(predictions.f_argmax(-1, false)?)?;
    Ok(Some(classes.into_iter().collect::<BTreeSet<i64>>().len() as u64))
}

/// Likeness to a teacher; none for numbers, which have no distribution to compare.
pub(crate) fn fidelity(predictions: &Tensor, teacher: &Tensor) -> Result<Option<Fidelity>> {
    let (predictions, teacher) = (rows(predictions)?, rows(teacher)?);
    match predictions.size()[..] {
        [_, 1] => Ok(None),
        _ => Ok(Some(Fidelity::of(&predictions, &teacher)?)),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn classes_that_are_said_are_counted() {
        let logits = |rows: &[[f32; 3]]| Tensor::from_slice2(rows);
        let varied = logits(&[[1.0, 0.0, 0.5], [0.0, 2.0, 0.5], [3.0, 0.0, 0.5]]);
        assert_eq!(distinct(&varied).unwrap(), Some(2));
        assert_eq!(distinct(&logits(&[[1.0, 0.0, 0.5]; 9])).unwrap(), Some(1));
        assert_eq!(distinct(&varied.view([1, 3, 3])).unwrap(), Some(2), "of tokens too");
        assert_eq!(distinct(&Tensor::from_slice2(&[[1.0], [2.0]])).unwrap(), None, "numbers");
    }

    use tch::Device;

    use super::*;

    fn counted(size: &[i64]) -> Tensor {
        Tensor::arange(size.iter().product::<i64>(), (Kind::Float, Device::Cpu)).view(size)
    }

    #[test]
    fn a_score_is_called_as_people_call_it() {
        let numbers = Tensor::from_slice2(&[[1.0], [2.0]]);
        let regression = Quality::Regression(Regression::of(&numbers, &numbers).unwrap());
        let logits = Tensor::from_slice2(&[[2.0, 1.0], [0.0, 1.0]]);
        let classes = Tensor::from_slice(&[0_i64, 1]);
        let classification = Quality::Classification(Classification::of(&logits, &classes).unwrap());
        assert_eq!([regression, classification].map(|quality| quality.score_name()), ["R²", "accuracy"]);
        assert!([regression, classification].iter().all(|quality| (quality.score() - 1.0).abs() < 1e-12));
    }

    #[test]
    fn tokens_have_a_row_each_and_examples_stay() {
        assert_eq!(rows(&counted(&[2, 3, 4])).unwrap(), counted(&[6, 4]));
        assert_eq!(rows(&counted(&[6, 4])).unwrap(), counted(&[6, 4]));
        let whole = |size: &[i64]| counted(size).to_kind(Kind::Int64);
        assert_eq!(row_targets(&whole(&[2, 3])).unwrap(), whole(&[6]));
        assert_eq!(row_targets(&counted(&[6, 1])).unwrap(), counted(&[6, 1]));
        let index = Tensor::from_slice(&[2_i64, 0]);
        assert_eq!(row_index(&index, &counted(&[2, 4])).unwrap(), index);
        let of_tokens = row_index(&index, &counted(&[2, 3, 4])).unwrap();
        assert_eq!(of_tokens, Tensor::from_slice(&[6_i64, 7, 8, 0, 1, 2]));
        let features = vec![("a".to_owned(), counted(&[2, 3, 5]))];
        let sizes = |predictions: &[i64]| row_features(&features, &counted(predictions)).unwrap()[0].1.size();
        assert_eq!((sizes(&[2, 3, 4]), sizes(&[2, 4])), (vec![6, 5], vec![2, 3, 5]));
    }

    #[test]
    fn classes_are_scored_by_accuracy_and_numbers_by_explained_variance() {
        let logits = Tensor::from_slice2(&[[2.0_f32, 1.0], [0.0, 3.0], [1.0, 0.5], [1.0, 4.0]]);
        let right = score(&logits, &Tensor::from_slice(&[0_i64, 1, 1, 1])).unwrap();
        assert!((right - 0.75).abs() < 1e-12, "{right}");
        let numbers = |values: &[f32]| Tensor::from_slice(values).view([-1, 1]);
        // The targets vary by 2 about 1, the errors sum to 1 in squares.
        let found = score(&numbers(&[0.0, 1.0, 3.0]), &numbers(&[0.0, 1.0, 2.0])).unwrap();
        assert!((found - 0.5).abs() < 1e-6, "{found}");
        assert!(
            score(&numbers(&[1.0, 2.0]), &numbers(&[1.0, 1.0])).unwrap().abs() < 1e-12,
            "none to explain"
        );
        assert!(fidelity(&numbers(&[1.0]), &numbers(&[2.0])).unwrap().is_none());
        let same = fidelity(&logits, &logits).unwrap().unwrap();
        assert!((same.agreement - 1.0).abs() < 1e-12 && same.kl.abs() < 1e-9, "{same:?}");
        let quality = |json: &str| serde_json::from_str::<Quality>(json).unwrap();
        let numbers = quality(r#"{"regression":{"r2":null,"rmse":1.0,"mae":1.0}}"#);
        assert_eq!((numbers.score_name(), numbers.score().abs() < 1e-12), ("R²", true));
    }
}
