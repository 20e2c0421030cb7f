//! What every loss on a model's outputs answers for itself, beside its settings.

use std::fmt::Debug;

use tch::Tensor;

use super::labels::Labels;
use crate::error::{Error, Result};
use crate::parameter::{Temperature, Weight};
use crate::random::Stream;
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

/// What a model predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Predicted {
    /// One of so many classes.
    Classes(i64),
    /// Numbers.
    Numbers,
}

/// What a loss draws the student to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The labels, or target numbers, as they are.
    Labels,
    /// Labels made less certain without a teacher.
    SmoothedLabels,
    /// Labels at a temperature, or weighted by a teacher.
    ChangedLabels,
    /// What a teacher says, or the better of that and the labels.
    Teacher,
}

/// What a loss is about.
pub(crate) enum About {
    /// Classes.
    Classes,
    /// Numbers.
    Numbers {
        /// Where it is the squared error with a mean of targets and teacher that never changes, the targets' weight.
        squared_error: Option<f64>,
    },
}

/// How a loss listens to its teacher.
pub(crate) struct Listening<'a> {
    /// What is done to the teacher's logits first.
    pub(crate) supervision: &'a Supervision,
    /// The weight of the labels: at 1 throughout, nothing is heard.
    pub(crate) label_weight: Scheduled<Weight>,
    /// That at which the teacher is seen.
    pub(crate) temperature: Scheduled<Temperature>,
}

impl Listening<'_> {
    pub(crate) fn hears(&self) -> bool {
        self.label_weight.constant() != Some(1.0)
    }

    fn check(&self, classes: i64) -> Result<()> {
        if self.temperature.constant().is_none() && self.supervision.depends_on_temperature() {
            return Err(Error::ChangingTemperature);
        }
        self.supervision.check(classes)
    }

    fn is_fixed(&self) -> bool {
        let is_fresh = self.hears() && self.supervision.is_fresh();
        self.temperature.constant().is_some() && self.label_weight.constant().is_some() && !is_fresh
    }
}

/// What a loss is given: a batch.
pub(crate) struct Given<'a> {
    /// Student logits `[B, K]`, or the numbers `[B, D]` that it predicts.
    pub(crate) logits: &'a Tensor,
    /// Labels or target numbers, of the rows that have one.
    pub(crate) labels: Labels<'a>,
    /// What this loss hears of the teacher, of the shape of `logits`.
    pub(crate) teacher: Option<&'a Tensor>,
    /// The share of training that is done.
    pub(crate) progress: f64,
    /// What is drawn at random comes from here.
    pub(crate) stream: &'a mut Stream,
}

impl<'a> Given<'a> {
    pub(crate) fn teacher(&self) -> Result<&'a Tensor> {
        self.teacher.ok_or(Error::NoTeacher)
    }

    /// A loss on labels: of the rows that have one, as a part of the mean over all.
    pub(crate) fn on_labels(&self, loss: impl FnOnce(&Tensor, &Tensor) -> Result<Tensor>) -> Result<Tensor> {
        self.labels.loss(self.logits, loss)
    }
}

/// The settings of a loss on a model's outputs. Nothing has a default, so that a new loss answers every question.
pub(crate) trait Settings: Debug {
    /// What it is about.
    fn about(&self) -> About;
    /// What it draws the student to.
    fn target(&self) -> Target;
    /// How it listens to its teacher; none if it never does.
    fn listening(&self) -> Option<Listening<'_>>;
    /// What can be set of its supervision.
    fn supervision_mut(&mut self) -> Option<&mut Supervision>;
    /// That every choice of its own can be met when there are `classes` of them.
    fn check(&self, classes: i64) -> Result<()>;
    /// Whether, however it listens, it asks the same of the same batch whenever it is asked.
    fn is_fixed(&self) -> bool;
    /// Whether what it asks of an example that has a teacher takes the label too. A loss on labels alone does not: of an
    /// example without one it asks nothing.
    fn needs_labels(&self) -> bool;
    /// The loss on a batch, a scalar.
    fn loss(&self, given: &mut Given<'_>) -> Result<Tensor>;
}

impl dyn Settings + '_ {
    /// That it fits what is predicted, every choice of classes can be met, and no supervision depends on a temperature
    /// that changes.
    pub(crate) fn fits(&self, predicted: Predicted) -> Result<()> {
        match (self.about(), predicted) {
            (About::Numbers { .. }, Predicted::Numbers) => Ok(()),
            (About::Classes, Predicted::Numbers) => Err(Error::NeedsClasses),
            (About::Numbers { .. }, Predicted::Classes(_)) => Err(Error::NeedsNumbers),
            (About::Classes, Predicted::Classes(classes)) => {
                self.check(classes)?;
                self.listening().map_or(Ok(()), |listening| listening.check(classes))
            }
        }
    }

    /// Whether it asks the same of the same batch whenever it is asked.
    pub(crate) fn stays(&self) -> bool {
        self.is_fixed() && self.listening().is_none_or(|listening| listening.is_fixed())
    }
}
