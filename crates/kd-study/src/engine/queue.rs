//! What is waiting, in progress and settled.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::error::Result;
use crate::plan::{Plan, PlannedRun};
use crate::spec::RunId;
use crate::store::Store;
use crate::store::record::RunRecord;

/// The distinct runs of a plan, each of which is in one of four places.
pub(super) struct Queue<'a> {
    /// How many there are.
    pub(super) total: usize,
    waiting: VecDeque<&'a PlannedRun>,
    in_progress: HashMap<RunId, &'a PlannedRun>,
    finished: HashSet<RunId>,
    /// Failed, or taught by a failed teacher.
    failed: HashSet<RunId>,
    /// What had finished at the start, and how many seconds that took.
    took: Vec<(&'a PlannedRun, f64)>,
}

impl<'a> Queue<'a> {
    /// What `store` lacks, or lacks a part of, is waiting, and so are failed runs that are to be tried again, which it forgets.
    pub(super) fn new(plan: &'a Plan, store: &Store, retry_failed: bool) -> Result<Self> {
        let mut queue = Self {
            total: 0,
            waiting: VecDeque::new(),
            in_progress: HashMap::new(),
            finished: HashSet::new(),
            failed: HashSet::new(),
            took: Vec::new(),
        };
        for run in plan.distinct() {
            queue.total += 1;
            match store.record(&run.id)? {
                Some(record) if record.is_failure() && (retry_failed || record.is_worth_retrying()) => {
                    store.forget(&run.id)?;
                    queue.waiting.push_back(run);
                }
                Some(record) if record.is_failure() || is_whole(run, store)? => {
                    queue.settle(&run.id, &record);
                    if !record.is_failure() {
                        queue.took.push((run, record.seconds));
                    }
                }
                Some(_) | None => queue.waiting.push_back(run),
            }
        }
        Ok(queue)
    }

    /// What is to be trained and not in progress, in the order of the plan.
    pub(super) fn waiting(&self) -> &VecDeque<&'a PlannedRun> {
        &self.waiting
    }

    /// What had finished at the start, and how many seconds that took.
    pub(super) fn took(&self) -> &[(&'a PlannedRun, f64)] {
        &self.took
    }

    /// How many have finished or failed.
    pub(super) fn ended(&self) -> usize {
        self.finished.len() + self.failed.len()
    }

    /// How many have failed, or will not start because their teacher did.
    pub(super) fn failed(&self) -> usize {
        self.failed.len()
    }

    /// Whether nothing is in progress.
    pub(super) fn is_idle(&self) -> bool {
        self.in_progress.is_empty()
    }

    /// The run of this id, if it is in progress.
    pub(super) fn in_progress(&self, id: &RunId) -> Option<&'a PlannedRun> {
        self.in_progress.get(id).copied()
    }

    /// What has been found to be in progress.
    pub(super) fn attach(&mut self, living: &[RunId]) {
        let in_progress = &mut self.in_progress;
        self.waiting.retain(|run| {
            let lives = living.contains(&run.id);
            if lives {
                in_progress.insert(run.id.clone(), *run);
            }
            !lives
        });
    }

    /// Settles those of the waiting runs that `find` has a record of, which are asked for in the order of the plan.
    pub(super) fn settle_waiting(&mut self, find: &mut dyn FnMut(&'a PlannedRun) -> Option<RunRecord>) {
        for run in std::mem::take(&mut self.waiting) {
            match find(run) {
                Some(record) => self.settle(&run.id, &record),
                None => self.waiting.push_back(run),
            }
        }
    }

    /// A run has ended so.
    pub(super) fn settle(&mut self, id: &RunId, record: &RunRecord) {
        self.in_progress.remove(id);
        let set = if record.is_failure() { &mut self.failed } else { &mut self.finished };
        set.insert(id.clone());
    }

    /// Takes out the runs of which a teacher failed.
    pub(super) fn blocked(&mut self) -> Vec<&'a PlannedRun> {
        let mut blocked = Vec::new();
        let failed = &self.failed;
        if failed.is_empty() {
            return blocked;
        }
        self.waiting.retain(|run| {
            let blocks = run.spec.teachers().iter().any(|teacher| failed.contains(teacher));
            if blocks {
                blocked.push(*run);
            }
            !blocks
        });
        self.failed.extend(blocked.iter().map(|run| run.id.clone()));
        blocked
    }

    /// The first runs of which those that they hear have finished and those that they are compared with have ended, so many that no more than `capacity` are in progress; from now on
    /// they are.
    pub(super) fn ready(&mut self, capacity: usize) -> Vec<&'a PlannedRun> {
        let mut ready = Vec::new();
        while self.in_progress.len() < capacity {
            let has_finished = |run: &RunId| self.finished.contains(run);
            let has_ended = |run: &RunId| has_finished(run) || self.failed.contains(run);
            let is_ready = |run: &&PlannedRun| {
                run.spec.teachers().iter().all(has_finished) && run.keep.compared().all(has_ended)
            };
            let next = self.waiting.iter().position(is_ready);
            let Some(run) = next.and_then(|next| self.waiting.remove(next)) else { break };
            self.in_progress.insert(run.id.clone(), run);
            ready.push(run);
        }
        ready
    }
}

/// Whether there is all that is to be kept of a run that has finished.
fn is_whole(run: &PlannedRun, store: &Store) -> Result<bool> {
    Ok(store.missing(&run.id, &run.spec, &run.keep)?.is_nothing())
}

#[cfg(test)]
mod tests;
