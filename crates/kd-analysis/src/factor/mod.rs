//! What a study varies beside M, and what that does.

mod effect;
mod line;

use serde::{Deserialize, Serialize};

pub(crate) use self::effect::effects;
pub use self::effect::{Best, Effect, Interaction, Step};
pub(crate) use self::line::{Grid, Line, grids};
use crate::datum::Datum;

/// A setting that a study varies beside M.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// Name, as in [`Place::factors`](crate::Place::factors).
    pub name: String,
    /// What its levels set apart.
    pub kind: FactorKind,
    /// Every level, in the order of the study.
    pub levels: Vec<Datum>,
}

/// What the levels of a factor set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// Tasks, as widths, N, generations and unlabelled samples do: each combination of levels is reported by itself.
    Task,
    /// Arms, whose names have the level already: all of them are reported together.
    Arm,
    /// Candidates, one of which is chosen on validation data: the table has all, findings the chosen ones.
    Tuned,
}
