//! What is kept of a run beside its record, a file each.

use std::path::Path;

use kd_data::Dataset;
use kd_models::Model;
use tch::{Device, Kind, Tensor, nn};

use super::examples::Examples;
use crate::error::Result;
use crate::spec::{Keep, Part, RunSpec, predictions_are_kept};
use crate::store::{Attempt, CRITERION, ENCODER, HISTORY, OUTPUTS, PREDICTIONS, SUBSET, UNLABELLED, WEIGHTS};
use crate::train::outputs::Outputs;
use crate::train::{History, Milestone};

/// A run at its end.
pub(super) struct Ended<'a> {
    pub(super) spec: &'a RunSpec,
    /// What is asked for beside what is kept of every run.
    pub(super) keep: &'a Keep,
    pub(super) dataset: &'a Dataset,
    pub(super) examples: &'a Examples,
    pub(super) predictor: Predictor<'a>,
    /// Of the test split and the run's own samples, as its model gives them.
    pub(super) predictions: &'a Outputs,
}

/// What predicts at the end of a run.
#[derive(Clone, Copy)]
pub(super) enum Predictor<'a> {
    /// A model of ours, what its objective has learnt, what was seen on the way, and what a teacher says of every training
    /// example.
    Model { model: &'a Model, learnt: &'a nn::VarStore, history: &'a History, teaches: Option<&'a Tensor> },
    /// What was trained elsewhere, which has said this.
    Pretrained(&'a Outputs),
}

/// Writes a file, if the run has what is kept in it.
type Write = fn(&Ended<'_>, &Path) -> Result<()>;

/// Every file and what writes it.
const FILES: [(&str, Write); 8] = [
    (HISTORY, history),
    (ENCODER, encoder),
    (SUBSET, subset),
    (UNLABELLED, unlabelled),
    (PREDICTIONS, predictions),
    (WEIGHTS, weights),
    (OUTPUTS, outputs),
    (CRITERION, criterion),
];

impl Ended<'_> {
    /// Writes what is kept of the run into its attempt.
    pub(super) fn write(&self, attempt: &Attempt) -> Result<()> {
        FILES.iter().try_for_each(|(name, write)| write(self, &attempt.path().join(name)))
    }
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

/// What it says of the test split and of its own samples, and what is right, in the units of the data; unless it is too
/// large.
fn predictions(run: &Ended<'_>, path: &Path) -> Result<()> {
    if !predictions_are_kept(run.predictions.numbers()) {
        return Ok(());
    }
    let examples = run.examples;
    let kept = |table: &Tensor| -> Result<Tensor> {
        Ok(examples.encoder.original_units(table)?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?)
    };
    let right = |targets: &Tensor| match targets.kind() {
        Kind::Int64 => Ok(targets.f_to_device(Device::Cpu)?.f_to_kind(Kind::Int)?),
        _ => kept(targets),
    };
    let outputs = Outputs { train: kept(&run.predictions.train)?, test: kept(&run.predictions.test)? };
    let targets = Outputs { train: right(&examples.train.targets)?, test: right(&examples.test.targets)? };
    outputs.write_with(&targets, path)
}

/// Those of teachers, of students for whom that is asked or who will teach, and of students beside which something was
/// learnt that means nothing without them.
fn weights(run: &Ended<'_>, path: &Path) -> Result<()> {
    let Predictor::Model { model, learnt, .. } = run.predictor else { return Ok(()) };
    match run.spec.part {
        Part::Student { .. } if learnt.is_empty() && !run.keep.is_of_files() => Ok(()),
        Part::Teacher { .. } | Part::Student { .. } => Ok(model.save(path)?),
    }
}

/// What one that teaches says of every example, once for all students.
fn outputs(run: &Ended<'_>, path: &Path) -> Result<()> {
    let test = &run.predictions.test;
    match run.predictor {
        Predictor::Pretrained(said) => said.write(path),
        Predictor::Model { teaches: Some(train), .. } => in_units(train, test, run.examples)?.write(path),
        Predictor::Model { model, .. } if run.keep.outputs => {
            let train = run.examples.said_of(model, &run.dataset.train)?;
            in_units(&train, test, run.examples)?.write(path)
        }
        Predictor::Model { .. } => Ok(()),
    }
}

/// What a model says of every example of its data set, in the units of the data.
pub(super) fn of_every_example(model: &Model, examples: &Examples, dataset: &Dataset) -> Result<Outputs> {
    let [train, test] =
        [&dataset.train, &dataset.test].map(|examples_of| examples.said_of(model, examples_of));
    in_units(&train?, &test?, examples)
}

/// What was said in the units of the data: every student standardises by its own samples.
fn in_units(train: &Tensor, test: &Tensor, examples: &Examples) -> Result<Outputs> {
    let in_units = |said: &Tensor| -> Result<Tensor> {
        Ok(examples.encoder.original_units(said)?.to_device(Device::Cpu))
    };
    Ok(Outputs { train: in_units(train)?, test: in_units(test)? })
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
