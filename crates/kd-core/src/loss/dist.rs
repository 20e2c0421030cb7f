use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::from_teacher::FromTeacher;
use super::settings::{Given, Listening};
use super::{softmax, with_gradient};
use crate::error::{Result, same_shape};
use crate::parameter::{Factor, Temperature, Weight};
use crate::schedule::Scheduled;
use crate::supervision::Supervision;

/// `w · CE(y) + (1 - w) · (β · inter + γ · intra)`, w being `label_weight` (DIST, Huang et al. 2022).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dist {
    /// T, for teacher and student.
    pub temperature: Scheduled<Temperature>,
    /// β, how much the correlation along classes counts.
    #[serde(default)]
    pub inter_factor: Factor,
    /// γ, how much the correlation along the batch counts.
    #[serde(default)]
    pub intra_factor: Factor,
    /// Weight of the labels; 0 is the teacher alone, 1 is labels alone.
    #[serde(default)]
    pub label_weight: Scheduled<Weight>,
    /// What is done to the teacher's logits first.
    #[serde(default)]
    pub supervision: Supervision,
}

impl Dist {
    /// Distillation by correlation at T, from the teacher alone, with β = γ = 1.
    ///
    /// # Errors
    /// [`Error::Number`](crate::Error::Number) if T is not positive.
    pub fn at(temperature: f64) -> Result<Self> {
        Ok(Self {
            temperature: Temperature::new(temperature)?.into(),
            inter_factor: Factor::default(),
            intra_factor: Factor::default(),
            label_weight: Scheduled::default(),
            supervision: Supervision::default(),
        })
    }
}

impl FromTeacher for Dist {
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
        let factors = [self.inter_factor.get(), self.intra_factor.get()];
        let temperature = self.temperature.at(given.progress);
        dist(given.logits, teacher, temperature, factors)
    }
}

/// Distillation by correlation: the student must rank as the teacher does, not match its numbers.
///
/// `T² [β (1 - mean ρ) + γ (1 - mean ρ')]`, unitless: ρ is Pearson's correlation between student and teacher
/// probabilities at T along the classes (inter), ρ' the one along the batch (intra), and `factors` are β and γ. Huang et
/// al. 2022, "Knowledge Distillation from A Stronger Teacher" (arXiv 2205.10536), with a factor of 1 on each and T = 1.
/// Both logits are `[B, K]`; no gradient reaches the teacher.
///
/// A correlation with something constant, such as along a batch of one, counts as 0: norms are at least 1e-8.
/// The gradient is that of the formula rather than autograd's, so it can be differentiated once.
///
/// # Errors
/// On shapes that do not fit or a single class.
pub fn dist(logits: &Tensor, teacher_logits: &Tensor, temperature: f64, factors: [f64; 2]) -> Result<Tensor> {
    same_shape(logits, "teacher logits", teacher_logits)?;
    let student = softmax(logits, temperature)?;
    let mut teacher = softmax(&teacher_logits.f_detach()?, temperature)?;
    let [inter, intra] = factors.map(|factor| factor * temperature * temperature);
    let mut gradient = student.f_detach()?.f_zeros_like()?;

    // Along the classes, probabilities have a mean of 1 / K.
    let mean = 1.0 / student.size()[1] as f64;
    let (mut a, mut b) = (student.f_detach()?.f_sub_scalar(mean)?, teacher.f_sub_scalar_(mean)?);
    let along_classes = add_correlation(&mut gradient, &a, &b, 1, -inter)?;
    let centred = |x: &mut Tensor| x.f_sub_(&x.f_mean_dim(0, true, None::<Kind>)?);
    let (a, b) = (centred(&mut a)?, centred(&mut b)?);
    let along_batch = add_correlation(&mut gradient, &a, &b, 0, -intra)?;
    let distance = along_classes.f_add(&along_batch)?.f_add_scalar(inter + intra)?;
    with_gradient(&distance, &student, &gradient)
}

/// `factor` times the mean of the correlations of a and b, both centred along `axis`; its gradient with respect to a is
/// added to `gradient`, `b / (|a| |b|) - ρ a / |a|²` for each.
fn add_correlation(gradient: &mut Tensor, a: &Tensor, b: &Tensor, axis: i64, factor: f64) -> Result<Tensor> {
    // libtorch's own norm along the batch takes fifteen times as long.
    let sum = |products: Tensor| products.f_sum_dim_intlist(axis, true, None::<Kind>);
    let squares_a = sum(a.f_square()?)?.f_clamp_min_(1e-16)?;
    let squares_b = sum(b.f_square()?)?.f_clamp_min_(1e-16)?;
    let product = sum(a.f_mul(b)?)?;
    let share = factor / product.numel() as f64;
    let along_b = squares_a.f_mul(&squares_b)?.f_rsqrt_()?.f_mul_scalar_(share)?;
    let correlations = product.f_mul(&along_b)?;
    let against_a = correlations.f_div(&squares_a)?.f_neg_()?;
    let _ = gradient.f_addcmul_(b, &along_b)?.f_addcmul_(a, &against_a)?;
    Ok(correlations.f_sum(None::<Kind>)?)
}
