//! What is asked for of a run and is not there yet.

use super::Store;
use super::comparison::{Collapse, Representation, Shifted, TeacherFidelity};
use super::layout::{OUTPUTS, WEIGHTS};
use crate::error::Result;
use crate::spec::{Keep, Measure, RunId, RunSpec};

impl Store {
    /// What of `keep` there is not yet of a run, published or not. What compares with a teacher that failed will never be
    /// there, and is not missed.
    ///
    /// # Errors
    /// If a record is there but cannot be read.
    pub fn missing(&self, run: &RunId, spec: &RunSpec, keep: &Keep) -> Result<Keep> {
        let folder = self.run_path(run);
        let is_there = |name: &str| folder.join(name).is_file();
        let has_weights = spec.model.architecture().is_some();
        let mut missing = Keep {
            weights: has_weights && keep.is_of_files() && !is_there(WEIGHTS),
            outputs: keep.outputs && !is_there(OUTPUTS),
            measures: Vec::new(),
        };
        for measure in &keep.measures {
            let is_found = match measure {
                Measure::Fidelity { .. } => self.comparison::<TeacherFidelity, _>(run, measure).is_some(),
                Measure::Representation { .. } => {
                    self.comparison::<Representation, _>(run, measure).is_some()
                }
                Measure::Shifted { .. } => self.comparison::<Shifted, _>(run, measure).is_some(),
                Measure::Collapse => self.comparison::<Collapse, _>(run, measure).is_some(),
            };
            if !is_found && self.failed(measure.teachers())?.is_none() {
                missing.measures.push(measure.clone());
            }
        }
        Ok(missing)
    }
}
