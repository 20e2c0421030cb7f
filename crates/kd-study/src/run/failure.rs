//! Why a run failed, and whether trying again can help.

use crate::error::Error;
use crate::store::record::{Failure, FailureKind};

/// The failure of a run that ended in an error.
pub(super) fn of_error(error: &Error) -> Failure {
    let failure = of_message(&error.to_string());
    if error.may_pass() { Failure { kind: FailureKind::Environment, ..failure } } else { failure }
}

/// The failure of a run that panicked.
pub(super) fn of_panic(panic: &(dyn std::any::Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let message = text.or_else(|| panic.downcast_ref::<&str>().copied());
    of_message(message.unwrap_or("the training code panicked"))
}

/// Memory may be there next time; everything else that libtorch or a model refuses, it will refuse again.
fn of_message(message: &str) -> Failure {
    let first_line = message.lines().next().unwrap_or_default();
    let memory =
        ["out of memory", "can't allocate memory", "bad_alloc"].iter().any(|sign| message.contains(sign));
    let kind = if memory { FailureKind::Environment } else { FailureKind::Deterministic };
    Failure { kind, reason: first_line.to_owned() }
}
