//! What is measured is in the table.

use std::collections::BTreeMap;

use kd_analysis::table;
use kd_study::store::record::RunRecord;
use serde_json::Value;

use crate::values::flatten;

/// Fails unless every measure of a run has a column: of its `record`, and of its comparisons under their names.
pub(crate) fn hold(record: &RunRecord, comparisons: &[(&str, Value)]) {
    let record = serde_json::to_value(record).unwrap();
    let mut leaves = BTreeMap::new();
    flatten("/record/outcome", &record["outcome"], &mut leaves);
    for (name, found) in comparisons {
        flatten(&format!("/{name}"), found, &mut leaves);
    }
    for (measure, _) in leaves.iter().filter(|(_, value)| !value.is_null()) {
        let has_column = table::columns().any(|column| column.pointers().contains(&measure.as_str()));
        assert!(has_column, "{measure} has no column in kd-analysis/src/table/columns.rs");
    }
}
