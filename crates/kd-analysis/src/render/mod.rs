//! Renderers: pure functions of [`Findings`], and of a [`Comparison`](crate::Comparison).

mod about;
mod across;
mod arms;
mod atlas;
mod by_factor;
mod caveats;
mod comparison;
mod contents;
mod contrasts;
mod decomposition;
mod doubts;
mod drawing;
mod effects;
mod extremes;
mod figure;
mod forest;
mod heat;
mod html;
mod law_figure;
mod laws;
mod markdown;
mod paper;
mod perplexity;
mod population;
mod runs;
mod sentence;
mod shares;
mod small_multiples;
mod task_figures;
mod task_section;
mod terminal;
mod text;
mod theories;
mod tuning;

pub use atlas::{atlas_html, atlas_markdown, atlas_summary, atlas_terminal};
pub use comparison::{comparison_markdown, comparison_terminal};
pub(crate) use effects::lines as factor_lines;
pub use html::html;
pub use markdown::markdown;
pub use paper::{FigureFormat, NamedFigure, figure, figures};
pub use terminal::terminal;

use crate::Findings;

/// All of it as JSON.
#[must_use]
pub fn json(findings: &Findings) -> String {
    // Findings hold strings, numbers and maps with simple keys, which JSON always can; infinite numbers become null.
    serde_json::to_string_pretty(findings).unwrap_or_default()
}
