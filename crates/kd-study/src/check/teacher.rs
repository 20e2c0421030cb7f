//! Whether a teacher can be had.

use std::ops::Range;
use std::path::Path;

use kd_data::{Dataset, Encoder, Encoding, Inputs};
use kd_models::{Head, Input};
use tch::Device;
use toml::Spanned;

use crate::error::{Error, Result};
use crate::file::{OutputFiles, Replicates, TeacherFile, TorchScriptFile};
use crate::problem::Problem;
use crate::spec::{InputFile, Limits, Predictor, Pretrained, Validation};
use crate::train::draw;
use crate::train::modules::Module;
use crate::train::pretrained::{predicted, stored};

/// What a teacher is held against.
pub(super) struct Setting<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) validation: Validation,
    pub(super) encoding: &'a Encoding,
    pub(super) input: Input,
    pub(super) outputs: i64,
}

/// What predicts, of the teacher in `file`, which is at `place`.
pub(super) fn predictor(
    file: &TeacherFile,
    place: Range<usize>,
    setting: &Setting<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Predictor> {
    let (span, pretrained, advice) = match (&file.model, &file.torch_script, &file.outputs) {
        (Some(model), None, None) => {
            let new = match &file.weights {
                None => Some("this model"),
                Some(weights) => (weights.get_ref().head == Head::New).then_some("a new head"),
            };
            if let (None, Some(new)) = (&file.train, new) {
                let what = format!("`train` is missing: {new} has yet to be trained");
                problems.push(
                    Problem::new(model.span(), what, "of this model")
                        .help("add train = { budget.epochs = 40, optimizer.adamw.learning_rate = 1e-3 }"),
                );
            }
            return Some(Predictor::Model(model.get_ref().clone()));
        }
        (None, Some(script), None) => {
            let advice = match setting.dataset.train.inputs {
                Inputs::Texts(_) => OWN_TOKENS.to_owned(),
                _ => format!("it is given {} in batches, and returns {}", setting.input, setting.returned()),
            };
            (script.span(), torch_script(script.get_ref(), setting), advice)
        }
        (None, None, Some(files)) => {
            let advice = format!(
                "a row for each of the {} training and {} test examples in the order of the data files: {}",
                setting.dataset.train.len(),
                setting.dataset.test.len(),
                setting.returned()
            );
            (files.span(), outputs(files.get_ref(), setting.dataset), advice)
        }
        (None, None, None) => {
            problems.push(Problem::new(place, "a teacher is missing here", "in this table").help(
                "add `model` and `train`, or what was trained elsewhere: torch_script = { path = \"teacher.pt\" } or \
                 outputs = { train = \"train.npy\", test = \"test.npy\" }",
            ));
            return None;
        }
        (_, script, outputs) => {
            let again = outputs.as_ref().map(Spanned::span).or(script.as_ref().map(Spanned::span));
            let what = "a teacher is one of `model`, `torch_script` and `outputs`";
            problems.push(
                Problem::new(again.unwrap_or(place), what, "another one")
                    .help("keep one of them; to compare teachers, write a task for each"),
            );
            return None;
        }
    };
    problems.extend(untrained(file));
    match pretrained {
        Ok(pretrained) => Some(Predictor::Pretrained(pretrained)),
        Err(error) => {
            let advice = match error {
                Error::Data(kd_data::Error::Unreadable(_)) => {
                    "paths are relative to the folder of the study file".to_owned()
                }
                _ => advice,
            };
            problems.push(Problem::new(span, error.to_string(), "cannot teach this task").help(advice));
            None
        }
    }
}

const OWN_TOKENS: &str = "every program numbers words in its own way: let it compute its outputs on all examples, and give \
                          those: outputs = { train = \"train.npy\", test = \"test.npy\" }";

impl Setting<'_> {
    /// What a teacher returns for a batch.
    fn returned(&self) -> String {
        match (self.input, self.outputs) {
            (Input::Sequence { length, .. }, outputs) => format!("logits [B, {length}, {outputs}]"),
            (_, 1) => "numbers [B, 1] in the units of the data".to_owned(),
            (_, outputs) => format!("logits [B, {outputs}] with the classes in the order of the data"),
        }
    }
}

/// The module, once it has predicted two examples.
fn torch_script(script: &TorchScriptFile, setting: &Setting<'_>) -> Result<Pretrained> {
    let Setting { dataset, validation, encoding, .. } = setting;
    let (file, bytes) = InputFile::open(script.path.clone())?;
    let limits = Limits { seconds: script.seconds, gigabytes: script.gigabytes };
    let mut module = Module::start(&file, bytes, limits, Device::Cpu)?;
    let (rows, _) = draw::pool(dataset, *validation);
    let encoder = Encoder::fit(&dataset.train, &rows, encoding)?;
    let two = dataset.train.select(&rows[..rows.len().min(2)])?;
    let _ = predicted(&mut module, script.inputs, &encoder, dataset, &two)?;
    Ok(Pretrained::TorchScript { file, inputs: script.inputs, limits })
}

/// The files, once all of them has been read.
fn outputs(files: &OutputFiles, dataset: &Dataset) -> Result<Pretrained> {
    let read = |path: &Path, split, examples| {
        let (file, bytes) = InputFile::open(path.to_owned())?;
        stored(&file, bytes, split, dataset, examples).map(|_| file)
    };
    let train = read(&files.train, "train", &dataset.train)?;
    Ok(Pretrained::Outputs { train, test: read(&files.test, "test", &dataset.test)? })
}

/// That nothing is asked for which takes training.
fn untrained(file: &TeacherFile) -> Vec<Problem> {
    let train = file.train.as_ref().map(Spanned::span);
    let weights = file.weights.as_ref().map(Spanned::span);
    let members = (file.members.get_ref().get() > 1).then(|| file.members.span());
    let replicates = (*file.replicates.get_ref() == Replicates::PerSeed).then(|| file.replicates.span());
    let asked = [("train", train), ("weights", weights), ("members", members), ("replicates", replicates)];
    let refused = asked.into_iter().filter_map(|(key, span)| {
        let what = format!("`{key}` goes with `model`: this teacher has been trained already, once");
        Some(Problem::new(span?, what, "nothing is trained").help("leave it out"))
    });
    refused.collect()
}
