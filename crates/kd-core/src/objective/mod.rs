//! What a student minimises: a loss, and where a teacher is involved, a supervision.
//!
//! An [`Objective`] is configuration, what a study file says; a [`Criterion`](crate::criterion::Criterion) computes it.
//!
//! ```
//! use kd_core::feature::{FeatureLoss, Hint};
//! use kd_core::loss::{Distillation, ReverseKl};
//! use kd_core::number::Number;
//! use kd_core::objective::Objective;
//! use kd_core::schedule::Scheduled;
//! use kd_core::supervision::Supervision;
//!
//! # fn main() -> Result<(), kd_core::Error> {
//! let plain = Objective::distillation(4.0)?;
//! let annealed = Objective::Distillation(Distillation {
//!     temperature: Scheduled::linear(8.0, 1.0)?,
//!     label_weight: Number::new(0.1)?.into(),
//!     ..Distillation::at(8.0)?
//! });
//! let control = Objective::ReverseKl(ReverseKl { supervision: Supervision::permuted(), ..ReverseKl::at(2.0)? });
//! let hinted = Objective::sum([
//!     ("labels", 1.0, Objective::cross_entropy()),
//!     ("hint", 100.0, Objective::last_features(FeatureLoss::Hint(Hint::default()))),
//! ])?;
//! assert!(plain.is_fixed() && !annealed.is_fixed());
//! assert!(control.with_full_supervision() == Objective::ReverseKl(ReverseKl::at(2.0)?));
//! assert_eq!(hinted.features().count(), 1);
//! assert!(Objective::distillation(-4.0).is_err());
//! # Ok(())
//! # }
//! ```

mod terms;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use terms::named;
pub use terms::{Features, Sum, Term};

pub use crate::loss::{Predicted, Target};

use crate::error::{Error, Result};
use crate::feature::FeatureLoss;
use crate::loss::{
    About, ConfidenceWeighted, CrossEntropy, Decoupled, Dist, Distillation, Huber, JensenShannon,
    LabelSmoothing, LogitMse, MultiLevel, Normalised, PredictionMatching, ReverseKl, Settings,
    SoftCrossEntropy, SquaredError, TeacherBounded, VirtualTeacher,
};
use crate::parameter::Factor;
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

/// What a student minimises.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Cross-entropy with the labels.
    CrossEntropy(CrossEntropy),
    /// Cross-entropy with smoothed labels.
    LabelSmoothing(LabelSmoothing),
    /// KL divergence from a hand-made teacher.
    VirtualTeacher(VirtualTeacher),
    /// KL divergence from the teacher at a temperature.
    Distillation(Distillation),
    /// Cross-entropy with the teacher's distribution.
    SoftCrossEntropy(SoftCrossEntropy),
    /// KL divergence from the student to the teacher.
    ReverseKl(ReverseKl),
    /// Generalised Jensen-Shannon divergence from the teacher.
    JensenShannon(JensenShannon),
    /// Squared error on the teacher's logits.
    LogitMse(LogitMse),
    /// KL divergence split into the label's part and the other classes'.
    Decoupled(Decoupled),
    /// Cross-entropies on the label and on the normalised other classes.
    Normalised(Normalised),
    /// Correlation with the teacher's probabilities, along classes and along the batch.
    Dist(Dist),
    /// KL divergence and the distance of Gram matrices of probabilities.
    MultiLevel(MultiLevel),
    /// Cross-entropy with the labels, weighted by the teacher's confidence.
    ConfidenceWeighted(ConfidenceWeighted),
    /// Squared error with the targets of a regression.
    SquaredError(SquaredError),
    /// Huber's loss with the targets of a regression.
    Huber(Huber),
    /// Squared error or Huber's loss with the teacher's predictions of a regression.
    PredictionMatching(PredictionMatching),
    /// Squared error with the targets of a regression, bounded by the teacher's.
    TeacherBounded(TeacherBounded),
    /// A feature of the student compared with one of the teacher.
    Features(Features),
    /// Several objectives at once, weighted.
    Sum(Sum),
}

impl Default for Objective {
    /// Training on labels.
    fn default() -> Self {
        Self::CrossEntropy(CrossEntropy::default())
    }
}

/// What an objective is.
pub(crate) enum Kind<'a> {
    /// A loss on a model's outputs.
    OnOutputs(&'a dyn Settings),
    /// One on features.
    OnFeatures(&'a Features),
    /// Several.
    Sum(&'a Sum),
}

impl Objective {
    pub(crate) fn kind(&self) -> Kind<'_> {
        Kind::OnOutputs(match self {
            Self::CrossEntropy(own) => own,
            Self::LabelSmoothing(own) => own,
            Self::VirtualTeacher(own) => own,
            Self::Distillation(own) => own,
            Self::SoftCrossEntropy(own) => own,
            Self::ReverseKl(own) => own,
            Self::JensenShannon(own) => own,
            Self::LogitMse(own) => own,
            Self::Decoupled(own) => own,
            Self::Normalised(own) => own,
            Self::Dist(own) => own,
            Self::MultiLevel(own) => own,
            Self::ConfidenceWeighted(own) => own,
            Self::SquaredError(own) => own,
            Self::Huber(own) => own,
            Self::PredictionMatching(own) => own,
            Self::TeacherBounded(own) => own,
            Self::Features(own) => return Kind::OnFeatures(own),
            Self::Sum(own) => return Kind::Sum(own),
        })
    }

    /// Calls `change` with what can be set of every supervision in it.
    fn for_each_supervision(&mut self, change: &mut dyn FnMut(&mut Supervision)) {
        let settings: &mut dyn Settings = match self {
            Self::CrossEntropy(own) => own,
            Self::LabelSmoothing(own) => own,
            Self::VirtualTeacher(own) => own,
            Self::Distillation(own) => own,
            Self::SoftCrossEntropy(own) => own,
            Self::ReverseKl(own) => own,
            Self::JensenShannon(own) => own,
            Self::LogitMse(own) => own,
            Self::Decoupled(own) => own,
            Self::Normalised(own) => own,
            Self::Dist(own) => own,
            Self::MultiLevel(own) => own,
            Self::ConfidenceWeighted(own) => own,
            Self::SquaredError(own) => own,
            Self::Huber(own) => own,
            Self::PredictionMatching(own) => own,
            Self::TeacherBounded(own) => own,
            Self::Features(_) => return,
            Self::Sum(sum) => {
                let terms = sum.terms.values_mut();
                return terms.for_each(|term| term.objective.for_each_supervision(change));
            }
        };
        if let Some(supervision) = settings.supervision_mut() {
            change(supervision);
        }
    }

    /// The loss on a model's outputs that it is, if it is one.
    fn settings(&self) -> Option<&dyn Settings> {
        match self.kind() {
            Kind::OnOutputs(settings) => Some(settings),
            Kind::OnFeatures(_) | Kind::Sum(_) => None,
        }
    }

    /// Training on labels.
    #[must_use]
    pub fn cross_entropy() -> Self {
        Self::CrossEntropy(CrossEntropy::default())
    }

    /// Distillation at a temperature, from the teacher alone. [`Distillation`] has more that can be set, and every other
    /// loss is made in the same way.
    ///
    /// # Errors
    /// [`Error::Number`] if the temperature is not positive.
    pub fn distillation(temperature: f64) -> Result<Self> {
        Ok(Self::Distillation(Distillation::at(temperature)?))
    }

    /// The squared error with all of the teacher's logits.
    #[must_use]
    pub fn logit_mse() -> Self {
        Self::LogitMse(LogitMse::default())
    }

    /// The last features of student and teacher, compared.
    #[must_use]
    pub fn last_features(loss: FeatureLoss) -> Self {
        Self::Features(Features { student: None, teacher: None, loss })
    }

    /// Several objectives at once, each with a name of yours and a weight.
    ///
    /// # Errors
    /// [`Error::Number`] on a negative weight.
    pub fn sum<'a>(terms: impl IntoIterator<Item = (&'a str, f64, Self)>) -> Result<Self> {
        let term = |(name, weight, objective): (&str, f64, Self)| {
            Ok((name.to_owned(), Term { weight: Factor::new(weight)?.into(), objective }))
        };
        Ok(Self::Sum(Sum { terms: terms.into_iter().map(term).collect::<Result<_>>()? }))
    }

    /// Training without a teacher: cross-entropy with labels, or squared error with target numbers.
    #[must_use]
    pub fn without_teacher(predicted: Predicted) -> Self {
        match predicted {
            Predicted::Classes(_) => Self::cross_entropy(),
            Predicted::Numbers => Self::SquaredError(SquaredError::default()),
        }
    }

    /// The single objectives that this one is the sum of, in the order in which a criterion takes their teacher
    /// logits: itself, or a sum's terms by name.
    #[must_use]
    pub fn terms(&self) -> Vec<&Self> {
        self.weighted_terms().into_iter().map(|(_, term)| term).collect()
    }

    pub(crate) fn weighted_terms(&self) -> Vec<(Scheduled<Factor>, &Self)> {
        match self.kind() {
            Kind::Sum(sum) => sum.terms.values().map(|term| (term.weight, &term.objective)).collect(),
            Kind::OnOutputs(_) | Kind::OnFeatures(_) => vec![(Factor::default().into(), self)],
        }
    }

    /// What a single objective draws the student to; none for features, and for a sum.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        self.settings().map(Settings::target)
    }

    /// What a single objective has done to the teacher's logits; none where it hears no teacher.
    #[must_use]
    pub fn supervision(&self) -> Option<&Supervision> {
        let listening = self.settings()?.listening()?;
        listening.hears().then_some(listening.supervision)
    }

    /// Whether a teacher is needed.
    #[must_use]
    pub fn needs_teacher(&self) -> bool {
        self.features().next().is_some() || self.terms().iter().any(|term| term.supervision().is_some())
    }

    /// The features that it compares.
    pub fn features(&self) -> impl Iterator<Item = &Features> {
        self.terms().into_iter().filter_map(|term| match term.kind() {
            Kind::OnFeatures(features) => Some(features),
            Kind::OnOutputs(_) | Kind::Sum(_) => None,
        })
    }

    /// Whether all members of an ensemble of teachers are needed.
    #[must_use]
    pub fn needs_ensemble(&self) -> bool {
        self.terms().into_iter().filter_map(Self::supervision).any(Supervision::needs_ensemble)
    }

    /// The temperature at which a single objective's supervision acts; at the start, where it changes.
    #[must_use]
    pub fn temperature(&self) -> f64 {
        let listening = self.settings().and_then(Settings::listening);
        listening.map_or_else(Scheduled::default, |listening| listening.temperature).at(0.0)
    }

    /// This objective with nothing done to the teacher's logits: what a control is compared with.
    #[must_use]
    pub fn with_full_supervision(&self) -> Self {
        let mut full = self.clone();
        full.for_each_supervision(&mut |supervision| *supervision = Supervision::FULL);
        full
    }

    /// That the objective is one: a sum has terms, none of them a sum, it fits what is predicted, every choice of classes
    /// can be met, and no supervision depends on a temperature that changes.
    ///
    /// # Errors
    /// With what is wrong.
    pub fn check(&self, predicted: Predicted) -> Result<()> {
        let terms = self.terms();
        if terms.is_empty() {
            return Err(Error::EmptySum);
        }
        terms.into_iter().try_for_each(|term| match term.kind() {
            Kind::OnOutputs(settings) => settings.fits(predicted),
            Kind::OnFeatures(_) => Ok(()),
            Kind::Sum(_) => Err(Error::NestedSum),
        })
    }

    /// That it can be asked of examples without a label: what it asks of the teacher does not depend on labels.
    ///
    /// Of an example without a label, a [`Criterion`](crate::criterion::Criterion) asks what is left when terms on labels
    /// are taken out, such as `(1 - w) · T² · KL` of [`Distillation`], w being its `label_weight`. That is nothing of an
    /// objective that hears no teacher.
    ///
    /// # Errors
    /// [`Error::NeedsLabels`] or [`Error::SupervisionNeedsLabels`].
    pub fn check_unlabelled(&self) -> Result<()> {
        self.terms().into_iter().try_for_each(|term| {
            if term.settings().is_some_and(Settings::needs_labels) {
                return Err(Error::NeedsLabels);
            }
            match term.supervision().filter(|supervision| supervision.needs_labels()) {
                Some(supervision) => Err(Error::SupervisionNeedsLabels { supervision: supervision.name() }),
                None => Ok(()),
            }
        })
    }

    /// The squared errors that it is the sum of; none if it is anything else, or changes over training.
    #[must_use]
    pub fn squared_errors(&self) -> Option<SquaredErrors> {
        let nothing = SquaredErrors { targets: 0.0, teacher: 0.0 };
        self.weighted_terms().into_iter().try_fold(nothing, |sum, (weight, term)| {
            let on_targets = match term.settings()?.about() {
                About::Classes => return None,
                About::Numbers { squared_error } => squared_error?,
            };
            let weight = weight.constant()?;
            Some(SquaredErrors {
                targets: sum.targets + weight * on_targets,
                teacher: sum.teacher + weight * (1.0 - on_targets),
            })
        })
    }

    /// Whether it asks the same of the same batch whenever it is asked: nothing in it changes over training, remembers
    /// earlier batches or is drawn anew.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.weighted_terms().into_iter().all(|(weight, term)| {
            weight.constant().is_some()
                && match term.kind() {
                    Kind::OnOutputs(settings) => settings.stays(),
                    Kind::OnFeatures(features) => !features.loss.remembers(),
                    Kind::Sum(_) => term.is_fixed(),
                }
        })
    }
}

/// A sum of squared errors, `targets · MSE(y) + teacher · MSE(teacher)`: what least squares minimises.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SquaredErrors {
    /// The weight of that with the targets.
    pub targets: f64,
    /// The weight of that with the teacher's predictions.
    pub teacher: f64,
}

impl SquaredErrors {
    /// Both weights together.
    #[must_use]
    pub fn weight(self) -> f64 {
        self.targets + self.teacher
    }
}

#[cfg(test)]
mod tests;
