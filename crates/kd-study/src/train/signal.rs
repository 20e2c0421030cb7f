//! What a student hears of its teacher: of its samples as they are, or of every view of them.

use kd_core::signal::{Heard, Table, Views};
use tch::Tensor;

use crate::error::Result;

/// What the terms of an objective hear.
pub(crate) enum Signal {
    /// The teacher was asked once about every training example.
    Table(Table),
    /// It is asked at every step.
    Views(Views),
}

impl Signal {
    /// What is heard of the samples at `index`, of which the teachers, seeing a view of them, have `said` these rows;
    /// `labels` has one for each row.
    pub(super) fn hear(&mut self, index: &Tensor, labels: &Tensor, said: &[Tensor]) -> Result<Heard> {
        Ok(match self {
            Self::Table(table) => table.at(index)?,
            Self::Views(views) => views.hear(said, labels)?,
        })
    }
}
