//! The examples that a run may use.

use kd_data::{Changed, Dataset, Encoding, Few, Source, catalogue};
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
    /// How many of them there are at all, in a small version of a study; all rows are counted among these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub few: Option<Few>,
}

impl DataSpec {
    /// Reads the examples.
    ///
    /// # Errors
    /// If they cannot be read, or are others than those that were planned with.
    pub(crate) fn load(&self) -> kd_data::Result<Dataset> {
        let dataset = match &self.source {
            Some(source) => source.load()?,
            None => catalogue::load(&self.name)?,
        };
        if dataset.fingerprint != self.fingerprint {
            return Err(Changed::Data(self.name.clone()).into());
        }
        match &self.few {
            Some(few) => dataset.few(few),
            None => Ok(dataset),
        }
    }

    /// The rows of the training split, as its files have them, that a run calls `rows`.
    #[must_use]
    pub fn train_rows(&self, rows: Vec<usize>) -> Vec<usize> {
        match &self.few {
            Some(few) => rows.into_iter().map(|row| few.train.row(row)).collect(),
            None => rows,
        }
    }

    /// The same of a row of the test split.
    #[must_use]
    pub fn test_row(&self, row: usize) -> usize {
        self.few.as_ref().map_or(row, |few| few.test.row(row))
    }
}
