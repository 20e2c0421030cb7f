//! The small version of a task, which takes seconds whatever the data and the models.

use std::num::NonZeroU32;

use kd_data::Few;

use super::Task;
use crate::spec::Training;

/// Budgets are this many times shorter.
const SHORTER: u32 = 20;

/// The most steps of a run.
const STEPS: u64 = 10;

/// The most examples of a step.
const BATCH: u64 = 16;

/// How often a run is validated at most.
const EVALUATIONS: NonZeroU32 = NonZeroU32::new(2).unwrap();

/// The most that are trained one after another, or hear each other.
const MODELS: u32 = 2;

/// What is left of a task in the small version of its study.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Small {
    /// How many examples may be passed through its models at once.
    pub(crate) examples: u64,
    /// How many there are at all, if fewer than the data set has.
    pub(crate) few: Option<Few>,
    /// N.
    pub(crate) teacher_samples: u64,
    /// The smallest M and the largest.
    pub(crate) samples: Vec<u64>,
    /// The smallest U and the largest.
    pub(crate) unlabelled: Vec<u64>,
}

impl Small {
    /// The most samples of a run.
    fn most(&self) -> u64 {
        let of_student = self.samples.iter().max().zip(self.unlabelled.iter().max()).map(|(m, u)| m + u);
        of_student.unwrap_or_default().max(self.teacher_samples)
    }

    /// A training that is this short.
    fn training(&self, training: &mut Training) {
        training.shorten(SHORTER);
        let batch = (self.examples / STEPS).clamp(2, BATCH) as u32;
        training.batch = training.batch.min(NonZeroU32::new(batch).unwrap_or(NonZeroU32::MIN));
        training.limit(STEPS, self.most());
        training.evaluations = training.evaluations.map(|asked| asked.min(EVALUATIONS)).or(Some(EVALUATIONS));
    }
}

impl Task {
    /// Makes it the small version of itself.
    pub(super) fn shrink(&mut self) {
        let small = std::mem::take(&mut self.small);
        for training in self.teacher.training.iter_mut().chain([&mut self.student.training]) {
            small.training(training);
        }
        self.teacher.members = self.teacher.members.min(MODELS);
        self.teacher.samples = small.teacher_samples;
        self.teacher.draw.samples = small.teacher_samples;
        self.student.generations = self.student.generations.min(MODELS);
        self.student.samples.clone_from(&small.samples);
        self.student.unlabelled.clone_from(&small.unlabelled);
        if let Some(few) = &small.few {
            self.about.train_examples = few.train.kept as u64;
            self.about.test_examples = few.test.kept as u64;
            self.data.few = Some(*few);
        }
        self.small = small;
    }
}
