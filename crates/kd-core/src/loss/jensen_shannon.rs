use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::from_teacher::FromTeacher;
use super::settings::{Given, Listening};
use super::{log_softmax, with_gradient};
use crate::error::{Result, same_shape};
use crate::parameter::{Probability, Temperature, Weight};
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

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

fn half() -> Probability {
    const { Probability::constant(0.5) }
}

impl JensenShannon {
    /// The Jensen-Shannon divergence at T, with the teacher alone and β = ½.
    ///
    /// # Errors
    /// [`Error::Number`](crate::Error::Number) if T is not positive.
    pub fn at(temperature: f64) -> Result<Self> {
        Ok(Self {
            temperature: Temperature::new(temperature)?.into(),
            beta: half(),
            label_weight: Scheduled::default(),
            supervision: Supervision::default(),
        })
    }
}

impl FromTeacher for JensenShannon {
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
        jensen_shannon(given.logits, teacher, temperature, self.beta.get())
    }
}

/// Generalised Jensen-Shannon divergence, `T² · (1/B) Σ_i [β KL(p ‖ m) + (1 - β) KL(q ‖ m)]` with
/// `m = β p + (1 - β) q`, in nats; p is the teacher's distribution at T, q the student's.
///
/// Agarwal et al. 2024, "On-Policy Distillation of Language Models" (arXiv 2306.13649), whose code leaves T² out. It is
/// bounded by T² ln 2; divided by β it tends to forward KL for β → 0, divided by `1 - β` to reverse KL for β → 1.
/// `beta` is in `(0, 1)`. It can be differentiated once. Both logits are `[B, K]`; no gradient reaches the teacher.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn jensen_shannon(
    logits: &Tensor,
    teacher_logits: &Tensor,
    temperature: f64,
    beta: f64,
) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let log_p = log_softmax(&teacher_logits.f_detach()?, temperature)?;
    let log_q = log_softmax(logits, temperature)?;
    let (p, q) = (log_p.f_exp()?, log_q.f_detach()?.f_exp()?);
    // Where both probabilities vanish so does what they weigh; the logarithm has to stay a number.
    let mut mixture = p.f_lerp(&q, 1.0 - beta)?.f_clamp_min_(f64::from(f32::MIN_POSITIVE))?;
    let log_m = mixture.f_log_()?;
    let scale = temperature * temperature / p.size()[0] as f64;
    let divergence = |mut p: Tensor, log_p: &Tensor, weight: f64| {
        p.f_mul_(&log_p.f_sub(&log_m)?)?.f_mul_scalar_(weight * scale)
    };
    let mut from_teacher = divergence(p, &log_p, beta)?;
    // Along log q it rises by q log (q / m) but for what is the same for all of a row, which the softmax cancels.
    let from_student = divergence(q, &log_q.f_detach()?, 1.0 - beta)?;
    with_gradient(&from_teacher.f_add_(&from_student)?.f_sum(None::<Kind>)?, &log_q, &from_student)
}
