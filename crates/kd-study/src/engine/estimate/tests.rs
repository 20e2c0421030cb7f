use super::*;
use crate::engine::tests::{STUDY, plan, record};
use crate::study::tests::study;

fn near(found: Option<Duration>, seconds: f64) {
    let found = found.unwrap().as_secs_f64();
    assert!((found - START - seconds).abs() < 1e-6, "{found} instead of {seconds} and the start");
}

/// What a plan takes of which the runs take these seconds, or what is made up for them.
fn time_of(plan: &Plan, finished: &[(&PlannedRun, f64)], workers: usize) -> Option<Duration> {
    let shapes = shapes(&plan.runs);
    let mut seen = Finished::default();
    for (run, seconds) in finished {
        seen.see(shapes[&run.id].clone(), steps(run), *seconds);
    }
    let missing: Vec<&PlannedRun> = plan.runs.iter().collect();
    time(&missing, &shapes, &Costs::default(), &seen, &Probed::default(), workers)
}

#[test]
fn what_finished_runs_took_is_summed_and_shared_by_workers() {
    let plan = plan();
    let [teacher, _, labels, distilled, ..] = &plan.runs[..] else { panic!() };
    assert_eq!(time_of(&plan, &[], 1), None);
    let known = [(teacher, 10.0), (labels, 2.0), (distilled, 3.0)];
    near(time_of(&plan, &known, 1), 30.0);
    near(time_of(&plan, &known, 2), 15.0);
    near(time_of(&plan, &known, 8), 13.0); // a student waits for its teacher
    // A student of half the steps, of which nothing is known but its family.
    near(time_of(&plan, &known[..1], 1), 20.0 + 4.0 * 5.0);
}

#[test]
fn what_a_probe_found_makes_runs_of_any_length() {
    let plan = plan();
    let shapes = shapes(&plan.runs);
    let taken = |step, drawing| Taken { step, evaluation: 0.1, drawing, once: 0.5 };
    let mut probed = Probed::default();
    for run in &plan.runs {
        let is_teacher = run.role == kd_analysis::Role::Teacher;
        let found = if is_teacher { taken(0.01, 1.0) } else { taken(0.02, 0.2) };
        probed.taken.insert(shapes[&run.id].clone(), found);
    }
    probed.loading.insert("digits".to_owned(), 3.0);
    let missing: Vec<&PlannedRun> = plan.runs.iter().collect();
    let time = |workers| time(&missing, &shapes, &Costs::default(), &Finished::default(), &probed, workers);
    // Teachers make 100 steps and students 50, and all are scored ten times. A pair of students shares its draw.
    let (teacher, student) = (0.5 + 1.0 + 1.0 + 1.0, 0.5 + 1.0 + 1.0);
    near(time(1), 3.0 + 2.0 * teacher + 4.0 * (student + 0.1));
    near(time(2), 3.0 + teacher + 2.0 * (student + 0.2));
}

#[test]
fn a_study_is_probed_unless_that_is_declined_and_what_is_there_is_not_missing() {
    let study = Study::parse(STUDY, "study.toml").unwrap();
    let (plan, folder) = (plan(), tempfile::tempdir().unwrap());
    let results = folder.path().join("small");
    let estimate = |probe: Option<u64>| {
        let probe = probe.map(Duration::from_secs);
        let terms = Terms { results: &results, device: Device::Cpu, workers: 2, probe };
        Estimate::new(&study, &plan, &terms).unwrap()
    };
    let declined = estimate(None);
    assert_eq!((declined.missing, declined.time, declined.probe, declined.workers), (6, None, None, 2));
    assert!(declined.bytes > 6 * 4000, "{declined:?}");
    let probed = estimate(Some(60));
    assert!(probed.probe.is_some() && probed.finished == 0, "{probed:?}");
    assert!(probed.time.unwrap() > Duration::from_secs_f64(START), "{probed:?}");
    assert_eq!(probed.bytes, declined.bytes);
    assert!(!results.exists(), "it leaves nothing behind");

    let store = Store::create(&results).unwrap();
    fs_err::write(store.study_path(), "").unwrap();
    for run in &plan.runs[..4] {
        store.publish_record(&record(run, None)).unwrap();
    }
    let known = estimate(Some(60));
    assert_eq!((known.missing, known.finished, known.probe), (2, 2, None));
    near(known.time, 1.0);
    for run in &plan.runs[4..] {
        store.publish_record(&record(run, None)).unwrap();
    }
    let done = estimate(Some(60));
    assert_eq!((done.missing, done.time, done.bytes), (0, Some(Duration::ZERO), 0));
}

/// Every kind of run is tried out: each is one that some study trains.
#[test]
fn whatever_a_study_asks_for_can_be_tried_out() {
    let arms = r"
[arms.hints]
objective.features = { loss.hint = {} }
[arms.sum]
objective.sum.terms = { labels = { objective.cross_entropy = {} }, heard = { objective.logit_mse = {} } }
";
    let changed = study(&[
        ("[arms.labels]", &format!("{arms}[arms.labels]")),
        ("teacher = {", "teacher = { members = 2,"),
        ("supervision.permuted", "supervision.ensemble"),
    ]);
    let plan = Plan::new(&changed).unwrap();
    let (shapes, costs) = (shapes(&plan.runs), Costs::of(&changed, &plan));
    let all: Vec<&PlannedRun> = plan.distinct();
    let found = probe(&all, &plan, &shapes, &costs, (Device::Cpu, 2, Duration::from_mins(10)));
    for run in all {
        let taken = found.taken.get(&shapes[&run.id]).unwrap_or_else(|| panic!("{:?}", run.place));
        assert!(taken.step > 0.0 && taken.once > 0.0 && taken.evaluation > 0.0, "{taken:?}");
    }
    assert_eq!(found.loading.len(), 2, "the data of both tasks");
}
