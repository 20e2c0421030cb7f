//! What predicts: a model of ours, or what was trained elsewhere.

use std::fmt;
use std::path::{Path, PathBuf};

use kd_models::Architecture;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::pretrained::Pretrained;

/// What predicts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Predictor {
    /// What was trained elsewhere.
    Pretrained(Pretrained),
    /// A model that is built here.
    Model(Architecture),
}

impl Predictor {
    /// The architecture of a model that is built here.
    #[must_use]
    pub fn architecture(&self) -> Option<&Architecture> {
        match self {
            Self::Model(architecture) => Some(architecture),
            Self::Pretrained(_) => None,
        }
    }

    pub(crate) fn files_mut(&mut self) -> Vec<&mut InputFile> {
        match self {
            Self::Pretrained(pretrained) => pretrained.files_mut(),
            Self::Model(_) => Vec::new(),
        }
    }
}

/// One line for people.
impl fmt::Display for Predictor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pretrained(pretrained) => pretrained.fmt(f),
            Self::Model(architecture) => architecture.fmt(f),
        }
    }
}

/// A file that a run reads. Its bytes are part of the run's identity, its place is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Where it is.
    #[serde(default, skip_serializing_if = "is_nowhere")]
    pub(crate) path: PathBuf,
    /// BLAKE3 of its bytes, in hexadecimal.
    hash: String,
}

fn is_nowhere(path: &Path) -> bool {
    path.as_os_str().is_empty()
}

impl InputFile {
    /// The file at `path` as it is now, and its bytes.
    pub(crate) fn open(path: PathBuf) -> Result<(Self, Vec<u8>)> {
        let bytes = fs_err::read(&path)?;
        Ok((Self { path, hash: blake3::hash(&bytes).to_hex().to_string() }, bytes))
    }

    /// Its bytes, if they are still those that the run was planned with.
    pub(crate) fn read(&self) -> Result<Vec<u8>> {
        let (now, bytes) = Self::open(self.path.clone())?;
        if now == *self { Ok(bytes) } else { Err(Error::FileChanged(self.path.clone())) }
    }
}

/// Its name; where it lies is nobody's business but its owner's.
impl fmt::Display for InputFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path.file_name().unwrap_or_default().to_string_lossy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::Scaling;

    #[test]
    fn a_model_is_written_as_its_architecture_alone() {
        let architecture: Architecture =
            serde_json::from_str(r#"{"mlp":{"hidden":[32],"dropout":0.25}}"#).unwrap();
        let json = serde_json::to_string(&architecture).unwrap();
        let model: Predictor = serde_json::from_str(&json).unwrap();
        assert_eq!(model, Predictor::Model(architecture));
        assert_eq!(serde_json::to_string(&model).unwrap(), json);
        let file = InputFile { path: PathBuf::new(), hash: "00".to_owned() };
        let script = Predictor::Pretrained(Pretrained::TorchScript { file, inputs: Scaling::AsRead });
        let json = serde_json::to_string(&script).unwrap();
        assert_eq!(json, r#"{"torch_script":{"file":{"hash":"00"},"inputs":"as_read"}}"#);
        assert_eq!(serde_json::from_str::<Predictor>(&json).unwrap(), script);
    }

    #[test]
    fn a_file_that_changed_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("teacher.pt");
        fs_err::write(&path, "a").unwrap();
        let (file, _) = InputFile::open(path.clone()).unwrap();
        assert_eq!(file.read().unwrap(), b"a");
        fs_err::write(&path, "b").unwrap();
        assert!(file.read().unwrap_err().to_string().contains("has changed since the study was planned"));
    }
}
