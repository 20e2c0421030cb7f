//! Findings that are there, to be set beside others.

use std::path::Path;

use kd_analysis::{Filter, Findings};

use super::conclude_part;
use crate::error::Result;
use crate::store::{FINDINGS, Store, StoreError};

/// The findings of a folder, of which nothing is written: analysed anew where it holds runs, as kept where it holds nothing
/// but a report, such as one on a table.
///
/// # Errors
/// [`StoreError::NoFindings`] where there are neither; [`StoreError::Findings`] where they cannot be read; else as
/// [`conclude_part`].
pub fn findings(folder: &Path) -> Result<Findings> {
    if let Ok(store) = Store::open(folder) {
        let plan = store.plan()?;
        return conclude_part(&plan, &store, &Filter::read(&[], &plan.subjects())?, None);
    }
    let path = folder.join(FINDINGS);
    if !path.is_file() {
        return Err(StoreError::NoFindings(folder.to_owned()).into());
    }
    let bytes = fs_err::read(&path)?;
    serde_json::from_slice(&bytes)
        .map_err(|error| StoreError::Findings { path, problem: error.to_string() }.into())
}
