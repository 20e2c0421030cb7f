use tch::Tensor;

use super::{at_label, kl, log_softmax, without_label};
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
/// in exact arithmetic. With two classes NCKD is nil.
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
    let split = |logits: &Tensor| -> Result<(Tensor, Tensor)> {
        let log_p = log_softmax(logits, temperature)?;
        let others = without_label(&log_p, labels)?;
        let of_others = others.f_logsumexp([-1], false)?;
        let binary = Tensor::f_stack(&[at_label(&log_p, labels)?, of_others], -1)?;
        Ok((binary, log_softmax(&others, 1.0)?))
    };
    let (student, student_others) = split(logits)?;
    let (teacher, teacher_others) = split(&teacher_logits.f_detach()?)?;
    let squared = temperature * temperature;
    Ok(Decoupling {
        target: kl(&teacher, &student)?.f_mul_scalar(squared)?,
        others: kl(&teacher_others, &student_others)?.f_mul_scalar(squared)?,
    })
}
