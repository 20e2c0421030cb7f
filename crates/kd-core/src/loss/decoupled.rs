use tch::{Kind, Tensor};

use super::{kl, tempered, widened, with_gradient, without_label};
use crate::error::{Result, one_label_each, same_shape};

/// The two parts of decoupled distillation, each already times T².
#[derive(Debug)]
pub struct Decoupling {
    /// TCKD: KL between the binary distributions "label" and "any other class".
    pub target: Tensor,
    /// NCKD: KL between the distributions over the other classes, each normalised among them.
    pub others: Tensor,
}

/// Decoupled distillation: KL split into a part about the label and a part about the other classes, in nats.
///
/// Zhao et al. 2022, "Decoupled Knowledge Distillation" (arXiv 2203.08679), whose loss is `α TCKD + β NCKD` with α = 1
/// and β up to 8. With `p_y` the teacher's probability of the label,
/// `KL = TCKD + (1 - p_y) NCKD` example by example: plain distillation pays little attention to the other classes
/// where the teacher is sure. Both logits are `[B, K]`, `labels` `[B]` int64; no gradient reaches the teacher.
///
/// Published code hides the label by subtracting 1000 from its logit; here its column is left out, which is the same
/// in exact arithmetic. With two classes NCKD is nil. Gradients are those of the formula rather than autograd's, which
/// would take twice as long, so both parts can be differentiated once.
///
/// # Errors
/// On shapes that do not fit, a single class, or a label outside `0..K`.
pub fn decoupled(
    logits: &Tensor,
    teacher_logits: &Tensor,
    labels: &Tensor,
    temperature: f64,
) -> Result<Decoupling> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    one_label_each(logits, labels)?;
    let labels = labels.f_unsqueeze(-1)?;
    let student = Split::new(&logits.f_detach()?, &labels, temperature)?;
    let teacher = Split::new(&teacher_logits.f_detach()?, &labels, temperature)?;
    let (p, q) = (teacher.log_others.f_exp()?, student.log_others.f_exp()?);

    // With x the log-odds: log σ(x_t) - log σ(x_s) + σ(-x_t) (x_s - x_t).
    let certainty = teacher.log_odds.f_log_sigmoid()?.f_sub(&student.log_odds.f_log_sigmoid()?)?;
    let doubt = teacher.log_odds.f_neg()?.f_sigmoid()?;
    let rows = logits.size()[0] as f64;
    let target = certainty
        .f_addcmul(&doubt, &student.log_odds.f_sub(&teacher.log_odds)?)?
        .f_sum(None::<Kind>)?
        .f_mul_scalar(temperature * temperature / rows)?;
    let others = kl(&p, &teacher.log_others, &student.log_others, temperature * temperature)?;

    // Gradients with respect to logits: (σ(x_s) - σ(x_t)) (y - q̂) T / B and (q̂ - p̂) T / B.
    let slope = temperature / rows;
    let excess = student.log_odds.f_sigmoid()?.f_add(&doubt)?.f_sub_scalar(1.0)?.f_mul_scalar(slope)?;
    let target_gradient = q.f_mul(&excess.f_neg()?)?.f_scatter(1, &labels, &excess)?;
    let others_gradient = q.f_sub(&p)?.f_mul_scalar(slope)?;
    let logits = widened(logits)?;
    Ok(Decoupling {
        target: with_gradient(&target, &logits, &target_gradient)?,
        others: with_gradient(&others, &logits, &others_gradient)?,
    })
}

/// A distribution split at the label.
struct Split {
    /// `[B, K]`: log-probabilities of the other classes among themselves, [`LEFT_OUT`](super::LEFT_OUT) at the label.
    log_others: Tensor,
    /// `[B, 1]`: log-odds of the label against all others.
    log_odds: Tensor,
}

impl Split {
    fn new(logits: &Tensor, labels: &Tensor, temperature: f64) -> Result<Self> {
        let logits = tempered(logits, temperature)?;
        let others = without_label(&logits, labels)?;
        let log_others = others.f_log_softmax(-1, None::<Kind>)?;
        // They differ by the logarithm of the others' sum, most exactly known where they are largest.
        let log_sum = others.f_amax([-1], true)?.f_sub(&log_others.f_amax([-1], true)?)?;
        Ok(Self { log_odds: logits.f_gather(1, labels, false)?.f_sub(&log_sum)?, log_others })
    }
}
