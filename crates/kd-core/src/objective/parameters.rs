//! What can be set of each objective. A field added later is left out of the canonical form at its default, so that
//! the identity of earlier runs stays.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Objective;
use crate::feature::FeatureLoss;
use crate::loss::{Selection, Spread};
use crate::parameter::{Epsilon, Factor, Positive, Probability, Temperature, Weight};
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

/// Cross-entropy with the labels: training without a teacher.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossEntropy {
    /// Divides the logits first; 1 if left out. A temperature on labels alone tells whether T helps by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<Scheduled<Temperature>>,
}

/// Cross-entropy with smoothed labels: the teacher-free control (Szegedy et al. 2016).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelSmoothing {
    /// Probability taken from the true class.
    pub epsilon: Epsilon,
    /// Which classes get it.
    #[serde(default)]
    pub spread: Spread,
}

/// `w · CE(y) + (1 - w) · KL(virtual teacher ‖ student)`, w being `label_weight` (Yuan et al. 2020).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VirtualTeacher {
    /// What the virtual teacher puts on the true class.
    #[serde(default = "almost_certain")]
    pub probability: Probability,
    /// T of its softmax over those probabilities; the student's stays 1.
    #[serde(default = "twenty")]
    pub temperature: Scheduled<Temperature>,
    /// Weight of the labels; 0 is the virtual teacher alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
}

/// `w · CE(y) + (1 - w) · T² · KL(teacher ‖ student)`, w being `label_weight` (Hinton et al. 2015).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Distillation {
    /// T, for teacher and student.
    pub temperature: Scheduled<Temperature>,
    /// Weight of the labels; 0 is the teacher alone, 1 is labels alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// What is done to the teacher's logits first.
    #[serde(default)]
    pub supervision: Supervision,
    /// Another T for the teacher; that of the student if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher_temperature: Option<Temperature>,
    /// Whether each row of logits is first brought to mean 0 and deviation 1 (Sun et al. 2024).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub standardise: bool,
}

/// `w · CE(y) - (1 - w) · T² · Σ p_teacher log p_student`, w being `label_weight`: distillation's gradient, another
/// value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SoftCrossEntropy {
    /// T, for teacher and student.
    pub temperature: Scheduled<Temperature>,
    /// Weight of the labels; 0 is the teacher alone, 1 is labels alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// What is done to the teacher's logits first.
    #[serde(default)]
    pub supervision: Supervision,
}

/// `w · CE(y) + (1 - w) · T² · KL(student ‖ teacher)`, w being `label_weight` (Gu et al. 2024).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReverseKl {
    /// T, for teacher and student.
    pub temperature: Scheduled<Temperature>,
    /// Weight of the labels; 0 is the teacher alone, 1 is labels alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// What is done to the teacher's logits first.
    #[serde(default)]
    pub supervision: Supervision,
}

/// `w · CE(y) + (1 - w) · T² · JS_β(teacher, student)`, w being `label_weight` (Agarwal et al. 2024).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JensenShannon {
    /// T, for teacher and student.
    pub temperature: Scheduled<Temperature>,
    /// β, the teacher's share of the mixture; towards 0 it acts like forward KL, towards 1 like reverse KL.
    #[serde(default = "half")]
    pub beta: Probability,
    /// Weight of the labels; 0 is the teacher alone, 1 is labels alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// What is done to the teacher's logits first.
    #[serde(default)]
    pub supervision: Supervision,
}

/// `w · CE(y) + (1 - w) · MSE(logits)`, w being `label_weight` (Ba & Caruana 2014).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogitMse {
    /// Weight of the labels; 0 is the teacher alone, 1 is labels alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// What is done to the teacher's logits first.
    #[serde(default)]
    pub supervision: Supervision,
    /// Which of the teacher's logits are to be met: `"all"`, `"centred"`, `top = k`,
    /// `top_and_bottom = k` or `random = k`.
    #[serde(default, skip_serializing_if = "is_all")]
    pub selection: Selection,
}

/// `w · CE(y) + (1 - w) · (α · TCKD + β · NCKD)`, w being `label_weight` (DKD, Zhao et al. 2022).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decoupled {
    /// T, for teacher and student.
    pub temperature: Scheduled<Temperature>,
    /// α, how much the label against the rest counts.
    #[serde(default)]
    pub target_factor: Factor,
    /// β, how much the other classes count.
    #[serde(default = "eight")]
    pub others_factor: Factor,
    /// Weight of the labels; 0 is the teacher alone, 1 is labels alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// What is done to the teacher's logits first.
    #[serde(default)]
    pub supervision: Supervision,
}

/// `w · CE(y) + (1 - w) · NKD`, w being `label_weight` (Yang et al. 2023).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Normalised {
    /// T, for teacher and student.
    pub temperature: Scheduled<Temperature>,
    /// γ, how much the other classes count.
    #[serde(default = "one_and_a_half")]
    pub gamma: Factor,
    /// Weight of the labels; 0 is the teacher alone, 1 is labels alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// What is done to the teacher's logits first.
    #[serde(default)]
    pub supervision: Supervision,
}

/// `w · CE(y) + (1 - w) · (β · inter + γ · intra)`, w being `label_weight` (DIST, Huang et al. 2022).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dist {
    /// T, for teacher and student.
    pub temperature: Scheduled<Temperature>,
    /// β, how much the correlation along classes counts.
    #[serde(default)]
    pub inter_factor: Factor,
    /// γ, how much the correlation along the batch counts.
    #[serde(default)]
    pub intra_factor: Factor,
    /// Weight of the labels; 0 is the teacher alone, 1 is labels alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// What is done to the teacher's logits first.
    #[serde(default)]
    pub supervision: Supervision,
}

/// `w · CE(y) + (1 - w) · (T² · KL + Gram matrices)`, w being `label_weight` (Jin et al. 2023).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MultiLevel {
    /// T, for teacher and student.
    pub temperature: Scheduled<Temperature>,
    /// Weight of the labels; 0 is the teacher alone, 1 is labels alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// What is done to the teacher's logits first.
    #[serde(default)]
    pub supervision: Supervision,
}

/// Cross-entropy with the labels, examples weighted by the teacher's confidence (CWTM, Furlanello et al. 2018).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfidenceWeighted {}

/// Mean squared error with the targets of a regression: training without a teacher.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SquaredError {}

/// Huber's loss with the targets of a regression: training without a teacher, less moved by outliers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Huber {
    /// δ, the error up to which it is squared, in standard deviations of the training targets.
    #[serde(default)]
    pub delta: Positive,
}

/// `w · L(target) + (1 - w) · L(teacher's prediction)`, w being `label_weight` and L the squared error or Huber's loss.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PredictionMatching {
    /// Weight of the targets; 0 is the teacher alone, 1 is targets alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// δ of Huber's loss, in standard deviations of the training targets; the squared error if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delta: Option<Positive>,
}

/// `MSE(target) + ν · squared error where the student is not yet better than its teacher by a margin` (Chen et al. 2017).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeacherBounded {
    /// m, by which the student's squared error has to be the smaller one, in variances of the training targets.
    #[serde(default = "no_margin")]
    pub margin: Factor,
    /// ν, how much the bound counts.
    #[serde(default = "half_factor")]
    pub factor: Factor,
}

fn no_margin() -> Factor {
    const { Factor::constant(0.0) }
}

fn half_factor() -> Factor {
    const { Factor::constant(0.5) }
}

/// A feature of the student compared with one of the teacher; on its own or, more usually, a term of a [`Sum`].
///
/// Which features there are depends on the models: `kd models show` lists them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// Name of the student's; its last if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub student: Option<String>,
    /// Name of the teacher's; its last if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<String>,
    /// How they are compared.
    pub loss: FeatureLoss,
}

/// A weighted sum of objectives, `Σ_i w_i L_i`, each with a schedule of its own.
///
/// The terms are named, and the names are yours: `objective.sum.terms.hint = { weight = 100.0, objective.features = ... }`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// At least one; no sums within sums.
    pub terms: BTreeMap<String, Term>,
}

/// An objective in a [`Sum`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// How much it counts; weights need not add up to anything. A ramp from 0 is a warm-up.
    #[serde(default)]
    pub weight: Scheduled<Factor>,
    /// What it asks for.
    pub objective: Objective,
}

fn almost_certain() -> Probability {
    const { Probability::constant(0.99) }
}

fn half() -> Probability {
    const { Probability::constant(0.5) }
}

fn one_and_a_half() -> Factor {
    const { Factor::constant(1.5) }
}

fn eight() -> Factor {
    const { Factor::constant(8.0) }
}

fn twenty() -> Scheduled<Temperature> {
    const { Temperature::constant(20.0) }.into()
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference
fn is_all(selection: &Selection) -> bool {
    *selection == Selection::All
}
