//! Readers meet damaged files: whatever the bytes, they answer, and never with a panic.
//!
//! `PROPTEST_CASES` sets how many files each reader meets.

mod brought;
mod damage;

use std::num::NonZeroU32;

use damage::damaged;
use proptest::prelude::*;

use crate::error::Result;
use crate::format::arff::Arff;
use crate::format::array::{self, Array};
use crate::format::array_pair::ArrayPair;
use crate::format::arrays::Arrays;
use crate::format::cifar::{self, CifarLabels, PIXELS};
use crate::format::columns::{Columns, Predict};
use crate::format::csv::{Csv, Quoting};
use crate::format::image_array::{self, ImageArray};
use crate::format::json_splits::JsonSplits;
use crate::format::parquet::Rows;
use crate::format::parquet::tests as parquet;
use crate::format::plain_text::{PlainText, Tokens, Vocabulary};
use crate::format::text_lines::TextLines;
use crate::format::{idx, image_list, jpeg, json_lines, picture_file, pixel_cache, text_files, text_pair};
use crate::original::{Charset, Original};
use crate::splits::{Answers, Raw, Splits, TestOf, TestSplit};
use crate::subset::numbers;
use crate::text::subwords::Subwords;
use crate::text::subwords::tests::{VOCABULARY, tokenizer_json, word_pieces};

const HALF: TestSplit = TestSplit::Last(0.5);

fn original(bytes: Vec<u8>) -> Result<Original> {
    Original::from_bytes("damaged", bytes)
}

/// Whatever was read must make splits, or say why not.
fn divide(raw: Result<Raw>) {
    if let Ok(raw) = raw {
        _ = Splits::of(vec![raw], None, None, &HALF);
    }
}

fn csv(text: &str) -> (Csv, Vec<u8>) {
    let columns = Columns { target: "class".to_owned(), ..Columns::default() };
    (Csv::new("damaged", HALF, columns), text.as_bytes().to_vec())
}

const TABLE: &str = "age,\"work, now\",class\r\n39,State-gov,no\r\n?,\"Self\"\"emp\n\",yes\r\n41.5,,no\r\n";
const WRITTEN: &str = ";price;class\n0;1.234,5 €;no\n1;-12,5e1;yes\n2;NA;\"no\nyes\nno\"\n";
const ADULT: &str =
    "|1x3 Cross validator\n25, Private, 226802, 11th, <=50K.\n38, ?, 89814, HS-grad, >50K.\n\n";
const GLUE: &str = "sentence\tclass\nhide \"new secretions \t0\nclich\u{e9}s , the 's \t1\n";
const ARFF: &str = "% title\n@relation vowel\n@attribute 'Train or Test' { Train, Test}\n@attribute x real\n\
                    @attribute class {hid, 'hId'}\n@data\nTrain,-3.639,hid\nTest,?,'hId'\n%\nTrain,0.4,hid\n";
const LINES: &str = "{\"text\": \"a \\u00e9\", \"class\": 1}\n{\"class\": true, \"text\": null}\n";
const CLINC: &str = r#"{"train": [["set a warning", "oos"], ["hi", "greet"]], "test": [["yo", "greet"]]}"#;
const PROGRESSIVE: &[u8] = include_bytes!("../../../tests/fixtures/jpeg/progressive.jpg");
const RESTARTS: &[u8] = include_bytes!("../../../tests/fixtures/jpeg/restarts.jpg");
const TREC: &[u8] = b"DESC:manner How is caf\xe9 made ?\nHUM:ind Who ?\nABBR:exp What is it ?\n";

fn grid_of(layout: &Csv, bytes: Vec<u8>) -> Result<Raw> {
    let grid = layout.grid(&original(bytes)?)?;
    Ok(layout.columns.read(&[grid])?.remove(0))
}

/// `[2, 2, 3]` bytes in IDX, and their labels.
fn idx_files() -> [Vec<u8>; 2] {
    let images = [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3][..], &[7; 12]].concat();
    [images, vec![0, 0, 8, 1, 0, 0, 0, 2, 5, 9]]
}

/// A header of numpy and values.
fn npy_file(descr: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    npy_in("False", descr, shape, values)
}

fn npy_in(by_column: &str, descr: &str, shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': {by_column}, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), values].concat()
}

/// Two numbers of every type that is read, in both orders of bytes.
fn arrays_of_all_types() -> Vec<Vec<u8>> {
    let sizes = [("b", &[1][..]), ("u", &[1, 2, 4, 8]), ("i", &[1, 2, 4, 8]), ("f", &[2, 4, 8])];
    let types = sizes.into_iter().flat_map(|(letter, sizes)| sizes.iter().map(move |size| (letter, *size)));
    let ends = types.flat_map(|(letter, size)| ["<", ">"].map(|end| (format!("{end}{letter}{size}"), size)));
    let file = |(code, size): (String, usize)| {
        ["False", "True"].map(|by_column| npy_in(by_column, &code, "(1, 2)", &vec![1; size * 2]))
    };
    ends.flat_map(file).collect()
}

fn npz_file() -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in [
        ("x.npy", npy_file("|u1", "(2, 2, 2)", &[3; 8])),
        ("y.npy", npy_file("<i8", "(2,)", &[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])),
    ] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, &bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn safetensors_file() -> Vec<u8> {
    let header = r#"{"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"y":{"dtype":"I64","shape":[2],"data_offsets":[8,24]}}"#;
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 24]].concat()
}

fn image_file(format: image::ImageFormat) -> Vec<u8> {
    let image = image::RgbImage::from_fn(9, 8, |x, y| image::Rgb([x as u8 * 20, y as u8 * 30, 7]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}

fn npz(bytes: &[u8], name: &str, rows: usize) -> Result<Array> {
    array::named(Original::from_bytes("damaged", bytes.to_vec())?, name, rows)
}

fn pair_of(inputs: &str, targets: &str) -> ArrayPair {
    ArrayPair { inputs: inputs.to_owned(), targets: targets.to_owned(), files: Vec::new(), rows: None }
}

fn arrays_pair(inputs: Result<Array>, targets: Result<Array>) {
    let pair = || pair_of("x", "y");
    let layout =
        Arrays { path: "damaged".into(), train: pair(), test: TestOf::Own(pair()), channels_last: true };
    if let (Ok(inputs), Ok(targets)) = (inputs, targets) {
        divide(layout.pair(&layout.train, inputs, &targets));
    }
}

/// Tokenisers of other kinds than `vocab.txt` makes.
const BPE: &str = r#"{"version": "1.0", "truncation": {"max_length": 1, "strategy": "LongestFirst", "stride": 0},
"added_tokens": [{"id": 3, "content": "<s>", "special": true, "single_word": false, "lstrip": true, "rstrip": false, "normalized": true}],
"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": "[0-9]+"}, "content": "0"}]},
"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
 "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [3], "tokens": ["<s>"]}}},
"model": {"type": "BPE", "unk_token": "a", "byte_fallback": false, "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]}}"#;
const UNIGRAM: &str = r#"{"padding": {"strategy": {"Fixed": 9}, "direction": "Left", "pad_id": 0, "pad_type_id": 0, "pad_token": "x"},
"pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": true},
"model": {"type": "Unigram", "unk_id": 0, "byte_fallback": true, "vocab": [["x", 0.0], ["\u2581a", -1.5], ["b", -2.0]]}}"#;

/// The text that BERT's rules are written as.
fn word_piece_json() -> String {
    let file = original(VOCABULARY.into()).unwrap();
    let written = serde_json::to_value(Subwords::read(&file, &word_pieces(), None).unwrap()).unwrap();
    written["tokenizer"].to_string()
}

/// Whatever was read must cut texts, or say why not.
fn cut(read: Result<Subwords>) {
    if let Ok(subwords) = read {
        for text in ["", "The cats, 12 \u{e9}\u{4f60}!", "ab<s>[SEP]"] {
            _ = subwords.ids(text);
        }
    }
}

proptest! {
    #[test]
    fn vocabularies(bytes in damaged(VOCABULARY.into()), longest in 0_u32..6) {
        cut(original(bytes).and_then(|file| Subwords::read(&file, &word_pieces(), NonZeroU32::new(longest))));
    }

    #[test]
    fn tokenizers(
        bytes in prop_oneof![damaged(word_piece_json().into()), damaged(BPE.into()), damaged(UNIGRAM.into())],
        longest in 0_u32..6,
    ) {
        cut(original(bytes).and_then(|file| Subwords::read(&file, &tokenizer_json(), NonZeroU32::new(longest))));
    }

    #[test]
    fn tables(bytes in damaged(csv(TABLE).1)) {
        let (layout, _) = csv(TABLE);
        divide(grid_of(&layout, bytes));
    }

    #[test]
    fn tables_of_numbers_as_they_are_written(
        bytes in prop_oneof![
            damaged(WRITTEN.into()),
            damaged(WRITTEN.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ],
        marked in any::<bool>(),
    ) {
        let (mut layout, _) = csv(WRITTEN);
        layout.separator = ';';
        if marked {
            layout.numbers.decimal = ',';
            (layout.numbers.thousands, layout.numbers.signs) = (Some('.'), vec!["€".to_owned()]);
        }
        divide(grid_of(&layout, bytes));
    }

    #[test]
    fn tables_without_header(bytes in damaged(ADULT.into()), number in any::<bool>()) {
        let (mut layout, _) = csv(ADULT);
        (layout.header, layout.trim, layout.comment) = (false, true, Some('|'));
        layout.columns.target = if number { "3" } else { "5" }.to_owned();
        layout.columns.predict = if number { Predict::Number } else { Predict::Class };
        layout.columns.class_suffix = ".".to_owned();
        divide(grid_of(&layout, bytes));
    }

    #[test]
    fn tables_without_quotes(bytes in damaged(GLUE.into()), latin in any::<bool>()) {
        let (mut layout, _) = csv(GLUE);
        (layout.separator, layout.quoting) = ('\t', Quoting::None);
        layout.charset = if latin { Charset::Latin1 } else { Charset::Utf8 };
        layout.columns.text = vec!["sentence".to_owned()];
        divide(grid_of(&layout, bytes));
    }

    #[test]
    fn arff_files(bytes in damaged(ARFF.into())) {
        let columns = Columns { target: "class".to_owned(), ..Columns::default() };
        let layout = Arff::new("damaged", HALF, columns);
        if let Ok(grid) = original(bytes).and_then(|file| layout.grid(&file)) {
            divide(layout.columns.read(&[grid]).map(|mut raws| raws.remove(0)));
        }
    }

    #[test]
    fn json_lines_files(bytes in damaged(LINES.into())) {
        let columns = Columns { target: "class".to_owned(), ..Columns::default() };
        if let Ok(grid) = original(bytes).and_then(|file| json_lines::grid(&file, &Columns::default())) {
            divide(columns.read(&[grid]).map(|mut raws| raws.remove(0)));
        }
    }

    #[test]
    fn parquet_files(bytes in prop::sample::select(parquet::files_in_all_layouts()).prop_flat_map(damaged)) {
        divide(parquet::read(bytes));
    }

    #[test]
    fn parquet_files_of_images(bytes in damaged(parquet::IMAGES.into())) {
        let layout = parquet::layout(Some("image"));
        let mut rows = Rows::of(&layout);
        _ = original(bytes).and_then(|file| rows.append(file)).and_then(|()| rows.finish());
    }

    #[test]
    fn keyed_outputs(bytes in prop_oneof![
        damaged(parquet::LOGITS.into()),
        damaged(parquet::COLUMNS.into()),
        damaged(parquet::list(9)),
    ]) {
        _ = array::numbers("damaged", bytes, "train");
    }

    #[test]
    fn outputs(bytes in prop_oneof![
        damaged(npz_file()),
        damaged(safetensors_file()),
        damaged(npy_file("<f4", "(2, 1)", &[0, 0, 128, 63, 0, 0, 0, 64])),
        prop::sample::select(arrays_of_all_types()).prop_flat_map(damaged),
    ]) {
        _ = array::numbers("damaged", bytes, "x");
    }

    #[test]
    fn score_files(
        bytes in prop_oneof![
            damaged(b"forgotten\n3\n-1.5e0\n".to_vec()),
            damaged(b"1, 2\r\n3,inf\n".to_vec()),
            damaged(npy_file("<f8", "(2,)", &[0; 16])),
        ],
        count in 0_usize..4,
    ) {
        _ = original(bytes).and_then(|file| numbers::parse(&file, count));
    }

    #[test]
    fn json_files(bytes in damaged(CLINC.into())) {
        let keys = |key: &str| vec![key.to_owned()];
        let layout =
            JsonSplits { path: "damaged".into(), train: keys("train"), validation: Vec::new(), test: keys("test") };
        _ = original(bytes).and_then(|file| layout.read(&file));
    }

    #[test]
    fn text_lines_files(bytes in damaged(TREC.to_vec()), coarse in any::<bool>()) {
        let class_ends = coarse.then_some(':');
        let layout = TextLines { path: "damaged".into(), test: HALF, validation: None, class_ends, charset: Charset::Latin1 };
        divide(original(bytes).and_then(|file| layout.read(&file)));
    }

    #[test]
    fn files_of_a_class(
        first in damaged(b"how is caf\xe9 made ?\n\nwho ?\r\n".to_vec()),
        second in damaged("d\u{e9}j\u{e0} vu\n \nwhat ?\n\n".into()),
        latin in any::<bool>(),
    ) {
        let charset = if latin { Charset::Latin1 } else { Charset::Utf8 };
        if let (Ok(first), Ok(second)) = (original(first), original(second)) {
            divide(text_files::examples(&[("a", first), ("b", second)], charset));
        }
    }

    #[test]
    fn texts_beside_their_classes(
        texts in damaged("play d\u{e9}j\u{e0} vu\r\nrain ?\n\nwho\n".into()),
        labels in damaged(b"PlayMusic\nGetWeather \r\n3\nWho\n\n".to_vec()),
        latin in any::<bool>(),
    ) {
        let charset = if latin { Charset::Latin1 } else { Charset::Utf8 };
        if let (Ok(texts), Ok(labels)) = (original(texts), original(labels)) {
            let read = text_pair::examples(&texts, &labels, charset);
            if let Ok(Raw { inputs, answers: Answers::Names(names), .. }) = &read {
                prop_assert_eq!(inputs.len(), names.len());
            }
            divide(read);
        }
    }

    #[test]
    fn progressive_jpeg_files(bytes in damaged(PROGRESSIVE.into())) {
        _ = original(bytes).map(|file| picture_file::decode(&file));
    }

    #[test]
    fn scans_of_jpeg_files(bytes in prop_oneof![damaged(PROGRESSIVE.into()), damaged(RESTARTS.into())]) {
        _ = jpeg::flaw(&bytes);
    }

    #[test]
    fn lists_of_images(bytes in damaged(b"a_1 1 2\n#b\r\napple/2\nval.png\tn01\n".to_vec())) {
        _ = original(bytes).and_then(|file| image_list::entries(&file));
    }

    #[test]
    fn plain_text_files(bytes in damaged(TABLE.into()), words in any::<bool>(), block in 0_u16..9) {
        let tokens = if words { Tokens::Words } else { Tokens::Characters };
        let layout = PlainText { path: "damaged".into(), validation: None, test: HALF, tokens, block };
        divide(original(bytes).and_then(|file| layout.cut(&file, &Vocabulary::of(&file, tokens)?)));
    }

    #[test]
    fn idx_files_of_images(images in damaged(idx_files()[0].clone()), labels in damaged(idx_files()[1].clone())) {
        if let (Ok(images), Ok(labels)) = (original(images), original(labels)) {
            divide(idx::examples(&images, &labels));
        }
    }

    #[test]
    fn compressed_files(bytes in damaged(gzip(&idx_files()[0]))) {
        let [_, labels] = idx_files().map(|bytes| original(bytes).unwrap());
        divide(original(bytes).and_then(|images| idx::examples(&images, &labels)));
    }

    #[test]
    fn cifar_batches(bytes in damaged([vec![3; PIXELS + 1], vec![9; PIXELS + 1]].concat()), fine in any::<bool>()) {
        let kind = if fine { CifarLabels::Fine } else { CifarLabels::Ten };
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        let read = original(bytes).and_then(|file| cifar::batch(&file, kind, &mut pixels, &mut labels));
        prop_assert!(read.is_err() || pixels.len() == labels.len() * PIXELS);
    }

    #[test]
    fn pickled_batches(bytes in damaged(cifar::tests::pickled())) {
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        let read = original(bytes).and_then(|file| cifar::batch(&file, CifarLabels::Ten, &mut pixels, &mut labels));
        prop_assert!(read.is_err() || pixels.len() == labels.len() * PIXELS);
    }

    #[test]
    fn npy_files(
        inputs in damaged(npy_file("|u1", "(2, 2, 1, 3)", &[3; 12])),
        targets in damaged(npy_file("<f4", "(2, 1)", &[0, 0, 128, 63, 0, 0, 0, 64])),
    ) {
        arrays_pair(
            original(inputs).and_then(|file| array::npy(&file)),
            original(targets).and_then(|file| array::npy(&file)),
        );
    }

    #[test]
    fn large_arrays(bytes in damaged(npz_file()), channels_last in any::<bool>()) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), bytes).unwrap();
        let (files, pair) = ([file.path().to_owned()], pair_of("x", "y"));
        if let Ok(Some(headers)) = image_array::headers(&files, &pair)
            && let Some(array) = ImageArray::of(&files, &headers, &pair, channels_last, 0)
        {
            _ = pixel_cache::decoded(|to| Ok(array.write(to)?.into()));
        }
    }

    #[test]
    fn npz_files(bytes in damaged(npz_file()), rows in 0_usize..4) {
        arrays_pair(npz(&bytes, "x", rows), npz(&bytes, "y", rows));
    }

    #[test]
    fn safetensors_files(bytes in damaged(safetensors_file())) {
        if let Ok(file) = original(bytes) {
            arrays_pair(array::safetensor(&file, "x"), array::safetensor(&file, "y"));
        }
    }

    #[test]
    fn png_files(bytes in damaged(image_file(image::ImageFormat::Png))) {
        _ = original(bytes).map(|file| picture_file::decode(&file));
    }

    #[test]
    fn jpeg_files(bytes in damaged(image_file(image::ImageFormat::Jpeg))) {
        _ = original(bytes).map(|file| picture_file::decode(&file));
    }
}

/// Undamaged, every sample is read: the properties above start from files that mean something.
#[test]
fn samples_are_whole() {
    let [images, labels] = idx_files().map(|bytes| original(bytes).unwrap());
    assert!(idx::examples(&images, &labels).is_ok());
    assert!(grid_of(&csv(TABLE).0, TABLE.into()).is_ok());
    assert!(npz(&npz_file(), "x", 9).is_ok() && npz(&npz_file(), "y", 1).is_ok());
    let safetensors = original(safetensors_file()).unwrap();
    assert!(array::safetensor(&safetensors, "x").is_ok() && array::safetensor(&safetensors, "y").is_ok());
    assert!(json_lines::grid(&original(LINES.into()).unwrap(), &Columns::default()).is_ok());
    for text in [word_piece_json(), BPE.to_owned(), UNIGRAM.to_owned()] {
        let subwords = Subwords::read(&original(text.into()).unwrap(), &tokenizer_json(), None).unwrap();
        assert!(!subwords.ids("ab").unwrap().is_empty());
    }
    for bytes in parquet::files_in_all_layouts() {
        let read = parquet::read(bytes);
        // In one of them is a column that is no table's.
        assert!(read.is_ok() || read.unwrap_err().to_string().contains("`tags` holds lists"));
    }
    for bytes in arrays_of_all_types() {
        assert!(array::numbers("whole", bytes, "x").is_ok());
    }
    for bytes in [parquet::LOGITS, parquet::COLUMNS, &safetensors_file(), &npz_file()] {
        assert!(array::numbers("whole", bytes.into(), "x").is_ok());
    }
    assert!(numbers::parse(&original(npy_file("<f8", "(2,)", &[0; 16])).unwrap(), 2).is_ok());
    for format in [image::ImageFormat::Png, image::ImageFormat::Jpeg] {
        assert!(picture_file::decode(&original(image_file(format)).unwrap()).is_ok());
    }
}
