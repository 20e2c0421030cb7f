//! Files that are known by their bytes: a hash is noted when a study is planned, and another file refused afterwards.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Changed, Result};

/// A file that a run reads. Its bytes are part of the run's identity, its place is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Where it is.
    #[serde(default, skip_serializing_if = "is_nowhere")]
    pub path: PathBuf,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub hash: String,
}

fn is_nowhere(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

impl InputFile {
    /// The file at `path` as it is now, and its bytes.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn open(path: PathBuf) -> Result<(Self, Vec<u8>)> {
        let bytes = fs_err::read(&path)?;
        Ok((Self { path, hash: hash(&bytes) }, bytes))
    }

    /// Its bytes, if they are still those that the run was planned with.
    ///
    /// # Errors
    /// [`Changed`] if they are not; or if it cannot be read.
    pub fn read(&self) -> Result<Vec<u8>> {
        let (now, bytes) = Self::open(self.path.clone())?;
        if now == *self { Ok(bytes) } else { Err(Changed::File(self.path.clone()).into()) }
    }
}

/// Its name; where it lies is nobody's business but its owner's.
impl fmt::Display for InputFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path.file_name().unwrap_or_default().to_string_lossy())
    }
}

/// BLAKE3 of `bytes`, in hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("teacher.pt");
        fs_err::write(&path, "a").unwrap();
        let (file, _) = InputFile::open(path.clone()).unwrap();
        assert_eq!(file.read().unwrap(), b"a");
        assert_eq!(file.hash, "17762fddd969a453925d65717ac3eea21320b66b54342fde15128d6caf21215f");
        fs_err::write(&path, "b").unwrap();
        assert!(file.read().unwrap_err().to_string().contains("has changed since the study was planned"));
    }
}
