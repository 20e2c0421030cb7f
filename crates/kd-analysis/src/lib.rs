//! What a study found: the results table, statistics, verdicts, figures and reports.
//!
//! [`RunRow`]s go in, [`Findings`] come out, and every renderer in [`render`] is a pure function of them. Nothing
//! here trains anything or links libtorch, so results can be analysed anywhere.
//!
//! ```
//! use kd_analysis::{Estimate, isotonic};
//!
//! let gains = [0.061, 0.072, 0.055, 0.068, 0.064];
//! let gain = Estimate::of(&gains, 0.95, 1).unwrap();
//! assert!(gain.is_above_zero());
//! assert_eq!(isotonic(&[0.50, 0.72, 0.70, 0.90]), [0.50, 0.71, 0.71, 0.90]);
//! ```

mod across;
mod added;
mod atlas;
mod cells;
mod comparison;
mod conclusion;
mod crossed;
mod datum;
pub mod decomposition;
mod difference;
mod doubt;
mod efficiency;
mod error;
mod factor;
mod filter;
mod findings;
mod gain;
mod history;
mod interval;
mod law;
#[cfg(test)]
mod made_up;
mod metric;
mod nearest;
mod place;
mod reliability;
pub mod render;
mod role;
mod section;
#[doc(hidden)]
pub mod simulation;
mod stat;
mod study;
pub mod table;
mod task;
pub mod theory;
mod tuning;
mod undertrained;

pub use across::{Across, FEWEST_TASKS, OfTask, Pooled, ShareOfTask, ShareOverTasks, Where};
pub use atlas::{Answer, Atlas, AtlasStudy, AtlasTask, Claim, Over, Says};
pub use comparison::{ComparedArm, Comparison, Results, Unlike, compare, compare_arms};
pub use crossed::{CrossedGain, Population, crossed_gain};
pub use datum::Datum;
pub use decomposition::Decomposition;
pub use difference::Difference;
pub use efficiency::{Bound, Efficiency, Equivalence};
pub use error::{Error, Result};
pub use factor::{Best, Effect, Factor, FactorKind, Interaction, Step};
pub use filter::{Facts, Filter, Subject};
pub use findings::Findings;
pub use gain::{Form, Gain, Landmark, Shape};
pub use history::{History, HistoryPoint, MOST_POINTS};
pub use interval::Estimate;
pub use law::{
    Beyond, FEWEST_LAW_SEEDS, FEWEST_SIZES, Fitted, GAP_EXPONENT, Law, LawPoint, Misfit, Quantity, Span,
};
pub use metric::Metric;
pub use nearest::nearest;
pub use place::Place;
pub use reliability::{BINS, ReliabilityBin, reliability};
pub use role::{ControlKind, Role};
pub use stat::isotonic;
pub use study::{Field, Score, StudyInfo, TaskInfo};
pub use table::{Outcome, RunDocument, RunRow, Timing};
pub use task::{ArmContrast, Cell, Curve, TaskFindings};
pub use theory::{
    CORE_THEORIES, Contrast, Explains, FEWEST_SEEDS, Judgement, Share, ShareAt, THEORIES, Theory, Untested,
    Verdict,
};
pub use tuning::{Candidate, Choice, marked};
