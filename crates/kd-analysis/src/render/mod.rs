//! Renderers: pure functions of [`Findings`].
use crate::Findings;
/// All of it as JSON.
#[must_use]
pub fn json(findings: &Findings) -> String {
    // Findings hold strings, numbers and maps with string keys, which JSON always can; numbers that are not finite
    // become null.
    serde_json::to_string_pretty(findings).unwrap_or_default()
}
