//! The same of what else people bring: packed files, workbooks, sparse rows, numbers and pictures of other kinds.

use proptest::prelude::*;

use super::damage::damaged;
use super::{HALF, TABLE, csv, divide, idx_files, image_file, npz_file, original, safetensors_file};
use crate::error::Result;
use crate::file_kind::FileKind;
use crate::format::arff::Arff;
use crate::format::columns::Columns;
use crate::format::parquet::tests as parquet;
use crate::format::spreadsheet::tests as spreadsheet;
use crate::format::{idx, picture_file};
use crate::packing::tests as packing;
use crate::splits::Raw;

const SPARSE: &str = "@relation r\n@attribute x real [0, 10]\n@attribute d date \"yyyy\"\n@attribute class {hid, 'h}d'}\n\
                      @data\n{0 1.5, 2 'h}d'}, {1}\n{}\n2,\"1999\",hid,{1.0}\n";

/// IDX files of halves of `[2, 2, 3]` numbers, and labels of four bytes.
fn idx_of_other_types() -> [Vec<u8>; 4] {
    let header = |code| [&[0, 0, code, 3][..], &[0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3]].concat();
    let floats: Vec<u8> = [7_f32; 12].into_iter().flat_map(f32::to_be_bytes).collect();
    let doubles: Vec<u8> = [7_f64; 12].into_iter().flat_map(f64::to_be_bytes).collect();
    [
        [header(0x0d), floats].concat(),
        [header(0x0e), doubles].concat(),
        [header(0x0b), [0, 7].repeat(12)].concat(),
        vec![0, 0, 0x0c, 1, 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 9],
    ]
}

/// Workbooks that are whole as archives, whatever their rows.
fn book(rows: &[u8], is_open_document: bool) -> Vec<u8> {
    let rows = String::from_utf8_lossy(rows);
    if is_open_document { spreadsheet::ods(&rows) } else { spreadsheet::xlsx(&rows) }
}

fn sheet_of(bytes: Vec<u8>, header: bool) -> Result<Raw> {
    let mut layout = spreadsheet::layout();
    layout.header = header;
    if !header {
        layout.columns.target = "2".to_owned();
    }
    let grid = layout.grid(&original(bytes)?)?;
    Ok(layout.columns.read(&[grid])?.remove(0))
}

/// The same bytes packed in every way.
fn packed(bytes: &[u8]) -> Vec<Vec<u8>> {
    packing::packed(bytes).into_iter().map(|(_, bytes)| bytes).chain([packing::XZ.to_vec()]).collect()
}

/// A file of each way in which kinds are told.
fn files_of_all_kinds() -> Vec<Vec<u8>> {
    let mut files = packed(b"<html><body>404</body></html>");
    files.extend([npz_file(), safetensors_file(), parquet::LOGITS.to_vec()]);
    files.extend([spreadsheet::xlsx(""), spreadsheet::ods(""), vec![0x08, 9, 0x12, 2, b'p', b't']]);
    files
}

proptest! {
    #[test]
    fn sparse_arff_files(bytes in damaged(SPARSE.into())) {
        let columns =
            Columns { target: "class".to_owned(), ignore: vec!["d".to_owned()], ..Columns::default() };
        let layout = Arff::new("damaged", HALF, columns);
        if let Ok(grid) = original(bytes).and_then(|file| layout.grid(&file)) {
            divide(layout.columns.read(&[grid]).map(|mut raws| raws.remove(0)));
        }
    }

    #[test]
    fn workbooks(
        bytes in prop_oneof![
            damaged(spreadsheet::xlsx(spreadsheet::ROWS)),
            damaged(spreadsheet::ods(spreadsheet::ODS_ROWS)),
        ],
        header in any::<bool>(),
    ) {
        divide(sheet_of(bytes, header));
    }

    #[test]
    fn sheets(
        (rows, is_open_document) in prop_oneof![
            (damaged(spreadsheet::ROWS.into()), Just(false)),
            (damaged(spreadsheet::ODS_ROWS.into()), Just(true)),
        ],
        header in any::<bool>(),
    ) {
        divide(sheet_of(book(&rows, is_open_document), header));
    }

    #[test]
    fn idx_files_of_other_types(
        images in prop::sample::select(idx_of_other_types()[..3].to_vec()).prop_flat_map(damaged),
        labels in damaged(idx_of_other_types()[3].clone()),
    ) {
        if let (Ok(images), Ok(labels)) = (original(images), original(labels)) {
            divide(idx::examples(&images, &labels));
        }
    }

    #[test]
    fn packed_files(bytes in prop::sample::select(packed(&idx_files()[0])).prop_flat_map(damaged)) {
        let [_, labels] = idx_files().map(|bytes| original(bytes).unwrap());
        divide(original(bytes).and_then(|images| idx::examples(&images, &labels)));
    }

    #[test]
    fn packed_streams(bytes in prop::sample::select(packed(TABLE.as_bytes())).prop_flat_map(damaged)) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), bytes).unwrap();
        let (layout, _) = csv(TABLE);
        divide(layout.open(file.path()).and_then(|grid| Ok(layout.columns.read(&[grid])?.remove(0))));
    }

    #[test]
    fn kinds_of_files(bytes in prop::sample::select(files_of_all_kinds()).prop_flat_map(damaged)) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), &bytes).unwrap();
        let known = FileKind::of_file(file.path()).or_else(|| FileKind::of_bytes(&bytes));
        prop_assert!(known.is_none_or(|known| known.to_string().starts_with("is ")));
    }

    #[test]
    fn other_pictures(bytes in prop_oneof![
        damaged(image_file(image::ImageFormat::WebP)),
        damaged(image_file(image::ImageFormat::Gif)),
        damaged(image_file(image::ImageFormat::Bmp)),
    ]) {
        _ = original(bytes).map(|file| picture_file::decode(&file));
    }
}

/// Undamaged, every sample is read.
#[test]
fn samples_are_whole() {
    let [floats, doubles, words, labels] = idx_of_other_types().map(|bytes| original(bytes).unwrap());
    for images in [floats, doubles, words] {
        assert!(idx::examples(&images, &labels).is_ok());
    }
    for bytes in packed(&idx_files()[0]).into_iter().take(5) {
        assert!(original(bytes).unwrap().bytes == idx_files()[0]);
    }
    for bytes in [spreadsheet::xlsx(spreadsheet::ROWS), spreadsheet::ods(spreadsheet::ODS_ROWS)] {
        assert!(sheet_of(bytes, true).is_ok());
    }
    for format in [image::ImageFormat::WebP, image::ImageFormat::Gif, image::ImageFormat::Bmp] {
        assert!(picture_file::decode(&original(image_file(format)).unwrap()).is_ok());
    }
    let columns = Columns { target: "class".to_owned(), ignore: vec!["d".to_owned()], ..Columns::default() };
    assert!(Arff::new("whole", HALF, columns).grid(&original(SPARSE.into()).unwrap()).is_ok());
}
