//! A few examples of a data set, for what has to be quick.

use serde::{Deserialize, Serialize};

use crate::dataset::{Dataset, Examples};
use crate::error::Result;

/// How many examples of each split are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Few {
    /// Of the training split.
    pub train: Share,
    /// Of the official validation split; of none, none.
    pub validation: Share,
    /// Of the test split.
    pub test: Share,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Share {
    /// How many are left.
    pub kept: usize,
    /// How many there are.
    pub of: usize,
}

impl Share {
    /// At most `most` of `of`.
    #[must_use]
    pub fn at_most(most: usize, of: usize) -> Self {
        Self { kept: most.min(of), of }
    }

    /// Whether some are left out.
    #[must_use]
    pub fn is_less(self) -> bool {
        self.kept < self.of
    }

    /// The rows that are left, ascending: one of every stretch of equal length, so that all classes are there in a file
    /// that is in order of class. Where in its stretch changes from one to the next, so that they are there too where
    /// classes take turns.
    #[must_use]
    pub fn rows(self) -> Vec<usize> {
        (0..self.kept).map(|place| self.row(place)).collect()
    }

    /// The row of the `place`th that is left.
    #[must_use]
    pub fn row(self, place: usize) -> usize {
        /// The golden section of 2^32, whose multiples are spread evenly.
        const GOLDEN: u32 = 0x9E37_79B9;
        let within = (place as u32).wrapping_mul(GOLDEN);
        let at = ((place as u128) << 32) + u128::from(within);
        (at * self.of as u128 / ((self.kept.max(1) as u128) << 32)) as usize
    }
}

impl Few {
    /// At most so many of each split of `dataset`.
    #[must_use]
    pub fn of(dataset: &Dataset, train: usize, validation: usize, test: usize) -> Self {
        Self {
            train: Share::at_most(train, dataset.train.len()),
            validation: Share::at_most(validation, dataset.validation.as_ref().map_or(0, Examples::len)),
            test: Share::at_most(test, dataset.test.len()),
        }
    }

    /// Whether any are left out.
    #[must_use]
    pub fn is_less(&self) -> bool {
        [self.train, self.validation, self.test].into_iter().any(Share::is_less)
    }
}

impl Dataset {
    /// The same with a few of its examples.
    ///
    /// # Errors
    /// If it has fewer than `few` says.
    pub fn few(&self, few: &Few) -> Result<Self> {
        let validation = self.validation.as_ref().map(|examples| examples.select(&few.validation.rows()));
        Ok(Self {
            name: self.name.clone(),
            modality: self.modality,
            classes: self.classes.clone(),
            train: self.train.select(&few.train.rows())?,
            validation: validation.transpose()?,
            test: self.test.select(&few.test.rows())?,
            fingerprint: self.fingerprint.clone(),
            about: self.about.clone(),
            doubts: self.doubts.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_ascending_and_spread_over_all() {
        for (kept, of) in [(0, 7), (1, 1), (7, 7), (3, 10), (600, 60_000), (600, 67_349), (4, 4_000_000_000)]
        {
            let rows = Share { kept, of }.rows();
            assert_eq!(rows.len(), kept);
            assert!(rows.windows(2).all(|pair| pair[0] < pair[1]), "{kept} of {of}");
            let stretch = |place: usize| place * of / kept..(place + 1) * of / kept + 1;
            assert!(rows.iter().enumerate().all(|(place, row)| stretch(place).contains(row) && *row < of));
        }
        assert_eq!(Share::at_most(9, 7).rows(), [0, 1, 2, 3, 4, 5, 6]);
        assert!(Share::at_most(6, 7).is_less() && !Share::at_most(7, 7).is_less());
    }

    #[test]
    fn every_class_is_there_in_order_or_by_turns() {
        let by_turns = |row: usize| row % 10;
        let in_order = |row: usize| row / 6000;
        for class in [by_turns, in_order] {
            let mut counts = [0; 10];
            Share { kept: 600, of: 60_000 }.rows().into_iter().for_each(|row| counts[class(row)] += 1);
            assert!(counts.iter().all(|count| (50..=70).contains(count)), "{counts:?}");
        }
    }

    #[test]
    fn a_few_examples_of_each_split_are_those_of_their_rows() {
        let dataset = crate::catalogue::load("optdigits").unwrap();
        let few = Few::of(&dataset, 50, 5, 2000);
        assert_eq!((few.validation, few.test.kept, few.is_less()), (Share { kept: 0, of: 0 }, 1797, true));
        let small = dataset.few(&few).unwrap();
        assert_eq!(
            (small.train.len(), small.test.len(), &small.fingerprint),
            (50, 1797, &dataset.fingerprint)
        );
        let labels = |rows: &[usize]| dataset.train.select(rows).unwrap().targets;
        assert_eq!(small.train.targets, labels(&few.train.rows()));
        assert!(!Few::of(&dataset, 5000, 0, 5000).is_less());
    }
}
