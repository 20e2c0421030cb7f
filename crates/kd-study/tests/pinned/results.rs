//! The table that people read, of a study of images, texts and a table; and a results folder of the first format.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kd_study::{Plan, Store, Study, results};
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::{Value, json};

use crate::values::{is_close, is_exact};
use crate::{here, machine, train, writing};

/// Cells by row, each under the name of its column.
type Table = Vec<BTreeMap<String, Value>>;

#[test]
fn the_table_of_results_keeps_its_columns_and_values() {
    let text = fs_err::read_to_string(here().join("results/study.toml")).unwrap();
    let study = Study::parse(&text, "study.toml").unwrap();
    let plan = Plan::new(&study).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let trained = train(&plan, &store);
    results::conclude(&plan, &store).unwrap();

    let stored = here().join("results/results.csv");
    let machine_file = here().join("results/machine.txt");
    if writing() {
        fs_err::copy(folder.path().join("results.csv"), &stored).unwrap();
        fs_err::write(&machine_file, machine::name() + "\n").unwrap();
    }
    let exact = is_exact(fs_err::read_to_string(machine_file).unwrap().trim_end());
    let stored = csv(&stored);
    assert_eq!((stored.len(), trained), (52, 52));
    hold(&csv(&folder.path().join("results.csv")), &stored, exact);
    hold(&parquet(&folder.path().join("results.parquet")), &stored, exact);
    let timings = csv(&folder.path().join("timings.csv"));
    let timed: BTreeSet<&str> = timings.iter().filter_map(|row| row["run"].as_str()).collect();
    assert_eq!((timings.len(), timed.len()), (trained, trained), "each run is timed once");
}

/// `tests/fixtures/results-1` was written by the first version of the format, and stays as it is: what follows reads it
/// for good.
#[test]
fn results_of_the_first_format_are_read() {
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/results-1");
    let store = Store::open(&old).unwrap();
    let plan = store.plan().unwrap();
    assert_eq!((plan.study.name.as_str(), plan.distinct().len()), ("three-modalities", 52));
    assert!(store.command().unwrap().starts_with("kd run study.toml --out "));
    assert_eq!(fs_err::read_dir(old.join("runs")).unwrap().count(), 52);
    for run in plan.distinct() {
        let record = store.record(&run.id).unwrap().unwrap();
        assert_eq!((&record.id, &record.spec), (&run.id, &run.spec));
        assert!(!record.is_failure() && record.seconds > 0.0 && record.environment.version == "0.1.0");
        assert_eq!(store.subset(&run.id).unwrap().len() as u64, run.spec.samples());
    }

    // Analysed again, it gives the table that it gave.
    let folder = tempfile::tempdir().unwrap();
    let copy = Store::create(folder.path()).unwrap();
    for run in plan.distinct() {
        fs_err::create_dir(copy.run_path(&run.id)).unwrap();
        let record = |store: &Store| store.run_path(&run.id).join("record.json");
        fs_err::copy(record(&store), record(&copy)).unwrap();
    }
    results::conclude(&plan, &copy).unwrap();
    let stored = csv(&old.join("results.csv"));
    hold(&csv(&folder.path().join("results.csv")), &stored, true);
    hold(&parquet(&folder.path().join("results.parquet")), &stored, true);
    hold(&parquet(&old.join("results.parquet")), &stored, true);
}

/// Fails unless `found` has every column of `stored`, with its values.
fn hold(found: &Table, stored: &Table, exact: bool) {
    assert_eq!(found.len(), stored.len());
    let mut moved = String::new();
    for (found, stored) in found.iter().zip(stored) {
        let run = &stored["run"];
        for (column, stored) in stored {
            match found.get(column) {
                None => moved += &format!("{run} {column}: there is no such column\n"),
                Some(found) if found == stored || !exact && is_close(column, stored, found) => {}
                Some(found) => moved += &format!("{run} {column}: {found}, not {stored}\n"),
            }
        }
    }
    assert!(moved.is_empty(), "{moved}");
}

fn csv(path: &Path) -> Table {
    let mut rows = csv::Reader::from_path(path).unwrap();
    let row =
        |row: BTreeMap<String, String>| row.into_iter().map(|(name, cell)| (name, value(&cell))).collect();
    rows.deserialize().map(|read| row(read.unwrap())).collect()
}

fn parquet(path: &Path) -> Table {
    let reader = SerializedFileReader::try_from(path).unwrap();
    let row = |row: parquet::record::Row| {
        let cell = |(name, field): (&String, &parquet::record::Field)| {
            let text = match field {
                parquet::record::Field::Null => String::new(),
                // Displayed, it stands between quotation marks.
                parquet::record::Field::Str(text) => text.clone(),
                parquet::record::Field::Double(number) => number.to_string(),
                other => other.to_string(),
            };
            (name.clone(), value(&text))
        };
        row.get_column_iter().map(cell).collect()
    };
    reader.get_row_iter(None).unwrap().map(|read| row(read.unwrap())).collect()
}

/// A number where it is one.
fn value(cell: &str) -> Value {
    match cell.parse::<f64>() {
        _ if cell.is_empty() => Value::Null,
        Ok(number) if number.is_finite() && cell.len() < 32 => json!(number),
        _ => json!(cell),
    }
}
