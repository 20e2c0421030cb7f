//! Which of the training examples a run gets, and with which labels.

use std::collections::HashSet;

use kd_data::{Dataset, LabelNoise, Sampling, subset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::error::{Error, Result};

/// A subset of a given size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    /// Number of examples.
    pub samples: u64,
    /// How they are drawn.
    pub sampling: Sampling,
    /// Decides which.
    pub seed: u64,
    /// A hash of the file that sampling goes by. Where it lies is not part of a run's identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<String>,
    /// What they are drawn from. The first draw is from the whole pool.
    #[serde(default, skip_serializing_if = "Origin::is_teacher")]
    pub from: Origin,
    /// Names of the classes that are left out, in the order of the data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// What is done to the labels of a run whose last draw this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_noise: Option<LabelNoise>,
}

/// What a student's samples are drawn from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The teacher's samples.
    #[default]
    Teacher,
    /// The training examples that are not among the teacher's samples.
    Others,
    /// All training examples, whichever the teacher has.
    All,
}

impl Origin {
    #[expect(clippy::trivially_copy_pass_by_ref)] // serde passes it so
    fn is_teacher(&self) -> bool {
        *self == Self::Teacher
    }
}

/// The training rows in `(pool, held out)`, both ascending. The validation split is a property of the task, not of a
/// seed: every run is judged on the same examples.
pub(crate) fn pool(dataset: &Dataset, validation: f64) -> (Vec<usize>, Vec<usize>) {
    const SEED: u64 = 0;
    subset::holdout(SEED, &dataset.name, &dataset.train, validation)
}

/// The rows of `pool` that `draws` lead to, ascending.
pub(crate) fn rows(draws: &[Draw], dataset: &Dataset, pool: &[usize]) -> Result<Vec<usize>> {
    draws.iter().try_fold(pool.to_vec(), |before, draw| draw.take(dataset, pool, &before))
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

    fn take(&self, dataset: &Dataset, pool: &[usize], before: &[usize]) -> Result<Vec<usize>> {
        let candidates = self.candidates(dataset, pool, before);
        let samples = self.samples as usize;
        if samples == candidates.len() {
            return Ok(candidates);
        }
        if let Some(path) = self.sampling.path()
            && self.sampling.contents()? != self.contents
        {
            return Err(Error::FileChanged(path.to_owned()));
        }
        // Under the teacher's name, the ranks would be the teacher's and the student's samples the first of its.
        let name = match self.from {
            Origin::All => format!("{} student", dataset.name),
            Origin::Teacher | Origin::Others => dataset.name.clone(),
        };
        let mut rows = subset::rank(self.seed, &name, &candidates, &dataset.train, &self.sampling, samples)?;
        rows.sort_unstable();
        Ok(rows)
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

    /// How its samples are chosen, in words that "sampling" may follow.
    #[must_use]
    pub fn how(&self) -> String {
        let mut words = Vec::new();
        match self.from {
            Origin::Teacher => {}
            Origin::Others => words.push("from others than the teacher's".to_owned()),
            Origin::All => words.push("from all".to_owned()),
        }
        if !self.without.is_empty() {
            words.push(format!("without {}", self.without.join(" and ")));
        }
        words.extend(self.label_noise.as_ref().map(ToString::to_string));
        words.push(self.sampling.to_string());
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use kd_data::catalogue;

    use super::*;

    fn draw(samples: u64, from: Origin, seed: u64) -> Draw {
        Draw {
            samples,
            sampling: Sampling::Stratified,
            seed,
            contents: None,
            from,
            without: Vec::new(),
            label_noise: None,
        }
    }

    fn is_part(few: &[usize], many: &[usize]) -> bool {
        few.iter().all(|row| many.binary_search(row).is_ok())
    }

    #[test]
    fn a_draw_of_old_is_written_as_of_old() {
        let written = serde_json::to_string(&draw(40, Origin::Teacher, 11)).unwrap();
        assert_eq!(written, r#"{"samples":40,"sampling":"stratified","seed":11}"#);
        assert_eq!(serde_json::from_str::<Draw>(&written).unwrap(), draw(40, Origin::Teacher, 11));
    }

    #[test]
    fn students_get_the_teachers_examples_or_others_or_any() {
        let digits = catalogue::load("optdigits").unwrap();
        let (pool, held_out) = pool(&digits, 0.1);
        for seed in 0..3 {
            let teacher = draw(1000, Origin::Teacher, seed);
            let of =
                |from, samples| rows(&[teacher.clone(), draw(samples, from, seed)], &digits, &pool).unwrap();
            let taught = rows(std::slice::from_ref(&teacher), &digits, &pool).unwrap();
            let shared = |rows: &[usize]| rows.iter().filter(|row| taught.binary_search(row).is_ok()).count();
            for from in [Origin::Teacher, Origin::Others, Origin::All] {
                let [few, many] = [30, 300].map(|samples| of(from, samples));
                assert!(few.len() == 30 && many.len() == 300 && is_part(&few, &many));
                assert!(is_part(&many, &pool) && !many.iter().any(|row| held_out.contains(row)));
            }
            assert_eq!(shared(&of(Origin::Teacher, 300)), 300);
            assert_eq!(shared(&of(Origin::Others, 300)), 0);
            // Of 300 drawn whatever the teacher has, 1000 in 3441 are expected, 87 with a deviation of 7.5.
            let chance = shared(&of(Origin::All, 300));
            assert!((57..118).contains(&chance), "{chance}");
        }
        let first = rows(&[draw(1000, Origin::Teacher, 11), draw(30, Origin::All, 11)], &digits, &pool);
        assert_eq!(subset::subset_hash(&first.unwrap()), "a8ece2a412f1d0df709f836a289455ff", "never changes");
    }

    #[test]
    fn classes_are_left_out_and_what_is_there_is_there_for_every_seed() {
        let digits = catalogue::load("optdigits").unwrap();
        let (pool, _) = pool(&digits, 0.1);
        let labels = digits.train.labels().unwrap();
        let teacher = Draw { sampling: Sampling::Uniform, ..draw(500, Origin::Teacher, 0) };
        for from in [Origin::Teacher, Origin::Others, Origin::All] {
            let student = Draw { without: vec!["3".to_owned(), "8".to_owned()], ..draw(0, from, 0) };
            let samples = student.available(&teacher, &[1, 2, 3], &digits, &pool).unwrap();
            let short = |seed: u64| {
                let draws = [Draw { seed, ..teacher.clone() }, Draw { samples, seed, ..student.clone() }];
                let rows = rows(&draws, &digits, &pool).unwrap();
                assert!(rows.iter().all(|&row| ![3, 8].contains(&labels[row])));
                rows.len() as u64 != samples
            };
            assert!(![1, 2, 3].into_iter().any(short), "{samples} {from:?}");
        }
    }
}
