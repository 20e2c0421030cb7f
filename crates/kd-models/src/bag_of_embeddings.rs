use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::layer::{Builder, mean_embedding};
use crate::mlp::MlpNetwork;
use crate::{Dropout, Mode, Output, Result};

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
    pub(crate) fn build(
        &self,
        vocabulary: i64,
        classes: i64,
        builder: &mut Builder<'_>,
    ) -> Result<BagNetwork> {
        let dimension = i64::from(self.dimension.get());
        let table = builder.embedding("embedding", vocabulary, dimension, 1.0)?;
        let top = MlpNetwork::new(&self.hidden, self.dropout, dimension, classes, builder)?;
        Ok(BagNetwork { table, top })
    }
}

#[derive(Debug)]
pub(crate) struct BagNetwork {
    table: Tensor,
    top: MlpNetwork,
}

impl BagNetwork {
    pub(crate) fn forward(&self, tokens: &Tensor, mode: Mode) -> Result<Output> {
        let mean = mean_embedding(&self.table, tokens)?;
        self.top.forward(&mean, vec![("embedding".to_owned(), mean.shallow_clone())], mode)
    }
}
