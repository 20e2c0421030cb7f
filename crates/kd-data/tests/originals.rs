//! Every data set of which this machine has the original files: sizes, classes and first examples.
#![allow(clippy::print_stderr, clippy::unwrap_used)]

use std::path::PathBuf;

use kd_data::source::{CatalogueSource, Source};
use kd_data::{Dataset, Examples, Inputs, Task, catalogue};
use kd_doubt::Weight;

fn folder() -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = PathBuf::from(std::env::var("KD_DATA").unwrap_or_else(|_| default.to_owned()));
    if !folder.is_dir() {
        eprintln!("skipped: no folder of original data sets; set KD_DATA to it");
        return None;
    }
    Some(folder)
}

/// The data set, if its files are there.
fn load(name: &str) -> Option<Dataset> {
    let folder = folder()?;
    let entry = catalogue::entries().find(|entry| entry.name == name).unwrap();
    if let Some(file) = entry.files.iter().find(|file| !folder.join(file.path).exists()) {
        eprintln!("skipped: {name}, for want of {}", file.path);
        return None;
    }
    let source = CatalogueSource { name: name.to_owned(), folder: Some(folder) };
    Some(Source::Catalogue(source).load().unwrap())
}

fn counts(dataset: &Dataset, examples: &Examples) -> Vec<usize> {
    let mut counts = vec![0; dataset.classes.len()];
    examples.labels().unwrap().iter().for_each(|&label| counts[label as usize] += 1);
    counts
}

/// Counts over training and test examples together.
fn both(dataset: &Dataset) -> Vec<usize> {
    let (train, test) = (counts(dataset, &dataset.train), counts(dataset, &dataset.test));
    train.iter().zip(test).map(|(train, test)| train + test).collect()
}

#[test]
fn sizes_are_what_the_catalogue_says() {
    for entry in catalogue::entries().filter(|entry| entry.name != "cifar-10-jpeg") {
        let Some(dataset) = load(entry.name) else { continue };
        let validation = dataset.validation.as_ref().map_or(0, Examples::len);
        assert_eq!(
            (dataset.train.len(), validation, dataset.test.len(), dataset.classes.len()),
            (entry.train, entry.validation, entry.test, entry.classes),
            "{}",
            entry.name
        );
        assert_eq!((dataset.modality, dataset.train.targets.task()), (entry.modality, entry.task));
        assert_eq!(dataset.classes.is_empty(), entry.task == Task::Regression);
    }
}

#[test]
fn images_have_their_classes() {
    if let Some(mnist) = load("mnist") {
        assert_eq!(
            counts(&mnist, &mnist.train),
            [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
        );
        assert_eq!(mnist.train.labels().unwrap()[..5], [5, 0, 4, 1, 9]);
        let Inputs::Images(images) = &mnist.train.inputs else { panic!("images expected") };
        let mean = images.pixels.to_kind(tch::Kind::Double).mean(None).double_value(&[]) / 255.0;
        assert!((mean - 0.1307).abs() < 5e-5, "the mean that everybody standardises with: {mean}");
    }
    if let Some(fashion) = load("fashion-mnist") {
        assert_eq!(counts(&fashion, &fashion.train), [6000; 10]);
        assert_eq!(counts(&fashion, &fashion.test), [1000; 10]);
        assert_eq!(fashion.classes[9], "Ankle boot");
    }
    if let Some(cifar) = load("cifar-10-first-5000") {
        assert_eq!(counts(&cifar, &cifar.train), [396, 366, 420, 384, 422, 393, 414, 385, 407, 413]);
        assert_eq!(counts(&cifar, &cifar.test), [103, 89, 100, 103, 90, 86, 112, 102, 106, 109]);
        assert_eq!(cifar.train.labels().unwrap()[..10], [6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
        let Inputs::Images(images) = &cifar.train.inputs else { panic!("images expected") };
        let means =
            images.pixels.to_kind(tch::Kind::Double).mean_dim(&[0_i64, 2, 3][..], false, None::<tch::Kind>);
        let means: Vec<f64> = Vec::try_from(means / 255.0).unwrap();
        for (mean, official) in means.iter().zip([0.4914, 0.4822, 0.4465]) {
            assert!((mean - official).abs() < 0.01, "{means:?}");
        }
    }
}

#[test]
fn tables_have_their_columns_and_classes() {
    if let Some(adult) = load("adult") {
        assert_eq!(adult.classes, ["<=50K", ">50K"]);
        assert_eq!(counts(&adult, &adult.train), [24_720, 7841]);
        assert_eq!(counts(&adult, &adult.test), [12_435, 3846]);
        for (examples, incomplete) in [(&adult.train, 2399), (&adult.test, 1221)] {
            let Inputs::Table(table) = &examples.inputs else { panic!("a table expected") };
            assert_eq!((table.numeric.len(), table.categorical.len()), (6, 8));
            assert!(!bool::try_from(table.numbers.isnan().any()).unwrap(), "no number is missing");
            let missing = |row: usize| table.categorical.iter().any(|column| column.codes[row].is_none());
            assert_eq!((0..table.len()).filter(|&row| missing(row)).count(), incomplete);
            let gappy: Vec<&str> = table
                .categorical
                .iter()
                .filter(|column| column.codes.contains(&None))
                .map(|column| column.name.as_str())
                .collect();
            assert_eq!(gappy, ["2", "7", "14"], "workclass, occupation, native-country");
        }
    }
    if let Some(covertype) = load("covertype-first-5999") {
        assert_eq!(both(&covertype), [582, 973, 872, 1536, 976, 820, 240]);
    }
    if let Some(segment) = load("segment") {
        assert_eq!(both(&segment), [330; 7]);
        assert_eq!(segment.classes[0], "brickface");
    }
    if let Some(vowel) = load("vowel") {
        assert_eq!(both(&vowel), [90; 11]);
        let Inputs::Table(table) = &vowel.train.inputs else { panic!("a table expected") };
        assert_eq!((table.numeric.len(), table.categorical.len()), (10, 2));
    }
    if let Some(waveform) = load("waveform") {
        assert_eq!(both(&waveform), [1692, 1653, 1655]);
    }
}

#[test]
fn texts_have_their_classes() {
    if let Some(sst) = load("sst-2") {
        assert_eq!(counts(&sst, &sst.train), [29_780, 37_569]);
        assert_eq!(counts(&sst, &sst.test), [428, 444]);
        let Inputs::Texts(texts) = &sst.train.inputs else { panic!("texts expected") };
        assert_eq!(texts[0], "hide new secretions from the parental units ", "with its blank at the end");
    }
    if let Some(trec) = load("trec") {
        assert_eq!(trec.classes, ["ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"]);
        assert_eq!(counts(&trec, &trec.train), [86, 1162, 1250, 1223, 835, 896]);
        assert_eq!(counts(&trec, &trec.test), [9, 138, 94, 65, 81, 113]);
    }
    if let Some(fine) = load("trec-fine") {
        assert_eq!(counts(&fine, &fine.test).iter().filter(|&&count| count > 0).count(), 42);
    }
    if let Some(news) = load("ag-news-7600") {
        assert_eq!(both(&news), [1900; 4]);
        let Inputs::Texts(texts) = &news.train.inputs else { panic!("texts expected") };
        assert!(texts.iter().any(|text| text.contains('\\')), "backslashes stay");
    }
    if let Some(clinc) = load("clinc150") {
        assert_eq!(counts(&clinc, &clinc.train), [100; 150]);
        assert_eq!(counts(&clinc, clinc.validation.as_ref().unwrap()), [20; 150]);
        assert_eq!(counts(&clinc, &clinc.test), [30; 150]);
    }
    if let Some(scope) = load("clinc150-oos") {
        let oos = scope.classes.iter().position(|class| class == "oos").unwrap();
        let in_all = [&scope.train, scope.validation.as_ref().unwrap(), &scope.test]
            .map(|part| counts(&scope, part)[oos]);
        assert_eq!(in_all, [250, 100, 1000]);
    }
}

#[test]
fn language_models_read_what_was_written() {
    if let Some(shakespeare) = load("tiny-shakespeare") {
        assert_eq!(shakespeare.classes.len(), 65 + 1, "the characters and <unk>");
        let Inputs::Sequences(sequences) = &shakespeare.train.inputs else { panic!("sequences expected") };
        let first: Vec<i64> = Vec::try_from(sequences.blocks.get(0)).unwrap();
        let text: String = first.iter().map(|&id| shakespeare.classes[id as usize].as_str()).collect();
        assert!(text.starts_with("First Citizen:\nBefore we proceed"), "{text}");
    }
    if let Some(wikitext) = load("wikitext-2-valid") {
        let Inputs::Sequences(sequences) = &wikitext.test.inputs else { panic!("sequences expected") };
        // The published number of tokens is 245,569.
        assert_eq!(sequences.blocks.size(), [(245_569 - 1) / 128, 129]);
    }
}

/// Held-out examples that are training examples too, validation first: all that is doubtful of published data sets.
fn overlaps(name: &str) -> &'static [&'static str] {
    match name {
        "letter" => &["380 of 4000 test examples are training examples too"],
        // Seven questions but for a line break.
        "banking77" => &["7 of 3080 test examples are training examples too"],
        "wine-quality-red" => &["72 of 320 test examples are training examples too"],
        "wine-quality-white" => &["289 of 980 test examples are training examples too"],
        "adult" => {
            &["26 of 16281 test examples are training examples too, of which 3 have another target there"]
        }
        "segment" => &["72 of 462 test examples are training examples too"],
        "trec" => &["10 of 500 test examples are training examples too"],
        "clinc150" => &[
            "3 of 3000 validation examples are training examples too, of which 2 have another target there",
            "2 of 4500 test examples are training examples too, and have another target there",
        ],
        "clinc150-oos" => &[
            "3 of 3100 validation examples are training examples too, of which 2 have another target there",
            "2 of 5500 test examples are training examples too, and have another target there",
        ],
        // 42 of the 50 fine classes occur in its test file.
        "trec-fine" => &[
            "10 of 500 test examples are training examples too",
            "the test split has no example of 8 of 50 classes",
        ],
        _ => &[],
    }
}

#[test]
fn nothing_but_overlaps_is_doubtful() {
    for entry in catalogue::entries().filter(|entry| entry.name != "cifar-10-jpeg") {
        let Some(dataset) = load(entry.name) else { continue };
        let doubts = dataset.examined().unwrap().doubts;
        let what: Vec<&str> = doubts.iter().map(|doubt| doubt.what.as_str()).collect();
        assert_eq!(what, overlaps(entry.name), "{}", entry.name);
        assert!(doubts.iter().all(|doubt| doubt.weight == Weight::Weak), "{}: {doubts:?}", entry.name);
    }
}

/// 60,000 files; run it with `--ignored`, in release.
#[test]
#[ignore = "decodes 60,000 files"]
fn jpeg_files_have_their_classes() {
    let Some(cifar) = load("cifar-10-jpeg") else { return };
    assert_eq!((counts(&cifar, &cifar.train), counts(&cifar, &cifar.test)), (vec![5000; 10], vec![1000; 10]));
    let Inputs::Images(images) = &cifar.test.inputs else { panic!("images expected") };
    assert_eq!(images.pixels.size(), [10_000, 3, 32, 32]);
}
