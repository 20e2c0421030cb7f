//! From original files to what a model reads: how long it takes here, and in the way that Python scripts usually go
//! (`data.py`: gzip and numpy, pandas, transformers, torchvision with a `DataLoader` of two workers). And what reading a
//! batch costs beside the training step that waits for it.
//!
//! Each round does the same work on both sides, one after the other; ratios are medians over rounds of the ratios within
//! one. Needs the folder of original data sets that `KD_DATA` names, and the Python that `KD_PYTHON` names, or python3.

#![allow(clippy::print_stdout)] // the table is what this program is for

use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use kd_benches::{Asked, PyTorch, median, microseconds};
use kd_core::loss::cross_entropy;
use kd_core::random::{Concern, Stream};
use kd_data::augment::Augmentation;
use kd_data::source::{Damaged, ImageFolder, Source, TestSplit};
use kd_data::{Dataset, Encoded, Encoder, Encoding, Inputs, catalogue};
use kd_models::{Architecture, Input, Mode, Model, Optimizer, Rule};
use tch::{Device, Kind, Tensor};

const ROUNDS: usize = 7;
const BATCH: usize = 128;
/// Of each class of CIFAR-10.
const IMAGES: usize = 1000;
/// The same where it is only asked whether this runs.
const FEW_IMAGES: usize = 20;

/// What both sides read, and what it comes to.
struct Case<'a> {
    name: &'static str,
    what: &'static str,
    /// How far what it comes to may lie from Python's, relatively.
    tolerance: f64,
    work: Box<dyn FnMut() -> f64 + 'a>,
}

/// Of what was read, so many examples tell whether both sides read the same.
const TOLD: i64 = 1000;

fn mnist(originals: &Path) -> f64 {
    let mnist = catalogue::load_from("mnist", originals).expect("MNIST");
    [&mnist.train, &mnist.test].map(|part| told(pixels(&part.inputs))).iter().sum()
}

fn told(tensor: &Tensor) -> f64 {
    let count = tensor.size()[0].min(TOLD);
    tensor.narrow(0, tensor.size()[0] - count, count).sum(Kind::Double).double_value(&[])
}

fn pixels(inputs: &Inputs) -> &Tensor {
    let Inputs::Images(images) = inputs else { panic!("images expected") };
    &images.pixels
}

fn jpeg(images: &Path) -> Dataset {
    let (test, size) = (TestSplit::Last(0.1), None);
    let damaged = Damaged::Refuse;
    Source::ImageFolder(ImageFolder {
        path: images.to_owned(),
        test,
        size,
        crop: false,
        grey: false,
        damaged,
    })
    .load()
    .expect("images")
}

fn encoder(dataset: &Dataset, encoding: &str) -> Encoder {
    let rows: Vec<usize> = (0..dataset.train.len()).collect();
    let encoding: Encoding = serde_json::from_str(encoding).expect("an encoding");
    Encoder::fit(&dataset.train, &rows, &encoding).expect("fits")
}

/// The last of them, encoded with all.
fn encode(encoder: &Encoder, inputs: &Inputs) -> Tensor {
    let encoded = encoder.encode(inputs).expect("encodes");
    encoded.batch(&rows(encoded.len() - TOLD as usize, encoded.len())).expect("a batch")
}

/// Numbers `from..to` as an index.
fn rows(from: usize, to: usize) -> Tensor {
    Tensor::arange_start(from as i64, to as i64, (Kind::Int64, Device::Cpu))
}

fn adult(originals: &Path) -> f64 {
    let adult = catalogue::load_from("adult", originals).expect("Adult");
    let encoder = encoder(&adult, "{}");
    let parts = [&adult.train, &adult.test].map(|part| encode(&encoder, &part.inputs));
    parts.map(|part| part.narrow(1, 0, 6).abs().sum(Kind::Double).double_value(&[])).iter().sum()
}

/// Crops and flips.
fn augmentation() -> Augmentation {
    serde_json::from_str(r#"{ "crop": { "padding": 4 }, "flip": {} }"#).expect("an augmentation")
}

/// What a student reads of `batch` at a step.
fn view(images: &Inputs, batch: &[usize], encoder: &Encoder, step: u64) -> Tensor {
    let view = augmentation().view(&images.select(batch).expect("rows"), batch, &[11, step]).expect("a view");
    view.encode(encoder, Device::Cpu).expect("encodes")
}

/// Batches of an epoch; how many examples they held.
fn epoch(images: &Inputs, encoder: &Encoder) -> f64 {
    let order: Vec<usize> = {
        let permutation = Stream::new(&[11], Concern::BatchOrder).permutation(images.len());
        permutation.into_iter().map(|row| row as usize).collect()
    };
    let batches = order.chunks(BATCH).zip(0..);
    batches.map(|(batch, step)| view(images, batch, encoder, step).size()[0] as f64).sum()
}

fn compare(case: &mut Case<'_>, rounds: usize, python: &mut PyTorch) {
    let (theirs, _) = python.time(case.name);
    let ours = (case.work)();
    let apart = (ours - theirs).abs();
    assert!(apart <= case.tolerance * theirs.abs(), "{}: {ours} here, {theirs} in Python", case.name);
    let (mut own, mut others, mut ratios) = (vec![], vec![], vec![]);
    for _ in 0..rounds {
        let here = microseconds(1, || _ = (case.work)());
        let (_, there) = python.time(case.name);
        own.push(here);
        others.push(there);
        ratios.push(there / here);
    }
    println!(
        "{:<46} {:>9.1} {:>11.1} {:>13.1}",
        case.what,
        median(own) / 1e3,
        median(others) / 1e3,
        median(ratios)
    );
}

/// The share of a training step that goes into reading its batch, and prints it.
fn share(what: &str, dataset: &Dataset, rounds: usize, mut read: impl FnMut(u64) -> Tensor) {
    let architecture = Architecture::cnn([16, 32], 64).expect("an architecture");
    let (_, channels, height, width) = pixels(&dataset.train.inputs).size4().expect("images");
    let input = Input::Image { channels, height, width };
    let mut stream = Stream::new(&[11], Concern::Initialisation);
    let model = Model::new(&architecture, input, 10, &mut stream, Device::Cpu).expect("a model");
    let rule = Rule::AdamW { beta1: 0.9, beta2: 0.999, weight_decay: 0.01 };
    let mut optimizer = Optimizer::new(rule, model.store().trainable_variables()).expect("an optimiser");
    let labels = Tensor::from_slice(&dataset.train.labels().expect("classes")[..BATCH]);
    let (mut shares, mut reads) = (vec![], vec![]);
    for _ in 0..rounds {
        let mut reading = 0.0;
        let mut step = 0;
        let all = microseconds(20, || {
            step += 1;
            let mut batch = Tensor::new();
            reading += microseconds(1, || batch = read(step));
            let logits = model.forward(&batch, Mode::Train).expect("a pass").logits;
            cross_entropy(&logits, &labels).expect("a loss").backward();
            optimizer.step(1e-3).expect("a step");
        });
        reads.push(reading / 20.0);
        shares.push(reading / 20.0 / all);
    }
    println!("{what:<46} {:>9.3} {:>24.1} %", median(reads) / 1e3, median(shares) * 100.0);
}

/// The first images of each class of the archive of CIFAR-10 as JPEG, in a folder for each class.
fn unpack(originals: &Path, folder: &Path, of_each: usize) -> std::io::Result<()> {
    let archive = fs_err::File::open(originals.join("cifar-10/CIFAR-10-images-jpeg.tar.gz"))?;
    for entry in tar::Archive::new(GzDecoder::new(archive)).entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse::<usize>().ok());
        let mut parts = path.iter().rev().skip(1).filter_map(|part| part.to_str());
        if let (Some(class), Some("train"), true) =
            (parts.next(), parts.next(), number.is_some_and(|n| n < of_each))
        {
            fs_err::create_dir_all(folder.join(class))?;
            entry.unpack(folder.join(class).join(path.file_name().unwrap_or_default()))?;
        }
    }
    Ok(())
}

fn main() {
    tch::set_num_threads(1);
    kd_models::keep_freed_memory();
    let asked = Asked::here();
    let (rounds, of_each) = if asked.measured { (ROUNDS, IMAGES) } else { (1, FEW_IMAGES) };

    let originals = std::env::var_os("KD_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"), PathBuf::from);
    if !originals.is_dir() {
        println!("skipped: no folder of original data sets; set KD_DATA to it");
        return;
    }
    let images = tempfile::tempdir().expect("a folder");
    unpack(&originals, images.path(), of_each).expect("the archive of images");
    let mut python = match PyTorch::start("data.py", &[originals.as_os_str(), images.path().as_os_str()]) {
        Ok(python) => python,
        Err(reason) => {
            println!("skipped: {reason}; KD_PYTHON may name a Python with torch 2.11.0");
            return;
        }
    };

    let cifar = jpeg(images.path());
    let standardised = encoder(&cifar, "{}");
    let sst2 = catalogue::load_from("sst-2", &originals).expect("SST-2");
    let vocabulary = originals.join("bert-vocab/vocab.txt");
    let word_pieces = encoder(
        &sst2,
        &serde_json::json!({ "tokens": { "word_piece": { "path": vocabulary } } }).to_string(),
    );
    let cases = [
        Case {
            name: "mnist",
            what: "MNIST from gzip, checked by MD5",
            tolerance: 0.0,
            work: Box::new(|| mnist(&originals)),
        },
        Case {
            name: "jpeg",
            what: "JPEG images of 32 x 32, decoded",
            tolerance: 2e-3, // decoders round as they like
            work: Box::new(|| {
                let read = jpeg(images.path());
                told(&Tensor::cat(&[&read.train, &read.test].map(|part| pixels(&part.inputs)), 0))
            }),
        },
        Case {
            name: "augmented",
            what: "an epoch of them, cropped and flipped",
            tolerance: 0.2, // ours are those for training
            work: Box::new(|| epoch(&cifar.train.inputs, &standardised)),
        },
        Case {
            name: "sst2",
            what: "SST-2 in WordPiece",
            tolerance: 0.0,
            work: Box::new(|| encode(&word_pieces, &sst2.train.inputs).sum(Kind::Double).double_value(&[])),
        },
        Case {
            name: "adult",
            what: "Adult, standardised and one-hot",
            tolerance: 1e-5,
            work: Box::new(|| adult(&originals)),
        },
    ];
    println!("{:<46} {:>9} {:>11} {:>13}", "from files to tensors", "here, ms", "Python, ms", "times faster");
    for mut case in cases {
        if asked.wants(&format!("data/{}", case.name)) {
            compare(&mut case, rounds, &mut python);
        }
    }
    drop(python);
    if asked.wants("data/share") {
        println!(
            "\n{:<46} {:>9} {:>26}",
            "reading a batch of 128 (cnn, one thread)", "here, ms", "share of the step"
        );
        let mnist = catalogue::load_from("mnist", &originals).expect("MNIST");
        let encoded = |dataset: &Dataset| -> Encoded {
            encoder(dataset, "{}").encode(&dataset.train.inputs).expect("encodes")
        };
        let (digits, pictures) = (encoded(&mnist), encoded(&cifar));
        // Rows that go on from step to step, and are there in the smallest of the sets.
        let places = cifar.train.len() - BATCH;
        let place = |step: u64| step as usize * 7 % places;
        let batch =
            |data: &Encoded, step| data.batch(&rows(place(step), place(step) + BATCH)).expect("a batch");
        share("MNIST", &mnist, rounds, |step| batch(&digits, step));
        share("CIFAR-10", &cifar, rounds, |step| batch(&pictures, step));
        share("CIFAR-10, cropped and flipped", &cifar, rounds, |step| {
            let chosen: Vec<usize> = (place(step)..place(step) + BATCH).collect();
            view(&cifar.train.inputs, &chosen, &standardised, step)
        });
    }
}
