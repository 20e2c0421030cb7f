//! Which runs a gain for the population of test examples is of.

use std::collections::BTreeMap;

use crate::cells::Cells;
use crate::crossed::{CrossedGain, Population};
use crate::findings::Findings;
use crate::role::Role;
use crate::section::sections;
use crate::study::Score;
use crate::table::RunRow;

impl Findings {
    /// Gives each task the gains of its arms for the population of test examples. `of` is handed the finished runs of an arm
    /// and of labels that share a seed, in the order of seeds, and the number of test examples; it makes of what they said
    /// what [`crossed_gain`](crate::crossed_gain) does, if that was kept. Only accuracy after the last step is analysed so.
    pub fn over_examples(&mut self, mut of: impl FnMut(&[(&RunRow, &RunRow)], u64) -> Option<CrossedGain>) {
        for (section, task) in sections(&self.study, &self.runs).iter().zip(&mut self.tasks) {
            let is_accuracy = self.study.metric.is_none()
                && self.study.score == Score::LastStep
                && section.info.classes > 0;
            task.populations.clear();
            let cells = Cells::new(&section.rows, &self.study, section.info);
            let Some(labels) = cells.arm_of(&Role::Labels).filter(|_| is_accuracy) else { continue };
            let labelled: BTreeMap<u64, &BTreeMap<u64, &RunRow>> = cells.runs(labels).collect();
            for (_, arm) in cells.arms().filter(|(role, _)| **role != Role::Labels) {
                for (samples, runs) in cells.runs(arm) {
                    let Some(others) = labelled.get(&samples) else { continue };
                    let mut pairs: Vec<(&RunRow, &RunRow)> = Vec::new();
                    for (seed, run) in runs {
                        pairs.extend(others.get(seed).map(|other| (*run, *other)));
                    }
                    if pairs.len() < 2 {
                        continue;
                    }
                    if let Some(gain) = of(&pairs, section.info.test_examples) {
                        task.populations.push(Population { arm: arm.to_owned(), samples, gain });
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::crossed::crossed_gain;
    use crate::made_up::{arm, study};

    #[test]
    fn pairs_are_runs_of_an_arm_and_of_labels_of_one_seed() {
        let mut rows = arm("labels", "labels", &[(10, 0.5)], &Value::Null);
        rows.extend(arm("distilled", "distilled", &[(10, 0.6), (40, 0.7)], &Value::Null));
        rows.remove(1);
        let mut found = Findings::of(&study(&[10, 40], 0), &rows, &[]);
        let mut seen = Vec::new();
        found.over_examples(|pairs, examples| {
            seen.extend(pairs.iter().map(|(arm, labels)| {
                assert_eq!((arm.place().arm.as_str(), labels.place().arm.as_str()), ("distilled", "labels"));
                (arm.place().seed, labels.place().seed, arm.place().samples)
            }));
            assert_eq!(examples, 1797);
            crossed_gain(&[(&[true, false], &[false, false]), (&[true, true], &[true, false])], 0.95)
        });
        assert_eq!(seen, [(1, 1, 10), (3, 3, 10), (4, 4, 10), (5, 5, 10)]);
        assert_eq!(found.tasks[0].populations.len(), 0, "nothing varies");
        found.over_examples(|_, _| {
            crossed_gain(&[(&[true, true, false], &[false; 3]), (&[true; 3], &[false; 3])], 0.95)
        });
        let populations = &found.tasks[0].populations;
        assert_eq!((populations.len(), populations[0].samples), (1, 10));
        found.study.metric = Some("test_nll".to_owned());
        found.over_examples(|_, _| panic!("a loss has no bits"));
    }
}
