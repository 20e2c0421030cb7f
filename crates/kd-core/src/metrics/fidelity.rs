use tch::{Kind, Tensor};

use super::measurable;
use crate::error::{Result, same_shape};

/// How alike student and teacher are (Stanton et al. 2021, "Does Knowledge Distillation Really Work?",
/// arXiv 2106.05945).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fidelity {
    /// Share of examples on which both have the same top class, in `[0, 1]`; higher is more alike.
    pub agreement: f64,
    /// Mean over examples of the Hellinger distance `√(½ Σ_k (√p_k - √q_k)²)` of the predictive distributions at
    /// T = 1, in `[0, 1]`; lower is more alike.
    pub hellinger: f64,
}

impl Fidelity {
    /// Compares two tables of logits, `[n, K]` each.
    ///
    /// # Errors
    /// On shapes that do not fit, no examples, or logits that are not finite.
    pub fn of(logits: &Tensor, teacher_logits: &Tensor) -> Result<Self> {
        measurable("logits", logits)?;
        measurable("teacher logits", teacher_logits)?;
        same_shape(logits, "teacher logits", teacher_logits)?;
        let agree = logits.f_argmax(-1, false)?.f_eq_tensor(&teacher_logits.f_argmax(-1, false)?)?;
        let root = |logits: &Tensor| logits.f_detach()?.f_softmax(-1, Kind::Double)?.f_sqrt();
        let squared = (root(logits)? - root(teacher_logits)?).f_square()?;
        let distance = squared.f_sum_dim_intlist(-1, false, None::<Kind>)?.f_mul_scalar(0.5)?.f_sqrt()?;
        Ok(Self {
            agreement: agree.f_to_kind(Kind::Double)?.f_mean(None::<Kind>)?.f_double_value(&[])?,
            hellinger: distance.f_mean(None::<Kind>)?.f_double_value(&[])?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_and_opposite_teachers() {
        let student = Tensor::from_slice2(&[[1000.0, 0.0], [0.0, 1000.0]]);
        let same = Fidelity::of(&student, &student).unwrap();
        assert_eq!(same, Fidelity { agreement: 1.0, hellinger: 0.0 });
        let opposite = Fidelity::of(&student, &student.flip([1])).unwrap();
        assert_eq!(opposite, Fidelity { agreement: 0.0, hellinger: 1.0 });
    }
}
