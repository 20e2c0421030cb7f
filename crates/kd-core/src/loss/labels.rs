//! Labels of a batch in which not every row needs to have one.

use tch::Tensor;

use super::weighted;
use crate::error::{Error, Result};

/// The labels of a batch. A loss gets at them by saying what becomes of rows that have none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Labels<'a> {
    /// `[B]`, int64, or target numbers `[B, D]`.
    labels: &'a Tensor,
    /// The rows that have one; all do if none are named.
    labelled: Option<&'a Tensor>,
}

impl<'a> Labels<'a> {
    /// Those of a batch of which the rows at `labelled` alone have one, if that is not all.
    pub(crate) fn new(labels: &'a Tensor, labelled: Option<&'a Tensor>) -> Self {
        Self { labels, labelled }
    }

    /// One for every row, for a loss that cannot do without.
    pub(crate) fn every(&self) -> Result<&'a Tensor> {
        match self.labelled {
            None => Ok(self.labels),
            Some(_) => Err(Error::NeedsLabels),
        }
    }

    /// A loss of those rows of `logits` that have a label, counted as a part of the mean over all rows.
    pub(crate) fn loss(
        &self,
        logits: &Tensor,
        loss: impl FnOnce(&Tensor, &Tensor) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let Some(labelled) = self.labelled else { return loss(logits, self.labels) };
        if labelled.numel() == 0 {
            return nothing(logits);
        }
        let share = labelled.numel() as f64 / logits.size()[0] as f64;
        let (logits, labels) =
            (logits.f_index_select(0, labelled)?, self.labels.f_index_select(0, labelled)?);
        weighted(&loss(&logits, &labels)?, share)
    }
}

/// A loss of zero, with a gradient of zero.
pub(crate) fn nothing(logits: &Tensor) -> Result<Tensor> {
    Ok(logits.f_sum(None::<tch::Kind>)?.f_mul_scalar(0.0)?)
}
