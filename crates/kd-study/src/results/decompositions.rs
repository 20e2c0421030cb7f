//! How the runs of a cell differ from what is right and from each other.

use kd_analysis::{Decomposition, Findings};
use serde::{Deserialize, Serialize};

use super::predictions::{Predictions, Targets};
use crate::error::Result;
use crate::spec::RunId;
use crate::store::Store;

/// What is found of several runs together, as it is kept.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OverRuns {
    /// With reliability and what each run has in the variance, which what was kept by other names lacks.
    DecompositionByRun { runs: Vec<RunId> },
}

/// Gives every cell of `findings` the bias and variance of its runs, from their predictions on the test split.
pub(super) fn decompose(findings: &mut Findings, store: &Store) -> Result<()> {
    let mut outcome = Ok(());
    findings.decompose(|rows| {
        let runs: Option<Vec<RunId>> = rows.iter().map(|row| row.run().parse().ok()).collect();
        let runs = runs?;
        let found = of_runs(&runs, store).unwrap_or_else(|error| {
            outcome = Err(error);
            None
        });
        found.map(|found| in_order(&runs, found))
    });
    outcome
}

/// What is kept of runs is kept in the order of their ids.
fn sorted(runs: &[RunId]) -> Vec<RunId> {
    let mut sorted = runs.to_vec();
    sorted.sort();
    sorted
}

/// The same with what each run has in the order of `runs`.
fn in_order(runs: &[RunId], found: Decomposition) -> Decomposition {
    let sorted = sorted(runs);
    let of = |run: &RunId| found.by_run.get(sorted.binary_search(run).ok()?).copied();
    Decomposition { by_run: runs.iter().filter_map(of).collect(), ..found }
}

fn of_runs(runs: &[RunId], store: &Store) -> Result<Option<Decomposition>> {
    let runs = sorted(runs);
    let Some(first) = runs.first().cloned() else { return Ok(None) };
    let over = OverRuns::DecompositionByRun { runs };
    if let Some(known) = store.comparison(&first, &over) {
        return Ok(Some(known));
    }
    let OverRuns::DecompositionByRun { runs } = &over;
    let mut said = Vec::new();
    for run in runs {
        let Some(predictions) = Predictions::of(store, run)? else { return Ok(None) };
        said.push(predictions.test);
    }
    let Targets::Classes(labels) = &said[0].targets else { return Ok(None) };
    let logits: Vec<&[f32]> = said.iter().map(|said| said.values.as_slice()).collect();
    let found = Decomposition::of(&logits, labels, said[0].width);
    if let Some(found) = &found {
        store.keep_comparison(&first, &over, found)?;
    }
    Ok(found)
}
