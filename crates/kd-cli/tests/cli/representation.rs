//! Studies that ask where training takes representations.

use std::path::Path;

use serde_json::Value;

use crate::{TINY, folder_with, output, stderr, stdout};

const COLUMNS: [&str; 6] = [
    "test_cka_to_teacher",
    "test_cka_to_start",
    "test_feature_alignment_to_start",
    "test_ntk_alignment_to_teacher",
    "test_ntk_alignment_to_start",
    "weight_distance_to_start",
];

/// The rows of a study just run, as `findings.json` has them.
fn rows(folder: &Path) -> Vec<Value> {
    let run = output(folder, &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let header = fs_err::read_to_string(folder.join("results/tiny/results.csv")).unwrap();
    let header: Vec<&str> = header.lines().next().unwrap().split(',').collect();
    assert!(COLUMNS.iter().all(|column| header.contains(column)), "{header:?}");
    let findings = fs_err::read(folder.join("results/tiny/findings.json")).unwrap();
    let findings: Value = serde_json::from_slice(&findings).unwrap();
    findings["runs"].as_array().unwrap().clone()
}

/// What a run left that depends on every step of its training.
fn trace(folder: &Path, row: &Value) -> (Vec<u8>, Option<Vec<u8>>) {
    let run = folder.join("results/tiny/runs").join(row["run"].as_str().unwrap());
    let weights = run.join("weights.safetensors");
    let weights = weights.is_file().then(|| fs_err::read(weights).unwrap());
    (fs_err::read(run.join("history.csv")).unwrap(), weights)
}

#[test]
fn representations_are_measured_on_request_and_training_does_not_notice() {
    let dropout = TINY.replace("] }\nreplicates", "], dropout = 0.2 }\nreplicates");
    let dropout = dropout.replace("hidden = [16]", "hidden = [16], dropout = 0.2");
    assert_eq!(dropout.matches("dropout").count(), 2);
    let asked = "seeds = [1, 2]\nrepresentation = { examples = 64, tangent_examples = 8 }";
    let asked = dropout.replace("seeds = [1, 2]", asked);
    let [plain, asking] = [folder_with(&dropout), folder_with(&asked)];
    let (without, with) = (rows(plain.path()), rows(asking.path()));
    assert_eq!((without.len(), with.len()), (14, 14));
    for (without, with) in without.iter().zip(&with) {
        assert_eq!(without["run"], with["run"], "what is measured is no part of a run's identity");
        assert!(trace(plain.path(), without) == trace(asking.path(), with), "{with}");
        assert_eq!(without["test_nll"], with["test_nll"]);
        for column in COLUMNS {
            assert!(without[column].is_null(), "{column} in {without}");
            let teachers_own = with["role"] == "teacher" && column.ends_with("to_teacher");
            assert_eq!(with[column].is_f64(), !teachers_own, "{column} in {with}");
        }
    }
    let record = output(plain.path(), &["explain", without[0]["run"].as_str().unwrap(), "--format", "json"]);
    assert!(!stdout(&record).contains("representation"), "{record:?}");

    let student = with.iter().find(|row| row["arm"] == "distilled").unwrap();
    let explained = output(asking.path(), &["explain", student["run"].as_str().unwrap()]);
    let told = format!("    test_cka_to_teacher             {:.4}\n", student[COLUMNS[0]].as_f64().unwrap());
    assert!(stdout(&explained).contains(&told), "{}", stdout(&explained));

    // Asked for later, the same is found of the same runs.
    fs_err::write(plain.path().join("study.toml"), asked).unwrap();
    let planned = output(plain.path(), &["plan", "study.toml", "--format", "json"]);
    assert_eq!(stdout(&planned).matches("\"incomplete\"").count(), 14, "{}", stdout(&planned));
    assert_eq!(rows(plain.path()), with);
    let planned = output(plain.path(), &["plan", "study.toml"]);
    assert!(stdout(&planned).contains("14 done, 0 to train"), "{}", stdout(&planned));
}
