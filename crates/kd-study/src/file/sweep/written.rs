//! Values as names and reports show them.

use toml::Spanned;
use toml::de::DeValue;

/// A value as it appears in a name.
pub(in crate::file) fn written(value: &DeValue<'_>) -> String {
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
        DeValue::Array(values) => {
            let values: Vec<String> = values.iter().map(|value| written(value.get_ref())).collect();
            format!("[{}]", values.join(", "))
        }
        DeValue::Datetime(time) => time.to_string(),
    }
}

/// The level of each of `values`: numbers and flags as themselves, lists of one value as that value where all are, and
/// everything else in words.
pub(super) fn levels<'i>(values: &[Spanned<DeValue<'i>>]) -> Vec<DeValue<'i>> {
    let only = |value: &Spanned<DeValue<'i>>| match value.get_ref() {
        DeValue::Array(values) if values.len() == 1 => Some(values[0].clone()),
        _ => None,
    };
    let unwrapped: Option<Vec<Spanned<DeValue<'i>>>> = values.iter().map(only).collect();
    let level = |value: &Spanned<DeValue<'i>>| match value.get_ref() {
        scalar @ (DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_)) => scalar.clone(),
        other @ (DeValue::String(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_)) => {
            DeValue::String(written(other).into())
        }
    };
    unwrapped.as_deref().unwrap_or(values).iter().map(level).collect()
}
