//! A checked teacher.

use std::fmt;

use kd_data::augment::Augmentation;

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
    /// What happens to its training examples before it learns from them.
    pub augmentation: Option<Augmentation>,
    /// What a model starts from, if not random weights.
    pub weights: Option<Weights>,
    /// Budget and optimiser; none where nothing is trained.
    pub training: Option<Training>,
    /// Of one that is not trained here, its classes in its own order; empty where it is, or tells no classes.
    pub classes: Vec<String>,
}

/// The most classes that a line names.
const NAMED: usize = 12;

/// One line for people.
impl fmt::Display for Teacher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.members > 1 {
            write!(f, "ensemble of {}: ", self.members)?;
        }
        self.predictor.fmt(f)?;
        if let Some(training) = &self.training {
            write!(f, "; {training}; {} sampling", self.draw.how())?;
        }
        match self.classes.len() {
            0 => Ok(()),
            count => {
                let first: Vec<&str> = self.classes.iter().take(NAMED).map(String::as_str).collect();
                let more = if count > NAMED { format!(", ... ({count})") } else { String::new() };
                write!(f, "; its classes in this order: {}{more}", first.join(", "))
            }
        }
    }
}
