use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Reduction, Tensor};

use super::settings::{About, Given, Listening, Settings, Target};
use super::{label_loss, softmax};
use crate::error::{Result, one_label_each, same_shape};
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

/// Cross-entropy with the labels, examples weighted by the teacher's confidence (CWTM, Furlanello et al. 2018).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfidenceWeighted {}

impl Settings for ConfidenceWeighted {
    fn about(&self) -> About {
        About::Classes
    }

    fn target(&self) -> Target {
        Target::ChangedLabels
    }

    fn listening(&self) -> Option<Listening<'_>> {
        Some(Listening {
            supervision: &Supervision::FULL,
            label_weight: Scheduled::default(),
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
        true
    }

    fn loss(&self, given: &mut Given<'_>) -> Result<Tensor> {
        confidence_weighted(given.logits, given.teacher()?, given.labels.every()?)
    }
}

/// Cross-entropy with the labels, each example weighted by the teacher's confidence,
/// `-Σ_i (w_i / Σ_j w_j) log softmax(z_i)_y` with `w_i = max_k softmax(z_t,i)_k`, in nats.
///
/// CWTM of Furlanello et al. 2018, "Born-Again Neural Networks" (arXiv 1805.04770): the teacher says which examples
/// matter and nothing about classes. Weights are normalised over the batch, so a batch of one is plain cross-entropy.
/// Both logits are `[B, K]`, `labels` `[B]` int64; no gradient reaches the teacher.
///
/// # Errors
/// On shapes that do not fit, a single class, or a label outside `0..K`.
pub fn confidence_weighted(logits: &Tensor, teacher_logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    one_label_each(logits, labels)?;
    let confidence = softmax(&teacher_logits.f_detach()?, 1.0)?.f_amax([-1], false)?;
    let weights = confidence.f_div(&confidence.f_sum(None::<Kind>)?)?;
    Ok(label_loss(logits, labels, Reduction::None)?.f_mul(&weights)?.f_sum(None::<Kind>)?)
}
