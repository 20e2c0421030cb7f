//! What was found where a run was compared with others, or with its own start: a file for each measure.
//!
//! It is no part of a run: another study may compare the same run with other teachers. What compares predictions can be
//! found again at any time; what takes the model was found when that was there.

use std::path::PathBuf;

use kd_core::metrics::{Fidelity, NeuralCollapse};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tch::Tensor;

use super::Store;
use super::layout::COMPARISONS;
use crate::error::Result;
use crate::spec::{Measure, RunId};
use crate::train::outputs::Outputs;
use crate::train::prediction::fidelity;

/// Likeness of a student to its teacher.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TeacherFidelity {
    /// On the test split.
    pub test: Fidelity,
    /// On the run's own training samples.
    pub train: Fidelity,
}

/// How like a model after its last step is to what it was at its start and to its teacher, the first member of an
/// ensemble. What cannot be told is absent: of a model without features, or of one that says the same of all examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Representation {
    /// Linear CKA of its last feature and the teacher's, by the unbiased estimator.
    pub cka_to_teacher: Option<f64>,
    /// The same to its own at the start.
    pub cka_to_start: Option<f64>,
    /// Cosine between its last feature and that at the start, over all numbers of all examples.
    pub feature_alignment_to_start: Option<f64>,
    /// Centred alignment of its empirical tangent kernel and the teacher's, by the unbiased estimator.
    pub ntk_alignment_to_teacher: Option<f64>,
    /// The same to its own at the start.
    pub ntk_alignment_to_start: Option<f64>,
    /// Euclidean distance of its weights from those at the start.
    pub weight_distance_to_start: f64,
}

/// How far a classifier's last features on its own samples have collapsed after its last step. Absent where it has no such
/// features, or fewer than two classes among its samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Collapse {
    /// NC1 to NC3.
    pub train: Option<NeuralCollapse>,
    /// NC4 on the test split: how often another class is said than that of the nearest mean of its samples.
    pub test_disagreement: Option<f64>,
}

/// How a classifier does on the test split with other biases of its classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Shifted {
    /// Share of examples whose class is said.
    pub accuracy: f64,
    /// The same of examples of the classes that are shifted; absent where there are none.
    pub shifted_classes: Option<f64>,
}

impl TeacherFidelity {
    /// Of the `predictions` of a run, whose samples are at `rows` of all training examples, to a teacher's outputs; none
    /// of numbers, which have no distribution to compare.
    pub(crate) fn of(predictions: &Outputs, teacher: &Outputs, rows: &Tensor) -> Result<Option<Self>> {
        let own = teacher.train.f_index_select(0, rows)?;
        let (test, train) =
            (fidelity(&predictions.test, &teacher.test)?, fidelity(&predictions.train, &own)?);
        Ok(test.zip(train).map(|(test, train)| Self { test, train }))
    }
}

/// What is in a file: what was found, and of what.
#[derive(Serialize, Deserialize)]
struct Comparison<R, M, F> {
    run: R,
    measure: M,
    found: F,
}

/// The same with BLAKE3 of it, as compact JSON in order of declaration.
#[derive(Serialize, Deserialize)]
struct Sealed<C> {
    #[serde(flatten)]
    comparison: C,
    seal: String,
}

/// What seals a comparison.
fn seal(comparison: &impl Serialize) -> serde_json::Result<String> {
    Ok(blake3::hash(&serde_json::to_vec(&serde_json::to_value(comparison)?)?).to_hex().to_string())
}

impl Store {
    /// What `measure` found of a run; none where it has not been taken, or its file is not what it should be.
    #[must_use]
    pub fn comparison<F: DeserializeOwned, M: Serialize + DeserializeOwned + PartialEq>(
        &self,
        run: &RunId,
        measure: &M,
    ) -> Option<F> {
        let bytes = fs_err::read(self.comparison_path(run, measure).ok()?).ok()?;
        let sealed: Sealed<Value> = serde_json::from_slice(&bytes).ok()?;
        if seal(&sealed.comparison).ok()? != sealed.seal {
            return None;
        }
        let kept: Comparison<RunId, M, F> = serde_json::from_value(sealed.comparison).ok()?;
        (kept.run == *run && kept.measure == *measure).then_some(kept.found)
    }

    /// Keeps what `measure` found of a run.
    pub(crate) fn keep_comparison(
        &self,
        run: &RunId,
        measure: &impl Serialize,
        found: &impl Serialize,
    ) -> Result<()> {
        fs_err::create_dir_all(self.root().join(COMPARISONS))?;
        let comparison = Comparison { run, measure, found };
        let kept = serde_json::to_vec_pretty(&Sealed { seal: seal(&comparison)?, comparison })?;
        self.write_at(&self.comparison_path(run, measure)?, &kept)
    }

    /// Keeps what `measure` found of a run in another folder, if it was taken there.
    pub(super) fn adopt_comparison(&self, run: &RunId, measure: &Measure, other: &Self) -> Result<()> {
        match other.comparison::<Value, _>(run, measure) {
            Some(found) => self.keep_comparison(run, measure, &found),
            None => Ok(()),
        }
    }

    fn comparison_path(&self, run: &RunId, measure: &impl Serialize) -> Result<PathBuf> {
        let measure = serde_json::to_vec(measure)?;
        let mut hasher = blake3::Hasher::new_derive_key("kd comparison");
        hasher.update(run.as_str().as_bytes()).update(&measure);
        let name = &hasher.finalize().to_hex()[..32];
        Ok(self.root().join(COMPARISONS).join(name).with_extension("json"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::RepresentationSpec;

    #[test]
    fn only_what_was_found_of_this_run_by_this_measure_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).unwrap();
        let id = |digit: &str| digit.repeat(32).parse::<RunId>().unwrap();
        let measure = |examples| Measure::Representation {
            teachers: vec![id("b")],
            of: RepresentationSpec { examples, tangent_examples: 0 },
        };
        let found = Representation {
            cka_to_teacher: Some(0.1 + 0.2),
            cka_to_start: Some(1.0 / 3.0),
            feature_alignment_to_start: None,
            ntk_alignment_to_teacher: None,
            ntk_alignment_to_start: None,
            weight_distance_to_start: 1e-17,
        };
        let again = |run: &str, examples| store.comparison::<Representation, _>(&id(run), &measure(examples));
        assert_eq!(again("a", 8), None);
        store.keep_comparison(&id("a"), &measure(8), &found).unwrap();
        assert_eq!((again("a", 8), again("c", 8), again("a", 9)), (Some(found), None, None));
        assert_eq!(store.comparison::<TeacherFidelity, _>(&id("a"), &measure(8)), None, "of another kind");

        let path = |run: &str| store.comparison_path(&id(run), &measure(8)).unwrap();
        fs_err::copy(path("a"), path("c")).unwrap();
        assert_eq!(again("c", 8), None, "a foreign file");
        fs_err::write(path("a"), "{").unwrap();
        assert_eq!(again("a", 8), None, "a damaged file");
        store.keep_comparison(&id("a"), &measure(8), &found).unwrap();
        assert_eq!(again("a", 8), Some(found));
        let altered = fs_err::read_to_string(path("a")).unwrap().replace("0.3000", "0.9000");
        fs_err::write(path("a"), altered).unwrap();
        assert_eq!(again("a", 8), None, "another number");
    }
}
