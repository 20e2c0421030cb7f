//! A list where an objective takes one value sweeps over it: one arm becomes several.
//!
//! The expansion works on the parsed TOML, before serde sees it, so that every objective can be swept over every
//! parameter without a second set of types, and every value keeps its place in the file for error messages.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::Problem;

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

/// A list in an objective.
struct List {
    /// Keys that lead to it from the objective.
    path: Vec<String>,
    span: Range<usize>,
    /// Its values as written, with their places.
    values: Vec<(String, Range<usize>)>,
}

/// Every choice of one value per list, in the order written, the last list varying fastest.
fn variants<'i>(
    arm_name: &Spanned<toml::de::DeString<'i>>,
    arm: &Spanned<DeValue<'i>>,
) -> Result<Vec<(String, Spanned<DeValue<'i>>)>, Problem> {
    let mut lists = Vec::new();
    find_lists(objective(arm), &mut Vec::new(), &mut lists);
    let mut variants = vec![(Vec::new(), arm.clone())];
    for list in &lists {
        list.check(arm_name.get_ref())?;
        let mut wider = Vec::new();
        for (parameters, variant) in &variants {
            for (index, (value, _)) in list.values.iter().enumerate() {
                let mut chosen = variant.clone();
                choose(&mut chosen, &list.path, index);
                let mut parameters = parameters.clone();
                parameters.push(format!("{} = {value}", list.path.last().map_or("", String::as_str)));
                wider.push((parameters, chosen));
            }
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

/// The lists below an objective.
fn find_lists(value: Option<&DeValue<'_>>, path: &mut Vec<String>, lists: &mut Vec<List>) {
    let Some(DeValue::Table(table)) = value else { return };
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        match value.get_ref() {
            DeValue::Array(values) => lists.push(List {
                path: path.clone(),
                span: value.span(),
                values: values.iter().map(|value| (written(value.get_ref()), value.span())).collect(),
            }),
            other => find_lists(Some(other), path, lists),
        }
        path.pop();
    }
}

impl List {
    fn check(&self, arm: &str) -> Result<(), Problem> {
        if self.values.is_empty() {
            return Err(Problem::new(
                self.span.clone(),
                format!("arm `{arm}` sweeps over an empty list"),
                "empty",
            )
            .help("give the list at least one value, or write a single value without brackets"));
        }
        for (index, (value, span)) in self.values.iter().enumerate() {
            if self.values[..index].iter().any(|(earlier, _)| earlier == value) {
                return Err(Problem::new(
                    span.clone(),
                    format!("arm `{arm}` sweeps over {value} twice"),
                    "again here",
                )
                .help("remove it"));
            }
        }
        Ok(())
    }
}

/// A value as it appears in an arm's name.
fn written(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Integer(integer) => integer.as_str().to_owned(),
        // `4.0` and `4` are one temperature and should make one name.
        DeValue::Float(float) => {
            let text = float.as_str();
            text.parse::<f64>().map_or_else(|_| text.to_owned(), |number| number.to_string())
        }
        DeValue::String(text) => text.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Table(table) => {
            let entries = table.iter().map(|(key, value)| match value.get_ref() {
                DeValue::Table(inner) if inner.is_empty() => key.get_ref().to_string(),
                DeValue::Table(_) => format!("{} {}", key.get_ref(), written(value.get_ref())),
                leaf => format!("{} = {}", key.get_ref(), written(leaf)),
            });
            entries.collect::<Vec<_>>().join(", ")
        }
        other => other.type_str().to_owned(),
    }
}

/// Puts the list's value at `index` in the list's place.
fn choose(arm: &mut Spanned<DeValue<'_>>, path: &[String], index: usize) -> Option<()> {
    let mut place = table_mut(arm)?.get_mut("objective")?;
    for key in path {
        place = table_mut(place)?.get_mut(key.as_str())?;
    }
    let value = place.get_ref().as_array()?.get(index)?.clone();
    *place = value;
    Some(())
}

fn table_mut<'a, 'i>(value: &'a mut Spanned<DeValue<'i>>) -> Option<&'a mut DeTable<'i>> {
    match value.get_mut() {
        DeValue::Table(table) => Some(table),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::file::StudyFile;

    /// The names of the arms that `arms` becomes, and their objectives.
    fn arms(arms: &str) -> Vec<(String, String)> {
        let text = format!(
            "[study]\nname = \"s\"\nseeds = [1]\n[tasks.t]\ndata.catalogue.name = \"d\"\n\
             [tasks.t.teacher]\n[tasks.t.student]\nmodel.lenet = {{}}\nsamples = [1]\n\
             train.optimizer.least_squares = {{}}\n{arms}"
        );
        let file = StudyFile::parse(&text).unwrap();
        let arm = |(name, arm): (String, crate::file::ArmFile)| {
            (name, serde_json::to_string(arm.objective.get_ref()).unwrap())
        };
        file.arms.into_iter().map(arm).collect()
    }

    fn names(text: &str) -> Vec<String> {
        arms(text).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_list_makes_an_arm_of_each_value_in_its_place() {
        let text = "[arms.b]\nobjective.distillation = { temperature = [4, 1.50], label_weight = [0.0, 0.5] }\n\
                    [arms.a]\nobjective.cross_entropy = {}\n";
        let found = arms(text);
        assert_eq!(
            found.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            [
                "b (temperature = 4, label_weight = 0)",
                "b (temperature = 4, label_weight = 0.5)",
                "b (temperature = 1.5, label_weight = 0)",
                "b (temperature = 1.5, label_weight = 0.5)",
                "a",
            ]
        );
        let expected = r#"{"distillation":{"temperature":1.5,"label_weight":0.5,"supervision":{"full":{}}}}"#;
        assert_eq!(found[3].1, expected);
    }

    #[test]
    fn values_of_any_kind_are_named() {
        let of = |objective: &str| names(&format!("[arms.a]\nobjective.{objective}\n"));
        assert_eq!(
            of(
                "distillation = { temperature = 1.0, supervision = [{ permuted = {} }, { top_k = { k = 2, remainder = \"uniform\" } }] }"
            ),
            ["a (supervision = permuted)", "a (supervision = top_k k = 2, remainder = uniform)"]
        );
        assert_eq!(
            of("distillation = { temperature = 1.0, standardise = [true, false] }"),
            ["a (standardise = true)", "a (standardise = false)"]
        );
        assert_eq!(
            of(
                "distillation = { temperature = 1.0, supervision.entropy_matched.keep = [\"entropy\", \"top_probability\"] }"
            ),
            ["a (keep = entropy)", "a (keep = top_probability)"]
        );
    }

    #[test]
    fn lists_of_an_objective_in_a_sum_are_swept_too() {
        let text = "[arms.a.objective.sum.terms]\n\
                    one = { weight = [1.0, 2.0], objective.cross_entropy = {} }\n\
                    two = { objective.distillation = { temperature = [3.0] } }\n";
        assert_eq!(names(text), ["a (weight = 1, temperature = 3)", "a (weight = 2, temperature = 3)"]);
    }
}
