//! How runs were trained.

use crate::cells::Cells;
use crate::findings::Findings;
use crate::history::{History, HistoryPoint, over_runs};
use crate::section::sections;
use crate::table::RunRow;

impl Findings {
    /// Gives each task the histories of its cells: `of` says what is known of a finished run, and of a cell of which a run
    /// has none, none is given.
    pub fn trace(&mut self, mut of: impl FnMut(&RunRow) -> Option<Vec<HistoryPoint>>) {
        for (section, task) in sections(&self.study, &self.runs).iter().zip(&mut self.tasks) {
            let cells = Cells::new(&section.rows, &self.study, section.info);
            task.histories.clear();
            for (_, arm) in cells.arms() {
                for (samples, seeds) in cells.runs(arm) {
                    let runs: Option<Vec<Vec<HistoryPoint>>> = seeds.values().map(|row| of(row)).collect();
                    let Some(runs) = runs else { continue };
                    let points = over_runs(&runs);
                    if !points.is_empty() {
                        task.histories.push(History {
                            arm: arm.to_owned(),
                            samples,
                            runs: runs.len(),
                            points,
                        });
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::made_up::{row, study};

    #[test]
    fn cells_are_traced_of_which_every_run_has_a_history() {
        let rows: Vec<RunRow> =
            [("labels", 10, 1), ("labels", 10, 2), ("labels", 40, 1), ("distilled", 10, 1)]
                .map(|(arm, samples, seed)| row(arm, arm, samples, seed, 0.5, &json!({})))
                .to_vec();
        let mut findings = Findings::of(&study(&[10, 40], 4), &rows, &[]);
        let has = |row: &RunRow| row.place().samples == 10;
        findings.trace(|row| {
            has(row).then(|| {
                vec![HistoryPoint { step: 1.0, loss: Some(row.place().seed as f64), validation_score: None }]
            })
        });
        let found: Vec<(&str, u64, usize, Option<f64>)> = findings.tasks[0]
            .histories
            .iter()
            .map(|history| (history.arm.as_str(), history.samples, history.runs, history.points[0].loss))
            .collect();
        assert_eq!(found, [("labels", 10, 2, Some(1.5)), ("distilled", 10, 1, Some(1.0))]);
        let json = serde_json::to_string(&findings).unwrap();
        assert_eq!(serde_json::from_str::<Findings>(&json).unwrap(), findings);
    }
}
