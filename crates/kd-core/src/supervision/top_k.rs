use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intervention::{Control, Intervention, Reach, Table};
use super::row::{impossible_beside, log_probabilities, log_sum_exp, set};
use crate::error::{Result, at_most};
use crate::random::Stream;

/// The k most probable classes as they are; what the others share is settled by `remainder`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TopK {
    /// k, fewer than there are classes.
    pub k: NonZeroU32,
    /// What becomes of the other classes' probability.
    #[serde(default)]
    pub remainder: Remainder,
}

/// What becomes of the probability outside the top k.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Remainder {
    /// It is spread evenly over the other classes.
    #[default]
    Uniform,
    /// It goes to the top k in proportion; the others become impossible.
    Renormalised,
}

impl TopK {
    /// The k most probable classes, the rest spread evenly.
    #[must_use]
    pub fn of(k: NonZeroU32) -> Self {
        Self { k, remainder: Remainder::default() }
    }
}

impl Intervention for TopK {
    fn name(&self) -> &'static str {
        "top_k"
    }

    fn reach(&self) -> Reach {
        Reach::Example
    }

    fn depends_on_temperature(&self) -> bool {
        true
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn control(&self) -> Option<Control> {
        Some(Control::TopK)
    }

    fn check(&self, classes: i64) -> Result<()> {
        at_most(self.k, classes - 1).map(drop)
    }

    fn change(&self, table: &mut Table<'_>, _: &mut Stream) {
        let temperature = table.temperature;
        for (row, _) in table.rows() {
            keep_top(row, *self, temperature);
        }
    }
}

fn keep_top(row: &mut [f64], TopK { k, remainder }: TopK, temperature: f64) {
    let mut log_p = log_probabilities(row, temperature);
    let mut order: Vec<usize> = (0..row.len()).collect();
    order.sort_by(|&a, &b| log_p[b].total_cmp(&log_p[a]));
    let (kept, others) = order.split_at((k.get() as usize).min(row.len()));
    if others.is_empty() {
        return;
    }
    let each = match remainder {
        Remainder::Uniform => {
            let shared: Vec<f64> = others.iter().map(|&class| log_p[class]).collect();
            log_sum_exp(&shared) - (others.len() as f64).ln()
        }
        Remainder::Renormalised => impossible_beside(log_p[kept[kept.len() - 1]]),
    };
    for &class in others {
        log_p[class] = each;
    }
    set(row, &log_p, temperature);
}
