use tch::{Reduction, Tensor};

use super::label_loss;
use crate::error::{Result, one_label_each};

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
