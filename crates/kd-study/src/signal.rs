//! What a student hears of its teacher: the teacher's logits on the student's samples, supervised.

use kd_core::objective::Objective;
use kd_core::random::Stream;
use kd_core::supervision::Supervision;
use tch::Tensor;

use crate::error::Result;

/// What one term of an objective hears.
pub(crate) enum Signal<'a> {
    /// `[M, K]`, supervised once and for all.
    Fixed(Tensor),
    /// `[M, K]` as the teacher gave them, supervised anew at every visit.
    Fresh { logits: Tensor, supervision: &'a Supervision, temperature: f64, stream: Box<Stream> },
}

/// The signal of each term of `objective`, none where it hears no teacher.
///
/// `members` are the logits of each member of an ensemble of teachers (mostly one) and `labels` those of all training
/// examples, `subset` is the student's rows of them.
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
        let logits = supervision.choose(members, temperature)?;
        Ok(Some(if supervision.is_fresh() {
            Signal::Fresh { logits: own(&logits)?, supervision, temperature, stream: Box::new(stream) }
        } else {
            Signal::Fixed(own(&supervision.supervise(&logits, labels, temperature, &mut stream)?)?)
        }))
    };
    objective.terms().into_iter().map(signal).collect()
}

impl Signal<'_> {
    /// Logits for the examples at `index`, whose labels are `labels`.
    pub(crate) fn batch(&mut self, index: &Tensor, labels: &Tensor) -> Result<Tensor> {
        match self {
            Self::Fixed(logits) => Ok(logits.f_index_select(0, index)?),
            Self::Fresh { logits, supervision, temperature, stream } => {
                Ok(supervision.supervise(&logits.f_index_select(0, index)?, labels, *temperature, stream)?)
            }
        }
    }
}
