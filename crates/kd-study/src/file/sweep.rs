//! A list where an objective takes one value sweeps over it: one arm becomes several.
//!
//! The expansion works on the parsed TOML, before serde sees it, so that every objective can be swept over every
//! parameter without a second set of types, and every value keeps its place in the file for error messages.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;

/// Replaces each arm whose objective holds lists by one arm per combination, named `arm (parameter = value)`.
pub(super) fn expand(root: &mut DeTable<'_>) -> Result<(), Problem> {
    let Some(arms) = root.get_mut("arms").and_then(|arms| match arms.get_mut() {
        DeValue::Table(arms) => Some(arms),
        _ => None,
    }) else {
        return Ok(());
    };
    let written = std::mem::take(arms);
    for (name, arm) in written {
        for (parameters, variant) in variants(&name, &arm)? {
            let key = Spanned::new(name.span(), format!("{}{parameters}", name.get_ref()).into());
            arms.insert(key, variant);
        }
    }
    Ok(())
}

/// Every choice of one value per list, in the order written, the last list varying fastest.
fn variants<'i>(
    arm_name: &Spanned<toml::de::DeString<'i>>,
    arm: &Spanned<DeValue<'i>>,
) -> Result<Vec<(String, Spanned<DeValue<'i>>)>, Problem> {
    let mut lists = Vec::new();
    find_lists(objective(arm), &mut Vec::new(), &mut lists);
    let mut variants = vec![(Vec::new(), arm.clone())];
    for path in &lists {
        let mut wider = Vec::new();
        for (parameters, variant) in &variants {
            for index in 0.. {
                let mut chosen = variant.clone();
                let Some(value) = choose(&mut chosen, path, index) else { break };
                let mut parameters = parameters.clone();
                parameters.push(format!("{} = {value}", path.last().map_or("", String::as_str)));
                wider.push((parameters, chosen));
            }
        }
        if wider.is_empty() {
            return Err(Problem::new(
                arm.span(),
                format!("arm `{}` sweeps over an empty list", arm_name.get_ref()),
                "",
            )
            .help("give the list at least one value, or write a single value"));
        }
        variants = wider;
    }
    Ok(variants
        .into_iter()
        .map(|(parameters, variant)| {
            let suffix =
                if parameters.is_empty() { String::new() } else { format!(" ({})", parameters.join(", ")) };
            (suffix, variant)
        })
        .collect())
}

fn objective<'a, 'i>(arm: &'a Spanned<DeValue<'i>>) -> Option<&'a DeValue<'i>> {
    arm.get_ref().as_table()?.get("objective").map(Spanned::get_ref)
}

/// Paths, below the objective, of the lists in it.
fn find_lists(value: Option<&DeValue<'_>>, path: &mut Vec<String>, lists: &mut Vec<Vec<String>>) {
    match value {
        Some(DeValue::Table(table)) => {
            for (key, value) in table {
                path.push(key.get_ref().to_string());
                find_lists(Some(value.get_ref()), path, lists);
                path.pop();
            }
        }
        Some(DeValue::Array(_)) => lists.push(path.clone()),
        _ => {}
    }
}

/// Puts the list's value at `index` in the list's place, and tells it as written.
fn choose(arm: &mut Spanned<DeValue<'_>>, path: &[String], index: usize) -> Option<String> {
    let mut place = table_mut(arm)?.get_mut("objective")?;
    for key in path {
        place = table_mut(place)?.get_mut(key.as_str())?;
    }
    let value = place.get_ref().as_array()?.get(index)?.clone();
    let written = match value.get_ref() {
        DeValue::Integer(integer) => integer.as_str().to_owned(),
        // `4.0` and `4` are one temperature and should make one name.
        DeValue::Float(float) => {
            let text = float.as_str();
            text.parse::<f64>().map_or_else(|_| text.to_owned(), |number| number.to_string())
        }
        DeValue::String(text) => text.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        other => other.type_str().to_owned(),
    };
    *place = value;
    Some(written)
}

fn table_mut<'a, 'i>(value: &'a mut Spanned<DeValue<'i>>) -> Option<&'a mut DeTable<'i>> {
    match value.get_mut() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}
