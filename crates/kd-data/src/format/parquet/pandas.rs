//! What pandas says of a file that it wrote.

use serde_json::Value;

use super::shard::Shard;

/// The columns that were an index; none where nothing is said of it, or nothing that can be read.
pub(super) fn index(shard: &Shard) -> Vec<String> {
    names(shard.stated("pandas").unwrap_or_default())
}

/// A range is stated with how it goes, and is no column.
fn names(stated: &str) -> Vec<String> {
    let stated: Value = serde_json::from_str(stated).unwrap_or_default();
    let columns = stated["index_columns"].as_array().into_iter().flatten();
    columns.filter_map(|column| column.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_told_from_ranges() {
        for (stated, columns) in [
            (r#"{"index_columns": ["id", "__index_level_0__"]}"#, &["id", "__index_level_0__"][..]),
            (r#"{"index_columns": [{"kind": "range", "start": 0, "stop": 9, "step": 1}]}"#, &[]),
            (r#"{"index_columns": 7}"#, &[]),
            ("[", &[]),
            ("", &[]),
        ] {
            assert_eq!(names(stated), columns, "{stated}");
        }
    }
}
