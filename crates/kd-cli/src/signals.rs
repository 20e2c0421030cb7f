//! Requests to end.

use std::ffi::c_int;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kd_study::Result;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// Is set by Ctrl-C, a request to terminate or a hang-up, which no longer end this process themselves. A hang-up that it
/// was started to ignore, as by `nohup`, it goes on ignoring. Ctrl-C it hears in any case: shells start what goes to the
/// background so that it ignores that, and a study would be stopped by nothing but force.
pub(crate) fn heard() -> Result<Arc<AtomicBool>> {
    let heard = Arc::new(AtomicBool::new(false));
    let status = fs_err::read_to_string("/proc/self/status");
    // Where the system does not say, hang-ups are left to it, whatever it does.
    let hears_hang_ups = status.is_ok_and(|status| !is_ignored(SIGHUP, &status));
    for signal in [SIGINT, SIGTERM].into_iter().chain(hears_hang_ups.then_some(SIGHUP)) {
        signal_hook::flag::register(signal, Arc::clone(&heard)).map_err(|error| {
            std::io::Error::new(error.kind(), format!("could not listen for signals: {error}"))
        })?;
    }
    Ok(heard)
}

/// Whether a process of this status ignores a signal.
fn is_ignored(signal: c_int, status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_from_the_status_of_a_process() {
        let status = "Name:\tkd\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001001\n";
        assert_eq!([SIGHUP, SIGINT, SIGTERM].map(|signal| is_ignored(signal, status)), [true, false, false]);
        assert!(!is_ignored(SIGHUP, "nothing of the kind"));
    }
}
