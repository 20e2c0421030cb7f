//! What a model says of every example, without gradients.

use kd_data::{Encoded, send};
use kd_models::{Mode, Model, Output};
use tch::{Device, Kind, Tensor};

use super::modules::Module;
use crate::error::Result;

/// Named features, `[n, ...]` each.
pub(crate) type Features = Vec<(String, Tensor)>;

/// Enough examples to keep a device busy.
const EXAMPLES: i64 = 1024;

/// Few enough numbers in and out, of all examples of a part together, for any model's activations.
const NUMBERS: usize = 1 << 20;

/// The model's logits, `[n, K]`.
pub(crate) fn logits(model: &Model, inputs: &Encoded) -> Result<Tensor> {
    let mut parts = Vec::new();
    let places = each_part(model, inputs, |output| parts.push(output.logits))?;
    joined(&parts, places.as_ref())
}

/// The module's logits, of the same shape.
pub(crate) fn module_logits(module: &mut Module, inputs: &Encoded) -> Result<Tensor> {
    let mut parts = Vec::new();
    let device = module.device();
    let forward = |batch: &Tensor| module.forward(batch);
    let places = each_part_of(forward, device, inputs, |output| parts.push(output.logits))?;
    joined(&parts, places.as_ref())
}

/// The model's features of which `wanted` says so.
pub(crate) fn features(model: &Model, inputs: &Encoded, wanted: impl Fn(&str) -> bool) -> Result<Features> {
    let mut parts: Vec<(String, Vec<Tensor>)> = Vec::new();
    let places = each_part(model, inputs, |output| {
        let found = output.features.into_iter().filter(|(name, _)| wanted(name));
        if parts.is_empty() {
            parts = found.map(|(name, feature)| (name, vec![feature])).collect();
        } else {
            parts.iter_mut().zip(found).for_each(|((_, parts), (_, feature))| parts.push(feature));
        }
    })?;
    parts.into_iter().map(|(name, parts)| Ok((name, joined(&parts, places.as_ref())?))).collect()
}

/// The model's last feature before the head, each example's as one row, `[n, p]`; none where it has none.
pub(crate) fn last_feature(model: &Model, inputs: &Encoded) -> Result<Option<Tensor>> {
    let mut parts = Vec::new();
    let mut keep = |mut output: Output| parts.extend(output.features.pop().map(|(_, feature)| feature));
    let places = each_part(model, inputs, &mut keep)?;
    if parts.is_empty() { Ok(None) } else { Ok(Some(joined(&parts, places.as_ref())?.f_flatten(1, -1)?)) }
}

/// The parts together, in the order of the examples.
fn joined(parts: &[Tensor], places: Option<&Tensor>) -> Result<Tensor> {
    let together = Tensor::f_cat(parts, 0)?;
    Ok(match places {
        Some(places) => together.f_index_select(0, places)?,
        None => together,
    })
}

/// Hands on what the model says of some examples after others; tells where each example is among them, if they are not
/// in their order.
fn each_part(model: &Model, inputs: &Encoded, take: impl FnMut(Output)) -> Result<Option<Tensor>> {
    let forward = |batch: &Tensor| Ok(model.forward(batch, Mode::Evaluate)?);
    each_part_of(forward, model.store().device(), inputs, take)
}

fn each_part_of(
    mut forward: impl FnMut(&Tensor) -> Result<Output>,
    device: Device,
    inputs: &Encoded,
    mut take: impl FnMut(Output),
) -> Result<Option<Tensor>> {
    let _no_grad = tch::no_grad_guard();
    let count = inputs.len() as i64;
    let order = inputs.longest_first().map(|order| Tensor::f_from_slice(&order)).transpose()?;
    let mut part = |start: i64, examples: i64| -> Result<(usize, Output)> {
        let end = (start + examples).min(count);
        let index = match &order {
            Some(order) => order.f_narrow(0, start, end - start)?,
            None => Tensor::f_arange_start(start, end, (Kind::Int64, Device::Cpu))?,
        };
        let batch = inputs.batch(&index)?;
        let output = forward(&batch)?;
        Ok((batch.numel().max(output.logits.numel()), output))
    };
    if count == 0 {
        return Ok(None);
    }
    let (numbers, _) = part(0, 1)?;
    let examples = ((NUMBERS / numbers.max(1)) as i64).clamp(1, EXAMPLES);
    for start in (0..count).step_by(examples as usize) {
        take(part(start, examples)?.1);
    }
    order.map(|order| Ok(send(&order.f_argsort(0, false)?, device)?)).transpose()
}
