//! Runs that another study has trained: copied from the results folders beside this one, not trained again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::event::Event;
use super::queue::Queue;
use crate::error::Result;
use crate::store::Store;
use crate::store::record::{Environment, RunRecord};

/// Adopts what is waiting and has been trained elsewhere as it would be `here`; tells how many runs.
pub(super) fn adopt(
    queue: &mut Queue<'_>,
    store: &Store,
    here: &Environment,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<usize> {
    if queue.waiting().is_empty() {
        return Ok(0);
    }
    let siblings = store.siblings()?;
    let mut adopted: BTreeMap<&Path, usize> = BTreeMap::new();
    queue.settle_waiting(&mut |run| {
        let mut damage = Vec::new();
        for sibling in siblings.iter().take_while(|_| !stop.load(Ordering::Relaxed)) {
            match store.adopt(&run.id, &run.keep, sibling, |record| serves(record, here)) {
                Ok(Some(record)) => {
                    *adopted.entry(sibling.root()).or_default() += 1;
                    return Some(record);
                }
                Ok(None) => {}
                Err(error) => damage.push(error),
            }
        }
        // What is damaged in one folder costs nothing if another has it whole.
        for problem in &damage {
            on_event(Event::NotAdopted { run, problem });
        }
        None
    });
    for (folder, runs) in &adopted {
        on_event(Event::Adopted { folder, runs: *runs });
    }
    Ok(adopted.values().sum())
}

/// Whether what another folder has of a run stands for what would be trained here.
fn serves(record: &RunRecord, here: &Environment) -> bool {
    !record.is_failure() && record.environment.computes_like(here)
}
