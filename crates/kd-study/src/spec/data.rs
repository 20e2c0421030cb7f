//! The examples that a run may use.

use kd_data::{Dataset, Encoding, Source, catalogue};
use serde::{Deserialize, Serialize};

use super::validation::Validation;

/// The examples a run may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataSpec {
    /// Where they are. Not part of a run's identity: what they are is told by name and fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Name of the data set.
    pub name: String,
    /// Hash of the bytes.
    pub fingerprint: String,
    /// Which of them are for validation.
    pub validation: Validation,
    /// How texts become token ids, and the columns of a table what a model reads.
    pub encoding: Encoding,
}

impl DataSpec {
    /// Reads the examples.
    pub(crate) fn load(&self) -> kd_data::Result<Dataset> {
        match &self.source {
            Some(source) => source.load(),
            None => catalogue::load(&self.name),
        }
    }
}
