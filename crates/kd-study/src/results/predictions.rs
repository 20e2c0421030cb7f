//! What runs said, from what is kept of them.

use tch::{Device, Kind, Tensor};

use crate::error::Result;
use crate::spec::RunId;
use crate::store::{PREDICTIONS, Store};
use crate::train::outputs::Outputs;
use crate::train::prediction::{row_targets, rows};

/// What a run said of some examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Logits, or numbers in the units of the data, row by row.
    pub values: Vec<f32>,
    /// How many there are in a row: of classes, or 1 of numbers.
    pub width: usize,
    /// What is right of each row.
    pub targets: Targets,
}

/// What is right.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// Classes, or next tokens, counted from 0.
    Classes(Vec<usize>),
    /// Numbers, in the units of the data.
    Numbers(Vec<f32>),
}

/// What a run said of the test split and of its own samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// Of the test split, in its order; of language models a row for each token.
    pub test: Said,
    /// Of its own samples, in the order of their rows.
    pub train: Said,
}

impl Predictions {
    /// Those that are kept of a run; none where they were too large.
    ///
    /// # Errors
    /// If they are there but are not what was published.
    pub fn of(store: &Store, run: &RunId) -> Result<Option<Self>> {
        if !store.keeps(run, PREDICTIONS)? {
            return Ok(None);
        }
        let path = store.verified(run, PREDICTIONS)?;
        let (said, right) = (Outputs::read(&path, Device::Cpu)?, Outputs::read_targets(&path)?);
        let test = Said::new(&said.test, &right.test)?;
        Ok(Some(Self { test, train: Said::new(&said.train, &right.train)? }))
    }
}

impl Said {
    /// How many rows there are.
    #[must_use]
    pub fn examples(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    fn new(said: &Tensor, right: &Tensor) -> Result<Self> {
        let said = rows(said)?;
        let width = said.size().get(1).copied().unwrap_or(1) as usize;
        let targets = match right.kind() {
            Kind::Int => {
                let classes: Vec<i64> = row_targets(&right.f_to_kind(Kind::Int64)?)?.try_into()?;
                Targets::Classes(classes.into_iter().map(|class| class as usize).collect())
            }
            _ => Targets::Numbers(right.f_flatten(0, -1)?.try_into()?),
        };
        Ok(Self { values: said.f_contiguous()?.f_flatten(0, -1)?.try_into()?, width, targets })
    }
}
