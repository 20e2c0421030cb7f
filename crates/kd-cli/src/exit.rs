use std::process::ExitCode;

/// Exit statuses, as documented in `kd --help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Everything that was asked for is done.
    Done = 0,
    /// The study ran, but some of its runs failed.
    SomeFailed = 1,
    /// Arguments, a study file or a results folder are wrong; nothing was lost.
    BadInput = 2,
    /// Stopped by a signal; what was finished is kept.
    Interrupted = 130,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}
