use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::from_teacher::FromTeacher;
use super::settings::{Given, Listening};
use super::{kl, log_softmax};
use crate::error::{Result, same_shape};
use crate::parameter::{Temperature, Weight};
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

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

impl ReverseKl {
    /// Reverse KL at T, with the teacher alone.
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

impl FromTeacher for ReverseKl {
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
        reverse_kl(given.logits, teacher, temperature)
    }
}

/// Reverse KL divergence, `T² · (1/B) Σ_i KL(softmax(z_s,i / T) ‖ softmax(z_t,i / T))`, in nats.
///
/// The student chooses where the divergence is measured, so it settles on modes of the teacher rather than covering
/// all of it. Gu et al. 2024, "MiniLLM" (arXiv 2306.08543). It can be differentiated once. Both logits
/// are `[B, K]`; no gradient reaches the teacher.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn reverse_kl(logits: &Tensor, teacher_logits: &Tensor, temperature: f64) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let teacher = log_softmax(&teacher_logits.f_detach()?, temperature)?;
    let student = log_softmax(logits, temperature)?;
    // The gradient through its own logarithm is the same for all of a row, which the softmax cancels.
    kl(&student.f_exp()?, &student.f_detach()?, &teacher, temperature * temperature)
}
