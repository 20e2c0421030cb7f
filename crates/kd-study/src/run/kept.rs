//! What is kept of a run beside its record, a file each.

use std::path::Path;

use kd_data::Dataset;
use kd_models::Model;
use tch::{Device, Tensor, nn};

use super::examples::Examples;
use crate::error::Result;
use crate::spec::{Part, RunSpec};
use crate::store::{Attempt, CRITERION, ENCODER, HISTORY, OUTPUTS, SUBSET, UNLABELLED, WEIGHTS};
use crate::train::evaluate::logits;
use crate::train::outputs::Outputs;
use crate::train::{History, Milestone};

/// A run at its end.
pub(super) struct Ended<'a> {
    pub(super) spec: &'a RunSpec,
    pub(super) dataset: &'a Dataset,
    pub(super) examples: &'a Examples,
    pub(super) predictor: Predictor<'a>,
}

/// What predicts at the end of a run.
#[derive(Clone, Copy)]
pub(super) enum Predictor<'a> {
    /// A model of ours, what its objective has learnt, and what was seen on the way.
    Model { model: &'a Model, learnt: &'a nn::VarStore, history: &'a History },
    /// What was trained elsewhere, which has said this.
    Pretrained(&'a Outputs),
}

/// Writes a file, if the run has what is kept in it.
type Write = fn(&Ended<'_>, &Path) -> Result<()>;

/// Every file and what writes it.
const FILES: [(&str, Write); 7] = [
    (HISTORY, history),
    (ENCODER, encoder),
    (SUBSET, subset),
    (UNLABELLED, unlabelled),
    (WEIGHTS, weights),
    (OUTPUTS, outputs),
    (CRITERION, criterion),
];

/// Writes what is kept of a run into its attempt.
pub(super) fn keep(run: &Ended<'_>, attempt: &Attempt) -> Result<()> {
    FILES.iter().try_for_each(|(name, write)| write(run, &attempt.path().join(name)))
}

fn history(run: &Ended<'_>, path: &Path) -> Result<()> {
    let Predictor::Model { history, .. } = run.predictor else { return Ok(()) };
    let mut text = String::from("step,loss,gradient_norm,validation_score\n");
    let cell = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
    for Milestone { step, loss, gradient_norm, validation_score } in &history.milestones {
        let [loss, norm, score] = [*loss, *gradient_norm, *validation_score].map(cell);
        text.push_str(&format!("{step},{loss},{norm},{score}\n"));
    }
    Ok(fs_err::write(path, text)?)
}

fn encoder(run: &Ended<'_>, path: &Path) -> Result<()> {
    Ok(fs_err::write(path, serde_json::to_vec(&run.examples.encoder)?)?)
}

fn subset(run: &Ended<'_>, path: &Path) -> Result<()> {
    Ok(fs_err::write(path, serde_json::to_vec(&run.examples.rows)?)?)
}

/// The rows of what a student learnt from beside.
fn unlabelled(run: &Ended<'_>, path: &Path) -> Result<()> {
    match &run.examples.unlabelled {
        Some(unlabelled) => Ok(fs_err::write(path, serde_json::to_vec(&unlabelled.rows)?)?),
        None => Ok(()),
    }
}

/// Those of teachers, and of students beside which something was learnt that means nothing without them.
fn weights(run: &Ended<'_>, path: &Path) -> Result<()> {
    let Predictor::Model { model, learnt, .. } = run.predictor else { return Ok(()) };
    match run.spec.part {
        Part::Student { .. } if learnt.is_empty() => Ok(()),
        Part::Teacher { .. } | Part::Student { .. } => Ok(model.save(path)?),
    }
}

/// What a teacher says of every example, once for all students.
fn outputs(run: &Ended<'_>, path: &Path) -> Result<()> {
    let model = match (run.predictor, &run.spec.part) {
        (Predictor::Pretrained(said), _) => return said.write(path),
        (Predictor::Model { .. }, Part::Student { .. }) => return Ok(()),
        (Predictor::Model { model, .. }, Part::Teacher { .. }) => model,
    };
    let encoder = &run.examples.encoder;
    let on = |examples: &kd_data::Examples| -> Result<Tensor> {
        let inputs = encoder.encode(&examples.inputs)?.to_device(model.store().device())?;
        // In the units of the data: every student standardises by its own samples.
        Ok(encoder.original_units(&logits(model, &inputs)?)?.to_device(Device::Cpu))
    };
    Outputs { train: on(&run.dataset.train)?, test: on(&run.dataset.test)? }.write(path)
}

/// What a student's objective has learnt.
fn criterion(run: &Ended<'_>, path: &Path) -> Result<()> {
    match (run.predictor, &run.spec.part) {
        (Predictor::Model { learnt, .. }, Part::Student { .. }) if !learnt.is_empty() => {
            Ok(learnt.save(path)?)
        }
        (Predictor::Model { .. } | Predictor::Pretrained(_), Part::Student { .. } | Part::Teacher { .. }) => {
            Ok(())
        }
    }
}
