//! What a report says about a study and its tasks.

use serde::{Deserialize, Serialize};

/// What a report says about a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StudyInfo {
    /// Name.
    pub name: String,
    /// The question in words; may be empty.
    pub question: String,
    /// Seeds of the replicates.
    pub seeds: Vec<u64>,
    /// Level of intervals, such as 0.95.
    pub confidence: f64,
    /// Largest difference in accuracy that counts as none.
    pub margin: f64,
    /// Which accuracy is analysed.
    pub score: Score,
    /// Tasks, in the order in which they are reported.
    pub tasks: Vec<TaskInfo>,
    /// What to type for these results.
    pub command: String,
    /// Versions and hashes, name and value.
    pub provenance: Vec<(String, String)>,
    /// Runs that the study takes.
    pub planned_runs: u64,
}

/// Which accuracy on the test split is analysed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// After the last step.
    LastStep,
    /// Of the weights that were best on the validation split.
    ValidationBest,
}

/// What a report says about a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskInfo {
    /// Name.
    pub name: String,
    /// Name of the data set.
    pub title: String,
    /// Vision, tabular or text.
    pub modality: String,
    /// What is scored, such as "accuracy".
    pub score: String,
    /// Number of classes; 0 where numbers are predicted.
    pub classes: u64,
    /// Size of the test split.
    pub test_examples: u64,
    /// Licence of the data.
    pub licence: String,
    /// Whom to cite.
    pub citation: String,
    /// Teacher, in a line.
    pub teacher: String,
    /// Student, in a line.
    pub student: String,
    /// The student's budget, in a line.
    pub budget: String,
    /// How samples are drawn.
    pub sampling: String,
    /// Every M that the study asks for, ascending. Claims over the curve are made over all of them.
    pub samples: Vec<u64>,
}
