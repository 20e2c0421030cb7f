//! What becomes of pictures that are damaged.

use kd_doubt::{Doubt, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What becomes of pictures that are damaged: cut off, empty, or not what a picture is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Damaged {
    /// The first one is an error.
    #[default]
    Refuse,
    /// They are left out, counted and reported.
    Skip,
    /// They are used as far as they can be decoded: what is missing is grey.
    Keep,
}

/// Said of a picture that is refused.
pub(super) const ADVICE: &str = "; damaged = \"skip\" leaves out such pictures and reports them";

impl Damaged {
    /// Whether it is what is not written down.
    #[allow(clippy::trivially_copy_pass_by_ref)] // as serde asks
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// That pictures were left out, by their names.
pub(super) fn left_out(place: &str, names: &[String], of: usize) -> Option<Doubt> {
    let count = names.len();
    let what = match count {
        0 => return None,
        1 => format!("1 of {of} pictures is damaged and left out"),
        _ => format!("{count} of {of} pictures are damaged and left out"),
    };
    Some(
        Doubt::weak(Kind::DamagedPictures, place, what)
            .seen(few(names))
            .advise("mend them or take them away, if they should not be missing"),
    )
}

/// The first few names, and how many more there are.
pub(super) fn few(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}
