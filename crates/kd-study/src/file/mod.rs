//! The study file: what a researcher writes. It may still be wrong; [`crate::Study`] is what passed every check.
//!
//! Doc comments on these fields are the reference: `kd schema` prints them.

mod amount;
mod problem;
mod sweep;

use std::num::NonZeroU32;

use indexmap::IndexMap;
use kd_core::objective::Objective;
use kd_data::augment::Augmentation;
use kd_data::{Encoding, Sampling, Source};
use kd_models::Architecture;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

pub use amount::{Amount, Fraction, Name, NonNegative, Positive, Rate};
pub use problem::Problem;

use crate::representation::RepresentationSpec;
use crate::training::Training;
use crate::view::TeacherView;

/// One question, as written in TOML.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StudyFile {
    /// What is asked, and how it is judged.
    pub study: Header,
    /// The data sets, each with its teacher and its student. The key is the task's name.
    pub tasks: IndexMap<Name, TaskFile>,
    /// The training conditions to compare. The key is the arm's name. A list in place of a single value of an
    /// objective sweeps over it.
    pub arms: IndexMap<String, ArmFile>,
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
    /// Measures where training takes every model's representation, if given.
    #[schemars(with = "Option<RepresentationSpec>")]
    pub representation: Option<Spanned<RepresentationSpec>>,
}

fn fraction(number: f64) -> Fraction {
    Fraction::try_from(number).unwrap_or_else(|error| unreachable!("a default is in range: {error}"))
}

fn confidence_default() -> Fraction {
    fraction(0.95)
}

fn margin_default() -> Fraction {
    fraction(0.01)
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

/// A data set, a teacher and a student.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskFile {
    /// Where the examples come from.
    #[schemars(with = "Source")]
    pub data: Spanned<Source>,
    /// Share of the training examples held out for validation, the same for every run.
    #[serde(default = "validation_default")]
    #[schemars(with = "Fraction")]
    pub validation: Spanned<Fraction>,
    /// How texts become token ids.
    #[serde(default)]
    pub encoding: Encoding,
    /// What happens to training examples before a model sees them, drawn anew at every step, if given. Teacher and student
    /// are both trained so.
    #[schemars(with = "Option<Augmentation>")]
    pub augmentation: Option<Spanned<Augmentation>>,
    /// What the teacher sees of an example that is augmented for its student.
    #[schemars(with = "Option<TeacherView>")]
    pub teacher_view: Option<Spanned<TeacherView>>,
    /// The model whose outputs supervise.
    pub teacher: TeacherFile,
    /// The model that is supervised.
    pub student: StudentFile,
}

fn validation_default() -> Spanned<Fraction> {
    Spanned::new(0..0, fraction(0.1))
}

/// The model whose outputs supervise.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeacherFile {
    /// Architecture.
    #[schemars(with = "Architecture")]
    pub model: Spanned<Architecture>,
    /// N: how many of the training examples (validation excluded) it is trained on.
    #[serde(default = "all")]
    #[schemars(with = "Amount")]
    pub samples: Spanned<Amount>,
    /// How those are drawn.
    #[serde(default = "uniform")]
    #[schemars(with = "Sampling")]
    pub sampling: Spanned<Sampling>,
    /// One teacher for all seeds, or one for each.
    #[serde(default)]
    pub replicates: Replicates,
    /// How many teachers make an ensemble, alike but for their initialisation and batch order. Arms with
    /// `supervision.ensemble` listen to all of them, other arms to the first.
    #[serde(default = "one_member")]
    pub members: NonZeroU32,
    /// Budget and optimiser. Teachers are trained on labels.
    #[schemars(with = "Training")]
    pub train: Spanned<Training>,
}

fn uniform() -> Spanned<Sampling> {
    Spanned::new(0..0, Sampling::Uniform)
}

fn one_member() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn all() -> Spanned<Amount> {
    Spanned::new(0..0, Amount::All)
}

/// How many teachers there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Replicates {
    /// One, shared by all seeds: intervals speak of this teacher.
    #[default]
    Once,
    /// One for each seed: intervals speak of teachers trained this way.
    PerSeed,
}

/// The model that is supervised.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StudentFile {
    /// Architecture.
    #[schemars(with = "Architecture")]
    pub model: Spanned<Architecture>,
    /// M: how many samples it gets, one cell each; counts, or fractions of N. They are drawn from the teacher's.
    #[schemars(with = "Vec<Amount>")]
    pub samples: Spanned<Vec<Spanned<Amount>>>,
    /// How those are drawn.
    #[serde(default = "uniform")]
    #[schemars(with = "Sampling")]
    pub sampling: Spanned<Sampling>,
    /// Budget and optimiser.
    #[schemars(with = "Training")]
    pub train: Spanned<Training>,
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
        let at = |error: &toml::de::Error| Problem::from_toml(error, text.len());
        let mut root = DeTable::parse(text).map_err(|error| at(&error))?;
        sweep::expand(root.get_mut())?;
        Self::deserialize(toml::de::Deserializer::from(root)).map_err(|error| at(&error))
    }
}

/// Reads a model alone, such as `resnet = { depth = 18 }`: what follows `model.` in a study file.
///
/// # Errors
/// The first thing that does not fit, with its place.
pub fn architecture(text: &str) -> Result<Architecture, Problem> {
    toml::from_str(text).map_err(|error| Problem::from_toml(&error, text.len()))
}
