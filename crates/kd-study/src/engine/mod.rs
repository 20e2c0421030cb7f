//! Runs a plan: what is missing, in order, on worker processes.

mod error;
pub mod event;
mod local;
mod queue;
pub mod worker;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

pub use self::error::EngineError;
use self::event::{Event, Summary};
use self::local::Pool;
use self::queue::Queue;
use self::worker::WorkerCommand;
use crate::error::Result;
use crate::plan::Plan;
use crate::store::Store;

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
