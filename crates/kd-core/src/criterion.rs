//! An [`Objective`] that is computed: its terms put together, with whatever they learn and remember.

use tch::{Tensor, nn};

use crate::error::{Error, Result};
use crate::feature::FeatureCriterion;
use crate::loss::{self, Given, Labels};
use crate::objective::{Features, Kind, Objective, named};
use crate::parameter::Factor;
use crate::random::{Concern, Stream};
use crate::schedule::Scheduled;
use crate::signal::Heard;

/// One batch, as objectives see it.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Student logits `[B, K]`, or the numbers `[B, D]` that it predicts.
    pub logits: &'a Tensor,
    /// Labels `[B]`, int64, or target numbers `[B, D]`.
    pub labels: &'a Tensor,
    /// `[n]`, int64, each once: the rows that have a label, if not all have. Of the others, terms on labels ask nothing and
    /// whatever stands in `labels` is not looked at; the loss is the mean over all rows nevertheless.
    pub labelled: Option<&'a Tensor>,
    /// What is heard of the teacher.
    pub teacher: Option<&'a Heard>,
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

impl<'a> Batch<'a> {
    /// A batch without a teacher, at the start of training.
    #[must_use]
    pub fn new(logits: &'a Tensor, labels: &'a Tensor) -> Self {
        Self { logits, labels, labelled: None, teacher: None, features: None, progress: 0.0 }
    }

    /// The same with what is heard of a teacher; its logits as they are become that by [`signal`](crate::signal).
    #[must_use]
    pub fn with_teacher(self, heard: &'a Heard) -> Self {
        Self { teacher: Some(heard), ..self }
    }

    /// The same with labels at these rows alone.
    #[must_use]
    pub fn labelled_at(self, rows: &'a Tensor) -> Self {
        Self { labelled: Some(rows), ..self }
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
            if let Kind::OnFeatures(features) = term.objective.kind() {
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
    /// If a teacher is needed and absent or was supervised in another way, if labels are missing that a term needs
    /// ([`Objective::check_unlabelled`]), or as the losses refuse.
    pub fn loss(&mut self, batch: &Batch<'_>) -> Result<Tensor> {
        // Once for all terms, so that temperatures and sums do not round in 16 bits.
        let logits = loss::widened(batch.logits)?;
        let batch = &Batch { logits: &logits, ..*batch };
        let mut total: Option<Tensor> = None;
        for (index, Term { weight, objective, comparison }) in self.terms.iter_mut().enumerate() {
            if batch.labelled.is_some() {
                objective.check_unlabelled()?;
            }
            let loss = || match (objective.kind(), comparison) {
                (Kind::OnOutputs(settings), _) => settings.loss(&mut Given {
                    logits: batch.logits,
                    labels: Labels::new(batch.labels, batch.labelled),
                    teacher: match batch.teacher {
                        Some(heard) => heard.by_term(index, objective)?,
                        None => None,
                    },
                    progress: batch.progress,
                    stream: &mut self.stream,
                }),
                (Kind::OnFeatures(_), Some(comparison)) => comparison.loss(batch.features.as_ref()),
                (Kind::OnFeatures(_), None) => Err(Error::NoFeatures("criterion")),
                (Kind::Sum(_), _) => Err(Error::NestedSum),
            };
            let weighted = match weight.at(batch.progress) {
                0.0 => continue,
                weight => loss::weighted(&loss()?, weight)?,
            };
            total = Some(match total {
                None => weighted,
                Some(sum) => sum.f_add(&weighted)?,
            });
        }
        total.map_or_else(|| loss::nothing(batch.logits), Ok)
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
