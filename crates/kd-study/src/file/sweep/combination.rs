//! Choosing one value of every factor.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::factor::Factor;
use super::list::Step;
use crate::problem::Problem;

/// More than anyone would read the report of.
const MOST: usize = 4096;

/// A task or an arm with a value chosen of each factor.
#[derive(Clone)]
pub(super) struct Combination<'i> {
    value: Spanned<DeValue<'i>>,
    levels: Vec<Level<'i>>,
}

#[derive(Clone)]
struct Level<'i> {
    factor: String,
    value: DeValue<'i>,
    written: String,
    tuned: bool,
}

impl<'i> Combination<'i> {
    /// Of no factors.
    pub(super) fn whole(value: Spanned<DeValue<'i>>) -> Self {
        Self { value, levels: Vec::new() }
    }

    /// With every choice of a value of each of `factors`, whose lists are found below the keys `start`, in the order
    /// written, the last factor varying fastest.
    pub(super) fn crossed(self, factors: &[Factor<'i>], start: &[&str]) -> Result<Vec<Self>, Problem> {
        let mut all = vec![self];
        for factor in factors {
            if all.len() * factor.levels.len() > MOST {
                let what = format!("these sweeps cross to more than {MOST} combinations");
                return Err(Problem::new(factor.span(), what, "with this one").help(
                    "let sweeps of one name (`as`) move together, or ask fewer questions in one study",
                ));
            }
            let choices =
                |one: &Self| (0..factor.levels.len()).map(|index| one.with(factor, index, start)).collect();
            all = all.iter().flat_map(|one| -> Vec<Self> { choices(one) }).collect();
        }
        Ok(all)
    }

    fn with(&self, factor: &Factor<'i>, index: usize, start: &[&str]) -> Self {
        let mut chosen = self.clone();
        for list in &factor.lists {
            let start = start.iter().map(|key| Step::Key((*key).to_owned()));
            let path: Vec<Step> = start.chain(list.path.iter().cloned()).collect();
            if let Some(place) = at(&mut chosen.value, &path) {
                *place = list.values[index].clone();
            }
        }
        chosen.levels.push(Level {
            factor: factor.name.clone(),
            value: factor.levels[index].clone(),
            written: factor.written[index].clone(),
            tuned: factor.tuned,
        });
        chosen
    }

    /// What its levels add to a name.
    pub(super) fn suffix(&self) -> String {
        let told: Vec<String> =
            self.levels.iter().map(|level| format!("{} = {}", level.factor, level.written)).collect();
        if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
    }

    /// As [`Variant`](crate::file::Variant) reads it.
    pub(super) fn into_variant(self, span: &Range<usize>) -> Spanned<DeValue<'i>> {
        let here = |value| Spanned::new(span.clone(), value);
        let table = |entries: Vec<(&'static str, Spanned<DeValue<'i>>)>| {
            let mut table = DeTable::new();
            for (key, value) in entries {
                table.insert(Spanned::new(span.clone(), key.into()), value);
            }
            here(DeValue::Table(table))
        };
        let mut levels = DeArray::new();
        for level in self.levels {
            levels.push(table(vec![
                ("factor", here(DeValue::String(level.factor.into()))),
                ("level", here(level.value)),
                ("tuned", here(DeValue::Boolean(level.tuned))),
            ]));
        }
        table(vec![("levels", here(DeValue::Array(levels))), ("file", self.value)])
    }
}

/// The value that `path` leads to.
fn at<'a, 'i>(value: &'a mut Spanned<DeValue<'i>>, path: &[Step]) -> Option<&'a mut Spanned<DeValue<'i>>> {
    let Some((step, rest)) = path.split_first() else { return Some(value) };
    let next = match (value.get_mut(), step) {
        (DeValue::Table(table), Step::Key(key)) => table.get_mut(key.as_str())?,
        (DeValue::Array(values), Step::Index(index)) => values.get_mut(*index)?,
        _ => return None,
    };
    at(next, rest)
}
