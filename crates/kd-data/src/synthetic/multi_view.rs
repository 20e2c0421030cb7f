use kd_core::random::Stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Part, check, dot, examples, normals, stream};
use crate::error::Result;
use crate::splits::Splits;
use crate::{Examples, Targets};

/// Equally likely classes, each with several features (views) of which one alone tells it.
///
/// x = Σ zₖₗ vₖₗ + noise · ε in D dimensions, with ε ~ N(0, I) and orthonormal features vₖₗ, `views` of them for each of
/// K classes. In an example of class y with all its views, every `z_yl` is 1. In one of a single view, which an example
/// is with probability `single_view`, one of them is 1, each as likely, and the others are `faint`. A feature of
/// another class is there with probability `distractors`, and then `distraction` strong; else its z is 0.
///
/// After Allen-Zhu & Li 2020, "Towards Understanding Ensemble, Knowledge Distillation and Self-Distillation in Deep
/// Learning", arXiv:2012.09816, where a network that has learnt one view of a class has no cause to learn the others,
/// and a teacher that has learnt more tells of them. There, features lie in patches of their own and strengths vary;
/// here, patches are summed and strengths fixed, so that what the best classifier knows is
/// [`MultiView::probabilities`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MultiView {
    /// Number of training examples.
    pub train: u32,
    /// Number of test examples.
    pub test: u32,
    /// K: number of classes.
    pub classes: u32,
    /// Features of each class.
    #[serde(default = "views_default")]
    pub views: u32,
    /// D: number of columns, as many as there are features at least.
    pub dimensions: u32,
    /// Share of the examples that show one view of their class.
    #[serde(default = "single_view_default")]
    pub single_view: f64,
    /// Strength of the other views in these.
    #[serde(default = "faint_default")]
    pub faint: f64,
    /// Probability of each feature of each other class.
    #[serde(default = "distractors_default")]
    pub distractors: f64,
    /// Strength of these.
    #[serde(default = "distraction_default")]
    pub distraction: f64,
    /// Standard deviation of the noise in every direction.
    pub noise: f64,
    /// What is drawn.
    #[serde(default)]
    pub seed: u64,
}

fn views_default() -> u32 {
    2
}

fn single_view_default() -> f64 {
    0.2
}

fn faint_default() -> f64 {
    0.1
}

fn distractors_default() -> f64 {
    0.2
}

fn distraction_default() -> f64 {
    0.4
}

impl MultiView {
    /// v, the features of one class after another: `views` rows of D numbers for each.
    #[must_use]
    pub fn features(&self) -> Vec<Vec<f64>> {
        let mut truth = stream(self.seed, Part::Truth);
        let mut features: Vec<Vec<f64>> = Vec::new();
        for _ in 0..self.classes * self.views {
            let mut feature = normals(&mut truth, self.dimensions as usize);
            // Twice, which makes up for what rounding leaves of a projection (Gram-Schmidt).
            for other in features.iter().chain(&features) {
                let along = dot(&feature, other);
                feature.iter_mut().zip(other).for_each(|(value, other)| *value -= along * other);
            }
            let length = dot(&feature, &feature).sqrt();
            features.push(feature.into_iter().map(|value| value / length).collect());
        }
        features
    }

    /// p(k | x), the Bayes probabilities, given the `features`.
    ///
    /// How much of each feature is in x says all that x says of the class, and these are independent given the class
    /// and the views that are shown. So p(k | x) ∝ p(x's features of k | class k) / p(the same | another class).
    #[must_use]
    pub fn probabilities(&self, features: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
        let odds = self.log_odds_of(features, x);
        let total = log_sum_exp(&odds);
        odds.into_iter().map(|odds| (odds - total).exp()).collect()
    }

    /// ln p(k | x), up to a number that all classes share.
    pub(super) fn log_odds_of(&self, features: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
        let strengths: Vec<f64> = features.iter().map(|feature| dot(feature, x)).collect();
        strengths.chunks(self.views as usize).map(|own| self.log_odds(own)).collect()
    }

    /// ln of the density of the strengths of a class's features if it is the class, over that if it is not.
    fn log_odds(&self, strengths: &[f64]) -> f64 {
        let density = |strength: f64, mean: f64| -((strength - mean) / self.noise).powi(2) / 2.0;
        let shown = |alone: Option<usize>| -> f64 {
            let mean = |view| if alone.is_none_or(|alone| alone == view) { 1.0 } else { self.faint };
            strengths.iter().enumerate().map(|(view, &strength)| density(strength, mean(view))).sum()
        };
        let mut own = vec![(1.0 - self.single_view).ln() + shown(None)];
        let each = (self.single_view / strengths.len() as f64).ln();
        own.extend((0..strengths.len()).map(|view| each + shown(Some(view))));
        let other = |&strength: &f64| {
            log_sum_exp(&[
                (1.0 - self.distractors).ln() + density(strength, 0.0),
                self.distractors.ln() + density(strength, self.distraction),
            ])
        };
        log_sum_exp(&own) - strengths.iter().map(other).sum::<f64>()
    }

    pub(crate) fn draw(&self) -> Result<Splits> {
        check(self.train > 0 && self.test > 0, "training and test examples")?;
        check(self.classes > 1 && self.views > 0, "two classes and one view at least")?;
        let features = u64::from(self.classes) * u64::from(self.views);
        check(features <= u64::from(self.dimensions), "as many dimensions as classes have views together")?;
        for share in [self.single_view, self.distractors] {
            check((0.0..=1.0).contains(&share), "a share of single views and of distractors from 0 to 1")?;
        }
        check(self.faint.is_finite() && self.distraction.is_finite(), "finite strengths")?;
        check(self.noise > 0.0 && self.noise.is_finite(), "noise above 0")?;
        let features = self.features();
        let draw = |part, count| self.part(&features, &mut stream(self.seed, part), count);
        Ok(Splits {
            classes: (0..self.classes).map(|class| class.to_string()).collect(),
            train: draw(Part::Train, self.train)?,
            validation: None,
            test: draw(Part::Test, self.test)?,
            doubts: Vec::new(),
        })
    }

    fn part(&self, features: &[Vec<f64>], stream: &mut Stream, count: u32) -> Result<Examples> {
        let mut inputs = Vec::new();
        let mut labels = Vec::new();
        for _ in 0..count {
            let class = stream.below(self.classes.into()) as usize;
            let mut x: Vec<f64> = normals(stream, self.dimensions as usize)
                .into_iter()
                .map(|value| self.noise * value)
                .collect();
            let strengths = self.strengths(class, stream);
            for (feature, strength) in features.iter().zip(strengths).filter(|&(_, strength)| strength != 0.0)
            {
                x.iter_mut().zip(feature).for_each(|(value, feature)| *value += strength * feature);
            }
            inputs.extend(x);
            labels.push(class as i64);
        }
        examples(&inputs, self.dimensions, Targets::Classes(labels))
    }

    /// z, one for each feature.
    fn strengths(&self, class: usize, stream: &mut Stream) -> Vec<f64> {
        let views = self.views as usize;
        let alone = (stream.uniform() < self.single_view).then(|| stream.below(self.views.into()) as usize);
        (0..self.classes as usize * views)
            .map(|feature| {
                if feature / views != class {
                    return if stream.uniform() < self.distractors { self.distraction } else { 0.0 };
                }
                if alone.is_none_or(|alone| alone == feature % views) { 1.0 } else { self.faint }
            })
            .collect()
    }
}

fn log_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    largest + values.iter().map(|value| (value - largest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Inputs;

    fn task(single_view: f64, noise: f64) -> MultiView {
        MultiView {
            train: 8000,
            test: 1,
            classes: 3,
            views: 2,
            dimensions: 8,
            single_view,
            faint: 0.1,
            distractors: 0.3,
            distraction: 0.4,
            noise,
            seed: 7,
        }
    }

    /// Inputs and labels.
    fn drawn(task: &MultiView) -> (Vec<Vec<f64>>, Vec<i64>) {
        let splits = task.draw().unwrap();
        let Inputs::Table(table) = &splits.train.inputs else { panic!("a table expected") };
        let values: Vec<f32> = Vec::try_from(table.numbers.flatten(0, -1)).unwrap();
        let inputs = values.chunks(8).map(|x| x.iter().map(|&value| value.into()).collect()).collect();
        (inputs, splits.train.labels().unwrap().to_vec())
    }

    #[test]
    fn features_are_orthonormal() {
        let features = task(0.5, 0.1).features();
        for (a, first) in features.iter().enumerate() {
            for (b, second) in features.iter().enumerate() {
                let expected = f64::from(u8::from(a == b));
                assert!((dot(first, second) - expected).abs() < 1e-12, "{a} and {b}");
            }
        }
    }

    #[test]
    fn examples_show_one_view_or_all() {
        let task = task(0.25, 1e-3);
        let (features, (inputs, labels)) = (task.features(), drawn(&task));
        let (mut single, mut distracted) = (0, 0);
        for (x, label) in inputs.iter().zip(labels) {
            let strengths: Vec<f64> = features.iter().map(|feature| dot(feature, x)).collect();
            let near = |value: f64, expected: f64| (value - expected).abs() < 0.01;
            let own = &strengths[2 * label as usize..][..2];
            assert!(own.iter().all(|&z| near(z, 1.0) || near(z, 0.1)) && own.iter().any(|&z| near(z, 1.0)));
            single += u32::from(own.iter().any(|&z| near(z, 0.1)));
            distracted += strengths.iter().filter(|&&z| near(z, 0.4)).count();
        }
        assert!((f64::from(single) / 8000.0 - 0.25).abs() < 0.02, "{single} of a single view");
        assert!((distracted as f64 / (4.0 * 8000.0) - 0.3).abs() < 0.01, "{distracted} distractors");
    }

    #[test]
    fn bayes_probabilities_are_calibrated() {
        for single_view in [0.0, 0.5, 1.0] {
            let task = task(single_view, 0.5);
            let (features, (inputs, labels)) = (task.features(), drawn(&task));
            let (mut expected, mut right, mut likely, mut class_0) = (0.0, 0.0, 0.0, 0.0);
            for (x, label) in inputs.iter().zip(labels) {
                let probabilities = task.probabilities(&features, x);
                assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{probabilities:?}");
                let best = probabilities.iter().copied().fold(0.0, f64::max);
                expected += best;
                right += f64::from(u8::from(probabilities[label as usize] >= best));
                likely += probabilities[0];
                class_0 += f64::from(u8::from(label == 0));
            }
            assert!((expected - right).abs() / 8000.0 < 0.015, "accuracy {right} against {expected}");
            assert!((likely - class_0).abs() / 8000.0 < 0.015, "class 0 {class_0} against {likely}");
        }
    }
}
