use tch::{Kind, Tensor};

use super::{LEFT_OUT, widened};
use crate::error::Result;

/// A softmax split at the label: the label against the rest, and the rest among themselves.
pub(super) struct Split {
    /// `[B, 1]`: log-odds of the label against all others.
    pub(super) log_odds: Tensor,
    /// `[B, K]`: log-probabilities of the other classes among themselves, [`LEFT_OUT`] at the label.
    pub(super) log_others: Tensor,
}

impl Split {
    /// Of `softmax(z / T)`; `labels` are `[B, 1]`.
    pub(super) fn new(logits: &Tensor, labels: &Tensor, temperature: f64) -> Result<Self> {
        let mut tempered = widened(logits)?.f_div_scalar(temperature)?;
        let on_label = tempered.f_gather(1, labels, false)?;
        let others = tempered.f_scatter_value_(1, labels, LEFT_OUT)?;
        let log_others = others.f_log_softmax(-1, None::<Kind>)?;
        // They differ by the logarithm of the others' sum, most exactly known where they are largest.
        let log_sum = others.f_amax([-1], true)?.f_sub(&log_others.f_amax([-1], true)?)?;
        Ok(Self { log_odds: on_label.f_sub(&log_sum)?, log_others })
    }
}

/// The gradient with respect to logits of a function of a split: the part that follows from the others, nil at the
/// labels, and `slope · (y - q̂)`, with `slope` `[B, 1]` the derivative with respect to the log-odds, divided by their T,
/// and q̂ the other classes' probabilities.
pub(super) fn with_slope(mut part: Tensor, slope: &Tensor, q: &Tensor, labels: &Tensor) -> Result<Tensor> {
    Ok(part.f_addcmul_(q, &slope.f_neg()?)?.f_scatter_(1, labels, slope)?)
}
