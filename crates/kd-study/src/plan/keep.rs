//! What is kept of the runs of a plan.

use std::collections::HashMap;

use kd_models::Input;

use super::PlannedRun;
use crate::spec::{Keep, Measure, Part, RunId, RunSpec, predictions_are_kept};
use crate::study::{Study, Task};

/// What is kept of a run of `task` that is compared with these.
pub(super) fn of(study: &Study, task: &Task, spec: &RunSpec, compared: &[RunId]) -> Keep {
    let mut measures = Vec::new();
    let are_classes = task.outputs > 1;
    if are_classes && !compared.is_empty() && !predictions_are_kept(predicted(task, spec.samples())) {
        measures.push(Measure::Fidelity { teachers: compared.to_vec() });
    }
    if let (Some(of), Some(_)) = (study.representation, spec.model.architecture()) {
        measures.push(Measure::Representation { teachers: compared.iter().take(1).cloned().collect(), of });
    }
    let are_tokens = matches!(task.input, Input::Sequence { .. });
    if study.collapse && are_classes && !are_tokens && spec.model.architecture().is_some() {
        measures.push(Measure::Collapse);
    }
    let is_student = match spec.part {
        Part::Teacher { .. } => false,
        Part::Student { .. } => true,
    };
    if is_student && !task.student.class_bias.is_empty() {
        measures.push(Measure::Shifted { class_bias: task.student.class_bias.clone() });
    }
    Keep { weights: study.keeps_weights && is_student, outputs: false, measures }
}

/// How many numbers a run of so many samples predicts of these and of the test split.
fn predicted(task: &Task, samples: u64) -> u64 {
    let places = match task.input {
        Input::Sequence { length, .. } => length as u64,
        Input::Image { .. } | Input::Features { .. } | Input::Tokens { .. } | Input::Table { .. } => 1,
    };
    (samples + task.about.test_examples).saturating_mul(places).saturating_mul(task.outputs as u64)
}

/// Has every place of a run ask for all that any of them asks for.
pub(super) fn share(runs: &mut [PlannedRun]) {
    let mut asked: HashMap<RunId, Keep> = HashMap::new();
    for run in runs.iter() {
        asked.entry(run.id.clone()).or_default().add(&run.keep);
    }
    for run in runs {
        run.keep.clone_from(&asked[&run.id]);
    }
}
