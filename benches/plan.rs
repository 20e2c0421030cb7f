//! What a study is estimated to take, and what it then takes, on one worker per core: `cargo xtask bench -- plan`. The
//! study is the quickstart, or the file that `KD_STUDY` names from the root of the checkout.
//!
//! The estimate is that of `kd plan` where nothing has been run, from a probe; then, of the same study with everything to
//! run anew, from the runs that have finished. The other columns are the time from the first order to the last run, and
//! how many times too long (or, below 1, too short) the estimate was.

#![allow(clippy::print_stdout)] // the table is what this program is for

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use kd_benches::Asked;
use kd_study::engine::estimate::{Estimate, Terms};
use kd_study::engine::local::{Local, WorkerCommand};
use kd_study::engine::worker::serve;
use kd_study::engine::{Options, execute};
use kd_study::plan::cost::Costs;
use kd_study::{Plan, Store, Study};
use tch::Device;

/// What this program is told to be a worker with; the folder of results follows.
const WORKER: &str = "worker";

/// What `cargo test` runs, which wants to know only whether this runs.
const SMALL: &str = r#"
[study]
name = "small"
seeds = [1]

[tasks.digits]
data.catalogue.name = "optdigits"
teacher = { model.mlp.hidden = [8], train = { budget.steps = 20, optimizer.adamw.learning_rate = 1e-2 } }
[tasks.digits.student]
model.mlp.hidden = [4]
samples = [40]
train = { budget.steps = 20, optimizer.adamw.learning_rate = 1e-2 }

[arms.labels]
objective.cross_entropy = {}
[arms.distilled]
objective.distillation = { temperature = 4.0 }
"#;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, folder] = &arguments[..]
        && first == WORKER
    {
        let orders = std::io::stdin().lines().map(|line| Ok(serde_json::from_str(&line?)?));
        serve(Path::new(folder), Device::Cpu, 1, orders, std::io::stdout()).expect("a worker");
        return;
    }
    let asked = Asked::here();
    if !asked.wants("plan") {
        return;
    }
    let study = if asked.measured {
        let named = std::env::var("KD_STUDY").unwrap_or_else(|_| "studies/quickstart.toml".to_owned());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        Study::read(&root.join(named)).expect("a study")
    } else {
        Study::parse(SMALL, "small.toml").expect("a study")
    };
    compare(&study);
}

fn compare(study: &Study) {
    let plan = Plan::new(study).expect("a plan");
    let folder = tempfile::tempdir().expect("a folder");
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let estimate = |name: &str, probe| {
        let results = folder.path().join(name);
        let terms = Terms { results: &results, device: Device::Cpu, workers, probe };
        Estimate::new(study, &plan, &terms).expect("an estimate")
    };
    let before = estimate("study", Some(Duration::from_secs(10)));
    let took = run(study, &plan, &folder.path().join("study"), workers);
    let after = estimate("another", None);
    let room = size(&folder.path().join("study/runs"));

    println!("{}: {} runs on {workers} workers", study.name, before.missing);
    println!("{:34} {:>10} {:>10} {:>7}", "", "estimate", "took", "ratio");
    let row = |name: &str, estimate: f64, took: f64| {
        println!("{name:34} {estimate:>10.1} {took:>10.1} {:>7.2}", estimate / took);
    };
    let seconds = |estimate: &Estimate| estimate.time.map_or(f64::NAN, |time| time.as_secs_f64());
    let probe = before.probe.map_or(0.0, |probe| probe.as_secs_f64());
    row(&format!("seconds, from a probe of {probe:.1} s"), seconds(&before), took.as_secs_f64());
    row(&format!("seconds, from {} finished runs", after.finished), seconds(&after), took.as_secs_f64());
    row("megabytes", before.bytes as f64 / 1e6, room as f64 / 1e6);
}

/// Trains everything, and tells how long that took.
fn run(study: &Study, plan: &Plan, results: &Path, workers: usize) -> Duration {
    let store = Store::create(results).expect("a folder");
    store.save(study, plan).expect("a study is kept");
    let program = std::env::current_exe().expect("this program");
    let arguments = vec![WORKER.into(), results.into()];
    let mut engine = Local::new(workers, WorkerCommand { program, arguments, threads: 1 }, &store);
    let options = Options { costs: Costs::of(study, plan), ..Options::default() };
    let stop = AtomicBool::new(false);
    let clock = Instant::now();
    let summary = execute(plan, &store, &mut engine, &options, &stop, &mut |_| {}).expect("runs");
    assert_eq!(summary.failed, 0, "a run failed");
    clock.elapsed()
}

/// Bytes of all files in a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs_err::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
