//! One run, from its specification to its published folder.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;
use std::time::Instant;

use kd_core::objective::Objective;
use kd_core::random::{Concern, Stream};
use kd_core::supervision::Supervision;
use kd_data::{Dataset, Encoded, Encoder, InputShape, subset};
use kd_models::{Architecture, Input, Model};
use tch::{Device, Tensor};

use crate::comparison::{criterion, teacher_features, teacher_model};
use crate::draw::{self, Draw};
use crate::error::{Error, Result};
use crate::evaluate::{Features, logits};
use crate::prediction::{Quality, fidelity, outputs, row_targets, score};
use crate::predictor::Predictor;
use crate::pretrained::{Pretrained, Said};
use crate::record::{Environment, Failure, FailureKind, Measures, Outcome, RunRecord, TeacherFidelity};
use crate::representation::{Representation, Start};
use crate::signal::{seen_signals, signals};
use crate::spec::{DataSpec, Part, RunId, RunSpec};
use crate::store::{Attempt, Store};
use crate::train::{Ending, History, Learning, Milestone, Samples, train};
use crate::view::{TeacherView, Views};

/// Trains runs in this process, keeping what successive runs share.
#[derive(Debug)]
pub struct Runner {
    store: Store,
    device: Device,
    datasets: HashMap<String, Rc<Dataset>>,
    /// The last subset, encoded: arms of one cell and seed follow each other and share it.
    examples: Option<(DataSpec, Vec<Draw>, Rc<Examples>)>,
    /// The outputs of the last teacher, and of the other members if it leads an ensemble.
    outputs: HashMap<RunId, Rc<Outputs>>,
}

/// A data set as a run sees it.
#[derive(Debug)]
struct Examples {
    encoder: Encoder,
    /// The run's rows of the training split, ascending.
    rows: Vec<usize>,
    /// The same, on the run's device.
    subset: Tensor,
    subset_hash: String,
    /// The rows held out for validation; none if that has examples of its own.
    held_out: Option<Tensor>,
    /// The run's own samples, in the order of `subset`.
    train: Labelled,
    validation: Labelled,
    test: Labelled,
    /// Those of all training examples, as the run has them.
    targets: Tensor,
    /// Of a model, for each example or token.
    outputs: i64,
}

#[derive(Debug)]
struct Labelled {
    inputs: Encoded,
    /// As [`Encoder::targets`] gives them.
    targets: Tensor,
}

impl Labelled {
    fn score(&self, model: &Model) -> Result<f64> {
        score(&logits(model, &self.inputs)?, &self.targets)
    }
}

/// A teacher's logits, or numbers in the units of the data, on every training and test example.
#[derive(Debug)]
pub(crate) struct Outputs {
    pub(crate) train: Tensor,
    pub(crate) test: Tensor,
}

impl Runner {
    /// A runner that publishes into `store`.
    #[must_use]
    pub fn new(store: Store, device: Device) -> Self {
        Self { store, device, datasets: HashMap::new(), examples: None, outputs: HashMap::new() }
    }

    /// Trains a run and publishes its record, be it finished or failed.
    ///
    /// # Errors
    /// If nothing could be published.
    pub fn run(&mut self, spec: &RunSpec) -> Result<RunRecord> {
        let started = Instant::now();
        let id = spec.id()?;
        let attempt = self.store.attempt(&id)?;
        // Some of tch's functions panic where libtorch refuses (say, memory); that must cost this run and no other.
        let attempted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match &spec.model {
            Predictor::Model(architecture) => self.train(spec, architecture, &attempt),
            Predictor::Pretrained(teacher) => self.listen(spec, teacher, &attempt),
        }));
        let outcome = match attempted {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => {
                let mut failure = failure(&error.to_string());
                // A file that cannot be read or written today may be mended tomorrow.
                if matches!(
                    error,
                    Error::Io(_)
                        | Error::Record { .. }
                        | Error::FileChanged(_)
                        | Error::Data(kd_data::Error::Unreadable(_))
                ) {
                    failure.kind = FailureKind::Environment;
                }
                Outcome::Failed(failure)
            }
            Err(panic) => Outcome::Failed(failure(panic_message(panic.as_ref()))),
        };
        let record = RunRecord {
            id,
            spec: spec.clone(),
            outcome,
            seconds: started.elapsed().as_secs_f64(),
            environment: environment(self.device),
        };
        attempt.publish(&record)?;
        Ok(record)
    }

    fn train(&mut self, spec: &RunSpec, architecture: &Architecture, attempt: &Attempt) -> Result<Outcome> {
        let examples = self.examples(spec)?;
        let teachers = self.outputs(spec.teachers())?;
        let seeds = spec.stream_seeds();
        let stream = |concern| Stream::new(&seeds, concern);
        let mut model = Model::new(
            architecture,
            input(examples.encoder.input()),
            examples.outputs,
            &mut stream(Concern::Initialisation),
            self.device,
        )?;
        if let Some(weights) = &spec.weights {
            weights.start(&mut model)?;
        }
        let start = self.start(spec, &examples, &model)?;
        // Dropout is the only thing that draws from libtorch's generator; it belongs to this process and this run.
        tch::manual_seed(stream(Concern::Dropout).next_u64() as i64);

        let labels = row_targets(&examples.targets)?;
        let heard = teachers
            .iter()
            .map(|teacher| Ok(examples.encoder.standardised(&teacher.train)?))
            .collect::<Result<Vec<_>>>()?;
        let intervention = stream(Concern::Intervention);
        let views = self.views(spec, &examples)?;
        let teacher_looks = views.as_ref().is_some_and(|views| !views.teachers.is_empty());
        let signals = if teacher_looks {
            seen_signals(&spec.objective, &intervention)
        } else {
            signals(&spec.objective, &heard, &labels, &examples.subset, &intervention)?
        };
        let features = self.teacher_features(spec, &examples, teacher_looks)?;
        let (mut criterion, mut learnt) = criterion(
            &spec.objective,
            &model,
            &examples.train.inputs,
            &features,
            stream(Concern::Criterion),
        )?;
        let samples = Samples {
            inputs: &examples.train.inputs,
            targets: &examples.train.targets,
            teacher: signals,
            teacher_features: if teacher_looks { Vec::new() } else { features },
            views,
        };
        let mut best = Best { score: f64::NEG_INFINITY, step: 0, weights: BTreeMap::new() };
        let mut order = stream(Concern::BatchOrder);
        let mut watch = |model: &Model, step| {
            let score = examples.validation.score(model)?;
            if score > best.score {
                best = Best { score, step, weights: model.weights() };
            }
            Ok(score)
        };
        let ending = if let Some(training) = &spec.training {
            let objective = &spec.objective;
            let learning =
                Learning { model: &mut model, objective, criterion: &mut criterion, learnt: &mut learnt };
            train(learning, samples, training, &mut order, &mut watch)?
        } else {
            watch(&model, 0)?;
            Ending::Finished(History::default())
        };
        let history = match ending {
            Ending::Finished(history) => history,
            Ending::NotFinite { step } => {
                return Ok(Outcome::Failed(Failure {
                    kind: FailureKind::Deterministic,
                    reason: format!(
                        "the training loss stopped being a finite number by step {step}; a lower learning rate may help"
                    ),
                }));
            }
        };
        write_history(&attempt.path().join("history.csv"), &history.milestones)?;
        fs_err::write(attempt.path().join(ENCODER), serde_json::to_vec(&examples.encoder)?)?;
        fs_err::write(attempt.path().join(SUBSET), serde_json::to_vec(&examples.rows)?)?;
        if matches!(spec.part, Part::Teacher { .. }) {
            model.save(&attempt.path().join(WEIGHTS))?;
            self.write_outputs(spec, &examples.encoder, &model, &attempt.path().join(OUTPUTS))?;
        } else if !learnt.is_empty() {
            // What the objective has learnt means something only beside the student it was learnt with.
            model.save(&attempt.path().join(WEIGHTS))?;
            learnt.save(attempt.path().join(CRITERION))?;
        }
        let teacher = Outputs::compared(&spec.objective, &teachers)?;
        let representation =
            start.map(|start| self.representation(spec, &start, &model, examples.outputs)).transpose()?;
        let measures = measure(&mut model, &examples, teacher.as_ref(), representation, &best, &history)?;
        Ok(Outcome::Finished(Box::new(measures)))
    }

    fn dataset(&mut self, data: &DataSpec) -> Result<Rc<Dataset>> {
        if let Some(dataset) = self.datasets.get(&data.fingerprint) {
            return Ok(Rc::clone(dataset));
        }
        let dataset = Rc::new(data.load()?);
        if dataset.fingerprint != data.fingerprint {
            return Err(Error::DataChanged(data.name.clone()));
        }
        self.datasets.insert(data.fingerprint.clone(), Rc::clone(&dataset));
        Ok(dataset)
    }

    fn examples(&mut self, spec: &RunSpec) -> Result<Rc<Examples>> {
        if let Some((data, draws, examples)) = &self.examples
            && *data == spec.data
            && *draws == spec.draws
        {
            return Ok(Rc::clone(examples));
        }
        let dataset = self.dataset(&spec.data)?;
        let examples = Rc::new(Examples::new(&dataset, spec, self.device)?);
        self.examples = Some((spec.data.clone(), spec.draws.clone(), Rc::clone(&examples)));
        Ok(examples)
    }

    /// The teacher's features that a student compares its own with, on its own samples; if the teacher will look at
    /// views of them, only on the first, whose shapes are those of all.
    fn teacher_features(
        &mut self,
        spec: &RunSpec,
        examples: &Examples,
        teacher_looks: bool,
    ) -> Result<Features> {
        let (Some(teacher), Some(_)) = (spec.teachers().first(), spec.objective.features().next()) else {
            return Ok(Vec::new());
        };
        let rows = &examples.rows[..if teacher_looks { 1 } else { examples.rows.len() }];
        let own = self.dataset(&spec.data)?.train.inputs.select(rows)?;
        let Some(teacher) = teacher_model(&self.store, teacher, examples.outputs, self.device)? else {
            return Ok(Vec::new());
        };
        teacher_features(&teacher, &spec.objective, &own)
    }

    /// The views that a run learns from, if its samples are augmented.
    fn views<'a>(&mut self, spec: &RunSpec, examples: &'a Examples) -> Result<Option<Views<'a>>> {
        let Some(augmentation) = spec.augmentation else { return Ok(None) };
        let looks = spec.teacher_view == TeacherView::Same && spec.objective.needs_teacher();
        let teachers = spec.teachers().iter().filter(|_| looks);
        // One that was trained elsewhere is refused while planning.
        let load = |teacher| teacher_model(&self.store, teacher, examples.outputs, self.device).transpose();
        let teachers = teachers.filter_map(load).collect::<Result<Vec<_>>>()?;
        Ok(Some(Views {
            augmentation,
            samples: self.dataset(&spec.data)?.train.inputs.select(&examples.rows)?.to_device(self.device)?,
            rows: &examples.rows,
            seeds: spec.stream_seeds(),
            encoder: &examples.encoder,
            teachers,
            device: self.device,
        }))
    }

    /// What is kept of a model before its first step, if it will be compared with that.
    fn start(&mut self, spec: &RunSpec, examples: &Examples, model: &Model) -> Result<Option<Start>> {
        let Some(asked) = spec.representation else { return Ok(None) };
        let dataset = self.dataset(&spec.data)?;
        Ok(Some(Start::of(asked, &dataset, &examples.encoder, model)?))
    }

    fn representation(
        &self,
        spec: &RunSpec,
        start: &Start,
        model: &Model,
        outputs: i64,
    ) -> Result<Representation> {
        let teacher = spec.teachers().first();
        let teacher =
            teacher.map(|teacher| teacher_model(&self.store, teacher, outputs, self.device)).transpose()?;
        start.compare(model, teacher.flatten().as_ref())
    }

    fn outputs(&mut self, teachers: &[RunId]) -> Result<Vec<Rc<Outputs>>> {
        // An ensemble goes by its first member, which arms without an ensemble listen to as well.
        if teachers.first().is_some_and(|first| !self.outputs.contains_key(first)) {
            self.outputs.clear();
        }
        let mut outputs = |teacher: &RunId| {
            if let Some(outputs) = self.outputs.get(teacher) {
                return Ok(Rc::clone(outputs));
            }
            let outputs = Outputs::read(&self.store.run_path(teacher).join(OUTPUTS), self.device)?;
            Ok(Rc::clone(self.outputs.entry(teacher.clone()).or_insert(Rc::new(outputs))))
        };
        teachers.iter().map(&mut outputs).collect()
    }

    /// What the teacher says of every example, once for all students.
    fn write_outputs(&mut self, spec: &RunSpec, encoder: &Encoder, model: &Model, path: &Path) -> Result<()> {
        let dataset = self.dataset(&spec.data)?;
        let on = |examples: &kd_data::Examples| -> Result<Tensor> {
            let inputs = encoder.encode(&examples.inputs)?.to_device(self.device)?;
            // In the units of the data: every student standardises by its own samples.
            Ok(encoder.original_units(&logits(model, &inputs)?)?.to_device(Device::Cpu))
        };
        Outputs { train: on(&dataset.train)?, test: on(&dataset.test)? }.write(path)
    }

    /// Publishes what a teacher that was trained elsewhere says of every example, and how good that is.
    fn listen(&mut self, spec: &RunSpec, teacher: &Pretrained, attempt: &Attempt) -> Result<Outcome> {
        let examples = self.examples(spec)?;
        let encoder = &examples.encoder;
        let dataset = self.dataset(&spec.data)?;
        let official = spec.data.validation.official(&dataset);
        let Said { outputs, validation, parameters } =
            teacher.say(&dataset, official, encoder, self.device)?;
        outputs.write(&attempt.path().join(OUTPUTS))?;
        fs_err::write(attempt.path().join(ENCODER), serde_json::to_vec(encoder)?)?;
        fs_err::write(attempt.path().join(SUBSET), serde_json::to_vec(&examples.rows)?)?;

        let standardised = |table: &Tensor| encoder.standardised(&table.f_to_device(self.device)?);
        let (train, test) = (standardised(&outputs.train)?, standardised(&outputs.test)?);
        let on = |rows: &Tensor| train.f_index_select(0, rows);
        let validation = match &examples.held_out {
            Some(rows) => Some(on(rows)?),
            None => validation.as_ref().map(standardised).transpose()?,
        };
        let scored = |table: &Tensor, own: &Labelled| score(table, &own.targets);
        let test = Quality::of(&test, &examples.test.targets, encoder)?;
        Ok(Outcome::Finished(Box::new(Measures {
            test,
            test_score_at_best: test.score(),
            best_step: 0,
            validation_score: validation.map(|table| scored(&table, &examples.validation)).transpose()?,
            train_score: scored(&on(&examples.subset)?, &examples.train)?,
            fidelity: None,
            steps: 0,
            convergence: None,
            parameters,
            subset: examples.subset_hash.clone(),
            representation: None,
        })))
    }
}

const OUTPUTS: &str = "outputs.safetensors";
pub(crate) const WEIGHTS: &str = "weights.safetensors";
pub(crate) const ENCODER: &str = "encoder.json";
pub(crate) const SUBSET: &str = "subset.json";
const CRITERION: &str = "criterion.safetensors";

/// The weights that scored best on the validation split.
struct Best {
    score: f64,
    step: u64,
    weights: BTreeMap<String, Tensor>,
}

fn measure(
    model: &mut Model,
    examples: &Examples,
    teacher: Option<&Outputs>,
    representation: Option<Representation>,
    best: &Best,
    history: &History,
) -> Result<Measures> {
    let train_logits = logits(model, &examples.train.inputs)?;
    let test_logits = logits(model, &examples.test.inputs)?;
    let fidelity = teacher
        .map(|teacher| -> Result<Option<TeacherFidelity>> {
            let own = teacher.train.f_index_select(0, &examples.subset)?;
            let (test, train) = (fidelity(&test_logits, &teacher.test)?, fidelity(&train_logits, &own)?);
            Ok(test.zip(train).map(|(test, train)| TeacherFidelity { test, train }))
        })
        .transpose()?
        .flatten();
    let test = Quality::of(&test_logits, &examples.test.targets, &examples.encoder)?;
    let train_score = score(&train_logits, &examples.train.targets)?;
    let validation_score = history.milestones.iter().rev().find_map(|milestone| milestone.validation_score);
    model.set_weights(&best.weights, Path::new("the best weights of this run"))?;
    Ok(Measures {
        test,
        test_score_at_best: examples.test.score(model)?,
        best_step: best.step,
        validation_score: Some(validation_score.unwrap_or(best.score)),
        train_score,
        fidelity,
        steps: history.milestones.last().map_or(0, |milestone| milestone.step),
        convergence: history.convergence(),
        parameters: model.parameters(),
        subset: examples.subset_hash.clone(),
        representation,
    })
}

impl Examples {
    fn new(dataset: &Dataset, spec: &RunSpec, device: Device) -> Result<Self> {
        let (pool, held_out) = draw::pool(dataset, spec.data.validation);
        let rows = draw::rows(&spec.draws, dataset, &pool)?;
        let encoder = Encoder::fit(&dataset.train, &rows, &spec.data.encoding)?;
        let encode = |examples: &kd_data::Examples, targets: &Tensor| -> Result<Labelled> {
            Ok(Labelled {
                inputs: encoder.encode(&examples.inputs)?.to_device(device)?,
                targets: targets.f_to_device(device)?,
            })
        };
        let right = |examples: &kd_data::Examples| encode(examples, &encoder.targets(examples)?);
        let targets = draw::targets(&spec.draws, dataset, encoder.targets(&dataset.train)?)?;
        let index = |rows: &[usize]| -> Result<Tensor> {
            let rows: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
            Ok(Tensor::f_from_slice(&rows)?)
        };
        let subset = index(&rows)?;
        Ok(Self {
            train: encode(&dataset.train.select(&rows)?, &targets.f_index_select(0, &subset)?)?,
            validation: match spec.data.validation.official(dataset) {
                Some(examples) => right(examples)?,
                None => right(&dataset.train.select(&held_out)?)?,
            },
            test: right(&dataset.test)?,
            targets,
            subset: subset.f_to_device(device)?,
            held_out: (!held_out.is_empty())
                .then(|| Ok::<_, Error>(index(&held_out)?.f_to_device(device)?))
                .transpose()?,
            subset_hash: subset::subset_hash(&rows),
            outputs: outputs(dataset),
            rows,
            encoder,
        })
    }
}

impl Outputs {
    /// Of several members, what a student under `objective` is compared with: the ensemble if it learns from one, else
    /// the first. None for no members.
    fn compared(objective: &Objective, members: &[Rc<Self>]) -> Result<Option<Self>> {
        if members.is_empty() {
            return Ok(None);
        }
        let supervisions = || objective.terms().into_iter().filter_map(Objective::supervision);
        let ensemble = supervisions().find(|supervision| matches!(supervision, Supervision::Ensemble(_)));
        let choose = |table: fn(&Self) -> &Tensor| {
            let tables: Vec<Tensor> = members.iter().map(|member| table(member).shallow_clone()).collect();
            ensemble.unwrap_or(&Supervision::default()).choose(&tables, 1.0)
        };
        Ok(Some(Self { train: choose(|outputs| &outputs.train)?, test: choose(|outputs| &outputs.test)? }))
    }

    fn write(&self, path: &Path) -> Result<()> {
        Ok(Tensor::write_safetensors(&[("train", &self.train), ("test", &self.test)], path)?)
    }

    fn read(path: &Path, device: Device) -> Result<Self> {
        let damaged = |problem| Error::Record { path: path.to_owned(), problem };
        let tensors = Tensor::read_safetensors(path).map_err(|error| damaged(error.to_string()))?;
        let mut tensors: HashMap<String, Tensor> = tensors.into_iter().collect();
        let mut take = |name: &str| {
            tensors
                .remove(name)
                .map(|tensor| tensor.to_device(device))
                .ok_or_else(|| damaged(format!("the teacher's outputs have no tensor `{name}`")))
        };
        Ok(Self { train: take("train")?, test: take("test")? })
    }
}

pub(crate) fn input(shape: InputShape) -> Input {
    match shape {
        InputShape::Image { channels, height, width } => Input::Image { channels, height, width },
        InputShape::Features { width } => Input::Features { width },
        InputShape::Table { numeric, categories, levels } => Input::Table { numeric, categories, levels },
        InputShape::Tokens { vocabulary } => Input::Tokens { vocabulary },
        InputShape::Sequence { vocabulary, length } => Input::Sequence { vocabulary, length },
    }
}

fn write_history(path: &Path, milestones: &[Milestone]) -> Result<()> {
    let mut text = String::from("step,loss,validation_score\n");
    let cell = |number: Option<f64>| number.map_or_else(String::new, |number| number.to_string());
    for milestone in milestones {
        let _ = writeln!(
            text,
            "{},{},{}",
            milestone.step,
            cell(milestone.loss),
            cell(milestone.validation_score)
        );
    }
    Ok(fs_err::write(path, text)?)
}

/// Memory may be there next time; everything else that libtorch or a model refuses, it will refuse again.
fn failure(message: &str) -> Failure {
    let first_line = message.lines().next().unwrap_or_default();
    let memory =
        ["out of memory", "can't allocate memory", "bad_alloc"].iter().any(|sign| message.contains(sign));
    let kind = if memory { FailureKind::Environment } else { FailureKind::Deterministic };
    Failure { kind, reason: first_line.to_owned() }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("the training code panicked")
}

/// What may decide the last bits of what this process computes.
#[must_use]
pub fn environment(device: Device) -> Environment {
    Environment {
        device: match device {
            Device::Cuda(index) => format!("cuda:{index}"),
            _ => "cpu".to_owned(),
        },
        threads: tch::get_num_threads(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}
