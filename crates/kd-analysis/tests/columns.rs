//! The table of columns: what it says, against stored runs, the table of before, its files and README.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::{Path, PathBuf};

use kd_analysis::{Datum, Outcome, Place, Role, RunDocument, RunRow, Score, TaskInfo, table};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use serde_json::{Map, Value, json};

/// Columns that results have always had, in their order. Programs that people have written rely on them.
const FIRST: [&str; 41] = [
    "run",
    "task",
    "arm",
    "role",
    "control_of",
    "teacher",
    "samples",
    "teacher_samples",
    "seed",
    "outcome",
    "reason",
    "test_accuracy",
    "test_r2",
    "test_rmse",
    "test_mae",
    "test_score_at_best",
    "validation_score",
    "train_score",
    "test_nll",
    "test_ece",
    "test_balanced_accuracy",
    "test_macro_f1",
    "test_brier",
    "test_entropy",
    "test_agreement",
    "train_agreement",
    "test_hellinger",
    "test_kl",
    "test_total_variation",
    "exaggeration_slope",
    "steps",
    "final_loss",
    "loss_slope",
    "converged",
    "parameters",
    "test_cka_to_teacher",
    "test_cka_to_start",
    "test_feature_alignment_to_start",
    "test_ntk_alignment_to_teacher",
    "test_ntk_alignment_to_start",
    "weight_distance_to_start",
];

/// What the run below comes to, by column.
const EXPECTED: &str = r#"{
    "run": "f00d", "task": "digits", "arm": "an arm", "role": "permuted", "control_of": "distilled",
    "teacher": "abc", "samples": 40, "teacher_samples": 160, "kappa": 0.25, "seed": 11,
    "data_set": "optdigits", "modality": "vision", "student": "mlp 64", "teacher_model": "mlp 512-512; 40 epochs",
    "objective": "distillation", "supervision": "permuted", "temperature": 4.0, "teacher_temperature": 2.0,
    "label_weight": null, "outcome": "finished", "reason": null,
    "test_accuracy": 0.1, "test_r2": null, "test_score_at_best": 1.1, "validation_score": 1.2,
    "validation_score_at_best": 1.25, "train_score": 1.3,
    "test_top5_accuracy": 0.2, "test_nll": 0.5, "test_perplexity": 1.6487212707001282, "test_ece": 0.7, "test_ece_equal_mass": 0.8,
    "test_balanced_accuracy": 0.3, "test_macro_f1": 0.4, "test_brier": 0.6, "test_entropy": 0.9,
    "test_agreement": 2.0, "test_kl": 2.1, "test_hellinger": 2.2, "test_total_variation": 2.3,
    "exaggeration_slope": 2.4, "train_agreement": 3.0, "train_kl": 3.1, "train_hellinger": 3.2,
    "train_total_variation": 3.3, "train_exaggeration_slope": 3.4,
    "distinct_predictions": 6, "steps": 9, "best_step": 7, "final_loss": 4.1, "loss_slope": 4.2, "converged": false, "parameters": 10,
    "subset": "beef", "test_cka_to_teacher": 5.1, "test_cka_to_start": 5.2,
    "test_feature_alignment_to_start": 5.3, "test_ntk_alignment_to_teacher": 5.4,
    "test_ntk_alignment_to_start": 5.5, "weight_distance_to_start": 5.6
}"#;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn place(arm: &str, samples: u64) -> Place {
    Place { task: "digits".to_owned(), arm: arm.to_owned(), samples, seed: 11, ..Place::default() }
}

fn task() -> TaskInfo {
    let text = str::to_owned;
    TaskInfo {
        name: text("digits"),
        title: text("Digits"),
        modality: text("vision"),
        score: text("accuracy"),
        classes: 10,
        test_examples: 1797,
        licence: text("CC BY 4.0"),
        citation: text("Someone (1998)"),
        teacher: text("mlp 512-512; 40 epochs"),
        student: text("mlp 64"),
        budget: text("1000 steps"),
        sampling: text("stratified"),
        samples: vec![40],
        factors: BTreeMap::new(),
        synthetic: false,
    }
}

fn row(role: &Role, mut record: Value) -> RunRow {
    // Pinned values have what was found beside a record within it.
    let beside = |record: &mut Value, name: &str| {
        record.pointer_mut(&format!("/outcome/finished/{name}")).map_or(Value::Null, Value::take)
    };
    let (collapse, shifted) = (beside(&mut record, "collapse"), beside(&mut record, "shifted"));
    let (place, task) = (place("an arm", 40), task());
    let (fidelity, representation) = (Value::Null, Value::Null);
    let (teacher_samples, task) = (Some(160), Some(&task));
    let document = RunDocument {
        run: "f00d",
        place: &place,
        role,
        teacher_samples,
        task,
        record,
        fidelity,
        representation,
        collapse,
        shifted,
    };
    document.row().unwrap()
}

fn permuted() -> Role {
    Role::Control { kind: kd_analysis::ControlKind::Permuted, of: Some("distilled".to_owned()) }
}

/// The records of every pinned study, as far as they are pinned: specification and outcome.
fn stored() -> Vec<Value> {
    let mut records = Vec::new();
    for entry in fs_err::read_dir(crates().join("kd-study/tests/pinned/values")).unwrap() {
        let values: Value = serde_json::from_slice(&fs_err::read(entry.unwrap().path()).unwrap()).unwrap();
        for leaves in values["runs"].as_object().unwrap().values() {
            let mut record = json!({ "spec": leaves["spec"] });
            for (path, leaf) in
                leaves.as_object().unwrap().iter().filter(|(path, _)| path.contains("outcome/"))
            {
                put(&mut record, path, leaf.clone());
            }
            records.push(record);
        }
    }
    assert!(records.len() > 100);
    records
}

fn put(value: &mut Value, path: &str, leaf: Value) {
    let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match rest {
        Some(rest) => put(&mut value[first], rest, leaf),
        None => value[first] = leaf,
    }
}

#[test]
fn every_column_is_found_in_some_run() {
    let failure = json!({ "kind": "deterministic", "reason": "the loss was NaN at step 3" });
    let failed = row(&permuted(), json!({ "spec": {}, "outcome": { "failed": failure } }));
    let mut rows: Vec<RunRow> = stored().into_iter().map(|record| row(&permuted(), record)).collect();
    rows.push(failed);
    let told = |column: &table::Column| {
        rows.iter().any(|row| row.get(column).is_some_and(|value| *value != Datum::Count(0)))
    };
    // What was chosen is known once all runs are; of these runs, the classes that they say were not counted.
    let of_a_run = |column: &&table::Column| !["chosen", "distinct_predictions"].contains(&column.name);
    let silent: Vec<&str> =
        table::columns().filter(of_a_run).filter(|column| !told(column)).map(|column| column.name).collect();
    assert!(silent.is_empty(), "no stored run has a value for {silent:?}");
}

#[test]
fn a_column_says_what_the_record_says() {
    let classes = json!({
        "accuracy": 0.1, "top5_accuracy": 0.2, "balanced_accuracy": 0.3, "macro_f1": 0.4, "nll": 0.5, "brier": 0.6,
        "ece": 0.7, "ece_equal_mass": 0.8, "entropy": 0.9,
    });
    let likeness = |first: f64| {
        json!({
            "agreement": first, "kl": first + 0.1, "hellinger": first + 0.2, "total_variation": first + 0.3,
            "exaggeration_slope": first + 0.4,
        })
    };
    let record = json!({
        "spec": {
            "data": { "name": "optdigits" },
            "objective": { "distillation": {
                "temperature": 4.0, "teacher_temperature": 2.0, "label_weight": { "linear": { "from": 1.0, "to": 0.0 } },
                "supervision": { "permuted": {} },
            } },
            "part": { "student": { "teachers": ["abc", "def"] } },
        },
        "outcome": { "finished": {
            "test": { "classification": classes },
            "test_score_at_best": 1.1, "best_step": 7, "validation_score": 1.2,
            "validation_score_at_best": 1.25, "train_score": 1.3,
            "fidelity": { "test": likeness(2.0), "train": likeness(3.0) },
            "distinct_predictions": 6, "steps": 9, "convergence": { "final_loss": 4.1, "slope": 4.2, "converged": false },
            "parameters": 10, "subset": "beef",
            "representation": {
                "cka_to_teacher": 5.1, "cka_to_start": 5.2, "feature_alignment_to_start": 5.3,
                "ntk_alignment_to_teacher": 5.4, "ntk_alignment_to_start": 5.5, "weight_distance_to_start": 5.6,
            },
        } },
    });
    let row = row(&permuted(), record);
    assert_eq!(
        (row.role(), row.outcome(), row.place()),
        (&permuted(), Outcome::Finished, &place("an arm", 40))
    );
    let written = serde_json::to_value(&row).unwrap();
    let expected: Value = serde_json::from_str(EXPECTED).unwrap();
    for (column, value) in expected.as_object().unwrap() {
        assert_eq!(&written[column], value, "{column}");
    }
    let settings: Value = serde_json::from_str(written["objective_settings"].as_str().unwrap()).unwrap();
    assert_eq!(settings["distillation"]["label_weight"]["linear"]["from"], json!(1.0));
}

#[test]
fn what_compares_a_run_is_beside_its_record_and_was_within_it() {
    let place = place("an arm", 40);
    let document = RunDocument {
        run: "f00d",
        place: &place,
        role: &Role::Distilled,
        teacher_samples: Some(160),
        task: None,
        record: json!({ "outcome": { "finished": {
            "fidelity": { "test": { "agreement": 0.25 }, "train": { "agreement": 0.5 } },
            "representation": { "cka_to_start": 0.1 },
        } } }),
        fidelity: json!({ "test": { "agreement": 0.75 } }),
        representation: json!({ "cka_to_start": 0.2, "cka_to_teacher": 0.3 }),
        collapse: Value::Null,
        shifted: Value::Null,
    };
    let row = document.row().unwrap();
    let found = ["test_agreement", "train_agreement", "test_cka_to_start", "test_cka_to_teacher"]
        .map(|column| row.number(table::find(column).unwrap()));
    assert_eq!(found, [0.75, 0.5, 0.2, 0.3].map(Some));
}

#[test]
fn numbers_and_failures_have_their_columns_too() {
    let test = json!({ "regression": { "rmse": 0.1, "mae": 0.2, "r2": 0.3 } });
    let record = json!({ "outcome": { "finished": { "test": test, "test_score_at_best": 0.4 } } });
    let numbers = row(&Role::Labels, record);
    assert_eq!(
        (numbers.score(Score::LastStep), numbers.score(Score::ValidationBest)),
        (Some(0.3), Some(0.4))
    );
    let written = serde_json::to_value(&numbers).unwrap();
    assert_eq!([&written["test_rmse"], &written["test_mae"]], [&json!(0.1), &json!(0.2)]);
    let teacher =
        row(&Role::Teacher, json!({ "outcome": { "failed": { "kind": "environment", "reason": "why" } } }));
    assert_eq!(
        (teacher.outcome(), teacher.reason(), teacher.score(Score::LastStep)),
        (Outcome::Failed, Some("why"), None)
    );
    let written = serde_json::to_value(&teacher).unwrap();
    assert_eq!(
        [&written["failure"], &written["kappa"], &written["steps"]],
        [&json!("environment"), &json!(null), &json!(0)]
    );
    let document = RunDocument {
        run: "",
        place: &place("a", 1),
        role: &Role::Other,
        teacher_samples: None,
        task: None,
        record: json!({}),
        fidelity: Value::Null,
        representation: Value::Null,
        collapse: Value::Null,
        shifted: Value::Null,
    };
    assert!(document.row().unwrap_err().to_string().contains("`outcome`"));
}

#[test]
fn kappa_takes_a_teacher_that_saw_something() {
    let kappa = |role: &Role, teacher_samples| {
        let document = RunDocument {
            run: "",
            place: &place("an arm", 40),
            role,
            teacher_samples,
            task: None,
            record: json!({ "outcome": { "finished": {} } }),
            fidelity: Value::Null,
            representation: Value::Null,
            collapse: Value::Null,
            shifted: Value::Null,
        };
        document.row().unwrap().number(table::find("kappa").unwrap())
    };
    assert_eq!(kappa(&Role::Labels, Some(80)), Some(0.5));
    assert_eq!((kappa(&Role::Labels, Some(0)), kappa(&Role::Labels, None)), (None, None));
    assert_eq!(kappa(&Role::Teacher, Some(80)), None);
}

#[test]
fn the_columns_of_before_are_there_in_their_order() {
    let mut names = table::columns().map(|column| column.name);
    for first in FIRST {
        assert!(names.any(|name| name == first), "{first}");
    }
}

#[test]
fn parquet_says_what_its_columns_are() {
    let bytes = table::parquet(&[row(&permuted(), json!({ "outcome": { "finished": {} } }))]).unwrap();
    let mut reader = ParquetReader::new(Cursor::new(bytes));
    let schema = reader.schema().unwrap();
    assert_eq!(schema.len(), table::columns().count());
    for column in table::columns() {
        let metadata = schema.get(column.name).unwrap().metadata.clone().unwrap();
        let told = |name: &str| metadata.get(name).map_or("", |text| text.as_str());
        let better = column.better.map_or("", table::Better::name);
        assert_eq!([told("meaning"), told("unit"), told("better")], [column.meaning, column.unit, better]);
    }
    assert_eq!(reader.finish().unwrap().height(), 1);
}

#[test]
fn readme_lists_every_column() {
    let path = crates().parent().unwrap().join("README.md");
    let readme = fs_err::read_to_string(&path).unwrap();
    let (start, end) = ("<!-- columns -->\n", "<!-- end of columns -->\n");
    let (before, rest) = readme.split_once(start).unwrap();
    let (listed, after) = rest.split_once(end).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        fs_err::write(&path, format!("{before}{start}{}{end}{after}", table::reference())).unwrap();
        return;
    }
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    let (listed_lines, expected) = (lines(listed), lines(&table::reference()));
    let differ: Vec<&String> = listed_lines.symmetric_difference(&expected).collect();
    assert!(
        listed == table::reference(),
        "UPDATE=1 cargo test -p kd-analysis --test columns brings README up to date: {differ:#?}"
    );
}
