//! What a results folder holds, whatever its plan.

use std::collections::HashMap;

use super::Store;
use super::record::RunRecord;
use crate::spec::RunId;

impl Store {
    /// At most so many of the published runs, of those whose records can be read.
    pub(crate) fn records(&self, most: usize) -> HashMap<RunId, RunRecord> {
        let Ok(entries) = fs_err::read_dir(self.runs()) else { return HashMap::new() };
        let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<RunId>().ok());
        let record = |id: RunId| Some((id.clone(), self.record(&id).ok()??));
        ids.take(most).filter_map(record).collect()
    }
}
