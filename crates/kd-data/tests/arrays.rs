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
    assert!(
        message("", "prices", "table").contains("targets of shape [2, 2], expected one for each example")
    );
    assert!(message("arrays.npz", "pixels", "labels").starts_with("arrays.npz: `pixels` cannot be read"));
    assert!(message("arrays.npz", "labels", "labels").contains("inputs are neither bytes"));
}

/// A file `.npy`.
fn npy(descr: &str, order: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), values].concat()
}

/// An archive `.npz` with these arrays.
fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        archive.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn numbers(bytes: Vec<u8>) -> Result<Tensor> {
    kd_data::source::numbers("outputs", bytes, "train")
}

#[test]
fn halves_other_orders_and_other_ends_are_read() {
    let expected = Tensor::from_slice2(&[[1.0_f32, -2.5, 0.0], [0.5, 3.0, 2.0]]);
    let turned = |bytes: &[u8]| bytes.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect::<Vec<u8>>();
    // 1, -2.5, 0, 0.5, 3 and 2 as halves; then column after column.
    let rows = [0, 0x3c, 0, 0xc1, 0, 0, 0, 0x38, 0, 0x42, 0, 0x40];
    let columns = [0, 0x3c, 0, 0x38, 0, 0xc1, 0, 0x42, 0, 0, 0, 0x40];
    for bytes in [
        npy("'<f2'", "False", "(2, 3)", &rows),
        npy("'>f2'", "False", "(2, 3)", &turned(&rows)),
        npy("'<f2'", "True", "(2, 3)", &columns),
        npy("'>f2'", "True", "(2L, 3L)", &turned(&columns)),
        npz(&[("train", npy("'<f2'", "True", "(2, 3)", &columns))]),
        npz(&[("other", Vec::new()), ("train", npy("'>f2'", "False", "(2, 3)", &turned(&rows)))]),
    ] {
        assert_eq!(numbers(bytes).unwrap(), expected);
    }
    let big = npy("'>f8'", "False", "(1, 1)", &2.5_f64.to_be_bytes());
    assert_eq!(numbers(big).unwrap(), Tensor::from_slice2(&[[2.5_f32]]));
    let brain = tensors("BF16", "[1, 2]", &[0x80, 0x3f, 0x20, 0xc0]);
    assert_eq!(numbers(brain).unwrap(), Tensor::from_slice2(&[[1.0_f32, -2.5]]));
    let half = tensors("F16", "[2]", &[0, 0x3c, 0, 0xc1]);
    assert_eq!(numbers(half).unwrap(), Tensor::from_slice(&[1.0_f32, -2.5]));
}

/// A file of safetensors with the array `train`.
fn tensors(kind: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header =
        format!(r#"{{"train":{{"dtype":"{kind}","shape":{shape},"data_offsets":[0,{}]}}}}"#, values.len());
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), values].concat()
}

#[test]
fn types_that_are_not_read_are_named() {
    for (bytes, expected) in [
        (npy("'<c8'", "False", "(1,)", &[0; 8]), "outputs, byte 10: holds complex numbers (`c8`)"),
        (npy("'|O'", "False", "(1,)", &[0; 8]), "outputs, byte 10: holds Python objects"),
        (npy("[('a', '<f4')]", "False", "(1,)", &[0; 4]), "outputs, byte 10: holds records"),
        (npy("'<U2'", "False", "(1,)", &[0; 8]), "outputs, byte 10: holds texts"),
        (tensors("C64", "[1]", &[0; 8]), "outputs: `train` has values of type C64"),
        (npy("'<u8'", "False", "(1,)", &[255; 8]), "outputs: value 0, counted from 0, is beyond"),
        (npy("'<f2'", "False", "(2,)", &[0; 3]), "outputs: 3 bytes are not [2] values of type float16"),
    ] {
        let message = numbers(bytes).unwrap_err().to_string();
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn arrays_in_any_order_and_of_any_size_are_examples() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.npz");
    // Two images of 1 x 3 pixels, column after column; truths; and labels of two bytes, the first of them last.
    let images = npy("'|u1'", "True", "(2, 1, 3)", &[1, 4, 2, 5, 3, 6]);
    let masks = npy("'|b1'", "False", "(2, 1, 3)", &[1, 0, 1, 0, 0, 1]);
    let labels = npy("'>u2'", "False", "(2,)", &[1, 0, 0, 9]);
    fs_err::write(&path, npz(&[("x", images), ("mask", masks), ("y", labels)])).unwrap();
    let load = |inputs, rows| {
        let train = ArrayPair { rows, ..pair(inputs, "y") };
        let (path, test) = (path.clone(), TestOf::Own(pair(inputs, "y")));
        Source::Arrays(Arrays { path, train, test, channels_last: false }).load().unwrap()
    };
    let all = load("x", None);
    assert_eq!(all.classes, ["9", "256"]);
    assert_eq!(pixels(&all), &Tensor::from_slice(&[1_u8, 2, 3, 4, 5, 6]).view([2, 1, 1, 3]));
    assert_eq!(pixels(&load("mask", None)), &Tensor::from_slice(&[1_u8, 0, 1, 0, 0, 1]).view([2, 1, 1, 3]));
    let first = Source::Arrays(Arrays {
        path: path.clone(),
        train: pair("x", "y"),
        test: TestOf::Own(ArrayPair { rows: Some(1), ..pair("x", "y") }),
        channels_last: false,
    });
    let Inputs::Images(images) = first.load().unwrap().test.inputs else { panic!("images expected") };
    assert_eq!(images.pixels, Tensor::from_slice(&[1_u8, 2, 3]).view([1, 1, 1, 3]));
    let table = load_parts("", pair("fortran", "prices")).unwrap();
    let Inputs::Table(table) = &table.train.inputs else { panic!("a table expected") };
    assert_eq!(table.numbers, Tensor::from_slice2(&[[0.5_f32, -1.5], [2.0, 3.25]]));
}

#[test]
fn a_number_that_is_none_is_told_with_its_array_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let numbers =
        |numbers: &[f32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    fs_err::write(
        folder.path().join("x.npy"),
        npy("'<f4'", "False", "(2, 2)", &numbers(&[1.0, 2.0, 3.0, f32::NAN])),
    )
    .unwrap();
    fs_err::write(folder.path().join("y.npy"), npy("'<f4'", "False", "(2,)", &numbers(&[1.0, 2.0]))).unwrap();
    let arrays = Arrays {
        path: folder.path().into(),
        train: pair("x", "y"),
        test: TestOf::Own(pair("x", "y")),
        channels_last: false,
    };
    let message = Source::Arrays(arrays).load().unwrap_err().to_string();
    assert!(
        message.contains(", x, row 2: NaN in column 2, where a finite number is expected (1 in all)"),
        "{message}"
    );
}
