//! What is done to a teacher's logits before a loss sees them.
//!
//! Each supervision answers a question about *which part* of the teacher's signal carries the benefit. It maps a
//! table of logits to another table of logits, so any loss can follow.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

use crate::error::{Result, finite, shape_of};
use crate::random::Stream;

/// What is done to a teacher's logits before a loss sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Supervision {
    /// Nothing.
    Full(Full),
    /// The wrong classes lose their identity ("dark knowledge with permuted predictions").
    Permuted(Permuted),
    /// Only the confidence is left.
    EntropyMatched(EntropyMatched),
}

/// The teacher's logits as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Full {}

/// Per example, a uniformly random permutation of all logits but the largest, which keeps its place. Confidence,
/// entropy and the top class are untouched; which wrong class got what is lost.
///
/// DKPP of Furlanello et al. 2018, "Born-Again Neural Networks", arXiv 1805.04770.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Permuted {}

/// Per example, some probability on the teacher's top class and the rest spread evenly over the others: label
/// smoothing with the teacher's own, example-dependent amount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntropyMatched {
    /// What the amount is chosen to keep, at the temperature of the objective.
    #[serde(default)]
    pub keep: Keep,
}

/// What [`EntropyMatched`] keeps of the teacher's distribution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Its entropy.
    #[default]
    Entropy,
    /// The probability of its top class; the entropy can only grow.
    TopProbability,
}

impl Default for Supervision {
    fn default() -> Self {
        Self::Full(Full {})
    }
}

impl Supervision {
    /// Maps teacher logits `[n, K]` to the logits to learn from, of the same shape, kind and device.
    ///
    /// The softmax of the result divided by `temperature` is the distribution the supervision describes. Apply it
    /// once to a whole table of teacher outputs: an example then keeps its permutation throughout.
    ///
    /// # Errors
    /// On a shape other than `[n, K]` with K of at least 2, and on logits that are not finite.
    pub fn supervise(
        &self,
        teacher_logits: &Tensor,
        temperature: f64,
        stream: &mut Stream,
    ) -> Result<Tensor> {
        let (_, classes) = shape_of("teacher logits", teacher_logits)?;
        finite("teacher logits", teacher_logits)?;
        if matches!(self, Self::Full(_)) {
            return Ok(teacher_logits.shallow_clone());
        }
        let table =
            teacher_logits.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?.f_contiguous()?;
        let mut values: Vec<f64> = Vec::try_from(table.f_flatten(0, -1)?)?;
        for row in values.chunks_exact_mut(classes as usize) {
            match self {
                Self::Full(_) => {}
                Self::Permuted(_) => permute_wrong_classes(row, stream),
                Self::EntropyMatched(EntropyMatched { keep }) => match_entropy(row, temperature, *keep),
            }
        }
        let supervised = Tensor::f_from_slice(&values)?.f_view_as(&table)?;
        Ok(supervised.f_to_kind(teacher_logits.kind())?.f_to_device(teacher_logits.device())?)
    }
}

/// Index of the largest value, the first of equals.
fn top(row: &[f64]) -> usize {
    (1..row.len()).fold(0, |best, index| if row[index] > row[best] { index } else { best })
}

fn permute_wrong_classes(row: &mut [f64], stream: &mut Stream) {
    let top = top(row);
    let end = row.len() - 1;
    // With the top class at the end, the wrong ones are a slice.
    row.swap(top, end);
    stream.shuffle(&mut row[..end]);
    row.swap(top, end);
}

fn match_entropy(row: &mut [f64], temperature: f64, keep: Keep) {
    let top = top(row);
    let largest = row[top];
    let weights: Vec<f64> = row.iter().map(|logit| ((logit - largest) / temperature).exp()).collect();
    let total: f64 = weights.iter().sum();
    let others = (row.len() - 1) as f64;
    let (on_top, on_others) = match keep {
        Keep::TopProbability => (1.0 / total, weights.iter().sum::<f64>() / total - 1.0 / total),
        Keep::Entropy => {
            let entropy: f64 = -weights.iter().map(|weight| weight / total).map(plogp).sum::<f64>();
            smoothed_with_entropy(entropy, others)
        }
    };
    // A remainder of nothing would be a logit of minus infinity; e^-700 is the smallest that float64 can tell.
    let gap = (on_top.ln() - (on_others / others).ln()).min(700.0);
    // Centred, so that the numbers stay small and rows compare.
    let mean = gap * temperature / row.len() as f64;
    row.fill(-mean);
    row[top] = gap * temperature - mean;
}

fn plogp(p: f64) -> f64 {
    if p > 0.0 { p * p.ln() } else { 0.0 }
}

/// The distribution "q on one class, the rest evenly on `others`" with this entropy, as `(q, 1 - q)`.
///
/// The entropy falls as q grows from `1/K` to 1, so bisection finds the only solution. It searches the remainder
/// `1 - q` on a logarithmic scale, which stays exact for teachers that are almost certain.
fn smoothed_with_entropy(entropy: f64, others: f64) -> (f64, f64) {
    let entropy_of = |rest: f64| -plogp(1.0 - rest) - rest * (rest / others).ln();
    let (mut low, mut high) = (-745.0_f64, (others / (others + 1.0)).ln());
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if entropy_of(middle.exp()) < entropy { low = middle } else { high = middle }
    }
    let rest = (0.5 * (low + high)).exp();
    (1.0 - rest, rest)
}
