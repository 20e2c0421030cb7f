//! What files of a results folder are called.

/// The study, as last run.
pub(super) const STUDY: &str = "study.toml";
/// How it was run.
pub(super) const INVOCATION: &str = "invocation.json";
/// Its runs, and all that a report says of it.
pub(super) const PLAN: &str = "plan.json";
/// Held while a study runs.
pub(super) const LOCK: &str = ".lock";

/// What was found where runs were compared with others.
pub(super) const COMPARISONS: &str = "comparisons";
/// A folder for each run.
pub(super) const RUNS: &str = "runs";
/// What is being written.
pub(super) const ATTEMPTS: &str = "attempts";
/// What worker processes wrote to standard error.
pub(super) const LOGS: &str = "logs";

/// The report, for a browser and for a repository.
pub(crate) const REPORT_HTML: &str = "report.html";
pub(crate) const REPORT_MARKDOWN: &str = "report.md";
/// The same as data.
pub(crate) const FINDINGS: &str = "findings.json";
/// A row for each run.
pub(crate) const RESULTS_PARQUET: &str = "results.parquet";
pub(crate) const RESULTS_CSV: &str = "results.csv";
/// How long each run took.
pub(crate) const TIMINGS: &str = "timings.csv";

/// What came of a run.
pub(super) const RECORD: &str = "record.json";
/// Training loss, gradient norm and validation score over the budget.
pub(crate) const HISTORY: &str = "history.csv";
/// What was fitted on a run's own samples.
pub(crate) const ENCODER: &str = "encoder.json";
/// The rows of those samples.
pub(crate) const SUBSET: &str = "subset.json";
/// The rows of samples without labels.
pub(crate) const UNLABELLED: &str = "unlabelled.json";
/// A model's weights.
pub(crate) const WEIGHTS: &str = "weights.safetensors";
/// What a run says of the test split and of its own samples.
pub(crate) const PREDICTIONS: &str = "predictions.safetensors";
/// What one that teaches says of every example.
pub(crate) const OUTPUTS: &str = "outputs.safetensors";
/// What a student's objective learnt.
pub(crate) const CRITERION: &str = "criterion.safetensors";
