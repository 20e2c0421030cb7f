//! How a run's samples are drawn.

use kd_data::{LabelNoise, Sampling};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A subset of a given size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    /// Number of examples.
    pub samples: u64,
    /// How they are drawn.
    pub sampling: Sampling,
    /// Decides which.
    pub seed: u64,
    /// A hash of the file that sampling goes by. Where it lies is not part of a run's identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contents: Option<String>,
    /// What they are drawn from. The first draw is from the whole pool.
    #[serde(default, skip_serializing_if = "Origin::is_teacher")]
    pub from: Origin,
    /// Names of the classes that are left out, in the order of the data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// What is done to the labels of a run whose last draw this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_noise: Option<LabelNoise>,
}

/// What a student's samples are drawn from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The teacher's samples.
    #[default]
    Teacher,
    /// The training examples that are not among the teacher's samples.
    Others,
    /// All training examples, whichever the teacher has.
    All,
}

impl Origin {
    #[expect(clippy::trivially_copy_pass_by_ref)] // serde passes it so
    fn is_teacher(&self) -> bool {
        *self == Self::Teacher
    }
}

impl Draw {
    /// The draws of a student's samples, this one after the teacher's. That is left out where it decides nothing, so that
    /// who hears nobody is the same run under every teacher.
    #[must_use]
    pub fn after(self, teacher: Self) -> Vec<Self> {
        if self.is_free_of(&teacher) { vec![self] } else { vec![teacher, self] }
    }

    /// Whether the samples are the same without the teacher's draw.
    fn is_free_of(&self, teacher: &Self) -> bool {
        match self.from {
            Origin::All => true,
            Origin::Others => false,
            // Both are the first of one order, of the teacher's samples as of all.
            Origin::Teacher => {
                let draws_uniformly =
                    |draw: &Self| draw.sampling == Sampling::Uniform && draw.without.is_empty();
                self.seed == teacher.seed && draws_uniformly(self) && draws_uniformly(teacher)
            }
        }
    }

    /// How its samples are chosen, in words that "sampling" may follow.
    #[must_use]
    pub fn how(&self) -> String {
        let mut words = Vec::new();
        match self.from {
            Origin::Teacher => {}
            Origin::Others => words.push("from others than the teacher's".to_owned()),
            Origin::All => words.push("from all".to_owned()),
        }
        if !self.without.is_empty() {
            words.push(format!("without {}", self.without.join(" and ")));
        }
        words.extend(self.label_noise.as_ref().map(ToString::to_string));
        words.push(self.sampling.to_string());
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_told_in_words() {
        let how = |json: &str| serde_json::from_str::<Draw>(json).unwrap().how();
        assert_eq!(how(r#"{"samples":1,"sampling":"uniform","seed":0}"#), "uniform");
        assert_eq!(how(r#"{"samples":1,"sampling":"balanced","seed":0,"from":"all"}"#), "from all, balanced");
        let words =
            how(r#"{"samples":1,"sampling":"stratified","seed":0,"from":"others","without":["cat","dog"],
                "label_noise":{"symmetric":0.2}}"#);
        let start = "from others than the teacher's, without cat and dog, ";
        assert!(words.starts_with(start) && words.ends_with(", stratified"), "{words}");
        assert!(words[start.len()..].contains("0.2") || words[start.len()..].contains("20"), "{words}");
    }
}
