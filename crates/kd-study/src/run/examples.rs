//! A data set as a run sees it.

use kd_data::{Dataset, Encoded, Encoder, send, subset};
use kd_models::Model;
use tch::{Device, Tensor};

use super::unlabelled::Unlabelled;
use crate::error::{Error, Result};
use crate::spec::{RunSpec, Training};
use crate::train::evaluate::logits;
use crate::train::outputs::Outputs;
use crate::train::{draw, prediction};

/// A data set as a run sees it.
#[derive(Debug)]
pub(super) struct Examples {
    pub(super) encoder: Encoder,
    /// The rows of the training split that the run is trained on, ascending.
    pub(super) rows: Vec<usize>,
    /// The same, on the run's device.
    pub(super) subset: Tensor,
    pub(super) subset_hash: String,
    /// The training rows that are for validation; none if that has examples of its own.
    pub(super) held_out: Option<Tensor>,
    /// The run's own samples but for those that it is validated on, in the order of `subset`.
    pub(super) train: Labelled,
    /// Those that it learns from beside, if any.
    pub(super) unlabelled: Option<Unlabelled>,
    pub(super) validation: Labelled,
    pub(super) test: Labelled,
    /// Those of all training examples, as the run has them.
    pub(super) targets: Tensor,
    /// Of a model, for each example or token.
    pub(super) outputs: i64,
}

#[derive(Debug)]
pub(super) struct Labelled {
    pub(super) inputs: Encoded,
    /// As [`Encoder::targets`] gives them.
    pub(super) targets: Tensor,
}

impl Labelled {
    /// How many of them a run reads each time that it is validated on them.
    pub(super) fn read(&self, spec: &RunSpec) -> usize {
        let split = self.inputs.len();
        let labels = self.targets.numel() / split.max(1);
        let read = |own: &Training| own.validated_on(split as u64, labels as u64, spec.trained_on());
        spec.training.as_ref().map_or(split, |own| read(own) as usize)
    }

    /// Those, evenly spread over all; none if they are all.
    pub(super) fn spread(&self, spec: &RunSpec) -> Result<Option<Self>> {
        let (read, all) = (self.read(spec), self.inputs.len());
        if read == all {
            return Ok(None);
        }
        let rows = index(&(0..read).map(|place| place * all / read).collect::<Vec<_>>())?;
        let targets = self.targets.f_index_select(0, &send(&rows, self.targets.device())?)?;
        Ok(Some(Self { inputs: self.inputs.select(&rows)?, targets }))
    }

    pub(super) fn score(&self, model: &Model) -> Result<f64> {
        prediction::score(&logits(model, &self.inputs)?, &self.targets)
    }
}

impl Examples {
    pub(super) fn new(dataset: &Dataset, spec: &RunSpec, device: Device) -> Result<Self> {
        let validation = spec.data.validation;
        let (pool, mut held_out) = draw::pool(dataset, validation);
        let own = draw::rows(&spec.draws, dataset, &pool)?;
        let unlabelled = draw::unlabelled(&spec.draws, dataset, &pool, &own, spec.unlabelled)?;
        let (rows, taken) = draw::divided(own, dataset, validation);
        held_out.extend(&taken);
        let mut inputs = unlabelled.clone();
        inputs.extend(&rows);
        inputs.sort_unstable();
        let encoder = Encoder::fit_partly_labelled(&dataset.train, &inputs, &rows, &spec.data.encoding)?;
        let encode = |examples: &kd_data::Examples, targets: &Tensor| -> Result<Labelled> {
            Ok(Labelled {
                inputs: encoder.encode(&examples.inputs)?.to_device(device)?,
                targets: targets.f_to_device(device)?,
            })
        };
        let right = |examples: &kd_data::Examples| encode(examples, &encoder.targets(examples)?);
        let targets = draw::targets(&spec.draws, dataset, encoder.targets(&dataset.train)?)?;
        let own_labels =
            |rows: &[usize]| encode(&dataset.train.select(rows)?, &targets.f_index_select(0, &index(rows)?)?);
        let subset = index(&rows)?;
        Ok(Self {
            train: own_labels(&rows)?,
            unlabelled: Unlabelled::new(&rows, unlabelled, own_labels)?,
            validation: match validation.official(dataset) {
                Some(examples) => right(examples)?,
                // Of its own samples, a run has no other labels than its own.
                None if !taken.is_empty() => own_labels(&taken)?,
                None => right(&dataset.train.select(&held_out)?)?,
            },
            test: right(&dataset.test)?,
            subset: subset.f_to_device(device)?,
            held_out: (!held_out.is_empty())
                .then(|| Ok::<_, Error>(index(&held_out)?.f_to_device(device)?))
                .transpose()?,
            subset_hash: subset::subset_hash(&rows),
            outputs: prediction::outputs(dataset),
            targets,
            rows,
            encoder,
        })
    }

    /// What a model says of the test split and of the run's own samples, which are among `everything` that it said of the
    /// training split, if it did.
    pub(super) fn predicted_by(&self, model: &Model, everything: Option<&Tensor>) -> Result<Outputs> {
        Ok(Outputs {
            train: match everything {
                Some(said) => said.f_index_select(0, &self.subset)?,
                None => logits(model, &self.train.inputs)?,
            },
            test: logits(model, &self.test.inputs)?,
        })
    }

    /// What a model says of other examples, as it says it.
    pub(super) fn said_of(&self, model: &Model, examples: &kd_data::Examples) -> Result<Tensor> {
        logits(model, &self.encoder.encode(&examples.inputs)?.to_device(model.store().device())?)
    }
}

/// Rows as a tensor.
pub(super) fn index(rows: &[usize]) -> Result<Tensor> {
    let rows: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
    Ok(Tensor::f_from_slice(&rows)?)
}
