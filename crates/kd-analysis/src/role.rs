//! What an arm is for.

use serde::{Deserialize, Serialize};

/// An arm's place in the argument.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The supervising model itself.
    Teacher,
    /// Training on labels: what everything is compared with.
    Labels,
    /// Training on the teacher's full signal.
    Distilled,
    /// Training on less than that, which theories are told apart by.
    Control {
        /// What is left.
        kind: ControlKind,
        /// The distilled arm that differs from it by full supervision only, if there is one.
        of: Option<String>,
    },
    /// Anything else.
    #[default]
    Other,
}

/// What a control leaves of distillation, in the order in which reports list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControlKind {
    /// Smoothed labels, without a teacher.
    LabelSmoothing,
    /// The teacher's confidence alone.
    EntropyMatched,
    /// The teacher with its wrong classes shuffled.
    Permuted,
    /// The teacher's k most probable classes.
    TopK,
    /// The mean of the teacher's probabilities over each class.
    ClassMeans,
    /// Labels, weighted by the teacher's confidence.
    ImportanceWeighted,
    /// The teacher's top class alone.
    Hard,
    /// Random outputs of the teacher's entropy.
    Random,
}

impl Role {
    /// Position in reports and tables; arms of equal rank stay in the order of the study.
    #[must_use]
    pub fn rank(&self) -> (u8, Option<ControlKind>) {
        match self {
            Self::Teacher => (0, None),
            Self::Labels => (1, None),
            Self::Distilled => (2, None),
            Self::Control { kind, .. } => (3, Some(*kind)),
            Self::Other => (4, None),
        }
    }

    /// What the column `role` calls it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Teacher => "teacher",
            Self::Labels => "labels",
            Self::Distilled => "distilled",
            Self::Control { kind, .. } => kind.name(),
            Self::Other => "other",
        }
    }

    /// Which control it is, if it is one.
    #[must_use]
    pub fn control(&self) -> Option<ControlKind> {
        match self {
            Self::Control { kind, .. } => Some(*kind),
            Self::Teacher | Self::Labels | Self::Distilled | Self::Other => None,
        }
    }

    /// The arm that it is the control of, if it is one of a single arm.
    #[must_use]
    pub fn control_of(&self) -> Option<&str> {
        match self {
            Self::Control { of, .. } => of.as_deref(),
            Self::Teacher | Self::Labels | Self::Distilled | Self::Other => None,
        }
    }

    /// The role that the columns `role` and `control_of` tell; none where the first is no role.
    pub(crate) fn of_columns(role: &str, control_of: Option<&str>) -> Option<Self> {
        let name = || serde_json::Value::from(role);
        match serde_json::from_value(name()) {
            Ok(kind) => Some(Self::Control { kind, of: control_of.map(str::to_owned) }),
            Err(_) => serde_json::from_value(name()).ok(),
        }
    }
}

impl ControlKind {
    /// Every kind, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::LabelSmoothing,
        Self::EntropyMatched,
        Self::Permuted,
        Self::TopK,
        Self::ClassMeans,
        Self::ImportanceWeighted,
        Self::Hard,
        Self::Random,
    ];

    /// What the column `role` calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LabelSmoothing => "label_smoothing",
            Self::EntropyMatched => "entropy_matched",
            Self::Permuted => "permuted",
            Self::TopK => "top_k",
            Self::ClassMeans => "class_means",
            Self::ImportanceWeighted => "importance_weighted",
            Self::Hard => "hard",
            Self::Random => "random",
        }
    }

    /// Whether it is the teacher itself where there are so many classes: of two, one is wrong, and what is said of it
    /// follows from the confidence in the other. Where their number is not known (0), it is not taken for one.
    #[must_use]
    pub fn is_the_teacher_of(self, classes: u64) -> bool {
        match self {
            Self::EntropyMatched | Self::Permuted | Self::TopK => classes == 2,
            Self::LabelSmoothing
            | Self::ClassMeans
            | Self::ImportanceWeighted
            | Self::Hard
            | Self::Random => false,
        }
    }

    /// Whether it differs from no distilled arm by its supervision alone, and is a control of every arm.
    #[must_use]
    pub fn is_of_every_arm(self) -> bool {
        match self {
            Self::LabelSmoothing | Self::ImportanceWeighted => true,
            Self::EntropyMatched
            | Self::Permuted
            | Self::TopK
            | Self::ClassMeans
            | Self::Hard
            | Self::Random => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_tell_a_role() {
        let of = || Some("distilled".to_owned());
        let permuted = Role::Control { kind: ControlKind::Permuted, of: of() };
        assert_eq!(Role::of_columns("permuted", Some("distilled")), Some(permuted.clone()));
        assert_eq!(Role::of_columns("labels", None), Some(Role::Labels));
        assert_eq!(Role::of_columns("control", None), None);
        assert_eq!(
            (permuted.control(), permuted.control_of()),
            (Some(ControlKind::Permuted), Some("distilled"))
        );
        assert_eq!((Role::Labels.control(), Role::Labels.control_of()), (None, None));
    }

    #[test]
    fn reports_go_from_the_teacher_to_the_controls() {
        let control = |kind| Role::Control { kind, of: None };
        let all = [Role::Teacher, Role::Labels, Role::Distilled];
        let all: Vec<Role> =
            all.into_iter().chain(ControlKind::ALL.map(control)).chain([Role::Other]).collect();
        assert!(all.windows(2).all(|pair| pair[0].rank() < pair[1].rank()));
        assert!(all.iter().all(|role| Role::of_columns(role.name(), None).as_ref() == Some(role)));
    }
}
