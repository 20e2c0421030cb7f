//! What a student hears of its teacher: the teacher's logits on the student's samples, supervised.

use kd_core::objective::Objective;
use kd_core::random::Stream;
use kd_core::supervision::Supervision;
use tch::Tensor;

use super::prediction::rows;
use crate::error::Result;

/// What one term of an objective hears: a table of `[M, K]`, or of `[M, L, K]` for the tokens of M sequences.
pub(crate) enum Signal<'a> {
    /// Supervised once and for all.
    Fixed(Tensor),
    /// As the teacher gave them, supervised anew at every visit.
    Fresh { logits: Tensor, supervision: &'a Supervision, temperature: f64, stream: Box<Stream> },
    /// What the teachers say of a view, supervised at every step.
    Seen { supervision: &'a Supervision, temperature: f64, stream: Box<Stream> },
}

/// The signal of each term of `objective`, none where it hears no teacher.
///
/// `members` are the logits of each member of an ensemble of teachers (mostly one) and `labels` those of all training
/// examples or their tokens, with the student's own noise if it has any; `subset` is the student's rows of them.
/// Every training example is supervised, so that what happens to one does not depend on M, and terms start from the same
/// `intervention`, so that they agree on what happens to it.
pub(crate) fn signals<'a>(
    objective: &'a Objective,
    members: &[Tensor],
    labels: &Tensor,
    subset: &Tensor,
    intervention: &Stream,
) -> Result<Vec<Option<Signal<'a>>>> {
    let own = |logits: &Tensor| logits.f_index_select(0, subset);
    let signal = |term: &'a Objective| -> Result<Option<Signal<'a>>> {
        let Some(supervision) = term.supervision() else { return Ok(None) };
        let (temperature, mut stream) = (term.temperature(), intervention.clone());
        let tables = members.iter().map(rows).collect::<Result<Vec<_>>>()?;
        let chosen = supervision.choose(&tables, temperature)?.f_view_as(&members[0])?;
        Ok(Some(if supervision.is_fresh() {
            Signal::Fresh { logits: own(&chosen)?, supervision, temperature, stream: Box::new(stream) }
        } else if matches!(supervision, Supervision::Full(_)) {
            Signal::Fixed(own(&chosen)?)
        } else {
            let supervised = supervision.supervise(&rows(&chosen)?, labels, temperature, &mut stream)?;
            Signal::Fixed(own(&supervised.f_view_as(&chosen)?)?)
        }))
    };
    objective.terms().into_iter().map(signal).collect()
}

/// The same where teachers look at every view of an example.
pub(crate) fn seen_signals<'a>(objective: &'a Objective, intervention: &Stream) -> Vec<Option<Signal<'a>>> {
    let signal = |term: &'a Objective| {
        let (temperature, stream) = (term.temperature(), Box::new(intervention.clone()));
        term.supervision().map(|supervision| Signal::Seen { supervision, temperature, stream })
    };
    objective.terms().into_iter().map(signal).collect()
}

impl Signal<'_> {
    /// Rows of logits for the examples at `index`, of which the teachers, seeing a view of them, have `said` these;
    /// `labels` has one for each row.
    pub(crate) fn batch(&mut self, index: &Tensor, labels: &Tensor, said: &[Tensor]) -> Result<Tensor> {
        match self {
            Self::Fixed(logits) => rows(&logits.f_index_select(0, index)?),
            Self::Fresh { logits, supervision, temperature, stream } => {
                let logits = rows(&logits.f_index_select(0, index)?)?;
                Ok(supervision.supervise(&logits, labels, *temperature, stream)?)
            }
            Self::Seen { supervision, temperature, stream } => {
                let logits = supervision.choose(said, *temperature)?;
                Ok(supervision.supervise(&logits, labels, *temperature, stream)?)
            }
        }
    }
}

#[cfg(test)]
mod tests;
