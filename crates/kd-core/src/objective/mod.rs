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
use crate::feature::FeatureLoss;
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

    /// The squared errors that it is the sum of; none if it is anything else, or changes over training.
    #[must_use]
    pub fn squared_errors(&self) -> Option<SquaredErrors> {
        let nothing = SquaredErrors { targets: 0.0, teacher: 0.0 };
        self.weighted_terms().into_iter().try_fold(nothing, |sum, (weight, term)| {
            let on_targets = match term {
                Self::SquaredError(_) => 1.0,
                Self::PredictionMatching(PredictionMatching { label_weight, delta: None }) => {
                    label_weight.constant()?
                }
                _ => return None,
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
        self.weighted_terms()
            .into_iter()
            .all(|(weight, term)| weight.constant().is_some() && term.is_single_fixed())
    }

    fn is_single_fixed(&self) -> bool {
        let is_fresh = self.supervision().is_some_and(Supervision::is_fresh);
        let own = match self {
            Self::CrossEntropy(own) => own.temperature.is_none_or(|own| own.constant().is_some()),
            Self::VirtualTeacher(own) => {
                own.temperature.constant().is_some() && own.label_weight.constant().is_some()
            }
            Self::PredictionMatching(own) => own.label_weight.constant().is_some(),
            // Its teacher may have a temperature of its own.
            Self::Distillation(own) => own.temperature.constant().is_some(),
            Self::LogitMse(own) => !matches!(own.selection, Selection::Random(_)),
            Self::Features(own) => !matches!(own.loss, FeatureLoss::Contrastive(_)),
            _ => true,
        };
        let of_teacher = self.teacher_term().is_none_or(|term| {
            term.temperature.constant().is_some() && term.label_weight.constant().is_some()
        });
        own && of_teacher && !is_fresh
    }

    /// Whether it is about numbers rather than classes.
    fn is_regression(&self) -> bool {
        matches!(
            self,
            Self::SquaredError(_) | Self::Huber(_) | Self::PredictionMatching(_) | Self::TeacherBounded(_)
        )
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

/// What a model predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predicted {
    /// One of so many classes.
    Classes(i64),
    /// Numbers.
    Numbers,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objective(json: &str) -> Objective {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn sums_of_squared_errors_are_told_from_others() {
        let of = |json: &str| objective(json).squared_errors().map(|sum| (sum.targets, sum.teacher));
        assert_eq!(of(r#"{"squared_error":{}}"#), Some((1.0, 0.0)));
        assert_eq!(of(r#"{"prediction_matching":{"label_weight":0.25}}"#), Some((0.25, 0.75)));
        let sum = r#"{"sum":{"terms":{
            "a":{"weight":2,"objective":{"squared_error":{}}},
            "b":{"weight":4,"objective":{"prediction_matching":{"label_weight":0.25}}}}}}"#;
        assert_eq!(of(sum), Some((3.0, 3.0)));
        assert!((objective(sum).squared_errors().unwrap().weight() - 6.0).abs() < 1e-12);
        for other in [
            r#"{"huber":{}}"#,
            r#"{"prediction_matching":{"delta":1}}"#,
            r#"{"prediction_matching":{"label_weight":{"linear":{"from":0,"to":1}}}}"#,
            r#"{"sum":{"terms":{"a":{"weight":{"linear":{"from":0,"to":1}},"objective":{"squared_error":{}}}}}}"#,
            r#"{"sum":{"terms":{"a":{"objective":{"squared_error":{}}},"b":{"objective":{"teacher_bounded":{}}}}}}"#,
            r#"{"cross_entropy":{}}"#,
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn what_changes_over_training_is_told_from_what_does_not() {
        for fixed in [
            r#"{"cross_entropy":{"temperature":2}}"#,
            r#"{"distillation":{"temperature":4,"label_weight":0.5,"supervision":{"permuted":{}}}}"#,
            r#"{"virtual_teacher":{}}"#,
            r#"{"logit_mse":{"selection":{"top":3}}}"#,
            r#"{"prediction_matching":{}}"#,
            r#"{"features":{"loss":{"hint":{}}}}"#,
            r#"{"sum":{"terms":{"a":{"weight":2,"objective":{"cross_entropy":{}}}}}}"#,
        ] {
            assert!(objective(fixed).is_fixed(), "{fixed}");
        }
        let ramp = r#"{"linear":{"from":1,"to":0.5}}"#;
        for changing in [
            r#"{"cross_entropy":{"temperature":RAMP}}"#,
            r#"{"virtual_teacher":{"temperature":RAMP}}"#,
            r#"{"virtual_teacher":{"label_weight":RAMP}}"#,
            r#"{"distillation":{"temperature":RAMP,"teacher_temperature":4}}"#,
            r#"{"distillation":{"temperature":4,"supervision":{"permuted":{"fresh":true}}}}"#,
            r#"{"soft_cross_entropy":{"temperature":RAMP}}"#,
            r#"{"reverse_kl":{"temperature":1,"label_weight":RAMP}}"#,
            r#"{"prediction_matching":{"label_weight":RAMP}}"#,
            r#"{"logit_mse":{"selection":{"random":3}}}"#,
            r#"{"features":{"loss":{"contrastive":{}}}}"#,
            r#"{"sum":{"terms":{"a":{"weight":RAMP,"objective":{"cross_entropy":{}}}}}}"#,
        ] {
            assert!(!objective(&changing.replace("RAMP", ramp)).is_fixed(), "{changing}");
        }
    }
}
