//! What a student hears of its teacher: the teacher's logits, supervised as each term of the objective asks.
//!
//! A [`Criterion`](crate::criterion::Criterion) takes a teacher's logits as [`Heard`], and those come from supervision
//! alone: from a [`Table`] where the teacher was asked once about every training example, from [`Views`] where it is
//! asked anew about every view of one, and from [`Heard::in_full`] where nothing is done to them, which an objective that
//! asks for more refuses.
//!
//! ```
//! use kd_core::criterion::{Batch, Criterion};
//! use kd_core::loss::Distillation;
//! use kd_core::objective::Objective;
//! use kd_core::random::{Concern, Stream};
//! use kd_core::signal::Table;
//! use kd_core::supervision::Supervision;
//! use tch::Tensor;
//!
//! # fn main() -> Result<(), kd_core::Error> {
//! let objective = Objective::Distillation(Distillation {
//!     supervision: Supervision::permuted(),
//!     ..Distillation::at(4.0)?
//! });
//! let teacher = Tensor::from_slice2(&[[2.0, 1.0, 0.1], [0.0, -1.0, 2.5], [1.0, 0.5, 3.0]]);
//! let labels = Tensor::from_slice(&[0_i64, 2, 2]);
//! let mut table = Table::of(&objective, &[teacher], &labels, &Stream::new(&[11], Concern::Intervention))?;
//!
//! let student = Tensor::from_slice2(&[[1.0, 2.0, 0.5], [0.2, -0.3, 1.5]]);
//! let batch = Tensor::from_slice(&[2_i64, 0]);
//! let heard = table.at(&batch)?;
//! let loss = Criterion::new(&objective)
//!     .loss(&Batch::new(&student, &labels.index_select(0, &batch)).with_teacher(&heard))?;
//! assert!(loss.double_value(&[]) > 0.0);
//! # Ok(())
//! # }
//! ```
//!
//! Supervision cannot be forgotten: the teacher's own logits are of another type.
//!
//! ```compile_fail,E0308
//! # use kd_core::criterion::{Batch, Criterion};
//! # use kd_core::objective::Objective;
//! # use tch::Tensor;
//! # fn of(objective: &Objective, student: &Tensor, teacher: &Tensor, labels: &Tensor) {
//! let loss = Criterion::new(objective).loss(&Batch::new(student, labels).with_teacher(teacher));
//! # }
//! ```

use tch::{Kind, Tensor};

use crate::error::{Error, Result, finite};
use crate::objective::Objective;
use crate::random::Stream;
use crate::supervision::Supervision;

/// What the terms of an objective hear of a teacher on a batch: rows of supervised logits, or of predicted numbers.
#[derive(Debug)]
pub struct Heard(Terms);

#[derive(Debug)]
enum Terms {
    /// The same to every term.
    Same(Supervised),
    /// To each of [`Objective::terms`] its own; none where it hears no teacher.
    Each(Vec<Option<Supervised>>),
}

/// Rows of logits, and what was done to them.
#[derive(Debug)]
struct Supervised {
    rows: Tensor,
    by: Asked,
}

/// What a term asks of its teacher.
#[derive(Debug, Clone, Copy)]
struct Asked {
    supervision: Supervision,
    /// T, at which the term sees the teacher.
    temperature: f64,
}

impl Asked {
    /// What a term of an objective asks; none where it hears no teacher.
    fn by(term: &Objective) -> Option<Self> {
        let temperature = term.temperature();
        term.supervision().map(|&supervision| Self { supervision, temperature })
    }

    /// Whether logits that another asked for are what this one asks for.
    fn is_met_by(&self, other: &Self) -> bool {
        let temperature_matters = self.supervision.depends_on_temperature();
        let same_temperature = self.temperature.total_cmp(&other.temperature).is_eq();
        self.supervision == other.supervision && (same_temperature || !temperature_matters)
    }
}

impl Heard {
    /// A teacher's logits `[B, K]`, or its predicted numbers `[B, D]`, with nothing done to them. Objectives that ask for
    /// any supervision but [`Supervision::FULL`] refuse them.
    #[must_use]
    pub fn in_full(teacher: &Tensor) -> Self {
        let by = Asked { supervision: Supervision::FULL, temperature: 1.0 };
        Self(Terms::Same(Supervised { rows: teacher.shallow_clone(), by }))
    }

    /// What is heard by each term that hears something, in the order of [`Objective::terms`].
    pub fn logits(&self) -> impl Iterator<Item = &Tensor> {
        let (same, each) = match &self.0 {
            Terms::Same(same) => (Some(same), &[][..]),
            Terms::Each(each) => (None, &each[..]),
        };
        same.into_iter().chain(each.iter().flatten()).map(|supervised| &supervised.rows)
    }

    /// The same in another precision.
    ///
    /// # Errors
    /// If libtorch refuses.
    pub fn to_kind(&self, kind: Kind) -> Result<Self> {
        let converted = |own: &Supervised| -> Result<_> {
            Ok(Supervised { rows: own.rows.f_to_kind(kind)?, by: own.by })
        };
        Ok(Self(match &self.0 {
            Terms::Same(same) => Terms::Same(converted(same)?),
            Terms::Each(each) => {
                let converted = each.iter().map(|own| own.as_ref().map(converted).transpose());
                Terms::Each(converted.collect::<Result<_>>()?)
            }
        }))
    }

    /// What `term`, the one at `index`, hears.
    pub(crate) fn by_term(&self, index: usize, term: &Objective) -> Result<Option<&Tensor>> {
        let supervised = match &self.0 {
            Terms::Same(same) => Some(same),
            Terms::Each(each) => each.get(index).and_then(Option::as_ref),
        };
        let (Some(asked), Some(supervised)) = (Asked::by(term), supervised) else { return Ok(None) };
        if asked.is_met_by(&supervised.by) {
            return Ok(Some(&supervised.rows));
        }
        Err(Error::HeardOtherwise {
            asked: asked.supervision.name(),
            heard: supervised.by.supervision.name(),
        })
    }
}

/// The signal of a teacher that was asked once about every training example.
#[derive(Debug)]
pub struct Table {
    /// Of each term of the objective; none where it hears no teacher.
    terms: Vec<Option<TermTable>>,
    /// `[n]`, or `[n, L]` for the tokens of n sequences.
    labels: Tensor,
}

/// What one term hears: logits `[n, K]`, or `[n, L, K]` for the tokens of n sequences.
#[derive(Debug)]
struct TermTable {
    logits: Tensor,
    asked: Asked,
    /// Where they are drawn anew at every visit; without, they are supervised already.
    fresh: Option<Stream>,
}

impl Table {
    /// The signal of each term of `objective`.
    ///
    /// `members` are the logits `[n, K]`, or `[n, L, K]`, of each member of an ensemble of teachers (mostly one), and
    /// `labels` those of the examples or their tokens. Every term starts from the same stream, so that terms agree on what
    /// happens to an example.
    ///
    /// # Errors
    /// On no members, and as [`Supervision::supervise`].
    pub fn of(
        objective: &Objective,
        members: &[Tensor],
        labels: &Tensor,
        intervention: &Stream,
    ) -> Result<Self> {
        Self::selected(objective, members, labels, None, intervention)
    }

    /// The same for the examples at `subset` alone. Every example of the table is supervised all the same, so that what
    /// happens to one does not depend on how many there are.
    ///
    /// # Errors
    /// As [`Table::of`].
    pub fn of_subset(
        objective: &Objective,
        members: &[Tensor],
        labels: &Tensor,
        subset: &Tensor,
        intervention: &Stream,
    ) -> Result<Self> {
        Self::selected(objective, members, labels, Some(subset), intervention)
    }

    fn selected(
        objective: &Objective,
        members: &[Tensor],
        labels: &Tensor,
        subset: Option<&Tensor>,
        intervention: &Stream,
    ) -> Result<Self> {
        let own = |table: &Tensor| -> Result<Tensor> {
            Ok(match subset {
                Some(subset) => table.f_index_select(0, subset)?,
                None => table.shallow_clone(),
            })
        };
        let signal = |term: &Objective| -> Result<Option<TermTable>> {
            let Some(asked @ Asked { supervision, temperature }) = Asked::by(term) else { return Ok(None) };
            let first = members.first().ok_or(Error::NoTeacher)?;
            let tables = members.iter().map(rows).collect::<Result<Vec<_>>>()?;
            let chosen = supervision.choose(&tables, temperature)?.f_view_as(first)?;
            let mut stream = intervention.clone();
            Ok(Some(if supervision.is_fresh() {
                TermTable { logits: own(&chosen)?, asked, fresh: Some(stream) }
            } else if supervision.is_full() {
                TermTable { logits: own(&chosen)?, asked, fresh: None }
            } else {
                let labels = labels.f_flatten(0, -1)?;
                let supervised = supervision.supervise(&rows(&chosen)?, &labels, temperature, &mut stream)?;
                TermTable { logits: own(&supervised.f_view_as(&chosen)?)?, asked, fresh: None }
            }))
        };
        let terms = objective.terms().into_iter().map(signal).collect::<Result<_>>()?;
        let by_example = match members.first() {
            Some(first) => labels.f_reshape([first.size()[0], -1])?,
            None => labels.shallow_clone(),
        };
        Ok(Self { terms, labels: own(&by_example)? })
    }

    /// What is heard of the examples at `index`, int64, counted in the table or its subset: a row for each, or for each of
    /// their tokens.
    ///
    /// # Errors
    /// On an index that is none, and as [`Supervision::supervise`] where logits are drawn anew.
    pub fn at(&mut self, index: &Tensor) -> Result<Heard> {
        let labels = &self.labels;
        let mut hear = |own: &mut TermTable| -> Result<Supervised> {
            let logits = rows(&own.logits.f_index_select(0, index)?)?;
            let Asked { supervision, temperature } = own.asked;
            let rows = match &mut own.fresh {
                None => logits,
                Some(stream) => {
                    let labels = labels.f_index_select(0, index)?.f_flatten(0, -1)?;
                    supervision.supervise(&logits, &labels, temperature, stream)?
                }
            };
            Ok(Supervised { rows, by: own.asked })
        };
        let heard = self.terms.iter_mut().map(|own| own.as_mut().map(&mut hear).transpose());
        Ok(Heard(Terms::Each(heard.collect::<Result<_>>()?)))
    }
}

/// The signal of a teacher that is asked anew about every view of an example.
#[derive(Debug)]
pub struct Views {
    /// Of each term of the objective; none where it hears no teacher.
    terms: Vec<Option<(Asked, Stream)>>,
}

impl Views {
    /// The signal of each term of `objective`. Every term starts from the same stream.
    ///
    /// # Errors
    /// [`Error::NeedsTable`] on supervision that is made once from the logits on all examples.
    pub fn of(objective: &Objective, intervention: &Stream) -> Result<Self> {
        let signal = |term: &Objective| match Asked::by(term) {
            Some(asked) if asked.supervision.needs_table() => {
                Err(Error::NeedsTable { supervision: asked.supervision.name() })
            }
            asked => Ok(asked.map(|asked| (asked, intervention.clone()))),
        };
        Ok(Self { terms: objective.terms().into_iter().map(signal).collect::<Result<_>>()? })
    }

    /// What is heard of a view of which the members of an ensemble of teachers (mostly one) have `said` these logits
    /// `[B, K]`; `labels` has one for each row.
    ///
    /// # Errors
    /// As [`Supervision::supervise`].
    pub fn hear(&mut self, said: &[Tensor], labels: &Tensor) -> Result<Heard> {
        let hear = |(asked, stream): &mut (Asked, Stream)| -> Result<Supervised> {
            let Asked { supervision, temperature } = *asked;
            if said.is_empty() {
                return Err(Error::NoTeacher);
            }
            let logits = supervision.choose(said, temperature)?;
            let rows = if supervision.is_full() {
                // Numbers have no classes that could be supervised.
                finite("teacher logits", &logits)?;
                logits
            } else {
                supervision.supervise(&logits, labels, temperature, stream)?
            };
            Ok(Supervised { rows, by: *asked })
        };
        let heard = self.terms.iter_mut().map(|own| own.as_mut().map(hear).transpose());
        Ok(Heard(Terms::Each(heard.collect::<Result<_>>()?)))
    }
}

/// A row for each example, or for each token of each sequence.
fn rows(logits: &Tensor) -> Result<Tensor> {
    Ok(match logits.dim() {
        3 => logits.f_flatten(0, 1)?,
        _ => logits.shallow_clone(),
    })
}
