use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::joined;
use crate::Result;
use crate::layer::{Builder, Layer};
use crate::network::Network;
use crate::settings::{Dropout, nonzero, size};

/// Residual network for tables (Gorishniy et al. 2021, arXiv 2106.11959, equation 2): blocks of batch normalisation
/// and two linear layers around an identity.
///
/// Features: `stem`, `layer0`, `layer1`, ..., then `pooled`, which the head reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TabularResNet {
    /// Blocks.
    pub layers: NonZeroU32,
    /// Width of the identity.
    pub dimension: NonZeroU32,
    /// Width between the two linear layers of a block.
    pub hidden: NonZeroU32,
    /// Probability of dropping an activation between the two while training.
    pub dropout: Dropout,
    /// Probability of dropping what a block adds while training.
    pub residual_dropout: Dropout,
    /// Size of a category's embedding, for tables whose categories are embedded.
    pub embedding: Option<NonZeroU32>,
}

impl Default for TabularResNet {
    fn default() -> Self {
        Self {
            layers: nonzero(4),
            dimension: nonzero(128),
            hidden: nonzero(256),
            dropout: Dropout::constant(0.2),
            residual_dropout: Dropout::default(),
            embedding: None,
        }
    }
}

impl Network for TabularResNet {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let (dimension, hidden) = (size(self.dimension), size(self.hidden));
        let (mut layers, inputs) = joined(self.embedding, builder)?;
        layers.extend([builder.linear("first_layer", inputs, dimension)?, Layer::tap("stem")]);
        for index in 0..self.layers.get() {
            let name = format!("layers.{index}");
            let main = vec![
                builder.batch_norm(&format!("{name}.norm"), dimension)?,
                builder.linear(&format!("{name}.linear0"), dimension, hidden)?,
                Layer::Relu,
                Layer::Dropout(self.dropout.get()),
                builder.linear(&format!("{name}.linear1"), hidden, dimension)?,
                Layer::Dropout(self.residual_dropout.get()),
            ];
            layers.extend([
                Layer::Residual { main, shortcut: Vec::new() },
                Layer::Tap(format!("layer{index}")),
            ]);
        }
        layers.extend([
            builder.batch_norm("last_normalization", dimension)?,
            Layer::Relu,
            Layer::tap("pooled"),
            builder.head("head", dimension)?,
        ]);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0 || self.residual_dropout.get() > 0.0
    }
}
