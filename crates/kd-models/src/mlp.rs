use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::layer::{Builder, Linear, dropout};
use crate::{Dropout, Mode, Output, Result};

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
}

impl Mlp {
    pub(crate) fn build(&self, inputs: i64, classes: i64, builder: &mut Builder<'_>) -> Result<MlpNetwork> {
        MlpNetwork::new(&self.hidden, self.dropout, inputs, classes, builder)
    }
}

/// Hidden layers and a head; also the last part of other networks.
#[derive(Debug)]
pub(crate) struct MlpNetwork {
    hidden: Vec<(String, Linear)>,
    head: Linear,
    dropout: f64,
}

impl MlpNetwork {
    pub(crate) fn new(
        hidden: &[NonZeroU32],
        dropout: Dropout,
        inputs: i64,
        classes: i64,
        builder: &mut Builder<'_>,
    ) -> Result<Self> {
        let mut width = inputs;
        let mut layers = Vec::with_capacity(hidden.len());
        for (index, outputs) in hidden.iter().map(|outputs| i64::from(outputs.get())).enumerate() {
            let name = format!("hidden{index}");
            let layer = builder.linear(&name, width, outputs)?;
            layers.push((name, layer));
            width = outputs;
        }
        Ok(Self { hidden: layers, head: builder.linear("head", width, classes)?, dropout: dropout.get() })
    }

    /// `x` is `[B, ...]`; features found before are kept in front of this network's own.
    pub(crate) fn forward(
        &self,
        x: &Tensor,
        mut features: Vec<(String, Tensor)>,
        mode: Mode,
    ) -> Result<Output> {
        let mut x = x.f_flatten(1, -1)?;
        for (name, layer) in &self.hidden {
            x = layer.forward(&x)?.f_relu()?;
            features.push((name.clone(), x.shallow_clone()));
            x = dropout(x, self.dropout, mode)?;
        }
        Ok(Output { logits: self.head.forward(&x)?, features })
    }
}
