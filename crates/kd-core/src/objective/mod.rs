//! What a student minimises: a loss, and where a teacher is involved, a supervision.
//!
//! An [`Objective`] is configuration, what a study file says; a [`Criterion`] computes it.

mod criterion;
mod parameters;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use criterion::{Batch, BatchFeatures, Criterion, Learner, Teacher};
pub use parameters::{
    ConfidenceWeighted, CrossEntropy, Decoupled, Dist, Distillation, Features, Huber, JensenShannon,
    LabelSmoothing, LogitMse, MultiLevel, Normalised, PredictionMatching, ReverseKl, SoftCrossEntropy,
    SquaredError, Sum, TeacherBounded, Term, VirtualTeacher,
};

use crate::error::{Error, Result};
use crate::loss::Selection;
use crate::parameter::{Factor, Temperature, Weight};
use crate::schedule::Scheduled;
use crate::supervision::{Full, Supervision};

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

/// What the objectives that learn from a teacher's distribution have in common.
struct TeacherTerm<'a> {
    supervision: &'a Supervision,
    label_weight: Scheduled<Weight>,
    /// That at which the teacher is seen.
    temperature: Scheduled<Temperature>,
}

impl Objective {
    /// Training without a teacher: cross-entropy with labels, or squared error with target numbers.
    #[must_use]
    pub fn without_teacher(predicted: Predicted) -> Self {
        match predicted {
            Predicted::Classes(_) => Self::CrossEntropy(CrossEntropy::default()),
            Predicted::Numbers => Self::SquaredError(SquaredError::default()),
        }
    }

    /// The single objectives that this one is the sum of, in the order in which a [`Criterion`] takes their teacher
    /// logits: itself, or a sum's terms by name.
    #[must_use]
    pub fn terms(&self) -> Vec<&Self> {
        self.weighted_terms().into_iter().map(|(_, term)| term).collect()
    }

    fn weighted_terms(&self) -> Vec<(Scheduled<Factor>, &Self)> {
        match self {
            Self::Sum(sum) => sum.terms.values().map(|term| (term.weight, &term.objective)).collect(),
            single => vec![(Factor::default().into(), single)],
        }
    }

    fn teacher_term(&self) -> Option<TeacherTerm<'_>> {
        let (supervision, label_weight, temperature) = match self {
            Self::CrossEntropy(_)
            | Self::LabelSmoothing(_)
            | Self::VirtualTeacher(_)
            | Self::ConfidenceWeighted(_)
            | Self::SquaredError(_)
            | Self::Huber(_)
            | Self::PredictionMatching(_)
            | Self::TeacherBounded(_)
            | Self::Features(_)
            | Self::Sum(_) => return None,
            Self::Distillation(own) => {
                let temperature = own.teacher_temperature.map_or(own.temperature, Scheduled::Constant);
                (&own.supervision, own.label_weight, temperature)
            }
            Self::SoftCrossEntropy(own) => (&own.supervision, own.label_weight, own.temperature),
            Self::ReverseKl(own) => (&own.supervision, own.label_weight, own.temperature),
            Self::JensenShannon(own) => (&own.supervision, own.label_weight, own.temperature),
            Self::LogitMse(own) => (&own.supervision, own.label_weight, Scheduled::default()),
            Self::Decoupled(own) => (&own.supervision, own.label_weight, own.temperature),
            Self::Normalised(own) => (&own.supervision, own.label_weight, own.temperature),
            Self::Dist(own) => (&own.supervision, own.label_weight, own.temperature),
            Self::MultiLevel(own) => (&own.supervision, own.label_weight, own.temperature),
        };
        Some(TeacherTerm { supervision, label_weight, temperature })
    }

    fn supervision_mut(&mut self) -> Option<&mut Supervision> {
        match self {
            Self::CrossEntropy(_)
            | Self::LabelSmoothing(_)
            | Self::VirtualTeacher(_)
            | Self::ConfidenceWeighted(_)
            | Self::SquaredError(_)
            | Self::Huber(_)
            | Self::PredictionMatching(_)
            | Self::TeacherBounded(_)
            | Self::Features(_)
            | Self::Sum(_) => None,
            Self::Distillation(own) => Some(&mut own.supervision),
            Self::SoftCrossEntropy(own) => Some(&mut own.supervision),
            Self::ReverseKl(own) => Some(&mut own.supervision),
            Self::JensenShannon(own) => Some(&mut own.supervision),
            Self::LogitMse(own) => Some(&mut own.supervision),
            Self::Decoupled(own) => Some(&mut own.supervision),
            Self::Normalised(own) => Some(&mut own.supervision),
            Self::Dist(own) => Some(&mut own.supervision),
            Self::MultiLevel(own) => Some(&mut own.supervision),
        }
    }

    /// What a single objective has done to the teacher's logits; none where it hears no teacher.
    #[must_use]
    pub fn supervision(&self) -> Option<&Supervision> {
        const FULL: Supervision = Supervision::Full(Full {});
        let hears = |label_weight: Scheduled<Weight>| label_weight.constant() != Some(1.0);
        match self {
            Self::ConfidenceWeighted(_) | Self::TeacherBounded(_) => Some(&FULL),
            Self::PredictionMatching(own) => hears(own.label_weight).then_some(&FULL),
            _ => self.teacher_term().and_then(|own| hears(own.label_weight).then_some(own.supervision)),
        }
    }

    /// Whether a teacher is needed.
    #[must_use]
    pub fn needs_teacher(&self) -> bool {
        self.terms().iter().any(|term| term.supervision().is_some() || matches!(term, Self::Features(_)))
    }

    /// The features that it compares.
    pub fn features(&self) -> impl Iterator<Item = &Features> {
        self.terms().into_iter().filter_map(|term| match term {
            Self::Features(features) => Some(features),
            _ => None,
        })
    }

    /// Whether all members of an ensemble of teachers are needed.
    #[must_use]
    pub fn needs_ensemble(&self) -> bool {
        let hears_all = |term: &Self| matches!(term.supervision(), Some(Supervision::Ensemble(_)));
        self.terms().into_iter().any(hears_all)
    }

    /// The temperature at which a single objective's supervision acts; at the start, where it changes.
    #[must_use]
    pub fn temperature(&self) -> f64 {
        self.teacher_term().map_or_else(Scheduled::default, |own| own.temperature).at(0.0)
    }

    /// This objective with nothing done to the teacher's logits: what a control is compared with.
    #[must_use]
    pub fn with_full_supervision(&self) -> Self {
        let mut full = self.clone();
        let terms = match &mut full {
            Self::Sum(sum) => sum.terms.values_mut().map(|term| &mut term.objective).collect(),
            single => vec![single],
        };
        for supervision in terms.into_iter().filter_map(Self::supervision_mut) {
            *supervision = Supervision::default();
        }
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
        terms.into_iter().try_for_each(|term| term.check_single(predicted))
    }

    fn check_single(&self, predicted: Predicted) -> Result<()> {
        let classes = match (self, predicted) {
            (Self::Sum(_), _) => return Err(Error::NestedSum),
            (Self::Features(_), _) => return Ok(()),
            (_, Predicted::Numbers) if self.is_regression() => return Ok(()),
            (_, Predicted::Numbers) => return Err(Error::NeedsClasses),
            (_, Predicted::Classes(_)) if self.is_regression() => return Err(Error::NeedsNumbers),
            (_, Predicted::Classes(classes)) => classes,
        };
        let (chosen, most) = match self {
            Self::LogitMse(LogitMse { selection: Selection::Top(k) | Selection::Random(k), .. }) => {
                (k.get(), classes)
            }
            Self::LogitMse(LogitMse { selection: Selection::TopAndBottom(k), .. }) => (k.get(), classes / 2),
            _ => (0, classes),
        };
        if i64::from(chosen) > most {
            return Err(Error::TooManyClasses { chosen: i64::from(chosen), most });
        }
        let Some(own) = self.teacher_term() else { return Ok(()) };
        if own.temperature.constant().is_none() && own.supervision.depends_on_temperature() {
            return Err(Error::ChangingTemperature);
        }
        own.supervision.check(classes)
    }

    /// Whether it is about numbers rather than classes.
    fn is_regression(&self) -> bool {
        matches!(
            self,
            Self::SquaredError(_) | Self::Huber(_) | Self::PredictionMatching(_) | Self::TeacherBounded(_)
        )
    }
}

/// What a model predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predicted {
    /// One of so many classes.
    Classes(i64),
    /// Numbers.
    Numbers,
}
