//! Which of the training examples a run gets, and with which labels.

use std::collections::HashSet;

use kd_data::{Dataset, subset};
use tch::Tensor;

use crate::error::Result;
use crate::spec::{Draw, Origin, Validation};

/// The validation split is a property of the task, not of a seed: every run is judged on the same examples, or prefers the
/// same ones of its own.
const VALIDATION_SEED: u64 = 0;

/// The training rows in `(pool, held out)`, both ascending; none is held out where validation has examples of its own, or
/// a run takes them from its samples.
pub(crate) fn pool(dataset: &Dataset, validation: Validation) -> (Vec<usize>, Vec<usize>) {
    match validation {
        Validation::Share(share) => {
            subset::holdout(VALIDATION_SEED, &dataset.name, &dataset.train, share.get())
        }
        Validation::Official | Validation::Within(_) => ((0..dataset.train.len()).collect(), Vec::new()),
    }
}

/// Of a run's `rows`, those that it is trained on and those that it is validated on, both ascending; all are trained on
/// unless validation is within them. Examples are preferred for validation in one order, whatever the draw: students are
/// largely validated on what their teacher was not trained on either.
pub(crate) fn divided(
    rows: Vec<usize>,
    dataset: &Dataset,
    validation: Validation,
) -> (Vec<usize>, Vec<usize>) {
    match validation.taken(rows.len() as u64) {
        0 => (rows, Vec::new()),
        taken => subset::holdout_of(VALIDATION_SEED, &dataset.name, &dataset.train, &rows, taken as usize),
    }
}

/// The rows of `pool` that `draws` lead to, ascending.
pub(crate) fn rows(draws: &[Draw], dataset: &Dataset, pool: &[usize]) -> Result<Vec<usize>> {
    draws.iter().try_fold(pool.to_vec(), |before, draw| draw.take(dataset, pool, &before))
}

/// The rows of the samples that a run has without their labels, ascending: the next `count` behind `own`, which its
/// `draws` lead to, in the order of the last draw.
pub(crate) fn unlabelled(
    draws: &[Draw],
    dataset: &Dataset,
    pool: &[usize],
    own: &[usize],
    count: u64,
) -> Result<Vec<usize>> {
    let (Some((last, before)), 1..) = (draws.split_last(), count) else { return Ok(Vec::new()) };
    let mut draws = before.to_vec();
    draws.push(Draw { samples: last.samples + count, ..last.clone() });
    let mut all = rows(&draws, dataset, pool)?;
    all.retain(|row| own.binary_search(row).is_err());
    Ok(all)
}

/// The targets of all training examples, `right`, as a run with these draws has them. Noise is decided by example and
/// seed: whether a label is wrong does not depend on M or the arm.
pub(crate) fn targets(draws: &[Draw], dataset: &Dataset, right: Tensor) -> Result<Tensor> {
    let Some(Draw { seed, label_noise: Some(noise), .. }) = draws.last() else { return Ok(right) };
    let labels = noise.apply(*seed, dataset.train.labels()?, dataset.classes.len())?;
    Ok(Tensor::f_from_slice(&labels)?)
}

impl Draw {
    /// The rows it may take, ascending as `pool` and `before`, what the draw before took of it.
    pub(crate) fn candidates(&self, dataset: &Dataset, pool: &[usize], before: &[usize]) -> Vec<usize> {
        let taken: HashSet<usize> = match self.from {
            Origin::Others => before.iter().copied().collect(),
            Origin::Teacher | Origin::All => HashSet::new(),
        };
        let from = if self.from == Origin::Teacher { before } else { pool };
        let left_out = |row: usize| {
            let class = dataset.train.labels().map(|labels| &dataset.classes[labels[row] as usize]);
            class.is_ok_and(|class| self.without.contains(class))
        };
        from.iter().copied().filter(|&row| !taken.contains(&row) && !left_out(row)).collect()
    }

    pub(crate) fn take(&self, dataset: &Dataset, pool: &[usize], before: &[usize]) -> Result<Vec<usize>> {
        let candidates = self.candidates(dataset, pool, before);
        if self.samples as usize == candidates.len() {
            return Ok(candidates);
        }
        let mut rows = self.order(dataset, &candidates)?;
        rows.sort_unstable();
        Ok(rows)
    }

    /// The rows that it takes of `candidates`, in an order whose every prefix are those of fewer samples.
    pub(crate) fn order(&self, dataset: &Dataset, candidates: &[usize]) -> Result<Vec<usize>> {
        self.sampling.unchanged(self.contents.as_deref())?;
        // Under the teacher's name, the ranks would be the teacher's and the student's samples the first of its.
        let name = match self.from {
            Origin::All => format!("{} student", dataset.name),
            Origin::Teacher | Origin::Others => dataset.name.clone(),
        };
        let samples = self.samples as usize;
        Ok(subset::rank(self.seed, &name, candidates, &dataset.train, &self.sampling, samples)?)
    }

    /// How many it may take after `teacher`, whichever of `seeds` that has: the fewest that any leaves.
    pub(crate) fn available(
        &self,
        teacher: &Self,
        seeds: &[u64],
        dataset: &Dataset,
        pool: &[usize],
    ) -> Result<u64> {
        match self.from {
            Origin::All => return Ok(self.candidates(dataset, pool, &[]).len() as u64),
            Origin::Teacher if self.without.is_empty() => return Ok(teacher.samples),
            Origin::Others if self.without.is_empty() => return Ok(pool.len() as u64 - teacher.samples),
            Origin::Teacher | Origin::Others => {}
        }
        let after = |&seed: &u64| -> Result<u64> {
            let before = Self { seed, ..teacher.clone() }.take(dataset, pool, pool)?;
            Ok(self.candidates(dataset, pool, &before).len() as u64)
        };
        seeds.iter().map(after).try_fold(u64::MAX, |fewest, count| Ok(fewest.min(count?)))
    }
}

#[cfg(test)]
mod tests;
