//! Why a run failed, and whether trying again can help.

use kd_core::memory;

use crate::error::Error;
use crate::store::record::{Failure, FailureKind};

/// The failure of a run that ended in an error.
pub(super) fn of_error(error: &Error) -> Failure {
    failure(&error.to_string(), error.may_pass())
}

/// The failure of a run that panicked.
pub(super) fn of_panic(panic: &(dyn std::any::Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let message = text.or_else(|| panic.downcast_ref::<&str>().copied());
    let message = message.unwrap_or("the training code panicked");
    failure(message, memory::ran_out(message))
}

fn failure(message: &str, may_pass: bool) -> Failure {
    let kind = if may_pass { FailureKind::Environment } else { FailureKind::Deterministic };
    Failure { kind, reason: message.lines().next().unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests {
    use tch::TchError;

    use super::*;
    use crate::store::StoreError;

    #[test]
    fn memory_and_files_may_be_there_next_time_and_sums_that_do_not_fit_may_not() {
        let torch = |said: &str| of_error(&Error::Torch(TchError::Torch(said.to_owned()))).kind;
        assert_eq!(torch("CUDA out of memory. Tried to allocate 20 MiB"), FailureKind::Environment);
        assert_eq!(torch("mat1 and mat2 shapes cannot be multiplied"), FailureKind::Deterministic);
        let file = Error::Io(std::io::ErrorKind::NotFound.into());
        assert_eq!(of_error(&file).kind, FailureKind::Environment);
        let record = StoreError::Record { path: "record.json".into(), problem: "cut short".to_owned() };
        assert_eq!(of_error(&record.into()).kind, FailureKind::Environment);

        let panicked = of_panic(&"std::bad_alloc\nat 0x0".to_owned());
        assert_eq!((panicked.kind, panicked.reason.as_str()), (FailureKind::Environment, "std::bad_alloc"));
        assert_eq!(of_panic(&"index out of bounds").reason, "index out of bounds");
        assert_eq!(of_panic(&7).reason, "the training code panicked");
    }
}
