//! An official validation split: what it is for, and that nothing is held out then.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::path::Path;

use kd_study::run::Runner;
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
         [tasks.words]\nvalidation = {validation}\n\
         data.json_splits = {{ path = '{}', train = [\"train\"], validation = [\"val\"], test = [\"test\"] }}\n\n\
         [tasks.words.teacher]\n{teacher}\n\n\
         [tasks.words.student]\nsamples = [\"all\"]\n{MODEL}\n\n\
         [arms.distilled]\nobjective.distillation = {{ temperature = 2.0 }}\n",
        data.display()
    );
    let mut runner = Runner::new(Store::create(&folder.join("results")).unwrap(), Device::Cpu);
    let plan = Plan::new(&Study::parse(&text, "study.toml").unwrap()).unwrap();
    let train = |spec| match runner.run(spec).unwrap().outcome {
        Outcome::Finished(measures) => (spec.samples(), *measures),
        Outcome::Failed(failure) => panic!("{}", failure.reason),
    };
    plan.runs.iter().map(|run| &run.spec).map(train).collect()
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
