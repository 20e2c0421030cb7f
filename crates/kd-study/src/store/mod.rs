//! The results folder.
//!
//! ```text
//! study.toml            the study, as last run
//! invocation.json       how it was run
//! plan.json             its runs, and all that a report says of it
//! runs/ID/record.json   one folder per run, complete or absent
//!         history.csv   training loss, gradient norm and validation score over the budget
//!         encoder.json  what was fitted on the training subset
//!         subset.json   the rows of that subset
//!         unlabelled.json   the rows of samples without labels, of students that learn from such
//!         predictions.safetensors                      what it says of the test split and its own samples, up to 64 MB
//!         weights.safetensors, outputs.safetensors     those that teach; outputs alone of those trained elsewhere
//!         weights.safetensors, criterion.safetensors   students whose objective learns something
//!         weights.safetensors                          students, if the study asks for it
//! comparisons/          what was found where a run was compared with others, a file for each measure
//! attempts/             runs and files being written, each with a lock; what the dead left, the lock's holder clears
//! logs/                 what worker processes wrote to standard error
//! .lock                 held while a study runs
//! ```
//!
//! A run is written into a private attempt and published by one rename. Whoever renames first wins; a second
//! attempt at the same run is thrown away, which is harmless because both hold the same result. Where more is to be kept
//! of a run than there is, another attempt takes the place of the published one at once.

mod adopt;
mod attempt;
mod claim;
pub mod comparison;
mod error;
mod first_format;
mod integrity;
mod kept_plan;
mod layout;
mod lock;
mod missing;
mod outputs;
mod prune;
mod published;
pub mod record;
pub mod weights;
pub(crate) use weights::publish;

use std::io::Write;
use std::path::{Path, PathBuf};

pub use adopt::Sibling;
pub use attempt::Attempt;
use claim::Claim;
pub use error::StoreError;
use fs_err::File;
use integrity::Verified;
use kd_analysis::StudyInfo;
use kept_plan::KeptPlan;
use layout::{ATTEMPTS, INVOCATION, LOGS, PLAN, RECORD, RUNS, STUDY};
pub(crate) use layout::{
    CRITERION, ENCODER, FINDINGS, HISTORY, OUTPUTS, PREDICTIONS, REPORT_HTML, REPORT_MARKDOWN, RESULTS_CSV,
    RESULTS_PARQUET, SUBSET, TIMINGS, UNLABELLED, WEIGHTS,
};
pub use lock::Lock;
pub(crate) use outputs::LastOutputs;
pub use prune::Leftover;
use record::RunRecord;

use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::spec::RunId;
use crate::study::{Invocation, Study, quoted, small_name};

/// A results folder.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    verified: Verified,
}

impl Store {
    /// The folder at `root`, which may hold anything.
    fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), verified: Verified::default() }
    }

    /// The folder at `root`, made if absent.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(root: &Path) -> Result<Self> {
        let store = Self::at(root);
        for folder in [store.runs(), store.attempts(), store.logs()] {
            fs_err::create_dir_all(folder)?;
        }
        Ok(store)
    }

    /// The folder at `root`, which must hold a study.
    ///
    /// # Errors
    /// [`StoreError::NoStudy`].
    pub fn open(root: &Path) -> Result<Self> {
        let store = Self::at(root);
        if store.study_path().is_file() && store.runs().is_dir() {
            Ok(store)
        } else {
            Err(StoreError::NoStudy(root.to_owned()).into())
        }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The study that was last run here.
    #[must_use]
    pub fn study_path(&self) -> PathBuf {
        self.root.join(STUDY)
    }

    /// That what is here, if anything, came of `study`, be it before it was edited, or of its small version.
    ///
    /// # Errors
    /// [`StoreError::Another`].
    pub fn belongs_to(&self, study: &Study) -> Result<()> {
        let path = self.root.join(PLAN);
        // A plan that cannot be read is written anew.
        let kept = fs_err::read(&path).ok().and_then(|bytes| KeptPlan::read(&path, &bytes).ok());
        let Some(Plan { study: StudyInfo { name: there, .. }, .. }) = kept else { return Ok(()) };
        if there == study.name || there == small_name(&study.name) {
            return Ok(());
        }
        let asked = study.name.clone();
        Err(StoreError::Another { folder: self.root.clone(), there, asked }.into())
    }

    /// Keeps a study and its plan beside what will come of it, so that nothing else is needed to say what that means.
    ///
    /// # Errors
    /// If it cannot be written, or what is here was written by a newer program.
    pub fn save(&self, study: &Study, plan: &Plan) -> Result<()> {
        let path = self.root.join(PLAN);
        if let Ok(bytes) = fs_err::read(&path) {
            KeptPlan::check_format(&path, &bytes)?;
        }
        self.write(INVOCATION, &serde_json::to_vec_pretty(&study.invocation())?)?;
        self.write(PLAN, &KeptPlan::bytes(plan)?)?;
        self.write(STUDY, study.text.as_bytes())
    }

    /// The plan of the study that was last run here.
    ///
    /// # Errors
    /// If it cannot be read. Results of the first format keep none: then the study is planned anew, which reads its data.
    pub fn plan(&self) -> Result<Plan> {
        let path = self.root.join(PLAN);
        match fs_err::read(&path) {
            Ok(bytes) => KeptPlan::read(&path, &bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => self.planned_anew(),
            Err(error) => Err(error.into()),
        }
    }

    /// The plan of results of the first format, which kept none.
    fn planned_anew(&self) -> Result<Plan> {
        let study = self.study().map_err(|error| match error {
            Error::InvalidStudy(study) => StoreError::Plan {
                path: self.root.join(PLAN),
                problem: format!(
                    "is not there: these results are of the first format, which kept no plan, and planning anew needs the study's data; \
                     run it once more where they are, with --out of this folder\n{study}"
                ),
            }
            .into(),
            other => other,
        })?;
        self.as_called_here(Plan::new(&study)?)
    }

    /// The study whose results these are, checked anew against its data, which lie where the study file lay.
    fn study(&self) -> Result<Study> {
        let invocation = self.invocation()?;
        let text = fs_err::read_to_string(self.study_path())?;
        let study = Study::parse_with(&text, &invocation.source, &invocation.sets)?;
        Ok(if invocation.smoke { study.smoke() } else { study })
    }

    /// What to type to go on with the study.
    ///
    /// # Errors
    /// If the folder does not say how it was run.
    pub fn command(&self) -> Result<String> {
        let folder = self.root.display().to_string();
        Ok(format!("{} --out {}", self.invocation()?.command(), quoted(&folder)))
    }

    fn invocation(&self) -> Result<Invocation> {
        let path = self.root.join(INVOCATION);
        let read = fs_err::read(&path).map_err(|error| error.to_string());
        let invocation = read.and_then(|bytes| {
            serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))
        });
        invocation.map_err(|problem| {
            let advice = "`kd run` the study with --out of this folder to write it anew";
            Error::Io(std::io::Error::other(format!("{problem}; {advice}")))
        })
    }

    /// The folder of logs.
    #[must_use]
    pub fn logs(&self) -> PathBuf {
        self.root.join(LOGS)
    }

    fn runs(&self) -> PathBuf {
        self.root.join(RUNS)
    }

    fn attempts(&self) -> PathBuf {
        self.root.join(ATTEMPTS)
    }

    /// The folder of a published run.
    #[must_use]
    pub fn run_path(&self, id: &RunId) -> PathBuf {
        self.runs().join(id.as_str())
    }

    /// Claims the folder for this process and clears away attempts that nobody will finish.
    ///
    /// # Errors
    /// [`StoreError::Locked`].
    pub fn lock(&self) -> Result<Lock> {
        let lock = Lock::claim(&self.root)?;
        claim::clear(&self.attempts())?;
        Ok(lock)
    }

    /// The record of a published run.
    ///
    /// # Errors
    /// If it is there but cannot be read, or is not what was published.
    pub fn record(&self, id: &RunId) -> Result<Option<RunRecord>> {
        Ok(self.read_record(id)?.map(|(_, record)| record))
    }

    /// The same as it was written, perhaps by an earlier program that measured something else.
    ///
    /// # Errors
    /// If it is there but cannot be read, or is not what was published.
    pub fn record_as_written(&self, id: &RunId) -> Result<Option<serde_json::Value>> {
        let record = self.read_record(id)?.map(|(bytes, _)| serde_json::from_slice(&bytes));
        Ok(record.transpose()?)
    }

    /// The record of a published run, and the bytes of its file.
    fn read_record(&self, id: &RunId) -> Result<Option<(Vec<u8>, RunRecord)>> {
        let path = self.run_path(id).join(RECORD);
        let bytes = match fs_err::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let record = RunRecord::read(&path, &bytes)?;
        Ok(Some((bytes, record)))
    }

    /// The rows of the training split that a published run was trained on, ascending and counted from 0.
    ///
    /// # Errors
    /// If they cannot be read, or are not what was published.
    pub fn subset(&self, id: &RunId) -> Result<Vec<usize>> {
        let path = self.verified(id, SUBSET)?;
        let rows = fs_err::read(&path).map_err(|error| error.to_string());
        rows.and_then(|rows| serde_json::from_slice(&rows).map_err(|error| error.to_string()))
            .map_err(|problem| StoreError::Record { path, problem }.into())
    }

    /// The first of these runs that is recorded as failed.
    fn failed<'a>(&self, runs: &'a [RunId]) -> Result<Option<&'a RunId>> {
        for run in runs {
            if self.record(run)?.is_some_and(|record| record.is_failure()) {
                return Ok(Some(run));
            }
        }
        Ok(None)
    }

    /// The runs that have a folder here, in no order.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub fn published(&self) -> Result<Vec<RunId>> {
        let mut runs = Vec::new();
        for entry in fs_err::read_dir(self.runs())? {
            let name = entry?.file_name();
            runs.extend(name.to_str().and_then(|name| name.parse::<RunId>().ok()));
        }
        Ok(runs)
    }

    /// The published run whose id starts with `prefix`.
    ///
    /// # Errors
    /// If there is more than one.
    pub fn find(&self, prefix: &str) -> Result<Option<RunId>> {
        let mut found = self.published()?;
        found.retain(|id| id.as_str().starts_with(prefix));
        if found.len() > 1 {
            return Err(StoreError::NoSuchRun(format!(
                "{} runs start with `{prefix}`; give more digits",
                found.len()
            ))
            .into());
        }
        Ok(found.pop())
    }

    /// A private folder to write a run into.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn attempt(&self, id: &RunId) -> Result<Attempt> {
        Attempt::new(&self.attempts(), id.short(), self.run_path(id))
    }

    /// The same with the files of a published run in it, all but its record, once it is sure that none is damaged.
    pub(crate) fn attempt_beyond(&self, record: &RunRecord) -> Result<Attempt> {
        let attempt = self.attempt(&record.id)?;
        integrity::copy(record, &self.run_path(&record.id), attempt.path())?;
        Ok(attempt)
    }

    /// Moves a failed run out of the way, so that it can be tried again.
    ///
    /// # Errors
    /// If the folder cannot be removed.
    pub fn forget(&self, id: &RunId) -> Result<()> {
        // The rename makes it vanish at once; removal file by file could leave half a run under a final name.
        let grave = Claim::new(&self.attempts(), "forgotten")?;
        Ok(fs_err::rename(self.run_path(id), grave.path())?)
    }

    /// Publishes a record of a run that wrote nothing itself.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn publish_record(&self, record: &RunRecord) -> Result<RunRecord> {
        self.attempt(&record.id)?.publish(record)
    }

    /// Writes `bytes` to a file of the results folder, whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.write_at(&self.root.join(name), bytes)
    }

    fn write_at(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        fs_err::create_dir_all(self.attempts())?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let claim = Claim::new(&self.attempts(), &name)?;
        let mut file = File::create_new(claim.path())?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs_err::rename(claim.path(), path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_process_may_run_a_study() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).unwrap();
        let lock = store.lock().unwrap();
        assert!(matches!(store.lock(), Err(Error::Store(StoreError::Locked(_)))));
        drop(lock);
        store.lock().unwrap();
    }

    #[test]
    fn a_lock_clears_abandoned_attempts() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).unwrap();
        let abandoned = folder.path().join("attempts/deadbeef.x");
        fs_err::create_dir_all(&abandoned).unwrap();
        fs_err::write(abandoned.join(RECORD), "{").unwrap();
        fs_err::write(folder.path().join("attempts/.tmp1"), "half").unwrap();
        let _lock = store.lock().unwrap();
        assert_eq!(fs_err::read_dir(folder.path().join("attempts")).unwrap().count(), 0);
    }

    #[test]
    fn a_lock_leaves_what_lives_and_nothing_of_that_is_published() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).unwrap();
        let run = Attempt::new(&store.attempts(), "run", store.runs().join("run")).unwrap();
        fs_err::write(run.path().join(RECORD), "{}").unwrap();
        let _lock = store.lock().unwrap();
        run.publish_files().unwrap();
        let names = |folder: PathBuf| -> Vec<_> {
            fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
        };
        assert_eq!(names(store.runs().join("run")), [RECORD]);
        assert!(names(store.attempts()).is_empty());
    }

    #[test]
    fn a_folder_without_a_study_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Store::open(folder.path()), Err(Error::Store(StoreError::NoStudy(_)))));
    }
}
