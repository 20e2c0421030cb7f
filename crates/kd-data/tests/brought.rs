//! One table in the formats that people bring; `fixtures/brought.py` made the files.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use kd_data::source::{ArrayPair, Arrays, Columns, Csv, Parquet, Source, Spreadsheet, TestSplit};
use kd_data::{Dataset, FileKind, Inputs, Result};
use tch::Tensor;

fn fixture(name: &str) -> PathBuf {
    format!("{}/tests/fixtures/brought/{name}", env!("CARGO_MANIFEST_DIR")).into()
}

/// The source that reads such a file.
fn source(name: &str) -> Source {
    let (path, test) = (fixture(name), TestSplit::Last(0.25));
    let columns = Columns { target: "class".to_owned(), ..Columns::default() };
    match name.rsplit('.').next().unwrap() {
        "xlsx" | "ods" => Source::Spreadsheet(Spreadsheet::new(path, test, columns)),
        "parquet" => Source::Parquet(Parquet { path, validation: None, test, columns, image: None }),
        _ => Source::Csv(Csv::new(path, test, columns)),
    }
}

fn load(name: &str) -> Result<Dataset> {
    source(name).load()
}

#[test]
fn every_format_holds_the_same_examples() {
    let plain = load("t.csv").unwrap();
    assert_eq!((plain.train.len(), plain.test.len(), plain.classes.len()), (30, 10, 2));
    for name in [
        "t.csv.gz",
        "t.csv.bz2",
        "t.csv.xz",
        "t.csv.zst",
        "t.csv.zip",
        "t.xlsx",
        "t.ods",
        "lz4.parquet",
        "brotli.parquet",
        "narrow.parquet",
        "lengths.parquet",
        "shared.parquet",
    ] {
        assert_eq!(load(name).unwrap().fingerprint, plain.fingerprint, "{name}");
    }
}

#[test]
fn times_are_the_integers_that_are_stored() {
    let Inputs::Table(table) = load("times.parquet").unwrap().train.inputs else {
        panic!("a table expected")
    };
    assert_eq!(table.numeric, ["when"]);
    let microseconds = 1_717_147_800e6;
    assert!((table.numbers.double_value(&[0, 0]) / microseconds - 1.0).abs() < 1e-6);
}

#[test]
fn halves_and_other_orders_are_examples() {
    let numbers = |name: &str| {
        let pair = || ArrayPair { inputs: "x".into(), targets: "y".into(), files: Vec::new(), rows: None };
        let arrays = Arrays {
            path: fixture(name),
            train: pair(),
            test: kd_data::source::TestOf::Own(pair()),
            channels_last: false,
        };
        let dataset = Source::Arrays(arrays).load().unwrap();
        let Inputs::Table(table) = dataset.train.inputs else { panic!("a table expected") };
        (table.numbers, dataset.train.targets)
    };
    let half = numbers("half.npz");
    assert_eq!(half.0.narrow(0, 1, 1), Tensor::from_slice2(&[[0.25_f32, 1.0]]));
    assert_eq!(half, numbers("fortran.npz"));
}

#[test]
fn files_brought_to_another_reader_are_named() {
    let csv = |name: &str| {
        let columns = Columns { target: "class".to_owned(), ..Columns::default() };
        Source::Csv(Csv::new(fixture(name), TestSplit::Last(0.25), columns)).load().unwrap_err().to_string()
    };
    for (name, expected) in [
        ("t.xlsx", "t.xlsx: is a spreadsheet: `data.spreadsheet` reads workbooks"),
        ("t.xls", "t.xls: is an Office file of before 2007, such as Excel's .xls: save it as .xlsx"),
        ("t.ods", "t.ods: is a spreadsheet"),
        ("lz4.parquet", "lz4.parquet: is a Parquet file: `data.parquet` reads it"),
        ("half.npz", "half.npz: is an archive of numpy arrays (.npz): `data.arrays` reads it"),
        (
            "two.zip",
            "two.zip: is a zip archive of 2 files, from `t.csv` to `t.csv.gz`: only a zip of one file is read",
        ),
    ] {
        let message = csv(name);
        assert!(message.starts_with(expected), "{message}");
    }
    assert_eq!(FileKind::of_file(&fixture("t.csv.xz")), None, "a table as it should be");
}
