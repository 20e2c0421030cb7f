use tch::{Tensor, nn};

use super::{CrossEntropy, Distillation, Features, Objective, PredictionMatching};
use crate::error::{Error, Result};
use crate::feature::FeatureCriterion;
use crate::loss;
use crate::parameter::{Factor, Weight};
use crate::random::{Concern, Stream};
use crate::schedule::Scheduled;

/// One batch, as objectives see it.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Student logits `[B, K]`, or the numbers `[B, D]` that it predicts.
    pub logits: &'a Tensor,
    /// Labels `[B]`, int64, or target numbers `[B, D]`.
    pub labels: &'a Tensor,
    /// What the teacher says of it.
    pub teacher: Teacher<'a>,
    /// What feature objectives compare.
    pub features: Option<BatchFeatures<'a>>,
    /// The share of training that is done, in `[0, 1]`: what schedules go by.
    pub progress: f64,
}

/// The features of a batch: `[B, ...]` each, by name.
#[derive(Debug, Clone, Copy)]
pub struct BatchFeatures<'a> {
    /// The student's.
    pub student: &'a [(String, Tensor)],
    /// The teacher's.
    pub teacher: &'a [(String, Tensor)],
    /// `[B]` int64: which of the training examples, counted from 0, these are of.
    pub index: &'a Tensor,
}

/// What the teacher says of a batch: numbers `[B, D]`, or logits `[B, K]` after [`Supervision::supervise`](crate::supervision::Supervision::supervise).
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
        Self { logits, labels, teacher: Teacher::Absent, features: None, progress: 0.0 }
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

/// An [`Objective`] ready to be computed: its terms, with whatever they learn and remember.
#[derive(Debug)]
pub struct Criterion {
    terms: Vec<Term>,
    /// What objectives draw from that choose at random.
    stream: Stream,
}

#[derive(Debug)]
struct Term {
    weight: Scheduled<Factor>,
    objective: Objective,
    /// For feature objectives.
    comparison: Option<Comparison>,
}

/// Two features and how they are compared.
#[derive(Debug)]
struct Comparison {
    student: String,
    teacher: String,
    loss: FeatureCriterion,
}

/// Whom a criterion is for: what feature objectives have to know before they can learn.
#[derive(Debug, Clone, Copy)]
pub struct Learner<'a> {
    /// Name of each of the student's features and its shape without the batch, from the input to the head.
    pub student: &'a [(String, Vec<i64>)],
    /// The same of the teacher's.
    pub teacher: &'a [(String, Vec<i64>)],
    /// Number of training examples.
    pub samples: i64,
}

impl Criterion {
    /// The criterion of an objective on logits. One that compares features takes [`Criterion::with_features`]; one that
    /// chooses at random chooses the same every time.
    #[must_use]
    pub fn new(objective: &Objective) -> Self {
        let term =
            |(weight, term): (_, &Objective)| Term { weight, objective: term.clone(), comparison: None };
        let terms = objective.weighted_terms().into_iter().map(term).collect();
        Self { terms, stream: Stream::new(&[], Concern::Criterion) }
    }

    /// The criterion of any objective. What it learns is created under `path`, for an optimiser to move and to be saved
    /// with the student. That and all it chooses at random is drawn from `stream`.
    ///
    /// # Errors
    /// If a feature is not there or the features cannot be compared.
    pub fn with_features(
        objective: &Objective,
        learner: &Learner<'_>,
        path: &nn::Path<'_>,
        mut stream: Stream,
    ) -> Result<Self> {
        let mut criterion = Self::new(objective);
        for (index, term) in criterion.terms.iter_mut().enumerate() {
            if let Objective::Features(features) = &term.objective {
                let own = path / format!("term{index}");
                term.comparison = Some(Comparison::new(features, learner, &own, &mut stream)?);
            }
        }
        criterion.stream = stream;
        Ok(criterion)
    }

    /// The loss on a batch, a scalar; its unit is that of the loss in [`crate::loss`].
    ///
    /// A term whose weight is zero at this point of training is not computed.
    ///
    /// # Errors
    /// If a teacher is needed and absent, or as the losses refuse.
    pub fn loss(&mut self, batch: &Batch<'_>) -> Result<Tensor> {
        // Once for all terms, so that temperatures and sums do not round in 16 bits.
        let logits = loss::widened(batch.logits)?;
        let batch = &Batch { logits: &logits, ..*batch };
        let mut total: Option<Tensor> = None;
        for (index, Term { weight, objective, comparison }) in self.terms.iter_mut().enumerate() {
            let mut loss = || match comparison {
                Some(comparison) => comparison.loss(batch.features.as_ref()),
                None => Single { objective, batch, index, stream: &mut self.stream }.loss(),
            };
            let weighted = match weight.at(batch.progress) {
                0.0 => continue,
                weight => weighted(&loss()?, weight)?,
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

impl Comparison {
    fn new(
        features: &Features,
        learner: &Learner<'_>,
        path: &nn::Path<'_>,
        stream: &mut Stream,
    ) -> Result<Self> {
        let (student, teacher) =
            (features.of_student(learner.student)?, features.of_teacher(learner.teacher)?);
        let loss = features.loss.build(&student.1, &teacher.1, learner.samples, path, stream)?;
        Ok(Self { student: student.0.clone(), teacher: teacher.0.clone(), loss })
    }

    fn loss(&mut self, features: Option<&BatchFeatures<'_>>) -> Result<Tensor> {
        let features = features.ok_or(Error::NoFeatures("batch"))?;
        let (_, student) = named("student", Some(&self.student), features.student)?;
        let (_, teacher) = named("teacher", Some(&self.teacher), features.teacher)?;
        self.loss.loss(student, teacher, features.index)
    }
}

impl Features {
    /// Which of the student's features is compared, with whatever goes with its name, such as its shape.
    ///
    /// # Errors
    /// [`Error::UnknownFeature`] or [`Error::NoFeatures`].
    pub fn of_student<'a, T>(&self, features: &'a [(String, T)]) -> Result<&'a (String, T)> {
        named("student", self.student.as_deref(), features)
    }

    /// Which of the teacher's.
    ///
    /// # Errors
    /// [`Error::UnknownFeature`] or [`Error::NoFeatures`].
    pub fn of_teacher<'a, T>(&self, features: &'a [(String, T)]) -> Result<&'a (String, T)> {
        named("teacher", self.teacher.as_deref(), features)
    }
}

/// The feature of that name, the last without one.
fn named<'a, T>(
    whose: &'static str,
    name: Option<&str>,
    features: &'a [(String, T)],
) -> Result<&'a (String, T)> {
    let Some(last) = features.last() else { return Err(Error::NoFeatures(whose)) };
    let Some(name) = name else { return Ok(last) };
    features.iter().find(|(known, _)| known == name).ok_or_else(|| {
        let known: Vec<String> = features.iter().map(|(known, _)| format!("`{known}`")).collect();
        Error::UnknownFeature { whose, name: name.to_owned(), known: known.join(", ") }
    })
}

/// A term on logits, on a batch.
struct Single<'a> {
    objective: &'a Objective,
    batch: &'a Batch<'a>,
    index: usize,
    stream: &'a mut Stream,
}

impl<'a> Single<'a> {
    fn loss(&mut self) -> Result<Tensor> {
        let batch = self.batch;
        let Batch { logits, labels, progress, .. } = *batch;
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
            Objective::VirtualTeacher(own) => mix(batch, own.label_weight, || {
                loss::virtual_teacher(logits, labels, own.probability.get(), own.temperature.at(progress))
            }),
            Objective::ConfidenceWeighted(_) => loss::confidence_weighted(logits, self.teacher()?, labels),
            Objective::Features(_) => Err(Error::NoFeatures("criterion")),
            Objective::SquaredError(_) => loss::mse(logits, labels),
            Objective::Huber(own) => loss::huber(logits, labels, own.delta.get()),
            Objective::PredictionMatching(own) => match own.label_weight.at(progress) {
                0.0 => match_predictions(own, logits, self.teacher()?),
                1.0 => match_predictions(own, logits, labels),
                w => sum(
                    &match_predictions(own, logits, labels)?,
                    w,
                    &match_predictions(own, logits, self.teacher()?)?,
                    1.0 - w,
                ),
            },
            Objective::TeacherBounded(own) => {
                let bounded = loss::teacher_bounded(logits, labels, self.teacher()?, own.margin.get())?;
                sum(&loss::mse(logits, labels)?, 1.0, &bounded, own.factor.get())
            }
            single => {
                let weight = single.teacher_term().map_or_else(Scheduled::default, |own| own.label_weight);
                mix(batch, weight, || self.on_teacher())
            }
        }
    }

    /// The part that learns from the teacher's distribution.
    fn on_teacher(&mut self) -> Result<Tensor> {
        let teacher = self.teacher()?;
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
            Objective::LogitMse(own) => loss::logit_mse(logits, teacher, own.selection, self.stream),
            Objective::Decoupled(own) => {
                let factors = [own.target_factor.get(), own.others_factor.get()];
                loss::decoupled(logits, teacher, labels, own.temperature.at(progress), factors)
            }
            Objective::Normalised(own) => {
                loss::normalised(logits, teacher, labels, own.temperature.at(progress), own.gamma.get())
            }
            Objective::Dist(own) => {
                let factors = [own.inter_factor.get(), own.intra_factor.get()];
                loss::dist(logits, teacher, own.temperature.at(progress), factors)
            }
            Objective::MultiLevel(own) => loss::multi_level(logits, teacher, own.temperature.at(progress)),
            Objective::CrossEntropy(_)
            | Objective::LabelSmoothing(_)
            | Objective::VirtualTeacher(_)
            | Objective::SquaredError(_)
            | Objective::Huber(_)
            | Objective::PredictionMatching(_)
            | Objective::TeacherBounded(_)
            | Objective::Features(_)
            | Objective::ConfidenceWeighted(_) => Err(Error::NoTeacher),
            Objective::Sum(_) => Err(Error::NestedSum),
        }
    }

    fn teacher(&self) -> Result<&'a Tensor> {
        match self.batch.teacher {
            Teacher::Absent => None,
            Teacher::Logits(logits) => Some(logits),
            Teacher::ForEachTerm(tables) => tables.get(self.index).and_then(Option::as_ref),
        }
        .ok_or(Error::NoTeacher)
    }
}

/// `w` times the loss on labels plus `1 - w` times another.
fn mix(
    batch: &Batch<'_>,
    label_weight: Scheduled<Weight>,
    other: impl FnOnce() -> Result<Tensor>,
) -> Result<Tensor> {
    let on_labels = || loss::cross_entropy(batch.logits, batch.labels);
    match label_weight.at(batch.progress) {
        0.0 => other(),
        1.0 => on_labels(),
        w => sum(&on_labels()?, w, &other()?, 1.0 - w),
    }
}

fn match_predictions(own: &PredictionMatching, predictions: &Tensor, targets: &Tensor) -> Result<Tensor> {
    match own.delta {
        None => loss::mse(predictions, targets),
        Some(delta) => loss::huber(predictions, targets, delta.get()),
    }
}

fn distil(own: &Distillation, logits: &Tensor, teacher: &Tensor, t: f64) -> Result<Tensor> {
    let (logits, teacher) = if own.standardise {
        (loss::standardise(logits)?, loss::standardise(teacher)?)
    } else {
        (logits.shallow_clone(), loss::widened(teacher)?)
    };
    match own.teacher_temperature {
        None => loss::distillation(&logits, &teacher, t),
        // Scaled so that dividing by the student's temperature divides by the teacher's own.
        Some(own) => loss::distillation(&logits, &teacher.f_mul_scalar(t / own.get())?, t),
    }
}

fn sum(a: &Tensor, weight_a: f64, b: &Tensor, weight_b: f64) -> Result<Tensor> {
    Ok(weighted(a, weight_a)?.f_add(&weighted(b, weight_b)?)?)
}

/// The operation is spared where it would change nothing.
fn weighted(loss: &Tensor, weight: f64) -> Result<Tensor> {
    match weight {
        1.0 => Ok(loss.shallow_clone()),
        _ => Ok(loss.f_mul_scalar(weight)?),
    }
}
