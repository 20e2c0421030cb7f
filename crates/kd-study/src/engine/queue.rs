//! What has ended and what has not.

use std::collections::{HashSet, VecDeque};

use crate::error::Result;
use crate::plan::{Plan, PlannedRun};
use crate::spec::RunId;
use crate::store::Store;
use crate::store::record::RunRecord;

/// What has ended and what has not.
pub(super) struct Queue<'a> {
    /// Distinct runs in the plan.
    pub(super) total: usize,
    pub(super) waiting: VecDeque<&'a PlannedRun>,
    finished: HashSet<RunId>,
    /// Failed, or taught by a failed teacher.
    pub(super) failed: HashSet<RunId>,
}

impl<'a> Queue<'a> {
    pub(super) fn new(plan: &'a Plan, store: &Store, retry_failed: bool) -> Result<Self> {
        let mut queue =
            Self { total: 0, waiting: VecDeque::new(), finished: HashSet::new(), failed: HashSet::new() };
        for run in plan.distinct() {
            queue.total += 1;
            match store.record(&run.id)? {
                Some(record) if record.is_failure() && (retry_failed || record.is_worth_retrying()) => {
                    store.forget(&run.id)?;
                    queue.waiting.push_back(run);
                }
                Some(record) => queue.settle(&run.id, &record),
                None => queue.waiting.push_back(run),
            }
        }
        Ok(queue)
    }

    pub(super) fn ended(&self) -> usize {
        self.finished.len() + self.failed.len()
    }

    pub(super) fn settle(&mut self, id: &RunId, record: &RunRecord) {
        let set = if record.is_failure() { &mut self.failed } else { &mut self.finished };
        set.insert(id.clone());
    }

    /// Takes out the runs of which a teacher failed.
    pub(super) fn blocked(&mut self) -> Vec<&'a PlannedRun> {
        let mut blocked = Vec::new();
        let failed = &self.failed;
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

    /// The first run whose teachers have finished.
    pub(super) fn next_ready(&mut self) -> Option<&'a PlannedRun> {
        let ready =
            |run: &&PlannedRun| run.spec.teachers().iter().all(|teacher| self.finished.contains(teacher));
        let position = self.waiting.iter().position(ready)?;
        self.waiting.remove(position)
    }
}

#[cfg(test)]
mod tests;
