use tch::Tensor;

use crate::Result;

/// `x W^T + b`.
#[derive(Debug)]
pub(crate) struct Linear {
    pub(crate) weight: Tensor,
    pub(crate) bias: Option<Tensor>,
    /// Whether `weight` is `[inputs, outputs]`, as GPT-2 keeps it, and not `[outputs, inputs]`.
    pub(crate) transposed: bool,
}

impl Linear {
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let weight = if self.transposed { &self.weight.f_transpose(0, 1)? } else { &self.weight };
        Ok(x.f_linear(weight, self.bias.as_ref())?)
    }
}
