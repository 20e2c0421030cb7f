use std::path::PathBuf;

use kd_core::memory;

use crate::engine::EngineError;
use crate::problem::{self, Problem};
use crate::store::StoreError;
use crate::train::TrainError;

/// Result of this crate's operations.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong outside a single run, by the step at which it does. A run that fails is a record, not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The study file is wrong.
    #[error("{}", .0)]
    InvalidStudy(Box<InvalidStudy>),
    /// The study file cannot be read.
    #[error("could not read study file {}: {source}; `kd new` writes one to start from", .path.display())]
    StudyFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file could not be read or written.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Nothing can be learnt from what is there.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A results folder cannot be used as asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Runs cannot be trained on this machine as asked.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A data set could not be loaded, or what a run reads has changed.
    #[error(transparent)]
    Data(#[from] kd_data::Error),
    /// A model could not be built or run.
    #[error(transparent)]
    Model(#[from] kd_models::Error),
    /// A loss or metric refused its input.
    #[error(transparent)]
    Core(#[from] kd_core::Error),
    /// Results could not be analysed or written.
    #[error(transparent)]
    Analysis(#[from] kd_analysis::Error),
    /// Something could not be written as JSON.
    #[error("could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// libtorch refused.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}

impl Error {
    /// What the standard library says of a file, which leaves out which one.
    pub(crate) fn at(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Io(std::io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    /// Whether trying again can help: a file that cannot be read or written today may be mended tomorrow, and memory may
    /// be there. Everything else that is refused will be refused again.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Io(_) => true,
            Self::Store(error) => error.may_pass(),
            Self::Train(error) => error.may_pass(),
            Self::Data(error) => error.may_pass() || memory::ran_out(&error.to_string()),
            Self::Model(error) => error.is_out_of_memory(),
            Self::Core(error) => error.is_out_of_memory(),
            Self::Torch(error) => memory::ran_out(&error.to_string()),
            Self::InvalidStudy(_)
            | Self::StudyFile { .. }
            | Self::Engine(_)
            | Self::Analysis(_)
            | Self::Json(_) => false,
        }
    }
}

/// A study file and everything that is wrong in it.
#[derive(Debug)]
pub struct InvalidStudy {
    /// Name of the file.
    pub source_name: String,
    /// Its text.
    pub text: String,
    /// What was put into it, `PATH=VALUE` each; problems of these have their places behind those of the text.
    pub sets: Vec<String>,
    /// At least one.
    pub problems: Vec<Problem>,
}

/// The text that a problem is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage<'a> {
    /// What it is called: the name of the file, or `--set`.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
    /// Where it begins among the places of problems.
    pub start: usize,
}

impl InvalidStudy {
    /// The text that `problem` is in.
    #[must_use]
    pub fn passage(&self, problem: &Problem) -> Passage<'_> {
        let sets = problem::places(&self.text, &self.sets).zip(&self.sets);
        let found = sets.take_while(|(start, _)| *start <= problem.span.start).last();
        match found {
            Some((start, set)) => Passage { name: "--set", text: set, start },
            None => Passage { name: &self.source_name, text: &self.text, start: 0 },
        }
    }
}

impl std::fmt::Display for InvalidStudy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            let Passage { name, text, start } = self.passage(problem);
            if start > 0 {
                write!(f, "{name} {text}: {}", problem.message)?;
                continue;
            }
            let before = &text[..problem.span.start.min(text.len())];
            let line = before.matches('\n').count() + 1;
            write!(f, "{name}:{line}: {}", problem.message)?;
        }
        Ok(())
    }
}
