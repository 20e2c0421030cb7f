//! What successive runs share: data sets, the last samples and the last teacher.

use std::collections::HashMap;
use std::rc::Rc;

use kd_data::{Dataset, Few};
use tch::Device;

use super::examples::Examples;
use crate::error::Result;
use crate::spec::{DataSpec, Draw, RunId, RunSpec};
use crate::store::{LastOutputs, Store};
use crate::train::outputs::Outputs;

/// What successive runs share.
#[derive(Debug)]
pub(super) struct Cache {
    device: Device,
    datasets: HashMap<(String, Option<Few>), Rc<Dataset>>,
    /// The last subset, encoded: arms of one cell and seed follow each other and share it.
    examples: Option<(DataSpec, Vec<Draw>, u64, Rc<Examples>)>,
    outputs: LastOutputs,
}

impl Cache {
    pub(super) fn new(store: Store, device: Device) -> Self {
        let outputs = LastOutputs::new(store, device);
        Self { device, datasets: HashMap::new(), examples: None, outputs }
    }

    pub(super) fn dataset(&mut self, data: &DataSpec) -> Result<Rc<Dataset>> {
        let key = (data.fingerprint.clone(), data.few);
        if let Some(dataset) = self.datasets.get(&key) {
            return Ok(Rc::clone(dataset));
        }
        let dataset = Rc::new(data.load()?);
        self.datasets.insert(key, Rc::clone(&dataset));
        Ok(dataset)
    }

    pub(super) fn examples(&mut self, spec: &RunSpec) -> Result<Rc<Examples>> {
        if let Some((data, draws, unlabelled, examples)) = &self.examples
            && *data == spec.data
            && *draws == spec.draws
            && *unlabelled == spec.unlabelled
        {
            return Ok(Rc::clone(examples));
        }
        let dataset = self.dataset(&spec.data)?;
        let examples = Rc::new(Examples::new(&dataset, spec, self.device)?);
        self.examples = Some((spec.data.clone(), spec.draws.clone(), spec.unlabelled, Rc::clone(&examples)));
        Ok(examples)
    }

    pub(super) fn outputs(&mut self, teachers: &[RunId]) -> Result<Vec<Rc<Outputs>>> {
        self.outputs.of(teachers)
    }
}
