//! Several values where a study file takes one: a task or an arm becomes as many.
//!
//! The expansion works on the parsed TOML, before serde sees it, so that everything can be swept over without a second
//! set of types, and every value keeps its place in the file for error messages.

mod combination;
mod factor;
mod list;
mod written;

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

use self::combination::Combination;
use self::factor::{Factor, Known, Whose};
use self::list::List;
pub(super) use self::written::written;
use crate::problem::Problem;

/// What a task or an arm becomes, and under which name.
type Named<'i> = (Spanned<DeString<'i>>, Spanned<DeValue<'i>>);

/// Replaces each task by the list of its [`Variant`](super::Variant)s; and each arm by those that its lists make of it,
/// named `arm (parameter = value)`, each a list of variants as well: what is tuned is no arm of its own.
pub(super) fn expand(root: &mut DeTable<'_>) -> Result<(), Problem> {
    let mut known = Known::default();
    replace(root, "tasks", |name, task| {
        let factors = factor::factors(List::find(&task, false)?, Whose::Task)?;
        known.agree(&factors, Whose::Task)?;
        let span = task.span();
        let variants = Combination::whole(task).crossed(&factors, &[])?;
        Ok(vec![(name, variants_of(variants, &span))])
    })?;
    replace(root, "arms", |name, arm| {
        let objective = arm.get_ref().as_table().and_then(|arm| arm.get("objective"));
        let lists = objective.map(|objective| List::find(objective, true)).transpose()?;
        let factors = factor::factors(lists.unwrap_or_default(), Whose::Arm)?;
        known.agree(&factors, Whose::Arm)?;
        let (tuned, swept): (Vec<Factor<'_>>, Vec<Factor<'_>>) =
            factors.into_iter().partition(|factor| factor.tuned);
        let span = arm.span();
        let arms = Combination::whole(arm).crossed(&swept, &["objective"])?;
        let named = arms.into_iter().map(|arm| {
            let key = Spanned::new(name.span(), format!("{}{}", name.get_ref(), arm.suffix()).into());
            Ok((key, variants_of(arm.crossed(&tuned, &["objective"])?, &span)))
        });
        named.collect()
    })
}

/// Replaces each entry of a table of the file by what `become_` makes of it.
fn replace<'i>(
    root: &mut DeTable<'i>,
    table: &str,
    mut become_: impl FnMut(Spanned<DeString<'i>>, Spanned<DeValue<'i>>) -> Result<Vec<Named<'i>>, Problem>,
) -> Result<(), Problem> {
    let Some(DeValue::Table(entries)) = root.get_mut(table).map(Spanned::get_mut) else { return Ok(()) };
    for (name, value) in std::mem::take(entries) {
        for (name, value) in become_(name, value)? {
            entries.insert(name, value);
        }
    }
    Ok(())
}

/// The list of variants, which is at `span` as what it replaces was.
fn variants_of<'i>(variants: Vec<Combination<'i>>, span: &Range<usize>) -> Spanned<DeValue<'i>> {
    let mut list = DeArray::new();
    for variant in variants {
        list.push(variant.into_variant(span));
    }
    Spanned::new(span.clone(), DeValue::Array(list))
}

#[cfg(test)]
mod tests;
