//! How much room results take.

use kd_models::Input;

use crate::plan::PlannedRun;
use crate::spec::{Part, predictions_are_kept};
use crate::study::Task;

/// A record with its measures, and a history of some thirty milestones.
const RECORD: f64 = 3000.0;
const MILESTONES: f64 = 2500.0;

/// Of a row of the training split, and of a token or column that an encoder knows.
const ROW: f64 = 6.0;
const TOKEN: f64 = 16.0;
const COLUMN: f64 = 50.0;

/// An original text has about so many words that no other has had.
const NEW_TOKENS: f64 = 10.0;

/// A number in float32.
const NUMBER: f64 = 4.0;

/// Bytes of a run of this task.
pub(super) fn bytes(run: &PlannedRun, task: &Task) -> f64 {
    let spec = &run.spec;
    let (own, about) = (spec.samples() as f64, &task.about);
    let known = own + spec.unlabelled as f64;
    let predicted = |examples: f64| examples * numbers(task) * NUMBER;
    let everything = predicted((about.train_examples + about.test_examples) as f64);
    let predictions = predicted(about.test_examples as f64 + own);
    let predictions = if predictions_are_kept((predictions / NUMBER) as u64) { predictions } else { 0.0 };
    let encoder = match task.input {
        Input::Image { channels, .. } => channels as f64 * COLUMN,
        Input::Features { width } => width as f64 * COLUMN,
        Input::Table { numeric, levels, .. } => numeric as f64 * COLUMN + levels as f64 * TOKEN,
        Input::Tokens { vocabulary } => TOKEN * (known * NEW_TOKENS).min(vocabulary as f64),
        Input::Sequence { .. } => COLUMN,
    };
    let teaches = match spec.part {
        Part::Teacher { .. } => everything,
        Part::Student { .. } if run.keep.outputs => everything,
        Part::Student { .. } => 0.0,
    };
    let files = RECORD + known * ROW + encoder + predictions + teaches;
    files + if spec.training.is_some() { MILESTONES } else { 0.0 } + weights(run, task)
}

/// Numbers that are predicted of an example.
fn numbers(task: &Task) -> f64 {
    let places = if let Input::Sequence { length, .. } = task.input { length } else { 1 };
    (places * task.outputs) as f64
}

/// Those of teachers are kept, and of students who teach, of whom that is asked, or who learn something beside them.
fn weights(run: &PlannedRun, task: &Task) -> f64 {
    let spec = &run.spec;
    let kept = match spec.part {
        Part::Teacher { .. } => true,
        Part::Student { .. } => run.keep.is_of_files() || spec.objective.features().next().is_some(),
    };
    let architecture = spec.model.architecture().filter(|_| kept);
    let parameters = architecture.and_then(|own| own.parameters(task.input, task.outputs).ok());
    parameters.unwrap_or_default() as f64 * NUMBER
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Plan;
    use crate::study::tests::study;

    #[test]
    fn a_teacher_takes_its_weights_and_what_it_says_and_a_student_what_it_predicts() {
        let study = study(&[]);
        let plan = Plan::new(&study).unwrap();
        let near = |run: &&PlannedRun| run.place.task == "near";
        let (teacher, student) =
            (plan.runs.iter().find(near).unwrap(), plan.runs.iter().rfind(near).unwrap());
        let task = &study.tasks[0];
        let (all, test) = (task.about.train_examples + task.about.test_examples, task.about.test_examples);
        assert_eq!((all, test, task.outputs, teacher.spec.samples()), (120, 20, 4, 90));
        let more = bytes(teacher, task) - bytes(student, task);
        let parameters = f64::from(2 * 8 + 8 + 8 * 4 + 4);
        let samples = 90.0 - student.spec.samples() as f64;
        let expected = 120.0 * 16.0 + 4.0 * parameters + samples * (16.0 + ROW);
        assert!((more - expected).abs() < 1e-6, "{more} instead of {expected}");
    }
}
