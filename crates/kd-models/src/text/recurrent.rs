use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::layer::{Builder, Cell, Layer, Recurrent};
use crate::network::Network;
use crate::settings::{Dropout, nonzero, size};

/// Recurrent classifier: the state after the last word, of both directions if there are two, and a linear
/// classifier.
///
/// Features: `pooled`, the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RecurrentClassifier {
    /// Kind of cell.
    pub cell: Cell,
    /// Size of an embedding.
    pub dimension: NonZeroU32,
    /// Size of the state, for each direction.
    pub hidden: NonZeroU32,
    /// Layers on top of each other.
    pub layers: NonZeroU32,
    /// Whether texts are read backwards too.
    pub bidirectional: bool,
    /// Probability of dropping an activation between layers and before the classifier while training.
    pub dropout: Dropout,
}

impl Default for RecurrentClassifier {
    fn default() -> Self {
        Self {
            cell: Cell::Lstm,
            dimension: nonzero(128),
            hidden: nonzero(128),
            layers: NonZeroU32::MIN,
            bidirectional: true,
            dropout: Dropout::default(),
        }
    }
}

impl Network for RecurrentClassifier {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let (dimension, hidden) = (size(self.dimension), size(self.hidden));
        let dropout = self.dropout.get();
        let sizes = [dimension, hidden, size(self.layers)];
        Ok(vec![
            builder.embedding("embedding", dimension)?,
            Recurrent::layer(self.cell, sizes, self.bidirectional, dropout, builder)?,
            Layer::tap("pooled"),
            Layer::Dropout(dropout),
            builder.head("head", hidden * if self.bidirectional { 2 } else { 1 })?,
        ])
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0
    }
}
