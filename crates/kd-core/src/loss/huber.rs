use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Reduction, Tensor};

use super::settings::{About, Given, Listening, Settings, Target};
use crate::error::{Result, one_for_each_prediction};
use crate::parameter::Positive;
use crate::supervision::Supervision;

/// Huber's loss with the targets of a regression: training without a teacher, less moved by outliers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Huber {
    /// δ, the error up to which it is squared, in standard deviations of the training targets.
    #[serde(default)]
    pub delta: Positive,
}

impl Settings for Huber {
    fn about(&self) -> About {
        About::Numbers { squared_error: None }
    }

    fn target(&self) -> Target {
        Target::Labels
    }

    fn listening(&self) -> Option<Listening<'_>> {
        None
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
        given.on_labels(|predictions, targets| huber(predictions, targets, self.delta.get()))
    }
}

/// Huber's loss, the mean over B and D of `½ e²` where the error `e = s_id - y_id` is within `delta`, and of
/// `δ (|e| - ½ δ)` beyond, in the target's unit squared.
///
/// Huber 1964, "Robust Estimation of a Location Parameter". Half of [`mse`](super::mse) for δ → ∞; PyTorch's smooth L1 is this
/// divided by δ. `predictions` and `targets` are `[B, D]`; no gradient reaches the targets.
///
/// # Errors
/// On shapes that do not fit or a δ that is not positive.
pub fn huber(predictions: &Tensor, targets: &Tensor, delta: f64) -> Result<Tensor> {
    one_for_each_prediction(predictions, "targets", targets)?;
    Ok(predictions.f_huber_loss(&targets.f_detach()?, Reduction::Mean, delta)?)
}
