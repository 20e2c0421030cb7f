//! The shares of the gain that theories explain, over tasks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::pooled::over_tasks;
use crate::datum::Datum;
use crate::interval::Estimate;
use crate::task::TaskFindings;
use crate::theory::{Explains, Judgement, Share};

/// The share of the gain that a theory explains, over tasks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShareOverTasks {
    /// The levels of what the study varies beside M, where that sets tasks apart.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub factors: BTreeMap<String, Datum>,
    /// The theory's name.
    pub theory: String,
    /// Its claim.
    pub claim: String,
    /// What the share is of.
    pub explains: Explains,
    /// The distilled arm it was tested on.
    pub arm: String,
    /// Task by task.
    pub tasks: Vec<ShareOfTask>,
    /// The mean over tasks, each of which counts the same, with its interval for tasks like these; absent below
    /// [`FEWEST_TASKS`](super::FEWEST_TASKS) of them.
    pub mean: Option<Estimate>,
    /// The interval for a new task like these; absent likewise.
    pub prediction: Option<(f64, f64)>,
}

/// A share on one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShareOfTask {
    /// The task.
    pub task: String,
    /// The share.
    pub share: Share,
    /// The verdict there.
    pub judgement: Judgement,
}

/// Of every theory that two tasks or more have a share of, on an arm of one name at the same levels of every factor; those that
/// explain most first.
pub(crate) fn shares(tasks: &[TaskFindings], confidence: f64) -> Vec<ShareOverTasks> {
    let mut found: Vec<ShareOverTasks> = Vec::new();
    for task in tasks {
        for verdict in &task.verdicts {
            let (Some(share), Some(arm)) = (verdict.share_of_gain(), &verdict.arm) else { continue };
            let of_task = ShareOfTask { task: task.info.name.clone(), share, judgement: verdict.judgement };
            let is_same = |known: &&mut ShareOverTasks| {
                known.theory == verdict.theory && known.arm == *arm && known.factors == task.factors
            };
            match found.iter_mut().find(is_same) {
                Some(known) => known.tasks.push(of_task),
                None => found.push(ShareOverTasks {
                    factors: task.factors.clone(),
                    theory: verdict.theory.clone(),
                    claim: verdict.claim.clone(),
                    explains: verdict.explains,
                    arm: arm.clone(),
                    tasks: vec![of_task],
                    mean: None,
                    prediction: None,
                }),
            }
        }
    }
    found.retain(|over| over.tasks.len() > 1);
    for over in &mut found {
        let values: Vec<f64> = over.tasks.iter().map(|task| task.share.value).collect();
        (over.mean, over.prediction) = over_tasks(&values, confidence);
    }
    let rank = |over: &ShareOverTasks| {
        let values = over.tasks.iter().map(|task| task.share.value);
        -values.sum::<f64>() / over.tasks.len() as f64
    };
    found.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
    found
}
