//! What is kept of runs, what is measured of them, and that both can be asked for later.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::collections::BTreeMap;
use std::path::Path;

use kd_study::plan::PlannedRun;
use kd_study::results::Comparisons;
use kd_study::run::Runner;
use kd_study::spec::{Keep, Measure, Order, Part};
use kd_study::store::comparison::{Representation, TeacherFidelity};
use kd_study::store::record::{Failure, FailureKind, Outcome, RunRecord};
use kd_study::{Plan, Store, Study};
use tch::{Device, Kind, Tensor};

const STUDY: &str = r#"
[study]
name = "blobs"
seeds = [1]

[tasks.blobs]
data.gaussian_blobs = { train = 60, test = 20, classes = 3, dimensions = 2, separation = 1.0 }
teacher = { model.mlp.hidden = [4], train = { budget.steps = 40, optimizer.adamw.learning_rate = 1e-2 } }
[tasks.blobs.student]
model.mlp.hidden = [4]
samples = [10]
train = { budget.steps = 40, optimizer.adamw.learning_rate = 1e-2 }

[arms.labels]
objective.cross_entropy = {}
[arms.taught]
objective.distillation = { temperature = 2.0 }
"#;

fn plan(header: &str) -> Plan {
    let text = STUDY.replace("seeds = [1]", &format!("seeds = [1]\n{header}"));
    Plan::new(&Study::parse(&text, "study.toml").unwrap()).unwrap()
}

const REPRESENTATION: &str = "representation = { examples = 12, tangent_examples = 4 }";

/// A store in a folder, and a runner that publishes into it.
fn scene(folder: &Path) -> (Store, Runner) {
    tch::set_num_threads(1);
    let store = Store::create(folder).unwrap();
    (store.clone(), Runner::new(store, Device::Cpu))
}

fn run_all(runner: &mut Runner, plan: &Plan) -> Vec<RunRecord> {
    plan.runs.iter().map(|run| runner.run(&run.order()).unwrap()).collect()
}

/// Every file of a run and its bytes.
fn files(store: &Store, run: &PlannedRun) -> BTreeMap<String, Vec<u8>> {
    let entries = fs_err::read_dir(store.run_path(&run.id)).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    entries.map(|path| (name(&path), fs_err::read(&path).unwrap())).collect()
}

/// What a run says in one of its files: of its training examples and of the test split.
fn said(store: &Store, run: &PlannedRun, name: &str) -> [Tensor; 2] {
    let tensors = Tensor::read_safetensors(store.run_path(&run.id).join(name)).unwrap();
    ["train", "test"].map(|name| tensors.iter().find(|(known, _)| known == name).unwrap().1.shallow_clone())
}

/// Whether what is said of all training examples says this of the run's own; a sum may differ with the size of a batch.
fn says(store: &Store, run: &PlannedRun, all: &Tensor, own: &Tensor) -> bool {
    let rows: Vec<i64> = store.subset(&run.id).unwrap().into_iter().map(|row| row as i64).collect();
    all.index_select(0, &Tensor::from_slice(&rows)).allclose(own, 1e-5, 1e-5, false)
}

#[test]
fn every_run_keeps_its_predictions() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut runner) = scene(folder.path());
    let plan = plan("");
    run_all(&mut runner, &plan);
    let [teacher, labels, taught] = &plan.runs[..] else { panic!("three runs") };
    for run in [labels, taught] {
        let [train, test] = said(&store, run, "predictions.safetensors");
        assert_eq!((train.size(), test.size()), (vec![10, 3], vec![20, 3]));
        assert_eq!((train.kind(), test.kind()), (Kind::Float, Kind::Float));
        assert!(!files(&store, run).contains_key("weights.safetensors"));
    }
    let [train, test] = said(&store, teacher, "predictions.safetensors");
    let [all, all_of_test] = said(&store, teacher, "outputs.safetensors");
    assert!(says(&store, teacher, &all, &train) && test == all_of_test);
}

#[test]
fn numbers_are_kept_in_their_own_units() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut runner) = scene(folder.path());
    let line =
        "data.linear_regression = { train = 60, test = 20, dimensions = 2, informative = 1, noise = 1.0 }";
    let (head, rest) = STUDY.split_once("data.gaussian_blobs").unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    let (rest, _) = rest.split_once("[arms.labels]").unwrap();
    let text = format!("{head}{line}\n{rest}[arms.targets]\nobjective.squared_error = {{}}\n");
    let plan = Plan::new(&Study::parse(&text, "study.toml").unwrap()).unwrap();
    let records = run_all(&mut runner, &plan);
    let [teacher, student] = &plan.runs[..] else { panic!("two runs") };
    let [all, test] = said(&store, teacher, "outputs.safetensors");
    let [kept, kept_test] = said(&store, teacher, "predictions.safetensors");
    assert!(says(&store, teacher, &all, &kept) && kept_test == test);
    assert_eq!(Comparisons::of(&store).fidelity(student, &records[1]).unwrap(), None);
}

#[test]
fn weights_and_outputs_can_be_asked_for_later() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut runner) = scene(folder.path());
    let plain = plan("");
    let records = run_all(&mut runner, &plain);
    let student = &plain.runs[2];
    let before = files(&store, student);

    let asking = plan("keep = [\"weights\"]");
    assert_eq!(asking.runs[2].id, student.id, "what is kept is no part of a run's identity");
    let again = runner.run(&asking.runs[2].order()).unwrap();
    assert_eq!((&again.spec, &again.outcome), (&records[2].spec, &records[2].outcome));
    let mut after = files(&store, student);
    let weights = after.remove("weights.safetensors").unwrap();
    let [before, after] = [before, after].map(|mut files| {
        files.remove("record.json").unwrap();
        files
    });
    assert!(before == after, "the rest is as it was");

    // From then on nothing is trained again: outputs follow from the weights.
    let teaches = Order { spec: student.spec.clone(), keep: Keep { outputs: true, ..Keep::default() } };
    assert!(!store.missing(&student.id, &teaches.spec, &teaches.keep).unwrap().is_nothing());
    let mut told = 0;
    assert_eq!(
        runner.run_telling(&teaches, &mut |_| told += 1).unwrap(),
        store.record(&student.id).unwrap().unwrap()
    );
    assert_eq!(told, 0);
    assert!(files(&store, student)["weights.safetensors"] == weights);
    let [all, all_of_test] = said(&store, student, "outputs.safetensors");
    let [train, test] = said(&store, student, "predictions.safetensors");
    assert_eq!((all.size(), all_of_test == test), (vec![60, 3], true));
    assert!(says(&store, student, &all, &train));
    assert!(store.missing(&student.id, &teaches.spec, &teaches.keep).unwrap().is_nothing());
    assert_eq!(fs_err::read_dir(folder.path().join("attempts")).unwrap().count(), 0);

    // What it says can be heard.
    let mut spec = student.spec.clone();
    spec.part = Part::Student { teachers: vec![student.id.clone()], generation: 1 };
    let next = runner.run(&Order { spec, keep: Keep::default() }).unwrap();
    assert!(!next.is_failure(), "{next:?}");
}

#[test]
fn a_student_is_trained_again_for_outputs_where_it_kept_no_weights() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut runner) = scene(folder.path());
    let plan = plan("");
    run_all(&mut runner, &plan);
    let student = &plan.runs[1];
    let keep = Keep { outputs: true, ..Keep::default() };
    runner.run(&Order { spec: student.spec.clone(), keep }).unwrap();
    let [all, test] = said(&store, student, "outputs.safetensors");
    let [train, kept] = said(&store, student, "predictions.safetensors");
    assert!(says(&store, student, &all, &train) && kept == test);
    assert!(files(&store, student).contains_key("weights.safetensors"));
}

#[test]
fn measures_can_be_asked_for_later_and_find_the_same() {
    let [at_once, later] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (plain, asking) = (plan(""), plan(REPRESENTATION));
    let found = |store: &Store| -> Vec<Option<Representation>> {
        let comparisons = Comparisons::of(store);
        asking.runs.iter().map(|run| comparisons.representation(run)).collect()
    };
    let (store, mut runner) = scene(at_once.path());
    run_all(&mut runner, &asking);
    let expected = found(&store);
    assert!(expected.iter().all(Option::is_some));
    assert!(expected[1].unwrap().cka_to_teacher.is_some(), "labels are compared with the teacher as well");

    let (store, mut runner) = scene(later.path());
    run_all(&mut runner, &plain);
    let before: Vec<_> = plain.runs.iter().map(|run| files(&store, run)).collect();
    assert!(found(&store).iter().all(Option::is_none));
    let mut trained = Vec::new();
    for run in &asking.runs {
        let mut told = 0;
        runner.run_telling(&run.order(), &mut |_| told += 1).unwrap();
        trained.push(told > 0);
    }
    assert_eq!(trained, [false, true, true], "the teacher's weights are kept");
    assert_eq!(found(&store), expected);
    let after: Vec<_> = plain.runs.iter().map(|run| files(&store, run)).collect();
    assert!(before == after, "nothing is published again");
}

#[test]
fn fidelity_is_the_same_whoever_finds_it() {
    let [of_results, of_worker] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let plan = plan("");
    let (store, mut runner) = scene(of_results.path());
    let records = run_all(&mut runner, &plan);
    let fidelity =
        |store: &Store, run: usize| Comparisons::of(store).fidelity(&plan.runs[run], &records[run]);
    assert_eq!(fidelity(&store, 0).unwrap(), None, "teachers are compared with nobody");
    let (worker_s, mut runner) = scene(of_worker.path());
    runner.run(&plan.runs[0].order()).unwrap();
    for run in [1, 2] {
        let expected = fidelity(&store, run).unwrap().unwrap();
        let PlannedRun { id, spec, compared, .. } = &plan.runs[run];
        let measure = Measure::Fidelity { teachers: compared.clone() };
        assert_eq!(store.comparison::<TeacherFidelity, _>(id, &measure), Some(expected), "it is kept");
        let keep = Keep { measures: vec![measure.clone()], ..Keep::default() };
        runner.run(&Order { spec: spec.clone(), keep }).unwrap();
        assert_eq!(worker_s.comparison(id, &measure), Some(expected));
    }

    // Without what it was found from, what was found is known all the same, until that is gone too.
    let predictions = store.run_path(&plan.runs[2].id).join("predictions.safetensors");
    fs_err::write(&predictions, "damaged").unwrap();
    assert!(fidelity(&store, 2).unwrap().is_some());
    fs_err::remove_dir_all(of_results.path().join("comparisons")).unwrap();
    let said = fidelity(&store, 2).unwrap_err().to_string();
    assert!(said.contains("predictions.safetensors") && said.contains("remove this run's folder"), "{said}");
    // What was published is missed when it is gone.
    fs_err::remove_file(&predictions).unwrap();
    let said = fidelity(&store, 2).unwrap_err().to_string();
    assert!(said.contains("predictions.safetensors"), "{said}");
}

#[test]
fn what_compares_with_a_teacher_that_failed_is_not_missed() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut runner) = scene(folder.path());
    let plan = plan(REPRESENTATION);
    let [teacher, labels, _] = &plan.runs[..] else { panic!("three runs") };
    assert!(!store.missing(&labels.id, &labels.spec, &labels.keep).unwrap().is_nothing());
    let mut record = runner.run(&teacher.order()).unwrap();
    store.forget(&teacher.id).unwrap();
    record.outcome =
        Outcome::Failed(Failure { kind: FailureKind::Deterministic, reason: "for a test".to_owned() });
    store.publish_record(&record).unwrap();
    assert!(!runner.run(&labels.order()).unwrap().is_failure());
    assert!(store.missing(&labels.id, &labels.spec, &labels.keep).unwrap().is_nothing());
    assert_eq!(Comparisons::of(&store).representation(labels), None);
}
