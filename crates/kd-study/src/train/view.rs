//! Augmented batches: what a student reads of its samples, and what teachers say of the very same view.

use kd_data::augment::{Augmentation, Mixing, View};
use kd_data::{Encoder, Inputs};
use kd_models::{Mode, Model, Output};
use tch::{Device, Tensor};

use crate::error::Result;

/// The views of a run's own samples.
pub(crate) struct Views<'a> {
    pub(crate) augmentation: Augmentation,
    /// In the order of the run's subset, on its device.
    pub(crate) samples: Inputs,
    /// Their rows of the training split, by which views are drawn: the same for every subset.
    pub(crate) rows: &'a [usize],
    pub(crate) seeds: [u64; 2],
    pub(crate) encoder: &'a Encoder,
    /// Those who see them too.
    pub(crate) teachers: Vec<(Model, Encoder)>,
    pub(crate) device: Device,
}

/// A batch as it is seen at one step.
pub(crate) struct Seen {
    /// As the student reads it.
    pub(crate) inputs: Tensor,
    /// What teachers say of it, numbers in the student's units.
    pub(crate) teachers: Vec<Output>,
    /// The view itself; none of the samples as they are.
    pub(crate) view: Option<View>,
}

impl Views<'_> {
    /// The samples at `batch` as they are seen at `step`.
    pub(crate) fn at(&self, step: u64, batch: &[i64]) -> Result<Seen> {
        let batch: Vec<usize> = batch.iter().map(|&sample| sample as usize).collect();
        let rows: Vec<usize> = batch.iter().map(|&sample| self.rows[sample]).collect();
        let [run, part] = self.seeds;
        let view = self.augmentation.view(&self.samples.select(&batch)?, &rows, &[run, part, step])?;
        let say = |(model, encoder): &(Model, Encoder)| -> Result<Output> {
            let _no_grad = tch::no_grad_guard();
            let output = model.forward(&view.encode(encoder, self.device)?, Mode::Evaluate)?;
            let logits = self.encoder.standardised(&encoder.original_units(&output.logits)?)?;
            Ok(Output { logits, ..output })
        };
        let teachers = self.teachers.iter().map(say).collect::<Result<Vec<_>>>()?;
        Ok(Seen { inputs: view.encode(self.encoder, self.device)?, teachers, view: Some(view) })
    }
}

impl Seen {
    /// How its examples are mixed, if they are.
    pub(crate) fn mixing(&self) -> Option<&Mixing> {
        self.view.as_ref().and_then(View::mixing)
    }
}
