//! Probabilities where logits are asked for.

use kd_doubt::{Doubt, Kind};
use tch::{Kind as Numbers, Tensor};

use super::Tried;
use crate::error::Result;
use crate::train::reading::are_probabilities;

/// Probabilities, of a softmax: those of another softmax upon them would be nearly the same for all classes. Their
/// logarithms are logits like others.
pub(super) fn probabilities(tried: &Tried<'_>, said: &Tensor) -> Result<Option<Doubt>> {
    let [_, classes] = said.size()[..] else { return Ok(None) };
    if classes < 2 || said.size()[0] == 0 || !are_probabilities(said)? {
        return Ok(None);
    }
    let shares = said.f_amax([-1], false)?.f_mean(Numbers::Double)?.f_double_value(&[])?;
    let what = "the teacher says probabilities, where logits are expected: its numbers are between 0 and 1, and those of \
                each example sum to 1";
    let doubt = Doubt::refused(Kind::Probabilities, &*tried.place, what)
        .seen(format!("the largest of an example is {shares:.3} on average"));
    Ok(Some(doubt.advise(match tried.setting {
        Some(table) => format!("{table} = {{ ..., as = \"probabilities\" }} takes their logarithms"),
        None => "leave out its last softmax".to_owned(),
    })))
}
