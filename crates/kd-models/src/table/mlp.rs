use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::joined;
use crate::layer::{Builder, Layer, perceptron};
use crate::network::Network;
use crate::settings::{Dropout, checked};
use crate::{Input, Result};

/// Multi-layer perceptron with `ReLU` between layers; images are flattened first.
///
/// Features: `hidden0`, `hidden1`, ... after each activation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mlp {
    /// Width of each hidden layer; none makes a linear classifier.
    pub hidden: Vec<NonZeroU32>,
    /// Probability of dropping a hidden activation while training.
    #[serde(default)]
    pub dropout: Dropout,
    /// Size of a category's embedding, for tables whose categories are embedded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedding: Option<NonZeroU32>,
}

impl Mlp {
    /// Hidden layers of these widths, without dropout.
    ///
    /// # Errors
    /// [`crate::BuildError::Setting`] if a width is 0.
    pub fn new(hidden: impl IntoIterator<Item = u32>) -> Result<Self> {
        let hidden: Result<_> = hidden.into_iter().map(|width| checked("mlp", "hidden", width)).collect();
        Ok(Self { hidden: hidden?, ..Self::default() })
    }
}

impl Network for Mlp {
    fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let (mut layers, inputs) = match builder.input {
            Input::Image { channels, height, width } => (vec![Layer::Flatten], channels * height * width),
            Input::Features { .. } | Input::Table { .. } => joined(self.embedding, builder)?,
            Input::Tokens { .. } | Input::Sequence { .. } => return Err(builder.misfit("images or tables")),
        };
        layers.extend(perceptron(&self.hidden, self.dropout, inputs, builder)?);
        Ok(layers)
    }

    fn drops_out(&self) -> bool {
        self.dropout.get() > 0.0
    }

    fn is_linear(&self) -> bool {
        self.hidden.is_empty() && self.embedding.is_none()
    }
}
