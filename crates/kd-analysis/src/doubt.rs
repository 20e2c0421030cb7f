//! What is doubtful of a study: what was known before anything was trained, and what its runs show.

use std::collections::BTreeMap;

use kd_doubt::{Doubt, Kind, Weight};

use crate::place::named as named_at;
use crate::role::Role;
use crate::study::StudyInfo;
use crate::table::{Outcome, RunRow, named};
use crate::task::TaskFindings;
use crate::undertrained::undertrained;

/// The doubts about a study and its runs, those with most weight first. What a study cannot answer is not among them:
/// the answers themselves say so.
#[must_use]
pub(crate) fn doubts(study: &StudyInfo, rows: &[RunRow], tasks: &[TaskFindings]) -> Vec<Doubt> {
    let mut found: Vec<Doubt> =
        study.doubts.iter().filter(|doubt| doubt.weight != Weight::Unanswered).cloned().collect();
    found.extend(constant(study, rows));
    found.extend(undertrained(tasks));
    found.sort_by_key(|doubt| doubt.weight);
    found
}

/// Models that say one class of everything, told once for each task and arm.
fn constant(study: &StudyInfo, rows: &[RunRow]) -> Vec<Doubt> {
    /// By M: how many runs say one class, of how many.
    type Counts = BTreeMap<u64, [usize; 2]>;
    let mut arms: BTreeMap<(String, &str), (bool, Counts)> = BTreeMap::new();
    let is_asked = |row: &&RunRow| {
        row.outcome() == Outcome::Finished && row.flag(const { named("chosen") }) != Some(false)
    };
    for row in rows.iter().filter(is_asked) {
        let classes = row.number(const { named("distinct_predictions") });
        // Of test examples of one class, one class is right.
        let is_right = row.number(const { named("test_accuracy") }).is_some_and(|accuracy| accuracy >= 1.0);
        let place = row.place();
        let (_, counts) = arms
            .entry((named_at(&place.task, &study.levels_of_tasks(&place.factors)), &place.arm))
            .or_insert_with(|| (*row.role() == Role::Teacher, Counts::new()));
        let [constant, all] = counts.entry(place.samples).or_default();
        *constant += usize::from(classes == Some(1.0) && !is_right);
        *all += 1;
    }
    let doubt = |((task, arm), (is_teacher, counts)): ((String, &str), (bool, Counts))| {
        let told: Vec<String> = counts
            .iter()
            .filter(|(_, [constant, _])| *constant > 0)
            .map(|(samples, [constant, all])| {
                let letter = if is_teacher { "N" } else { "M" };
                format!("{constant} of {all} runs at {letter} = {samples}")
            })
            .collect();
        let place = format!("{task}: {arm}");
        let (raise, advice): (fn(Kind, String, String) -> Doubt, _) = if is_teacher {
            (
                Doubt::mistake,
                "what it teaches is worth nothing: train it longer, or with another learning rate",
            )
        } else {
            (
                Doubt::weak,
                "more steps, another learning rate or sampling = \"stratified\" may help; at a few samples nothing may",
            )
        };
        (!told.is_empty()).then(|| {
            raise(Kind::ConstantModel, place, "says one class of everything".to_owned())
                .seen(told.join(", "))
                .advise(advice)
        })
    };
    arms.into_iter().filter_map(doubt).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::made_up::{row, study};

    #[test]
    fn models_that_say_one_class_are_counted_by_arm_and_samples() {
        let said = |arm: &str, role: &str, samples, seed, classes: u64| {
            row(arm, role, samples, seed, 0.1, &json!({ "distinct_predictions": classes }))
        };
        let rows = [
            said("teacher", "teacher", 1000, 1, 10),
            said("labels", "labels", 160, 1, 4),
            said("labels", "labels", 40, 1, 1),
            said("labels", "labels", 40, 2, 2),
            said("labels", "labels", 10, 1, 1),
            said("taught", "distilled", 10, 1, 0),
        ];
        let found = doubts(&study(&[10, 40, 160], 6), &rows, &[]);
        let [doubt] = &found[..] else { panic!("one doubt expected: {found:?}") };
        assert_eq!(doubt.to_string(), "digits: labels: says one class of everything");
        assert_eq!(doubt.evidence, "1 of 1 runs at M = 10, 1 of 2 runs at M = 40");
        assert_eq!((doubt.kind, doubt.weight), (Kind::ConstantModel, Weight::Weak));
    }

    #[test]
    fn a_teacher_that_says_one_class_is_a_mistake_and_rejected_or_right_ones_are_none() {
        let one = |arm: &str, role: &str, accuracy, chosen: bool| {
            row(arm, role, 9, 1, accuracy, &json!({ "distinct_predictions": 1, "chosen": chosen }))
        };
        let found = doubts(&study(&[9], 1), &[one("teacher", "teacher", 0.1, true)], &[]);
        assert_eq!((found[0].weight, found[0].evidence.as_str()), (Weight::Mistake, "1 of 1 runs at N = 9"));
        let rows = [one("labels", "labels", 0.1, false), one("taught", "distilled", 1.0, true)];
        assert_eq!(doubts(&study(&[9], 2), &rows, &[]), []);
    }
}
