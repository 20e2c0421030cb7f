use tch::{Kind, Tensor};

use super::{distillation, softmax};
use crate::error::{Result, same_shape};

/// Multi-level logit distillation at one temperature: KL, and the squared distance of the Gram matrices of the
/// probabilities over examples and over classes,
/// `T² KL(p ‖ q) + (1/B) ‖P Pᵀ - Q Qᵀ‖² + (1/K) ‖Pᵀ P - Qᵀ Q‖²` with P and Q `[B, K]` the probabilities at T.
///
/// Jin, Wang & Lin 2023, "Multi-level Logit Distillation" (CVPR), who average it over T = 2, 3, 4, 5, 6 and weigh
/// examples by the teacher's confidence under augmentation, which this does not. Only the first term is in nats, and
/// the others are no mean over examples: they compare pairs. Both logits are `[B, K]`; no gradient reaches the teacher.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn multi_level(logits: &Tensor, teacher_logits: &Tensor, temperature: f64) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let student = softmax(logits, temperature)?;
    let teacher = softmax(&teacher_logits.f_detach()?, temperature)?;
    let distance = |a: &Tensor, b: &Tensor, size: i64| -> Result<Tensor> {
        Ok(a.f_sub(b)?.f_square()?.f_sum(None::<Kind>)?.f_div_scalar(size as f64)?)
    };
    let (batch, classes) = (logits.size()[0], logits.size()[1]);
    let over_examples =
        distance(&teacher.f_matmul(&teacher.f_tr()?)?, &student.f_matmul(&student.f_tr()?)?, batch)?;
    let over_classes =
        distance(&teacher.f_tr()?.f_matmul(&teacher)?, &student.f_tr()?.f_matmul(&student)?, classes)?;
    let instance = distillation(logits, teacher_logits, temperature)?;
    Ok(instance.f_add(&over_examples)?.f_add(&over_classes)?)
}
