//! How long a run would take, told by a few steps on stand-ins: a model that starts anew, some of the run's examples, and
//! random numbers for all that a teacher would say. No teacher is run, least of all one that was trained elsewhere.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Instant;

use kd_core::random::{Concern, Stream};
use kd_core::signal;
use kd_data::{Dataset, Few};
use kd_models::{Architecture, Model};
use tch::{Device, Kind, Tensor};

use super::examples::Examples;
use crate::error::Result;
use crate::plan::PlannedRun;
use crate::plan::shape::looks;
use crate::spec::{Budget, DataSpec, Draw, Keep, Measure, Part, RunSpec, Trainable, Training};
use crate::train::comparison::{criterion, teacher_features};
use crate::train::evaluate::{Features, logits};
use crate::train::prediction::{fidelity, row_targets};
use crate::train::signal::Signal;
use crate::train::view::Views;
use crate::train::{Ending, Learning, Quality, Samples, Watch, train};

/// What every run takes for its folder and the files in it, which are on disk before it counts.
const FOLDER: f64 = 0.02;

/// Seconds that steps are watched for, and that one may take; larger batches are cut down to that.
const WATCHED: f64 = 0.06;
const LONGEST: f64 = 0.5;

/// Seconds of a pass back of a single example, whatever is computed in it.
const BACK: f64 = 3e-4;

/// The most examples that a stand-in has of what may be as large as the data.
const EXAMPLES: usize = 1024;

/// Seconds that a run takes of one worker.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Taken {
    /// A step.
    pub(crate) step: f64,
    /// A score on the validation split.
    pub(crate) evaluation: f64,
    /// Its examples, drawn and encoded for this run and those behind it that have the same.
    pub(crate) drawing: f64,
    /// All else, however many steps there are.
    pub(crate) once: f64,
}

/// What decides a run's examples.
type Drawn = (DataSpec, Vec<Draw>, u64);

/// Tries out runs, keeping what successive ones share.
#[derive(Debug)]
pub(crate) struct Prober {
    device: Device,
    datasets: HashMap<(String, Option<Few>), Rc<Dataset>>,
    /// Those of the last run, and the seconds that they took.
    examples: Option<(Drawn, Rc<Examples>, f64)>,
    /// Seconds that it took to read each data set, by fingerprint.
    pub(crate) loading: HashMap<String, f64>,
}

/// Some of a run's samples, and what takes a teacher's place.
struct StandIns<'a> {
    spec: &'a RunSpec,
    teachers: &'a [&'a RunSpec],
    dataset: &'a Dataset,
    examples: &'a Examples,
    /// Rows of the training split.
    rows: &'a [usize],
    device: Device,
}

impl Prober {
    pub(crate) fn new(device: Device) -> Self {
        Self { device, datasets: HashMap::new(), examples: None, loading: HashMap::new() }
    }

    /// What a run takes that hears these teachers; `guess` is what a step may take. None if `deadline` has passed before
    /// that is known.
    pub(crate) fn probe(
        &mut self,
        run: &PlannedRun,
        teachers: &[&RunSpec],
        guess: f64,
        deadline: Instant,
    ) -> Result<Option<Taken>> {
        let spec = &run.spec;
        let is_late = || Instant::now() > deadline;
        let dataset = self.dataset(&spec.data)?;
        if is_late() {
            return Ok(None);
        }
        let (examples, drawing) = self.examples(spec, &dataset)?;
        let Some(architecture) = spec.model.architecture() else {
            return Ok(Some(Taken { drawing, once: FOLDER, ..Taken::default() }));
        };
        if is_late() {
            return Ok(None);
        }
        let mut rows = Vec::new();
        let stand_ins = |rows| StandIns {
            spec,
            teachers,
            dataset: &dataset,
            examples: &examples,
            rows,
            device: self.device,
        };
        let clock = Instant::now();
        let mut model = stand_ins(&[]).model(architecture)?;
        if spec.weights.as_ref().is_some_and(|weights| weights.trainable == Trainable::Head) {
            model.freeze_backbone()?;
        }
        let built = clock.elapsed().as_secs_f64();
        let mut step = 0.0;
        let mut example = guess;
        if let Some(training) = &spec.training {
            let all = spec.trained_on() as usize;
            let batch = training.batch_of(all as u64) as usize;
            let part = if training.reads_all() { 1.0 } else { (LONGEST / guess).min(1.0) };
            let few = ((batch as f64 * part) as usize).max(2).min(batch);
            let most = if training.reads_all() { all } else { all.min(few.max(EXAMPLES)) };
            // Others take the place of samples without a label.
            let others = (0..dataset.train.len()).filter(|row| examples.rows.binary_search(row).is_err());
            rows.extend(examples.rows.iter().copied().chain(others).take(most));
            let few_seconds = stand_ins(&rows).step(&mut model, training, few, guess)?;
            step = few_seconds * batch as f64 / few as f64;
            example = few_seconds / few as f64;
        }
        if is_late() {
            return Ok(None);
        }
        let known = Taken { step, evaluation: 0.0, drawing, once: built };
        Ok(Some(stand_ins(&[]).taken(&model, &run.keep, known, example)?))
    }

    fn dataset(&mut self, data: &DataSpec) -> Result<Rc<Dataset>> {
        let key = (data.fingerprint.clone(), data.few);
        if let Some(dataset) = self.datasets.get(&key) {
            return Ok(Rc::clone(dataset));
        }
        let clock = Instant::now();
        let dataset = Rc::new(data.load()?);
        self.loading.insert(data.fingerprint.clone(), clock.elapsed().as_secs_f64());
        self.datasets.insert(key, Rc::clone(&dataset));
        Ok(dataset)
    }

    fn examples(&mut self, spec: &RunSpec, dataset: &Dataset) -> Result<(Rc<Examples>, f64)> {
        let drawn = (spec.data.clone(), spec.draws.clone(), spec.unlabelled);
        if let Some((known, examples, seconds)) = &self.examples
            && *known == drawn
        {
            return Ok((Rc::clone(examples), *seconds));
        }
        let clock = Instant::now();
        let examples = Rc::new(Examples::new(dataset, spec, self.device)?);
        let seconds = clock.elapsed().as_secs_f64();
        self.examples = Some((drawn, Rc::clone(&examples), seconds));
        Ok((examples, seconds))
    }
}

impl StandIns<'_> {
    /// A model that reads what this run's does.
    fn model(&self, architecture: &Architecture) -> Result<Model> {
        let (input, outputs) = (self.examples.encoder.input(), self.examples.outputs);
        Ok(Model::new(architecture, input, outputs, &mut stream(Concern::Initialisation), self.device)?)
    }

    /// Seconds of a step on so many examples.
    fn step(&self, model: &mut Model, training: &Training, batch: usize, guess: f64) -> Result<f64> {
        // The first steps ask for memory.
        let first = self.steps(model, training, batch, if guess > WATCHED { 1 } else { 3 })?;
        if first > WATCHED {
            return Ok(first);
        }
        self.steps(model, training, batch, (WATCHED / first.max(1e-6)).clamp(1.0, 400.0) as u32)
    }

    /// The same, of so many.
    fn steps(&self, model: &mut Model, training: &Training, batch: usize, steps: u32) -> Result<f64> {
        let nonzero = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        // Averages are exchanged to be scored, and an accelerator tells only of the end.
        let each_is_seen = training.average.is_none() && !self.device.is_cuda();
        let short = Training {
            budget: training.budget.map(|_| Budget::Steps(nonzero(steps))),
            batch: nonzero(batch as u32),
            evaluations: Some(nonzero(if each_is_seen { steps } else { 1 })),
            ..training.clone()
        };
        let Self { spec, examples, device, .. } = *self;
        let own = self.dataset.train.select(self.rows)?;
        let rows: Vec<i64> = self.rows.iter().map(|&row| row as i64).collect();
        let targets =
            examples.targets.f_index_select(0, &Tensor::f_from_slice(&rows)?)?.f_to_device(device)?;
        let inputs = examples.encoder.encode(&own.inputs)?.to_device(device)?;
        let teacher_looks = looks(spec);
        let teachers = self.teachers()?;
        let features = match teachers.first() {
            Some(teacher) if spec.objective.features().next().is_some() => {
                let seen = self.rows.len().min(if teacher_looks { 1 } else { self.rows.len() });
                let seen = self.dataset.train.inputs.select(&self.rows[..seen])?;
                teacher_features(teacher, &spec.objective, &seen)?
            }
            _ => Features::new(),
        };
        let (mut criterion, mut learnt) =
            criterion(&spec.objective, model, &inputs, &features, stream(Concern::Criterion))?;
        let views = match spec.augmentation {
            None => None,
            Some(augmentation) => Some(Views {
                augmentation,
                samples: own.inputs.to_device(device)?,
                rows: self.rows,
                seeds: spec.stream_seeds(),
                encoder: &examples.encoder,
                teachers: if teacher_looks { teachers } else { Vec::new() },
                device,
            }),
        };
        let samples = Samples {
            inputs: &inputs,
            targets: &targets,
            labelled: None,
            teacher: self.signal(&targets)?,
            teacher_features: if teacher_looks { Features::new() } else { features },
            views,
        };
        let learning =
            Learning { model, objective: &spec.objective, criterion: &mut criterion, learnt: &mut learnt };
        let mut ends = Vec::new();
        let mut score = |_: &Model, _| {
            ends.push(Instant::now());
            Ok(0.0)
        };
        let watch = Watch { score: &mut score, tell: &mut |_| {} };
        let clock = Instant::now();
        let made = match train(learning, samples, &short, &mut stream(Concern::BatchOrder), watch)? {
            Ending::Finished(history) => history.milestones.last().map_or(1, |last| last.step),
            Ending::NotFinite { step } => step,
        };
        let mean = clock.elapsed().as_secs_f64() / made.max(1) as f64;
        Ok(middle(&ends).unwrap_or(mean))
    }

    /// Models in place of those that see each view, or whose features are compared.
    fn teachers(&self) -> Result<Vec<(Model, kd_data::Encoder)>> {
        let needed = looks(self.spec) || self.spec.objective.features().next().is_some();
        let architectures =
            self.teachers.iter().filter(|_| needed).filter_map(|own| own.model.architecture());
        let stand_in = |own| Ok((self.model(own)?, self.examples.encoder.clone()));
        architectures.map(stand_in).collect()
    }

    /// Random numbers in place of what is heard.
    fn signal(&self, targets: &Tensor) -> Result<Signal> {
        let (objective, intervention) = (&self.spec.objective, stream(Concern::Intervention));
        if looks(self.spec) {
            return Ok(Signal::Views(signal::Views::of(objective, &intervention)?));
        }
        let mut shape = targets.size();
        if targets.kind() != Kind::Int64 {
            shape.truncate(1);
        }
        shape.push(self.examples.outputs);
        let say = |_| Ok(Tensor::f_randn(&shape, (Kind::Float, self.device))?);
        let said = self.spec.teachers().iter().map(say).collect::<Result<Vec<_>>>()?;
        let labels = row_targets(targets)?;
        Ok(Signal::Table(signal::Table::of(objective, &said, &labels, &intervention)?))
    }

    /// What the run takes in all, of which `known` has the steps; `example` is what one takes in training.
    fn taken(&self, model: &Model, keep: &Keep, known: Taken, example: f64) -> Result<Taken> {
        let test = self.dataset.test.len();
        let few = ((0.1 / example.max(1e-9)) as usize).clamp(16, EXAMPLES).min(test);
        let part = self.dataset.test.select(&(0..few).collect::<Vec<_>>())?;
        let inputs = self.examples.encoder.encode(&part.inputs)?.to_device(self.device)?;
        let targets = self.examples.encoder.targets(&part)?.f_to_device(self.device)?;
        let each = seconds(few, || {
            // An accelerator has not computed what nobody has read.
            logits(model, &inputs)?.f_sum(Kind::Float)?.f_double_value(&[])?;
            Ok(())
        })?;
        let said = logits(model, &inputs)?;
        let measured = seconds(few, || Quality::of(&said, &targets, &self.examples.encoder).map(drop))?;
        let other = said.f_randn_like()?;
        let compared = seconds(few, || fidelity(&said, &other).map(drop))?;
        let own = self.examples.rows.len() as f64;
        let (test, everything) = (test as f64, self.dataset.train.len() as f64);
        let train = match self.spec.part {
            Part::Teacher { .. } => everything * each,
            Part::Student { .. } if keep.outputs => (own + everything) * each + (test + own) * compared,
            Part::Student { .. } => own * each + (test + own) * compared,
        };
        let asked = keep.measures.iter().map(|measure| self.measured(measure, each)).sum::<f64>();
        Ok(Taken {
            evaluation: self.examples.validation.read(self.spec) as f64 * each,
            once: known.once + FOLDER + train + 2.0 * test * each + test * measured + asked,
            ..known
        })
    }

    /// Seconds of what is measured where training takes a representation: of the start, the end and the teacher, a pass
    /// over examples, and one back for each output of those of tangent kernels, by itself.
    fn measured(&self, measure: &Measure, each: f64) -> f64 {
        match measure {
            Measure::Fidelity { .. } => 0.0,
            Measure::Representation { of, .. } => {
                let back = f64::from(of.tangent_examples) * self.examples.outputs as f64;
                3.0 * (f64::from(of.examples) * each + back * (BACK + 3.0 * each))
            }
            Measure::Shifted { .. } => self.examples.test.inputs.len() as f64 * each,
            Measure::Collapse => {
                (self.examples.rows.len() + 2 * self.examples.test.inputs.len()) as f64 * each
            }
        }
    }
}

/// Seconds of one of so many examples: the least of several times, of which the first asks for memory and any may be
/// disturbed.
fn seconds(examples: usize, work: impl Fn() -> Result<()>) -> Result<f64> {
    let started = Instant::now();
    let mut least = f64::INFINITY;
    for _ in 0..5 {
        let clock = Instant::now();
        work()?;
        least = least.min(clock.elapsed().as_secs_f64());
        if started.elapsed().as_secs_f64() > WATCHED {
            break;
        }
    }
    Ok(least / examples.max(1) as f64)
}

/// Of the seconds between these instants, those in the middle, which what else the machine does now and then leaves as
/// they are; none of too few.
fn middle(instants: &[Instant]) -> Option<f64> {
    let between = instants.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_secs_f64());
    let mut between: Vec<f64> = between.collect();
    between.sort_by(f64::total_cmp);
    (between.len() >= 3).then(|| between[between.len() / 2])
}

/// Whatever it draws: nothing that is learnt here is kept.
fn stream(concern: Concern) -> Stream {
    Stream::new(&[], concern)
}

impl Taken {
    /// Seconds of a run of this specification, but for drawing its examples.
    pub(crate) fn seconds(&self, spec: &RunSpec) -> f64 {
        let steps = spec.steps();
        let scored = spec.training.as_ref().map_or(0, |own| steps.min(own.evaluations()));
        self.once + steps as f64 * self.step + scored as f64 * self.evaluation
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_long_step_is_not_what_steps_take() {
        let start = Instant::now();
        let at = |millis: &[u64]| -> Vec<Instant> {
            millis.iter().map(|&millis| start + Duration::from_millis(millis)).collect()
        };
        let found = middle(&at(&[0, 10, 20, 1030, 1040])).unwrap();
        assert!((found - 0.01).abs() < 1e-9, "{found}");
        assert_eq!(middle(&at(&[0, 10, 20])), None);
    }

    #[test]
    fn a_run_is_its_steps_its_scores_and_what_comes_once() {
        let study = crate::study::tests::study(&[]);
        let plan = crate::Plan::new(&study).unwrap();
        let teacher = &plan.runs.iter().find(|run| run.place.task == "far").unwrap().spec;
        let taken = Taken { step: 1.0, evaluation: 100.0, drawing: 1e6, once: 10_000.0 };
        assert!((taken.seconds(teacher) - 11_019.0).abs() < 1e-6, "19 steps and ten scores");
    }
}
