use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::layer::{Builder, Init, Layer};
use crate::network::Network;
use crate::settings::{Dropout, nonzero, size};

/// Transformer encoder (Vaswani et al. 2017, arXiv 1706.03762) with learnt positions, the mean over its tokens and a
/// linear classifier. Layers are those of `torch.nn.TransformerEncoderLayer`, normalised behind the sum.
///
/// Features: `embedding`, `layer0`, `layer1`, ... (every token), then `pooled`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Transformer {
    /// Encoder layers.
    pub layers: NonZeroU32,
    /// Attention heads; must divide `dimension`.
    pub heads: NonZeroU32,
    /// Size of a token.
    pub dimension: NonZeroU32,
    /// Width of the hidden layer behind each attention.
    pub hidden: NonZeroU32,
    /// Tokens of the longest text it can read.
    pub positions: NonZeroU32,
    /// Probability of dropping an activation or an attention weight while training.
    pub dropout: Dropout,
}

impl Default for Transformer {
    fn default() -> Self {
        Self {
            layers: nonzero(2),
            heads: nonzero(4),
            dimension: nonzero(128),
            hidden: nonzero(512),
            positions: nonzero(512),
            dropout: Dropout::constant(0.1),
        }
    }
}

impl Network for Transformer {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let heads = builder.heads(self.heads, self.dimension)?;
        let (dimension, dropout) = (size(self.dimension), self.dropout.get());
        let embedding = builder.embedding("embedding", dimension)?;
        let positions = builder.normal("positions.weight", &[size(self.positions), dimension], 0.02)?;
        let mut layers =
            vec![embedding, Layer::Positions(positions), Layer::Dropout(dropout), Layer::tap("embedding")];
        for index in 0..self.layers.get() {
            let name = |part: &str| format!("encoder.layers.{index}.{part}");
            let attention = builder.attention(&name("self_attn"), dimension, heads, dropout)?;
            builder.init = Init::Default;
            let perceptron = vec![
                builder.linear(&name("linear1"), dimension, size(self.hidden))?,
                Layer::Relu,
                Layer::Dropout(dropout),
                builder.linear(&name("linear2"), size(self.hidden), dimension)?,
                Layer::Dropout(dropout),
            ];
            layers.extend([
                Layer::Residual { main: vec![attention, Layer::Dropout(dropout)], shortcut: Vec::new() },
                builder.layer_norm(&name("norm1"), dimension, 1e-5)?,
                Layer::Residual { main: perceptron, shortcut: Vec::new() },
                builder.layer_norm(&name("norm2"), dimension, 1e-5)?,
                Layer::Tap(format!("layer{index}")),
            ]);
        }
        layers.extend([Layer::MeanToken, Layer::tap("pooled"), builder.head("head", dimension)?]);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0
    }
}
