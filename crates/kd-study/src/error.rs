use std::path::PathBuf;

use crate::problem::Problem;

/// Result of this crate's operations.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong outside a single run. A run that fails is a record, not an error.
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
    /// Another process is at work in the results folder.
    #[error("{} is in use by another `kd run`; wait for it, or choose another folder with --out", .0.display())]
    Locked(PathBuf),
    /// The folder holds no study.
    #[error("{} holds no results of a study (no study.toml in it); give the folder that `kd run` wrote", .0.display())]
    NoStudy(PathBuf),
    /// The plan of a results folder cannot be read.
    #[error("{}: {problem}", .path.display())]
    Plan {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        problem: String,
    },
    /// A record cannot be read.
    #[error("{}: {problem}; remove this run's folder and run the study again", .path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// No or several runs have such an id.
    #[error("{0}")]
    Run(String),
    /// A worker process could not be started.
    #[error("could not start a worker process: {0}")]
    Worker(std::io::Error),
    /// The bytes of a data set are not those that the study was planned with.
    #[error("data set `{0}` has changed since the study was planned; run the study again to plan anew")]
    DataChanged(String),
    /// The bytes of a file that a run reads are not those that the study was planned with.
    #[error("{} has changed since the study was planned; run the study again to plan anew", .0.display())]
    FileChanged(PathBuf),
    /// What a teacher that was trained elsewhere says does not fit the data.
    #[error("{what} {problem}")]
    Outputs {
        /// Whose outputs, and on which examples.
        what: String,
        /// What was found and what was expected.
        problem: String,
    },
    /// A device that is not there.
    #[error("device `{0}` is not available; `kd doctor` shows those that are")]
    Device(String),
    /// A data set could not be loaded.
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
    /// Whether trying again can help: a file that cannot be read or written today may be mended tomorrow.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Io(_)
            | Self::Record { .. }
            | Self::FileChanged(_)
            | Self::Data(kd_data::Error::Unreadable(_)) => true,
            Self::InvalidStudy(_)
            | Self::StudyFile { .. }
            | Self::Locked(_)
            | Self::NoStudy(_)
            | Self::Plan { .. }
            | Self::Run(_)
            | Self::Worker(_)
            | Self::DataChanged(_)
            | Self::Outputs { .. }
            | Self::Device(_)
            | Self::Data(_)
            | Self::Model(_)
            | Self::Core(_)
            | Self::Analysis(_)
            | Self::Json(_)
            | Self::Torch(_) => false,
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
    /// At least one.
    pub problems: Vec<Problem>,
}

impl std::fmt::Display for InvalidStudy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            let before = &self.text[..problem.span.start.min(self.text.len())];
            let line = before.matches('\n').count() + 1;
            write!(f, "{}:{line}: {}", self.source_name, problem.message)?;
        }
        Ok(())
    }
}
