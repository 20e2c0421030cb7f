use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::joined;
use crate::layer::{Builder, Layer, size};
use crate::{Dropout, Input, Result};

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
    pub(crate) fn build(&self, builder: &mut Builder<'_>) -> Result<Vec<Layer>> {
        let (mut layers, inputs) = match builder.input {
            Input::Image { channels, height, width } => (vec![Layer::Flatten], channels * height * width),
            Input::Features { .. } | Input::Table { .. } => joined(self.embedding, builder)?,
            _ => return Err(builder.misfit("images or tables")),
        };
        layers.extend(perceptron(&self.hidden, self.dropout, inputs, builder)?);
        Ok(layers)
    }
}

/// Hidden layers and a head; also the last part of other networks.
pub(crate) fn perceptron(
    hidden: &[NonZeroU32],
    dropout: Dropout,
    inputs: i64,
    builder: &mut Builder<'_>,
) -> Result<Vec<Layer>> {
    let (mut layers, mut width) = (Vec::new(), inputs);
    for (index, outputs) in hidden.iter().map(|&outputs| size(outputs)).enumerate() {
        let name = format!("hidden{index}");
        layers.extend([
            builder.linear(&name, width, outputs)?,
            Layer::Relu,
            Layer::Tap(name),
            Layer::Dropout(dropout.get()),
        ]);
        width = outputs;
    }
    layers.push(builder.head("head", width)?);
    Ok(layers)
}
