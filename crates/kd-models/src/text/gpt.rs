use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::layer::{Attention, Builder, Init, Layer, Linear};
use crate::network::Network;
use crate::settings::{Dropout, nonzero, size};
use crate::{BuildError, Input, Result};

/// Decoder that predicts the next token (Radford et al. 2019, "Language Models are Unsupervised Multitask
/// Learners"), with the parameter names of Hugging Face's `GPT2Model`: learnt positions, normalisation before each
/// sublayer, and the token embeddings as the weights of the last layer. The default is the smallest GPT-2.
///
/// Features: `embedding`, `layer0`, `layer1`, ..., then `normalised`, which the last layer reads, all `[B, L, D]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Gpt {
    /// Decoder layers.
    pub layers: NonZeroU32,
    /// Attention heads; must divide `dimension`.
    pub heads: NonZeroU32,
    /// Size of a token; hidden layers have four times as many units.
    pub dimension: NonZeroU32,
    /// Tokens of the longest sequence it can read.
    pub positions: NonZeroU32,
    /// Probability of dropping an activation or an attention weight while training.
    pub dropout: Dropout,
}

impl Default for Gpt {
    fn default() -> Self {
        Self {
            layers: nonzero(12),
            heads: nonzero(12),
            dimension: nonzero(768),
            positions: nonzero(1024),
            dropout: Dropout::constant(0.1),
        }
    }
}

impl Network for Gpt {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let Input::Sequence { vocabulary, length } = builder.input else {
            return Err(builder.misfit("sequences of token ids"));
        };
        if builder.outputs != vocabulary {
            return Err(BuildError::Outputs { outputs: builder.outputs, expected: vocabulary }.into());
        }
        let heads = builder.heads(self.heads, self.dimension)?;
        let (dimension, dropout, positions) =
            (size(self.dimension), self.dropout.get(), size(self.positions));
        if positions < length {
            return Err(builder.refuse("positions", &positions, format!("at least the length, {length}")));
        }
        let embedding = builder.normal("wte.weight", &[vocabulary, dimension], DEVIATION)?;
        let head = Linear { weight: embedding.shallow_clone(), bias: None, transposed: false };
        let mut layers = vec![
            Layer::Embedding(embedding),
            Layer::Positions(builder.normal("wpe.weight", &[positions, dimension], DEVIATION)?),
            Layer::Dropout(dropout),
            Layer::tap("embedding"),
        ];
        for index in 0..self.layers.get() {
            self.decoder_layer(index, heads, &mut layers, builder)?;
        }
        layers.extend([
            builder.layer_norm("ln_f", dimension, EPSILON)?,
            Layer::tap("normalised"),
            Layer::Linear(head),
        ]);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0
    }
}

impl Gpt {
    fn decoder_layer(
        &self,
        index: u32,
        heads: i64,
        layers: &mut Vec<Layer>,
        builder: &mut Builder<'_>,
    ) -> Result<()> {
        let (dimension, dropout) = (size(self.dimension), self.dropout.get());
        let name = |part: &str| format!("h.{index}.{part}");
        // What is added to the residual stream starts smaller the more layers add to it.
        let added = Init::Normal(DEVIATION / f64::from(2 * self.layers.get()).sqrt());
        let mut transposed = |init, part: &str, inputs, outputs| {
            builder.init = init;
            builder.transposed(&name(part), inputs, outputs)
        };
        let widening = Init::Normal(DEVIATION);
        let attention = Attention {
            projections: vec![transposed(widening, "attn.c_attn", dimension, 3 * dimension)?],
            output: transposed(added, "attn.c_proj", dimension, dimension)?,
            heads,
            dropout,
            causal: true,
            first_asks: false,
        };
        let fc = Layer::Linear(transposed(widening, "mlp.c_fc", dimension, 4 * dimension)?);
        let projection = Layer::Linear(transposed(added, "mlp.c_proj", 4 * dimension, dimension)?);
        let ln_1 = builder.layer_norm(&name("ln_1"), dimension, EPSILON)?;
        let ln_2 = builder.layer_norm(&name("ln_2"), dimension, EPSILON)?;
        layers.extend([
            Layer::Residual {
                main: vec![ln_1, Layer::Attention(attention), Layer::Dropout(dropout)],
                shortcut: Vec::new(),
            },
            Layer::Residual {
                main: vec![ln_2, fc, Layer::GeluTanh, projection, Layer::Dropout(dropout)],
                shortcut: Vec::new(),
            },
            Layer::Tap(format!("layer{index}")),
        ]);
        Ok(())
    }
}

const DEVIATION: f64 = 0.02;
const EPSILON: f64 = 1e-5;
