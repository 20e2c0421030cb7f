//! Measures that take a run's model, and not what is kept of it.

use kd_models::Model;

use super::Runner;
use super::classes::{collapse, shifted};
use super::examples::Examples;
use super::representation::Start;
use super::teacher::teacher_model;
use crate::error::Result;
use crate::spec::{Measure, RepresentationSpec, RunId, RunSpec};
use crate::store::comparison::{Representation, TeacherFidelity};
use crate::train::outputs::Outputs;

/// What measures have to know of a model before its first step.
pub(super) struct Starts(Vec<(RepresentationSpec, Start)>);

/// A run's model at its end.
pub(super) struct Measured<'a> {
    pub(super) run: &'a RunId,
    pub(super) spec: &'a RunSpec,
    pub(super) examples: &'a Examples,
    pub(super) model: &'a Model,
}

impl Runner {
    /// What `measures` have to know of `model`, which has not made a step yet.
    pub(super) fn starts(
        &mut self,
        measures: &[Measure],
        spec: &RunSpec,
        examples: &Examples,
        model: &Model,
    ) -> Result<Starts> {
        let mut starts: Vec<(RepresentationSpec, Start)> = Vec::new();
        for measure in measures {
            let of = match measure {
                Measure::Fidelity { .. } | Measure::Collapse | Measure::Shifted { .. } => continue,
                Measure::Representation { of, .. } => *of,
            };
            if starts.iter().all(|(known, _)| *known != of) {
                let dataset = self.cache.dataset(&spec.data)?;
                starts.push((of, Start::of(of, &dataset, &examples.encoder, model)?));
            }
        }
        Ok(Starts(starts))
    }

    /// Takes `measures` of a model, and keeps what they find.
    pub(super) fn take(&mut self, measures: &[Measure], starts: &Starts, ended: &Measured<'_>) -> Result<()> {
        for measure in measures {
            match measure {
                Measure::Fidelity { teachers } => {
                    let found = self.fidelity(teachers, ended)?;
                    found.map(|found| self.store.keep_comparison(ended.run, measure, &found)).transpose()?;
                }
                Measure::Representation { teachers, of } => {
                    let starts = starts.0.iter().filter(|(known, _)| known == of);
                    for (_, start) in starts {
                        let found = self.representation(teachers, start, ended)?;
                        self.store.keep_comparison(ended.run, measure, &found)?;
                    }
                }
                Measure::Shifted { class_bias } => {
                    let found = shifted(class_bias, ended.model, ended.examples)?;
                    self.store.keep_comparison(ended.run, measure, &found)?;
                }
                Measure::Collapse => {
                    let found = collapse(ended.model, ended.examples)?;
                    self.store.keep_comparison(ended.run, measure, &found)?;
                }
            }
        }
        Ok(())
    }

    fn fidelity(&mut self, teachers: &[RunId], ended: &Measured<'_>) -> Result<Option<TeacherFidelity>> {
        let outputs = self.cache.outputs(teachers)?;
        let Some(teacher) = Outputs::compared(&ended.spec.objective, &outputs)? else { return Ok(None) };
        let predictions = ended.examples.predicted_by(ended.model, None)?;
        TeacherFidelity::of(&predictions, &teacher, &ended.examples.subset)
    }

    fn representation(
        &self,
        teachers: &[RunId],
        start: &Start,
        ended: &Measured<'_>,
    ) -> Result<Representation> {
        let outputs = ended.examples.outputs;
        let load = |teacher| teacher_model(&self.store, teacher, outputs, self.device);
        let teacher = teachers.first().map(load).transpose()?.flatten();
        start.compare(ended.model, teacher.as_ref())
    }
}
