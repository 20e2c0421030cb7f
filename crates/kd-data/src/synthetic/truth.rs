//! What the best predictor knows of synthetic tasks.

use tch::Tensor;

use super::{GaussianBlobs, dot};
use crate::error::{Error, Result};
use crate::{Inputs, Sequences, Source};

impl Source {
    /// ln p(class | x) of each example, `[n, K]`, or of each next token, `[n, L, K]`; of a regression the mean of y given x,
    /// `[n, 1]`. Float32, up to a number for each row. None of data that were not drawn from a known truth.
    ///
    /// # Errors
    /// If the inputs are not such as the source draws, or if the truth has no probabilities: of `teacher_student` at temperature 0.
    pub fn truth(&self, inputs: &Inputs) -> Result<Option<Tensor>> {
        Ok(Some(match self {
            Self::GaussianBlobs(own) => {
                let means = own.means();
                of_rows(inputs, |x| GaussianBlobs::log_densities(&means, x))?
            }
            Self::MultiView(own) => {
                let features = own.features();
                of_rows(inputs, |x| own.log_odds_of(&features, x))?
            }
            Self::TeacherStudent(own) if own.temperature > 0.0 => {
                let logits = |x: &[f64]| own.logits(&[x.to_vec()]).concat();
                of_rows(inputs, |x| logits(x).into_iter().map(|logit| logit / own.temperature).collect())?
            }
            Self::TeacherStudent(_) => {
                let what = "at temperature 0 labels are certain, and have no probabilities to learn from: give it a temperature above 0";
                return Err(Error::Source(what.to_owned()));
            }
            Self::LinearRegression(own) => {
                let coefficients = own.coefficients();
                of_rows(inputs, |x| vec![dot(&coefficients, x)])?
            }
            Self::MarkovText(own) => {
                let Inputs::Sequences(Sequences { blocks, .. }) = inputs else { return Err(other_inputs()) };
                let rows = own.transitions().concat();
                let logs: Vec<f32> = rows.into_iter().map(|p| p.max(f64::MIN_POSITIVE).ln() as f32).collect();
                let table = Tensor::f_from_slice(&logs)?.f_view([-1, i64::from(own.vocabulary)])?;
                let seen = blocks.f_narrow(1, 0, blocks.size2()?.1 - 1)?;
                Tensor::f_embedding(&table, &seen, -1, false, false)?
            }
            _ => return Ok(None),
        }))
    }
}

/// What is known of each row of a table.
fn of_rows(inputs: &Inputs, knows: impl Fn(&[f64]) -> Vec<f64>) -> Result<Tensor> {
    let Inputs::Table(table) = inputs else { return Err(other_inputs()) };
    let (rows, width) = table.numbers.size2()?;
    let numbers: Vec<f32> = Vec::try_from(table.numbers.f_contiguous()?.f_flatten(0, -1)?)?;
    let row = |row: &[f32]| knows(&row.iter().map(|&number| number.into()).collect::<Vec<_>>());
    let known: Vec<f32> =
        numbers.chunks(width.max(1) as usize).flat_map(row).map(|number| number as f32).collect();
    Ok(Tensor::f_from_slice(&known)?.f_view([rows, -1])?)
}

fn other_inputs() -> Error {
    Error::Source("these inputs are not of this synthetic task".to_owned())
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;
    use crate::{Dataset, Targets};

    fn drawn(json: &str) -> (Dataset, Tensor) {
        let source: Source = serde_json::from_str(json).unwrap();
        let dataset = source.load().unwrap();
        let truth = source.truth(&dataset.train.inputs).unwrap().unwrap();
        (dataset, truth)
    }

    #[test]
    fn nobody_is_more_often_right_than_the_truth_says() {
        for json in [
            r#"{"gaussian_blobs":{"train":20000,"test":1,"classes":4,"dimensions":3,"separation":1.0}}"#,
            r#"{"multi_view":{"train":20000,"test":1,"classes":4,"dimensions":9,"noise":0.4}}"#,
            r#"{"teacher_student":{"train":20000,"test":1,"classes":4,"dimensions":5,"hidden":6,"temperature":0.7}}"#,
            r#"{"markov_text":{"train":500,"test":1,"vocabulary":5,"block":40,"concentration":1.0}}"#,
        ] {
            let (dataset, truth) = drawn(json);
            let probabilities = truth.softmax(-1, Kind::Double).flatten(0, -2);
            let labels = match (&dataset.train.targets, &dataset.train.inputs) {
                (Targets::Classes(labels), _) => Tensor::from_slice(labels),
                (_, Inputs::Sequences(own)) => {
                    own.blocks.narrow(1, 1, own.blocks.size()[1] - 1).flatten(0, -1)
                }
                _ => panic!("classes expected"),
            };
            let (largest, class) = probabilities.max_dim(1, false);
            let expected = largest.mean(Kind::Double).double_value(&[]);
            let right = class.eq_tensor(&labels).to_kind(Kind::Double).mean(Kind::Double).double_value(&[]);
            assert!((right - expected).abs() < 0.015, "{json}: right of {right}, expected of {expected}");
            let own = probabilities.gather(1, &labels.unsqueeze(1), false).squeeze_dim(1);
            let entropy = -(&probabilities * probabilities.clamp_min(1e-300).log()).sum_dim_intlist(
                1,
                false,
                Kind::Double,
            );
            let off = (own.log() + entropy).mean(Kind::Double).double_value(&[]);
            assert!(off.abs() < 0.02, "{json}: {off}");
        }
    }

    #[test]
    fn a_regression_knows_the_mean() {
        let (dataset, truth) = drawn(
            r#"{"linear_regression":{"train":20000,"test":1,"dimensions":6,"informative":3,"noise":0.5}}"#,
        );
        let Targets::Numbers(numbers) = &dataset.train.targets else { panic!("numbers expected") };
        let errors = (Tensor::from_slice(numbers) - truth.squeeze_dim(1)).square().mean(Kind::Double);
        assert!((errors.double_value(&[]) - 0.25).abs() < 0.01);
    }

    #[test]
    fn certain_labels_and_data_of_the_world_have_none() {
        let source = r#"{"teacher_student":{"train":9,"test":1,"classes":2,"dimensions":2,"hidden":2}}"#;
        let source: Source = serde_json::from_str(source).unwrap();
        let error = source.truth(&source.load().unwrap().train.inputs).unwrap_err().to_string();
        assert!(error.contains("temperature above 0"), "{error}");
        let source: Source = serde_json::from_str(r#"{"catalogue":{"name":"optdigits"}}"#).unwrap();
        assert!(source.truth(&source.load().unwrap().test.inputs).unwrap().is_none());
    }
}
