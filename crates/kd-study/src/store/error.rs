//! What is wrong with a results folder.

use std::path::PathBuf;

/// What is wrong with a results folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process is at work in it.
    #[error("{} is in use by another `kd run` or `kd prune`; wait for it, or choose another folder", .0.display())]
    Locked(PathBuf),
    /// The report on all of a study would be written over by that on a part.
    #[error("{} holds the results of a study, and its report is on all of it; give another folder with --out", .0.display())]
    Whole(PathBuf),
    /// The report on a table would be written over something else.
    #[error("{} holds something else than a report on this table, which would be written over; give another folder with --out", .0.display())]
    Taken(PathBuf),
    /// It holds what came of another study.
    #[error(
        "{} holds the results of study `{there}`, and this is study `{asked}`, whose plan and report would take their place; \
         give this one a folder of its own with --out, or say --replace: runs that are there stay until `kd prune`",
        .folder.display()
    )]
    Another {
        /// The folder.
        folder: PathBuf,
        /// The study whose results are there.
        there: String,
        /// The one that is to be run.
        asked: String,
    },
    /// It holds no study.
    #[error("{} holds no results of a study (study.toml and runs are not both in it); give the folder that `kd run` wrote", .0.display())]
    NoStudy(PathBuf),
    /// It holds neither runs nor findings.
    #[error(
        "{} holds no results: neither runs of a study nor a findings.json is in it; give folders that `kd run` or `kd report` wrote",
        .0.display()
    )]
    NoFindings(PathBuf),
    /// Its findings cannot be read.
    #[error("{}: not the findings of this version of kd: {problem}; a table of results becomes findings by `kd report TABLE`, and old ones are written again with `kd report DIR`", .path.display())]
    Findings {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// Its plan cannot be read.
    #[error("{}: {problem}", .path.display())]
    Plan {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        problem: String,
    },
    /// A file of a run cannot be read.
    #[error("{}: {problem}; remove this run's folder and run the study again", .path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// A file of a run is not what was published.
    #[error(
        "{} is not what was published: its BLAKE3 checksum is {found}, not {expected}; remove this run's folder and run the study again",
        .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Its checksum when it was published.
        expected: String,
        /// Its checksum now.
        found: String,
    },
    /// No or several runs have such an id, or the run has not what is asked for.
    #[error("{0}")]
    NoSuchRun(String),
}

impl StoreError {
    /// Whether it may be otherwise the next time.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Record { .. } | Self::Damaged { .. } => true,
            Self::Locked(_)
            | Self::Whole(_)
            | Self::Taken(_)
            | Self::Another { .. }
            | Self::NoStudy(_)
            | Self::NoFindings(_)
            | Self::Findings { .. }
            | Self::Plan { .. }
            | Self::NoSuchRun(_) => false,
        }
    }
}
