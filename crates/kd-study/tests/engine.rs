//! A plan on worker processes: what is told on the way, and what a dead worker costs.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use kd_study::engine::event::{Event, Summary};
use kd_study::engine::local::{Local, WorkerCommand};
use kd_study::engine::worker::serve;
use kd_study::engine::{Options, execute};
use kd_study::store::record::{FailureKind, Outcome};
use kd_study::{Plan, Store, Study};
use tch::Device;

const STUDY: &str = r#"
[study]
name = "blobs"
seeds = [1, 2]

[tasks.blobs]
data.gaussian_blobs = { train = 60, test = 20, classes = 3, dimensions = 2, separation = 1.0 }
teacher = { model.mlp.hidden = [4], train = { budget.steps = 5, optimizer.adamw.learning_rate = 1e-2 } }
[tasks.blobs.student]
model.mlp.hidden = [4]
samples = [10]
train = { budget.steps = 5, optimizer.adamw.learning_rate = 1e-2 }

[arms.labels]
objective.cross_entropy = {}
[arms.taught]
objective.distillation = { temperature = 2.0 }
"#;

/// What a worker process of this test does: the store's folder is its last argument.
#[test]
#[ignore = "only other tests start it, with orders on standard input"]
fn works_as_it_is_told() {
    let root = std::env::args().next_back().unwrap();
    if !Path::new(&root).is_dir() {
        return;
    }
    let orders = std::io::stdin().lines().map(|line| Ok(serde_json::from_str(&line.unwrap())?));
    serve(Path::new(&root), Device::Cpu, 1, orders, std::io::stdout()).unwrap();
}

fn workers(program: &Path, store: &Store, workers: usize) -> Local {
    // The test program runs the test above, among those called so, and takes the folder for the name of another.
    let arguments = ["works_as_it_is_told", "--exact", "--ignored", "--nocapture"].map(Into::into);
    let folder = store.root().as_os_str().to_owned();
    let arguments = arguments.into_iter().chain([folder]).collect();
    let command = WorkerCommand { program: program.to_owned(), arguments, threads: 1 };
    Local::new(workers, command, store)
}

/// What is told of a plan without runs.
const NOTHING: Summary =
    Summary { total: 0, adopted: 0, trained: 0, failed: 0, missing: 0, interrupted: false, gave_up: false };

/// Runs the plan, and tells what was told.
fn run(plan: &Plan, store: &Store, engine: &mut Local, stop: &AtomicBool) -> (Summary, Vec<String>) {
    let mut told = Vec::new();
    let mut on_event = |event: Event<'_>| {
        told.push(match event {
            Event::Planned { total, cached, workers } => format!("{total} {cached} {workers}"),
            Event::Ended { run, record, done, total, remaining } => {
                assert!(done < total || remaining.is_none_or(|left| left.is_zero()));
                let outcome = if record.is_failure() { "failed" } else { "finished" };
                format!("{} {outcome} {done}/{total}", run.place.arm)
            }
            Event::Started { run } => format!("{} started", run.place.arm),
            Event::Milestone { run, milestone, .. } => {
                assert!(milestone.step <= run.spec.steps() && milestone.loss.is_some());
                return;
            }
            Event::Blocked { run } => format!("{} blocked", run.place.arm),
            Event::Adopted { .. } | Event::NotAdopted { .. } => panic!("it was not to adopt"),
        });
    };
    let summary = execute(plan, store, engine, &Options::default(), stop, &mut on_event).unwrap();
    (summary, told)
}

fn scene() -> (tempfile::TempDir, Store, Plan) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    (folder, store, Plan::new(&Study::parse(STUDY, "study.toml").unwrap()).unwrap())
}

#[test]
fn a_plan_is_trained_by_workers_and_only_once() {
    let (_folder, store, plan) = scene();
    let mut engine = workers(&std::env::current_exe().unwrap(), &store, 2);
    let stop = AtomicBool::new(false);
    let (summary, told) = run(&plan, &store, &mut engine, &stop);
    let expected = Summary { total: 5, trained: 5, ..NOTHING };
    assert_eq!(summary, expected);
    assert_eq!((told.len(), told[0].as_str(), told[10].ends_with(" finished 5/5")), (11, "5 0 2", true));
    let place = |said: &str| told.iter().position(|told| told.starts_with(said)).unwrap();
    assert!(place("taught started") > place("teacher finished"), "{told:?}");
    for run in &plan.runs {
        assert!(matches!(store.record(&run.id).unwrap().unwrap().outcome, Outcome::Finished(_)));
    }
    let (summary, told) = run(&plan, &store, &mut engine, &stop);
    assert_eq!((summary, told), (Summary { trained: 0, ..expected }, vec!["5 5 1".to_owned()]));
}

#[test]
fn a_worker_that_dies_costs_its_run_and_those_who_need_it() {
    let (_folder, store, plan) = scene();
    let (summary, told) =
        run(&plan, &store, &mut workers(Path::new("false"), &store, 9), &AtomicBool::new(false));
    assert_eq!(summary, Summary { total: 5, trained: 3, failed: 5, ..NOTHING });
    let times = |said: &str| told.iter().filter(|told| told.starts_with(said)).count();
    assert_eq!((told.len(), told[0].as_str()), (6, "5 0 5"));
    assert_eq!(["teacher failed", "labels failed", "taught blocked"].map(times), [1, 2, 2]);
    let record = store.record(&plan.runs[0].id).unwrap().unwrap();
    let Outcome::Failed(failure) = record.outcome else { panic!("it failed") };
    assert_eq!(failure.kind, FailureKind::Environment);
    assert!(failure.reason.starts_with("the worker process died (exit status: 1)"), "{}", failure.reason);
    assert!(store.logs().join("worker-0.log").is_file());
    assert!(store.record(&plan.runs[2].id).unwrap().is_none());
}

#[test]
fn a_study_that_is_stopped_says_what_is_missing() {
    let (_folder, store, plan) = scene();
    let stop = AtomicBool::new(true);
    let mut engine = workers(Path::new("nowhere"), &store, 1);
    let (summary, told) = run(&plan, &store, &mut engine, &stop);
    assert_eq!(summary, Summary { total: 5, missing: 5, interrupted: true, ..NOTHING });
    assert_eq!(told, ["5 0 1"]);
    stop.store(false, Ordering::Relaxed);
    let error =
        execute(&plan, &store, &mut engine, &Options::default(), &stop, &mut |_| {}).unwrap_err().to_string();
    assert!(error.starts_with("could not start a worker process: "), "{error}");
}
