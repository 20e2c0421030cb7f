use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::moments::Moments;
use super::{measurable, sum};
use crate::error::{Error, Result, same_shape};

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
        let mut meter = FidelityMeter::default();
        meter.add(logits, teacher_logits)?;
        meter.measure()
    }
}

/// Takes a set in parts and compares it as a whole, as [`ClassificationMeter`](super::ClassificationMeter) does.
#[derive(Debug, Clone, Default)]
pub struct FidelityMeter {
    examples: i64,
    agreeing: f64,
    kl: f64,
    hellinger: f64,
    total_variation: f64,
    /// Of the teacher's top class: the teacher's as x, the student's as y.
    log_odds: Moments,
}

impl FidelityMeter {
    /// Adds two tables of logits, `[B, K]` each.
    ///
    /// # Errors
    /// As [`Fidelity::of`]. The meter is then as it was.
    pub fn add(&mut self, logits: &Tensor, teacher_logits: &Tensor) -> Result<()> {
        measurable("logits", logits)?;
        measurable("teacher logits", teacher_logits)?;
        same_shape(logits, "teacher logits", teacher_logits)?;
        let log_p = |logits: &Tensor| logits.f_detach()?.f_log_softmax(-1, Kind::Double);
        let (student, teacher) = (log_p(logits)?, log_p(teacher_logits)?);
        let (q, p) = (student.f_exp()?, teacher.f_exp()?);
        let per_example = |table: Tensor| table.f_sum_dim_intlist(-1, false, Kind::Double);

        let top = teacher.f_argmax(-1, true)?;
        let agreeing = sum(&logits.f_argmax(-1, true)?.f_eq_tensor(&top)?)?;
        let kl = sum(&p.f_mul(&teacher.f_sub(&student)?)?)?;
        let hellinger =
            per_example(q.f_sqrt()?.f_sub(&p.f_sqrt()?)?.f_square()?)?.f_mul_scalar(0.5)?.f_sqrt()?;
        let (hellinger, total_variation) = (sum(&hellinger)?, 0.5 * sum(&p.f_sub(&q)?.f_abs()?)?);
        let (teacher_odds, student_odds) = (log_odds(&teacher, &top)?, log_odds(&student, &top)?);

        self.examples += logits.size()[0];
        self.agreeing += agreeing;
        self.kl += kl;
        self.hellinger += hellinger;
        self.total_variation += total_variation;
        teacher_odds.into_iter().zip(student_odds).for_each(|(x, y)| self.log_odds.add(x, y));
        Ok(())
    }

    /// What all parts make together.
    ///
    /// # Errors
    /// [`Error::Empty`].
    pub fn measure(&self) -> Result<Fidelity> {
        if self.examples == 0 {
            return Err(Error::Empty);
        }
        let examples = self.examples as f64;
        Ok(Fidelity {
            agreement: self.agreeing / examples,
            kl: self.kl / examples,
            hellinger: self.hellinger / examples,
            total_variation: self.total_variation / examples,
            exaggeration_slope: self.log_odds.slope(),
        })
    }
}

/// `ln p - ln(1 - p)` of one class of each row of log-probabilities.
fn log_odds(log_p: &Tensor, class: &Tensor) -> Result<Vec<f64>> {
    let others = log_p.f_scatter_value(1, class, f64::NEG_INFINITY)?.f_logsumexp([-1], true)?;
    Ok(Vec::try_from(log_p.f_gather(1, class, false)?.f_sub(&others)?.f_squeeze_dim(-1)?)?)
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
