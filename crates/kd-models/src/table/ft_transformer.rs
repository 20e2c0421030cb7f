use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::layer::{Attention, Builder, Columns, Init, Layer, Tokens};
use crate::network::Network;
use crate::settings::{Dropout, nonzero, size};
use crate::{Input, Result};

/// FT-Transformer (Gorishniy et al. 2021, arXiv 2106.11959): every column becomes a token, and a transformer reads
/// them together with one of its own, from which the answer is taken. The defaults are the paper's.
///
/// Features: `embedding`, `layer0`, `layer1`, ... (every token), then `pooled`, which the head reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FtTransformer {
    /// Encoder layers.
    pub layers: NonZeroU32,
    /// Attention heads; must divide `dimension`.
    pub heads: NonZeroU32,
    /// Size of a token.
    pub dimension: NonZeroU32,
    /// Width of the gated hidden layer behind each attention.
    pub hidden: NonZeroU32,
    /// Probability of dropping an attention weight while training.
    pub attention_dropout: Dropout,
    /// Probability of dropping a hidden activation while training.
    pub dropout: Dropout,
}

impl Default for FtTransformer {
    fn default() -> Self {
        Self {
            layers: nonzero(3),
            heads: nonzero(8),
            dimension: nonzero(192),
            hidden: nonzero(256),
            attention_dropout: Dropout::constant(0.2),
            dropout: Dropout::constant(0.1),
        }
    }
}

impl Network for FtTransformer {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let (numeric, categories, levels) = match builder.input {
            Input::Features { width } => (width, 0, 0),
            Input::Table { numeric, categories, levels } => (numeric, categories, levels),
            Input::Image { .. } | Input::Tokens { .. } | Input::Sequence { .. } => {
                return Err(builder.misfit("tables"));
            }
        };
        let heads = builder.heads(self.heads, self.dimension)?;
        let dimension = size(self.dimension);
        let bound = 1.0 / (dimension as f64).sqrt();
        let mut table =
            |name: &str, rows| builder.uniform(&format!("tokenizer.{name}"), &[rows, dimension], bound);
        let columns = Columns {
            numeric,
            levels: (categories > 0).then(|| table("category_embeddings.weight", levels)).transpose()?,
            tokens: Tokens::Apart {
                weight: table("weight", 1 + numeric)?,
                bias: table("bias", numeric + categories)?,
            },
        };
        let mut layers = vec![Layer::Columns(columns), Layer::tap("embedding")];
        for index in 0..self.layers.get() {
            self.encoder_layer(index, heads, &mut layers, builder)?;
        }
        layers.extend([
            Layer::FirstToken,
            builder.layer_norm("last_normalization", dimension, EPSILON)?,
            Layer::Relu,
            Layer::tap("pooled"),
            builder.head("head", dimension)?,
        ]);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        self.attention_dropout.get() > 0.0 || self.dropout.get() > 0.0
    }
}

impl FtTransformer {
    fn encoder_layer(
        &self,
        index: u32,
        heads: i64,
        layers: &mut Vec<Layer>,
        builder: &mut Builder<'_>,
    ) -> Result<()> {
        let (dimension, hidden) = (size(self.dimension), size(self.hidden));
        let name = |part: &str| format!("layers.{index}.{part}");
        let mut main = Vec::new();
        if index > 0 {
            main.push(builder.layer_norm(&name("norm0"), dimension, EPSILON)?);
        }
        let last = index + 1 == self.layers.get();
        builder.init = Init::Unbiased;
        let mut affine =
            |part: &str| builder.affine(&name(&format!("attention.{part}")), dimension, dimension);
        main.push(Layer::Attention(Attention {
            projections: vec![affine("W_q")?, affine("W_k")?, affine("W_v")?],
            output: affine("W_out")?,
            heads,
            dropout: self.attention_dropout.get(),
            causal: false,
            first_asks: last,
        }));
        builder.init = Init::Default;
        let perceptron = vec![
            builder.layer_norm(&name("norm1"), dimension, EPSILON)?,
            builder.linear(&name("linear0"), dimension, 2 * hidden)?,
            Layer::ReluGated,
            Layer::Dropout(self.dropout.get()),
            builder.linear(&name("linear1"), hidden, dimension)?,
        ];
        layers.extend([
            Layer::Residual { main, shortcut: if last { vec![Layer::OnlyFirst] } else { Vec::new() } },
            Layer::Residual { main: perceptron, shortcut: Vec::new() },
            Layer::Tap(format!("layer{index}")),
        ]);
        Ok(())
    }
}

const EPSILON: f64 = 1e-5;
