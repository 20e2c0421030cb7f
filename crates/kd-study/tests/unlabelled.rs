//! Samples without labels: which they are, what is learnt from them, and what is not.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::path::Path;

use kd_analysis::Datum;
use kd_study::plan::PlannedRun;
use kd_study::run::Runner;
use kd_study::store::record::{Measures, Outcome};
use kd_study::{Plan, Store, Study};
use serde_json::json;
use tch::{Device, Tensor};

const DIGITS: &str = r#"
[study]
name = "unlabelled"
seeds = [1]

[tasks.digits]
data.catalogue.name = "optdigits"

[tasks.digits.teacher]
model.mlp = { hidden = [24] }
samples = 300
train = { budget.steps = 40, evaluations = 1, optimizer.adamw.learning_rate = 1e-2 }

[tasks.digits.student]
model.mlp = { hidden = [16] }
samples = [20, 40]
unlabelled = ["all", 0, 60]
train = { budget.epochs = 2, batch = 16, evaluations = 1, optimizer.adamw.learning_rate = 1e-2 }

[arms.labels]
objective.cross_entropy = {}

[arms.taught]
objective.distillation = { temperature = 2.0, label_weight = 0.5, supervision.permuted = {} }

[arms.hint]
objective.sum.terms.labels.objective.cross_entropy = {}
objective.sum.terms.hint.objective.features = { student = "hidden0", teacher = "hidden0", loss.hint = {} }
"#;

fn plan(text: &str) -> Vec<PlannedRun> {
    Plan::new(&Study::parse(text, "study.toml").unwrap_or_else(|error| panic!("{error}"))).unwrap().runs
}

/// The measures of every run, in order.
fn train(runs: &[PlannedRun], folder: &Path) -> (Store, Vec<Measures>) {
    let store = Store::create(folder).unwrap();
    let mut runner = Runner::new(store.clone(), Device::Cpu);
    let train = |run: &PlannedRun| match runner.run(&run.order()).unwrap().outcome {
        Outcome::Finished(measures) => *measures,
        Outcome::Failed(failure) => panic!("{}", failure.reason),
    };
    (store, runs.iter().map(train).collect())
}

fn loss(measures: &Measures) -> f64 {
    measures.convergence.unwrap().final_loss
}

#[test]
fn an_arm_that_hears_no_teacher_does_not_depend_on_u() {
    let runs = plan(DIGITS);
    let of = |arm: &str| -> Vec<(u64, u64, Option<u64>)> {
        let own = runs.iter().filter(|run| run.place.arm == arm);
        own.map(|run| {
            let level = run.place.factors.get("unlabelled").and_then(Datum::count);
            (run.spec.samples(), run.spec.unlabelled, level)
        })
        .collect()
    };
    assert_eq!(of("labels"), [(20, 0, None), (40, 0, None)]);
    let levels = |samples: u64| [0, 60, 260].map(|unlabelled| (samples, unlabelled, Some(unlabelled)));
    assert_eq!(of("taught"), [levels(20), levels(40)].concat());

    // Without any, runs are what they were.
    let plain = plan(&DIGITS.replace("unlabelled = [\"all\", 0, 60]\n", ""));
    let without: Vec<_> = runs.iter().filter(|run| run.spec.unlabelled == 0).map(|run| &run.id).collect();
    assert_eq!(plain.iter().map(|run| &run.id).collect::<Vec<_>>(), without);
    assert!(plain.iter().all(|run| run.place.factors.is_empty()));
    let one = plan(&DIGITS.replace("[\"all\", 0, 60]", "[60]"));
    assert!(one.iter().all(|run| run.place.factors.is_empty()), "one level is no factor");
    assert!(one.iter().any(|run| run.spec.unlabelled == 60));
}

#[test]
fn the_next_samples_of_the_same_order_have_no_labels() {
    let runs = plan(DIGITS);
    let folder = tempfile::tempdir().unwrap();
    let (store, measures) = train(&runs, folder.path());
    let of = |run: &PlannedRun| -> (Vec<usize>, Vec<usize>) {
        let file = store.run_path(&run.id).join("unlabelled.json");
        assert_eq!(file.exists(), run.spec.unlabelled > 0);
        let unlabelled = fs_err::read(file).map_or(Vec::new(), |text| serde_json::from_slice(&text).unwrap());
        (store.subset(&run.id).unwrap(), unlabelled)
    };
    let taught: Vec<_> = runs.iter().filter(|run| run.place.arm == "taught").map(of).collect();
    let [none_20, few_20, all_20, none_40, _, _] = &taught[..] else { panic!("six expected") };
    let labels: Vec<_> = runs.iter().filter(|run| run.place.arm == "labels").map(of).collect();
    assert_eq!((&labels[0], &labels[1]), (none_20, none_40), "the same labelled samples whatever the arm");
    for (own, unlabelled) in &taught {
        assert!(own == &none_20.0 || own == &none_40.0, "and whatever U");
        assert!(own.iter().all(|row| !unlabelled.contains(row)));
    }
    assert_eq!((few_20.1.len(), all_20.1.len()), (60, 260));
    assert!(few_20.1.iter().all(|row| all_20.1.contains(row)));
    assert!(none_40.0.iter().all(|row| few_20.0.contains(row) || few_20.1.contains(row)));
    // An epoch goes through all samples.
    for (run, measures) in runs.iter().zip(&measures).skip(1) {
        let all = run.spec.samples() + run.spec.unlabelled;
        assert_eq!(measures.steps, (2 * all).div_ceil(16));
    }
    let of_taught = |samples: u64, unlabelled: u64| {
        let is_it = |run: &&PlannedRun| {
            run.place.arm == "taught" && (run.spec.samples(), run.spec.unlabelled) == (samples, unlabelled)
        };
        loss(&measures[runs.iter().position(|run| is_it(&run)).unwrap()])
    };
    assert_ne!(of_taught(20, 0).total_cmp(&of_taught(20, 60)), std::cmp::Ordering::Equal);
}

/// The measures of two students; with `lies`, the labels of samples that they have without are wrong, and with
/// `is_misled`, what their teacher says of these.
fn words(lies: bool, is_misled: bool) -> Vec<Measures> {
    let folder = tempfile::tempdir().unwrap();
    let words = ["good", "bad"];
    let train_with = |wrong: &[usize], misled: &[usize]| {
        let row = |row: usize| [words[row % 2], words[(row + usize::from(wrong.contains(&row))) % 2]];
        let rows: Vec<[&str; 2]> = (0..40).map(row).collect();
        let data = folder.path().join("data.json");
        fs_err::write(
            &data,
            json!({ "train": rows, "test": [["good", "good"], ["bad", "bad"]] }).to_string(),
        )
        .unwrap();
        // Classes are in alphabetical order: bad, good.
        let said = |row: usize| {
            let sign = if row.is_multiple_of(2) == misled.contains(&row) { 1.0_f32 } else { -1.0 };
            [2.0 * sign, -2.0 * sign]
        };
        let table = |count: usize| Tensor::from_slice2(&(0..count).map(said).collect::<Vec<_>>());
        let outputs = folder.path().join("outputs.safetensors");
        Tensor::write_safetensors(&[("train", &table(40)), ("test", &table(2))], &outputs).unwrap();
        let (data, outputs) = (data.display(), outputs.display());
        let text = format!(
            "[study]\nname = \"words\"\nseeds = [1]\n[tasks.words]\naccept = [\"overlap\", \"teacher_at_chance\", \"rare_classes\", \"probabilities\"]\nvalidation.within = 0.25\n\
             data.json_splits = {{ path = '{data}', train = [\"train\"], test = [\"test\"] }}\n\
             [tasks.words.teacher]\noutputs = {{ train = '{outputs}', test = '{outputs}' }}\n\
             [tasks.words.student]\nmodel.bag_of_embeddings.dimension = 8\nsamples = [8]\nunlabelled = [16]\n\
             train = {{ budget.steps = 30, batch = 8, optimizer.adamw.learning_rate = 5e-2 }}\n\
             [arms.taught]\nobjective.distillation = {{ temperature = 2.0, label_weight = 0.5 }}\n\
             [arms.shuffled]\nobjective.distillation = {{ temperature = 2.0, supervision.permuted = {{}} }}\n"
        );
        let results = tempfile::tempdir().unwrap();
        let runs = plan(&text);
        let (store, measures) = train(&runs, results.path());
        let file = store.run_path(&runs[1].id).join("unlabelled.json");
        let unlabelled: Vec<usize> = serde_json::from_slice(&fs_err::read(file).unwrap()).unwrap();
        (unlabelled, measures[1..].to_vec())
    };
    let unlabelled = train_with(&[], &[]).0;
    assert_eq!(unlabelled.len(), 16);
    let of = |asked: bool| if asked { &unlabelled[..] } else { &[] };
    train_with(of(lies), of(is_misled)).1
}

#[test]
fn labels_that_are_not_known_are_not_looked_at_but_the_teacher_is_heard() {
    let fine = words(false, false);
    assert_eq!(words(true, false), fine);
    for (misled, fine) in words(false, true).iter().zip(&fine) {
        assert!(loss(misled) > loss(fine), "{} {}", loss(misled), loss(fine));
    }
}

#[test]
fn views_of_samples_without_labels_are_learnt_from_too() {
    // The teacher is asked about views that change nothing, at every step.
    let results = |lines: &str| -> Vec<(f64, f64)> {
        let text = DIGITS
            .replace("[\"all\", 0, 60]", "[60]")
            .replace("supervision.permuted = {}", "supervision.hard = {}");
        let text = text.replace(
            "data.catalogue.name = \"optdigits\"\n",
            &format!("data.catalogue.name = \"optdigits\"\n{lines}\n"),
        );
        let folder = tempfile::tempdir().unwrap();
        let (_, measures) = train(&plan(&text), folder.path());
        measures.iter().map(|measures| (loss(measures), measures.test.score())).collect()
    };
    for (plain, seen) in results("").iter().zip(results("augmentation.flip.probability = 1e-300")) {
        assert!((plain.0 - seen.0).abs() < 1e-3 * plain.0, "{} {}", plain.0, seen.0);
        assert!((plain.1 - seen.1).abs() < 5e-3, "{} {}", plain.1, seen.1);
    }
}

#[test]
fn all_samples_at_once_are_learnt_from_with_and_without_labels() {
    let text = "[study]\nname = \"line\"\nseeds = [1]\n[tasks.line]\n\
        data.linear_regression = { train = 100, test = 50, dimensions = 3, informative = 3, noise = 1.0 }\n\
        [tasks.line.teacher]\nmodel.mlp.hidden = []\ntrain.optimizer.least_squares = {}\n\
        [tasks.line.student]\nmodel.mlp.hidden = []\nsamples = [5]\nunlabelled = [0, 60]\n\
        train = { budget.steps = 200, optimizer.lbfgs = {} }\n\
        [arms.taught]\nobjective.prediction_matching.label_weight = 0.5\n";
    let folder = tempfile::tempdir().unwrap();
    let runs = plan(text);
    let (_, measures) = train(&runs, folder.path());
    let [teacher, few, many] = &measures[..] else { panic!("three expected") };
    assert!([few, many].iter().all(|measures| measures.convergence.unwrap().converged));
    // Sixty samples tell what the teacher does, five do not quite.
    let from_teacher = |measures: &Measures| (measures.test.score() - teacher.test.score()).abs();
    assert!(from_teacher(many) < from_teacher(few), "{} {}", from_teacher(many), from_teacher(few));
}
