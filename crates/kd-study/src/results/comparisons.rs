//! What runs are like, compared with others: what a worker measured, and what follows from kept predictions.

use serde::Serialize;
use serde_json::Value;
use tch::{Device, Tensor};

use crate::error::{Error, Result};
use crate::plan::PlannedRun;
use crate::spec::Measure;
use crate::store::comparison::{Collapse, Representation, Shifted, TeacherFidelity};
use crate::store::record::{Outcome, RunRecord};
use crate::store::{LastOutputs, OUTPUTS, PREDICTIONS, Store};
use crate::train::Quality;
use crate::train::outputs::Outputs;

/// What the runs of a store are like, compared with others.
pub struct Comparisons<'a> {
    store: &'a Store,
    teachers: LastOutputs,
}

impl<'a> Comparisons<'a> {
    /// Those of `store`.
    #[must_use]
    pub fn of(store: &'a Store) -> Self {
        Self { store, teachers: LastOutputs::new(store.clone(), Device::Cpu) }
    }

    /// The fidelity of a finished run to whom its place compares it with, from what is kept of an earlier look or from the
    /// predictions of both; none where there are neither, or nothing to compare.
    ///
    /// # Errors
    /// If the run's own predictions are there but cannot be read, or what is found cannot be written.
    pub fn fidelity(&mut self, run: &PlannedRun, record: &RunRecord) -> Result<Option<TeacherFidelity>> {
        if run.compared.is_empty() || !predicts_classes(record) {
            return Ok(None);
        }
        let measure = Measure::Fidelity { teachers: run.compared.clone() };
        if let Some(found) = self.store.comparison(&run.id, &measure) {
            return Ok(Some(found));
        }
        let says = |teacher| self.store.run_path(teacher).join(OUTPUTS).is_file();
        if !self.store.keeps(&run.id, PREDICTIONS)? || !run.compared.iter().all(says) {
            return Ok(None);
        }
        let predictions = Outputs::read(&self.store.verified(&run.id, PREDICTIONS)?, Device::Cpu)?;
        let rows: Vec<i64> = self.store.subset(&run.id)?.into_iter().map(|row| row as i64).collect();
        // Those who hear a teacher whose outputs cannot be read fail for it.
        let Ok(teachers) = self.teachers.of(&run.compared) else { return Ok(None) };
        let Some(teacher) = Outputs::compared(&run.spec.objective, &teachers)? else { return Ok(None) };
        let found =
            on_one_thread(|| TeacherFidelity::of(&predictions, &teacher, &Tensor::f_from_slice(&rows)?));
        let found = match found {
            // What is not finite is like nothing.
            Err(Error::Core(_)) => None,
            other => other?,
        };
        found.map(|found| self.store.keep_comparison(&run.id, &measure, &found)).transpose()?;
        Ok(found)
    }

    /// Where training took a run's representation, if its place asks for that and it has been measured.
    #[must_use]
    pub fn representation(&self, run: &PlannedRun) -> Option<Representation> {
        let of_place = |measure: &&Measure| match measure {
            Measure::Fidelity { .. } | Measure::Collapse | Measure::Shifted { .. } => false,
            Measure::Representation { teachers, .. } => {
                teachers.as_slice() == &run.compared[..run.compared.len().min(1)]
            }
        };
        self.store.comparison(&run.id, run.keep.measures.iter().find(of_place)?)
    }

    /// How far a run's classes have collapsed, if its place asks for that and it has been measured.
    #[must_use]
    pub fn collapse(&self, run: &PlannedRun) -> Option<Collapse> {
        let asked = run.keep.measures.iter().find(|measure| **measure == Measure::Collapse)?;
        self.store.comparison(&run.id, asked)
    }

    /// How a run does with the other biases that its place asks for, if that has been measured.
    #[must_use]
    pub fn shifted(&self, run: &PlannedRun) -> Option<Shifted> {
        let is_asked = |measure: &&Measure| matches!(measure, Measure::Shifted { .. });
        self.store.comparison(&run.id, run.keep.measures.iter().find(is_asked)?)
    }

    /// All of them, as columns find them in the document of a run: nothing where there is none.
    ///
    /// # Errors
    /// As [`Self::fidelity`].
    pub fn measured(&mut self, run: &PlannedRun, record: &RunRecord) -> Result<Measured> {
        Ok(Measured {
            fidelity: serde_json::to_value(self.fidelity(run, record)?)?,
            representation: serde_json::to_value(self.representation(run))?,
            collapse: serde_json::to_value(self.collapse(run))?,
            shifted: serde_json::to_value(self.shifted(run))?,
        })
    }
}

/// What is found beside a run's record; null where there is nothing.
#[derive(Debug, Default, Serialize)]
pub struct Measured {
    /// [`TeacherFidelity`].
    pub fidelity: Value,
    /// [`Representation`].
    pub representation: Value,
    /// [`Collapse`].
    pub collapse: Value,
    /// [`Shifted`].
    pub shifted: Value,
}

fn predicts_classes(record: &RunRecord) -> bool {
    match &record.outcome {
        Outcome::Finished(measures) => match measures.test {
            Quality::Classification(_) => true,
            Quality::Regression(_) => false,
        },
        Outcome::Failed(_) => false,
    }
}

/// The last bits of a sum may depend on how many threads share it; workers have one.
fn on_one_thread<T>(compute: impl FnOnce() -> T) -> T {
    let threads = tch::get_num_threads();
    tch::set_num_threads(1);
    let computed = compute();
    tch::set_num_threads(threads);
    computed
}
