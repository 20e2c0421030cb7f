//! Pictures, arrays and texts as people bring them: what is read, what is refused, and what is told.

use std::path::{Path, PathBuf};
use std::process::Output;

use crate::{kd, output, stderr, stdout};

/// A study of these data that is only planned.
fn study(data: &str, model: &str) -> String {
    let train = "train = { budget.steps = 20, batch = 4, optimizer.adamw.learning_rate = 1e-2 }";
    // The pictures and texts of these tests are few, and the same again and again.
    let data = match data.split_once("accept = [") {
        Some((before, kinds)) => format!("{before}accept = [\"overlap\", {kinds}"),
        None => format!("accept = [\"overlap\"]\n{data}"),
    };
    format!(
        "[study]\nname = \"brought\"\nseeds = [1, 2]\n\n[tasks.t]\n{data}\n\n\
         [tasks.t.teacher]\nmodel.{model}\n{train}\n\n\
         [tasks.t.student]\nmodel.{model}\nsamples = [\"all\"]\n{train}\n\n\
         [arms.labels]\nobjective.cross_entropy = {{}}\n"
    )
}

const LENET: &str = "lenet = {}";
const MLP: &str = "mlp = { hidden = [8] }";
const WORDS: &str = "bag_of_embeddings = { dimension = 4 }";

fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../kd-data/tests/fixtures");
    fs_err::read(format!("{folder}/{name}")).unwrap()
}

fn jpeg() -> Vec<u8> {
    fixture("jpeg/baseline.jpg")
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, bytes).unwrap();
}

/// Twelve whole pictures of each of two classes, of several kinds.
fn pictures() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (jpeg, progressive) = (jpeg(), fixture("jpeg/progressive.jpg"));
    let png = fixture("pictures/colour/0.png");
    for class in ["cat", "dog"] {
        for number in 0..4 {
            write(folder.path(), &format!("pets/{class}/{number}.jpg"), &jpeg);
            write(folder.path(), &format!("pets/{class}/{number}.jpeg"), &progressive);
            write(folder.path(), &format!("pets/{class}/{number}.PNG"), &png);
        }
    }
    folder
}

fn plan(folder: &Path, data: &str, model: &str) -> Output {
    fs_err::write(folder.join("study.toml"), study(data, model)).unwrap();
    output(folder, &["plan", "study.toml"])
}

/// What a plan says that can be had.
fn planned(folder: &Path, data: &str, model: &str) -> String {
    let plan = plan(folder, data, model);
    assert_eq!(plan.status.code(), Some(0), "{data}: {}", stderr(&plan));
    stdout(&plan)
}

/// What is said of data that are refused.
fn refused(folder: &Path, data: &str, model: &str) -> String {
    let plan = plan(folder, data, model);
    assert_eq!(plan.status.code(), Some(2), "{data}: {}{}", stdout(&plan), stderr(&plan));
    // Lines are broken to the width of a terminal.
    stderr(&plan).replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

const PETS: &str = "data.image_folder = { path = \"pets\", test.fraction = 0.25, size = [16, 16] }";

#[test]
fn damaged_pictures_are_refused_by_name_or_left_out_and_told() {
    let png = fixture("pictures/colour/0.png");
    let jpeg = jpeg();
    for (name, bytes) in [
        ("cut.jpg", &jpeg[..2 * jpeg.len() / 3]),
        ("cut.png", &png[..png.len() / 2]),
        ("half.jpg", &jpeg[jpeg.len() / 2..]),
        ("empty.jpg", &[]),
        ("zeros.png", &[0; 500]),
    ] {
        let folder = pictures();
        write(folder.path(), &format!("pets/dog/{name}"), bytes);
        let told = refused(folder.path(), PETS, LENET);
        assert!(told.contains(&format!("dog/{name}")) && told.contains("damaged = \"skip\""), "{told}");
        let skip = PETS.replace("size", "damaged = \"skip\", size");
        let told = planned(folder.path(), &skip, LENET);
        assert!(told.contains("1 of 25 pictures is damaged and left out"), "{told}");
        assert!(told.contains(&format!("dog/{name}")), "{told}");
    }
}

#[test]
fn whole_pictures_give_no_doubt_and_one_that_is_accepted_is_not_told() {
    let folder = pictures();
    let told = planned(folder.path(), PETS, LENET);
    assert!(!told.contains("damaged") && !told.contains("left out"), "{told}");
    write(folder.path(), "pets/dog/cut.jpg", &jpeg()[..800]);
    let data = PETS.replace("size", "damaged = \"skip\", size") + "\naccept = [\"damaged_pictures\"]";
    assert!(!planned(folder.path(), &data, LENET).contains("left out"));
}

#[test]
fn what_lies_among_pictures_is_passed_over_told_or_named() {
    let folder = pictures();
    for name in ["cat/Thumbs.db", "dog/.DS_Store", "dog/desktop.ini", "cat/._0.jpg", "Thumbs.db"] {
        write(folder.path(), &format!("pets/{name}"), b"abcd");
    }
    write(folder.path(), "pets/__MACOSX/cat/._0.jpg", b"abcd");
    write(folder.path(), "pets/.ipynb_checkpoints/0.jpg", b"abcd");
    let told = planned(folder.path(), PETS, LENET);
    assert!(!told.contains("Thumbs") && !told.contains("passed over"), "{told}");
    write(folder.path(), "pets/cat/README.txt", b"cats");
    fs_err::create_dir(folder.path().join("pets/bird")).unwrap();
    let told = planned(folder.path(), PETS, LENET);
    assert!(told.contains("1 file among the pictures is passed over"), "{told}");
    assert!(
        told.contains("cat/README.txt") && told.contains("a folder of a class holds no pictures"),
        "{told}"
    );
    write(folder.path(), "pets/dog/9.heic", b"abcd");
    let told = refused(folder.path(), PETS, LENET);
    assert!(told.contains("9.heic: is HEIC; JPEG, PNG, WebP, GIF and BMP are read"), "{told}");
}

/// A file `.npy` of bytes that count up, or of the labels 0 and 1 in turn.
fn npy(shape: &[usize], of: impl Fn(usize) -> u8) -> Vec<u8> {
    let sizes = shape.iter().map(|size| format!("{size}, ")).collect::<Vec<_>>().concat();
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({sizes}), }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend((0..shape.iter().product()).map(of));
    bytes
}

fn arrays(shape: &[usize]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "arrays/x.npy", &npy(shape, |place| (place * 7 % 251) as u8));
    write(folder.path(), "arrays/y.npy", &npy(&shape[..1], |place| (place % 2) as u8));
    folder
}

fn source(more: &str) -> String {
    format!("data.arrays = {{ path = \"arrays\", train = {{ inputs = \"x\", targets = \"y\" }}, {more} }}")
}

#[test]
fn colours_at_the_other_end_are_refused_with_the_setting() {
    let test = "test.fraction = 0.25";
    for (shape, is_last) in [([40, 8, 8, 3], true), ([40, 8, 9, 1], true), ([40, 3, 8, 8], false)] {
        let folder = arrays(&shape);
        let [right, wrong] =
            [is_last, !is_last].map(|last| source(&format!("{test}, channels_last = {last}")));
        let told = refused(folder.path(), &wrong, MLP);
        assert!(told.contains("channels of") && told.contains("channels_last"), "{told}");
        assert!(told.contains("accept = [\"colour_axis\"]"), "{told}");
        assert!(!planned(folder.path(), &right, MLP).contains("channels of"));
        let told = planned(folder.path(), &format!("{wrong}\naccept = [\"colour_axis\"]"), MLP);
        assert!(told.contains("channels of"), "{told}");
    }
}

#[test]
fn one_part_is_divided() {
    let folder = arrays(&[40, 3, 8, 8]);
    for test in ["test.fraction = 0.25", "test.last = 0.25", "test = { inputs = \"x\", targets = \"y\" }"] {
        planned(folder.path(), &source(test), MLP);
    }
    let told = refused(folder.path(), &source("test = { inputs = \"x\", target = \"y\" }"), MLP);
    assert!(told.contains("target"), "{told}");
    let header = |kind: &[u8]| [&[0, 0, 8, kind.len() as u8 / 4][..], kind].concat();
    let images: Vec<u8> = (0..40 * 6 * 6).map(|place| (place % 251) as u8).collect();
    let labels: Vec<u8> = (0..40).map(|row| row % 2).collect();
    write(folder.path(), "images", &[header(&[0, 0, 0, 40, 0, 0, 0, 6, 0, 0, 0, 6]), images].concat());
    write(folder.path(), "labels", &[header(&[0, 0, 0, 40]), labels].concat());
    let idx = |test: &str| {
        format!("data.idx = {{ train = {{ images = \"images\", labels = \"labels\" }}, {test} }}")
    };
    for test in
        ["test.last = 0.2", "test.fraction = 0.2", "test = { images = \"images\", labels = \"labels\" }"]
    {
        planned(folder.path(), &idx(test), MLP);
    }
    let batch: Vec<u8> = (0..40_u8).flat_map(|row| [vec![row % 10], vec![row; 3072]].concat()).collect();
    write(folder.path(), "batch.bin", &batch);
    for test in ["test.last = 0.2", "test = [\"batch.bin\"]"] {
        planned(
            folder.path(),
            &format!("data.cifar = {{ train = [\"batch.bin\"], {test}, labels = \"ten\" }}"),
            MLP,
        );
    }
}

/// Lines of a few words, and some of Latin-1.
fn lines(count: usize, word: &str) -> Vec<u8> {
    (0..count).flat_map(|line| [format!("{word} {line} caf").as_bytes(), b"\xe9 \n"].concat()).collect()
}

#[test]
fn texts_in_files_of_their_classes() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "rt-polarity.pos", &lines(30, "good"));
    write(folder.path(), "rt-polarity.neg", &[lines(15, "dull"), b"\n".to_vec(), lines(15, "long")].concat());
    let files = "classes = { pos = \"rt-polarity.pos\", neg = \"rt-polarity.neg\" }";
    let data = |more: &str| format!("data.text_files = {{ {files}, {more} }}\nencoding.vocabulary = 50");
    let told = planned(folder.path(), &data("test.fraction = 0.1, charset = \"latin1\""), WORDS);
    assert!(told.contains("rt-polarity.neg: a blank line is passed over"), "{told}");
    let told = refused(folder.path(), &data("test.fraction = 0.1"), WORDS);
    assert!(told.contains("charset = \"latin1\""), "{told}");
    planned(
        folder.path(),
        &data(&format!("test = {{ {files} }}, validation = {{ {files} }}, charset = \"latin1\"")),
        WORDS,
    );
    let told = refused(
        folder.path(),
        &data("test.classes = { positive = \"rt-polarity.pos\" }, charset = \"latin1\""),
        WORDS,
    );
    assert!(told.contains("no training file of the class `positive`; the classes are neg, pos"), "{told}");
}

#[test]
fn texts_beside_their_classes() {
    let folder = tempfile::tempdir().unwrap();
    let texts = (0..40).map(|line| format!("play {line} now\n")).collect::<Vec<_>>().concat();
    let labels = (0..40).map(|line| format!("Intent{}\n", line % 2)).collect::<Vec<_>>().concat();
    for split in ["train", "valid", "test"] {
        write(folder.path(), &format!("{split}/seq.in"), texts.as_bytes());
        write(folder.path(), &format!("{split}/label"), labels.as_bytes());
    }
    let pair = |split: &str| format!("texts = \"{split}/seq.in\", labels = \"{split}/label\"");
    let data =
        |rest: &str| format!("data.text_pair = {{ {}, {rest} }}\nencoding.vocabulary = 50", pair("train"));
    let official = data(&format!("test = {{ {} }}, validation = {{ {} }}", pair("test"), pair("valid")))
        + "\nvalidation = \"official\"";
    planned(folder.path(), &official, WORDS);
    planned(folder.path(), &data("test.last = 0.25"), WORDS);
    write(folder.path(), "train/label", labels.trim_end().strip_suffix("Intent1").unwrap().as_bytes());
    let told = refused(folder.path(), &data("test.last = 0.25"), WORDS);
    assert!(told.contains("label: 39 lines of classes, but 40 lines of texts in seq.in"), "{told}");
}

#[test]
fn lines_of_texts_have_a_validation_file() {
    let folder = tempfile::tempdir().unwrap();
    let lines = (0..40).map(|line| format!("{} a film {line}\n", line % 5)).collect::<Vec<_>>().concat();
    for name in ["train.txt", "dev.txt", "test.txt"] {
        write(folder.path(), name, lines.as_bytes());
    }
    let data = "data.text_lines = { path = \"train.txt\", validation = \"dev.txt\", test.path = \"test.txt\" }\n\
                encoding.vocabulary = 50\nvalidation = \"official\"";
    planned(folder.path(), data, WORDS);
}

/// A copy of a study, with what lies beside it, of the folder of cases that people have brought.
#[allow(clippy::print_stderr)] // says what was not tested
fn case(folder: &str) -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases");
    let cases = PathBuf::from(std::env::var_os("KD_CASES").unwrap_or_else(|| default.into())).join(folder);
    if !cases.is_dir() {
        eprintln!("skipped: {} is not there; KD_CASES names the folder of cases", cases.display());
        return None;
    }
    Some(cases)
}

#[test]
fn cases_of_pictures_and_arrays() {
    for (folder, study, status, expected) in [
        ("11-images", "study-trunc2.toml", 2, &["a/0.jpg", "is a damaged JPEG"][..]),
        ("11-images", "study-thumbsdb.toml", 0, &[]),
        ("15-npz-inputs", "study-images-nhwc.toml", 2, &["channels_last = true"]),
        ("15-npz-inputs", "study-images-nhwc-told.toml", 0, &[]),
    ] {
        let Some(case) = case(folder) else { return };
        let plan = kd(&case, &["plan", study]).output().unwrap();
        assert_eq!(plan.status.code(), Some(status), "{study}: {}{}", stdout(&plan), stderr(&plan));
        let told = stderr(&plan).replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(expected.iter().all(|expected| told.contains(expected)), "{study}: {told}");
    }
}
