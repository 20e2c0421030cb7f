//! The results table: a row for each run.
//!
//! A run is handed over as data, a [`RunDocument`] in JSON. [`GROUPS`] in `columns.rs` says once of each column what it is
//! and where in that document its value is found; rows, frame, files, the reference in README and what `kd explain`
//! prints follow from it.

mod column;
mod columns;
mod document;
mod frame;
mod predictions;
mod read;
mod reference;
mod row;
mod timing;

pub use column::{Better, Column, Group, Kind};
pub(crate) use column::{FRACTION, TARGETS_UNIT};
pub use columns::GROUPS;
pub use document::RunDocument;
pub use frame::{csv, parquet, to_frame};
pub use predictions::{Predicted, PredictionsFile, Right};
pub use read::{Brought, How, Problem, TableError, read};
pub use reference::reference;
pub use row::{Outcome, RunRow};
pub use timing::{Timing, timings_csv};

/// Every column, in the order of the table.
pub fn columns() -> impl Iterator<Item = &'static Column> {
    GROUPS.iter().flat_map(|group| group.columns)
}

/// The column that is called so.
#[must_use]
pub fn find(name: &str) -> Option<&'static Column> {
    columns().find(|column| column.name == name)
}

/// The column that is called so, for constants: what the analysis reads and the table lacks does not compile.
pub(crate) const fn named(name: &str) -> &'static Column {
    let mut group = 0;
    while group < GROUPS.len() {
        let columns = GROUPS[group].columns;
        let mut index = 0;
        while index < columns.len() {
            if same(columns[index].name.as_bytes(), name.as_bytes()) {
                return &columns[index];
            }
            index += 1;
        }
        group += 1;
    }
    panic!("no column is called so")
}

/// Equality, which constants have of bytes only.
const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn columns_are_found_by_their_names() {
        for column in columns() {
            assert!(std::ptr::eq(find(column.name).unwrap(), named(column.name)), "{}", column.name);
        }
        let names: HashSet<&str> = columns().map(|column| column.name).collect();
        assert_eq!(names.len(), columns().count(), "no name is used twice");
        assert!(find("test_acuracy").is_none() && find("run_").is_none());
    }

    #[test]
    fn every_column_says_what_it_is() {
        for column in columns() {
            let meaning = column.meaning;
            assert!(
                !meaning.is_empty() && !meaning.contains('|') && !meaning.ends_with('.'),
                "{}",
                column.name
            );
        }
    }
}
