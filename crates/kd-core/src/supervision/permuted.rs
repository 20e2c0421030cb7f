use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intervention::{Control, Intervention, Reach, Table};
use super::row::top;
use crate::error::Result;
use crate::random::Stream;

/// Per example, a uniformly random permutation of all logits but the largest, which keeps its place. Confidence,
/// entropy and the top class are untouched; which wrong class got what is lost.
///
/// DKPP of Furlanello et al. 2018, "Born-Again Neural Networks", arXiv 1805.04770.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Permuted {
    /// Whether an example gets another permutation at every visit; if not, it keeps one throughout.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fresh: bool,
}

impl Intervention for Permuted {
    fn name(&self) -> &'static str {
        "permuted"
    }

    fn reach(&self) -> Reach {
        if self.fresh { Reach::Visit } else { Reach::Table }
    }

    fn depends_on_temperature(&self) -> bool {
        false
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn control(&self) -> Option<Control> {
        Some(Control::Permuted)
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn change(&self, table: &mut Table<'_>, stream: &mut Stream) {
        for (row, _) in table.rows() {
            permute_wrong_classes(row, stream);
        }
    }
}

fn permute_wrong_classes(row: &mut [f64], stream: &mut Stream) {
    let top = top(row);
    let end = row.len() - 1;
    // With the top class at the end, the wrong ones are a slice.
    row.swap(top, end);
    stream.shuffle(&mut row[..end]);
    row.swap(top, end);
}
