//! Modules that say something else each time, or of an example alone.

use kd_doubt::{Doubt, Kind};
use tch::Tensor;

use crate::error::Result;
use crate::train::modules::Module;

const TRACED: &str = "trace it in evaluation mode: torch.jit.trace(model.eval(), example).save(\"teacher.pt\"); what was traced in \
                      training mode stays in it";

/// Rounding, on any machine, is less than this share of the largest number that is said.
const ROUNDING: f64 = 1e-4;

/// What is quantised anew for each batch differs a little between them; what is normalised by the batch, much.
const MUCH: f64 = 0.1;

/// What differs between two times that the module at `place` is asked of `batch`, and between an example among others and
/// alone.
pub(in crate::check) fn steadiness(
    module: &mut Module,
    batch: &Tensor,
    place: &str,
) -> Result<Option<Doubt>> {
    let said = module.forward(batch)?.logits;
    let again = module.forward(batch)?.logits;
    let differ = difference(&said, &again)?;
    if differ > ROUNDING {
        let what = "the module draws random numbers: asked twice of the same batch, it says something else";
        return Ok(Some(
            Doubt::refused(Kind::RandomTeacher, place, what)
                .seen(format!("the answers differ by {differ:.2} of their largest number"))
                .advise(format!("dropout is probably on: {TRACED}")),
        ));
    }
    let alone = module.forward(&batch.f_narrow(0, 0, 1)?)?.logits;
    if said.dim() == 0 || alone.dim() != said.dim() {
        return Ok(None);
    }
    let differ = difference(&said.f_narrow(0, 0, 1)?, &alone)?;
    Ok((differ > MUCH).then(|| {
        let what = "what the module says of an example depends on the others in its batch";
        Doubt::refused(Kind::RandomTeacher, place, what)
            .seen(format!("alone, it says something that differs by {differ:.2} of its largest number"))
            .advise(format!("batch normalisation is probably in training mode: {TRACED}"))
    }))
}

/// The largest difference, as a share of the largest number; 0 where shapes differ, which is complained of elsewhere.
fn difference(one: &Tensor, other: &Tensor) -> Result<f64> {
    if one.size() != other.size() || one.numel() == 0 {
        return Ok(0.0);
    }
    let largest = |numbers: &Tensor| numbers.f_abs()?.f_max()?.f_double_value(&[]);
    let differ = largest(&one.f_sub(other)?)?;
    // What is not finite is complained of elsewhere.
    Ok(if differ.is_finite() {
        differ / largest(one)?.max(largest(other)?).max(f64::MIN_POSITIVE)
    } else {
        0.0
    })
}
