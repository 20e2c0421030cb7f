//! What files of a results folder are called.

/// The study, as last run.
pub(super) const STUDY: &str = "study.toml";
/// How it was run.
pub(super) const INVOCATION: &str = "invocation.json";
/// Its runs, and all that a report says of it.
pub(super) const PLAN: &str = "plan.json";
/// Held while a study runs.
pub(super) const LOCK: &str = ".lock";

/// What came of a run.
pub(super) const RECORD: &str = "record.json";
/// Training loss, gradient norm and validation score over the budget.
pub(crate) const HISTORY: &str = "history.csv";
/// What was fitted on a run's own samples.
pub(crate) const ENCODER: &str = "encoder.json";
/// The rows of those samples.
pub(crate) const SUBSET: &str = "subset.json";
/// A model's weights.
pub(crate) const WEIGHTS: &str = "weights.safetensors";
/// What a teacher says of every example.
pub(crate) const OUTPUTS: &str = "outputs.safetensors";
/// What a student's objective learnt.
pub(crate) const CRITERION: &str = "criterion.safetensors";
