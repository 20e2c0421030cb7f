//! Findings that are there, to be drawn or set beside others.

use std::path::Path;

use kd_analysis::{Filter, Findings};

use super::conclude_part;
use crate::error::Result;
use crate::store::{FINDINGS, Store, StoreError};

/// The findings of a folder, of which nothing is written: analysed anew where it holds runs, as kept where it holds nothing
/// but a report, such as one on a table; or those of a file.
///
/// # Errors
/// [`StoreError::NoFindings`] where there are neither; [`StoreError::Findings`] where they cannot be read; else as
/// [`conclude_part`].
pub fn findings(source: &Path) -> Result<Findings> {
    if source.is_file() {
        return read(source);
    }
    if let Ok(store) = Store::open(source) {
        let plan = store.plan()?;
        return conclude_part(&plan, &store, &Filter::read(&[], &plan.subjects())?, None);
    }
    let path = source.join(FINDINGS);
    if !path.is_file() {
        return Err(StoreError::NoFindings(source.to_owned()).into());
    }
    read(&path)
}

fn read(path: &Path) -> Result<Findings> {
    let bytes = fs_err::read(path)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| StoreError::Findings { path: path.to_owned(), problem: error.to_string() }.into())
}
