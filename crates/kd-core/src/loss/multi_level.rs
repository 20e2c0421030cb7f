use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::from_teacher::FromTeacher;
use super::settings::{Given, Listening};
use super::{kl, log_softmax, with_gradient};
use crate::error::{Result, same_shape};
use crate::parameter::{Temperature, Weight};
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

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

impl MultiLevel {
    /// Multi-level distillation at T, from the teacher alone.
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

impl FromTeacher for MultiLevel {
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
        multi_level(given.logits, teacher, temperature)
    }
}

/// Multi-level logit distillation at one temperature: KL, and the squared distance of the Gram matrices of the
/// probabilities over examples and over classes,
/// `T² KL(p ‖ q) + (1/B) ‖P Pᵀ - Q Qᵀ‖² + (1/K) ‖Pᵀ P - Qᵀ Q‖²` with P and Q `[B, K]` the probabilities at T.
///
/// Jin, Wang & Lin 2023, "Multi-level Logit Distillation" (CVPR), who average it over T = 2, 3, 4, 5, 6 and weigh
/// examples by the teacher's confidence under augmentation, which this does not. Only the first term is in nats, and
/// the others are no mean over examples: they compare pairs. It can be differentiated once. Both logits are
/// `[B, K]`; no gradient reaches the teacher.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn multi_level(logits: &Tensor, teacher_logits: &Tensor, temperature: f64) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let log_p = log_softmax(&teacher_logits.f_detach()?, temperature)?;
    let log_q = log_softmax(logits, temperature)?;
    let (mut p, q) = (log_p.f_exp()?, log_q.f_detach()?.f_exp()?);
    let (distance, mut rise) = gram_distance(&p, &q)?;
    let squared = temperature * temperature;
    let instance = kl(&p, &log_p, &log_q.f_detach()?, squared)?;
    // Along log q, KL falls by p.
    let gradient = rise.f_mul_(&q)?.f_sub_(&p.f_mul_scalar_(squared / p.size()[0] as f64)?)?;
    with_gradient(&instance.f_add(&distance)?, &log_q, &gradient)
}

/// `(1/B) ‖P Pᵀ - Q Qᵀ‖² + (1/K) ‖Pᵀ P - Qᵀ Q‖²` and its gradient with respect to Q.
///
/// With D = P - Q and S = P + Q no large numbers cancel, and either distance follows from the products D Dᵀ, S Sᵀ and
/// D Sᵀ over the shorter side alone: `½ ⟨D Sᵀ + S Dᵀ, D Sᵀ⟩` and `½ (⟨S Dᵀ, D Sᵀ⟩ + ⟨D Dᵀ, S Sᵀ⟩)`.
fn gram_distance(p: &Tensor, q: &Tensor) -> Result<(Tensor, Tensor)> {
    let wide = p.size()[0] <= p.size()[1];
    let shorter_first = |x: Tensor| if wide { Ok(x) } else { x.f_tr() };
    let (d, s) = (shorter_first(p.f_sub(q)?)?, shorter_first(p.f_add(q)?)?);
    let (shorter, longer) = (d.size()[0] as f64, d.size()[1] as f64);
    let (d_t, s_t) = (d.f_tr()?, s.f_tr()?);
    let (mut dd, ss, ds) = (d.f_matmul(&d_t)?, s.f_matmul(&s_t)?, d.f_matmul(&s_t)?);
    let sd = ds.f_tr()?;
    // What the mixed products bring to both distances, times the longer side.
    let mixed = ds.f_add(&sd)?.f_mul_scalar_(longer / shorter)?.f_add_(&sd)?;

    let distance = mixed.f_mul(&ds)?.f_addcmul_(&dd, &ss)?.f_sum(None::<Kind>)?.f_mul_scalar(0.5 / longer)?;
    let (to_s, to_d) = (dd.f_sub_(&mixed)?, mixed.f_tr()?.f_sub(&ss)?);
    let gradient = to_s.f_matmul(&s)?.f_addmm_(&to_d, &d)?.f_div_scalar_(longer)?;
    Ok((distance, shorter_first(gradient)?.f_contiguous()?))
}
