use tch::Tensor;

use super::Linear;
use crate::Result;
use crate::pass::Pass;

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
    /// Whether only the first token asks: `[B, 1, D]` comes out. It takes three matrices.
    pub(crate) first_asks: bool,
}

impl Attention {
    pub(super) fn forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor> {
        let batch = x.size()[0];
        let first = x.f_narrow(1, 0, 1)?;
        let mut parts = Vec::with_capacity(3);
        for (index, projection) in self.projections.iter().enumerate() {
            let read = if index == 0 && self.first_asks { &first } else { x };
            for part in projection.forward(read)?.f_chunk(3 / self.projections.len() as i64, -1)? {
                parts.push(part.f_view([batch, read.size()[1], self.heads, -1])?.f_transpose(1, 2)?);
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
        self.output.forward(&mixed.f_transpose(1, 2)?.f_flatten(2, -1)?)
    }
}

/// `[B, 1, 1, L]`: a text of padding alone sees all of it, since a softmax over nothing is no number.
fn seen(present: &Tensor) -> Result<Tensor> {
    let empty = present.f_any_dim(1, true)?.f_logical_not()?;
    Ok(present.f_logical_or(&empty)?.f_unsqueeze(1)?.f_unsqueeze(1)?)
}
