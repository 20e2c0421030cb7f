use tch::{Kind, Reduction, Tensor};

use crate::error::{Error, Result};

/// Mean squared error, `1/(B D) Σ_id (s_id - y_id)²`, in the target's unit squared.
///
/// `predictions` and `targets` are `[B, D]`; the targets may be true values or a teacher's predictions. No gradient
/// reaches the targets.
///
/// # Errors
/// On shapes that do not fit.
pub fn mse(predictions: &Tensor, targets: &Tensor) -> Result<Tensor> {
    one_for_each_prediction(predictions, "targets", targets)?;
    Ok(predictions.f_mse_loss(&targets.f_detach()?, Reduction::Mean)?)
}

/// Huber's loss, the mean over B and D of `½ e²` where the error `e = s_id - y_id` is within `delta`, and of
/// `δ (|e| - ½ δ)` beyond, in the target's unit squared.
///
/// Huber 1964, "Robust Estimation of a Location Parameter". Half of [`mse`] for δ → ∞; PyTorch's smooth L1 is this
/// divided by δ. `predictions` and `targets` are `[B, D]`; no gradient reaches the targets.
///
/// # Errors
/// On shapes that do not fit or a δ that is not positive.
pub fn huber(predictions: &Tensor, targets: &Tensor, delta: f64) -> Result<Tensor> {
    one_for_each_prediction(predictions, "targets", targets)?;
    Ok(predictions.f_huber_loss(&targets.f_detach()?, Reduction::Mean, delta)?)
}

/// Squared error of the examples on which the student has not yet surpassed its teacher by a `margin` m,
/// `1/B Σ_i ‖s_i - y_i‖² [‖s_i - y_i‖² + m > ‖t_i - y_i‖²]`, in the target's unit squared.
///
/// Chen et al. 2017, "Learning Efficient Object Detection Models with Knowledge Distillation" (NIPS), who add half of it
/// to the loss on the targets. The teacher is a bound, not a target: its predictions may contradict the true ones. Norms
/// are sums over D as in the paper, so for m → ∞ this is D times [`mse`]. A negative margin lets the student be worse
/// than its teacher by as much. All three are `[B, D]`; no gradient reaches targets or teacher.
///
/// # Errors
/// On shapes that do not fit.
pub fn teacher_bounded(
    predictions: &Tensor,
    targets: &Tensor,
    teacher_predictions: &Tensor,
    margin: f64,
) -> Result<Tensor> {
    one_for_each_prediction(predictions, "targets", targets)?;
    one_for_each_prediction(predictions, "teacher predictions", teacher_predictions)?;
    let targets = targets.f_detach()?;
    let squared = |predictions: &Tensor| -> Result<Tensor> {
        Ok(predictions.f_sub(&targets)?.f_square()?.f_sum_dim_intlist(-1, false, None::<Kind>)?)
    };
    let (student, teacher) = (squared(predictions)?, squared(&teacher_predictions.f_detach()?)?);
    let excess = student.f_detach()?.f_sub(&teacher)?.f_add_scalar(margin)?;
    // Nil where the teacher is surpassed, but NaN where either is NaN, which must not pass for success.
    let surpassed = excess.f_mul_scalar(0.0)?;
    Ok(student.f_where_self(&excess.f_gt(0.0)?, &surpassed)?.f_mean(None::<Kind>)?)
}

/// That `other` has the shape of `predictions`, `[B, D]`; libtorch would broadcast it silently.
fn one_for_each_prediction(predictions: &Tensor, what: &'static str, other: &Tensor) -> Result<()> {
    let [examples, targets] = predictions.size()[..] else {
        let expected = "[examples, targets]".to_owned();
        return Err(Error::Shape { what: "predictions", expected, got: predictions.size() });
    };
    if other.size() == [examples, targets] {
        Ok(())
    } else {
        let expected = format!("[{examples}, {targets}] like the predictions");
        Err(Error::Shape { what, expected, got: other.size() })
    }
}
