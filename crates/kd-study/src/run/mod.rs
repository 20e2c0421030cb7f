//! One run, from its specification to its published folder.

mod cache;
mod examples;
mod failure;
mod fit;
mod kept;
mod listen;
mod measure;
pub(crate) mod probe;
mod representation;
mod teacher;
mod unlabelled;

use std::collections::BTreeMap;
use std::time::Instant;

use tch::Device;

use self::cache::Cache;
use crate::error::Result;
use crate::spec::{Predictor, RunSpec};
use crate::store::Store;
use crate::store::record::{Environment, Outcome, RunRecord};
use crate::train::Milestone;

/// Trains runs in this process, keeping what successive runs share.
#[derive(Debug)]
pub struct Runner {
    store: Store,
    device: Device,
    cache: Cache,
}

impl Runner {
    /// A runner that publishes into `store`.
    #[must_use]
    pub fn new(store: Store, device: Device) -> Self {
        Self { cache: Cache::new(store.clone(), device), store, device }
    }

    /// Trains a run and publishes its record, be it finished or failed.
    ///
    /// # Errors
    /// If nothing could be published.
    pub fn run(&mut self, spec: &RunSpec) -> Result<RunRecord> {
        self.run_telling(spec, &mut |_| {})
    }

    /// The same, telling of every milestone on the way.
    ///
    /// # Errors
    /// If nothing could be published.
    pub fn run_telling(&mut self, spec: &RunSpec, tell: &mut dyn FnMut(&Milestone)) -> Result<RunRecord> {
        let started = Instant::now();
        let id = spec.id()?;
        let attempt = self.store.attempt(&id)?;
        // Some of tch's functions panic where libtorch refuses (say, memory); that must cost this run and no other.
        let attempted = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match &spec.model {
            Predictor::Model(architecture) => self.fit(spec, architecture, &attempt, tell),
            Predictor::Pretrained(teacher) => self.listen(spec, teacher, &attempt),
        }));
        let outcome = match attempted {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Outcome::Failed(failure::of_error(&error)),
            Err(panic) => Outcome::Failed(failure::of_panic(panic.as_ref())),
        };
        let record = RunRecord {
            id,
            spec: spec.clone(),
            outcome,
            seconds: started.elapsed().as_secs_f64(),
            environment: environment(self.device),
            files: BTreeMap::new(),
            seal: None,
        };
        attempt.publish(&record)
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
