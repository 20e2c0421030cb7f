use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::from_teacher::FromTeacher;
use super::settings::{Given, Listening};
use super::split::{Split, with_slope};
use super::{log_softmax, widened, with_gradient};
use crate::error::{Result, one_label_each, same_shape};
use crate::parameter::{Factor, Temperature, Weight};
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

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

fn one_and_a_half() -> Factor {
    const { Factor::constant(1.5) }
}

impl Normalised {
    /// Normalised distillation at T, from the teacher alone, with γ = 1.5.
    ///
    /// # Errors
    /// [`Error::Number`](crate::Error::Number) if T is not positive.
    pub fn at(temperature: f64) -> Result<Self> {
        Ok(Self {
            temperature: Temperature::new(temperature)?.into(),
            gamma: one_and_a_half(),
            label_weight: Scheduled::default(),
            supervision: Supervision::default(),
        })
    }
}

impl FromTeacher for Normalised {
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
        true
    }

    fn on_teacher(&self, given: &mut Given<'_>, teacher: &Tensor) -> Result<Tensor> {
        let temperature = self.temperature.at(given.progress);
        normalised(given.logits, teacher, given.labels.every()?, temperature, self.gamma.get())
    }
}

/// Normalised distillation,
/// `(1/B) Σ_i [-p_y log q_y - γ T² Σ_{k ≠ y} p̂_k log q̂_k]`, in nats: p and q are the teacher's and the student's
/// probabilities at T = 1, p̂ and q̂ those at T over the classes other than the label, normalised among them.
///
/// NKD of Yang et al. 2023, "From Knowledge Distillation to Self-Knowledge Distillation" (arXiv 2303.13005), with
/// γ = 1.5 and T = 1 there. It is a cross-entropy, so not nil for equal logits. It can be differentiated once. Both
/// logits are `[B, K]`, `labels` `[B]` int64; no gradient reaches the teacher.
///
/// # Errors
/// On shapes that do not fit, a single class, or a label outside `0..K`.
pub fn normalised(
    logits: &Tensor,
    teacher_logits: &Tensor,
    labels: &Tensor,
    temperature: f64,
    gamma: f64,
) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    one_label_each(logits, labels)?;
    let logits = widened(logits)?;
    let labels = labels.f_unsqueeze(-1)?;
    let student = Split::new(&logits.f_detach()?, &labels, 1.0)?;
    let teacher = Split::new(&teacher_logits.f_detach()?, &labels, 1.0)?;
    let at_temperature = |split: &Split| match temperature {
        1.0 => Ok(split.log_others.shallow_clone()),
        _ => log_softmax(&split.log_others, temperature),
    };
    let (p, log_q) = (at_temperature(&teacher)?.f_exp()?, at_temperature(&student)?);
    let on_label = teacher.log_odds.f_sigmoid()?;
    let target = student.log_odds.f_log_sigmoid()?.f_mul(&on_label)?.f_sum(None::<Kind>)?;
    let others = log_q.f_mul(&p)?.f_sum(None::<Kind>)?;
    let factor = gamma * temperature * temperature;
    let rows = logits.size()[0] as f64;
    let loss = target.f_add(&others.f_mul_scalar(factor)?)?.f_div_scalar(-rows)?;

    // Along the log-odds x the first part falls by p_y σ(-x), along the others' logits the second rises by q̂ - p̂.
    let slope = student.log_odds.f_neg()?.f_sigmoid()?.f_mul(&on_label)?.f_div_scalar(-rows)?;
    let part = log_q.f_exp()?.f_sub_(&p)?.f_mul_scalar_(factor / (temperature * rows))?;
    let gradient = with_slope(part, &slope, &student.log_others.f_exp()?, &labels)?;
    with_gradient(&loss, &logits, &gradient)
}
