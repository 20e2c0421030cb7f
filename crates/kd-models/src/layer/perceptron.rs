use std::num::NonZeroU32;

use super::{Builder, Layer};
use crate::Result;
use crate::settings::{Dropout, size};

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
