use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Changed, Result};
use crate::input_file::hash;
use crate::original::Original;

/// How a subset is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// Every subset of the size is equally likely.
    #[default]
    Uniform,
    /// Every class keeps its share, to within one example.
    Stratified,
    /// As many examples of every class, to within one, until a class has no more.
    Balanced,
    /// Many examples of the first class and few of the last, until a class has no more.
    LongTailed(LongTailed),
    /// The highest or the lowest by a number for each example, such as how often it was forgotten.
    ByScore(ByScore),
    /// A core set that leaves no example far from all of it: the next is always the one farthest from those before
    /// (greedy k-centre; Sener & Savarese 2018, arXiv:1708.00489). The seed decides the first.
    KCentre(CoreSet),
    /// A core set whose mean is near that of all: the next is always the one that brings it nearest (Welling 2009,
    /// "Herding Dynamical Weights to Learn"; in this form, Rebuffi et al. 2017, arXiv:1611.07725). The seed decides the
    /// first.
    Herding(CoreSet),
}

/// Shares that fall from class to class: class k of K gets `imbalance`^(-k / (K - 1)) of what class 0 gets (Cao et al.
/// 2019, "Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss", arXiv:1906.07413).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LongTailed {
    /// How many times as many examples the first class has as the last.
    pub imbalance: NonZeroU32,
}

/// A number for each example. Equal ones follow each other as the seed decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByScore {
    /// The numbers, one for each example of the training split in the order of the data: a `.npy` array, or a text file
    /// with one in each line, of which the first may be a heading. Relative to the folder of the study file.
    pub path: PathBuf,
    /// Which come first.
    pub order: Order,
    /// Whether every class keeps its share, to within one example.
    #[serde(default)]
    pub stratified: bool,
}

/// Which numbers come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The highest.
    Highest,
    /// The lowest.
    Lowest,
}

/// What distances between examples are measured in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoreSet {
    /// Features as they are, a row for each example of the training split in the order of the data: a `.npy` array
    /// `[n, ...]`, or a text file of numbers between commas, of which the first line may be a heading. Relative to the
    /// folder of the study file. Left out: the inputs, standardised as a model reads them, of images and tables.
    #[serde(default)]
    pub features: Option<PathBuf>,
}

impl Sampling {
    /// Whether it asks for the classes of examples.
    #[must_use]
    pub fn is_by_class(&self) -> bool {
        match self {
            Self::Stratified | Self::Balanced | Self::LongTailed(_) => true,
            Self::ByScore(scores) => scores.stratified,
            Self::Uniform | Self::KCentre(_) | Self::Herding(_) => false,
        }
    }

    /// The file that it goes by, if any.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::ByScore(scores) => Some(&scores.path),
            Self::KCentre(core_set) | Self::Herding(core_set) => core_set.features.as_deref(),
            _ => None,
        }
    }

    /// The same, to be told where it is.
    pub fn path_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::ByScore(scores) => Some(&mut scores.path),
            Self::KCentre(core_set) | Self::Herding(core_set) => core_set.features.as_mut(),
            Self::Uniform | Self::Stratified | Self::Balanced | Self::LongTailed(_) => None,
        }
    }

    /// A hash of that file's bytes, in hexadecimal.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn contents(&self) -> Result<Option<String>> {
        let contents = |path| Ok(hash(&Original::open(path)?.bytes)[..32].to_owned());
        self.path().map(contents).transpose()
    }

    /// That its file, if any, still holds what [`Self::contents`] noted.
    ///
    /// # Errors
    /// [`Changed`] if it does not; or if it cannot be read.
    pub fn unchanged(&self, noted: Option<&str>) -> Result<()> {
        match self.path() {
            Some(path) if self.contents()?.as_deref() != noted => Err(Changed::File(path.to_owned()).into()),
            _ => Ok(()),
        }
    }

    /// The same wherever its file lies.
    #[must_use]
    pub fn anywhere(&self) -> Self {
        match self {
            Self::ByScore(scores) => Self::ByScore(ByScore { path: PathBuf::new(), ..scores.clone() }),
            Self::KCentre(_) => Self::KCentre(CoreSet::default()),
            Self::Herding(_) => Self::Herding(CoreSet::default()),
            other => other.clone(),
        }
    }
}

impl fmt::Display for Sampling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => f.write_str("uniform"),
            Self::Stratified => f.write_str("stratified"),
            Self::Balanced => f.write_str("balanced"),
            Self::LongTailed(LongTailed { imbalance }) => write!(f, "long-tailed (imbalance {imbalance})"),
            Self::ByScore(ByScore { path, order, stratified }) => {
                let order = match order {
                    Order::Highest => "highest",
                    Order::Lowest => "lowest",
                };
                let stratified = if *stratified { "stratified " } else { "" };
                write!(f, "{stratified}by-score ({order} of {})", name(path))
            }
            Self::KCentre(CoreSet { features }) => write!(f, "k-centre ({})", measured(features.as_deref())),
            Self::Herding(CoreSet { features }) => write!(f, "herding ({})", measured(features.as_deref())),
        }
    }
}

/// What a core set goes by.
fn measured(features: Option<&Path>) -> Cow<'_, str> {
    features.map_or("inputs".into(), name)
}

/// A file's own name: where it lies is nobody's business but its owner's.
fn name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}
