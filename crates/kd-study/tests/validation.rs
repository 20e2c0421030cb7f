//! Validation on an official split, or within a run's own samples: what it is for, and that nothing is held out then.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::path::Path;

use kd_data::subset::rank;
use kd_study::plan::PlannedRun;
use kd_study::run::Runner;
use kd_study::spec::{Part, RunSpec};
use kd_study::store::record::{Measures, Outcome};
use kd_study::{Plan, Store, Study};
use serde_json::{Value, json};
use tch::{Device, Tensor};

/// Thirty-two examples for training and eight for testing, and a validation split in which every class is wrong.
fn splits() -> Value {
    let of = |count: usize, right: bool| -> Vec<[String; 2]> {
        let words = ["good", "bad"];
        (0..count)
            .map(|row| [words[row % 2].to_owned(), words[(row + usize::from(!right)) % 2].to_owned()])
            .collect()
    };
    json!({ "train": of(32, true), "val": of(12, false), "test": of(8, true) })
}

const MODEL: &str = "model.bag_of_embeddings = { dimension = 8 }\n\
                     train = { budget.steps = 60, batch = 16, evaluations = 2, optimizer.adamw.learning_rate = 5e-2 }";

/// The number of samples and the measures of the teacher and the student of a study.
fn trained(folder: &Path, validation: &str, teacher: &str) -> Vec<(u64, Measures)> {
    let data = folder.join("data.json");
    fs_err::write(&data, splits().to_string()).unwrap();
    let text = format!(
        "[study]\nname = \"official\"\nseeds = [1]\n\n\
         [tasks.words]\naccept = [\"overlap\", \"teacher_at_chance\", \"rare_classes\", \"probabilities\"]\nvalidation = {validation}\n\
         data.json_splits = {{ path = '{}', train = [\"train\"], validation = [\"val\"], test = [\"test\"] }}\n\n\
         [tasks.words.teacher]\n{teacher}\n\n\
         [tasks.words.student]\nsamples = [\"all\"]\n{MODEL}\n\n\
         [arms.distilled]\nobjective.distillation = {{ temperature = 2.0 }}\n",
        data.display()
    );
    let mut runner = Runner::new(Store::create(&folder.join("results")).unwrap(), Device::Cpu);
    let plan = Plan::new(&Study::parse(&text, "study.toml").unwrap()).unwrap();
    let train = |run: &PlannedRun| match runner.run(&run.order()).unwrap().outcome {
        Outcome::Finished(measures) => (run.spec.samples(), *measures),
        Outcome::Failed(failure) => panic!("{}", failure.reason),
    };
    plan.runs.iter().map(train).collect()
}

#[test]
fn the_official_split_validates_and_leaves_all_to_learn_from() {
    for (validation, samples, score) in [("\"official\"", 32, 0.0), ("0.25", 24, 1.0)] {
        let folder = tempfile::tempdir().unwrap();
        let runs = trained(folder.path(), validation, MODEL);
        assert_eq!(runs.len(), 2);
        for (count, measures) in runs {
            assert_eq!((count, measures.validation_score), (samples, Some(score)), "{validation}");
            assert!((measures.test.score() - 1.0).abs() < 1e-9);
        }
    }
}

/// Of 2,000 examples for validation, the model is right of every fourth.
#[test]
fn a_part_of_the_split_validates_where_nobody_says_how_often_or_chooses_by_it() {
    for (header, evaluations, score) in [
        ("", "", 1.0),
        ("", ", evaluations = 10", 0.25),
        ("score = \"validation_best\"", "", 0.25),
        ("", ", schedule = { tune = [\"constant\"] }", 0.25),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let words = ["good", "bad"];
        let word = |place: usize, is_wrong: bool| {
            [words[place / 4 % 2], words[(place / 4 + usize::from(is_wrong)) % 2]]
        };
        let right = |count: usize| (0..count).map(|place| word(place, false)).collect::<Vec<_>>();
        let validation: Vec<_> = (0..2000).map(|place| word(place, place % 4 != 0)).collect();
        let data = folder.path().join("data.json");
        fs_err::write(&data, json!({ "train": right(32), "val": validation, "test": right(16) }).to_string())
            .unwrap();
        let model = "model.bag_of_embeddings = { dimension = 8 }";
        let train = "budget.steps = 60, batch = 16, optimizer.adamw.learning_rate = 5e-2";
        let text = format!(
            "[study]\nname = \"parts\"\nseeds = [1]\n{header}\n[tasks.words]\n\
             accept = [\"overlap\", \"teacher_at_chance\", \"rare_classes\", \"probabilities\"]\nvalidation = \"official\"\n\
             data.json_splits = {{ path = '{}', train = [\"train\"], validation = [\"val\"], test = [\"test\"] }}\n\
             [tasks.words.teacher]\n{model}\ntrain = {{ {train} }}\n\
             [tasks.words.student]\nsamples = [\"all\"]\n{model}\ntrain = {{ {train}{evaluations} }}\n\
             [arms.labels]\nobjective.cross_entropy = {{}}\n",
            data.display()
        );
        let plan = Plan::new(&Study::parse(&text, "study.toml").unwrap_or_else(|error| panic!("{error:?}")))
            .unwrap();
        let student = plan.runs.iter().find(|run| matches!(run.spec.part, Part::Student { .. })).unwrap();
        let mut runner = Runner::new(Store::create(&folder.path().join("results")).unwrap(), Device::Cpu);
        let Outcome::Finished(measures) = runner.run(&student.order()).unwrap().outcome else {
            panic!("failed")
        };
        assert_eq!(measures.validation_score, Some(score), "{header}{evaluations}");
    }
}

#[test]
fn stored_outputs_say_nothing_of_an_official_split() {
    for (validation, score) in [("\"official\"", None), ("0.25", Some(1.0))] {
        let folder = tempfile::tempdir().unwrap();
        let outputs = folder.path().join("outputs.safetensors");
        // Classes are in alphabetical order: bad, good.
        let table = |count: i64| Tensor::from_slice2(&[[-2.0_f32, 2.0], [2.0, -2.0]]).repeat([count / 2, 1]);
        Tensor::write_safetensors(&[("train", &table(32)), ("test", &table(8))], &outputs).unwrap();
        let path = outputs.display();
        let teacher = format!("outputs = {{ train = '{path}', test = '{path}' }}");
        let runs = trained(folder.path(), validation, &teacher);
        assert_eq!(runs[0].1.validation_score, score);
        assert!(runs[1].1.validation_score.is_some());
    }
}

/// A run, the rows that its samples were drawn from or are, those that it was trained on, and its measures.
struct Trained {
    spec: RunSpec,
    taught: Vec<usize>,
    rows: Vec<usize>,
    measures: Measures,
}

/// The runs of a study of 40 examples, a quarter of whose own samples validate each. Two classes, told by their words; an
/// example's label is the other one where `is_wrong`. `of_student` is said of the student.
fn within(of_student: &str, is_wrong: impl Fn(usize) -> bool) -> Vec<Trained> {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.json");
    let words = ["good", "bad"];
    let row = |row: usize| [words[row % 2], words[(row + usize::from(is_wrong(row))) % 2]];
    let train: Vec<[&str; 2]> = (0..40).map(row).collect();
    fs_err::write(&data, json!({ "train": train, "test": [row(0), row(1)] }).to_string()).unwrap();
    let text = format!(
        "[study]\nname = \"within\"\nseeds = [1]\n[tasks.words]\naccept = [\"overlap\", \"teacher_at_chance\", \"rare_classes\", \"probabilities\"]\nvalidation = {{ within = 0.25 }}\n\
         data.json_splits = {{ path = '{}', train = [\"train\"], test = [\"test\"] }}\n\
         [tasks.words.teacher]\nsamples = 20\n{MODEL}\n[tasks.words.student]\n{of_student}\nsamples = [2, 12]\n{MODEL}\n\
         [arms.labels]\nobjective.cross_entropy = {{}}\n[arms.taught]\nobjective.distillation.temperature = 2.0\n",
        data.display()
    );
    let store = Store::create(&folder.path().join("results")).unwrap();
    let mut runner = Runner::new(store.clone(), Device::Cpu);
    let plan = Plan::new(&Study::parse(&text, "study.toml").unwrap()).unwrap();
    let train = |run: PlannedRun| {
        let Outcome::Finished(measures) = runner.run(&run.order()).unwrap().outcome else { panic!("failed") };
        let dataset = run.spec.data.source.as_ref().unwrap().load().unwrap();
        let (all, draw) = ((0..40).collect::<Vec<_>>(), &run.spec.draws[0]);
        let taught = rank(draw.seed, &dataset.name, &all, &dataset.train, &draw.sampling, 20).unwrap();
        Trained { taught, rows: store.subset(&run.id).unwrap(), spec: run.spec, measures: *measures }
    };
    plan.runs.into_iter().map(train).collect()
}

#[test]
fn a_run_that_validates_within_its_samples_needs_no_other_label() {
    let runs = within("", |_| false);
    let sizes = |run: &Trained| (run.spec.samples(), run.spec.trained_on(), run.rows.len());
    let expected = [(20, 15, 15), (2, 1, 1), (2, 1, 1), (12, 9, 9), (12, 9, 9)];
    assert_eq!(runs.iter().map(sizes).collect::<Vec<_>>(), expected);
    assert_eq!((&runs[1].rows, &runs[3].rows), (&runs[2].rows, &runs[4].rows), "arms of a seed");
    for run in [&runs[0], &runs[3], &runs[4]] {
        assert_eq!(run.measures.validation_score, Some(1.0));
        assert!(run.rows.iter().all(|row| run.taught.contains(row)));
    }

    let taught = runs[0].taught.clone();
    let elsewhere = within("", |row| !taught.contains(&row));
    for (run, other) in runs.iter().zip(&elsewhere) {
        assert_eq!((&run.rows, &run.measures), (&other.rows, &other.measures), "of labels that no run has");
    }
}

#[test]
fn wrong_labels_are_validated_on_too() {
    let runs = within("label_noise.pair = 1.0", |_| false);
    let labels = &runs[3].measures;
    assert_eq!((labels.validation_score, labels.train_score.round() as u64), (Some(1.0), 1));
    assert!(labels.test.score().abs() < 1e-9, "test keeps the right ones");
}

#[test]
fn what_was_trained_elsewhere_is_validated_on_a_part_of_its_samples_too() {
    let folder = tempfile::tempdir().unwrap();
    let outputs = folder.path().join("outputs.safetensors");
    let table = |count: i64| Tensor::from_slice2(&[[-2.0_f32, 2.0], [2.0, -2.0]]).repeat([count / 2, 1]);
    Tensor::write_safetensors(&[("train", &table(32)), ("test", &table(8))], &outputs).unwrap();
    let path = outputs.display();
    let teacher = format!("outputs = {{ train = '{path}', test = '{path}' }}\nsamples = 16");
    let runs = trained(folder.path(), "{ within = 0.25 }", &teacher);
    assert_eq!(runs.iter().map(|(count, _)| *count).collect::<Vec<_>>(), [16, 16]);
    assert_eq!(runs[0].1.validation_score, Some(1.0));
}
