//! What can stop a command, each as one sentence that says what to do.

use std::path::PathBuf;
use std::process::ExitCode;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    /// This machine lacks something, or something is set wrongly: what, and what to do.
    Prerequisite(String),
    /// A command that was run said no; it has told the reader why.
    Child { command: String, code: Option<i32> },
    /// A file or folder could not be read or written; the path is in the message.
    File(std::io::Error),
    /// A wheel is not the zip archive it should be.
    Wheel { path: PathBuf, error: zip::result::ZipError },
    /// The workspace breaks a rule of the architecture.
    Architecture(String),
}

impl Failure {
    /// 2 when the reader must change something first, the child's own status, or 1.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Prerequisite(_) => ExitCode::from(2),
            Self::Child { code, .. } => {
                ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
            }
            Self::File(_) | Self::Wheel { .. } | Self::Architecture(_) => ExitCode::FAILURE,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Prerequisite(sentence) | Self::Architecture(sentence) => f.write_str(sentence),
            Self::Child { command, code: Some(code) } => {
                write!(f, "`{command}` ended with status {code}")
            }
            Self::Child { command, code: None } => write!(f, "`{command}` was killed"),
            Self::File(error) => error.fmt(f),
            Self::Wheel { path, error } => write!(f, "could not unpack {}: {error}", path.display()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull {
            return Self::Prerequisite(format!(
                "the disk is full ({error}): free some space, or point KD_CACHE at a folder on another disk, and run this command again"
            ));
        }
        Self::File(error)
    }
}
