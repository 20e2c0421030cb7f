use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::cross_entropy;
use crate::error::Result;

/// Over which classes label smoothing spreads ε.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// All K, so the true class keeps `1 - ε + ε/K`: Szegedy et al. 2016 (arXiv 1512.00567) and PyTorch.
    #[default]
    AllClasses,
    /// The K - 1 wrong ones, so the true class keeps `1 - ε`: the code of Yuan et al. 2020 (Tf-KD).
    OtherClasses,
}

/// Cross-entropy with smoothed labels, in nats.
///
/// The target of example i is `1 - ε` on its label plus ε spread evenly as [`Spread`] says. `logits` `[B, K]`,
/// `labels` `[B]` int64. At ε = 0 this is [`cross_entropy`].
///
/// # Errors
/// As [`cross_entropy`].
pub fn label_smoothing(logits: &Tensor, labels: &Tensor, epsilon: f64, spread: Spread) -> Result<Tensor> {
    let on_labels = cross_entropy(logits, labels)?;
    let classes = logits.size()[1] as f64;
    // Spreading over the others alone is spreading somewhat more over all.
    let uniform_share = match spread {
        Spread::AllClasses => epsilon,
        Spread::OtherClasses => epsilon * classes / (classes - 1.0),
    };
    let on_all = logits.f_log_softmax(-1, None::<Kind>)?.f_mean(None::<Kind>)?.f_neg()?;
    Ok(on_labels.f_mul_scalar(1.0 - uniform_share)?.f_add(&on_all.f_mul_scalar(uniform_share)?)?)
}
