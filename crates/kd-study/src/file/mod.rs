//! The study file: what a researcher writes. It may still be wrong; [`crate::Study`] is what passed every check.
//!
//! Doc comments on these fields are the reference: `kd schema` prints them. Paths are relative to the file's own folder.

pub mod choice;
mod explain;
mod paths;
mod pretrained;
pub mod schema;
mod set;
mod sweep;
mod task;
mod variant;

use indexmap::IndexMap;
use kd_core::objective::Objective;
use kd_models::Architecture;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

pub use pretrained::{Bayes, OutputFiles, TorchScriptFile, WeightsFile};
pub use task::{Replicates, StudentFile, TaskFile, TeacherFile};
pub use variant::{Level, Variant};

use crate::problem::Problem;
use crate::spec::{Fraction, Name, RepresentationSpec};

/// One question, as written in TOML.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StudyFile {
    /// What is asked, and how it is judged.
    pub study: Header,
    /// The data sets, each with its teacher and its student. The key is the task's name. In place of any value of a task
    /// there may be several: `{ sweep = [16, 64], as = "width" }`. Several sweeps cross; those of one name move together.
    #[schemars(with = "IndexMap<Name, TaskFile>")]
    pub tasks: IndexMap<Name, Vec<Variant<TaskFile>>>,
    /// The training conditions to compare. The key is the arm's name. A list in place of a single value of an
    /// objective sweeps over it; of `{ tune = [1.0, 4.0] }`, here or in a student's `train`, validation chooses one for each
    /// M.
    #[schemars(with = "IndexMap<String, ArmFile>")]
    pub arms: IndexMap<String, Vec<Variant<ArmFile>>>,
}

/// What is asked, and how it is judged.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Name of the study, and of its results folder unless `--out` says otherwise.
    pub name: Name,
    /// The question in words, for the report.
    #[serde(default)]
    pub question: String,
    /// One run of every cell for each seed. Arms of one seed share subset, initialisation and batch order.
    #[schemars(with = "Vec<u64>")]
    pub seeds: Spanned<Vec<Spanned<u64>>>,
    /// Level of every interval.
    #[serde(default = "confidence_default")]
    pub confidence: Fraction,
    /// Two accuracies closer than this count as equal (a fraction: 0.01 is one point).
    #[serde(default = "margin_default")]
    pub margin: Fraction,
    /// Which accuracy the findings use. Both are recorded.
    #[serde(default)]
    pub score: Score,
    /// What the findings are about instead of accuracy or R², if given: a column of the results that has a better direction,
    /// such as `test_nll`.
    #[schemars(with = "Option<String>")]
    pub metric: Option<Spanned<String>>,
    /// Measures where training takes every model's representation, if given.
    #[schemars(with = "Option<RepresentationSpec>")]
    pub representation: Option<Spanned<RepresentationSpec>>,
    /// Measures how far the classes of every classifier have collapsed to points after its last step: NC1 to NC4 of Papyan
    /// et al. 2020 ("Prevalence of neural collapse", arXiv:2008.08186).
    #[serde(default)]
    pub collapse: bool,
    /// What is kept of every run beside its measures, history and predictions: `["weights"]`, those of students too.
    #[serde(default)]
    #[schemars(with = "Vec<Kept>")]
    pub keep: Vec<Spanned<Kept>>,
}

/// What is kept of every run if it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// Weights after the last step. Those of teachers always are.
    Weights,
}

fn confidence_default() -> Fraction {
    const { Fraction::constant(0.95) }
}

fn margin_default() -> Fraction {
    const { Fraction::constant(0.01) }
}

/// Which accuracy on the test split the findings use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// That of the weights after the last step.
    #[default]
    LastStep,
    /// That of the weights which scored best on the validation split.
    ValidationBest,
}

/// A training condition.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArmFile {
    /// What the student minimises.
    #[schemars(with = "Objective")]
    pub objective: Spanned<Objective>,
}

impl StudyFile {
    /// Reads a study file.
    ///
    /// # Errors
    /// The first thing that does not fit, with its place.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::parse_with(text, &[])
    }

    /// The same once each of `sets`, `PATH=VALUE`, is put into it. Places in their texts follow the file's.
    pub(crate) fn parse_with(text: &str, sets: &[String]) -> Result<Self, Problem> {
        let sets = set::read(text, sets)?;
        let mut root = DeTable::parse(text).map_err(|error| Problem::from_toml(&error, text.len()))?;
        let changed = sets.iter().map(|set| set.put(&mut root)).collect::<Result<Vec<_>, _>>()?;
        let written = root.get_ref().clone();
        sweep::expand(root.get_mut())?;
        Self::deserialize(toml::de::Deserializer::from(root)).map_err(|error| {
            let problem = explain::explain(&error, &written, text.len());
            changed.iter().fold(problem, |problem, changed| changed.explain(problem))
        })
    }
}

/// Reads a model alone, such as `resnet = { depth = 18 }`: what follows `model.` in a study file.
///
/// # Errors
/// The first thing that does not fit, with its place.
pub fn architecture(text: &str) -> Result<Architecture, Problem> {
    toml::from_str(text).map_err(|error| Problem::from_toml(&error, text.len()))
}
