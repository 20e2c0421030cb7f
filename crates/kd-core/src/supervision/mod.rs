//! What is done to a teacher's logits before a loss sees them.
//!
//! Each supervision answers a question about *which part* of the teacher's signal carries the benefit. It maps a
//! table of logits to another table of logits, so any loss can follow. One file each.

mod asymmetric;
mod class_mean;
mod ensemble;
mod entropy_matched;
mod full;
mod hard;
mod intervention;
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
pub use full::Full;
pub use hard::Hard;
pub use intervention::Control;
pub use label_magnitude::LabelMagnitude;
pub use noisy::Noisy;
pub use permuted::Permuted;
pub use random::Random;
pub use top_k::{Remainder, TopK};
pub use uniform::Uniform;
pub use where_right::WhereRight;

use self::intervention::{Intervention, Reach, Table};
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

impl Default for Supervision {
    fn default() -> Self {
        Self::FULL
    }
}

impl Supervision {
    /// The teacher's logits as they are.
    pub const FULL: Self = Self::Full(Full {});

    /// One permutation of the wrong classes for each example.
    #[must_use]
    pub fn permuted() -> Self {
        Self::Permuted(Permuted::default())
    }

    /// The teacher's entropy around its top class.
    #[must_use]
    pub fn entropy_matched() -> Self {
        Self::EntropyMatched(EntropyMatched::default())
    }

    /// The mean probabilities of all members of an ensemble.
    #[must_use]
    pub fn ensemble() -> Self {
        Self::Ensemble(Ensemble::default())
    }

    /// What a study file calls it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.intervention().name()
    }

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
        match self.intervention().reach() {
            Reach::Nothing | Reach::Members(_) => return Ok(teacher_logits.shallow_clone()),
            Reach::Example | Reach::Visit | Reach::Table => {}
        }
        let table =
            teacher_logits.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Double)?.f_contiguous()?;
        let mut values: Vec<f64> = Vec::try_from(table.f_flatten(0, -1)?)?;
        let labels = indices(labels, classes)?;
        let mut changed =
            Table { values: &mut values, labels: &labels, classes: classes as usize, temperature };
        self.intervention().change(&mut changed, stream);
        let supervised = Tensor::f_from_slice(&values)?.f_view_as(&table)?;
        Ok(supervised.f_to_kind(teacher_logits.kind())?.f_to_device(teacher_logits.device())?)
    }

    /// The teacher's logits `[n, K]` that it acts on, given those of each member of an ensemble of teachers: the first
    /// member's, unless it is [`Ensemble`] itself.
    ///
    /// # Errors
    /// On no members, or as [`ensemble_mean`].
    pub fn choose(&self, members: &[Tensor], temperature: f64) -> Result<Tensor> {
        match self.intervention().reach() {
            Reach::Members(space) => ensemble_mean(members, space, temperature),
            Reach::Nothing | Reach::Example | Reach::Visit | Reach::Table => {
                members.first().map(Tensor::shallow_clone).ok_or(Error::Empty)
            }
        }
    }

    /// Whether it leaves the teacher's logits as they are.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.intervention().reach() == Reach::Nothing
    }

    /// Whether it is made of the logits of every member of an ensemble of teachers.
    #[must_use]
    pub fn needs_ensemble(&self) -> bool {
        match self.intervention().reach() {
            Reach::Members(_) => true,
            Reach::Nothing | Reach::Example | Reach::Visit | Reach::Table => false,
        }
    }

    /// Whether it is to be applied anew to each batch rather than once to the whole table.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.intervention().reach() == Reach::Visit
    }

    /// Whether it takes the whole table at once: what it makes of an example depends on others, or is drawn once for all
    /// visits.
    #[must_use]
    pub fn needs_table(&self) -> bool {
        self.intervention().reach() == Reach::Table
    }

    /// Whether what it makes of the teacher's logits depends on the temperature at which they are seen.
    #[must_use]
    pub fn depends_on_temperature(&self) -> bool {
        self.intervention().depends_on_temperature()
    }

    /// Whether what it makes of an example goes by the label, so that it cannot be had of one without.
    #[must_use]
    pub fn needs_labels(&self) -> bool {
        self.intervention().needs_labels()
    }

    /// Which control it makes, if it is one.
    #[must_use]
    pub fn control(&self) -> Option<Control> {
        self.intervention().control()
    }

    /// That every choice of classes can be met when there are `classes` of them.
    ///
    /// # Errors
    /// [`Error::TooManyClasses`].
    pub fn check(&self, classes: i64) -> Result<()> {
        self.intervention().check(classes)
    }

    /// The settings of this one.
    fn intervention(&self) -> &dyn Intervention {
        match self {
            Self::Full(own) => own,
            Self::Permuted(own) => own,
            Self::EntropyMatched(own) => own,
            Self::TopK(own) => own,
            Self::ClassMean(own) => own,
            Self::Random(own) => own,
            Self::Hard(own) => own,
            Self::Uniform(own) => own,
            Self::WhereRight(own) => own,
            Self::Noisy(own) => own,
            Self::Asymmetric(own) => own,
            Self::LabelMagnitude(own) => own,
            Self::Ensemble(own) => own,
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
