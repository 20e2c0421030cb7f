//! Whether a teacher can be had.

use std::ops::Range;
use std::path::Path;

use kd_core::random::{Concern, Stream};
use kd_data::{Dataset, Encoder, Encoding, Examples, Inputs, Source};
use kd_doubt::Doubt;
use kd_models::{Architecture, Head, Input, Model};
use tch::{Device, Kind, Tensor};
use toml::Spanned;

use super::elsewhere::{Sample, Tried, reading, steadiness};
use crate::error::{Error, Result};
use crate::file::{OutputFiles, Replicates, TeacherFile, TorchScriptFile};
use crate::problem::Problem;
use crate::spec::{InputFile, Limits, Predictor, Pretrained, Reading, Validation, Weights};
use crate::train::draw;
use crate::train::evaluate::logits;
use crate::train::modules::Module;
use crate::train::pretrained::{encoded, predicted, stored, truth};

/// What a teacher is held against.
pub(super) struct Setting<'a> {
    pub(super) source: &'a Source,
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
    doubts: &mut Vec<Doubt>,
    problems: &mut Vec<Problem>,
) -> Option<Predictor> {
    let (span, pretrained, advice) = match (&file.model, &file.torch_script, &file.outputs, &file.bayes) {
        (Some(model), None, None, None) => {
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
        (None, Some(script), None, None) => {
            let advice = match setting.dataset.train.inputs {
                Inputs::Texts(_) => OWN_TOKENS.to_owned(),
                _ => format!("it is given {} in batches, and returns {}", setting.input, setting.returned()),
            };
            let TorchScriptFile { classes, scale, .. } = script.get_ref();
            let reading = reading(classes, scale, setting.dataset, problems);
            (script.span(), torch_script(script.get_ref(), reading, setting, doubts), advice)
        }
        (None, None, Some(files), None) => {
            let advice = format!(
                "a row for each of the {} training and {} test examples in the order of the data files: {}",
                setting.dataset.train.len(),
                setting.dataset.test.len(),
                setting.returned()
            );
            let OutputFiles { classes, scale, .. } = files.get_ref();
            let reading = reading(classes, scale, setting.dataset, problems);
            (files.span(), outputs(files.get_ref(), reading, setting, doubts), advice)
        }
        (None, None, None, Some(bayes)) => {
            let known = truth(Some(setting.source), &setting.dataset.train);
            let advice = "data.gaussian_blobs, multi_view, teacher_student, linear_regression and markov_text are drawn from a truth; \
                          of other data, a large model on all samples comes nearest to it";
            (bayes.span(), known.map(|_| Pretrained::Bayes {}), advice.to_owned())
        }
        (None, None, None, None) => {
            problems.push(Problem::new(place, "a teacher is missing here", "in this table").help(
                "add `model` and `train`, or what was trained elsewhere: torch_script = { path = \"teacher.pt\" } or \
                 outputs = { train = \"train.npy\", test = \"test.npy\" }; or, of synthetic data, bayes = {}",
            ));
            return None;
        }
        (_, script, outputs, bayes) => {
            let spans = [
                bayes.as_ref().map(Spanned::span),
                outputs.as_ref().map(Spanned::span),
                script.as_ref().map(Spanned::span),
            ];
            let again = spans.into_iter().flatten().next();
            let what = "a teacher is one of `model`, `torch_script`, `outputs` and `bayes`";
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

/// The module, once it has predicted some examples.
fn torch_script(
    script: &TorchScriptFile,
    reading: Reading,
    setting: &Setting<'_>,
    doubts: &mut Vec<Doubt>,
) -> Result<Pretrained> {
    let Setting { dataset, validation, encoding, .. } = setting;
    let (file, bytes) = InputFile::open(script.path.clone())?;
    let limits = Limits { seconds: script.seconds, gigabytes: script.gigabytes };
    let mut module = Module::start(&file, bytes, limits, Device::Cpu)?;
    let (rows, _) = draw::pool(dataset, *validation);
    let encoder = Encoder::fit(&dataset.train, &rows, encoding)?;
    let say = |module: &mut Module, examples: &Examples| {
        predicted(module, encoded(script.inputs, &encoder, examples)?, &reading, dataset, examples)
    };
    let two = dataset.train.select(&rows[..rows.len().min(2)])?;
    let _ = say(&mut module, &two)?;
    let sample = Sample::of(dataset, *validation)?;
    let place = file.to_string();
    let inputs = encoded(script.inputs, &encoder, &sample.examples)?;
    let few = Tensor::f_arange(sample.rows.len().min(BATCH) as i64, (Kind::Int64, Device::Cpu))?;
    if let Some(doubt) = steadiness(&mut module, &inputs.batch(&few)?, &place)? {
        doubts.push(doubt);
    } else {
        let (said, examples) = sample.said(|examples| say(&mut module, examples))?;
        let setting = Some("torch_script");
        let columns = &reading.columns;
        doubts.extend(Tried { place, dataset, said, examples: &examples, setting, columns }.doubts()?);
    }
    Ok(Pretrained::TorchScript { file, inputs: script.inputs, limits, reading })
}

/// How many examples a module is asked of twice.
const BATCH: usize = 32;

/// The files, once all of them has been read.
fn outputs(
    files: &OutputFiles,
    reading: Reading,
    setting: &Setting<'_>,
    doubts: &mut Vec<Doubt>,
) -> Result<Pretrained> {
    let Setting { dataset, validation, .. } = setting;
    let read = |path: &Path, split, examples| {
        let (file, bytes) = InputFile::open(path.to_owned())?;
        stored(&file, bytes, split, &reading, dataset, examples).map(|said| (file, said))
    };
    let (train, said) = read(&files.train, "train", &dataset.train)?;
    let (test, _) = read(&files.test, "test", &dataset.test)?;
    let Sample { rows, examples } = Sample::of(dataset, *validation)?;
    let rows: Vec<i64> = rows.into_iter().map(|row| row as i64).collect();
    let said = said.f_index_select(0, &Tensor::f_from_slice(&rows)?)?;
    let setting = Some("outputs");
    let (place, columns) = (train.to_string(), &reading.columns[..]);
    let tried = Tried { place, dataset, said, examples: &examples, setting, columns };
    doubts.extend(tried.doubts()?);
    Ok(Pretrained::Outputs { train, test, reading })
}

/// What is doubtful of a model that is used as its weights make it.
pub(super) fn as_it_is(
    weights: &Weights,
    architecture: &Architecture,
    setting: &Setting<'_>,
) -> Result<Vec<Doubt>> {
    let Setting { dataset, validation, encoding, outputs, .. } = setting;
    if weights.head == Head::New {
        return Ok(Vec::new());
    }
    let (rows, _) = draw::pool(dataset, *validation);
    let encoder = Encoder::fit(&dataset.train, &rows, encoding)?;
    let mut stream = Stream::new(&[], Concern::Initialisation);
    let mut model = Model::new(architecture, encoder.input(), *outputs, &mut stream, Device::Cpu)?;
    weights.start(&mut model)?;
    let (said, examples) = Sample::of(dataset, *validation)?.said(|examples| {
        let said = logits(&model, &encoder.encode(&examples.inputs)?)?;
        Ok(encoder.original_units(&said)?)
    })?;
    let place = weights.file.to_string();
    let tried = Tried { place, dataset, said, examples: &examples, setting: None, columns: &[] };
    let found = tried.doubts()?;
    // What these weights say is read as logits here, as it was where they were trained.
    Ok(found.into_iter().filter(|doubt| doubt.kind != kd_doubt::Kind::Probabilities).collect())
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
