//! What exactly a run trains, and the identity that follows from it.

use std::fmt;
use std::str::FromStr;

use kd_core::objective::Objective;
use kd_data::augment::Augmentation;
use kd_data::{Dataset, Encoding, Source, catalogue};
use serde::{Deserialize, Serialize};

use crate::draw::Draw;
use crate::predictor::Predictor;
use crate::representation::RepresentationSpec;
use crate::training::Training;
use crate::validation::Validation;
use crate::view::TeacherView;
use crate::weights::Weights;

/// Raised whenever the same specification would give other numbers than before, so that old results are not taken
/// for new ones.
pub const SCHEMA: u32 = 5;

/// Everything that decides what a run computes, and nothing else: no names of studies, tasks or arms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSpec {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The examples.
    pub data: DataSpec,
    /// The draws that lead from all training examples to this run's, each from the one before or what that left.
    pub draws: Vec<Draw>,
    /// What predicts.
    pub model: Predictor,
    /// What a model starts from, if not random weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<Weights>,
    /// Budget and optimiser; none where nothing is trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Training>,
    /// What is minimised.
    pub objective: Objective,
    /// Teacher or student.
    pub part: Part,
    /// Decides initialisation, batch order, dropout and interventions.
    pub seed: u64,
    /// What is measured of representations, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub representation: Option<RepresentationSpec>,
    /// What happens to examples before they are learnt from, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmentation: Option<Augmentation>,
    /// What a student's teacher sees of them.
    #[serde(default, skip_serializing_if = "TeacherView::is_same")]
    pub teacher_view: TeacherView,
}

/// The examples a run may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataSpec {
    /// Where they are. Not part of a run's identity: what they are is told by name and fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Name of the data set.
    pub name: String,
    /// Hash of the bytes.
    pub fingerprint: String,
    /// Which of them are for validation.
    pub validation: Validation,
    /// How texts become token ids, and the columns of a table what a model reads.
    pub encoding: Encoding,
}

impl DataSpec {
    /// Reads the examples.
    pub(crate) fn load(&self) -> kd_data::Result<Dataset> {
        match &self.source {
            Some(source) => source.load(),
            None => catalogue::load(&self.name),
        }
    }
}

/// A run's part in distillation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Trained on labels, or elsewhere; its weights and its outputs on every example are kept.
    Teacher {
        /// Its number in an ensemble of teachers, from 0.
        member: u32,
    },
    /// Trained under an objective, and compared with its teacher.
    Student {
        /// The teacher's run, or those of all members of an ensemble.
        teachers: Vec<RunId>,
    },
}

/// Identity of a run: 128 bits of the BLAKE3 hash of its specification, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

impl RunId {
    const LENGTH: usize = 32;

    /// All 32 digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 8 digits, enough for people.
    #[must_use]
    pub fn short(&self) -> &str {
        &self.0[..8]
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RunId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() == Self::LENGTH && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("expected a run id of {} hexadecimal digits, found `{text}`", Self::LENGTH))
        }
    }
}

impl TryFrom<String> for RunId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

impl RunSpec {
    /// The identity. JSON with all defaults written out, in declaration order, and without the places where the data
    /// and other files are, is the canonical form.
    ///
    /// # Errors
    /// If the specification holds something JSON cannot (a number that is not finite).
    pub fn id(&self) -> serde_json::Result<RunId> {
        let mut anywhere = self.clone();
        anywhere.data.source = None;
        for draw in &mut anywhere.draws {
            draw.sampling = draw.sampling.anywhere();
        }
        anywhere.data.encoding = anywhere.data.encoding.anywhere();
        let weights = anywhere.weights.iter_mut().map(|weights| &mut weights.file);
        for file in anywhere.model.files_mut().into_iter().chain(weights) {
            file.path.clear();
        }
        let hash = blake3::Hasher::new_derive_key("kd run specification")
            .update(&serde_json::to_vec(&anywhere)?)
            .finalize();
        Ok(RunId(hash.to_hex().as_str()[..RunId::LENGTH].to_owned()))
    }

    /// M for students, N for teachers.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.draws.last().map_or(0, |draw| draw.samples)
    }

    /// Number of updates.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.training.as_ref().map_or(0, |training| training.steps(self.samples()))
    }

    /// The seeds of this run's random streams. Teachers and students of one seed must not start from the same
    /// weights, nor two members of an ensemble; arms of one seed must.
    #[must_use]
    pub fn stream_seeds(&self) -> [u64; 2] {
        let part = match self.part {
            Part::Student { .. } => 0,
            Part::Teacher { member } => 1 + u64::from(member),
        };
        [self.seed, part]
    }

    /// The runs that must have finished before this one.
    #[must_use]
    pub fn teachers(&self) -> &[RunId] {
        match &self.part {
            Part::Teacher { .. } => &[],
            Part::Student { teachers } => teachers,
        }
    }
}
