//! A study that passed every check. What follows accepts nothing else.

mod invocation;
mod small;
mod task;
mod teacher;

use std::collections::BTreeMap;

use kd_analysis::{Datum, Factor, Role};
use kd_core::objective::Objective;
use kd_doubt::Doubt;

pub use invocation::{Invocation, quoted};
pub(crate) use small::Small;
pub use task::{About, Student, Task};
pub use teacher::Teacher;

use crate::file::Score;
use crate::spec::RepresentationSpec;

/// A checked study.
#[derive(Debug, Clone)]
pub struct Study {
    /// The file, as written.
    pub text: String,
    /// What names the file in errors and commands.
    pub source: String,
    /// What was put into it, `PATH=VALUE` each.
    pub sets: Vec<String>,
    /// Whether this is the small version of it.
    pub smoke: bool,
    /// Name of the study.
    pub name: String,
    /// The question in words; may be empty.
    pub question: String,
    /// Seeds, distinct, at least one.
    pub seeds: Vec<u64>,
    /// Level of intervals.
    pub confidence: f64,
    /// Largest difference in accuracy that counts as none.
    pub margin: f64,
    /// Which accuracy findings use.
    pub score: Score,
    /// The column of the results that findings are about, if not accuracy or R².
    pub metric: Option<String>,
    /// What is measured of representations, if anything.
    pub representation: Option<RepresentationSpec>,
    /// Whether neural collapse is measured.
    pub collapse: bool,
    /// Whether the weights of students are kept.
    pub keeps_weights: bool,
    /// What is varied beside M, in the order written.
    pub factors: Vec<Factor>,
    /// At least one; as many of one name as there are combinations of the factors that it varies.
    pub tasks: Vec<Task>,
    /// At least one; as many of one name as there are values to choose among, else of distinct objectives.
    pub arms: Vec<Arm>,
    /// What is doubtful of its data and its teachers, and is not refused.
    pub doubts: Vec<Doubt>,
}

/// A training condition.
#[derive(Debug, Clone)]
pub struct Arm {
    /// Name, with the swept values.
    pub name: String,
    /// Its levels of the factors that it varies, be they swept or tuned.
    pub levels: BTreeMap<String, Datum>,
    /// What the student minimises.
    pub objective: Objective,
    /// Its place in the argument.
    pub role: Role,
}

impl Study {
    /// How it was asked for.
    #[must_use]
    pub fn invocation(&self) -> Invocation {
        Invocation { source: self.source.clone(), smoke: self.smoke, sets: self.sets.clone() }
    }

    /// A study of the same shape that takes seconds: two seeds, the smallest and largest M and U, two generations, a few
    /// steps on a few examples, the fewer the larger its models are. Its numbers mean nothing; it shows that everything
    /// runs.
    #[must_use]
    pub fn smoke(mut self) -> Self {
        self.smoke = true;
        self.name = small_name(&self.name);
        self.seeds.truncate(2);
        self.tasks.iter_mut().for_each(Task::shrink);
        let tests = self.tasks.iter().map(|task| task.about.test_examples).min().unwrap_or_default();
        self.representation = self.representation.map(|asked| asked.at_most(tests));
        self
    }
}

/// What the small version of a study of this name is called.
pub(crate) fn small_name(name: &str) -> String {
    format!("{name}-smoke")
}

/// What results call the teachers' arm.
pub(crate) const TEACHER: &str = "teacher";

/// The factor of students that are taught by students.
pub(crate) const GENERATION: &str = "generation";

/// The factor of students that learn from samples without labels as well.
pub(crate) const UNLABELLED: &str = "unlabelled";

#[cfg(test)]
pub(crate) mod tests;
