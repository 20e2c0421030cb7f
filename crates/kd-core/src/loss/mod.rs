//! Losses, one file each: plain functions on tensors.
//!
//! All take student logits `[B, K]` and return a scalar, averaged over the batch, in nats unless said otherwise.

mod cross_entropy;
mod distillation;
mod label_smoothing;
mod logit_mse;

pub use cross_entropy::cross_entropy;
pub use distillation::distillation;
pub use label_smoothing::{Spread, label_smoothing};
pub use logit_mse::logit_mse;
