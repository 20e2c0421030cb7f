//! Theories of distillation, put to the test over M.
//!
//! A verdict rests on intervals that hold jointly for every M and every distilled arm that has controls, never on a
//! point estimate. The gain over labels is *established* at an M where its joint interval is above zero; theories of
//! the gain are only tested there.
//!
//! A theory is a file with its [`Theory`], its `mod` line and a line in [`THEORIES`].

mod dark_knowledge;
mod evidence;
mod label_smoothing;
mod verdict;

pub(crate) use evidence::at_sizes;
pub use evidence::{Contrast, Evidence};
pub(crate) use verdict::verdicts;
pub use verdict::{FEWEST_SEEDS, Judgement, Verdict};

use crate::metric::Metric;
use crate::role::ControlKind;

/// Every theory, in the order of reports.
pub const THEORIES: &[&dyn Theory] = &[&label_smoothing::LabelSmoothing, &dark_knowledge::DarkKnowledge];

/// A theory of where distillation's gain comes from.
pub trait Theory: Sync {
    /// Its name in data.
    fn name(&self) -> &'static str;

    /// The claim, as a sentence without its full stop.
    fn claim(&self) -> &'static str;

    /// Who put it forward.
    fn sources(&self) -> &'static str;

    /// The controls that it is tested by, any of them.
    fn controls(&self) -> &'static [ControlKind];

    /// The same in words, after "the study has no".
    fn needs(&self) -> &'static str;

    /// What it is called in the report's glossary.
    fn term(&self) -> &'static str;

    /// What it claims and when it is refuted or supported, for the glossary. Differences of the metric up to `margin` count
    /// as none.
    fn how_to_read(&self, metric: &Metric, margin: f64) -> String;

    /// What the data of one arm say of it and why, as a sentence without its full stop; none if they allow for both
    /// answers. The evidence is complete, and a gain is established somewhere.
    fn judge(&self, evidence: &Evidence<'_>) -> Option<(Judgement, String)>;
}

#[cfg(test)]
mod tests;
