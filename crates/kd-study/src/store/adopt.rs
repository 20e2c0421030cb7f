//! Runs of other studies: what lies in the results folders beside this one.

use std::collections::HashSet;
use std::path::{Component, Path};

use super::Store;
use super::error::StoreError;
use super::integrity;
use super::layout::RECORD;
use super::record::RunRecord;
use crate::error::Result;
use crate::spec::{Keep, RunId};

/// Another results folder, and what was published there when it was looked at.
#[derive(Debug)]
pub struct Sibling {
    store: Store,
    runs: HashSet<RunId>,
}

impl Sibling {
    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        self.store.root()
    }
}

impl Store {
    /// The results folders beside this one, by name. Those that cannot be read have nothing to give.
    ///
    /// # Errors
    /// If this folder is not there.
    pub fn siblings(&self) -> Result<Vec<Sibling>> {
        let own = fs_err::canonicalize(&self.root)?;
        // As people write it, unless that ends in dots.
        let is_named = matches!(self.root.components().next_back(), Some(Component::Normal(_)));
        let around = if is_named { self.root.parent() } else { own.parent() };
        let Some(around) = around else { return Ok(Vec::new()) };
        let here = if around.as_os_str().is_empty() { Path::new(".") } else { around };
        let Ok(entries) = fs_err::read_dir(here) else { return Ok(Vec::new()) };
        let mut siblings = Vec::new();
        for entry in entries.flatten() {
            let store = Self::at(&around.join(entry.file_name()));
            if fs_err::canonicalize(&store.root).is_ok_and(|other| other != own)
                && let Ok(runs) = store.published()
            {
                siblings.push(Sibling { store, runs: runs.into_iter().collect() });
            }
        }
        siblings.sort_by(|a, b| a.root().cmp(b.root()));
        Ok(siblings)
    }

    /// Publishes here what `sibling` holds of a run, to the byte, if its record `fits` and there is all that `keep` asks
    /// for; none if there is nothing of the kind, or this folder has the run.
    ///
    /// # Errors
    /// If a file there is not what was published, or nothing tells whether it is; or one cannot be read or written.
    /// Nothing is published then.
    pub fn adopt(
        &self,
        id: &RunId,
        keep: &Keep,
        sibling: &Sibling,
        fits: impl FnOnce(&RunRecord) -> bool,
    ) -> Result<Option<RunRecord>> {
        if !sibling.runs.contains(id) || self.run_path(id).join(RECORD).exists() {
            return Ok(None);
        }
        let Some((bytes, record)) = sibling.store.read_record(id)? else { return Ok(None) };
        if !fits(&record) {
            return Ok(None);
        }
        let folder = sibling.store.run_path(id);
        let refuse =
            |problem: &str| StoreError::Record { path: folder.join(RECORD), problem: problem.to_owned() };
        if record.seal.is_none() {
            return Err(refuse(
                "it has no checksums, without which nobody can tell whether its files are whole",
            )
            .into());
        }
        if record.id != *id || record.spec.id()? != *id {
            return Err(refuse("it is of another run").into());
        }
        if !sibling.store.missing(id, &record.spec, keep)?.is_nothing() {
            return Ok(None);
        }
        let attempt = self.attempt(id)?;
        integrity::copy(&record, &folder, attempt.path())?;
        fs_err::write(attempt.path().join(RECORD), bytes)?;
        for measure in &keep.measures {
            self.adopt_comparison(id, measure, &sibling.store)?;
        }
        attempt.publish_files()?;
        Ok(Some(record))
    }
}
