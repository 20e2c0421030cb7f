use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::layer::{Builder, Init, Kernel, Layer};
use crate::network::Network;
use crate::settings::{Dropout, nonzero, size};

/// Vision transformer (Dosovitskiy et al. 2021, arXiv 2010.11929) with the parameter names and the initialisation of
/// torchvision, but that biases of hidden layers start as 0 and not within 1e-6 of it. The default is ViT-B/16.
///
/// Features: `embedding`, `layer0`, `layer1`, ... (every token), then `pooled` (the class token, normalised).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Vit {
    /// Height and width of a patch in pixels; those of the image must be multiples of it.
    pub patch: NonZeroU32,
    /// Encoder layers.
    pub layers: NonZeroU32,
    /// Attention heads; must divide `dimension`.
    pub heads: NonZeroU32,
    /// Size of a token.
    pub dimension: NonZeroU32,
    /// Width of the hidden layer behind each attention.
    pub hidden: NonZeroU32,
    /// Probability of dropping an activation while training.
    pub dropout: Dropout,
}

impl Default for Vit {
    fn default() -> Self {
        Self {
            patch: nonzero(16),
            layers: nonzero(12),
            heads: nonzero(12),
            dimension: nonzero(768),
            hidden: nonzero(3072),
            dropout: Dropout::default(),
        }
    }
}

impl Network for Vit {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let [channels, height, width] = builder.image()?;
        let (patch, dimension) = (size(self.patch), size(self.dimension));
        if height % patch != 0 || width % patch != 0 {
            return Err(builder.refuse(
                "patch",
                &patch,
                format!("a divisor of both sides of {height}x{width}"),
            ));
        }
        let heads = builder.heads(self.heads, self.dimension)?;
        let tokens = 1 + (height / patch) * (width / patch);
        let class = builder.constant("class_token", &[1, 1, dimension], 0.0)?;
        builder.init = Init::Normal(1.0 / ((channels * patch * patch) as f64).sqrt());
        let mut layers = vec![
            builder.convolution(
                "conv_proj",
                channels,
                dimension,
                Kernel::square(patch).padding(0).stride(patch),
            )?,
            Layer::ChannelsLast,
            Layer::Prepend(class),
            Layer::Positions(builder.normal("encoder.pos_embedding", &[1, tokens, dimension], 0.02)?),
            Layer::Dropout(self.dropout.get()),
            Layer::tap("embedding"),
        ];
        for index in 0..self.layers.get() {
            self.encoder_layer(index, heads, &mut layers, builder)?;
        }
        layers.extend([
            builder.layer_norm("encoder.ln", dimension, EPSILON)?,
            Layer::FirstToken,
            Layer::tap("pooled"),
        ]);
        builder.init = Init::Normal(0.0);
        layers.push(builder.head("heads.head", dimension)?);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0
    }
}

impl Vit {
    fn encoder_layer(
        &self,
        index: u32,
        heads: i64,
        layers: &mut Vec<Layer>,
        builder: &mut Builder<'_>,
    ) -> Result<()> {
        let (dimension, hidden, dropout) = (size(self.dimension), size(self.hidden), self.dropout.get());
        let name = |part: &str| format!("encoder.layers.encoder_layer_{index}.{part}");
        let attention = vec![
            builder.layer_norm(&name("ln_1"), dimension, EPSILON)?,
            builder.attention(&name("self_attention"), dimension, heads, 0.0)?,
            Layer::Dropout(dropout),
        ];
        let norm = builder.layer_norm(&name("ln_2"), dimension, EPSILON)?;
        builder.init = Init::Xavier;
        let perceptron = vec![
            norm,
            builder.linear(&name("mlp.0"), dimension, hidden)?,
            Layer::Gelu,
            Layer::Dropout(dropout),
            builder.linear(&name("mlp.3"), hidden, dimension)?,
            Layer::Dropout(dropout),
        ];
        layers.extend([
            Layer::Residual { main: attention, shortcut: Vec::new() },
            Layer::Residual { main: perceptron, shortcut: Vec::new() },
            Layer::Tap(format!("layer{index}")),
        ]);
        Ok(())
    }
}

const EPSILON: f64 = 1e-6;
