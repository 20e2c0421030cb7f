use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::settings::{About, Given, Listening, Settings, Target};
use super::{huber, mse, sum};
use crate::error::Result;
use crate::parameter::{Positive, Weight};
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

/// `w · L(target) + (1 - w) · L(teacher's prediction)`, w being `label_weight` and L the squared error or Huber's loss.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PredictionMatching {
    /// Weight of the targets; 0 is the teacher alone, 1 is targets alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// δ of Huber's loss, in standard deviations of the training targets; the squared error if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<Positive>,
}

impl Settings for PredictionMatching {
    fn about(&self) -> About {
        let of_squares = self.delta.is_none();
        About::Numbers { squared_error: self.label_weight.constant().filter(|_| of_squares) }
    }

    fn target(&self) -> Target {
        Target::Teacher
    }

    fn listening(&self) -> Option<Listening<'_>> {
        Some(Listening {
            supervision: &Supervision::FULL,
            label_weight: self.label_weight,
            temperature: Scheduled::default(),
        })
    }

    fn supervision_mut(&mut self) -> Option<&mut Supervision> {
        None
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn loss(&self, given: &mut Given<'_>) -> Result<Tensor> {
        let error = |predictions: &Tensor, targets: &Tensor| match self.delta {
            None => mse(predictions, targets),
            Some(delta) => huber(predictions, targets, delta.get()),
        };
        match self.label_weight.at(given.progress) {
            0.0 => error(given.logits, given.teacher()?),
            1.0 => given.on_labels(error),
            w => sum(&given.on_labels(error)?, w, &error(given.logits, given.teacher()?)?, 1.0 - w),
        }
    }
}
