//! Standard error, where people are told how things go.

use std::io::Write;

/// Tells people, who may no longer be there or may have filled their disk: that ends nothing.
pub(crate) fn tell(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
