//! Theories of distillation, put to the test over M.
//!
//! Most are about **the share of the gain** that something explains: an arm that keeps nothing else *reproduces* a part of the gain of
//! the distilled arm over labels, or one that lacks it *removes* a part. The share is a ratio of sums over every M at which
//! the gain is established, so that one number compares all of them. A theory is supported where it is established that it
//! explains more than half, refuted where less than a fifth, and explains a part where the share is established to lie between. Others
//! predict a contrast of their own.
//!
//! Verdicts are settled together: of all that are tested in a study, at most one in twenty studies has a wrong one (Holm 1979).
//!
//! A theory is a file with its [`Theory`], its `mod` line and a line in [`THEORIES`].

mod any_teacher;
mod bias_variance;
mod capacity_gap;
mod class_geometry;
mod dark_knowledge;
mod early_stopping;
mod evidence;
mod exaggeration;
mod few_classes;
mod fidelity;
mod importance_weighting;
mod label_smoothing;
mod memorisation;
mod multi_view;
mod objective;
mod own;
mod self_distillation;
mod share;
mod statistical_view;
mod teacher_decisions;
mod verdict;

pub(crate) use bias_variance::{Parts, test as bias_and_variance};
pub(crate) use evidence::{Evidence, Neighbour, at_sizes};
pub use share::{Share, ShareAt};
pub use verdict::{Contrast, FEWEST_SEEDS, Judgement, Untested, Verdict};
pub(crate) use verdict::{Tested, percent, tested, thresholds, whole};

use crate::role::ControlKind;

/// A theory that explains more than this share of a gain carries it.
pub const CARRIES: f64 = 0.5;
/// One that explains less than this plays no part.
pub const NO_PART: f64 = 0.2;

/// Every theory, in the order of reports.
pub const THEORIES: &[&Theory] = &[
    &label_smoothing::THEORY,
    &dark_knowledge::THEORY,
    &few_classes::THEORY,
    &class_geometry::THEORY,
    &importance_weighting::THEORY,
    &teacher_decisions::THEORY,
    &any_teacher::THEORY,
    &early_stopping::THEORY,
    &multi_view::THEORY,
    &memorisation::THEORY,
    &self_distillation::THEORY,
    &statistical_view::THEORY,
    &fidelity::THEORY,
    &exaggeration::THEORY,
    &capacity_gap::THEORY,
    &objective::THEORY,
    &bias_variance::THEORY,
];

/// Those that every study of distillation should be able to answer.
pub const CORE_THEORIES: &[&Theory] = &[&label_smoothing::THEORY, &dark_knowledge::THEORY];

/// A theory of where distillation's gain comes from, or of what it does.
#[derive(Debug)]
pub struct Theory {
    /// Its name in data.
    pub name: &'static str,
    /// What it is called in the report's glossary.
    pub term: &'static str,
    /// The claim, as a sentence without its full stop.
    pub claim: &'static str,
    /// Who put it forward.
    pub sources: &'static str,
    /// What it predicts over M, as a sentence without its full stop.
    pub prediction: &'static str,
    /// What tests it, after "the study has no".
    pub needs: &'static str,
    /// How it is put to the test.
    pub(crate) test: Test,
}

/// How a theory is put to the test.
#[derive(Debug)]
pub(crate) enum Test {
    /// By arms that keep what it speaks of alone: it explains what the best of them reproduces.
    Reproduces(&'static [ControlKind]),
    /// By arms that lack what it speaks of: it explains what is lost in all of them. All kinds are needed to support it, any to refute it.
    Removes(&'static [ControlKind]),
    /// By a share or a contrast of its own; nothing where what it takes is not there.
    Own(Explains, fn(&Evidence<'_>) -> Vec<Tested>),
}

/// What a theory's share is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Explains {
    /// Of the gain, the part that an arm reproduces.
    Reproduces,
    /// Of the gain, the part that an arm lacks.
    Removes,
    /// It predicts something else.
    Neither,
}

impl Theory {
    /// The controls that it is tested by.
    #[must_use]
    pub fn controls(&self) -> &'static [ControlKind] {
        match self.test {
            Test::Reproduces(controls) | Test::Removes(controls) => controls,
            Test::Own(..) => &[],
        }
    }

    /// What its share is of.
    #[must_use]
    pub fn explains(&self) -> Explains {
        match self.test {
            Test::Reproduces(_) => Explains::Reproduces,
            Test::Removes(_) => Explains::Removes,
            Test::Own(explains, _) => explains,
        }
    }
}

#[cfg(test)]
mod tests;
