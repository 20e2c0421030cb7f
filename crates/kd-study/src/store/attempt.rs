//! A run being written: private until one rename publishes it.

use std::path::{Path, PathBuf};

use fs_err::File;

use super::claim::Claim;
use super::layout::RECORD;
use super::record::RunRecord;
use crate::error::Result;

/// A run being written.
#[derive(Debug)]
pub struct Attempt {
    claim: Claim,
    attempts: PathBuf,
    target: PathBuf,
}

impl Attempt {
    /// A private folder in `attempts`, which becomes `target`.
    pub(super) fn new(attempts: &Path, name: &str, target: PathBuf) -> Result<Self> {
        let claim = Claim::new(attempts, name)?;
        fs_err::create_dir(claim.path())?;
        Ok(Self { claim, attempts: attempts.to_owned(), target })
    }

    /// Where to write the run's files.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.claim.path()
    }

    /// Adds the record, sealed and with the checksums of all other files, and publishes all of it at once.
    ///
    /// # Errors
    /// If something cannot be written; nothing is published then.
    pub fn publish(self, record: &RunRecord) -> Result<RunRecord> {
        let record = record.sealed(self.path())?;
        fs_err::write(self.path().join(RECORD), serde_json::to_vec_pretty(&record)?)?;
        self.publish_files()?;
        Ok(record)
    }

    pub(super) fn publish_files(self) -> Result<()> {
        for entry in fs_err::read_dir(self.path())? {
            File::open(entry?.path())?.sync_all()?;
        }
        File::open(self.path())?.sync_all()?;
        if let Err(error) = fs_err::rename(self.path(), &self.target) {
            if self.target.join(RECORD).is_file() {
                return Ok(());
            }
            // A folder without a record has been damaged and is of use to nobody.
            let grave = Claim::new(&self.attempts, "damaged")?;
            fs_err::rename(&self.target, grave.path()).map_err(|_| error)?;
            fs_err::rename(self.path(), &self.target)?;
        }
        if let Some(parent) = self.target.parent() {
            File::open(parent)?.sync_all()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_run_gives_way() {
        let folder = tempfile::tempdir().unwrap();
        let damaged = folder.path().join("run");
        fs_err::create_dir_all(&damaged).unwrap();
        fs_err::write(damaged.join("history.csv"), "").unwrap();
        let attempt = Attempt::new(folder.path(), "run", damaged.clone()).unwrap();
        fs_err::write(attempt.path().join("weights.safetensors"), "").unwrap();
        attempt.publish_files().unwrap();
        assert!(damaged.join("weights.safetensors").is_file() && !damaged.join("history.csv").exists());
    }
}
