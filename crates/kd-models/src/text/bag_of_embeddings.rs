use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::layer::{Builder, Layer, perceptron};
use crate::network::Network;
use crate::settings::{Dropout, checked, size};

/// Mean of token embeddings followed by a perceptron (Joulin et al. 2017, "Bag of Tricks for Efficient Text
/// Classification", arXiv 1607.01759, with optional hidden layers).
///
/// Features: `embedding` (the mean), then `hidden0`, ...
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BagOfEmbeddings {
    /// Size of an embedding.
    pub dimension: NonZeroU32,
    /// Widths of hidden layers between the mean and the classifier.
    #[serde(default)]
    pub hidden: Vec<NonZeroU32>,
    /// Probability of dropping an activation while training.
    #[serde(default)]
    pub dropout: Dropout,
}

impl BagOfEmbeddings {
    /// Embeddings of this size and a linear classifier.
    ///
    /// # Errors
    /// [`crate::BuildError::Setting`] if it is 0.
    pub fn new(dimension: u32) -> Result<Self> {
        let dimension = checked("bag_of_embeddings", "dimension", dimension)?;
        Ok(Self { dimension, hidden: Vec::new(), dropout: Dropout::default() })
    }
}

impl Network for BagOfEmbeddings {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let dimension = size(self.dimension);
        let mut layers =
            vec![builder.embedding("embedding", dimension)?, Layer::MeanToken, Layer::tap("embedding")];
        layers.extend(perceptron(&self.hidden, self.dropout, dimension, builder)?);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0
    }
}
