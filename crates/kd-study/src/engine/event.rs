//! What happens while a study runs. The terminal, logs and tests consume these.

use std::path::Path;
use std::time::Duration;

use crate::error::Error;
use crate::plan::PlannedRun;
use crate::store::record::RunRecord;
use crate::train::Milestone;

/// Something that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// Runs were adopted from another results folder, and count as there already.
    Adopted {
        /// The folder.
        folder: &'a Path,
        /// How many.
        runs: usize,
    },
    /// A run is trained although another results folder has it, for what that has is damaged.
    NotAdopted {
        /// Its place in the study.
        run: &'a PlannedRun,
        /// Which file, and what is wrong with it.
        problem: &'a Error,
    },
    /// The plan was compared with the results folder.
    Planned {
        /// Distinct runs in the plan.
        total: usize,
        /// Of those, already there.
        cached: usize,
        /// How many of the rest are trained at once.
        workers: usize,
    },
    /// A run is being trained.
    Started {
        /// Its place in the study.
        run: &'a PlannedRun,
    },
    /// A run has come so far.
    Milestone {
        /// Its place in the study.
        run: &'a PlannedRun,
        /// How far; `run.spec.steps()` says how far it goes.
        milestone: &'a Milestone,
        /// Expected time until all have ended.
        remaining: Option<Duration>,
    },
    /// A run ended and was published, finished or failed.
    Ended {
        /// Its place in the study.
        run: &'a PlannedRun,
        /// What came of it.
        record: &'a RunRecord,
        /// Distinct runs that have ended, this and the cached ones included.
        done: usize,
        /// Distinct runs in the plan.
        total: usize,
        /// Expected time until all have ended.
        remaining: Option<Duration>,
    },
    /// A run will not start because its teacher failed.
    Blocked {
        /// Its place in the study.
        run: &'a PlannedRun,
    },
}

/// How a call of [`execute`](super::execute) ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Distinct runs in the plan.
    pub total: usize,
    /// Runs that this call found in other results folders.
    pub adopted: usize,
    /// Runs trained by this call.
    pub trained: usize,
    /// Runs of the plan that failed, now or before, or whose teacher did.
    pub failed: usize,
    /// Runs of the plan that have not been tried.
    pub missing: usize,
    /// Whether the call was asked to stop.
    pub interrupted: bool,
    /// Whether it ended at the first run that failed, as [`Options::fail_fast`](super::Options::fail_fast) asks.
    pub gave_up: bool,
}
