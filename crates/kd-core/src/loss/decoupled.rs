use tch::{Kind, Tensor};

use super::split::{Split, with_slope};
use super::{kl, widened, with_gradient};
use crate::error::{Result, one_label_each, same_shape};

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
