//! Arrays as numpy and safetensors write them; `fixtures/arrays.py` made the files.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use kd_data::source::{ArrayPair, Arrays, Source, TestOf};
use kd_data::{Dataset, Inputs, Result, Targets};
use tch::Tensor;

fn load(file: &str, inputs: &str, targets: &str) -> Result<Dataset> {
    load_parts(file, pair(inputs, targets))
}

fn pair(inputs: &str, targets: &str) -> ArrayPair {
    ArrayPair { inputs: inputs.to_owned(), targets: targets.to_owned(), files: Vec::new(), rows: None }
}

fn fixture(file: &str) -> PathBuf {
    format!("{}/tests/fixtures/{file}", env!("CARGO_MANIFEST_DIR")).into()
}

/// Training arrays as `train` says, and the first two examples of the same file for testing.
fn load_parts(file: &str, train: ArrayPair) -> Result<Dataset> {
    let test = ArrayPair { files: Vec::new(), rows: Some(2), ..train.clone() };
    let test = TestOf::Own(test);
    Source::Arrays(Arrays { path: fixture(file), train, test, channels_last: true }).load()
}

fn pixels(dataset: &Dataset) -> &Tensor {
    let Inputs::Images(images) = &dataset.train.inputs else { panic!("images expected") };
    &images.pixels
}

#[test]
fn an_archive_of_numpy_holds_images_and_classes() {
    let dataset = load("arrays.npz", "images", "labels").unwrap();
    assert_eq!(dataset.classes, ["5", "7"]);
    assert_eq!(dataset.train.labels().unwrap(), [1, 0, 1]);
    let expected = Tensor::from_slice(&(0..24).collect::<Vec<u8>>()).view([3, 1, 2, 4]);
    assert_eq!(pixels(&dataset), &expected);
}

#[test]
fn safetensors_may_have_channels_last() {
    let numpy = load("arrays.npz", "images", "labels").unwrap();
    let dataset = load("arrays.safetensors", "images", "labels").unwrap();
    assert_eq!(pixels(&dataset), &Tensor::cat(&[pixels(&numpy), pixels(&numpy)], 1));
    assert_eq!(dataset.train.targets, numpy.train.targets);
}

#[test]
fn a_folder_of_arrays_holds_numbers() {
    let dataset = load("", "table", "prices").unwrap();
    let Inputs::Table(table) = &dataset.train.inputs else { panic!("a table expected") };
    assert_eq!(table.numbers, Tensor::from_slice2(&[[0.5_f32, -1.5], [2.0, 3.25]]));
    assert_eq!(dataset.train.targets, Targets::Numbers(vec![1.5, -2.0]));
}

#[test]
fn parts_follow_one_another_up_to_the_rows_asked_for() {
    let parts = |files: &[&str], rows| {
        let files = files.iter().map(|file| fixture(file)).collect();
        load_parts("arrays.npz", ArrayPair { files, rows, ..pair("images", "labels") })
    };
    let whole = parts(&["arrays.npz", "arrays.npz"], None).unwrap();
    assert_eq!(whole.train.labels().unwrap(), [1, 0, 1, 1, 0, 1]);
    assert_eq!((pixels(&whole).size(), whole.test.len()), (vec![6, 1, 2, 4], 2));
    let some = parts(&["arrays.npz", "arrays.npz"], Some(4)).unwrap();
    assert_eq!(some.train.labels().unwrap(), [1, 0, 1, 1]);
    assert_eq!(pixels(&some), &pixels(&whole).narrow(0, 0, 4));
    let first = parts(&["arrays.npz", "no-such-file.npz"], Some(3)).unwrap();
    assert_eq!(first.train.len(), 3, "what is not asked for is not opened");
    let mixed = parts(&["arrays.npz", "arrays.safetensors"], None).unwrap_err().to_string();
    assert!(
        mixed.ends_with("labels: the parts do not have one type and shape, or there are none"),
        "{mixed}"
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let message = |file, inputs, targets| load(file, inputs, targets).unwrap_err().to_string();
    assert!(message("", "fortran", "prices").contains("arrays in Fortran's order are not read"));
    assert!(
        message("", "prices", "table").contains("targets of shape [2, 2], expected one for each example")
    );
    assert!(message("arrays.npz", "pixels", "labels").starts_with("arrays.npz: `pixels` cannot be read"));
    assert!(message("arrays.npz", "labels", "labels").contains("inputs are neither bytes"));
}

/// A file of numpy's.
fn npy(descr: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), values].concat()
}

#[test]
fn a_number_that_is_none_is_told_with_its_array_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let numbers =
        |numbers: &[f32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    fs_err::write(folder.path().join("x.npy"), npy("<f4", "(2, 2)", &numbers(&[1.0, 2.0, 3.0, f32::NAN])))
        .unwrap();
    fs_err::write(folder.path().join("y.npy"), npy("<f4", "(2,)", &numbers(&[1.0, 2.0]))).unwrap();
    let arrays = Arrays {
        path: folder.path().into(),
        train: pair("x", "y"),
        test: pair("x", "y"),
        channels_last: false,
    };
    let message = Source::Arrays(arrays).load().unwrap_err().to_string();
    assert!(
        message.contains(", x, row 2: NaN in column 2, where a finite number is expected (1 in all)"),
        "{message}"
    );
}
