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

    /// Adds the record, sealed anew, and puts all of it in the place of what was published before. At every moment one of
    /// both is there, but for an instant on file systems that cannot exchange folders.
    ///
    /// # Errors
    /// If something cannot be written; what was published before is there then.
    pub fn replace(self, record: &RunRecord) -> Result<RunRecord> {
        let record = record.sealed(self.path())?;
        fs_err::write(self.path().join(RECORD), serde_json::to_vec_pretty(&record)?)?;
        self.sync()?;
        // What is exchanged is this attempt from then on, and cleared away with it.
        if exchange(self.path(), &self.target).is_err() {
            let before = Claim::new(&self.attempts, "before")?;
            fs_err::rename(&self.target, before.path())?;
            if let Err(error) = fs_err::rename(self.path(), &self.target) {
                fs_err::rename(before.path(), &self.target)?;
                return Err(error.into());
            }
        }
        self.sync_parent()?;
        Ok(record)
    }

    pub(super) fn publish_files(self) -> Result<()> {
        self.sync()?;
        if let Err(error) = fs_err::rename(self.path(), &self.target) {
            if self.target.join(RECORD).is_file() {
                return Ok(());
            }
            // A folder without a record has been damaged and is of use to nobody.
            let grave = Claim::new(&self.attempts, "damaged")?;
            fs_err::rename(&self.target, grave.path()).map_err(|_| error)?;
            fs_err::rename(self.path(), &self.target)?;
        }
        self.sync_parent()
    }

    /// Sees to it that all that has been written is on disk.
    fn sync(&self) -> Result<()> {
        for entry in fs_err::read_dir(self.path())? {
            File::open(entry?.path())?.sync_all()?;
        }
        Ok(File::open(self.path())?.sync_all()?)
    }

    fn sync_parent(&self) -> Result<()> {
        match self.target.parent() {
            Some(parent) => Ok(File::open(parent)?.sync_all()?),
            None => Ok(()),
        }
    }
}

/// Has two folders change their names, at once.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
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

    #[test]
    fn folders_are_exchanged_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        assert!(exchange(&one, &other).is_err());
        for path in [&one, &other] {
            fs_err::create_dir(path).unwrap();
            fs_err::write(path.join("file"), path.display().to_string()).unwrap();
        }
        if exchange(&one, &other).is_ok() {
            assert_eq!(fs_err::read_to_string(one.join("file")).unwrap(), other.display().to_string());
        }
    }
}
