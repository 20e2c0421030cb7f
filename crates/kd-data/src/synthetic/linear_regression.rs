use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Part, check, dot, examples, normals, stream};
use crate::error::Result;
use crate::splits::Splits;
use crate::{Examples, Targets};

/// y = w·x + noise·ε with x ~ N(0, I) in D dimensions and ε ~ N(0, 1).
///
/// The first `informative` coefficients are ±1/√informative, so that w·x has variance 1; the others are 0. The best
/// prediction, w·x, has a mean squared error of noise², and least squares on M > D + 1 samples one of
/// noise² (1 + D / (M - D - 1)) in expectation (without intercept).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinearRegression {
    /// Number of training examples.
    pub train: u32,
    /// Number of test examples.
    pub test: u32,
    /// D: number of columns.
    pub dimensions: u32,
    /// Number of columns that matter.
    pub informative: u32,
    /// Standard deviation of the noise.
    pub noise: f64,
    /// What is drawn.
    #[serde(default)]
    pub seed: u64,
}

impl LinearRegression {
    /// w, the true coefficients.
    #[must_use]
    pub fn coefficients(&self) -> Vec<f64> {
        let mut truth = stream(self.seed, Part::Truth);
        let size = 1.0 / f64::from(self.informative).sqrt();
        (0..self.dimensions)
            .map(|column| match (column < self.informative, truth.below(2)) {
                (false, _) => 0.0,
                (true, 0) => -size,
                (true, _) => size,
            })
            .collect()
    }

    pub(crate) fn draw(&self) -> Result<Splits> {
        check(self.train > 0 && self.test > 0, "training and test examples")?;
        check((1..=self.dimensions).contains(&self.informative), "1 to D informative columns")?;
        check(self.noise >= 0.0 && self.noise.is_finite(), "a noise of 0 or more")?;
        let coefficients = self.coefficients();
        let draw = |part, count: u32| self.part(&coefficients, &mut stream(self.seed, part), count);
        Ok(Splits {
            classes: Vec::new(),
            train: draw(Part::Train, self.train)?,
            validation: None,
            test: draw(Part::Test, self.test)?,
            doubts: Vec::new(),
        })
    }

    fn part(&self, coefficients: &[f64], stream: &mut Stream, count: u32) -> Result<Examples> {
        let mut inputs = Vec::new();
        let mut numbers = Vec::new();
        for _ in 0..count {
            let x = normals(stream, coefficients.len());
            numbers.push((dot(coefficients, &x) + self.noise * stream.normal()) as f32);
            inputs.extend(x);
        }
        examples(&inputs, self.dimensions, Targets::Numbers(numbers))
    }
}

#[cfg(test)]
mod tests {
    use tch::{Kind, Tensor};

    use super::*;
    use crate::Inputs;

    #[test]
    fn least_squares_finds_the_coefficients_and_errs_by_the_noise() {
        let task =
            LinearRegression { train: 4000, test: 10, dimensions: 5, informative: 2, noise: 0.5, seed: 1 };
        let splits = task.draw().unwrap();
        let Inputs::Table(table) = &splits.train.inputs else { panic!("a table expected") };
        let Targets::Numbers(numbers) = &splits.train.targets else { panic!("numbers expected") };
        let x = table.numbers.to_kind(Kind::Double);
        let y = Tensor::from_slice(numbers).to_kind(Kind::Double);
        let fitted = x.transpose(0, 1).matmul(&x).inverse().matmul(&x.transpose(0, 1)).mv(&y);
        let truth = Tensor::from_slice(&task.coefficients());
        assert!((&fitted - &truth).abs().max().double_value(&[]) < 0.04, "{fitted} against {truth}");
        let error = (x.mv(&truth) - y).square().mean(Kind::Double).double_value(&[]);
        assert!((error - 0.25).abs() < 0.03, "{error}");
        assert!((task.coefficients().iter().map(|w| w * w).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
