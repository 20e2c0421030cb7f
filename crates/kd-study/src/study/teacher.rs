//! A checked teacher.

use std::fmt;

use crate::file::Replicates;
use crate::spec::{Draw, Predictor, Training, Weights};

/// A task's teacher.
#[derive(Debug, Clone)]
pub struct Teacher {
    /// What predicts.
    pub predictor: Predictor,
    /// N.
    pub samples: u64,
    /// The draw of these, but for its seed.
    pub draw: Draw,
    /// One for all seeds, or one each.
    pub replicates: Replicates,
    /// Size of the ensemble.
    pub members: u32,
    /// What a model starts from, if not random weights.
    pub weights: Option<Weights>,
    /// Budget and optimiser; none where nothing is trained.
    pub training: Option<Training>,
}

/// One line for people.
impl fmt::Display for Teacher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.training {
            Some(training) => write!(f, "{}; {training}; {} sampling", self.predictor, self.draw.how()),
            None => self.predictor.fmt(f),
        }
    }
}
