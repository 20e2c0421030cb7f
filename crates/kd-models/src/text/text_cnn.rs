use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::layer::{Builder, Kernel, Layer};
use crate::network::Network;
use crate::settings::{Dropout, nonzero, size};

/// Convolutions over windows of words, each filter's largest value, and a linear classifier (Kim 2014, arXiv
/// 1408.5882). Texts shorter than the widest window are padded; other windows never reach into padding, so that what is
/// said of a text does not depend on the others of its batch.
///
/// Features: `pooled`, the largest values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TextCnn {
    /// Size of an embedding.
    pub dimension: NonZeroU32,
    /// Words in each window; at least one.
    pub windows: Vec<NonZeroU32>,
    /// Filters for each window.
    pub filters: NonZeroU32,
    /// Probability of dropping a pooled value while training.
    pub dropout: Dropout,
}

impl Default for TextCnn {
    fn default() -> Self {
        Self {
            dimension: nonzero(300),
            windows: [3, 4, 5].map(nonzero).into(),
            filters: nonzero(100),
            dropout: Dropout::constant(0.5),
        }
    }
}

impl Network for TextCnn {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let (dimension, filters) = (size(self.dimension), size(self.filters));
        let Some(widest) = self.windows.iter().max() else {
            return Err(builder.refuse("windows", &"[]", "at least one window, such as [3, 4, 5]"));
        };
        let embedding = builder.embedding("embedding", dimension)?;
        let mut branches = Vec::new();
        for (index, &window) in self.windows.iter().enumerate() {
            let window = size(window);
            let name = format!("convs.{index}");
            let convolution = builder.convolution(&name, dimension, filters, Kernel::window(window))?;
            // Rectified last, where there are fewest: the largest of rectified numbers is the largest of them, rectified.
            branches.push(vec![convolution, Layer::WholeWindows(window), Layer::Largest, Layer::Relu]);
        }
        Ok(vec![
            Layer::AtLeast(size(*widest)),
            embedding,
            Layer::ChannelsFirst,
            Layer::Branches(branches),
            Layer::tap("pooled"),
            Layer::Dropout(self.dropout.get()),
            builder.head("head", filters * self.windows.len() as i64)?,
        ])
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0
    }
}
