//! Runs a plan on local worker processes.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::event::{Event, Summary};
use crate::plan::{Plan, PlannedRun};
use crate::record::{Environment, Failure, FailureKind, Outcome, RunRecord};
use crate::spec::RunId;
use crate::store::Store;
use crate::worker::{Report, Said, Worker, WorkerCommand};

/// How to run a plan.
#[derive(Debug, Clone)]
pub struct Options {
    /// Number of worker processes, at least one.
    pub workers: usize,
    /// How to start one.
    pub command: WorkerCommand,
    /// Train failed runs again, whatever made them fail.
    pub retry_failed: bool,
}

/// Trains every run of `plan` that `store` lacks, and tells `on_event` what happens. Setting `stop` ends it soon:
/// runs in progress are abandoned, published ones stay.
///
/// # Errors
/// If the store cannot be used or workers cannot be started. Runs that fail are records, not errors.
pub fn execute(
    plan: &Plan,
    store: &Store,
    options: &Options,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Summary> {
    let mut queue = Queue::new(plan, store, options.retry_failed)?;
    let total = queue.total;
    let workers = options.workers.clamp(1, queue.waiting.len().max(1));
    on_event(Event::Planned { total, cached: queue.ended(), workers });
    let mut trained = 0;
    if !queue.waiting.is_empty() {
        let mut pool = Pool::new(options, store);
        let started = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            for run in queue.blocked() {
                on_event(Event::Blocked { run });
            }
            pool.fill(&mut queue, workers)?;
            if pool.is_idle() {
                break;
            }
            let Some((run, record)) = pool.next_ended()? else { continue };
            trained += 1;
            queue.settle(&run.id, &record);
            let per_run = started.elapsed().div_f64(f64::from(trained));
            on_event(Event::Ended {
                run,
                record: &record,
                done: queue.ended(),
                total,
                remaining: Some(per_run.mul_f64((total - queue.ended()) as f64)),
            });
        }
    }
    let failed = queue.failed.len();
    let missing = total - queue.ended();
    Ok(Summary {
        total,
        trained: trained as usize,
        failed,
        missing,
        interrupted: stop.load(Ordering::Relaxed),
    })
}

/// What has ended and what has not.
struct Queue<'a> {
    /// Distinct runs in the plan.
    total: usize,
    waiting: VecDeque<&'a PlannedRun>,
    finished: HashSet<RunId>,
    /// Failed, or taught by a failed teacher.
    failed: HashSet<RunId>,
}

impl<'a> Queue<'a> {
    fn new(plan: &'a Plan, store: &Store, retry_failed: bool) -> Result<Self> {
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

    fn ended(&self) -> usize {
        self.finished.len() + self.failed.len()
    }

    fn settle(&mut self, id: &RunId, record: &RunRecord) {
        let set = if record.is_failure() { &mut self.failed } else { &mut self.finished };
        set.insert(id.clone());
    }

    /// Takes out the runs of which a teacher failed.
    fn blocked(&mut self) -> Vec<&'a PlannedRun> {
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
    fn next_ready(&mut self) -> Option<&'a PlannedRun> {
        let ready =
            |run: &&PlannedRun| run.spec.teachers().iter().all(|teacher| self.finished.contains(teacher));
        let position = self.waiting.iter().position(ready)?;
        self.waiting.remove(position)
    }
}

/// Worker processes and what each is doing.
struct Pool<'a, 's> {
    options: &'s Options,
    store: &'s Store,
    workers: HashMap<usize, (Worker, Option<&'a PlannedRun>)>,
    started: usize,
    reports: Receiver<Report>,
    reporter: Sender<Report>,
}

impl<'a, 's> Pool<'a, 's> {
    fn new(options: &'s Options, store: &'s Store) -> Self {
        let (reporter, reports) = channel();
        Self { options, store, workers: HashMap::new(), started: 0, reports, reporter }
    }

    fn is_idle(&self) -> bool {
        self.workers.values().all(|(_, run)| run.is_none())
    }

    /// Gives every idle worker a run, and starts workers while there is work for them.
    fn fill(&mut self, queue: &mut Queue<'a>, most: usize) -> Result<()> {
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
    fn next_ended(&mut self) -> Result<Option<(&'a PlannedRun, RunRecord)>> {
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

impl RunRecord {
    /// Whether it failed.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }
}
