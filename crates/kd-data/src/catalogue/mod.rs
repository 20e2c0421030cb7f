//! Data sets by name, with licence and citation. Three are part of the program; the others are read from a folder of
//! original files and held to their publishers' checksums where those are known. All that is known of them is written
//! in `catalogue.toml`.

mod checksum;
mod embedded;
mod file;
#[cfg(test)]
mod tests;
mod written;

use std::path::{Path, PathBuf};

pub use checksum::Checksum;
pub(crate) use file::{Archive, Kind, Published};
pub use file::{Condition, File};

use rayon::prelude::*;

use crate::error::{CatalogueError, Error, Result};
use crate::original::Original;
use crate::source::{Source, tabulate};
use crate::splits::Splits;
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
    class_names: Vec<&'static str>,
    /// How the examples are read; paths are those in the folder of data sets.
    data: Source,
}

/// Everything in the catalogue.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    written::ENTRIES.iter()
}

/// What the catalogue says of the data set of that name.
///
/// # Errors
/// If there is none.
pub fn entry(name: &str) -> Result<&'static Entry> {
    Ok(entries().find(|entry| entry.name == name).ok_or_else(|| CatalogueError::Unknown {
        name: name.to_owned(),
        known: entries().map(|entry| entry.name).collect(),
    })?)
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
        self.files.iter().all(|file| embedded::holds(file.path))
    }

    fn read(&self, folder: &Path) -> Result<Dataset> {
        if self.is_embedded() {
            let files = self.files.iter().map(|file| embedded::original(Path::new(file.path)));
            let fingerprint = fingerprint(&files.collect::<Result<Vec<_>>>()?);
            return Ok(Dataset { fingerprint, ..self.dataset(self.embedded_splits()?)? });
        }
        let checks: Vec<Result<()>> = self.files.par_iter().map(|file| self.check(file, folder)).collect();
        checks.into_iter().collect::<Result<()>>()?; // of several faults, always the first
        let mut data = self.data.clone().published();
        for path in data.paths_mut() {
            *path = folder.join(&*path);
        }
        self.dataset(data.splits()?)
    }

    fn embedded_splits(&self) -> Result<Splits> {
        let Source::Csv(csv) = &self.data else {
            return Err(Error::Source(format!(
                "`{}` is embedded, but no table of separated values",
                self.name
            )));
        };
        tabulate(&csv.columns, &csv.path, &csv.test, |path| csv.grid(&embedded::original(path)?))
    }

    fn dataset(&self, mut splits: Splits) -> Result<Dataset> {
        if !self.class_names.is_empty() {
            splits.classes = self.class_names.iter().map(|&name| name.to_owned()).collect();
        }
        splits.into_dataset(self.name.to_owned(), self.about())
    }

    /// Whether a file is there and what its publisher put out.
    fn check(&self, file: &File, folder: &Path) -> Result<()> {
        match file.condition(folder)? {
            Condition::Right | Condition::Unverified => Ok(()),
            Condition::Missing => Err(CatalogueError::NotThere {
                name: self.name,
                folder: folder.display().to_string(),
                file: file.path,
                address: self.address,
            })?,
            Condition::Wrong(reason) => Err(CatalogueError::Damaged {
                name: self.name,
                file: folder.join(file.path).display().to_string(),
                reason,
            })?,
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
