use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::intervention::{Control, Intervention, Reach, Table};
use crate::error::Result;
use crate::random::Stream;

/// The teacher's logits as they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Full {}

impl Intervention for Full {
    fn name(&self) -> &'static str {
        "full"
    }

    fn reach(&self) -> Reach {
        Reach::Nothing
    }

    fn depends_on_temperature(&self) -> bool {
        false
    }

    fn needs_labels(&self) -> bool {
        false
    }

    fn control(&self) -> Option<Control> {
        None
    }

    fn check(&self, _classes: i64) -> Result<()> {
        Ok(())
    }

    fn change(&self, _: &mut Table<'_>, _: &mut Stream) {}
}
