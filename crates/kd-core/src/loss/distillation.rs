use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::from_teacher::FromTeacher;
use super::settings::{Given, Listening};
use super::{kl, log_softmax, standardise, widened};
use crate::error::{Result, same_shape};
use crate::parameter::{Temperature, Weight};
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

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

impl Distillation {
    /// Distillation at T, from the teacher alone.
    ///
    /// # Errors
    /// [`Error::Number`](crate::Error::Number) if T is not positive.
    pub fn at(temperature: f64) -> Result<Self> {
        Ok(Self {
            temperature: Temperature::new(temperature)?.into(),
            label_weight: Scheduled::default(),
            supervision: Supervision::default(),
            teacher_temperature: None,
            standardise: false,
        })
    }
}

impl FromTeacher for Distillation {
    fn listening(&self) -> Listening<'_> {
        Listening {
            supervision: &self.supervision,
            label_weight: self.label_weight,
            temperature: self.teacher_temperature.map_or(self.temperature, Scheduled::Constant),
        }
    }

    fn supervision_mut(&mut self) -> &mut Supervision {
        &mut self.supervision
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn is_fixed(&self) -> bool {
        // Its teacher may have a temperature of its own.
        self.temperature.constant().is_some()
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn on_teacher(&self, given: &mut Given<'_>, teacher: &Tensor) -> Result<Tensor> {
        let t = self.temperature.at(given.progress);
        let (logits, teacher) = if self.standardise {
            (standardise(given.logits)?, standardise(teacher)?)
        } else {
            (given.logits.shallow_clone(), widened(teacher)?)
        };
        match self.teacher_temperature {
            None => distillation(&logits, &teacher, t),
            // Scaled so that dividing by the student's temperature divides by the teacher's own.
            Some(own) => distillation(&logits, &teacher.f_mul_scalar(t / own.get())?, t),
        }
    }
}

/// Distillation by forward KL divergence, `T² · (1/B) Σ_i KL(softmax(z_t,i / T) ‖ softmax(z_s,i / T))`, in nats.
///
/// Hinton, Vinyals & Dean 2015 (arXiv 1503.02531). T² keeps the gradient's size as T grows; for
/// T → ∞ the loss tends to half the squared distance of the centred logits divided by K. Both logits are `[B, K]`; no
/// gradient reaches the teacher.
///
/// Conventions to beware of: the sum runs over classes and the mean over examples (PyTorch's `batchmean`; its
/// default `mean` divides by K as well), the teacher is the *first* argument of KL, and some code bases leave T²
/// out.
///
/// In float32 the value carries a rounding error of about T² · 10⁻⁷, noticeable above T = 100; its gradient does not.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn distillation(logits: &Tensor, teacher_logits: &Tensor, temperature: f64) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let teacher = log_softmax(&teacher_logits.f_detach()?, temperature)?;
    kl(&teacher.f_exp()?, &teacher, &log_softmax(logits, temperature)?, temperature * temperature)
}
