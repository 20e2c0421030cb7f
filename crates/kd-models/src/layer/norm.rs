use tch::Tensor;

use crate::pass::Pass;
use crate::{PassError, Result};

/// Batch normalisation (Ioffe & Szegedy 2015, arXiv 1502.03167) over `[B, C]` or `[B, C, H, W]`, with PyTorch's
/// momentum 0.1 and epsilon 1e-5. Training uses the batch's statistics and moves the running ones; evaluation uses
/// those.
#[derive(Debug)]
pub(crate) struct BatchNorm {
    pub(super) weight: Tensor,
    pub(super) bias: Tensor,
    pub(super) running_mean: Tensor,
    pub(super) running_var: Tensor,
    /// How often the running statistics were moved; kept because PyTorch's state dicts hold it.
    pub(super) batches: Tensor,
}

impl BatchNorm {
    pub(super) fn forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        if pass.trains() {
            if x.numel() as i64 <= self.weight.size()[0] {
                return Err(PassError::SingleValue.into());
            }
            let _ = self.batches.shallow_clone().f_add_scalar_(1)?;
        }
        Ok(x.f_batch_norm(
            Some(&self.weight),
            Some(&self.bias),
            Some(&self.running_mean),
            Some(&self.running_var),
            pass.trains(),
            0.1,
            1e-5,
            true,
        )?)
    }
}

/// Layer normalisation over the last dimension (Ba et al. 2016, arXiv 1607.06450).
#[derive(Debug)]
pub(crate) struct LayerNorm {
    pub(super) weight: Tensor,
    pub(super) bias: Tensor,
    pub(super) epsilon: f64,
}

impl LayerNorm {
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.f_layer_norm(self.weight.size(), Some(&self.weight), Some(&self.bias), self.epsilon, true)?)
    }
}
