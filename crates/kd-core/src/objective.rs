//! What a student minimises: a loss, and where a teacher is involved, a supervision.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::error::{Error, Result};
use crate::loss::{Spread, cross_entropy, distillation, label_smoothing, logit_mse};
use crate::parameter::{Epsilon, Temperature, Weight};
use crate::supervision::{Full, Supervision};

/// What a student minimises.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Cross-entropy with the labels.
    CrossEntropy(CrossEntropy),
    /// Cross-entropy with smoothed labels.
    LabelSmoothing(LabelSmoothing),
    /// KL divergence from the teacher at a temperature.
    Distillation(Distillation),
    /// Squared error on the teacher's logits.
    LogitMse(LogitMse),
}

/// Cross-entropy with the labels: training without a teacher.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossEntropy {}

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

/// `w · CE(y) + (1 - w) · T² · KL(teacher ‖ student)`, w being `label_weight` (Hinton et al. 2015).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Distillation {
    /// T, for teacher and student.
    pub temperature: Temperature,
    /// Weight of the labels; 0 is the teacher alone, 1 is labels alone.
    #[serde(default)]
    pub label_weight: Weight,
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
    pub label_weight: Weight,
    /// What is done to the teacher's logits first.
    #[serde(default)]
    pub supervision: Supervision,
}

/// One batch, as objectives see it.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Student logits `[B, K]`.
    pub logits: &'a Tensor,
    /// Labels `[B]`, int64.
    pub labels: &'a Tensor,
    /// Teacher logits `[B, K]`, after [`Supervision::supervise`].
    pub teacher_logits: Option<&'a Tensor>,
}

impl Default for Objective {
    /// Training on labels.
    fn default() -> Self {
        Self::CrossEntropy(CrossEntropy {})
    }
}

impl Objective {
    /// The loss on a batch, a scalar in nats (squared logits for the error on logits).
    ///
    /// A term of weight zero is not computed.
    ///
    /// # Errors
    /// If a teacher is needed and absent, or as the losses refuse.
    pub fn loss(&self, batch: &Batch<'_>) -> Result<Tensor> {
        let Batch { logits, labels, .. } = *batch;
        match self {
            Self::CrossEntropy(_) => cross_entropy(logits, labels),
            Self::LabelSmoothing(smoothing) => {
                label_smoothing(logits, labels, smoothing.epsilon.get(), smoothing.spread)
            }
            Self::Distillation(Distillation { temperature, label_weight, .. }) => {
                mix(*label_weight, batch, |teacher| distillation(logits, teacher, temperature.get()))
            }
            Self::LogitMse(LogitMse { label_weight, .. }) => {
                mix(*label_weight, batch, |teacher| logit_mse(logits, teacher))
            }
        }
    }

    /// What is done to the teacher's logits; none where no teacher is needed.
    #[must_use]
    pub fn supervision(&self) -> Option<&Supervision> {
        let (label_weight, supervision) = match self {
            Self::CrossEntropy(_) | Self::LabelSmoothing(_) => return None,
            Self::Distillation(Distillation { label_weight, supervision, .. })
            | Self::LogitMse(LogitMse { label_weight, supervision }) => (label_weight, supervision),
        };
        (label_weight.get() < 1.0).then_some(supervision)
    }

    /// Whether a teacher is needed.
    #[must_use]
    pub fn needs_teacher(&self) -> bool {
        self.supervision().is_some()
    }

    /// The temperature at which the supervision acts.
    #[must_use]
    pub fn temperature(&self) -> f64 {
        match self {
            Self::Distillation(Distillation { temperature, .. }) => temperature.get(),
            Self::CrossEntropy(_) | Self::LabelSmoothing(_) | Self::LogitMse(_) => 1.0,
        }
    }

    /// This objective with nothing done to the teacher's logits: what a control is compared with.
    #[must_use]
    pub fn with_full_supervision(&self) -> Self {
        let mut full = self.clone();
        match &mut full {
            Self::CrossEntropy(_) | Self::LabelSmoothing(_) => {}
            Self::Distillation(Distillation { supervision, .. })
            | Self::LogitMse(LogitMse { supervision, .. }) => {
                *supervision = Supervision::Full(Full {});
            }
        }
        full
    }
}

/// `w` times the loss on labels plus `1 - w` times the loss on the teacher.
fn mix(
    label_weight: Weight,
    batch: &Batch<'_>,
    on_teacher: impl Fn(&Tensor) -> Result<Tensor>,
) -> Result<Tensor> {
    let on_labels = || cross_entropy(batch.logits, batch.labels);
    let on_teacher = || on_teacher(batch.teacher_logits.ok_or(Error::NoTeacher)?);
    match label_weight.get() {
        0.0 => on_teacher(),
        1.0 => on_labels(),
        w => Ok(on_labels()?.f_mul_scalar(w)?.f_add(&on_teacher()?.f_mul_scalar(1.0 - w)?)?),
    }
}
