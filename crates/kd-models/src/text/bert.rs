use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::layer::{Attention, Builder, Init, Layer};
use crate::network::Network;
use crate::settings::{Dropout, nonzero, size};

/// BERT with a classifier (Devlin et al. 2019, arXiv 1810.04805), with the parameter names of Hugging Face's
/// `BertForSequenceClassification`. A text is one segment, its first token answers, token 0 is padding. The default
/// is BERT-base.
///
/// Features: `embedding`, `layer0`, `layer1`, ... (every token), then `pooled`, which the classifier reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Bert {
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

impl Default for Bert {
    fn default() -> Self {
        Self {
            layers: nonzero(12),
            heads: nonzero(12),
            dimension: nonzero(768),
            hidden: nonzero(3072),
            positions: nonzero(512),
            dropout: Dropout::constant(0.1),
        }
    }
}

impl Network for Bert {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let heads = builder.heads(self.heads, self.dimension)?;
        let (dimension, dropout) = (size(self.dimension), self.dropout.get());
        let vocabulary = builder.vocabulary()?;
        builder.init = Init::Normal(DEVIATION);
        let mut table = |name: &str, rows| {
            builder.normal(&format!("bert.embeddings.{name}.weight"), &[rows, dimension], DEVIATION)
        };
        let words = table("word_embeddings", vocabulary)?;
        let positions = table("position_embeddings", size(self.positions))?;
        let segments = table("token_type_embeddings", 2)?;
        let mut layers = vec![
            Layer::Embedding(words),
            Layer::Positions(positions),
            Layer::Segment(segments),
            builder.layer_norm("bert.embeddings.LayerNorm", dimension, EPSILON)?,
            Layer::Dropout(dropout),
            Layer::tap("embedding"),
        ];
        for index in 0..self.layers.get() {
            self.encoder_layer(index, heads, &mut layers, builder)?;
        }
        layers.extend([
            Layer::FirstToken,
            builder.linear("bert.pooler.dense", dimension, dimension)?,
            Layer::Tanh,
            Layer::tap("pooled"),
            Layer::Dropout(dropout),
            builder.head("classifier", dimension)?,
        ]);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0
    }
}

impl Bert {
    fn encoder_layer(
        &self,
        index: u32,
        heads: i64,
        layers: &mut Vec<Layer>,
        builder: &mut Builder<'_>,
    ) -> Result<()> {
        let (dimension, hidden, dropout) = (size(self.dimension), size(self.hidden), self.dropout.get());
        let name = |part: &str| format!("bert.encoder.layer.{index}.{part}");
        let mut affine =
            |part: &str| builder.affine(&name(&format!("attention.{part}")), dimension, dimension);
        let attention = Attention {
            projections: vec![affine("self.query")?, affine("self.key")?, affine("self.value")?],
            output: affine("output.dense")?,
            heads,
            dropout,
            causal: false,
            first_asks: false,
        };
        let perceptron = vec![
            builder.linear(&name("intermediate.dense"), dimension, hidden)?,
            Layer::Gelu,
            builder.linear(&name("output.dense"), hidden, dimension)?,
            Layer::Dropout(dropout),
        ];
        layers.extend([
            Layer::Residual {
                main: vec![Layer::Attention(attention), Layer::Dropout(dropout)],
                shortcut: Vec::new(),
            },
            builder.layer_norm(&name("attention.output.LayerNorm"), dimension, EPSILON)?,
            Layer::Residual { main: perceptron, shortcut: Vec::new() },
            builder.layer_norm(&name("output.LayerNorm"), dimension, EPSILON)?,
            Layer::Tap(format!("layer{index}")),
        ]);
        Ok(())
    }
}

const DEVIATION: f64 = 0.02;
const EPSILON: f64 = 1e-12;
