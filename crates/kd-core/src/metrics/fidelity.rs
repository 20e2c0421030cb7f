use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::measurable;
use crate::error::{Result, same_shape};

/// How alike student and teacher are (Stanton et al. 2021, "Does Knowledge Distillation Really Work?",
/// arXiv 2106.05945). Distributions are those at T = 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fidelity {
    /// Share of examples on which both have the same top class, in `[0, 1]`; higher is more alike.
    pub agreement: f64,
    /// Mean over examples of `KL(teacher ‖ student)` in nats, at least 0; lower is more alike.
    pub kl: f64,
    /// Mean over examples of the Hellinger distance `√(½ Σ_k (√p_k - √q_k)²)`, in `[0, 1]`; lower is more alike.
    pub hellinger: f64,
    /// Mean over examples of the total variation `½ Σ_k |p_k - q_k|`, in `[0, 1]`; lower is more alike.
    pub total_variation: f64,
    /// Least-squares slope of the student's log-odds of the teacher's top class against the teacher's own: above 1 the
    /// student exaggerates the teacher's confidence, below it holds back. None where the teacher's do not vary.
    ///
    /// Nagarajan et al. 2023, "On student-teacher deviations in distillation: does it pay to disobey?",
    /// arXiv 2301.12923.
    pub exaggeration_slope: Option<f64>,
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
        let log_p = |logits: &Tensor| logits.f_detach()?.f_log_softmax(-1, Kind::Double);
        let (student, teacher) = (log_p(logits)?, log_p(teacher_logits)?);
        let (q, p) = (student.f_exp()?, teacher.f_exp()?);
        let mean = |table: &Tensor| -> Result<f64> { Ok(table.f_mean(Kind::Double)?.f_double_value(&[])?) };
        let per_example = |table: Tensor| table.f_sum_dim_intlist(-1, false, Kind::Double);

        let top = teacher.f_argmax(-1, true)?;
        let agree = logits.f_argmax(-1, true)?.f_eq_tensor(&top)?;
        let hellinger =
            per_example(q.f_sqrt()?.f_sub(&p.f_sqrt()?)?.f_square()?)?.f_mul_scalar(0.5)?.f_sqrt()?;
        Ok(Self {
            agreement: mean(&agree.f_to_kind(Kind::Double)?)?,
            kl: mean(&per_example(p.f_mul(&teacher.f_sub(&student)?)?)?)?,
            hellinger: mean(&hellinger)?,
            total_variation: 0.5 * mean(&per_example(p.f_sub(&q)?.f_abs()?)?)?,
            exaggeration_slope: slope(&log_odds(&teacher, &top)?, &log_odds(&student, &top)?),
        })
    }
}

/// `ln p - ln(1 - p)` of one class of each row of log-probabilities.
fn log_odds(log_p: &Tensor, class: &Tensor) -> Result<Vec<f64>> {
    let others = log_p.f_scatter_value(1, class, f64::NEG_INFINITY)?.f_logsumexp([-1], true)?;
    Ok(Vec::try_from(log_p.f_gather(1, class, false)?.f_sub(&others)?.f_squeeze_dim(-1)?)?)
}

fn slope(x: &[f64], y: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mean_x, mean_y) = (mean(x), mean(y));
    let covariance: f64 = x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let variance: f64 = x.iter().map(|x| (x - mean_x).powi(2)).sum();
    let slope = covariance / variance;
    slope.is_finite().then_some(slope)
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact by construction
mod tests {
    use super::*;

    #[test]
    fn equal_and_opposite_teachers() {
        let student = Tensor::from_slice2(&[[1000.0, 0.0], [0.0, 1000.0]]);
        let same = Fidelity::of(&student, &student).unwrap();
        assert_eq!([same.agreement, same.hellinger, same.kl, same.total_variation], [1.0, 0.0, 0.0, 0.0]);
        let opposite = Fidelity::of(&student, &student.flip([1])).unwrap();
        assert_eq!([opposite.agreement, opposite.hellinger, opposite.total_variation], [0.0, 1.0, 1.0]);
        assert!((opposite.kl - 1000.0).abs() < 1e-9);
    }

    #[test]
    fn a_student_with_twice_the_log_odds_exaggerates_twofold() {
        // With two classes the log-odds of a class are the difference of its logit and the other.
        let teacher = Tensor::from_slice2(&[[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]]);
        let found = Fidelity::of(&(&teacher * 2.0), &teacher).unwrap();
        assert!((found.exaggeration_slope.unwrap() - 2.0).abs() < 1e-12);
        let constant = Tensor::from_slice2(&[[1.0, 0.0], [1.0, 0.0]]);
        assert_eq!(Fidelity::of(&constant, &constant).unwrap().exaggeration_slope, None);
    }
}
