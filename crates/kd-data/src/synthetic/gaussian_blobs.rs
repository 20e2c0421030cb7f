use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Part, check, dot, examples, normals, stream};
use crate::error::Result;
use crate::splits::Splits;
use crate::{Examples, Targets};

/// Equally likely classes, x ~ N(μₖ, I) in D dimensions.
///
/// The means are drawn from N(0, separation² I), so a typical distance between two is separation·√(2 D). What the
/// best classifier knows is [`GaussianBlobs::probabilities`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GaussianBlobs {
    /// Number of training examples.
    pub train: u32,
    /// Number of test examples.
    pub test: u32,
    /// K: number of classes.
    pub classes: u32,
    /// D: number of columns.
    pub dimensions: u32,
    /// Standard deviation of the means, in standard deviations of a class.
    pub separation: f64,
    /// What is drawn.
    #[serde(default)]
    pub seed: u64,
}

impl GaussianBlobs {
    /// μ, the mean of each class.
    #[must_use]
    pub fn means(&self) -> Vec<Vec<f64>> {
        let mut truth = stream(self.seed, Part::Truth);
        let mut mean = || normals(&mut truth, self.dimensions as usize);
        (0..self.classes).map(|_| mean().into_iter().map(|value| self.separation * value).collect()).collect()
    }

    /// p(k | x) ∝ exp(-|x - μₖ|² / 2), the Bayes probabilities, given the `means`.
    #[must_use]
    pub fn probabilities(means: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
        let distance = |mean: &Vec<f64>| mean.iter().zip(x).map(|(m, x)| (x - m).powi(2)).sum::<f64>() / 2.0;
        let distances: Vec<f64> = means.iter().map(distance).collect();
        let nearest = distances.iter().copied().fold(f64::INFINITY, f64::min);
        let weights: Vec<f64> = distances.iter().map(|distance| (nearest - distance).exp()).collect();
        let total: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / total).collect()
    }

    /// ln p(x | k), up to a number that all classes share.
    pub(super) fn log_densities(means: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
        means.iter().map(|mean| dot(mean, x) - dot(mean, mean) / 2.0).collect()
    }

    pub(crate) fn draw(&self) -> Result<Splits> {
        check(self.train > 0 && self.test > 0, "training and test examples")?;
        check(self.classes > 1 && self.dimensions > 0, "two classes and one dimension at least")?;
        check(self.separation >= 0.0 && self.separation.is_finite(), "a separation of 0 or more")?;
        let means = self.means();
        let draw = |part, count| self.part(&means, &mut stream(self.seed, part), count);
        Ok(Splits {
            classes: (0..self.classes).map(|class| class.to_string()).collect(),
            train: draw(Part::Train, self.train)?,
            validation: None,
            test: draw(Part::Test, self.test)?,
            doubts: Vec::new(),
        })
    }

    fn part(&self, means: &[Vec<f64>], stream: &mut Stream, count: u32) -> Result<Examples> {
        let mut inputs = Vec::new();
        let mut labels = Vec::new();
        for _ in 0..count {
            let class = stream.below(means.len() as u64);
            inputs.extend(means[class as usize].iter().map(|mean| mean + stream.normal()));
            labels.push(class as i64);
        }
        examples(&inputs, self.dimensions, Targets::Classes(labels))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Inputs;

    #[test]
    fn bayes_probabilities_are_calibrated() {
        let task =
            GaussianBlobs { train: 20_000, test: 1, classes: 3, dimensions: 2, separation: 1.0, seed: 3 };
        let (splits, means) = (task.draw().unwrap(), task.means());
        let Inputs::Table(table) = &splits.train.inputs else { panic!("a table expected") };
        let values: Vec<f32> = Vec::try_from(table.numbers.flatten(0, -1)).unwrap();
        let (mut expected, mut right, mut likely, mut class_0) = (0.0, 0.0, 0.0, 0.0);
        for (x, &label) in values.chunks(2).zip(splits.train.labels().unwrap()) {
            let x: Vec<f64> = x.iter().map(|&value| value.into()).collect();
            let probabilities = GaussianBlobs::probabilities(&means, &x);
            assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let best = probabilities.iter().copied().fold(0.0, f64::max);
            expected += best;
            right += f64::from(probabilities[label as usize] >= best);
            likely += probabilities[0];
            class_0 += f64::from(label == 0);
        }
        assert!((expected - right).abs() / 20_000.0 < 0.01, "accuracy {right} against {expected}");
        assert!((likely - class_0).abs() / 20_000.0 < 0.01, "class 0 {class_0} against {likely}");
        let far = GaussianBlobs::probabilities(&means, &[1e6, -1e6]);
        assert!(far.iter().all(|probability| probability.is_finite()), "{far:?}");
    }
}
