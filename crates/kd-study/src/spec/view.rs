//! What teachers see of augmented examples.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a teacher sees of an example that is augmented for its student.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TeacherView {
    /// The same view: the teacher is asked anew at every step (Beyer et al. 2022, "Knowledge distillation: A good teacher
    /// is patient and consistent", arXiv:2106.05237).
    #[default]
    Same,
    /// The example as it is in the data, whatever the student sees.
    Clean,
}

impl TeacherView {
    #[expect(clippy::trivially_copy_pass_by_ref)] // serde asks by reference
    pub(super) fn is_same(&self) -> bool {
        *self == Self::Same
    }
}
