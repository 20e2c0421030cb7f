//! A run as the table reads it.

use serde::Serialize;
use serde_json::Value;

use crate::error::Result;
use crate::place::Place;
use crate::role::Role;
use crate::study::TaskInfo;
use crate::table::row::RunRow;

/// A run, its place in a study and what is known of it: all that a row is made of. Columns find their values in its JSON.
#[derive(Debug, Serialize)]
pub struct RunDocument<'a> {
    /// Id, in hexadecimal.
    pub run: &'a str,
    /// Where it stands.
    pub place: &'a Place,
    /// What its arm is for.
    pub role: &'a Role,
    /// N, if it is that of all for which the run stands.
    pub teacher_samples: Option<u64>,
    /// Its task, where something is known of it.
    pub task: Option<&'a TaskInfo>,
    /// What was stored of it: at least `outcome`, `{"finished": {...}}` or `{"failed": {"reason": "..."}}`.
    pub record: Value,
    /// How like its teacher it is, `{"test": {...}, "train": {...}}`; null where that is not known. Records of before have
    /// it among the measures.
    pub fidelity: Value,
    /// Where training took its representation; null where that was not measured. Records of before have it among the
    /// measures.
    pub representation: Value,
    /// How far its classes have collapsed to points; null where that was not measured.
    pub collapse: Value,
    /// How it does with other biases of classes; null where none are asked for.
    pub shifted: Value,
}

impl RunDocument<'_> {
    /// The run's row.
    ///
    /// # Errors
    /// If it has no outcome.
    pub fn row(&self) -> Result<RunRow> {
        RunRow::of(&serde_json::to_value(self)?)
    }
}
