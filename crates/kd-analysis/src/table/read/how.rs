//! What is asked of a table, and what it holds.

use crate::study::StudyInfo;
use crate::table::RunRow;

/// How a table is to be read, where its columns and arms do not say it themselves.
#[derive(Debug, Clone, Default)]
pub struct How {
    /// The arm that is trained on labels.
    pub labels: Option<String>,
    /// Arms that are trained on the teacher's full signal, the one that leads the report first.
    pub distilled: Vec<String>,
    /// Controls, `KIND=ARM`, or `KIND=ARM:OF` with the distilled arm that it is a control of.
    pub controls: Vec<String>,
    /// N, where no column has it.
    pub teacher_samples: Option<u64>,
    /// Columns that are factors, `NAME`, or `NAME=KIND` with `task`, `arm` or `tuned` for what its levels set apart.
    pub factors: Vec<String>,
    /// Columns of another name than ours, `OURS=THEIRS`.
    pub columns: Vec<String>,
    /// The column that is analysed instead of accuracy or R².
    pub metric: Option<String>,
    /// Whether shares are written in per cent.
    pub percent: bool,
    /// What was typed.
    pub command: String,
}

/// What a table holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Brought {
    /// What can be said of the study: nothing that the table does not say.
    pub study: StudyInfo,
    /// A row for each run.
    pub rows: Vec<RunRow>,
    /// How the table was understood, and what of it was left out, in sentences.
    pub notes: Vec<String>,
}
