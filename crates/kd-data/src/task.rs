//! What kind of input there is, and what is to be predicted of it.

use std::fmt;

use serde::Deserialize;

/// Kind of input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Images.
    Vision,
    /// Rows of numbers and categories.
    Tabular,
    /// Texts.
    Text,
}

impl fmt::Display for Modality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Vision => "vision",
            Self::Tabular => "tabular",
            Self::Text => "text",
        })
    }
}

/// What is to be predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One of several classes.
    Classification,
    /// A number.
    Regression,
    /// The next token of a text.
    LanguageModelling,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Classification => "classification",
            Self::Regression => "regression",
            Self::LanguageModelling => "language modelling",
        })
    }
}
