//! Samples without labels that a run learns from, beside its own.

use tch::Tensor;

use super::examples::{Examples, Labelled, index};
use crate::error::Result;

/// Samples without labels.
#[derive(Debug)]
pub(super) struct Unlabelled {
    /// Their rows of the training split, ascending.
    pub(super) rows: Vec<usize>,
    /// The rows that the run is trained on, its own before these.
    all: Vec<usize>,
    /// The same, on the run's device.
    subset: Tensor,
    /// The samples of these rows; what stands for the target of those that have none is 0.
    samples: Labelled,
}

/// What a run learns from.
pub(super) struct Learnt<'a> {
    /// Rows of the training split.
    pub(super) rows: &'a [usize],
    /// The same, on the run's device.
    pub(super) subset: &'a Tensor,
    pub(super) samples: &'a Labelled,
    /// How many of them have a label, the first ones, if not all have.
    pub(super) labelled: Option<i64>,
}

impl Unlabelled {
    /// The samples at `rows`, if there are any, behind those at `own`. `select` gives samples with their targets.
    pub(super) fn new(
        own: &[usize],
        rows: Vec<usize>,
        select: impl FnOnce(&[usize]) -> Result<Labelled>,
    ) -> Result<Option<Self>> {
        if rows.is_empty() {
            return Ok(None);
        }
        let all = [own, &rows].concat();
        let samples = select(&all)?;
        // What is not known cannot be learnt by mistake.
        let _ = samples.targets.f_narrow(0, own.len() as i64, rows.len() as i64)?.f_zero_()?;
        Ok(Some(Self { subset: index(&all)?.f_to_device(samples.targets.device())?, samples, all, rows }))
    }
}

impl Examples {
    /// What the run learns from: its own samples, and those without labels.
    pub(super) fn learnt(&self) -> Learnt<'_> {
        match &self.unlabelled {
            None => Learnt { rows: &self.rows, subset: &self.subset, samples: &self.train, labelled: None },
            Some(Unlabelled { all, subset, samples, .. }) => {
                Learnt { rows: all, subset, samples, labelled: Some(self.rows.len() as i64) }
            }
        }
    }
}
