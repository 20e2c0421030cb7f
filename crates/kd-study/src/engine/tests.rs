//! Engines that are scripts, and what becomes of a plan on them.

use std::collections::VecDeque;

use super::*;
use crate::store::record::Measures;
use crate::study::Study;
use crate::train::Quality;

/// Two teachers, and of each a student under either arm.
pub(super) const STUDY: &str = r#"
[study]
name = "small"
seeds = [1, 2]

[tasks.digits]
data.catalogue.name = "optdigits"

[tasks.digits.teacher]
model.mlp = { hidden = [8] }
replicates = "per_seed"
train = { budget.steps = 100, optimizer.sgd = { learning_rate = 0.1 } }

[tasks.digits.student]
model.mlp = { hidden = [4] }
samples = [20]
train = { budget.steps = 50, optimizer.sgd = { learning_rate = 0.1 } }

[arms.labels]
objective.cross_entropy = {}

[arms.distilled]
objective.distillation = { temperature = 4.0 }
"#;

pub(super) fn plan() -> Plan {
    Plan::new(&Study::parse(STUDY, "study.toml").unwrap()).unwrap()
}

/// A record of a run that has finished, or failed in this way.
pub(super) fn record(run: &PlannedRun, failure: Option<FailureKind>) -> RunRecord {
    let test = serde_json::json!({ "regression": { "r2": 0.5, "rmse": 1.0, "mae": 1.0 } });
    let test: Quality = serde_json::from_value(test).unwrap();
    let finished = Measures {
        test,
        test_score_at_best: 0.5,
        best_step: 1,
        validation_score: None,
        validation_score_at_best: None,
        train_score: 0.5,
        distinct_predictions: None,
        steps: 1,
        convergence: None,
        parameters: 1,
        subset: String::new(),
    };
    RunRecord {
        id: run.id.clone(),
        spec: run.spec.clone(),
        outcome: match failure {
            None => Outcome::Finished(Box::new(finished)),
            Some(kind) => Outcome::Failed(Failure { kind, reason: "for a test".to_owned() }),
        },
        seconds: 1.0,
        evaluating: None,
        memory: None,
        environment: Environment { device: "cpu".to_owned(), threads: 1, version: "0".to_owned() },
        files: BTreeMap::new(),
        seal: None,
    }
}

/// What an engine does with a run.
#[derive(Clone, Copy)]
enum Fate {
    Finish,
    Fail(FailureKind),
    Vanish,
}

/// Does with each run what `fate` says, and keeps account of what it is asked.
struct Script<'a> {
    store: &'a Store,
    capacity: usize,
    fate: &'a dyn Fn(&PlannedRun) -> Fate,
    living: Vec<PlannedRun>,
    reports: VecDeque<Report>,
    batches: Vec<usize>,
    submitted: Vec<RunId>,
    cancelled: bool,
}

impl<'a> Script<'a> {
    fn new(store: &'a Store, capacity: usize, fate: &'a dyn Fn(&PlannedRun) -> Fate) -> Self {
        let (living, reports) = (Vec::new(), VecDeque::new());
        let (batches, submitted) = (Vec::new(), Vec::new());
        Self { store, capacity, fate, living, reports, batches, submitted, cancelled: false }
    }

    fn train(&mut self, run: &PlannedRun) {
        let fate = (self.fate)(run);
        let failure = match fate {
            Fate::Finish | Fate::Vanish => None,
            Fate::Fail(kind) => Some(kind),
        };
        if !matches!(fate, Fate::Vanish) {
            self.store.publish_record(&record(run, failure)).unwrap();
        }
        let milestone =
            Milestone { step: run.spec.steps(), loss: None, gradient_norm: None, validation_score: None };
        for news in
            [News::Started, News::Milestone(milestone), News::Ended { otherwise: "it vanished".to_owned() }]
        {
            self.reports.push_back(Report { run: run.id.clone(), news });
        }
    }
}

impl Engine for Script<'_> {
    fn capacity(&self) -> usize {
        self.capacity
    }

    fn attach(&mut self, runs: &[&PlannedRun]) -> Result<Vec<RunId>> {
        let living = std::mem::take(&mut self.living);
        assert!(living.iter().all(|run| runs.iter().any(|candidate| candidate.id == run.id)));
        for run in &living {
            self.train(run);
        }
        Ok(living.into_iter().map(|run| run.id).collect())
    }

    fn submit(&mut self, runs: &[&PlannedRun]) -> Result<()> {
        self.batches.push(runs.len());
        for run in runs {
            self.submitted.push(run.id.clone());
            self.train(run);
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Report>> {
        Ok(self.reports.pop_front())
    }

    fn cancel(&mut self) -> Result<()> {
        self.cancelled = true;
        Ok(())
    }
}

fn finish(_: &PlannedRun) -> Fate {
    Fate::Finish
}

/// What happened, a word each.
fn run(plan: &Plan, store: &Store, engine: &mut Script<'_>) -> (Summary, Vec<&'static str>) {
    run_as(plan, store, engine, &Options::default())
}

fn run_as(
    plan: &Plan,
    store: &Store,
    engine: &mut Script<'_>,
    options: &Options,
) -> (Summary, Vec<&'static str>) {
    let mut told = Vec::new();
    let summary = execute(plan, store, engine, options, &AtomicBool::new(false), &mut |event| {
        told.push(match event {
            Event::Planned { .. } => "planned",
            Event::Adopted { .. } => "adopted",
            Event::NotAdopted { .. } => "not adopted",
            Event::Started { .. } => "started",
            Event::Milestone { remaining, .. } => {
                assert!(remaining.is_some());
                "milestone"
            }
            Event::Ended { .. } => "ended",
            Event::Blocked { .. } => "blocked",
        });
    });
    (summary.unwrap(), told)
}

fn times(told: &[&str], word: &str) -> usize {
    told.iter().filter(|told| **told == word).count()
}

#[test]
fn batches_are_what_is_ready_and_fits() {
    let (plan, folder) = (plan(), tempfile::tempdir().unwrap());
    let store = Store::create(folder.path()).unwrap();
    let mut engine = Script::new(&store, 100, &finish);
    let (summary, told) = run(&plan, &store, &mut engine);
    assert_eq!(engine.batches[0], 4, "teachers first, and who hears none");
    assert_eq!(engine.batches.iter().sum::<usize>(), 6);
    assert!(engine.cancelled, "what it holds is let go");
    assert_eq!((summary.trained, summary.failed, summary.missing), (6, 0, 0));
    assert_eq!(["started", "milestone", "ended"].map(|word| times(&told, word)), [6, 6, 6]);

    let mut again = Script::new(&store, 100, &finish);
    let (summary, told) = run(&plan, &store, &mut again);
    assert!(again.batches.is_empty() && summary.trained == 0 && told == ["planned"]);

    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let mut narrow = Script::new(&store, 1, &finish);
    run(&plan, &store, &mut narrow);
    assert_eq!(narrow.batches, [1; 6]);
    let planned: Vec<RunId> = plan.runs.iter().map(|run| run.id.clone()).collect();
    assert_eq!(narrow.submitted, planned, "in the order of the plan");
}

#[test]
fn what_still_lives_is_not_submitted_again() {
    let (plan, folder) = (plan(), tempfile::tempdir().unwrap());
    let store = Store::create(folder.path()).unwrap();
    let mut engine = Script::new(&store, 2, &finish);
    engine.living = vec![plan.runs[0].clone()];
    let (summary, _) = run(&plan, &store, &mut engine);
    assert!(!engine.submitted.contains(&plan.runs[0].id));
    assert_eq!((summary.trained, summary.missing, engine.submitted.len()), (6, 0, 5));
}

#[test]
fn a_run_that_left_nothing_failed_for_the_reason_given_and_is_tried_again() {
    let (plan, folder) = (plan(), tempfile::tempdir().unwrap());
    let store = Store::create(folder.path()).unwrap();
    let lost = &plan.runs[5];
    let fate = |run: &PlannedRun| if run.id == lost.id { Fate::Vanish } else { Fate::Finish };
    let (summary, _) = run(&plan, &store, &mut Script::new(&store, 2, &fate));
    assert_eq!((summary.trained, summary.failed, summary.missing), (6, 1, 0));
    let Outcome::Failed(failure) = store.record(&lost.id).unwrap().unwrap().outcome else { panic!() };
    assert_eq!((failure.kind, failure.reason.as_str()), (FailureKind::Environment, "it vanished"));

    let mut again = Script::new(&store, 2, &finish);
    let (summary, _) = run(&plan, &store, &mut again);
    assert_eq!((summary.trained, summary.failed), (1, 0));
    assert_eq!(again.submitted, std::slice::from_ref(&lost.id));
}

#[test]
fn students_of_a_failed_teacher_are_blocked_and_nothing_is_tried_that_would_fail_again() {
    let (plan, folder) = (plan(), tempfile::tempdir().unwrap());
    let store = Store::create(folder.path()).unwrap();
    let teacher = &plan.runs[0];
    let fate = |run: &PlannedRun| {
        if run.id == teacher.id { Fate::Fail(FailureKind::Deterministic) } else { Fate::Finish }
    };
    let (summary, told) = run(&plan, &store, &mut Script::new(&store, 2, &fate));
    assert_eq!((summary.trained, summary.failed, summary.missing), (5, 2, 0));
    assert_eq!(times(&told, "blocked"), 1);

    let mut again = Script::new(&store, 2, &finish);
    let (summary, _) = run(&plan, &store, &mut again);
    assert_eq!((summary.trained, summary.failed, again.submitted.len()), (0, 2, 0));
    let mut asked = Script::new(&store, 2, &finish);
    let stop = AtomicBool::new(false);
    let options = Options { retry_failed: true, ..Options::default() };
    let summary = execute(&plan, &store, &mut asked, &options, &stop, &mut |_| {}).unwrap();
    assert_eq!((summary.trained, summary.failed, summary.missing), (2, 0, 0));
}

#[test]
fn a_run_of_which_something_stays_missing_has_failed_this_time() {
    let (mut plan, folder) = (plan(), tempfile::tempdir().unwrap());
    let store = Store::create(folder.path()).unwrap();
    run(&plan, &store, &mut Script::new(&store, 2, &finish));
    let student = plan.runs[5].id.clone();
    plan.runs[5].keep.weights = true;
    let mut engine = Script::new(&store, 2, &finish);
    let (summary, told) = run(&plan, &store, &mut engine);
    assert_eq!(engine.submitted, std::slice::from_ref(&student));
    assert_eq!((summary.trained, summary.failed, times(&told, "ended")), (1, 1, 1));
    assert!(!store.record(&student).unwrap().unwrap().is_failure(), "it is what it was");
}

#[test]
fn what_another_folder_has_is_adopted_before_anything_is_trained() {
    let (plan, folder) = (plan(), tempfile::tempdir().unwrap());
    let [here, near, far] =
        ["here", "near", "remote"].map(|name| Store::create(&folder.path().join(name)).unwrap());
    fs_err::write(folder.path().join("bystander"), "").unwrap();
    // One has a teacher and what failed, the other all but that teacher; both have what is damaged in one of them.
    let [teacher, failed, damaged] = [&plan.runs[0], &plan.runs[2], &plan.runs[3]];
    near.publish_record(&record(teacher, None)).unwrap();
    near.publish_record(&record(failed, Some(FailureKind::Deterministic))).unwrap();
    near.publish_record(&record(damaged, None)).unwrap();
    for run in &plan.runs[1..] {
        far.publish_record(&record(run, None)).unwrap();
    }
    let spoil = |store: &Store, run: &PlannedRun| {
        fs_err::write(store.run_path(&run.id).join("record.json"), "{").unwrap();
    };
    spoil(&near, damaged);
    let environment = record(teacher, None).environment;
    let options = Options { adopt: Some(environment.clone()), ..Options::default() };
    let mut engine = Script::new(&here, 2, &finish);
    let (summary, told) = run_as(&plan, &here, &mut engine, &options);
    assert_eq!((summary.adopted, summary.trained, summary.failed, summary.missing), (6, 0, 0, 0));
    assert_eq!(told, ["adopted", "adopted", "planned"], "once for each folder");
    for run in &plan.runs {
        let file = |store: &Store| fs_err::read(store.run_path(&run.id).join("record.json")).unwrap();
        assert!(file(&here) == file(if run.id == teacher.id { &near } else { &far }), "to the byte");
    }

    // What is damaged everywhere is trained, and so is all that was trained otherwise.
    let others = [
        Environment { device: "cuda:0".to_owned(), ..environment.clone() },
        Environment { threads: 2, ..environment.clone() },
        Environment { version: "1".to_owned(), ..environment.clone() },
    ];
    for (environment, adopted) in
        [environment].into_iter().map(|same| (same, 5)).chain(others.map(|other| (other, 0)))
    {
        fs_err::remove_dir_all(here.root()).unwrap();
        let here = Store::create(here.root()).unwrap();
        spoil(&far, damaged);
        let options = Options { adopt: Some(environment), ..Options::default() };
        let mut engine = Script::new(&here, 2, &finish);
        let (summary, told) = run_as(&plan, &here, &mut engine, &options);
        assert_eq!((summary.adopted, summary.trained), (adopted, 6 - adopted));
        // A record that cannot be read does not tell in which environment it was made.
        assert_eq!(times(&told, "not adopted"), 2);
        assert!(engine.submitted.contains(&damaged.id));
    }
}

#[test]
fn what_another_folder_has_a_part_of_is_trained_here() {
    let (mut plan, folder) = (plan(), tempfile::tempdir().unwrap());
    let [here, near] = ["here", "near"].map(|name| Store::create(&folder.path().join(name)).unwrap());
    for run in &plan.runs {
        near.publish_record(&record(run, None)).unwrap();
    }
    let part = plan.runs[5].id.clone();
    plan.runs[5].keep.weights = true;
    let options = Options { adopt: Some(record(&plan.runs[0], None).environment), ..Options::default() };
    for adopted in [5, 0] {
        let mut engine = Script::new(&here, 2, &finish);
        let (summary, _) = run_as(&plan, &here, &mut engine, &options);
        assert_eq!(summary.adopted, adopted, "what is here is not copied again");
        assert_eq!(engine.submitted, std::slice::from_ref(&part));
    }
}

#[test]
fn environments_are_alike_on_any_device_of_a_kind() {
    let on = |device: &str| Environment { device: device.to_owned(), threads: 1, version: "0".to_owned() };
    assert!(on("cuda:0").computes_like(&on("cuda:3")) && !on("cuda:0").computes_like(&on("cpu")));
}

#[test]
fn asked_to_fail_fast_it_cancels_what_is_in_progress_and_starts_nothing() {
    let (plan, folder) = (plan(), tempfile::tempdir().unwrap());
    let store = Store::create(folder.path()).unwrap();
    let failing = &plan.runs[3];
    let fate = |run: &PlannedRun| {
        if run.id == failing.id { Fate::Fail(FailureKind::Environment) } else { Fate::Finish }
    };
    let options = Options { fail_fast: true, ..Options::default() };
    let mut engine = Script::new(&store, 1, &fate);
    let (summary, _) = run_as(&plan, &store, &mut engine, &options);
    assert!(summary.gave_up && !summary.interrupted && engine.cancelled);
    assert_eq!((summary.trained, summary.failed, summary.missing, engine.submitted.len()), (4, 1, 2, 4));
    // What failed before does not stop it.
    store.forget(&failing.id).unwrap();
    store.publish_record(&record(failing, Some(FailureKind::Deterministic))).unwrap();
    let (summary, _) = run_as(&plan, &store, &mut Script::new(&store, 1, &finish), &options);
    assert_eq!((summary.gave_up, summary.trained, summary.failed, summary.missing), (false, 2, 1, 0));
}

#[test]
fn asked_to_stop_it_cancels_what_is_in_progress_and_starts_nothing() {
    let (plan, folder) = (plan(), tempfile::tempdir().unwrap());
    let store = Store::create(folder.path()).unwrap();
    let mut engine = Script::new(&store, 1, &finish);
    let stop = AtomicBool::new(false);
    let summary = execute(&plan, &store, &mut engine, &Options::default(), &stop, &mut |event| {
        stop.fetch_or(matches!(event, Event::Ended { .. }), Ordering::Relaxed);
    });
    let summary = summary.unwrap();
    assert!(summary.interrupted && engine.cancelled);
    assert_eq!((summary.trained, summary.missing, engine.submitted.len()), (1, 5, 1));
}

#[test]
fn an_engine_that_fails_is_told_to_let_go() {
    /// Takes over runs, and breaks when it is asked how they are.
    struct Broken {
        cancelled: bool,
    }

    impl Engine for Broken {
        fn capacity(&self) -> usize {
            1
        }

        fn attach(&mut self, _: &[&PlannedRun]) -> Result<Vec<RunId>> {
            Ok(Vec::new())
        }

        fn submit(&mut self, _: &[&PlannedRun]) -> Result<()> {
            Ok(())
        }

        fn next(&mut self) -> Result<Option<Report>> {
            Err(EngineError::Device("cuda:9".to_owned()).into())
        }

        fn cancel(&mut self) -> Result<()> {
            self.cancelled = true;
            Ok(())
        }
    }

    let (plan, folder) = (plan(), tempfile::tempdir().unwrap());
    let store = Store::create(folder.path()).unwrap();
    let mut engine = Broken { cancelled: false };
    let stop = AtomicBool::new(false);
    let error = execute(&plan, &store, &mut engine, &Options::default(), &stop, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("cuda:9") && engine.cancelled, "{error}");
}
