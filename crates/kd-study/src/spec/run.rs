//! What exactly a run trains, and the identity that follows from it.

use kd_core::objective::Objective;
use kd_data::augment::Augmentation;
use serde::{Deserialize, Serialize};

use super::data::DataSpec;
use super::draw::Draw;
use super::id::RunId;
use super::predictor::Predictor;
use super::training::Training;
use super::view::TeacherView;
use super::weights::Weights;

/// Raised whenever the same specification would give other numbers than before, so that old results are not taken
/// for new ones.
pub const SCHEMA: u32 = 7;

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
    /// What happens to examples before they are learnt from, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmentation: Option<Augmentation>,
    /// What a student's teacher sees of them.
    #[serde(default, skip_serializing_if = "TeacherView::is_same")]
    pub teacher_view: TeacherView,
    /// U: how many samples a student learns from beside those of its last draw, the next in the same order, without their
    /// labels. 0 where nobody is heard, who alone could say something of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unlabelled: u64,
}

fn is_zero<C: Default + PartialEq>(count: &C) -> bool {
    *count == C::default()
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
    /// Trained under an objective.
    Student {
        /// The run of the teacher that it hears, or those of all members of an ensemble; none where its objective hears
        /// nobody, so that it is the same whatever teacher it is compared with.
        teachers: Vec<RunId>,
        /// How many students stand between it and a teacher.
        #[serde(default, skip_serializing_if = "is_zero")]
        generation: u32,
    },
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
        anywhere.model.forget_circumstances();
        if let Some(weights) = &mut anywhere.weights {
            weights.file.path.clear();
        }
        Ok(RunId::of(&serde_json::to_vec(&anywhere)?))
    }

    /// M for students, N for teachers.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.draws.last().map_or(0, |draw| draw.samples)
    }

    /// How many examples an epoch has: its samples less those that it is validated on, and those without labels.
    #[must_use]
    pub fn trained_on(&self) -> u64 {
        self.samples() - self.data.validation.taken(self.samples()) + self.unlabelled
    }

    /// Number of updates.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.training.as_ref().map_or(0, |training| training.steps(self.trained_on()))
    }

    /// The seeds of this run's random streams. Teachers and students of one seed must not start from the same
    /// weights, nor two members of an ensemble, nor a student and the one that teaches it; arms of one seed must.
    #[must_use]
    pub fn stream_seeds(&self) -> [u64; 2] {
        let part = match self.part {
            Part::Student { generation: 0, .. } => 0,
            // Beyond any member of an ensemble: no student starts from the weights of the one that teaches it.
            Part::Student { generation, .. } => (1 << 32) + u64::from(generation),
            Part::Teacher { member } => 1 + u64::from(member),
        };
        [self.seed, part]
    }

    /// The runs that it hears, which must have finished before it starts.
    #[must_use]
    pub fn teachers(&self) -> &[RunId] {
        match &self.part {
            Part::Teacher { .. } => &[],
            Part::Student { teachers, .. } => teachers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds(part: &str) -> [u64; 2] {
        let json = format!(
            r#"{{"schema":7,"data":{{"name":"d","fingerprint":"f","validation":0.1,"encoding":{{}}}},"draws":[],
                "model":{{"mlp":{{"hidden":[4]}}}},"objective":{{"cross_entropy":{{}}}},"part":{part},"seed":7}}"#
        );
        serde_json::from_str::<RunSpec>(&json).unwrap_or_else(|error| panic!("{error}")).stream_seeds()
    }

    #[test]
    fn nobody_starts_from_the_weights_of_who_teaches_it() {
        let student =
            |generation: u32| seeds(&format!(r#"{{"student":{{"teachers":[],"generation":{generation}}}}}"#));
        let member = |member: u32| seeds(&format!(r#"{{"teacher":{{"member":{member}}}}}"#));
        assert_eq!(seeds(r#"{"student":{"teachers":[]}}"#), [7, 0], "as of old");
        assert_eq!((student(0), member(0), member(3)), ([7, 0], [7, 1], [7, 4]));
        let all = [student(0), student(1), student(2), student(u32::MAX), member(0), member(u32::MAX)];
        let distinct: std::collections::HashSet<_> = all.into_iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn the_first_generation_is_not_written() {
        let part = |generation| Part::Student { teachers: Vec::new(), generation };
        assert_eq!(serde_json::to_string(&part(0)).unwrap(), r#"{"student":{"teachers":[]}}"#);
        assert_eq!(serde_json::to_string(&part(2)).unwrap(), r#"{"student":{"teachers":[],"generation":2}}"#);
    }
}
