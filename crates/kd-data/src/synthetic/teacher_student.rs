use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Part, check, dot, examples, normals, stream};
use crate::error::Result;
use crate::splits::Splits;
use crate::{Examples, Targets};

/// Classes that a random network of one hidden layer gives to x ~ N(0, I) in D dimensions.
///
/// z = V relu(W x / √D) · √(2 / hidden) with W and V standard normal: logits of variance 1. The class is drawn from
/// softmax(z / temperature), or is the largest logit at temperature 0. A student of at least that many hidden units can
/// represent the truth (Saad & Solla 1995, "Exact Solution for On-Line Learning in Multilayer Neural Networks",
/// Physical Review Letters 74).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeacherStudent {
    /// Number of training examples.
    pub train: u32,
    /// Number of test examples.
    pub test: u32,
    /// K: number of classes.
    pub classes: u32,
    /// D: number of columns.
    pub dimensions: u32,
    /// Number of the network's hidden units.
    pub hidden: u32,
    /// How random classes are given the logits.
    #[serde(default)]
    pub temperature: f64,
    /// What is drawn.
    #[serde(default)]
    pub seed: u64,
}

/// Weights, a row for each unit.
struct Network {
    hidden: Vec<Vec<f64>>,
    output: Vec<Vec<f64>>,
}

impl TeacherStudent {
    /// The network's logits of these inputs.
    #[must_use]
    pub fn logits(&self, inputs: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let network = self.network();
        inputs.iter().map(|x| network.logits(x)).collect()
    }

    fn network(&self) -> Network {
        let mut truth = stream(self.seed, Part::Truth);
        let mut layer = |units: u32, width: u32, scale: f64| -> Vec<Vec<f64>> {
            let mut row =
                || normals(&mut truth, width as usize).into_iter().map(|weight| weight * scale).collect();
            (0..units).map(|_| row()).collect()
        };
        Network {
            hidden: layer(self.hidden, self.dimensions, 1.0 / f64::from(self.dimensions).sqrt()),
            output: layer(self.classes, self.hidden, (2.0 / f64::from(self.hidden)).sqrt()),
        }
    }

    pub(crate) fn draw(&self) -> Result<Splits> {
        check(self.train > 0 && self.test > 0, "training and test examples")?;
        check(self.classes > 1 && self.dimensions > 0, "two classes and one dimension at least")?;
        check(self.hidden > 0, "a hidden unit")?;
        check(self.temperature >= 0.0 && self.temperature.is_finite(), "a temperature of 0 or more")?;
        let network = self.network();
        let draw = |part, count| self.part(&network, &mut stream(self.seed, part), count);
        Ok(Splits {
            classes: (0..self.classes).map(|class| class.to_string()).collect(),
            train: draw(Part::Train, self.train)?,
            validation: None,
            test: draw(Part::Test, self.test)?,
            doubts: Vec::new(),
        })
    }

    fn part(&self, network: &Network, stream: &mut Stream, count: u32) -> Result<Examples> {
        let mut inputs = Vec::new();
        let mut labels = Vec::new();
        for _ in 0..count {
            let x = normals(stream, self.dimensions as usize);
            // Gumbel noise on logits makes their largest a draw from the softmax.
            let noisy = network.logits(&x).into_iter().map(|logit| {
                let gumbel = -(-(1.0 - stream.uniform()).ln()).max(f64::MIN_POSITIVE).ln();
                logit + self.temperature * gumbel
            });
            let largest = (0_i64..).zip(noisy).max_by(|a, b| a.1.total_cmp(&b.1));
            labels.extend(largest.map(|(class, _)| class));
            inputs.extend(x);
        }
        examples(&inputs, self.dimensions, Targets::Classes(labels))
    }
}

impl Network {
    fn logits(&self, x: &[f64]) -> Vec<f64> {
        let hidden: Vec<f64> = self.hidden.iter().map(|weights| dot(weights, x).max(0.0)).collect();
        self.output.iter().map(|weights| dot(weights, &hidden)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Inputs;

    fn task(temperature: f64) -> TeacherStudent {
        TeacherStudent { train: 5000, test: 1, classes: 4, dimensions: 6, hidden: 8, temperature, seed: 5 }
    }

    /// Share of the training labels that are the largest logit, and the mean probability of that.
    fn agreement(temperature: f64) -> (f64, f64) {
        let task = task(temperature);
        let splits = task.draw().unwrap();
        let Inputs::Table(table) = &splits.train.inputs else { panic!("a table expected") };
        let values: Vec<f32> = Vec::try_from(table.numbers.flatten(0, -1)).unwrap();
        let inputs: Vec<Vec<f64>> =
            values.chunks(6).map(|x| x.iter().map(|&value| value.into()).collect()).collect();
        let (mut agree, mut expected) = (0.0, 0.0);
        for (logits, &label) in task.logits(&inputs).iter().zip(splits.train.labels().unwrap()) {
            let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            agree += f64::from(logits[label as usize] >= largest);
            expected += 1.0 / logits.iter().map(|logit| ((logit - largest) / temperature).exp()).sum::<f64>();
        }
        (agree / 5000.0, expected / 5000.0)
    }

    #[test]
    fn labels_are_drawn_from_the_softmax_of_the_logits() {
        let (agree, expected) = agreement(1.0);
        assert!((agree - expected).abs() < 0.02, "{agree} against {expected}");
        // Inputs are stored in float32, which may turn a near tie.
        assert!(agreement(0.0).0 > 0.999);
    }
}
