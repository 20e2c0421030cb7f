//! Language models in the units of their field.

use maud::{Markup, html};

use super::text::count;
use crate::task::TaskFindings;

/// Perplexity and bits per token of a negative log-likelihood in nats per token.
fn of_nll(nll: f64) -> (f64, f64) {
    (nll.exp(), nll / std::f64::consts::LN_2)
}

/// Whether a task's score is of next tokens.
pub(super) fn is_of(task: &TaskFindings) -> bool {
    task.info.score.contains("next token")
}

/// `8.02 (3.004)`, of an arm at M.
pub(super) fn cell(task: &TaskFindings, arm: &str, samples: u64) -> Option<String> {
    let curve = task.curves.iter().find(|curve| curve.arm == arm)?;
    let nll = curve.cells.iter().find(|cell| cell.samples == samples)?.nll?;
    let (perplexity, bits) = of_nll(nll);
    Some(format!("{perplexity:.2} ({bits:.3})"))
}

/// A table of both for every arm and M.
pub(super) fn section(task: &TaskFindings) -> Markup {
    html! { @if is_of(task) {
        p.small {
            "Perplexity on the test split, and bits per token between brackets, both of the mean negative log-likelihood over seeds. A token is \
             what the study's tokenisation makes of a text: a character, or a part of a word."
        }
        div.scroll { table {
            thead { tr { th { "M" } @for curve in &task.curves { th { (curve.arm) } } } }
            tbody { @for samples in task.sizes() { tr {
                td { (count(samples as f64)) }
                @for curve in &task.curves { td { @if let Some(cell) = cell(task, &curve.arm, samples) { (cell) } } }
            } } }
        } }
    } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_among_eight_has_three_bits() {
        let (perplexity, bits) = of_nll(8.0_f64.ln());
        assert!((perplexity - 8.0).abs() < 1e-12 && (bits - 3.0).abs() < 1e-12);
    }
}
