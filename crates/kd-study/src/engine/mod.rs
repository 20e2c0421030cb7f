//! Runs a plan: what is missing, in order, on an engine.
//!
//! The plan says which runs there are and the store what has come of them; the queue keeps account of both, for every
//! engine alike. An engine gets runs done: batches go in, and what becomes of each run comes out. To add one is to add
//! a file here and to offer it in `kd run`.

mod adopt;
mod error;
pub mod estimate;
pub mod event;
pub mod local;
mod pace;
mod queue;
mod rates;
#[cfg(test)]
mod tests;
pub mod word;
pub mod worker;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

pub use self::error::EngineError;
use self::event::{Event, Summary};
use self::pace::Pace;
use self::queue::Queue;
use crate::error::Result;
use crate::plan::cost::Costs;
use crate::plan::{Plan, PlannedRun};
use crate::spec::RunId;
use crate::store::Store;
use crate::store::record::{Environment, Failure, FailureKind, Outcome, RunRecord};
use crate::train::Milestone;

/// Where runs are trained.
///
/// It may train a run twice or be wrong about how it ended: a run is what is in the store, and whoever publishes it first
/// is right. It must tell of the end of every run that it took over, also of one that it has lost.
pub trait Engine {
    /// How many runs it has room for at once.
    fn capacity(&self) -> usize;

    /// Finds those of `runs` that an earlier call submitted and that still live. It tells of them as of its own.
    ///
    /// # Errors
    /// If it cannot tell.
    fn attach(&mut self, runs: &[&PlannedRun]) -> Result<Vec<RunId>>;

    /// Takes over runs whose teachers have finished, no more than it has room for.
    ///
    /// # Errors
    /// If it cannot be used. A run that does not start is a report, not an error.
    fn submit(&mut self, runs: &[&PlannedRun]) -> Result<()>;

    /// Waits a moment for something to happen to one of its runs.
    ///
    /// # Errors
    /// If it cannot be used.
    fn next(&mut self) -> Result<Option<Report>>;

    /// Abandons what is in progress and lets go of what it holds.
    ///
    /// # Errors
    /// If something may still be in progress.
    fn cancel(&mut self) -> Result<()>;
}

/// What an engine tells of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Which.
    pub run: RunId,
    /// What of it.
    pub news: News,
}

/// What happens to a run.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// It is being trained.
    Started,
    /// It has come so far.
    Milestone(Milestone),
    /// It is no longer in progress.
    Ended {
        /// Why, if the store holds nothing of it.
        otherwise: String,
    },
}

/// How a plan is executed.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Train failed runs again also where the same will happen again.
    pub retry_failed: bool,
    /// Start nothing more once a run has failed, and abandon what is in progress.
    pub fail_fast: bool,
    /// Adopt runs of the results folders beside this one, if they were trained as they would be here: in such an
    /// environment.
    pub adopt: Option<Environment>,
    /// What steps cost, by which the time that is left is told until it is seen.
    pub costs: Costs,
}

/// Trains every run of `plan` that `store` lacks, or lacks a part of that is to be kept, on `engine`, and tells `on_event`
/// what happens. Failed runs are trained again if another attempt may help. Setting `stop` ends it soon: runs in progress
/// are abandoned, published ones stay.
///
/// # Errors
/// If the store or the engine cannot be used. Runs that fail are records, not errors.
pub fn execute(
    plan: &Plan,
    store: &Store,
    engine: &mut dyn Engine,
    options: &Options,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Summary> {
    let mut queue = Queue::new(plan, store, options.retry_failed)?;
    let adopted = match &options.adopt {
        Some(here) => adopt::adopt(&mut queue, store, here, stop, on_event)?,
        None => 0,
    };
    let workers = engine.capacity().clamp(1, queue.waiting().len().max(1));
    on_event(Event::Planned { total: queue.total, cached: queue.ended(), workers });
    let mut pace = Pace::new(&plan.runs, queue.waiting().iter().copied(), workers, &options.costs);
    for (run, seconds) in queue.took() {
        pace.took(run, *seconds);
    }
    let drained = drain(&mut queue, &mut pace, store, engine, options.fail_fast, stop, on_event);
    // Whatever went wrong, nothing is left to train on unheard.
    let cancelled = engine.cancel();
    let Drained { trained, gave_up } = drained?;
    cancelled?;
    Ok(Summary {
        total: queue.total,
        adopted,
        trained,
        failed: queue.failed(),
        missing: queue.total - queue.ended(),
        interrupted: stop.load(Ordering::Relaxed),
        gave_up,
    })
}

/// How far an engine was fed.
struct Drained {
    /// Runs that have ended.
    trained: usize,
    /// Whether that was at the first failure.
    gave_up: bool,
}

/// Feeds the engine until nothing is left that can be trained, a run has failed and `fail_fast` is asked for, or it is
/// told to stop.
fn drain(
    queue: &mut Queue<'_>,
    pace: &mut Pace<'_>,
    store: &Store,
    engine: &mut dyn Engine,
    fail_fast: bool,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Drained> {
    let clock = Instant::now();
    if !queue.waiting().is_empty() {
        let candidates: Vec<&PlannedRun> = queue.waiting().iter().copied().collect();
        queue.attach(&engine.attach(&candidates)?);
    }
    let mut trained = 0;
    while !stop.load(Ordering::Relaxed) {
        for run in queue.blocked() {
            pace.ended(run);
            on_event(Event::Blocked { run });
        }
        let ready = queue.ready(engine.capacity());
        if !ready.is_empty() {
            engine.submit(&ready)?;
        }
        if queue.is_idle() {
            break;
        }
        let Some(Report { run, news }) = engine.next()? else { continue };
        // Whatever else it tells of has been settled before.
        let Some(run) = queue.in_progress(&run) else { continue };
        match news {
            News::Started => {
                pace.started(run, clock.elapsed());
                on_event(Event::Started { run });
            }
            News::Milestone(milestone) => {
                pace.reached(run, milestone.step, clock.elapsed());
                on_event(Event::Milestone { run, milestone: &milestone, remaining: pace.remaining() });
            }
            News::Ended { otherwise } => {
                let record = record_of(run, store, otherwise)?;
                trained += 1;
                queue.settle(&run.id, &record);
                pace.ended(run);
                if !record.is_failure() {
                    pace.took(run, record.seconds);
                }
                let (done, total, remaining) = (queue.ended(), queue.total, pace.remaining());
                on_event(Event::Ended { run, record: &record, done, total, remaining });
                if fail_fast && record.is_failure() {
                    return Ok(Drained { trained, gave_up: true });
                }
            }
        }
    }
    Ok(Drained { trained, gave_up: false })
}

/// What the store holds of a run that has ended: if nothing, it is made to say why. Of one that had finished, and of which
/// more is asked for than came of it, the record that is returned does.
fn record_of(run: &PlannedRun, store: &Store, otherwise: String) -> Result<RunRecord> {
    if let Some(record) = store.record(&run.id)? {
        let is_whole = record.is_failure() || store.missing(&run.id, &run.spec, &run.keep)?.is_nothing();
        let failed = Outcome::Failed(Failure { kind: FailureKind::Environment, reason: otherwise });
        return Ok(if is_whole { record } else { RunRecord { outcome: failed, ..record } });
    }
    let record = RunRecord {
        id: run.id.clone(),
        spec: run.spec.clone(),
        outcome: Outcome::Failed(Failure { kind: FailureKind::Environment, reason: otherwise }),
        seconds: 0.0,
        evaluating: None,
        memory: None,
        environment: Environment {
            device: "unknown".to_owned(),
            threads: 0,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        files: BTreeMap::new(),
        seal: None,
    };
    store.publish_record(&record)?;
    // Its own may have come first after all.
    Ok(store.record(&run.id)?.unwrap_or(record))
}
