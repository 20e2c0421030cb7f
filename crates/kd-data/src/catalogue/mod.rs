//! Data sets by name, with licence and citation. Three are part of the program; the others are read from a folder of
//! original files and held to their publishers' checksums where those are known.

mod checksum;
mod embedded;
mod file;
mod folder;
mod vision;

use std::path::{Path, PathBuf};

pub use checksum::Checksum;
pub(crate) use file::{Archive, Kind, Published};
pub use file::{Condition, File};

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::format::original::Original;
use crate::source::{Source, Splits};
use crate::{About, Dataset, Modality, Task};

/// What the catalogue says of a data set without reading it.
#[derive(Debug)]
pub struct Entry {
    /// What study files call it.
    pub name: &'static str,
    /// Full name.
    pub title: &'static str,
    /// Kind of input.
    pub modality: Modality,
    /// What is to be predicted.
    pub task: Task,
    /// Size of the training split; of a text, in blocks.
    pub train: usize,
    /// Size of the official validation split; 0 if there is none.
    pub validation: usize,
    /// Size of the test split.
    pub test: usize,
    /// Number of classes, or of a language model's tokens; 0 for numbers.
    pub classes: usize,
    /// Licence of the data.
    pub licence: &'static str,
    /// Whom to cite.
    pub citation: &'static str,
    /// Where to read about it.
    pub address: &'static str,
    /// The original files (or folders of files).
    pub files: &'static [File],
    /// Names of the classes, where the files number them.
    class_names: &'static [&'static str],
    origin: Origin,
}

#[derive(Debug)]
enum Origin {
    Embedded(fn(&[Original]) -> Result<Splits>),
    Folder(fn(&[&Path]) -> Source),
}

/// Everything in the catalogue.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    embedded::ENTRIES.iter().chain(&folder::ENTRIES).chain(&vision::ENTRIES)
}

/// What the catalogue says of the data set of that name.
///
/// # Errors
/// If there is none.
pub fn entry(name: &str) -> Result<&'static Entry> {
    entries().find(|entry| entry.name == name).ok_or_else(|| Error::UnknownDataset {
        name: name.to_owned(),
        known: entries().map(|entry| entry.name).collect(),
    })
}

/// The folder of data sets where none is named: that in the environment variable `KD_DATA`, or `data`.
#[must_use]
pub fn default_folder() -> PathBuf {
    std::env::var_os("KD_DATA").map_or_else(|| PathBuf::from("data"), PathBuf::from)
}

/// The data set of that name; one that is not embedded, from the [`default_folder`].
///
/// # Errors
/// If there is none, its files are not there, or their bytes are damaged.
pub fn load(name: &str) -> Result<Dataset> {
    load_from(name, &default_folder())
}

/// The data set of that name; one that is not embedded, from `folder`.
///
/// # Errors
/// If there is none, its files are not there, or their bytes are damaged.
pub fn load_from(name: &str, folder: &Path) -> Result<Dataset> {
    entry(name)?.read(folder)
}

impl Entry {
    /// Whether it is part of the program.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        matches!(self.origin, Origin::Embedded(_))
    }

    fn read(&self, folder: &Path) -> Result<Dataset> {
        match self.origin {
            Origin::Embedded(read) => {
                let files = self.files.iter().map(File::original).collect::<Result<Vec<_>>>()?;
                let dataset = read(&files)?.into_dataset(self.name.to_owned(), self.about())?;
                Ok(Dataset { fingerprint: fingerprint(&files), ..dataset })
            }
            Origin::Folder(source) => {
                let paths: Vec<PathBuf> = self.files.iter().map(|file| folder.join(file.path)).collect();
                let checks: Vec<Result<()>> =
                    self.files.par_iter().map(|file| self.check(file, folder)).collect();
                checks.into_iter().collect::<Result<()>>()?; // of several faults, always the first
                let paths: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
                let mut splits = source(&paths).splits()?;
                if !self.class_names.is_empty() {
                    splits.classes = self.class_names.iter().map(|&name| name.to_owned()).collect();
                }
                splits.into_dataset(self.name.to_owned(), self.about())
            }
        }
    }

    /// Whether a file is there and what its publisher put out.
    fn check(&self, file: &File, folder: &Path) -> Result<()> {
        match file.condition(folder)? {
            Condition::Right | Condition::Unverified => Ok(()),
            Condition::Missing => Err(Error::NotThere {
                name: self.name,
                folder: folder.display().to_string(),
                file: file.path,
                address: self.address,
            }),
            Condition::Wrong(reason) => Err(Error::File {
                file: folder.join(file.path).display().to_string(),
                problem: format!(
                    "is damaged or not the official file: {reason}; `kd data fetch {}` replaces it",
                    self.name
                ),
            }),
        }
    }

    fn about(&self) -> About {
        About {
            title: self.title.to_owned(),
            licence: self.licence.to_owned(),
            citation: self.citation.to_owned(),
            address: self.address.to_owned(),
        }
    }
}

/// Over names and bytes of all files.
fn fingerprint(files: &[Original]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("kd data set 1");
    for Original { name, bytes } in files {
        hasher.update(name.as_bytes());
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Examples, Inputs};

    fn counts(examples: &Examples, classes: usize) -> Vec<usize> {
        let mut counts = vec![0; classes];
        examples.labels().unwrap().iter().for_each(|&label| counts[label as usize] += 1);
        counts
    }

    #[test]
    fn what_the_catalogue_says_is_so() {
        for entry in entries().filter(|entry| entry.is_embedded()) {
            let dataset = load(entry.name).unwrap();
            assert_eq!(
                (dataset.train.len(), dataset.test.len()),
                (entry.train, entry.test),
                "{}",
                entry.name
            );
            assert_eq!(dataset.classes.len(), entry.classes, "{}", entry.name);
        }
        assert!(matches!(load("mnits"), Err(Error::UnknownDataset { .. })));
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
        assert_eq!(letters.classes[letters.train.labels().unwrap()[0] as usize], "T");
        let Inputs::Table(table) = &letters.train.inputs else { panic!("a table expected") };
        let first: Vec<f32> = Vec::try_from(table.numbers.get(0)).unwrap();
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
        assert_eq!(banking.classes[banking.train.labels().unwrap()[0] as usize], "card_arrival");
        assert!(texts.iter().any(|text| text.contains('\n')), "quoted line feeds belong to the text");
    }

    /// The folder of original files, if this machine has it.
    #[allow(clippy::print_stderr)]
    fn originals() -> Option<PathBuf> {
        let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
        let folder = PathBuf::from(std::env::var("KD_DATA").unwrap_or_else(|_| default.to_owned()));
        if !folder.is_dir() {
            eprintln!("skipped: no folder of original data sets; set KD_DATA to it");
            return None;
        }
        Some(folder)
    }

    #[test]
    fn embedded_bytes_equal_the_originals() {
        let Some(folder) = originals() else { return };
        for file in embedded::ENTRIES.iter().flat_map(|entry| entry.files) {
            let original = fs_err::read(folder.join(file.path)).unwrap();
            assert!(file.original().unwrap().bytes == original, "{}", file.path);
        }
    }
}
