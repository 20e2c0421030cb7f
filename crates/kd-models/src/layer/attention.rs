use tch::Tensor;

use super::{Linear, Pass};
use crate::Result;

/// Multi-head self-attention (Vaswani et al. 2017, arXiv 1706.03762) by libtorch's fused kernel: `[B, L, D]` to
/// `[B, L, D]`. Padding is never attended to.
#[derive(Debug)]
pub(crate) struct Attention {
    /// One matrix for queries, keys and values, or three.
    pub(crate) projections: Vec<Linear>,
    pub(crate) output: Linear,
    pub(crate) heads: i64,
    /// Probability of dropping an attention weight in training.
    pub(crate) dropout: f64,
    /// Whether a token sees only itself and what came before.
    pub(crate) causal: bool,
}

impl Attention {
    pub(super) fn forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        let (batch, length) = (x.size()[0], x.size()[1]);
        let mut parts = Vec::with_capacity(3);
        for projection in &self.projections {
            for part in projection.forward(x)?.f_chunk(3 / self.projections.len() as i64, -1)? {
                parts.push(part.f_view([batch, length, self.heads, -1])?.f_transpose(1, 2)?);
            }
        }
        let dropout = if pass.trains() { self.dropout } else { 0.0 };
        let mask = pass.present.as_ref().map(seen).transpose()?;
        let [query, key, value] = [&parts[0], &parts[1], &parts[2]];
        let mixed = Tensor::f_scaled_dot_product_attention(
            query,
            key,
            value,
            mask.as_ref(),
            dropout,
            self.causal,
            None,
            false,
        )?;
        self.output.forward(&mixed.f_transpose(1, 2)?.f_reshape([batch, length, -1])?)
    }
}

/// `[B, 1, 1, L]`: a text of padding alone sees all of it, since a softmax over nothing is no number.
fn seen(present: &Tensor) -> Result<Tensor> {
    let empty = present.f_any_dim(1, true)?.f_logical_not()?;
    Ok(present.f_logical_or(&empty)?.f_unsqueeze(1)?.f_unsqueeze(1)?)
}
