//! A plan as a results folder keeps it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::StoreError;
use crate::error::Result;
use crate::plan::Plan;

/// The format of results folders. The first kept no plan, the second had comparisons with others in the records of runs;
/// raised when a folder of today could be misread by the program
/// of before.
const FORMAT: u32 = 3;

/// What is in `plan.json`. `P` is what it holds: a plan, or a reference to one.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptPlan<P> {
    format: u32,
    plan: P,
}

impl KeptPlan<Plan> {
    /// What to write.
    pub(super) fn bytes(plan: &Plan) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec(&KeptPlan { format: FORMAT, plan })?)
    }

    /// The plan in `bytes`, which are those of `path`.
    pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Plan> {
        Self::check_format(path, bytes)?;
        serde_json::from_slice(bytes).map(|kept: Self| kept.plan).map_err(|error| {
            let problem = format!("{error}; run the study again with --out of this folder to write it anew");
            StoreError::Plan { path: path.to_owned(), problem }.into()
        })
    }

    /// That `bytes` are of no format that is newer than this program, as far as they tell.
    pub(super) fn check_format(path: &Path, bytes: &[u8]) -> Result<()> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }

        match serde_json::from_slice(bytes) {
            Ok(Format { format }) if format > FORMAT => {
                let problem = format!(
                    "these results have format {format}, and this kd knows formats up to {FORMAT}; use the kd that wrote them, or a newer one"
                );
                Err(StoreError::Plan { path: path.to_owned(), problem }.into())
            }
            Ok(Format { .. }) | Err(_) => Ok(()),
        }
    }
}
