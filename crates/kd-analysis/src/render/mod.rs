//! Renderers: pure functions of [`Findings`], and of a [`Comparison`](crate::Comparison).

mod across;
mod atlas;
mod by_factor;
mod comparison;
mod contrasts;
mod decomposition;
mod doubts;
mod figure;
mod forest;
mod html;
mod law_figure;
mod laws;
mod markdown;
mod population;
mod sentence;
mod task_figures;
mod terminal;
mod text;
mod tuning;

pub use atlas::{atlas_html, atlas_markdown, atlas_terminal};
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
