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
    use kd_data::Changed;

    use super::*;
    use crate::store::StoreError;

    #[test]
    fn memory_and_files_may_be_there_next_time() {
        use FailureKind::{Deterministic, Environment};

        let changed = |what: Changed| Error::Data(what.into());
        let io = |text: &str| Error::Io(std::io::Error::other(text.to_owned()));
        let torch = |text: &str| Error::Torch(tch::TchError::Torch(text.to_owned()));
        for (error, kind) in [
            (torch("shapes do not match"), Deterministic),
            (torch("CUDA out of memory. Tried to allocate"), Environment),
            (torch("DefaultCPUAllocator: can't allocate memory: you tried"), Environment),
            (torch("std::bad_alloc"), Environment),
            (io("disk full"), Environment),
            (changed(Changed::File("teacher.pt".into())), Environment),
            (changed(Changed::Data("digits".to_owned())), Deterministic),
            (Error::Data(kd_data::Error::Unreadable(std::io::Error::other("gone"))), Environment),
            (
                StoreError::Record { path: "record.json".into(), problem: "half".to_owned() }.into(),
                Environment,
            ),
            (StoreError::NoSuchRun("no".to_owned()).into(), Deterministic),
        ] {
            assert_eq!(of_error(&error).kind, kind, "{error}");
        }
        assert_eq!(of_error(&torch("the first line\nthe second")).reason.lines().count(), 1);
    }

    #[test]
    fn a_panic_is_a_failure_with_its_words() {
        let of = |panic: Box<dyn std::any::Any + Send>| of_panic(panic.as_ref());
        assert_eq!(of(Box::new("out of memory")).kind, FailureKind::Environment);
        assert_eq!(of(Box::new("a text")).reason, "a text");
        assert_eq!(of(Box::new("a text\nand more".to_owned())).reason, "a text");
        assert_eq!(of(Box::new(7)).reason, "the training code panicked");
        assert_eq!(of(Box::new(7)).kind, FailureKind::Deterministic);
    }
}
