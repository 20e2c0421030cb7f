use tch::Tensor;

use super::{CrossEntropy, Distillation, Objective};
use crate::error::{Error, Result};
use crate::loss;
use crate::parameter::{Factor, Weight};
use crate::schedule::Scheduled;

/// One batch, as objectives see it.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Student logits `[B, K]`.
    pub logits: &'a Tensor,
    /// Labels `[B]`, int64.
    pub labels: &'a Tensor,
    /// What the teacher says of it.
    pub teacher: Teacher<'a>,
    /// The share of training that is done, in `[0, 1]`: what schedules go by.
    pub progress: f64,
}

/// What the teacher says of a batch: logits `[B, K]`, after [`Supervision::supervise`](crate::supervision::Supervision::supervise).
#[derive(Debug, Clone, Copy)]
pub enum Teacher<'a> {
    /// There is none.
    Absent,
    /// The same to every term.
    Logits(&'a Tensor),
    /// Something else to each of [`Objective::terms`], as their supervisions differ.
    ForEachTerm(&'a [Option<Tensor>]),
}

impl<'a> Batch<'a> {
    /// A batch without a teacher, at the start of training.
    #[must_use]
    pub fn new(logits: &'a Tensor, labels: &'a Tensor) -> Self {
        Self { logits, labels, teacher: Teacher::Absent, progress: 0.0 }
    }

    /// The same with teacher logits for every term.
    #[must_use]
    pub fn with_teacher(self, teacher_logits: &'a Tensor) -> Self {
        Self { teacher: Teacher::Logits(teacher_logits), ..self }
    }

    /// The same at this share of training.
    #[must_use]
    pub fn at(self, progress: f64) -> Self {
        Self { progress, ..self }
    }
}

/// An [`Objective`] ready to be computed: its terms, with whatever they keep or learn.
#[derive(Debug)]
pub struct Criterion {
    terms: Vec<(Scheduled<Factor>, Objective)>,
}

impl Criterion {
    /// The criterion of an objective.
    #[must_use]
    pub fn new(objective: &Objective) -> Self {
        let terms = objective.weighted_terms();
        Self { terms: terms.into_iter().map(|(weight, term)| (weight, term.clone())).collect() }
    }

    /// The loss on a batch, a scalar; its unit is that of the loss in [`crate::loss`].
    ///
    /// A term whose weight is zero at this point of training is not computed.
    ///
    /// # Errors
    /// If a teacher is needed and absent, or as the losses refuse.
    pub fn loss(&mut self, batch: &Batch<'_>) -> Result<Tensor> {
        let mut total: Option<Tensor> = None;
        for (index, (weight, term)) in self.terms.iter().enumerate() {
            let loss = || Single { objective: term, batch, index }.loss();
            let weighted = match weight.at(batch.progress) {
                0.0 => continue,
                1.0 => loss()?,
                weight => loss()?.f_mul_scalar(weight)?,
            };
            total = Some(match total {
                None => weighted,
                Some(sum) => sum.f_add(&weighted)?,
            });
        }
        // Nothing asked for: a loss of zero, with a gradient of zero.
        total.map_or_else(|| Ok(batch.logits.f_sum(None::<tch::Kind>)?.f_mul_scalar(0.0)?), Ok)
    }
}

/// A term of an objective on a batch.
struct Single<'a> {
    objective: &'a Objective,
    batch: &'a Batch<'a>,
    index: usize,
}

impl Single<'_> {
    fn loss(&self) -> Result<Tensor> {
        let Batch { logits, labels, progress, .. } = *self.batch;
        match self.objective {
            Objective::CrossEntropy(CrossEntropy { temperature: None }) => {
                loss::cross_entropy(logits, labels)
            }
            Objective::CrossEntropy(CrossEntropy { temperature: Some(temperature) }) => {
                loss::cross_entropy(&logits.f_div_scalar(temperature.at(progress))?, labels)
            }
            Objective::LabelSmoothing(smoothing) => {
                loss::label_smoothing(logits, labels, smoothing.epsilon.get(), smoothing.spread)
            }
            Objective::VirtualTeacher(own) => self.mix(own.label_weight, || {
                loss::virtual_teacher(logits, labels, own.probability.get(), own.temperature.at(progress))
            }),
            Objective::ConfidenceWeighted(_) => loss::confidence_weighted(logits, self.teacher()?, labels),
            single => {
                let weight = single.teacher_term().map_or_else(Scheduled::default, |own| own.label_weight);
                self.mix(weight, || self.on_teacher(self.teacher()?))
            }
        }
    }

    /// The part that learns from the teacher's distribution.
    fn on_teacher(&self, teacher: &Tensor) -> Result<Tensor> {
        let Batch { logits, labels, progress, .. } = *self.batch;
        match self.objective {
            Objective::Distillation(own) => distil(own, logits, teacher, own.temperature.at(progress)),
            Objective::SoftCrossEntropy(own) => {
                loss::soft_cross_entropy(logits, teacher, own.temperature.at(progress))
            }
            Objective::ReverseKl(own) => loss::reverse_kl(logits, teacher, own.temperature.at(progress)),
            Objective::JensenShannon(own) => {
                loss::jensen_shannon(logits, teacher, own.temperature.at(progress), own.beta.get())
            }
            Objective::LogitMse(own) => loss::logit_mse(logits, teacher, own.selection),
            Objective::Decoupled(own) => {
                let parts = loss::decoupled(logits, teacher, labels, own.temperature.at(progress))?;
                sum(&parts.target, own.target_factor.get(), &parts.others, own.others_factor.get())
            }
            Objective::Normalised(own) => {
                loss::normalised(logits, teacher, labels, own.temperature.at(progress), own.gamma.get())
            }
            Objective::Dist(own) => {
                let parts = loss::dist(logits, teacher, own.temperature.at(progress))?;
                sum(&parts.inter, own.inter_factor.get(), &parts.intra, own.intra_factor.get())
            }
            Objective::MultiLevel(own) => loss::multi_level(logits, teacher, own.temperature.at(progress)),
            Objective::CrossEntropy(_)
            | Objective::LabelSmoothing(_)
            | Objective::VirtualTeacher(_)
            | Objective::ConfidenceWeighted(_) => Err(Error::NoTeacher),
            Objective::Sum(_) => Err(Error::NestedSum),
        }
    }

    fn teacher(&self) -> Result<&Tensor> {
        match self.batch.teacher {
            Teacher::Absent => None,
            Teacher::Logits(logits) => Some(logits),
            Teacher::ForEachTerm(tables) => tables.get(self.index).and_then(Option::as_ref),
        }
        .ok_or(Error::NoTeacher)
    }

    /// `w` times the loss on labels plus `1 - w` times another.
    fn mix(&self, label_weight: Scheduled<Weight>, other: impl Fn() -> Result<Tensor>) -> Result<Tensor> {
        let on_labels = || loss::cross_entropy(self.batch.logits, self.batch.labels);
        match label_weight.at(self.batch.progress) {
            0.0 => other(),
            1.0 => on_labels(),
            w => sum(&on_labels()?, w, &other()?, 1.0 - w),
        }
    }
}

fn distil(own: &Distillation, logits: &Tensor, teacher: &Tensor, t: f64) -> Result<Tensor> {
    let (logits, teacher) = if own.standardise {
        (loss::standardise(logits)?, loss::standardise(teacher)?)
    } else {
        (logits.shallow_clone(), teacher.shallow_clone())
    };
    match own.teacher_temperature {
        None => loss::distillation(&logits, &teacher, t),
        // Scaled so that dividing by the student's temperature divides by the teacher's own.
        Some(own) => loss::distillation(&logits, &teacher.f_mul_scalar(t / own.get())?, t),
    }
}

fn sum(a: &Tensor, weight_a: f64, b: &Tensor, weight_b: f64) -> Result<Tensor> {
    Ok(a.f_mul_scalar(weight_a)?.f_add(&b.f_mul_scalar(weight_b)?)?)
}
