//! What is done to a teacher's logits before a loss sees them.
//!
//! Each supervision answers a question about *which part* of the teacher's signal carries the benefit. It maps a
//! table of logits to another table of logits, so any loss can follow. One file each.

mod asymmetric;
mod class_mean;
mod ensemble;
mod entropy_matched;
mod hard;
mod label_magnitude;
mod noisy;
mod permuted;
mod random;
mod row;
mod top_k;
mod uniform;
mod where_right;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, Tensor};

pub use asymmetric::Asymmetric;
pub use class_mean::ClassMean;
pub use ensemble::{Ensemble, EnsembleSpace, ensemble_mean};
pub use entropy_matched::{EntropyMatched, Keep};
pub use hard::Hard;
pub use label_magnitude::LabelMagnitude;
pub use noisy::Noisy;
pub use permuted::Permuted;
pub use random::Random;
pub use top_k::{Remainder, TopK};
pub use uniform::Uniform;
pub use where_right::WhereRight;

use crate::error::{Error, Result, finite, one_label_each, shape_of};
use crate::random::Stream;

/// What is done to a teacher's logits before a loss sees them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Supervision {
    /// Nothing.
    Full(Full),
    /// The wrong classes lose their identity ("dark knowledge with permuted predictions").
    Permuted(Permuted),
    /// Only the confidence is left.
    EntropyMatched(EntropyMatched),
    /// Only the most probable classes are left.
    TopK(TopK),
    /// Only what the teacher knows of classes is left, nothing of examples.
    ClassMean(ClassMean),
    /// Only the entropy is left, at random classes.
    Random(Random),
    /// Only the top class is left.
    Hard(Hard),
    /// Only the top class is left, smoothed evenly.
    Uniform(Uniform),
    /// The teacher where it is right, the label elsewhere.
    WhereRight(WhereRight),
    /// The teacher with another accuracy.
    Noisy(Noisy),
    /// The teacher with a temperature of its own for the label.
    Asymmetric(Asymmetric),
    /// The label with the magnitude of the teacher's logits.
    LabelMagnitude(LabelMagnitude),
    /// All members of an ensemble of teachers, not the first alone.
    Ensemble(Ensemble),
}

/// The teacher's logits as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Full {}

impl Default for Supervision {
    fn default() -> Self {
        Self::Full(Full {})
    }
}

impl Supervision {
    /// Maps teacher logits `[n, K]` with labels `[n]` to the logits to learn from, of the same shape, kind and device.
    ///
    /// The softmax of the result divided by `temperature` is the distribution the supervision describes. Apply it
    /// once to a whole table of teacher outputs, so that an example keeps its permutation throughout; unless it
    /// [is fresh](Self::is_fresh).
    ///
    /// # Errors
    /// On a shape other than `[n, K]` with K of at least 2, on logits that are not finite, and on labels outside `0..K`.
    pub fn supervise(
        &self,
        teacher_logits: &Tensor,
        labels: &Tensor,
        temperature: f64,
        stream: &mut Stream,
    ) -> Result<Tensor> {
        let (_, classes) = shape_of("teacher logits", teacher_logits)?;
        one_label_each(teacher_logits, labels)?;
        finite("teacher logits", teacher_logits)?;
        if matches!(self, Self::Full(_) | Self::Ensemble(_)) {
            return Ok(teacher_logits.shallow_clone());
        }
        let table =
            teacher_logits.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?.f_contiguous()?;
        let mut values: Vec<f64> = Vec::try_from(table.f_flatten(0, -1)?)?;
        let labels = indices(labels, classes)?;
        self.change(&mut values, &labels, classes as usize, temperature, stream);
        let supervised = Tensor::f_from_slice(&values)?.f_view_as(&table)?;
        Ok(supervised.f_to_kind(teacher_logits.kind())?.f_to_device(teacher_logits.device())?)
    }

    /// The teacher's logits `[n, K]` that it acts on, given those of each member of an ensemble of teachers: the first
    /// member's, unless it is [`Ensemble`] itself.
    ///
    /// # Errors
    /// On no members, or as [`ensemble_mean`].
    pub fn choose(&self, members: &[Tensor], temperature: f64) -> Result<Tensor> {
        match self {
            Self::Ensemble(Ensemble { space }) => ensemble_mean(members, *space, temperature),
            _ => members.first().map(Tensor::shallow_clone).ok_or(Error::Empty),
        }
    }

    /// Whether it is to be applied anew to each batch rather than once to the whole table.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        matches!(self, Self::Permuted(Permuted { fresh: true }))
    }

    /// Whether it takes the whole table at once: what it makes of an example depends on others, or is drawn once for all
    /// visits.
    #[must_use]
    pub fn needs_table(&self) -> bool {
        matches!(
            self,
            Self::Permuted(Permuted { fresh: false })
                | Self::ClassMean(_)
                | Self::Random(_)
                | Self::Noisy(_)
                | Self::LabelMagnitude(_)
        )
    }

    /// Whether what it makes of the teacher's logits depends on the temperature at which they are seen.
    #[must_use]
    pub fn depends_on_temperature(&self) -> bool {
        !matches!(
            self,
            Self::Full(_)
                | Self::Permuted(_)
                | Self::Noisy(_)
                | Self::LabelMagnitude(_)
                | Self::Ensemble(Ensemble { space: EnsembleSpace::Logits })
        )
    }

    /// That every choice of classes can be met when there are `classes` of them.
    ///
    /// # Errors
    /// [`Error::TooManyClasses`].
    pub fn check(&self, classes: i64) -> Result<()> {
        let (chosen, most) = match self {
            Self::TopK(TopK { k, .. }) => (k.get(), classes - 1),
            Self::WhereRight(WhereRight { k }) => (k.get(), classes),
            _ => return Ok(()),
        };
        let chosen = i64::from(chosen);
        if chosen <= most { Ok(()) } else { Err(Error::TooManyClasses { chosen, most }) }
    }

    fn change(
        &self,
        values: &mut [f64],
        labels: &[usize],
        classes: usize,
        temperature: f64,
        stream: &mut Stream,
    ) {
        match *self {
            Self::ClassMean(_) => return class_mean::average_by_class(values, labels, classes, temperature),
            Self::Noisy(noisy) => return noisy::set_accuracy(values, labels, classes, noisy, stream),
            Self::LabelMagnitude(_) => return label_magnitude::set_magnitude(values, labels, classes),
            _ => {}
        }
        for (row, &label) in values.chunks_exact_mut(classes).zip(labels) {
            match *self {
                Self::Full(_)
                | Self::ClassMean(_)
                | Self::Noisy(_)
                | Self::LabelMagnitude(_)
                | Self::Ensemble(_) => {}
                Self::Permuted(_) => permuted::permute_wrong_classes(row, stream),
                Self::EntropyMatched(EntropyMatched { keep }) => {
                    entropy_matched::match_entropy(row, label, temperature, keep);
                }
                Self::TopK(top_k) => top_k::keep_top(row, top_k, temperature),
                Self::Random(_) => random::randomise(row, temperature, stream),
                Self::Hard(_) => hard::harden(row, temperature),
                Self::Uniform(uniform) => uniform::smooth(row, uniform, temperature),
                Self::WhereRight(where_right) => where_right::correct(row, label, where_right, temperature),
                Self::Asymmetric(asymmetric) => asymmetric::scale(row, label, asymmetric, temperature),
            }
        }
    }
}

/// Labels as indices below `classes`.
fn indices(labels: &Tensor, classes: i64) -> Result<Vec<usize>> {
    let labels: Vec<i64> = Vec::try_from(labels.f_to_device(Device::Cpu)?)?;
    labels
        .into_iter()
        .map(|label| {
            if (0..classes).contains(&label) {
                Ok(label as usize)
            } else {
                Err(Error::Label { label, classes })
            }
        })
        .collect()
}
