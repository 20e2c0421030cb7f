use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Reduction, Tensor};

use super::settings::{About, Given, Listening, Settings, Target};
use crate::error::{Result, one_for_each_prediction};
use crate::supervision::Supervision;

/// Mean squared error with the targets of a regression: training without a teacher.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SquaredError {}

impl Settings for SquaredError {
    fn about(&self) -> About {
        About::Numbers { squared_error: Some(1.0) }
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
        given.on_labels(mse)
    }
}

/// Mean squared error, `1/(B D) Σ_id (s_id - y_id)²`, in the target's unit squared.
///
/// `predictions` and `targets` are `[B, D]`; the targets may be true values or a teacher's predictions. No gradient
/// reaches the targets.
///
/// # Errors
/// On shapes that do not fit.
pub fn mse(predictions: &Tensor, targets: &Tensor) -> Result<Tensor> {
    one_for_each_prediction(predictions, "targets", targets)?;
    Ok(predictions.f_mse_loss(&targets.f_detach()?, Reduction::Mean)?)
}
