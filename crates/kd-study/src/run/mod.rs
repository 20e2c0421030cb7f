//! One run, from its specification to its published folder.

mod cache;
mod classes;
mod examples;
mod failure;
mod fit;
mod kept;
mod listen;
mod measure;
mod memory;
pub(crate) mod probe;
mod representation;
mod take;
mod teacher;
mod unlabelled;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kd_models::Architecture;
use tch::Device;

use self::cache::Cache;
use self::kept::of_every_example;
use self::memory::memory;
use self::take::Measured;
use crate::error::Result;
use crate::spec::{Keep, Order, Predictor, RunId, RunSpec};
use crate::store::record::{Environment, Outcome, RunRecord};
use crate::store::{Attempt, OUTPUTS, Store, WEIGHTS};
use crate::train::{Milestone, TrainError};

/// Trains runs in this process, keeping what successive runs share.
#[derive(Debug)]
pub struct Runner {
    store: Store,
    device: Device,
    cache: Cache,
}

/// A run that is being trained.
struct Trial<'a> {
    id: &'a RunId,
    spec: &'a RunSpec,
    /// What there is not yet of what is asked for.
    keep: &'a Keep,
    /// Where its files go.
    attempt: &'a Attempt,
}

/// What came of a trial.
struct Attempted {
    outcome: Outcome,
    /// How much of its time was evaluation, if it was trained.
    evaluating: Option<Duration>,
    /// Whether the measures could be taken. If not, the run is what it is.
    measured: Result<()>,
}

impl Attempted {
    /// Of a run of which nothing had to be measured.
    fn of(outcome: Outcome) -> Self {
        Self { outcome, evaluating: None, measured: Ok(()) }
    }
}

/// Adds up how long something takes.
#[derive(Default)]
struct Stopwatch(Duration);

impl Stopwatch {
    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        self.0 += started.elapsed();
        done
    }
}

impl Runner {
    /// A runner that publishes into `store`.
    #[must_use]
    pub fn new(store: Store, device: Device) -> Self {
        Self { cache: Cache::new(store.clone(), device), store, device }
    }

    /// Trains a run and publishes its record, be it finished or failed. Of a run that had finished before, only what is
    /// missing of what is asked for is seen to.
    ///
    /// # Errors
    /// If nothing could be published, or a measure could not be taken.
    pub fn run(&mut self, order: &Order) -> Result<RunRecord> {
        self.run_telling(order, &mut |_| {})
    }

    /// The same, telling of every milestone on the way.
    ///
    /// # Errors
    /// If nothing could be published, or a measure could not be taken.
    pub fn run_telling(&mut self, order: &Order, tell: &mut dyn FnMut(&Milestone)) -> Result<RunRecord> {
        let id = order.spec.id()?;
        let published = self.store.record(&id)?.filter(|record| !record.is_failure());
        let missing = self.store.missing(&id, &order.spec, &order.keep)?;
        match published {
            Some(record) if missing.is_nothing() => Ok(record),
            Some(record) => self.complete(record, order, &missing, tell),
            None => {
                let attempt = self.store.attempt(&id)?;
                let trial = Trial { id: &id, spec: &order.spec, keep: &missing, attempt: &attempt };
                let (record, measured) = self.attempt(&trial, tell);
                let record = attempt.publish(&record)?;
                measured.map(|()| record)
            }
        }
    }

    /// Trains a run into its attempt; what cannot be done is a failure on record.
    fn attempt(&mut self, trial: &Trial<'_>, tell: &mut dyn FnMut(&Milestone)) -> (RunRecord, Result<()>) {
        let started = Instant::now();
        // Some of tch's functions panic where libtorch refuses (say, memory); that must cost this run and no other.
        let attempted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match &trial.spec.model {
            Predictor::Model(architecture) => self.fit(trial, architecture, tell),
            Predictor::Pretrained(teacher) => self.listen(trial, teacher).map(Attempted::of),
        }));
        let Attempted { outcome, evaluating, measured } = match attempted {
            Ok(Ok(attempted)) => attempted,
            Ok(Err(error)) => Attempted::of(Outcome::Failed(failure::of_error(&error))),
            Err(panic) => Attempted::of(Outcome::Failed(failure::of_panic(panic.as_ref()))),
        };
        let record = RunRecord {
            id: trial.id.clone(),
            spec: trial.spec.clone(),
            outcome,
            seconds: started.elapsed().as_secs_f64(),
            evaluating: evaluating.map(|time| time.as_secs_f64()),
            memory: memory(),
            environment: environment(self.device),
            files: BTreeMap::new(),
            seal: None,
        };
        (record, measured)
    }

    /// Sees to what is `missing` of a run that had finished: from its weights if they are kept, else by training it again.
    fn complete(
        &mut self,
        record: RunRecord,
        order: &Order,
        missing: &Keep,
        tell: &mut dyn FnMut(&Milestone),
    ) -> Result<RunRecord> {
        let has_weights = self.store.run_path(&record.id).join(WEIGHTS).is_file();
        if let (Some(architecture), true) = (order.spec.model.architecture(), has_weights) {
            return self.revisit(record, &order.spec, architecture, missing);
        }
        let attempt = self.store.attempt(&record.id)?;
        let keep = Keep { measures: missing.measures.clone(), ..order.keep.clone() };
        let trial = Trial { id: &record.id, spec: &order.spec, keep: &keep, attempt: &attempt };
        let (again, measured) = self.attempt(&trial, tell);
        if let Outcome::Failed(failure) = again.outcome {
            return Err(TrainError::Again { run: record.id.to_string(), reason: failure.reason }.into());
        }
        if missing.is_of_files() {
            let again = attempt.replace(&again)?;
            return measured.map(|()| again);
        }
        measured.map(|()| record)
    }

    /// Sees to what is `missing` of a run whose weights are kept.
    fn revisit(
        &mut self,
        mut record: RunRecord,
        spec: &RunSpec,
        architecture: &Architecture,
        missing: &Keep,
    ) -> Result<RunRecord> {
        let examples = self.cache.examples(spec)?;
        let mut model = self.initial(spec, architecture, &examples)?;
        let starts = self.starts(&missing.measures, spec, &examples, &model)?;
        model.load(&self.store.verified(&record.id, WEIGHTS)?)?;
        if missing.outputs {
            let attempt = self.store.attempt_beyond(&record)?;
            let dataset = self.cache.dataset(&spec.data)?;
            of_every_example(&model, &examples, &dataset)?.write(&attempt.path().join(OUTPUTS))?;
            record = attempt.replace(&record)?;
        }
        let ended = Measured { run: &record.id, spec, examples: &examples, model: &model };
        self.take(&missing.measures, &starts, &ended)?;
        Ok(record)
    }
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
