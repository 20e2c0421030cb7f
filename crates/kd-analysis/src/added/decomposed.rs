//! Bias and variance of cells, and what they say of a theory.

use crate::cells::Cells;
use crate::conclusion::{rank, tested_arms};
use crate::decomposition::Decomposition;
use crate::findings::Findings;
use crate::role::Role;
use crate::section::sections;
use crate::stat::{Replicates, holm};
use crate::table::RunRow;
use crate::task::{Cell, TaskFindings};
use crate::theory::{Evidence, FEWEST_SEEDS, Neighbour, Parts, Tested, bias_and_variance};

impl Findings {
    /// Gives each cell what `of` makes of its finished runs, one of each seed, and judges by it whether distillation gains by a
    /// lower variance: a family of claims of its own (Holm 1979).
    pub fn decompose(&mut self, mut of: impl FnMut(&[&RunRow]) -> Option<Decomposition>) {
        let mut tests: Vec<(usize, Tested)> = Vec::new();
        let sections = sections(&self.study, &self.runs);
        for (index, (section, task)) in sections.iter().zip(&mut self.tasks).enumerate() {
            let cells = Cells::new(&section.rows, &self.study, section.info);
            for curve in &mut task.curves {
                for (samples, seeds) in cells.runs(&curve.arm) {
                    let runs: Vec<&RunRow> = seeds.values().copied().collect();
                    if let Some(cell) = curve.cells.iter_mut().find(|cell| cell.samples == samples) {
                        cell.decomposition = of(&runs);
                    }
                }
            }
            let (factors, teacher) = (&section.factors, task.teacher.map(|teacher| teacher.mean));
            let here = Neighbour { info: section.info, factors, cells: &cells, teacher };
            tests.extend(of_task(task, &here, self.study.margin).into_iter().map(|test| (index, test)));
        }
        let probabilities: Vec<f64> = tests.iter().map(|(_, test)| test.probability()).collect();
        let may_claim = self.study.seeds.len() >= FEWEST_SEEDS;
        let alpha = if may_claim { (1.0 - self.study.confidence) / 2.0 } else { -1.0 };
        let holds = holm(&probabilities, alpha);
        for ((index, test), holds) in tests.into_iter().zip(holds) {
            let task = &mut self.tasks[index];
            let verdict = test.settled(holds);
            task.untested.retain(|untested| untested.theory != verdict.theory);
            task.verdicts.push(verdict);
            task.verdicts.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
        }
    }
}

fn of_task(task: &TaskFindings, here: &Neighbour<'_>, margin: f64) -> Vec<Tested> {
    let Some(labels) = here.cells.arm_of(&Role::Labels) else { return Vec::new() };
    let parts = |arm: &str, samples: u64| {
        let curve = task.curves.iter().find(|curve| curve.arm == arm)?;
        parts(curve.cells.iter().find(|cell| cell.samples == samples)?)
    };
    let test = |gain: &crate::Gain| {
        let evidence = Evidence {
            here,
            arm: &gain.arm,
            labels,
            established: &gain.established(),
            all: std::slice::from_ref(here),
            leads: false,
            margin,
        };
        bias_and_variance(&evidence, parts)
    };
    tested_arms(&task.gains).into_iter().filter_map(test).collect()
}

/// By seed; none where logits of few runs are known.
fn parts(cell: &Cell) -> Option<Parts> {
    let by_run = &cell.decomposition.as_ref()?.by_run;
    let of = |read: fn(&crate::decomposition::OfRun) -> f64| -> Replicates {
        std::iter::zip(cell.scores.keys(), by_run).map(|(seed, run)| (*seed, read(run))).collect()
    };
    (by_run.len() == cell.scores.len())
        .then(|| Parts { loss: of(|run| run.loss), variance: of(|run| run.variance) })
}
