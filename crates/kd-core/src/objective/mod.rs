//! What a student minimises: a loss, and where a teacher is involved, a supervision.

mod parameters;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

pub use parameters::{
    ConfidenceWeighted, CrossEntropy, Decoupled, Dist, Distillation, JensenShannon, LabelSmoothing, LogitMse,
    MultiLevel, Normalised, ReverseKl, SoftCrossEntropy, VirtualTeacher,
};

use crate::error::{Error, Result};
use crate::loss::{self, Selection};
use crate::parameter::{Temperature, Weight};
use crate::supervision::{Full, Supervision};

/// What a student minimises.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Cross-entropy with the labels.
    CrossEntropy(CrossEntropy),
    /// Cross-entropy with smoothed labels.
    LabelSmoothing(LabelSmoothing),
    /// KL divergence from a hand-made teacher.
    VirtualTeacher(VirtualTeacher),
    /// KL divergence from the teacher at a temperature.
    Distillation(Distillation),
    /// Cross-entropy with the teacher's distribution.
    SoftCrossEntropy(SoftCrossEntropy),
    /// KL divergence from the student to the teacher.
    ReverseKl(ReverseKl),
    /// Generalised Jensen-Shannon divergence from the teacher.
    JensenShannon(JensenShannon),
    /// Squared error on the teacher's logits.
    LogitMse(LogitMse),
    /// KL divergence split into the label's part and the other classes'.
    Decoupled(Decoupled),
    /// Cross-entropies on the label and on the normalised other classes.
    Normalised(Normalised),
    /// Correlation with the teacher's probabilities, along classes and along the batch.
    Dist(Dist),
    /// KL divergence and the distance of Gram matrices of probabilities.
    MultiLevel(MultiLevel),
    /// Cross-entropy with the labels, weighted by the teacher's confidence.
    ConfidenceWeighted(ConfidenceWeighted),
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
        Self::CrossEntropy(CrossEntropy::default())
    }
}

impl Objective {
    /// The loss on a batch, a scalar; its unit is that of the loss in [`crate::loss`].
    ///
    /// A term of weight zero is not computed.
    ///
    /// # Errors
    /// If a teacher is needed and absent, or as the losses refuse.
    pub fn loss(&self, batch: &Batch<'_>) -> Result<Tensor> {
        let Batch { logits, labels, .. } = *batch;
        match self {
            Self::CrossEntropy(CrossEntropy { temperature: None }) => loss::cross_entropy(logits, labels),
            Self::CrossEntropy(CrossEntropy { temperature: Some(temperature) }) => {
                loss::cross_entropy(&logits.f_div_scalar(temperature.get())?, labels)
            }
            Self::LabelSmoothing(smoothing) => {
                loss::label_smoothing(logits, labels, smoothing.epsilon.get(), smoothing.spread)
            }
            Self::VirtualTeacher(teacher) => mix(teacher.label_weight, batch, || {
                loss::virtual_teacher(logits, labels, teacher.probability.get(), teacher.temperature.get())
            }),
            Self::ConfidenceWeighted(_) => {
                loss::confidence_weighted(logits, batch.teacher_logits.ok_or(Error::NoTeacher)?, labels)
            }
            _ => mix(self.teacher_term().map_or(Weight::default(), |own| own.label_weight), batch, || {
                self.on_teacher(logits, batch.teacher_logits.ok_or(Error::NoTeacher)?, labels)
            }),
        }
    }

    /// The term that learns from the teacher's distribution.
    fn on_teacher(&self, logits: &Tensor, teacher: &Tensor, labels: &Tensor) -> Result<Tensor> {
        let t = self.temperature();
        match self {
            Self::Distillation(distillation) => distil(distillation, logits, teacher),
            Self::SoftCrossEntropy(_) => loss::soft_cross_entropy(logits, teacher, t),
            Self::ReverseKl(_) => loss::reverse_kl(logits, teacher, t),
            Self::JensenShannon(js) => loss::jensen_shannon(logits, teacher, t, js.beta.get()),
            Self::LogitMse(mse) => loss::logit_mse(logits, teacher, mse.selection),
            Self::Decoupled(dkd) => {
                let parts = loss::decoupled(logits, teacher, labels, t)?;
                sum(&parts.target, dkd.target_factor.get(), &parts.others, dkd.others_factor.get())
            }
            Self::Normalised(nkd) => loss::normalised(logits, teacher, labels, t, nkd.gamma.get()),
            Self::Dist(dist) => {
                let parts = loss::dist(logits, teacher, t)?;
                sum(&parts.inter, dist.inter_factor.get(), &parts.intra, dist.intra_factor.get())
            }
            Self::MultiLevel(_) => loss::multi_level(logits, teacher, t),
            Self::CrossEntropy(_)
            | Self::LabelSmoothing(_)
            | Self::VirtualTeacher(_)
            | Self::ConfidenceWeighted(_) => Err(Error::NoTeacher),
        }
    }

    /// What the objectives that learn from a teacher's distribution have in common.
    fn teacher_term(&self) -> Option<TeacherTerm<'_>> {
        let (supervision, label_weight, temperature) = match self {
            Self::CrossEntropy(_)
            | Self::LabelSmoothing(_)
            | Self::VirtualTeacher(_)
            | Self::ConfidenceWeighted(_) => return None,
            Self::Distillation(own) => {
                (&own.supervision, own.label_weight, own.teacher_temperature.unwrap_or(own.temperature))
            }
            Self::SoftCrossEntropy(own) => (&own.supervision, own.label_weight, own.temperature),
            Self::ReverseKl(own) => (&own.supervision, own.label_weight, own.temperature),
            Self::JensenShannon(own) => (&own.supervision, own.label_weight, own.temperature),
            Self::LogitMse(own) => (&own.supervision, own.label_weight, Temperature::default()),
            Self::Decoupled(own) => (&own.supervision, own.label_weight, own.temperature),
            Self::Normalised(own) => (&own.supervision, own.label_weight, own.temperature),
            Self::Dist(own) => (&own.supervision, own.label_weight, own.temperature),
            Self::MultiLevel(own) => (&own.supervision, own.label_weight, own.temperature),
        };
        Some(TeacherTerm { supervision, label_weight, temperature })
    }

    fn supervision_mut(&mut self) -> Option<&mut Supervision> {
        match self {
            Self::CrossEntropy(_)
            | Self::LabelSmoothing(_)
            | Self::VirtualTeacher(_)
            | Self::ConfidenceWeighted(_) => None,
            Self::Distillation(own) => Some(&mut own.supervision),
            Self::SoftCrossEntropy(own) => Some(&mut own.supervision),
            Self::ReverseKl(own) => Some(&mut own.supervision),
            Self::JensenShannon(own) => Some(&mut own.supervision),
            Self::LogitMse(own) => Some(&mut own.supervision),
            Self::Decoupled(own) => Some(&mut own.supervision),
            Self::Normalised(own) => Some(&mut own.supervision),
            Self::Dist(own) => Some(&mut own.supervision),
            Self::MultiLevel(own) => Some(&mut own.supervision),
        }
    }

    /// What is done to the teacher's logits; none where no teacher is needed.
    #[must_use]
    pub fn supervision(&self) -> Option<&Supervision> {
        const FULL: Supervision = Supervision::Full(Full {});
        match self.teacher_term() {
            Some(own) => (own.label_weight.get() < 1.0).then_some(own.supervision),
            None => matches!(self, Self::ConfidenceWeighted(_)).then_some(&FULL),
        }
    }

    /// Whether a teacher is needed.
    #[must_use]
    pub fn needs_teacher(&self) -> bool {
        self.supervision().is_some()
    }

    /// The temperature at which the teacher is seen, and so at which the supervision acts.
    #[must_use]
    pub fn temperature(&self) -> f64 {
        self.teacher_term().map_or(Temperature::default(), |own| own.temperature).get()
    }

    /// This objective with nothing done to the teacher's logits: what a control is compared with.
    #[must_use]
    pub fn with_full_supervision(&self) -> Self {
        let mut full = self.clone();
        if let Some(supervision) = full.supervision_mut() {
            *supervision = Supervision::default();
        }
        full
    }

    /// That every choice of classes can be met when there are `classes` of them.
    ///
    /// # Errors
    /// [`Error::TooManyClasses`].
    pub fn check(&self, classes: i64) -> Result<()> {
        let (chosen, most) = match self {
            Self::LogitMse(LogitMse { selection: Selection::Top(k), .. }) => (k.get(), classes),
            Self::LogitMse(LogitMse { selection: Selection::TopAndBottom(k), .. }) => (k.get(), classes / 2),
            _ => (0, classes),
        };
        if i64::from(chosen) > most {
            return Err(Error::TooManyClasses { chosen: i64::from(chosen), most });
        }
        self.supervision().map_or(Ok(()), |supervision| supervision.check(classes))
    }
}

/// What the objectives that learn from a teacher's distribution have in common.
struct TeacherTerm<'a> {
    supervision: &'a Supervision,
    label_weight: Weight,
    temperature: Temperature,
}

fn distil(distillation: &Distillation, logits: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    let t = distillation.temperature.get();
    let (logits, teacher) = if distillation.standardise {
        (loss::standardise(logits)?, loss::standardise(teacher)?)
    } else {
        (logits.shallow_clone(), teacher.shallow_clone())
    };
    match distillation.teacher_temperature {
        None => loss::distillation(&logits, &teacher, t),
        // Scaled so that dividing by the student's temperature divides by the teacher's own.
        Some(own) => loss::distillation(&logits, &teacher.f_mul_scalar(t / own.get())?, t),
    }
}

/// `w` times the loss on labels plus `1 - w` times another.
fn mix(label_weight: Weight, batch: &Batch<'_>, other: impl Fn() -> Result<Tensor>) -> Result<Tensor> {
    let on_labels = || loss::cross_entropy(batch.logits, batch.labels);
    match label_weight.get() {
        0.0 => other(),
        1.0 => on_labels(),
        w => sum(&on_labels()?, w, &other()?, 1.0 - w),
    }
}

fn sum(a: &Tensor, weight_a: f64, b: &Tensor, weight_b: f64) -> Result<Tensor> {
    Ok(a.f_mul_scalar(weight_a)?.f_add(&b.f_mul_scalar(weight_b)?)?)
}
