//! What is kept and measured of a run. It changes nothing of what is trained and is no part of a run's identity.

use serde::{Deserialize, Serialize};

use super::id::RunId;
use super::representation::RepresentationSpec;
use super::run::RunSpec;

/// A run, and what is to be kept of it: what a worker is told, a line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// What it trains.
    pub spec: RunSpec,
    /// What is kept beside what is kept of every run.
    #[serde(default, skip_serializing_if = "Keep::is_nothing")]
    pub keep: Keep,
}

/// What is to be kept and measured of a run beside what is kept of every one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Keep {
    /// The weights of a student; those of teachers always are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub weights: bool,
    /// What it says of every example, and its weights: it teaches. Of teachers they always are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outputs: bool,
    /// What is measured on its model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measure>,
}

/// What takes a run's model to be measured, and not what is kept of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Likeness of its predictions to a teacher's, or to those of an ensemble that it hears. A worker measures it where
    /// predictions are too large to keep; others are compared whenever that is asked for.
    Fidelity {
        /// The teacher's run, or those of all members.
        teachers: Vec<RunId>,
    },
    /// Where training took its representation.
    Representation {
        /// The teacher's run, if it is compared with one.
        teachers: Vec<RunId>,
        /// How.
        of: RepresentationSpec,
    },
    /// How far its classes have collapsed to points.
    Collapse,
    /// How it does on the test split if classes are made likelier than it says, or less likely.
    Shifted {
        /// What is added to the logit of each class.
        class_bias: Vec<f64>,
    },
}

impl Keep {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        !self.is_of_files() && self.measures.is_empty()
    }

    /// Whether files of the run are asked for.
    #[must_use]
    pub fn is_of_files(&self) -> bool {
        self.weights || self.outputs
    }

    /// Asks for what `other` asks for as well.
    pub fn add(&mut self, other: &Self) {
        self.weights |= other.weights;
        self.outputs |= other.outputs;
        for measure in &other.measures {
            if !self.measures.contains(measure) {
                self.measures.push(measure.clone());
            }
        }
    }

    /// Asks for nothing any more that takes another run.
    pub fn compare_with_nobody(&mut self) {
        let mut alone = Self { measures: Vec::new(), ..self.clone() };
        for measure in &self.measures {
            let measures = match measure {
                Measure::Fidelity { .. } => Vec::new(),
                Measure::Representation { of, .. } => {
                    vec![Measure::Representation { teachers: Vec::new(), of: *of }]
                }
                Measure::Collapse | Measure::Shifted { .. } => vec![measure.clone()],
            };
            alone.add(&Self { measures, ..Self::default() });
        }
        *self = alone;
    }

    /// The runs that measures compare with.
    pub fn compared(&self) -> impl Iterator<Item = &RunId> {
        self.measures.iter().flat_map(Measure::teachers)
    }
}

impl Measure {
    /// The runs that are compared with.
    #[must_use]
    pub fn teachers(&self) -> &[RunId] {
        match self {
            Self::Fidelity { teachers } | Self::Representation { teachers, .. } => teachers,
            Self::Collapse | Self::Shifted { .. } => &[],
        }
    }
}

/// Whether predictions of so many numbers, on the test split and a run's own samples together, are kept with the run:
/// up to 64 MB of float32.
#[must_use]
pub fn predictions_are_kept(numbers: u64) -> bool {
    const MOST: u64 = 64 << 20;
    numbers.saturating_mul(4) <= MOST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> RunId {
        digit.to_string().repeat(32).parse().unwrap()
    }

    #[test]
    fn what_two_places_ask_for_is_asked_once() {
        let of = RepresentationSpec { examples: 8, tangent_examples: 0 };
        let like = |teacher| Measure::Representation { teachers: vec![id(teacher)], of };
        let mut keep = Keep::default();
        assert!(keep.is_nothing());
        keep.add(&Keep { weights: true, outputs: false, measures: vec![like('a')] });
        keep.add(&Keep { weights: false, outputs: true, measures: vec![like('a'), like('b')] });
        assert_eq!(keep, Keep { weights: true, outputs: true, measures: vec![like('a'), like('b')] });
        assert_eq!(keep.compared().collect::<Vec<_>>(), [&id('a'), &id('b')]);
        assert!(!keep.is_nothing() && keep.is_of_files());
        assert!(!Keep { measures: vec![like('a')], ..Keep::default() }.is_of_files());
        keep.measures.push(Measure::Fidelity { teachers: vec![id('a')] });
        keep.compare_with_nobody();
        let alone = vec![Measure::Representation { teachers: Vec::new(), of }];
        assert_eq!(keep, Keep { weights: true, outputs: true, measures: alone });
    }

    #[test]
    fn up_to_64_megabytes_of_predictions_are_kept() {
        assert!(predictions_are_kept(16 << 20) && !predictions_are_kept((16 << 20) + 1));
        assert!(!predictions_are_kept(u64::MAX));
    }
}
