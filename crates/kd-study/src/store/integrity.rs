//! Whether what a run left is what was published: its record has a checksum of each of its files, and a seal on itself.

use std::collections::{BTreeMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use fs_err::File;
use serde_json::Value;

use super::Store;
use super::error::StoreError;
use super::layout::RECORD;
use super::record::RunRecord;
use crate::error::{Error, Result};
use crate::spec::RunId;

/// Files that this process has found to be as they were published, each with its checksum: none is read twice for that.
#[derive(Debug, Clone, Default)]
pub(super) struct Verified(Arc<Mutex<HashSet<(PathBuf, String)>>>);

impl Store {
    /// Whether a published run was published with this file, be it still there or not.
    ///
    /// # Errors
    /// If its record is there but cannot be read.
    pub fn keeps(&self, run: &RunId, name: &str) -> Result<bool> {
        let listed = self.record(run)?.is_some_and(|record| record.files.contains_key(name));
        Ok(listed || self.run_path(run).join(name).is_file())
    }

    /// The path of a run's file, once it is sure that the file is what was published. Nothing is known of the files of
    /// runs that were published before there were checksums.
    ///
    /// # Errors
    /// If the run has not published the file, or it has been damaged since.
    pub fn verified(&self, run: &RunId, name: &str) -> Result<PathBuf> {
        let path = self.run_path(run).join(name);
        let missing = |problem: &str| {
            Error::from(StoreError::Record { path: path.clone(), problem: problem.to_owned() })
        };
        let Some(record) = self.record(run)? else {
            return Err(missing("its run has not been published"));
        };
        if record.files.is_empty() && record.seal.is_none() {
            return Ok(path);
        }
        let Some(expected) = record.files.get(name) else {
            return Err(missing("its run has published no such file"));
        };
        self.verified.check(&path, expected)?;
        Ok(path)
    }
}

impl Verified {
    /// That the file at `path` has the checksum that is `expected`.
    fn check(&self, path: &Path, expected: &str) -> Result<()> {
        let found = (path.to_owned(), expected.to_owned());
        // What is in the set is right, even if a thread died with it in hand.
        let is_known = self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&found);
        if !is_known {
            check(path, path, expected)?;
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(found);
        }
        Ok(())
    }
}

impl RunRecord {
    /// This record of the run whose other files are in `folder`, with their checksums, and sealed.
    pub(super) fn sealed(&self, folder: &Path) -> Result<Self> {
        let files = checksums(folder)?;
        let mut record = Self { files, seal: None, ..self.clone() };
        record.seal = Some(seal_of(&serde_json::to_vec(&record)?)?);
        Ok(record)
    }

    /// The record in `bytes`, which are those of `path`, if its seal is whole.
    pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Self> {
        let damaged = |problem: String| StoreError::Record { path: path.to_owned(), problem };
        let record: Self = serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        let is_whole = match &record.seal {
            Some(seal) => seal_of(bytes)? == *seal,
            // Records of before there were seals have no checksums either.
            None => record.files.is_empty(),
        };
        if is_whole {
            Ok(record)
        } else {
            Err(damaged("its seal is broken: it is not what was published".to_owned()).into())
        }
    }
}

/// The seal on a record, which is this JSON: BLAKE3 of all that it says but for the seal, whatever the order, and also
/// of what this program does not know.
fn seal_of(record: &[u8]) -> Result<String> {
    let mut said: Value = serde_json::from_slice(record)?;
    if let Some(said) = said.as_object_mut() {
        said.remove("seal");
    }
    said.sort_all_objects();
    Ok(blake3::hash(&serde_json::to_vec(&said)?).to_hex().to_string())
}

/// The checksums of the files in `folder`, but for the record, by name.
fn checksums(folder: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != RECORD {
            files.insert(name, checksum(&entry.path())?);
        }
    }
    Ok(files)
}

/// Copies the files of a run from its folder to another, and holds the copies to its record. Linux shares their blocks
/// where the file system can.
pub(super) fn copy(record: &RunRecord, folder: &Path, to: &Path) -> Result<()> {
    for (name, expected) in &record.files {
        let (from, to) = (folder.join(name), to.join(name));
        if !from.exists() {
            return Err(gone(&from).into());
        }
        fs_err::copy(&from, &to)?;
        check(&to, &from, expected)?;
    }
    Ok(())
}

/// That the file at `path` has the checksum `expected`. What is wrong with it is wrong with `of`, whose copy it may be.
fn check(path: &Path, of: &Path, expected: &str) -> Result<()> {
    let found = checksum(path).map_err(|error| match error {
        Error::Io(error) if error.kind() == ErrorKind::NotFound => gone(of).into(),
        other => other,
    })?;
    if found == expected {
        return Ok(());
    }
    Err(StoreError::Damaged { path: of.to_owned(), expected: expected.to_owned(), found }.into())
}

/// That a file is not there which has been published.
fn gone(path: &Path) -> StoreError {
    StoreError::Record { path: path.to_owned(), problem: "the file is gone".to_owned() }
}

/// BLAKE3 of a file, in hexadecimal.
fn checksum(path: &Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}
