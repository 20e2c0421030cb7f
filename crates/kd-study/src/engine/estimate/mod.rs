//! What a study will take: time and room of the runs that are missing.
//!
//! Where runs of the same shape have finished, a run takes what they took. Where none have, a probe trains some steps
//! of each shape on stand-ins, on as many threads as there will be workers, which then are in each other's way as much.
//! What it has no time for is priced by its cost.

mod disk;
mod finished;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tch::Device;

use self::finished::Finished;
use super::pace::steps;
use super::rates::Rates;
use crate::error::Result;
use crate::plan::cost::{Costs, task_of};
use crate::plan::shape::{Shape, shapes};
use crate::plan::{Plan, PlannedRun};
use crate::run::probe::{Prober, Taken};
use crate::spec::{RunId, RunSpec};
use crate::store::Store;
use crate::study::Study;

/// What a worker process takes before it reads anything.
const START: f64 = 0.5;

/// How a study would be run, and what may be done to tell how long it takes.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The results folder, which need not be there.
    pub results: &'a Path,
    /// Where runs would be trained.
    pub device: Device,
    /// How many workers there would be.
    pub workers: usize,
    /// How long a probe may take, if there may be one. It looks at the clock between models, so one that is very large
    /// makes it late.
    pub probe: Option<Duration>,
}

/// What the missing runs of a study will take.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// How many there are.
    pub missing: usize,
    /// Time, if anything tells it.
    pub time: Option<Duration>,
    /// How many runs will be trained at once.
    pub workers: usize,
    /// Of how many finished runs that is known.
    pub finished: usize,
    /// How long the probe took, if there was one.
    pub probe: Option<Duration>,
    /// Bytes on disk.
    pub bytes: u64,
}

/// What a probe found.
#[derive(Default)]
struct Probed {
    taken: HashMap<Shape, Taken>,
    /// Seconds that each data set takes to read, by fingerprint.
    loading: HashMap<String, f64>,
    took: Option<Duration>,
}

impl Estimate {
    /// That of a study and its plan.
    ///
    /// # Errors
    /// If a record of the results folder cannot be read.
    pub fn new(study: &Study, plan: &Plan, terms: &Terms<'_>) -> Result<Self> {
        let missing = missing(plan, terms.results)?;
        let bytes: f64 = missing.iter().filter_map(|run| Some(disk::bytes(run, task_of(study, run)?))).sum();
        let workers = terms.workers.clamp(1, missing.len().max(1));
        let mut estimate = Self {
            missing: missing.len(),
            time: missing.is_empty().then_some(Duration::ZERO),
            workers,
            finished: 0,
            probe: None,
            bytes: bytes as u64,
        };
        if missing.is_empty() {
            return Ok(estimate);
        }
        let (shapes, costs) = (shapes(&plan.runs), Costs::of(study, plan));
        let finished = Finished::read(terms.results, terms.device);
        let is_unknown = |run: &&&PlannedRun| finished.seconds(run, &shapes[&run.id]).is_none();
        let unknown: Vec<&PlannedRun> = missing.iter().filter(is_unknown).copied().collect();
        let probed = match terms.probe {
            Some(budget) if !unknown.is_empty() => {
                probe(&unknown, plan, &shapes, &costs, (terms.device, workers, budget))
            }
            Some(_) | None => Probed::default(),
        };
        let mut counted = HashSet::new();
        for run in &missing {
            if let Some((_, runs)) = finished.seconds(run, &shapes[&run.id])
                && counted.insert(&shapes[&run.id])
            {
                estimate.finished += runs;
            }
        }
        estimate.probe = probed.took;
        estimate.time = time(&missing, &shapes, &costs, &finished, &probed, workers);
        Ok(estimate)
    }
}

/// The runs that `kd run` would train.
fn missing<'a>(plan: &'a Plan, results: &Path) -> Result<Vec<&'a PlannedRun>> {
    let mut missing = plan.distinct();
    let Ok(store) = Store::open(results) else { return Ok(missing) };
    let mut there = HashSet::new();
    for run in &missing {
        if store.record(&run.id)?.is_some_and(|record| !record.is_worth_retrying()) {
            there.insert(&run.id);
        }
    }
    missing.retain(|run| !there.contains(&run.id));
    Ok(missing)
}

/// How long `missing` take on so many workers, if anything is known of any.
fn time(
    missing: &[&PlannedRun],
    shapes: &HashMap<&RunId, Shape>,
    costs: &Costs,
    finished: &Finished,
    probed: &Probed,
    workers: usize,
) -> Option<Duration> {
    let mut sharing: HashMap<String, usize> = HashMap::new();
    for run in missing {
        *sharing.entry(examples_of(&run.spec)).or_default() += 1;
    }
    let known = |run: &PlannedRun| {
        let shape = &shapes[&run.id];
        let probed = || {
            let taken = probed.taken.get(shape)?;
            // Each worker draws what its next run does not share with its last.
            let runs = sharing.get(&examples_of(&run.spec)).copied().unwrap_or(1);
            let share = workers.min(runs) as f64 / runs as f64;
            Some(taken.seconds(&run.spec) + taken.drawing * share)
        };
        finished.seconds(run, shape).map(|(seconds, _)| seconds).or_else(probed)
    };
    let mut rates = Rates::new(costs);
    for run in missing {
        if let Some(seconds) = known(run) {
            rates.see(&shapes[&run.id], seconds, steps(run));
        }
    }
    let scales = rates.scales();
    let mut all = 0.0;
    let mut longest = 0.0_f64;
    // Teachers come before those that hear them, in a plan.
    let mut ends: HashMap<&RunId, f64> = HashMap::new();
    for run in missing {
        let guessed = || Some(scales.step(&shapes[&run.id])? * steps(run));
        let seconds = known(run).or_else(guessed)?;
        let heard = run.spec.teachers().iter().filter_map(|teacher| ends.get(teacher));
        let end = heard.fold(0.0_f64, |last, end| last.max(*end)) + seconds;
        ends.insert(&run.id, end);
        all += seconds;
        longest = longest.max(end);
    }
    let start = START + probed.loading.values().sum::<f64>();
    Duration::try_from_secs_f64(start + longest.max(all / workers as f64)).ok()
}

/// Runs with the same, one behind the other, draw and encode them once.
fn examples_of(spec: &RunSpec) -> String {
    let data = &spec.data;
    format!(
        "{} {:?} {:?} {:?} {}",
        data.fingerprint, data.validation, data.encoding, spec.draws, spec.unlabelled
    )
}

/// Tries out a run of each shape of `unknown`: those that take most first, and one behind the other those that share
/// their examples.
fn probe(
    unknown: &[&PlannedRun],
    plan: &Plan,
    shapes: &HashMap<&RunId, Shape>,
    costs: &Costs,
    (device, workers, budget): (Device, usize, Duration),
) -> Probed {
    let specs: HashMap<&RunId, &RunSpec> = plan.runs.iter().map(|run| (&run.id, &run.spec)).collect();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut groups: Vec<(String, f64, Vec<&PlannedRun>)> = Vec::new();
    let mut costs_of: HashMap<&Shape, f64> = HashMap::new();
    for run in unknown {
        *costs_of.entry(&shapes[&run.id]).or_default() += steps(run) * costs.step(&shapes[&run.id]);
    }
    let mut first = HashSet::new();
    for &run in unknown.iter().filter(|run| first.insert(&shapes[&run.id])) {
        let (examples, cost) = (examples_of(&run.spec), costs_of[&shapes[&run.id]]);
        match groups.iter_mut().find(|group| group.0 == examples) {
            Some(group) => {
                group.1 += cost;
                group.2.push(run);
            }
            None => groups.push((examples, cost, vec![run])),
        }
    }
    groups.sort_by(|a, b| b.1.total_cmp(&a.1));
    // As in a worker, too.
    kd_models::keep_freed_memory();
    let clock = Instant::now();
    let deadline = clock + budget;
    let threads = workers.min(cores).min(groups.len());
    let groups = Mutex::new(groups.into_iter());
    let next = || groups.lock().ok()?.next().filter(|_| Instant::now() < deadline);
    let work = || {
        // As in a worker: libtorch's number of threads is that of the thread that asks.
        tch::set_num_threads(1);
        let mut prober = Prober::new(device);
        let mut taken = HashMap::new();
        while let Some((_, _, runs)) = next() {
            for run in runs.into_iter().take_while(|_| Instant::now() < deadline) {
                let shape = &shapes[&run.id];
                let teachers: Vec<&RunSpec> =
                    run.spec.teachers().iter().filter_map(|id| specs.get(id).copied()).collect();
                // What cannot be tried out, for whatever reason, is priced by its cost.
                if let Ok(Some(found)) = prober.probe(run, &teachers, costs.step(shape), deadline) {
                    taken.insert(shape.clone(), found);
                }
            }
        }
        (taken, prober.loading)
    };
    let mut probed = Probed::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for (taken, loading) in threads.into_iter().filter_map(|thread| thread.join().ok()) {
            probed.taken.extend(taken);
            for (data, seconds) in loading {
                let longest = probed.loading.entry(data).or_default();
                *longest = longest.max(seconds);
            }
        }
    });
    probed.took = Some(clock.elapsed());
    probed
}

#[cfg(test)]
mod tests;
