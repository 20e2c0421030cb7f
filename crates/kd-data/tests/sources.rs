//! Sources as a study file writes them, read from files.
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::Path;

use flate2::write::GzEncoder;
use kd_core::Input;
use kd_data::{Dataset, Encoder, Encoding, Modality, Source, Targets, Task};
use serde_json::{Value, json};

fn folder_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    folder
}

fn parse(source: Value) -> Result<Source, String> {
    serde_json::from_value(source).map_err(|error| error.to_string())
}

fn load(source: Value) -> Dataset {
    parse(source).unwrap().load().unwrap()
}

const PEOPLE: &str =
    "age,work,income\n39,State,low\n50,Self,high\n?,State,low\n38,?,low\n53,Self,high\n28,State,high\n";

fn people(path: &Path, columns: &Value) -> Value {
    json!({ "csv": { "path": path, "test": { "last": 0.5 }, "columns": columns } })
}

#[test]
fn a_table_is_encoded_from_its_own_rows() {
    let folder = folder_with(&[("people.csv", PEOPLE)]);
    let dataset = load(people(&folder.path().join("people.csv"), &json!({ "target": "income" })));
    assert_eq!((dataset.name.as_str(), dataset.modality), ("people.csv", Modality::Tabular));
    assert_eq!(dataset.classes, ["high", "low"]);
    assert_eq!((dataset.train.len(), dataset.test.len()), (3, 3));
    let encoder = Encoder::fit(&dataset.train, &[0, 1, 2], &Encoding::default()).unwrap();
    assert_eq!(encoder.input(), Input::Features { width: 1 + 1 + 2 }, "age, its absence, two kinds of work");
    assert_eq!(encoder.encode(&dataset.test.inputs).unwrap().len(), 3);
}

#[test]
fn fingerprints_follow_the_examples_and_not_the_file() {
    let folder = folder_with(&[("people.csv", PEOPLE), ("copy/people.csv", PEOPLE)]);
    let mut compressed = GzEncoder::new(Vec::new(), flate2::Compression::best());
    compressed.write_all(PEOPLE.as_bytes()).unwrap();
    fs_err::write(folder.path().join("people.csv.gz"), compressed.finish().unwrap()).unwrap();
    let of = |file: &str, columns: Value| load(people(&folder.path().join(file), &columns)).fingerprint;
    let first = of("people.csv", json!({ "target": "income" }));
    assert_eq!(first, of("copy/people.csv", json!({ "target": "income" })));
    assert_eq!(first, of("people.csv.gz", json!({ "target": "income" })));
    assert_ne!(first, of("people.csv", json!({ "target": "income", "ignore": ["age"] })));
    assert_ne!(first, of("people.csv", json!({ "target": "income", "classes": ["low", "high"] })));
}

#[test]
fn texts_come_from_lines_folders_and_json() {
    let folder = folder_with(&[
        ("a.label", "HUM:ind Who ?\nNUM:count How many ?\n"),
        ("b.label", "NUM:date When ?\n"),
        ("train/pos/1.txt", "good"),
        ("train/neg/1.txt", "bad"),
        ("test/neg/2.txt", "worse"),
        ("a.jsonl", "{\"text\": \"good\", \"stars\": 4.5}\n{\"text\": \"bad\", \"stars\": 1}\n"),
    ]);
    let at = |file: &str| folder.path().join(file);
    let lines = load(json!({ "text_lines": {
        "path": at("a.label"), "test": { "path": at("b.label") }, "class_ends": ":"
    } }));
    assert_eq!((lines.classes.len(), lines.test.labels().unwrap()), (2, &[1_i64][..]));
    let reviews = load(json!({ "text_folder": { "path": at("train"), "test": { "path": at("test") } } }));
    assert_eq!(
        (reviews.classes.as_slice(), reviews.test.len()),
        (&["neg".to_owned(), "pos".to_owned()][..], 1)
    );
    let stars = load(json!({ "json_lines": {
        "path": at("a.jsonl"),
        "test": { "last": 0.5 },
        "columns": { "target": "stars", "predict": "number", "text": ["text"] }
    } }));
    assert_eq!(stars.train.targets, Targets::Numbers(vec![4.5]));
    assert!(stars.classes.is_empty());
}

#[test]
fn synthetic_tasks_are_the_same_everywhere() {
    let blobs = json!({ "train": 20, "test": 10, "classes": 3, "dimensions": 2, "separation": 2.0 });
    let teacher = json!({ "train": 20, "test": 10, "classes": 3, "dimensions": 2, "hidden": 4 });
    let views = json!({ "train": 20, "test": 10, "classes": 3, "dimensions": 6, "noise": 0.1 });
    let line = json!({ "train": 20, "test": 10, "dimensions": 5, "informative": 2, "noise": 0.1 });
    let text = json!({ "train": 20, "test": 10, "vocabulary": 5, "block": 8, "concentration": 1.0 });
    for (kind, source, task) in [
        ("gaussian_blobs", blobs, Task::Classification),
        ("multi_view", views, Task::Classification),
        ("teacher_student", teacher, Task::Classification),
        ("linear_regression", line, Task::Regression),
        ("markov_text", text, Task::LanguageModelling),
    ] {
        let mut source = json!({ kind: source });
        let dataset = load(source.clone());
        assert_eq!((dataset.train.len(), dataset.test.len()), (20, 10), "{kind}");
        assert_eq!(dataset.train.targets.task(), task, "{kind}");
        assert_eq!(dataset.fingerprint, load(source.clone()).fingerprint, "{kind}");
        source[kind]["seed"] = json!(1);
        assert_ne!(dataset.fingerprint, load(source.clone()).fingerprint, "{kind}");
        source[kind]["train"] = json!(0);
        assert!(parse(source).unwrap().load().is_err(), "{kind}");
    }
}

#[test]
fn what_is_not_there_is_told() {
    assert!(
        parse(json!({ "csv": { "path": "a", "test": { "last": 0.5 }, "seperator": ";" } }))
            .unwrap_err()
            .contains("seperator")
    );
    let missing =
        parse(json!({ "json_splits": { "path": "no/such/file.json" } })).unwrap().load().unwrap_err();
    assert!(missing.to_string().contains("no/such/file.json"), "{missing}");
    let folder = tempfile::tempdir().unwrap();
    let mnist = json!({ "catalogue": { "name": "mnist", "folder": folder.path() } });
    let message = parse(mnist).unwrap().load().unwrap_err().to_string();
    assert!(
        message.contains("has no mnist/train-images-idx3-ubyte.gz; `kd data fetch mnist --folder"),
        "{message}"
    );
}

#[test]
fn another_file_under_an_official_name_is_refused() {
    let folder = folder_with(&[("tinyshakespeare/input.txt", "to be or not to be")]);
    let source = json!({ "catalogue": { "name": "tiny-shakespeare", "folder": folder.path() } });
    let message = parse(source).unwrap().load().unwrap_err().to_string();
    assert!(message.contains("is damaged or not the official file: its SHA-256 is"), "{message}");
}
