//! The examples that a teacher from elsewhere is tried on.

use std::time::{Duration, Instant};

use kd_data::{Dataset, Examples, Inputs, Sequences};
use tch::Tensor;

use crate::error::Result;
use crate::spec::Validation;
use crate::train::draw;

/// As many tell enough.
const MOST: usize = 1000;

/// As many are asked of first; then of as many again, and so on.
const FIRST: usize = 32;

/// Of a teacher that is slow, fewer must do.
const PATIENCE: Duration = Duration::from_secs(8);

/// Of language models, which say something of every token, as many numbers in all.
const MOST_NUMBERS: usize = 20_000_000;

/// Examples that a teacher from elsewhere is tried on: those held out for validation, and training examples where these
/// are few. One that was trained on them looks better than it is there; what is sought is whether it looks like nothing.
pub(in crate::check) struct Sample {
    /// Of the training split, in no order.
    pub(in crate::check) rows: Vec<usize>,
    pub(in crate::check) examples: Examples,
}

impl Sample {
    pub(in crate::check) fn of(dataset: &Dataset, validation: Validation) -> Result<Self> {
        let (pool, mut rows) = draw::pool(dataset, validation);
        let most = most(dataset);
        rows.truncate(most);
        // Files are sorted by class, now and then.
        let more = (most - rows.len()).min(pool.len());
        rows.extend((0..more).map(|place| pool[place * pool.len() / more]));
        let examples = dataset.train.select(&rows)?;
        Ok(Self { rows, examples })
    }

    /// What `say` says of them, and those of which it did: as many as it says something of in little time.
    pub(in crate::check) fn said(
        &self,
        mut say: impl FnMut(&Examples) -> Result<Tensor>,
    ) -> Result<(Tensor, Examples)> {
        let started = Instant::now();
        let (mut parts, mut count) = (Vec::new(), 0);
        while count < self.rows.len() && started.elapsed() < PATIENCE {
            let end = (2 * count).clamp(FIRST, self.rows.len().max(FIRST)).min(self.rows.len());
            let rows: Vec<usize> = (count..end).collect();
            parts.push(say(&self.examples.select(&rows)?)?);
            count = end;
        }
        let rows: Vec<usize> = (0..count).collect();
        Ok((Tensor::f_cat(&parts, 0)?, self.examples.select(&rows)?))
    }
}

fn most(dataset: &Dataset) -> usize {
    match &dataset.train.inputs {
        Inputs::Sequences(Sequences { blocks, vocabulary }) => {
            let numbers = blocks.size()[1].saturating_mul(*vocabulary).max(1) as usize;
            (MOST_NUMBERS / numbers).clamp(1, MOST)
        }
        Inputs::Images(_) | Inputs::Table(_) | Inputs::Texts(_) => MOST,
    }
}
