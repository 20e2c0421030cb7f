//! How often laws, claims over tasks and intervals over examples are right, by simulation with known truth. For the
//! example that prints it, and in a reduced form for tests; no part of an analysis.

mod crossed;
mod draws;
mod law;
mod pooled;
mod variance;

use std::fmt;

pub use self::crossed::examples;
pub use self::law::laws;
pub use self::pooled::tasks;
pub use self::variance::variances;

/// A figure of a simulation.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which truth, and what is counted.
    pub what: String,
    /// Seeds of each arm.
    pub seeds: usize,
    /// Tasks, where there are several.
    pub tasks: Option<usize>,
    /// How often, of 1; or how much, where that is said.
    pub value: f64,
    /// What it should be within.
    pub wanted: (f64, f64),
}

impl Row {
    /// Whether it is what it should be.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.wanted.0 <= self.value && self.value <= self.wanted.1
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.tasks.map_or_else(String::new, |tasks| format!("K = {tasks}"));
        let mark = if !self.holds() {
            "  <- not as wanted"
        } else if self.wanted == COVERAGE && self.value > CONSERVATIVE {
            "  conservative"
        } else {
            ""
        };
        let (low, high) = self.wanted;
        write!(
            f,
            "{:<76} n = {:<3} {tasks:<7} {:>6.1}  [{:.1}, {:.1}]{mark}",
            self.what,
            self.seeds,
            100.0 * self.value,
            100.0 * low,
            100.0 * high
        )
    }
}

/// What intervals at 0.95 are to cover.
const COVERAGE: (f64, f64) = (0.935, 1.0);
/// Coverage above this is more than was asked for.
const CONSERVATIVE: f64 = 0.965;
/// What may be said falsely, with two standard errors of 2,000 studies.
const FALSE: (f64, f64) = (0.0, 0.06);
/// What only informs.
const ANY: (f64, f64) = (0.0, f64::INFINITY);

/// Shares of `studies` in which each of several things holds, of those in which it can be told.
fn shares<const N: usize>(studies: usize, mut of: impl FnMut(usize) -> [Option<bool>; N]) -> [f64; N] {
    let (mut held, mut told) = ([0_usize; N], [0_usize; N]);
    for study in 0..studies {
        for (index, answer) in of(study).into_iter().enumerate() {
            told[index] += usize::from(answer.is_some());
            held[index] += usize::from(answer == Some(true));
        }
    }
    std::array::from_fn(|index| held[index] as f64 / told[index].max(1) as f64)
}

#[cfg(test)]
mod tests;
