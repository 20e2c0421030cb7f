//! The results schema: one row for each run of a study.

use serde::{Deserialize, Serialize};

/// One run. Accuracies are fractions; what does not apply, or was not reached, is absent. By default nothing is
/// measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunRow {
    /// Id, in hexadecimal.
    pub run: String,
    /// Task.
    pub task: String,
    /// Arm; `teacher` for teachers.
    pub arm: String,
    /// The arm's place in the argument.
    pub role: Role,
    /// For a control: the distilled arm that differs from it by full supervision only.
    pub control_of: Option<String>,
    /// Id of the teacher's run.
    pub teacher: Option<String>,
    /// M; N for teachers.
    pub samples: u64,
    /// N.
    pub teacher_samples: u64,
    /// Seed of the replicate.
    pub seed: u64,
    /// Whether it trained to the end.
    pub outcome: Outcome,
    /// Why it failed.
    pub reason: Option<String>,
    /// Test accuracy after the last step, of classes or next tokens.
    pub test_accuracy: Option<f64>,
    /// Share of the variance of test targets that predicted numbers explain, after the last step.
    pub test_r2: Option<f64>,
    /// Root of the mean squared error on the test split, in the target's unit.
    pub test_rmse: Option<f64>,
    /// Mean absolute error on the test split, in the target's unit.
    pub test_mae: Option<f64>,
    /// Test score, which is accuracy or R², of the weights that were best on the validation split.
    pub test_score_at_best: Option<f64>,
    /// Validation score after the last step.
    pub validation_score: Option<f64>,
    /// Score on the run's own samples.
    pub train_score: Option<f64>,
    /// Negative log-likelihood on the test split, in nats.
    pub test_nll: Option<f64>,
    /// Expected calibration error on the test split.
    pub test_ece: Option<f64>,
    /// Mean over classes of the accuracy on their test examples.
    pub test_balanced_accuracy: Option<f64>,
    /// Mean over classes of F1 on the test split.
    pub test_macro_f1: Option<f64>,
    /// Brier score on the test split, summed over classes.
    pub test_brier: Option<f64>,
    /// Mean entropy of the predictions on the test split, in nats.
    pub test_entropy: Option<f64>,
    /// Share of test examples on which the teacher has the same top class.
    pub test_agreement: Option<f64>,
    /// The same on the run's own samples.
    pub train_agreement: Option<f64>,
    /// Mean Hellinger distance to the teacher on the test split.
    pub test_hellinger: Option<f64>,
    /// Mean KL divergence from the teacher on the test split, in nats.
    pub test_kl: Option<f64>,
    /// Mean total variation to the teacher on the test split.
    pub test_total_variation: Option<f64>,
    /// Slope of the student's log-odds of the teacher's top class against the teacher's own, on the test split.
    pub exaggeration_slope: Option<f64>,
    /// Updates made.
    pub steps: u64,
    /// Mean training loss over the last tenth of the budget.
    pub final_loss: Option<f64>,
    /// Fall of the loss over the last tenth, as a share of its whole fall.
    pub loss_slope: Option<f64>,
    /// Whether that is next to nothing.
    pub converged: Option<bool>,
    /// Trainable numbers.
    pub parameters: u64,
    /// Linear CKA of the last feature and the teacher's on test examples, by the unbiased estimator.
    pub test_cka_to_teacher: Option<f64>,
    /// The same to the run's own feature before training.
    pub test_cka_to_start: Option<f64>,
    /// Cosine between the last feature and that before training on test examples.
    pub test_feature_alignment_to_start: Option<f64>,
    /// Centred alignment of the empirical tangent kernel and the teacher's on test examples, by the unbiased estimator.
    pub test_ntk_alignment_to_teacher: Option<f64>,
    /// The same to the run's own kernel before training.
    pub test_ntk_alignment_to_start: Option<f64>,
    /// Euclidean distance of the weights from those before training.
    pub weight_distance_to_start: Option<f64>,
}

/// An arm's place in the argument, in the order in which reports list them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The supervising model itself.
    Teacher,
    /// Training on labels: what everything is compared with.
    Labels,
    /// Training on the teacher's full signal.
    Distilled,
    /// Smoothed labels: a control without a teacher.
    LabelSmoothing,
    /// The teacher's confidence alone: a control.
    EntropyMatched,
    /// The teacher's wrong classes shuffled: a control.
    Permuted,
    /// Anything else.
    #[default]
    Other,
}

/// Whether a run trained to the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did.
    Finished,
    /// It did not.
    #[default]
    Failed,
}

/// How long a run took. Kept apart from [`RunRow`], so that two runs of a study give the same table, byte for byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Id, in hexadecimal.
    pub run: String,
    /// Wall-clock seconds.
    pub seconds: f64,
}

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

impl RunRow {
    /// The accuracy, or R², that is analysed; none for a run that failed.
    #[must_use]
    pub fn score(&self, score: Score) -> Option<f64> {
        match score {
            Score::LastStep => self.test_accuracy.or(self.test_r2),
            Score::ValidationBest => self.test_score_at_best,
        }
    }
}
