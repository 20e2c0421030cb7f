use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intervention::{Control, Intervention, Reach, Table};
use super::row::{entropy, log_probabilities, set, spread, top};
use crate::error::Result;
use crate::random::Stream;

/// Per example, some probability on one class and the rest spread evenly over the others: label smoothing with the
/// teacher's own, example-dependent amount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntropyMatched {
    /// What the amount is chosen to keep, at the temperature of the objective.
    #[serde(default)]
    pub keep: Keep,
}

/// What [`EntropyMatched`] keeps of the teacher's distribution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Its entropy, around its top class.
    #[default]
    Entropy,
    /// The probability of its top class; the entropy can only grow.
    TopProbability,
    /// The probability of the label; the entropy can only grow.
    LabelProbability,
}

impl Intervention for EntropyMatched {
    fn name(&self) -> &'static str {
        "entropy_matched"
    }

    fn reach(&self) -> Reach {
        Reach::Example
    }

    fn depends_on_temperature(&self) -> bool {
        true
    }

    fn needs_labels(&self) -> bool {
        match self.keep {
            Keep::LabelProbability => true,
            Keep::Entropy | Keep::TopProbability => false,
        }
    }

    fn control(&self) -> Option<Control> {
        Some(Control::EntropyMatched)
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn change(&self, table: &mut Table<'_>, _: &mut Stream) {
        let temperature = table.temperature;
        for (row, label) in table.rows() {
            match_entropy(row, label, temperature, self.keep);
        }
    }
}

fn match_entropy(row: &mut [f64], label: usize, temperature: f64, keep: Keep) {
    let classes = row.len();
    let log_p = log_probabilities(row, temperature);
    let rest_of = |class: usize| {
        let others = (0..classes).filter(|&other| other != class).map(|other| log_p[other].exp());
        others.sum::<f64>().ln()
    };
    let matched = match keep {
        Keep::Entropy => {
            let log_rest = smoothed_with_entropy(entropy(&log_p), (classes - 1) as f64);
            spread(classes, top(row), (-log_rest.exp()).ln_1p(), log_rest)
        }
        Keep::TopProbability => spread(classes, top(row), log_p[top(row)], rest_of(top(row))),
        Keep::LabelProbability => spread(classes, label, log_p[label], rest_of(label)),
    };
    set(row, &matched, temperature);
}

/// Of the distribution "q on one class, the rest evenly on `others`" with this entropy: `ln(1 - q)`.
///
/// The entropy falls as q grows from `1/K` to 1, so bisection finds the only solution. It searches the remainder
/// `1 - q` on a logarithmic scale, which stays exact for teachers that are almost certain.
fn smoothed_with_entropy(entropy: f64, others: f64) -> f64 {
    let entropy_of = |log_rest: f64| {
        let rest = log_rest.exp();
        -(1.0 - rest) * (-rest).ln_1p() - rest * (log_rest - others.ln())
    };
    let (mut low, mut high) = (-745.0_f64, (others / (others + 1.0)).ln());
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if entropy_of(middle) < entropy { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}
