//! Parquet as pyarrow writes it; `fixtures/parquet.py` made the files.
#![allow(clippy::unwrap_used)]

use kd_data::source::{Columns, ImageColumn, Parquet, Source, TestSplit};
use kd_data::{Dataset, Inputs, Result};
use tch::Tensor;

fn fixture(name: &str) -> std::path::PathBuf {
    format!("{}/tests/fixtures/{name}.parquet", env!("CARGO_MANIFEST_DIR")).into()
}

fn layout(train: &str, test: &str, ignore: &[&str]) -> Parquet {
    let ignore = ignore.iter().map(|&name| name.to_owned()).collect();
    let columns = Columns { target: "label".to_owned(), ignore, ..Columns::default() };
    Parquet {
        path: fixture(train),
        validation: None,
        test: TestSplit::Path(fixture(test)),
        columns,
        image: None,
    }
}

fn texts(train: &str, test: &str) -> Parquet {
    let mut layout = layout(train, test, &[]);
    layout.columns.text = vec!["sentence".to_owned()];
    layout
}

fn images(name: &str, size: Option<[u16; 2]>) -> Parquet {
    let image = ImageColumn { column: "image".to_owned(), size, crop: false, grey: false };
    Parquet { image: Some(image), ..layout(name, name, &[]) }
}

fn load(layout: Parquet) -> Result<Dataset> {
    Source::Parquet(layout).load()
}

#[test]
fn columns_are_a_table() {
    let people = load(layout("people", "people", &["tags"])).unwrap();
    assert_eq!(people.classes, ["0", "1"]);
    assert_eq!(people.train.labels().unwrap(), [0, 1, 0, 0, 1]);
    let Inputs::Table(table) = &people.train.inputs else { panic!("a table expected") };
    assert_eq!(table.numeric, ["age", "hours"]);
    let there = table.numbers.nan_to_num(-1.0, None, None);
    let expected = [[39.0_f32, 40.5], [50.0, 13.25], [-1.0, 40.0], [38.0, -1.0], [53.0, 1e20]];
    assert_eq!(there, Tensor::from_slice2(&expected));
    let work = &table.categorical[0];
    assert_eq!(
        (work.name.as_str(), work.categories.as_slice()),
        ("work", &["State".to_owned(), "Self".into()][..])
    );
    assert_eq!(work.codes, [Some(0), Some(1), Some(0), None, Some(1)]);
}

#[test]
fn shards_are_one_file_and_classes_have_their_names() {
    let layout = texts("texts-00001-of-00002", "texts-00000-of-00002");
    let reviews = load(Parquet { validation: Some(fixture("texts-00000-of-00002")), ..layout }).unwrap();
    assert_eq!(reviews.classes, ["negative", "positive"]);
    let Inputs::Texts(texts) = &reviews.train.inputs else { panic!("texts expected") };
    assert_eq!(texts, &["good", "bad", "fine"]);
    assert_eq!(reviews.train.labels().unwrap(), [1, 0, 1]);
    assert_eq!(reviews.validation.unwrap().labels().unwrap(), [1, 0, 1]);
}

#[test]
fn files_within_a_column_are_images() {
    let pictures = load(images("images", None)).unwrap();
    let Inputs::Images(images) = &pictures.train.inputs else { panic!("images expected") };
    let expected = [0_u8, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121];
    assert_eq!(images.pixels, Tensor::from_slice(&expected).view([2, 3, 1, 2]));
    assert_eq!(pictures.train.labels().unwrap(), [1, 0]);
    assert_eq!(pictures.classes, ["negative", "positive"]);
    let Inputs::Images(resized) = load(self::images("sizes", Some([4, 4]))).unwrap().train.inputs else {
        panic!("images expected")
    };
    assert_eq!(resized.pixels.size(), [2, 3, 4, 4]);
}

#[test]
fn what_does_not_fit_is_told_with_its_place() {
    let message = |layout| load(layout).unwrap_err().to_string();
    assert_eq!(
        message(layout("people", "people", &[])),
        "people.parquet, row 1: `tags` holds lists, which are no cells of a table; `ignore` leaves it out, `image` reads images"
    );
    assert_eq!(
        message(texts("texts-00000-of-00002", "unlabelled")),
        "unlabelled.parquet, row 1: the target is missing"
    );
    assert_eq!(
        message(texts("beyond", "beyond")),
        "beyond.parquet, row 1: `label` is 2, expected a class from 0 to 1, or -1"
    );
    let other = message(layout("people", "images", &["tags"]));
    assert!(other.starts_with("images.parquet, row 1: `image` holds structs, which"), "{other}");
    let broken = message(images("broken", None));
    assert!(broken.starts_with("broken.parquet, row 2: is a damaged PNG"), "{broken}");
    let sizes = message(images("sizes", None));
    assert!(sizes.starts_with("sizes.parquet, row 2: 1x3 pixels, unlike the images before it"), "{sizes}");
    let mut none = images("images", None);
    none.image.as_mut().unwrap().column = "picture".to_owned();
    assert_eq!(message(none), "images.parquet: has no column `picture`; its columns are image, label");
    let missing = message(texts("texts-00000-of-00003", "beyond"));
    assert!(missing.contains("texts-00000-of-00003.parquet"), "{missing}");
}

#[test]
fn a_damaged_file_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.parquet");
    let mut bytes = fs_err::read(fixture("people")).unwrap();
    // The header of the first page, that of the dictionary of `age`.
    bytes[4..12].fill(0xff);
    fs_err::write(&path, &bytes).unwrap();
    let message = load(Parquet { path: path.clone(), ..layout("people", "people", &["tags"]) })
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with("people.parquet: `age` in row group 0 cannot be read as Parquet: "),
        "{message}"
    );
    fs_err::write(&path, &bytes[..40]).unwrap();
    let message = load(Parquet { path, ..layout("people", "people", &["tags"]) }).unwrap_err().to_string();
    assert!(message.starts_with("people.parquet: its metadata cannot be read as Parquet: "), "{message}");
}

#[test]
fn numbers_are_put_in_the_order_of_their_ids() {
    let numbers = |name: &str| kd_data::source::numbers(name, fs_err::read(fixture(name)).unwrap(), "train");
    let logits = Tensor::from_slice2(&[[1.5_f32, 2.0], [3.0, 4.25], [0.5, -1.0]]);
    assert_eq!(numbers("logits").unwrap(), logits);
    assert_eq!(numbers("columns").unwrap(), Tensor::from_slice2(&[[1.0_f32, 2.0], [0.5, 1.0]]));
    let refused = |name| numbers(name).unwrap_err().to_string();
    assert!(refused("twice").contains("expected `id` 1, found 0"), "{}", refused("twice"));
    assert!(refused("people").contains("no column `id`"), "{}", refused("people"));
}
