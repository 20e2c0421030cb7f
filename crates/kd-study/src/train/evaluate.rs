//! What a model says of every example, without gradients.

use kd_data::{Encoded, send};
use kd_models::{Mode, Model, Output};
use tch::{Device, Kind, Tensor};

use super::modules::Module;
use crate::error::Result;

/// Named features, `[n, ...]` each.
pub(crate) type Features = Vec<(String, Tensor)>;

/// Enough examples to keep a device busy.
const MOST: i64 = 1024;

/// Few enough for any memory. Of a single example, libtorch computes products another way, whose last bits may be others.
const FEWEST: i64 = 8;

/// So few numbers in the largest activation of a part that they are still near the processor when the next layer reads
/// them.
const NUMBERS: usize = 1 << 20;

/// The same where memory is far from all processors alike, and they are many.
const NUMBERS_ON_GPUS: usize = 1 << 24;

/// The model's logits, `[n, K]`.
pub(crate) fn logits(model: &Model, inputs: &Encoded) -> Result<Tensor> {
    let walk = Walk::new(inputs, model.store().device())?;
    let mut parts = Vec::new();
    walk.each(walk.examples(model)?, |batch| {
        parts.push(model.logits(batch)?);
        Ok(())
    })?;
    walk.joined(&parts)
}

/// The module's logits, of the same shape.
pub(crate) fn module_logits(module: &mut Module, inputs: &Encoded) -> Result<Tensor> {
    let walk = Walk::new(inputs, module.device())?;
    // Of what is between, nothing is known.
    let largest = match walk.first()? {
        Some(example) => example.numel().max(module.forward(&example)?.logits.numel()),
        None => 0,
    };
    let examples = fitting(largest, NUMBERS);
    let mut parts = Vec::new();
    walk.each(examples, |batch| {
        parts.push(module.forward(batch)?.logits);
        Ok(())
    })?;
    walk.joined(&parts)
}

/// The model's features of which `wanted` says so.
pub(crate) fn features(model: &Model, inputs: &Encoded, wanted: impl Fn(&str) -> bool) -> Result<Features> {
    let walk = Walk::new(inputs, model.store().device())?;
    let mut parts: Vec<(String, Vec<Tensor>)> = Vec::new();
    walk.each(walk.examples(model)?, |batch| {
        let output = model.forward(batch, Mode::Evaluate)?;
        let found = output.features.into_iter().filter(|(name, _)| wanted(name));
        if parts.is_empty() {
            parts = found.map(|(name, feature)| (name, vec![feature])).collect();
        } else {
            parts.iter_mut().zip(found).for_each(|((_, parts), (_, feature))| parts.push(feature));
        }
        Ok(())
    })?;
    parts.into_iter().map(|(name, parts)| Ok((name, walk.joined(&parts)?))).collect()
}

/// The model's last feature before the head, each example's as one row, `[n, p]`; none where it has none.
pub(crate) fn last_feature(model: &Model, inputs: &Encoded) -> Result<Option<Tensor>> {
    let walk = Walk::new(inputs, model.store().device())?;
    let mut parts = Vec::new();
    walk.each(walk.examples(model)?, |batch| {
        let Output { mut features, .. } = model.forward(batch, Mode::Evaluate)?;
        parts.extend(features.pop().map(|(_, feature)| feature));
        Ok(())
    })?;
    if parts.is_empty() { Ok(None) } else { Ok(Some(walk.joined(&parts)?.f_flatten(1, -1)?)) }
}

/// How many examples together have at most `most` numbers in an activation, where one has `largest`.
fn fitting(largest: usize, most: usize) -> i64 {
    ((most / largest.max(1)) as i64).clamp(FEWEST, MOST)
}

/// `0..count` in parts of at most `most`, as even as can be.
fn parts(count: i64, most: i64) -> impl Iterator<Item = (i64, i64)> {
    let parts = (count + most - 1) / most;
    (0..parts).map(move |part| (part * count / parts, (part + 1) * count / parts))
}

/// Some examples after others, in an order that reads little padding. No gradients are kept while it lasts.
struct Walk<'a> {
    inputs: &'a Encoded,
    /// If it is not theirs.
    order: Option<Tensor>,
    device: Device,
    _no_grad: tch::NoGradGuard,
}

impl<'a> Walk<'a> {
    fn new(inputs: &'a Encoded, device: Device) -> Result<Self> {
        let order = inputs.longest_first().map(|order| Tensor::f_from_slice(&order)).transpose()?;
        Ok(Self { inputs, order, device, _no_grad: tch::no_grad_guard() })
    }

    fn batch(&self, start: i64, end: i64) -> Result<Tensor> {
        let index = match &self.order {
            Some(order) => order.f_narrow(0, start, end - start)?,
            None => Tensor::f_arange_start(start, end, (Kind::Int64, Device::Cpu))?,
        };
        Ok(self.inputs.batch(&index)?)
    }

    /// The first example, no shorter than any other.
    fn first(&self) -> Result<Option<Tensor>> {
        if self.inputs.is_empty() { Ok(None) } else { self.batch(0, 1).map(Some) }
    }

    /// How many examples the model reads best together.
    fn examples(&self, model: &Model) -> Result<i64> {
        let most = if self.device.is_cuda() { NUMBERS_ON_GPUS } else { NUMBERS };
        let largest = self.first()?.map(|example| model.largest_activation(&example)).transpose()?;
        Ok(fitting(largest.unwrap_or_default(), most))
    }

    fn each(&self, examples: i64, mut take: impl FnMut(&Tensor) -> Result<()>) -> Result<()> {
        parts(self.inputs.len() as i64, examples).try_for_each(|(start, end)| take(&self.batch(start, end)?))
    }

    /// What was said of the parts together, in the order of the examples.
    fn joined(&self, parts: &[Tensor]) -> Result<Tensor> {
        let together = Tensor::f_cat(parts, 0)?;
        Ok(match &self.order {
            Some(order) => {
                let places = send(&order.f_argsort(0, false)?, self.device)?;
                together.f_index_select(0, &places)?
            }
            None => together,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_even_and_none_is_of_one_example() {
        let of = |count, most| parts(count, most).collect::<Vec<_>>();
        assert_eq!(of(0, 8), []);
        assert_eq!(of(1, 8), [(0, 1)]);
        assert_eq!(of(8, 8), [(0, 8)]);
        assert_eq!(of(9, 8), [(0, 4), (4, 9)]);
        assert_eq!(of(2049, 1024), [(0, 683), (683, 1366), (1366, 2049)]);
    }

    #[test]
    fn activations_tell_how_many_examples_are_read_together() {
        assert_eq!(fitting(12_544, NUMBERS), 83);
        assert_eq!(fitting(10, NUMBERS), MOST);
        assert_eq!(fitting(usize::MAX, NUMBERS), FEWEST);
        assert_eq!(fitting(0, NUMBERS), MOST);
    }
}
