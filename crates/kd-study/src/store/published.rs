//! What a results folder holds, whatever its plan.

use std::collections::HashMap;

use super::Store;
use super::record::RunRecord;
use crate::spec::RunId;

impl Store {
    /// At most so many of the published runs, of those whose records can be read.
    pub(crate) fn records(&self, most: usize) -> HashMap<RunId, RunRecord> {
        let ids = self.published().unwrap_or_default().into_iter();
        let record = |id: RunId| Some((id.clone(), self.record(&id).ok()??));
        ids.take(most).filter_map(record).collect()
    }
}
