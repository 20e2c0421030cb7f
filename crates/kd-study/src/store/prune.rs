//! What a results folder holds of studies that have changed: published runs that no plan asks for any more.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Store;
use super::error::StoreError;
use super::kept_plan::KeptPlan;
use super::layout::{COMPARISONS, PLAN};
use super::record::RunRecord;
use crate::error::Result;
use crate::plan::Plan;
use crate::spec::RunId;

/// A published run that no plan asks for.
#[derive(Debug)]
pub struct Leftover {
    /// Which.
    pub id: RunId,
    /// How many its files have, and those in which it is compared with others.
    pub bytes: u64,
    /// What is known of it, if that can be read.
    pub record: Option<RunRecord>,
    comparisons: Vec<PathBuf>,
}

impl Store {
    /// The published runs that neither the plan here nor any of `others` asks for, by id.
    ///
    /// # Errors
    /// If the plan cannot be read, or is not there: what is planned anew by another version asks for nothing that is here.
    pub fn leftovers(&self, others: &[Plan]) -> Result<Vec<Leftover>> {
        let path = self.root.join(PLAN);
        let own = match fs_err::read(&path) {
            Ok(bytes) => KeptPlan::read(&path, &bytes)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let problem = "is not there, so that nothing tells which runs are asked for; \
                               run the study once more with --out of this folder to write it";
                return Err(StoreError::Plan { path, problem: problem.to_owned() }.into());
            }
            Err(error) => return Err(error.into()),
        };
        let asked: HashSet<&RunId> =
            others.iter().chain([&own]).flat_map(|plan| &plan.runs).map(|run| &run.id).collect();
        let mut comparisons = self.comparisons()?;
        let mut leftovers = Vec::new();
        for id in self.published()?.into_iter().filter(|id| !asked.contains(id)) {
            let comparisons = comparisons.remove(&id).unwrap_or_default();
            let mut bytes = size(&self.run_path(&id))?;
            for path in &comparisons {
                bytes += fs_err::metadata(path)?.len();
            }
            leftovers.push(Leftover { bytes, record: self.record(&id).ok().flatten(), comparisons, id });
        }
        leftovers.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(leftovers)
    }

    /// Removes a run that no plan asks for, and what it was compared in. Only who holds the lock may.
    ///
    /// # Errors
    /// If something cannot be removed.
    pub fn discard(&self, leftover: &Leftover) -> Result<()> {
        for path in &leftover.comparisons {
            fs_err::remove_file(path)?;
        }
        self.forget(&leftover.id)
    }

    /// The files in which runs are compared with others, by run.
    fn comparisons(&self) -> Result<HashMap<RunId, Vec<PathBuf>>> {
        /// What each says first.
        #[derive(Deserialize)]
        struct Comparison {
            run: RunId,
        }

        let mut comparisons: HashMap<RunId, Vec<PathBuf>> = HashMap::new();
        let folder = self.root.join(COMPARISONS);
        if !folder.is_dir() {
            return Ok(comparisons);
        }
        for entry in fs_err::read_dir(folder)? {
            let path = entry?.path();
            if let Ok(Comparison { run }) = serde_json::from_slice(&fs_err::read(&path)?) {
                comparisons.entry(run).or_default().push(path);
            }
        }
        Ok(comparisons)
    }
}

/// How many bytes the files in `folder` have.
fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs_err::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}
