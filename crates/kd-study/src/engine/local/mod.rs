//! Worker processes of this machine, and what each is doing.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::Options;
use super::queue::Queue;
use super::worker::{Report, Said, Worker};
use crate::error::Result;
use crate::plan::PlannedRun;
use crate::store::Store;
use crate::store::record::{Environment, Failure, FailureKind, Outcome, RunRecord};

/// Worker processes and what each is doing.
pub(super) struct Pool<'a, 's> {
    options: &'s Options,
    store: &'s Store,
    workers: HashMap<usize, (Worker, Option<&'a PlannedRun>)>,
    started: usize,
    reports: Receiver<Report>,
    reporter: Sender<Report>,
}

impl<'a, 's> Pool<'a, 's> {
    pub(super) fn new(options: &'s Options, store: &'s Store) -> Self {
        let (reporter, reports) = channel();
        Self { options, store, workers: HashMap::new(), started: 0, reports, reporter }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.workers.values().all(|(_, run)| run.is_none())
    }

    /// Gives every idle worker a run, and starts workers while there is work for them.
    pub(super) fn fill(&mut self, queue: &mut Queue<'a>, most: usize) -> Result<()> {
        for (worker, run) in self.workers.values_mut().filter(|(_, run)| run.is_none()) {
            let Some(next) = queue.next_ready() else { return Ok(()) };
            // Should it have died, its report follows and the run is recorded as failed by that.
            let _ = worker.order(&next.spec);
            *run = Some(next);
        }
        while self.workers.len() < most {
            let Some(next) = queue.next_ready() else { return Ok(()) };
            let index = self.started;
            self.started += 1;
            let mut worker = Worker::start(&self.options.command, index, self.store, self.reporter.clone())?;
            let _ = worker.order(&next.spec);
            self.workers.insert(index, (worker, Some(next)));
        }
        Ok(())
    }

    /// Waits a moment for a run to end.
    pub(super) fn next_ended(&mut self) -> Result<Option<(&'a PlannedRun, RunRecord)>> {
        let report = match self.reports.recv_timeout(Duration::from_millis(100)) {
            Ok(report) => report,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(None),
        };
        let run = match report.said {
            Said::Published(id) => {
                let Some((_, run)) = self.workers.get_mut(&report.worker) else { return Ok(None) };
                let Some(run) = run.take_if(|run| run.id == id) else { return Ok(None) };
                if self.store.record(&run.id)?.is_none() {
                    let reason = "the worker process published nothing; its log is in the folder `logs`";
                    self.store.publish_record(&crashed(run, reason.to_owned()))?;
                }
                Some(run)
            }
            Said::Gone => {
                let Some((mut worker, run)) = self.workers.remove(&report.worker) else { return Ok(None) };
                if let Some(run) = run
                    && self.store.record(&run.id)?.is_none()
                {
                    self.store.publish_record(&crashed(run, worker.cause_of_death()))?;
                }
                run
            }
        };
        let Some(run) = run else { return Ok(None) };
        Ok(self.store.record(&run.id)?.map(|record| (run, record)))
    }
}

fn crashed(run: &PlannedRun, reason: String) -> RunRecord {
    RunRecord {
        id: run.id.clone(),
        spec: run.spec.clone(),
        outcome: Outcome::Failed(Failure { kind: FailureKind::Environment, reason }),
        seconds: 0.0,
        environment: Environment {
            device: "unknown".to_owned(),
            threads: 0,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
    }
}
