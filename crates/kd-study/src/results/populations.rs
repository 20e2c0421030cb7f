//! Gains for the population of test examples, from whether each run was right of each.

use std::collections::HashMap;
use std::rc::Rc;

use kd_analysis::{CrossedGain, Findings, RunRow, crossed_gain};
use serde::{Deserialize, Serialize};

use super::predictions::{Predictions, Targets};
use crate::error::Result;
use crate::spec::RunId;
use crate::store::Store;

/// What is found of several pairs of runs together, as it is kept.
#[derive(PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OverPairs {
    CrossedGain { pairs: Vec<[RunId; 2]>, examples: u64, confidence: f64 },
}

/// Gives every gain of `findings` its interval for the population of test examples, where predictions of all its runs were
/// kept. Of sequences there are more rows than examples, which do not count as drawn one by one, so these have none.
pub(super) fn over_examples(findings: &mut Findings, store: &Store) -> Result<()> {
    let mut outcome = Ok(());
    let mut known = Known { store, right: HashMap::new() };
    let confidence = findings.study.confidence;
    findings.over_examples(|rows, examples| {
        let run = |row: &RunRow| row.run().parse::<RunId>().ok();
        let pairs: Option<Vec<[RunId; 2]>> =
            rows.iter().map(|(arm, labels)| Some([run(arm)?, run(labels)?])).collect();
        known.gain(pairs?, examples, confidence).unwrap_or_else(|error| {
            outcome = Err(error);
            None
        })
    });
    outcome
}

/// Of which test examples runs were right, read once for all gains.
struct Known<'a> {
    store: &'a Store,
    right: HashMap<RunId, Option<Rc<[bool]>>>,
}

impl Known<'_> {
    fn gain(
        &mut self,
        pairs: Vec<[RunId; 2]>,
        examples: u64,
        confidence: f64,
    ) -> Result<Option<CrossedGain>> {
        let Some(first) = pairs.first().map(|[arm, _]| arm.clone()) else { return Ok(None) };
        let over = OverPairs::CrossedGain { pairs, examples, confidence };
        if let Some(found) = self.store.comparison(&first, &over) {
            return Ok(Some(found));
        }
        let OverPairs::CrossedGain { pairs, .. } = &over;
        let mut right = Vec::new();
        for [arm, labels] in pairs {
            let (Some(arm), Some(labels)) = (self.right(arm)?, self.right(labels)?) else { return Ok(None) };
            if arm.len() as u64 != examples || labels.len() as u64 != examples {
                return Ok(None);
            }
            right.push((arm, labels));
        }
        let right: Vec<(&[bool], &[bool])> =
            right.iter().map(|(arm, labels)| (arm.as_ref(), labels.as_ref())).collect();
        let found = crossed_gain(&right, confidence);
        if let Some(found) = &found {
            self.store.keep_comparison(&first, &over, found)?;
        }
        Ok(found)
    }

    fn right(&mut self, run: &RunId) -> Result<Option<Rc<[bool]>>> {
        if let Some(known) = self.right.get(run) {
            return Ok(known.clone());
        }
        let right = Predictions::of(self.store, run)?.and_then(|said| match said.test.targets {
            Targets::Classes(classes) => {
                let rows = said.test.values.chunks_exact(said.test.width.max(1));
                Some(std::iter::zip(rows, classes).map(|(row, class)| largest(row) == class).collect())
            }
            Targets::Numbers(_) => None,
        });
        self.right.insert(run.clone(), right.clone());
        Ok(right)
    }
}

/// The first class of the largest logit.
fn largest(logits: &[f32]) -> usize {
    (0..logits.len()).rev().max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap_or(0)
}
