//! What an objective may be beside a loss on outputs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Objective;
use crate::error::{Error, Result};
use crate::feature::FeatureLoss;
use crate::parameter::Factor;
use crate::schedule::Scheduled;

/// A feature of the student compared with one of the teacher; on its own or, more usually, a term of a [`Sum`].
///
/// Which features there are depends on the models: `kd models show` lists them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// Name of the student's; its last if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub student: Option<String>,
    /// Name of the teacher's; its last if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher: Option<String>,
    /// How they are compared.
    pub loss: FeatureLoss,
}

/// A weighted sum of objectives, `Σ_i w_i L_i`, each with a schedule of its own.
///
/// The terms are named, and the names are yours: `objective.sum.terms.hint = { weight = 100.0, objective.features = ... }`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// At least one; no sums within sums.
    pub terms: BTreeMap<String, Term>,
}

/// An objective in a [`Sum`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// How much it counts; weights need not add up to anything. A ramp from 0 is a warm-up.
    #[serde(default)]
    pub weight: Scheduled<Factor>,
    /// What it asks for.
    pub objective: Objective,
}

impl Features {
    /// Which of the student's features is compared, with whatever goes with its name, such as its shape.
    ///
    /// # Errors
    /// [`Error::UnknownFeature`] or [`Error::NoFeatures`].
    pub fn of_student<'a, T>(&self, features: &'a [(String, T)]) -> Result<&'a (String, T)> {
        named("student", self.student.as_deref(), features)
    }

    /// Which of the teacher's.
    ///
    /// # Errors
    /// [`Error::UnknownFeature`] or [`Error::NoFeatures`].
    pub fn of_teacher<'a, T>(&self, features: &'a [(String, T)]) -> Result<&'a (String, T)> {
        named("teacher", self.teacher.as_deref(), features)
    }
}

/// The feature of that name, the last without one.
pub(crate) fn named<'a, T>(
    whose: &'static str,
    name: Option<&str>,
    features: &'a [(String, T)],
) -> Result<&'a (String, T)> {
    let Some(last) = features.last() else { return Err(Error::NoFeatures(whose)) };
    let Some(name) = name else { return Ok(last) };
    features.iter().find(|(known, _)| known == name).ok_or_else(|| {
        let known: Vec<String> = features.iter().map(|(known, _)| format!("`{known}`")).collect();
        Error::UnknownFeature { whose, name: name.to_owned(), known: known.join(", ") }
    })
}
