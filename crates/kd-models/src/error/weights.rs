use std::fmt;
use std::path::PathBuf;

use kd_core::memory;

/// What is wrong with weights from a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// A weight file does not fit the model.
    #[error("weights in {path} do not fit the model: {problem}")]
    Misfit {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        problem: Misfit,
    },
    /// Something is asked of the last layer alone, which shares its weights with others.
    #[error("the model's last layer has no weights of its own; keep it, and train all")]
    NoHead,
    /// A weight file is not safetensors, or not whole.
    #[error("{path} cannot be read as safetensors: {problem}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What it is, or what is wrong with it.
        problem: String,
    },
}

impl WeightsError {
    /// See [`crate::Error::is_out_of_memory`].
    pub(super) fn is_out_of_memory(&self) -> bool {
        match self {
            Self::Unreadable { problem, .. } => memory::ran_out(problem),
            Self::Misfit { .. } | Self::NoHead => false,
        }
    }
}

/// How named weights differ from those of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Misfit {
    /// Names of the model that were not given.
    pub missing: Vec<String>,
    /// Given names that the model does not have.
    pub unexpected: Vec<String>,
    /// Names of another shape: given, and as the model has it.
    pub misshaped: Vec<(String, Vec<i64>, Vec<i64>)>,
    /// What all names of the file begin with beside these, if anything.
    pub wrapped_in: Option<String>,
}

impl Misfit {
    /// Whether there is no difference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.misshaped.is_empty()
    }
}

/// `missing: a, b; unexpected: c`.
impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list =
            |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            parts.push(format!("missing: {}", list(&self.missing)));
        }
        if !self.unexpected.is_empty() {
            parts.push(format!("unexpected: {}", list(&self.unexpected)));
        }
        parts.extend(
            self.misshaped
                .iter()
                .map(|(name, got, expected)| format!("`{name}` has shape {got:?}, expected {expected:?}")),
        );
        if let Some(prefix) = &self.wrapped_in {
            write!(f, "without the `{prefix}` that all names begin with: ")?;
        }
        f.write_str(&parts.join("; "))
    }
}
