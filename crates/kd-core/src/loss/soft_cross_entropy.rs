use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::from_teacher::FromTeacher;
use super::settings::{Given, Listening};
use super::{log_softmax, softmax};
use crate::error::{Result, same_shape};
use crate::parameter::{Temperature, Weight};
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

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

impl SoftCrossEntropy {
    /// Soft cross-entropy at T, with the teacher alone.
    ///
    /// # Errors
    /// [`Error::Number`](crate::Error::Number) if T is not positive.
    pub fn at(temperature: f64) -> Result<Self> {
        Ok(Self {
            temperature: Temperature::new(temperature)?.into(),
            label_weight: Scheduled::default(),
            supervision: Supervision::default(),
        })
    }
}

impl FromTeacher for SoftCrossEntropy {
    fn listening(&self) -> Listening<'_> {
        Listening {
            supervision: &self.supervision,
            label_weight: self.label_weight,
            temperature: self.temperature,
        }
    }

    fn supervision_mut(&mut self) -> &mut Supervision {
        &mut self.supervision
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn is_fixed(&self) -> bool {
        true
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn on_teacher(&self, given: &mut Given<'_>, teacher: &Tensor) -> Result<Tensor> {
        let temperature = self.temperature.at(given.progress);
        soft_cross_entropy(given.logits, teacher, temperature)
    }
}

/// Cross-entropy with the teacher's distribution, `-T² · (1/B) Σ_ik softmax(z_t,i / T)_k log softmax(z_s,i / T)_k`, in
/// nats.
///
/// [`distillation`](super::distillation) plus T² times the teacher's entropy, which has no gradient: both train alike,
/// but only KL is nil when the student has arrived. Hinton, Vinyals & Dean 2015 (arXiv 1503.02531). Both logits are
/// `[B, K]`; no gradient reaches the teacher.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn soft_cross_entropy(logits: &Tensor, teacher_logits: &Tensor, temperature: f64) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let teacher = softmax(&teacher_logits.f_detach()?, temperature)?;
    let summed = teacher.f_mul(&log_softmax(logits, temperature)?)?.f_sum(None::<Kind>)?;
    Ok(summed.f_mul_scalar(-temperature * temperature / logits.size()[0] as f64)?)
}
