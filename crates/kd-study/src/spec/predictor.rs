//! What predicts: a model of ours, or what was trained elsewhere.

use std::fmt;

use kd_data::InputFile;
use kd_models::Architecture;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::Limits;
use super::reading::Reading;

/// What predicts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Predictor {
    /// What was trained elsewhere.
    Pretrained(Pretrained),
    /// A model that is built here.
    Model(Architecture),
}

impl Predictor {
    /// The architecture of a model that is built here.
    #[must_use]
    pub fn architecture(&self) -> Option<&Architecture> {
        match self {
            Self::Model(architecture) => Some(architecture),
            Self::Pretrained(_) => None,
        }
    }

    /// Forgets what decides nothing of what it says: where files are, and what a module may take.
    pub(super) fn forget_circumstances(&mut self) {
        if let Self::Pretrained(Pretrained::TorchScript { limits, .. }) = self {
            *limits = Limits::default();
        }
        for file in self.files_mut() {
            file.path.clear();
        }
    }

    fn files_mut(&mut self) -> Vec<&mut InputFile> {
        match self {
            Self::Pretrained(pretrained) => pretrained.files_mut(),
            Self::Model(_) => Vec::new(),
        }
    }
}

/// One line for people.
impl fmt::Display for Predictor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pretrained(pretrained) => pretrained.fmt(f),
            Self::Model(architecture) => architecture.fmt(f),
        }
    }
}

/// What was trained elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pretrained {
    /// A module of any program.
    TorchScript {
        /// Code and weights.
        file: InputFile,
        /// What it reads.
        inputs: Scaling,
        /// What it may take.
        #[serde(default, skip_serializing_if = "Limits::are_usual")]
        limits: Limits,
        /// How what it says is read.
        #[serde(default, skip_serializing_if = "Reading::is_plain")]
        reading: Reading,
    },
    /// Predictions of any program.
    Outputs {
        /// On the training examples.
        train: InputFile,
        /// On the test examples.
        test: InputFile,
        /// How they are read.
        #[serde(default, skip_serializing_if = "Reading::is_plain")]
        reading: Reading,
    },
    /// The truth of synthetic data.
    Bayes {},
}

/// What pixels and numbers a module reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// Pixels in 0 to 1, as torchvision's `ToTensor` gives them; numbers as they are in the file.
    #[default]
    AsRead,
    /// Standardised by the teacher's N samples, as models trained here read them; a table's categories as a column each.
    Standardised,
}

impl Pretrained {
    fn files_mut(&mut self) -> Vec<&mut InputFile> {
        match self {
            Self::TorchScript { file, .. } => vec![file],
            Self::Outputs { train, test, .. } => vec![train, test],
            Self::Bayes {} => Vec::new(),
        }
    }
}

/// One line for people.
impl fmt::Display for Pretrained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TorchScript { file, .. } => write!(f, "TorchScript module {file}"),
            Self::Outputs { train, test, .. } if train == test => write!(f, "stored outputs {train}"),
            Self::Outputs { train, test, .. } => write!(f, "stored outputs {train} and {test}"),
            Self::Bayes {} => f.write_str("the truth of the data"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_written_as_its_architecture_alone() {
        let architecture: Architecture =
            serde_json::from_str(r#"{"mlp":{"hidden":[32],"dropout":0.25}}"#).unwrap();
        let json = serde_json::to_string(&architecture).unwrap();
        let model: Predictor = serde_json::from_str(&json).unwrap();
        assert_eq!(model, Predictor::Model(architecture));
        assert_eq!(serde_json::to_string(&model).unwrap(), json);
        let file = InputFile { path: std::path::PathBuf::new(), hash: "00".to_owned() };
        let script = Predictor::Pretrained(Pretrained::TorchScript {
            file,
            inputs: Scaling::AsRead,
            limits: Limits::default(),
            reading: Reading::default(),
        });
        let json = serde_json::to_string(&script).unwrap();
        assert_eq!(json, r#"{"torch_script":{"file":{"hash":"00"},"inputs":"as_read"}}"#);
        assert_eq!(serde_json::from_str::<Predictor>(&json).unwrap(), script);
    }
}
