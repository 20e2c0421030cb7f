//! What runs say, on disk.

use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;

use tch::{Device, Tensor};

use super::Store;
use super::error::StoreError;
use super::layout::OUTPUTS;
use crate::error::Result;
use crate::spec::RunId;
use crate::train::outputs::Outputs;

/// What is right, of a run's own samples and of the test split.
const TARGETS: [&str; 2] = ["train_targets", "test_targets"];

impl Outputs {
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        Ok(Tensor::write_safetensors(&[("train", &self.train), ("test", &self.test)], path)?)
    }

    /// Writes what is said, and beside it what is right.
    pub(crate) fn write_with(&self, targets: &Self, path: &Path) -> Result<()> {
        let [train, test] = TARGETS;
        let named =
            [("train", &self.train), ("test", &self.test), (train, &targets.train), (test, &targets.test)];
        Ok(Tensor::write_safetensors(&named, path)?)
    }

    pub(crate) fn read(path: &Path, device: Device) -> Result<Self> {
        Self::read_named(path, ["train", "test"], device)
    }

    /// What is right, beside what is said.
    pub(crate) fn read_targets(path: &Path) -> Result<Self> {
        Self::read_named(path, TARGETS, Device::Cpu)
    }

    fn read_named(path: &Path, [train, test]: [&str; 2], device: Device) -> Result<Self> {
        let damaged = |problem| StoreError::Record { path: path.to_owned(), problem };
        let tensors = Tensor::read_safetensors(path).map_err(|error| damaged(error.to_string()))?;
        let mut tensors: HashMap<String, Tensor> = tensors.into_iter().collect();
        let mut take = |name: &str| {
            tensors
                .remove(name)
                .map(|tensor| tensor.to_device(device))
                .ok_or_else(|| damaged(format!("it has no tensor `{name}`")))
        };
        Ok(Self { train: take(train)?, test: take(test)? })
    }
}

/// The outputs of the teacher that was asked for last, and of the other members if it leads an ensemble: runs of one
/// teacher follow each other.
#[derive(Debug)]
pub(crate) struct LastOutputs {
    store: Store,
    device: Device,
    read: HashMap<RunId, Rc<Outputs>>,
}

impl LastOutputs {
    pub(crate) fn new(store: Store, device: Device) -> Self {
        Self { store, device, read: HashMap::new() }
    }

    pub(crate) fn of(&mut self, teachers: &[RunId]) -> Result<Vec<Rc<Outputs>>> {
        // An ensemble goes by its first member, which arms without an ensemble listen to as well.
        if teachers.first().is_some_and(|first| !self.read.contains_key(first)) {
            self.read.clear();
        }
        let mut outputs = |teacher: &RunId| {
            if let Some(outputs) = self.read.get(teacher) {
                return Ok(Rc::clone(outputs));
            }
            let outputs = Outputs::read(&self.store.verified(teacher, OUTPUTS)?, self.device)?;
            Ok(Rc::clone(self.read.entry(teacher.clone()).or_insert(Rc::new(outputs))))
        };
        teachers.iter().map(&mut outputs).collect()
    }
}
