use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::from_teacher::mix;
use super::label_smoothing::smoothed;
use super::settings::{About, Given, Listening, Settings, Target};
use crate::error::{Result, one_label_each};
use crate::parameter::{Probability, Temperature, Weight};
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

/// `w · CE(y) + (1 - w) · KL(virtual teacher ‖ student)`, w being `label_weight` (Yuan et al. 2020).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VirtualTeacher {
    /// What the virtual teacher puts on the true class.
    #[serde(default = "almost_certain")]
    pub probability: Probability,
    /// T of its softmax over those probabilities; the student's stays 1.
    #[serde(default = "twenty")]
    pub temperature: Scheduled<Temperature>,
    /// Weight of the labels; 0 is the virtual teacher alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
}

fn almost_certain() -> Probability {
    const { Probability::constant(0.99) }
}

fn twenty() -> Scheduled<Temperature> {
    const { Temperature::constant(20.0) }.into()
}

impl Default for VirtualTeacher {
    fn default() -> Self {
        Self { probability: almost_certain(), temperature: twenty(), label_weight: Scheduled::default() }
    }
}

impl Settings for VirtualTeacher {
    fn about(&self) -> About {
        About::Classes
    }

    fn target(&self) -> Target {
        Target::SmoothedLabels
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
        self.temperature.constant().is_some() && self.label_weight.constant().is_some()
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn loss(&self, given: &mut Given<'_>) -> Result<Tensor> {
        mix(given, self.label_weight, |given| {
            let (probability, temperature) = (self.probability.get(), self.temperature.at(given.progress));
            given.on_labels(|logits, labels| virtual_teacher(logits, labels, probability, temperature))
        })
    }
}

/// KL divergence from a hand-made teacher that is right with `probability`, `(1/B) Σ_i KL(softmax(u_i / T) ‖ softmax(z_i))`,
/// in nats; u puts `probability` on the label and spreads the rest evenly.
///
/// Teacher-free distillation of Yuan et al. 2020, "Revisiting Knowledge Distillation via Label Smoothing
/// Regularization" (arXiv 1909.11723), with 0.99 and T = 20 to 40. As in the published code, the softmax is over the
/// *probabilities* u, so its target is nearly uniform, and the student stays at T = 1; that code also divides by K and
/// multiplies by a factor of its own. `logits` `[B, K]`, `labels` `[B]` int64.
///
/// # Errors
/// On shapes that do not fit, a single class, or a label outside `0..K`.
pub fn virtual_teacher(
    logits: &Tensor,
    labels: &Tensor,
    probability: f64,
    temperature: f64,
) -> Result<Tensor> {
    one_label_each(logits, labels)?;
    let classes = logits.size()[1] as f64;
    let others = (1.0 - probability) / (classes - 1.0);
    // Its softmax has two values, so KL is the cross-entropy with a smoothed label less the target's entropy.
    let gap = (probability - others) / temperature;
    let largest = gap.max(0.0);
    let log_sum = largest + ((gap - largest).exp() + (classes - 1.0) * (-largest).exp()).ln();
    let (log_label, log_other) = (gap - log_sum, -log_sum);
    let entropy = -log_label.exp() * log_label - (classes - 1.0) * log_other.exp() * log_other;
    Ok(smoothed(logits, labels, classes * log_other.exp())?.f_sub_scalar(entropy)?)
}
