use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Reduction, Tensor};

use super::label_loss;
use super::settings::{About, Given, Listening, Settings, Target};
use crate::error::{Result, one_label_each};
use crate::parameter::Temperature;
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

/// Cross-entropy with the labels: training without a teacher.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossEntropy {
    /// Divides the logits first; 1 if left out. A temperature on labels alone tells whether T helps by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<Scheduled<Temperature>>,
}

impl Settings for CrossEntropy {
    fn about(&self) -> About {
        About::Classes
    }

    fn target(&self) -> Target {
        match self.temperature {
            None => Target::Labels,
            Some(_) => Target::ChangedLabels,
        }
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
        self.temperature.is_none_or(|temperature| temperature.constant().is_some())
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn loss(&self, given: &mut Given<'_>) -> Result<Tensor> {
        let Some(temperature) = self.temperature else { return given.on_labels(cross_entropy) };
        let temperature = temperature.at(given.progress);
        given.on_labels(|logits, labels| cross_entropy(&logits.f_div_scalar(temperature)?, labels))
    }
}

/// Cross-entropy with labels: `-(1/B) Σ_i log softmax(z_i)[y_i]`, in nats.
///
/// `logits` `[B, K]`, `labels` `[B]` int64 in `0..K`.
///
/// # Errors
/// On shapes that do not fit, a single class, or a label outside `0..K`.
pub fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
    one_label_each(logits, labels)?;
    label_loss(logits, labels, Reduction::Mean)
}
