//! Data sets by name. These three are part of the program, from their original bytes.

use std::io::Read;

use flate2::read::GzDecoder;
use tch::{Kind, Tensor};

use crate::error::{Error, Result};
use crate::format::integers::{Label, Layout};
use crate::format::{banking77, integers};
use crate::{About, Dataset, Examples, Images, Inputs, Modality};

/// What the catalogue says of a data set without reading it.
#[derive(Debug)]
pub struct Entry {
    /// What study files call it.
    pub name: &'static str,
    /// Full name.
    pub title: &'static str,
    /// Kind of input.
    pub modality: Modality,
    /// Size of the training split.
    pub train: usize,
    /// Size of the test split.
    pub test: usize,
    /// Number of classes.
    pub classes: usize,
    /// Licence of the data.
    pub licence: &'static str,
    /// Whom to cite.
    pub citation: &'static str,
    /// Where to read about it.
    pub address: &'static str,
    /// The original files, compressed with gzip.
    files: &'static [File],
    read: fn(&[Bytes]) -> Result<Parts>,
}

type File = (&'static str, &'static [u8]);

/// A file's name and its original bytes.
struct Bytes {
    name: &'static str,
    bytes: Vec<u8>,
}

struct Parts {
    classes: Vec<String>,
    train: Examples,
    test: Examples,
}

macro_rules! embedded {
    ($folder:literal, $($file:literal),+) => {
        &[$(($file, include_bytes!(concat!("../embedded/", $folder, "/", $file, ".gz")))),+]
    };
}

const CC_BY: &str = "CC BY 4.0";

static ENTRIES: [Entry; 3] = [
    Entry {
        name: "optdigits",
        title: "Optical Recognition of Handwritten Digits (UCI)",
        modality: Modality::Vision,
        train: 3823,
        test: 1797,
        classes: 10,
        licence: CC_BY,
        citation: "E. Alpaydin and C. Kaynak, 1998, doi:10.24432/C50P49",
        address: "https://doi.org/10.24432/C50P49",
        files: embedded!("optdigits", "optdigits.tra", "optdigits.tes"),
        read: optdigits,
    },
    Entry {
        name: "letter",
        title: "Letter Recognition (UCI)",
        modality: Modality::Tabular,
        train: 16_000,
        test: 4000,
        classes: 26,
        licence: CC_BY,
        citation: "D. Slate, 1991, doi:10.24432/C5ZP40",
        address: "https://doi.org/10.24432/C5ZP40",
        files: embedded!("letter", "letter-recognition.data"),
        read: letter,
    },
    Entry {
        name: "banking77",
        title: "BANKING77 intents of a bank's customers (PolyAI)",
        modality: Modality::Text,
        train: 10_003,
        test: 3080,
        classes: 77,
        licence: CC_BY,
        citation: "I. Casanueva, T. Temčinas, D. Gerz, M. Henderson and I. Vulić, 2020, arXiv:2003.04807",
        address: "https://arxiv.org/abs/2003.04807",
        files: embedded!("banking77", "train.csv", "test.csv", "categories.json"),
        read: banking,
    },
];

/// Everything in the catalogue.
#[must_use]
pub fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// The data set of that name.
///
/// # Errors
/// If there is none, or its bytes are damaged.
pub fn load(name: &str) -> Result<Dataset> {
    let entry = ENTRIES.iter().find(|entry| entry.name == name).ok_or_else(|| Error::UnknownDataset {
        name: name.to_owned(),
        known: ENTRIES.iter().map(|entry| entry.name).collect(),
    })?;
    let mut hasher = blake3::Hasher::new_derive_key("kd data set 1");
    let mut files = Vec::with_capacity(entry.files.len());
    for (name, compressed) in entry.files {
        let mut bytes = Vec::new();
        GzDecoder::new(*compressed).read_to_end(&mut bytes).map_err(|error| Error::File {
            file: (*name).to_owned(),
            problem: format!("could not be decompressed: {error}"),
        })?;
        hasher.update(name.as_bytes());
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
        files.push(Bytes { name, bytes });
    }
    let Parts { classes, train, test } = (entry.read)(&files)?;
    Ok(Dataset {
        name: entry.name.to_owned(),
        modality: entry.modality,
        classes,
        train,
        test,
        fingerprint: hasher.finalize().to_hex().to_string(),
        about: About {
            title: entry.title.to_owned(),
            licence: entry.licence.to_owned(),
            citation: entry.citation.to_owned(),
            address: entry.address.to_owned(),
        },
    })
}

/// 8x8 grey images whose pixels count the inked cells of 4x4 blocks, 0 to 16.
fn optdigits(files: &[Bytes]) -> Result<Parts> {
    const PEAK: u8 = 16;
    let digit = |name: &str| name.parse().ok().filter(|digit| (0..10).contains(digit));
    let split = |file: &Bytes| -> Result<Examples> {
        let layout = Layout { label: Label::Last, values: 64, peak: PEAK };
        let (values, labels) = integers::read(file.name, &file.bytes, layout, digit)?;
        let pixels = Tensor::f_from_slice(&values)?.f_view([-1, 1, 8, 8])?;
        Ok(Examples { inputs: Inputs::Images(Images { pixels, peak: PEAK }), labels })
    };
    let classes = (0..10).map(|digit| digit.to_string()).collect();
    Ok(Parts { classes, train: split(&files[0])?, test: split(&files[1])? })
}

/// 16 measurements of a printed letter; the first 16,000 rows are for training, as customary.
fn letter(files: &[Bytes]) -> Result<Parts> {
    const COLUMNS: usize = 16;
    const TRAIN: usize = 16_000;
    let layout = Layout { label: Label::First, values: COLUMNS, peak: 15 };
    let class = |name: &str| match name.as_bytes() {
        [letter @ b'A'..=b'Z'] => Some(i64::from(letter - b'A')),
        _ => None,
    };
    let (values, labels) = integers::read(files[0].name, &files[0].bytes, layout, class)?;
    let table = |values: &[u8]| -> Result<Inputs> {
        let table = Tensor::f_from_slice(values)?.f_view([-1, COLUMNS as i64])?;
        Ok(Inputs::Table(table.f_to_kind(Kind::Float)?))
    };
    let (train, test) = values.split_at((TRAIN * COLUMNS).min(values.len()));
    let (train_labels, test_labels) = labels.split_at(TRAIN.min(labels.len()));
    Ok(Parts {
        classes: ('A'..='Z').map(String::from).collect(),
        train: Examples { inputs: table(train)?, labels: train_labels.to_vec() },
        test: Examples { inputs: table(test)?, labels: test_labels.to_vec() },
    })
}

fn banking(files: &[Bytes]) -> Result<Parts> {
    let classes = banking77::read_categories(files[2].name, &files[2].bytes)?;
    let split = |file: &Bytes| -> Result<Examples> {
        let (texts, labels) = banking77::read(file.name, &file.bytes, &classes)?;
        Ok(Examples { inputs: Inputs::Texts(texts), labels })
    };
    Ok(Parts { train: split(&files[0])?, test: split(&files[1])?, classes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(examples: &Examples, classes: usize) -> Vec<usize> {
        let mut counts = vec![0; classes];
        examples.labels.iter().for_each(|&label| counts[label as usize] += 1);
        counts
    }

    #[test]
    fn what_the_catalogue_says_is_so() {
        for entry in entries() {
            let dataset = load(entry.name).unwrap();
            assert_eq!(
                (dataset.train.len(), dataset.test.len()),
                (entry.train, entry.test),
                "{}",
                entry.name
            );
            assert_eq!(dataset.classes.len(), entry.classes, "{}", entry.name);
        }
        assert!(matches!(load("mnist"), Err(Error::UnknownDataset { .. })));
    }

    #[test]
    fn digits_are_the_official_ones() {
        let digits = load("optdigits").unwrap();
        assert_eq!(counts(&digits.train, 10), [376, 389, 380, 389, 387, 376, 377, 387, 380, 382]);
        assert_eq!(counts(&digits.test, 10), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        let Inputs::Images(images) = &digits.train.inputs else { panic!("images expected") };
        let first_row: Vec<u8> = Vec::try_from(images.pixels.get(0).get(0).get(0)).unwrap();
        assert_eq!(first_row, [0, 1, 6, 15, 12, 1, 0, 0]);
        assert_eq!(digits.fingerprint, "0741f497c06c2151199393a3aaf5735ec6cb027188a0340f6ae326b7d210cf19");
    }

    #[test]
    fn letters_are_the_official_ones() {
        let letters = load("letter").unwrap();
        let both: Vec<usize> = std::iter::zip(counts(&letters.train, 26), counts(&letters.test, 26))
            .map(|(train, test)| train + test)
            .collect();
        assert_eq!(both[..4], [789, 766, 736, 805]);
        assert_eq!(both[25], 734);
        assert_eq!(letters.classes[letters.train.labels[0] as usize], "T");
        let Inputs::Table(table) = &letters.train.inputs else { panic!("a table expected") };
        let first: Vec<f32> = Vec::try_from(table.get(0)).unwrap();
        assert_eq!(first[..4], [2.0, 8.0, 3.0, 5.0]);
    }

    #[test]
    fn intents_are_the_official_ones() {
        let banking = load("banking77").unwrap();
        assert_eq!(counts(&banking.test, 77), [40; 77]);
        let train = counts(&banking.train, 77);
        assert_eq!((train.iter().min(), train.iter().max()), (Some(&35), Some(&187)));
        let Inputs::Texts(texts) = &banking.train.inputs else { panic!("texts expected") };
        assert_eq!(texts[0], "I am still waiting on my card?");
        assert_eq!(banking.classes[banking.train.labels[0] as usize], "card_arrival");
        assert!(texts.iter().any(|text| text.contains('\n')), "quoted line feeds belong to the text");
    }

    /// The folder of original files, if this machine has it.
    fn originals() -> Option<std::path::PathBuf> {
        let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
        let folder =
            std::path::PathBuf::from(std::env::var("KD_TEST_DATA").unwrap_or_else(|_| default.to_owned()));
        folder.is_dir().then_some(folder)
    }

    #[test]
    #[allow(clippy::print_stderr)]
    fn embedded_bytes_equal_the_originals() {
        let Some(folder) = originals() else {
            eprintln!("skipped: no folder of original data sets; set KD_TEST_DATA to it");
            return;
        };
        for entry in entries() {
            for (name, compressed) in entry.files {
                let mut bytes = Vec::new();
                GzDecoder::new(*compressed).read_to_end(&mut bytes).unwrap();
                assert!(bytes == fs_err::read(folder.join(entry.name).join(name)).unwrap(), "{name}");
            }
        }
    }
}
