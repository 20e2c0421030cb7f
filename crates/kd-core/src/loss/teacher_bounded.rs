use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::settings::{About, Given, Listening, Settings, Target};
use super::{mse, sum};
use crate::error::{Result, one_for_each_prediction};
use crate::parameter::Factor;
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

/// `MSE(target) + ν · squared error where the student is not yet better than its teacher by a margin` (Chen et al. 2017).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeacherBounded {
    /// m, by which the student's squared error has to be the smaller one, in variances of the training targets.
    #[serde(default = "no_margin")]
    pub margin: Factor,
    /// ν, how much the bound counts.
    #[serde(default = "half_factor")]
    pub factor: Factor,
}

fn no_margin() -> Factor {
    const { Factor::constant(0.0) }
}

fn half_factor() -> Factor {
    const { Factor::constant(0.5) }
}

impl Default for TeacherBounded {
    fn default() -> Self {
        Self { margin: no_margin(), factor: half_factor() }
    }
}

impl Settings for TeacherBounded {
    fn about(&self) -> About {
        About::Numbers { squared_error: None }
    }

    fn target(&self) -> Target {
        Target::Teacher
    }

    fn listening(&self) -> Option<Listening<'_>> {
        Some(Listening {
            supervision: &Supervision::FULL,
            label_weight: Scheduled::default(),
            temperature: Scheduled::default(),
        })
    }

    fn supervision_mut(&mut self) -> Option<&mut Supervision> {
        None
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

    fn loss(&self, given: &mut Given<'_>) -> Result<Tensor> {
        let targets = given.labels.every()?;
        let bounded = teacher_bounded(given.logits, targets, given.teacher()?, self.margin.get())?;
        sum(&mse(given.logits, targets)?, 1.0, &bounded, self.factor.get())
    }
}

/// Squared error of the examples on which the student has not yet surpassed its teacher by a `margin` m,
/// `1/B Σ_i ‖s_i - y_i‖² [‖s_i - y_i‖² + m > ‖t_i - y_i‖²]`, in the target's unit squared.
///
/// Chen et al. 2017, "Learning Efficient Object Detection Models with Knowledge Distillation" (NIPS), who add half of it
/// to the loss on the targets. The teacher is a bound, not a target: its predictions may contradict the true ones. Norms
/// are sums over D as in the paper, so for m → ∞ this is D times [`mse`](super::mse). A negative margin lets the student be worse
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
