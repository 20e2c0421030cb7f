//! Renderers: pure functions of [`Findings`], and of a [`Comparison`](crate::Comparison).

mod about;
mod by_factor;
mod comparison;
mod contrasts;
mod decomposition;
mod doubts;
mod figure;
mod html;
mod markdown;
mod sentence;
mod task_figures;
mod terminal;
mod text;
mod tuning;

pub use comparison::{comparison_markdown, comparison_terminal};
pub use html::html;
pub use markdown::markdown;
pub use terminal::terminal;

use crate::Findings;

/// All of it as JSON.
#[must_use]
pub fn json(findings: &Findings) -> String {
    // Findings hold strings, numbers and maps with simple keys, which JSON always can; infinite numbers become null.
    serde_json::to_string_pretty(findings).unwrap_or_default()
}
