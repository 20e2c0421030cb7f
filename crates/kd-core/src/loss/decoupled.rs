use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::from_teacher::FromTeacher;
use super::settings::{Given, Listening};
use super::split::{Split, with_slope};
use super::{kl, widened, with_gradient};
use crate::error::{Result, one_label_each, same_shape};
use crate::parameter::{Factor, Temperature, Weight};
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

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

fn eight() -> Factor {
    const { Factor::constant(8.0) }
}

impl Decoupled {
    /// Decoupled distillation at T, from the teacher alone, with α = 1 and β = 8.
    ///
    /// # Errors
    /// [`Error::Number`](crate::Error::Number) if T is not positive.
    pub fn at(temperature: f64) -> Result<Self> {
        Ok(Self {
            temperature: Temperature::new(temperature)?.into(),
            target_factor: Factor::default(),
            others_factor: eight(),
            label_weight: Scheduled::default(),
            supervision: Supervision::default(),
        })
    }
}

impl FromTeacher for Decoupled {
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
        let factors = [self.target_factor.get(), self.others_factor.get()];
        let temperature = self.temperature.at(given.progress);
        decoupled(given.logits, teacher, given.labels.every()?, temperature, factors)
    }
}

/// Decoupled distillation: KL split into a part about the label and a part about the other classes, weighted apart,
/// `T² (α TCKD + β NCKD)`, in nats.
///
/// TCKD is the KL between the binary distributions "label" and "any other class", NCKD the one between the
/// distributions over the other classes, each normalised among them, and `factors` are α and β. Zhao et al. 2022,
/// "Decoupled Knowledge Distillation" (arXiv 2203.08679), with α = 1 and β up to 8. With `p_y` the teacher's
/// probability of the label, `KL = TCKD + (1 - p_y) NCKD` example by example: plain distillation pays little attention
/// to the other classes where the teacher is sure. Both logits are `[B, K]`, `labels` `[B]` int64; no gradient reaches
/// the teacher.
///
/// Published code hides the label by subtracting 1000 from its logit; here its column is left out, which is the same
/// in exact arithmetic. With two classes NCKD is nil. The gradient is that of the formula rather than autograd's, which
/// would take twice as long, so it can be differentiated once.
///
/// # Errors
/// On shapes that do not fit, a single class, or a label outside `0..K`.
pub fn decoupled(
    logits: &Tensor,
    teacher_logits: &Tensor,
    labels: &Tensor,
    temperature: f64,
    factors: [f64; 2],
) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    one_label_each(logits, labels)?;
    let logits = widened(logits)?;
    let labels = labels.f_unsqueeze(-1)?;
    let mut student = Split::new(&logits.f_detach()?, &labels, temperature)?;
    let teacher = Split::new(&teacher_logits.f_detach()?, &labels, temperature)?;
    let p = teacher.log_others.f_exp()?;
    let [of_target, of_others] = factors.map(|factor| factor * temperature * temperature);
    let others = kl(&p, &teacher.log_others, &student.log_others, of_others)?;

    // With x the log-odds: log σ(x_t) - log σ(x_s) + σ(-x_t) (x_s - x_t).
    let certainty = teacher.log_odds.f_log_sigmoid()?.f_sub(&student.log_odds.f_log_sigmoid()?)?;
    let doubt = teacher.log_odds.f_neg()?.f_sigmoid()?;
    let rows = logits.size()[0] as f64;
    let target = certainty
        .f_addcmul(&doubt, &student.log_odds.f_sub(&teacher.log_odds)?)?
        .f_sum(None::<Kind>)?
        .f_mul_scalar(of_target / rows)?;

    // Along the log-odds the first part rises by σ(x_s) - σ(x_t), along the others' logits the second by q̂ - p̂.
    let scale = 1.0 / (temperature * rows);
    let excess = student.log_odds.f_sigmoid()?.f_add(&doubt)?.f_sub_scalar(1.0)?;
    let q = student.log_others.f_exp_()?;
    let part = q.f_sub(&p)?.f_mul_scalar_(of_others * scale)?;
    let gradient = with_slope(part, &excess.f_mul_scalar(of_target * scale)?, &q, &labels)?;
    with_gradient(&target.f_add(&others)?, &logits, &gradient)
}
