//! Values of a column as its kind, and those that are none.

use polars::prelude::{Column, DataType, IntoColumn, NamedFrom, Series};

use super::error::Problem;
use crate::table::Kind;

/// A value that is none of its column's kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Odd {
    /// The row, counted from 1.
    pub(super) row: usize,
    /// What is there.
    pub(super) found: String,
    /// Whether it is a number all the same, such as NaN or infinity.
    pub(super) is_number: bool,
}

/// A value as it is stored.
#[derive(Debug, Clone, Copy)]
enum Raw<'a> {
    Missing,
    Text(&'a str),
    Number(f64),
    Whole(i128),
    Flag(bool),
}

/// A value of a kind, or what is there instead.
enum Read<T> {
    Value(T),
    Missing,
    /// Not a number, or infinite.
    NotFinite(String),
    Odd(String),
}

/// What stands for nothing in a column of numbers.
const NOTHING: [&str; 6] = ["", "na", "n/a", "null", "none", "-"];

/// A column of `kind` under another name, and what of it is of no such kind, which is left empty.
pub(super) fn typed(
    stored: &Column,
    name: &str,
    kind: Kind,
    commas: bool,
) -> Result<(Column, Vec<Odd>), Problem> {
    let stored = &without_categories(stored)?;
    let mut odd = Vec::new();
    let series = match kind {
        Kind::Text => Series::new(name.into(), each(stored, &mut odd, text)?),
        Kind::Count => Series::new(name.into(), each(stored, &mut odd, |raw| count(raw, commas))?),
        Kind::Number => Series::new(name.into(), each(stored, &mut odd, |raw| number(raw, commas))?),
        Kind::Flag => Series::new(name.into(), each(stored, &mut odd, flag)?),
    };
    Ok((series.into_column(), odd))
}

/// The levels of a factor: flags or numbers where all are, whole ones as counts, else texts.
pub(super) fn levels(stored: &Column, name: &str, commas: bool) -> Result<Column, Problem> {
    let stored = &without_categories(stored)?;
    let is_whole = |raw| match raw {
        Raw::Text(text) => !NOTHING.contains(&text.trim()) && text.trim().parse::<u64>().is_err(),
        Raw::Number(_) => true,
        Raw::Whole(number) => number < 0,
        Raw::Missing | Raw::Flag(_) => false,
    };
    let fractions = raws(stored)?.into_iter().any(is_whole);
    let kinds = if fractions { [Kind::Flag, Kind::Number] } else { [Kind::Flag, Kind::Count] };
    for kind in kinds {
        let (column, odd) = typed(stored, name, kind, commas)?;
        if odd.is_empty() {
            return Ok(column);
        }
    }
    Ok(typed(stored, name, Kind::Text, commas)?.0)
}

/// Categories, such as pandas writes, as texts.
fn without_categories(stored: &Column) -> Result<Column, Problem> {
    Ok(match stored.dtype() {
        DataType::Categorical(..) | DataType::Enum(..) => stored.cast(&DataType::String)?,
        // Not an enum of ours.
        _ => stored.clone(),
    })
}

fn each<'a, T>(
    stored: &'a Column,
    odd: &mut Vec<Odd>,
    read: impl Fn(Raw<'a>) -> Read<T>,
) -> Result<Vec<Option<T>>, Problem> {
    let value = |(index, raw): (usize, Raw<'a>)| {
        let (found, is_number) = match read(raw) {
            Read::Value(value) => return Some(value),
            Read::Missing => return None,
            Read::NotFinite(found) => (found, true),
            Read::Odd(found) => (found, false),
        };
        odd.push(Odd { row: index + 1, found, is_number });
        None
    };
    Ok(raws(stored)?.into_iter().enumerate().map(value).collect())
}

fn raws(stored: &Column) -> Result<Vec<Raw<'_>>, Problem> {
    fn all<'a, T>(values: impl Iterator<Item = Option<T>>, raw: fn(T) -> Raw<'a>) -> Vec<Raw<'a>> {
        values.map(|value| value.map_or(Raw::Missing, raw)).collect()
    }
    let series = stored.as_materialized_series();
    Ok(match series.dtype() {
        DataType::String => all(series.str()?.iter(), Raw::Text),
        DataType::Boolean => all(series.bool()?.iter(), Raw::Flag),
        DataType::Float64 => all(series.f64()?.iter(), Raw::Number),
        // As it is written: 0.93 and not 0.930000007152557.
        DataType::Float32 => all(series.f32()?.iter(), |number| {
            Raw::Number(number.to_string().parse().unwrap_or_else(|_| f64::from(number)))
        }),
        DataType::Int32 => all(series.i32()?.iter(), |number| Raw::Whole(number.into())),
        DataType::Int64 => all(series.i64()?.iter(), |number| Raw::Whole(number.into())),
        DataType::UInt32 => all(series.u32()?.iter(), |number| Raw::Whole(number.into())),
        DataType::UInt64 => all(series.u64()?.iter(), |number| Raw::Whole(number.into())),
        DataType::Null => vec![Raw::Missing; series.len()],
        // Not an enum of ours. What is not read has been refused before.
        other => {
            return Err(Problem::WrongType { column: series.name().to_string(), found: other.to_string() });
        }
    })
}

fn text(raw: Raw<'_>) -> Read<String> {
    match raw {
        Raw::Missing => Read::Missing,
        Raw::Text(text) if text.trim().is_empty() => Read::Missing,
        Raw::Text(text) => Read::Value(text.trim().to_owned()),
        Raw::Number(number) if number.is_nan() => Read::Missing,
        Raw::Number(number) => Read::Value(number.to_string()),
        Raw::Whole(number) => Read::Value(number.to_string()),
        Raw::Flag(flag) => Read::Value(flag.to_string()),
    }
}

fn number(raw: Raw<'_>, commas: bool) -> Read<f64> {
    let finite = |number: f64| {
        if number.is_finite() { Read::Value(number) } else { Read::NotFinite(number.to_string()) }
    };
    match raw {
        Raw::Missing => Read::Missing,
        Raw::Number(number) => finite(number),
        Raw::Whole(number) => Read::Value(number as f64),
        Raw::Flag(flag) => Read::Odd(flag.to_string()),
        Raw::Text(text) => {
            let text = text.trim();
            if NOTHING.contains(&text.to_lowercase().as_str()) {
                return Read::Missing;
            }
            match written(text, commas) {
                Some(number) if number.is_finite() => Read::Value(number),
                Some(_) => Read::NotFinite(text.to_owned()),
                None => Read::Odd(text.to_owned()),
            }
        }
    }
}

/// The number that a text says, in whose place of the point there may be a comma: in a table set apart by commas only
/// behind a zero, for 1,000 would else be one.
fn written(text: &str, commas: bool) -> Option<f64> {
    let Some((before, after)) = text.split_once(',') else { return text.parse().ok() };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let sign = before.trim_start_matches(['-', '+']);
    let is_decimal = commas && !(after.len() == 3 && after.bytes().all(|digit| digit == b'0'));
    let exponent = after.find(['e', 'E']).unwrap_or(after.len());
    let is_number = digits(sign) && digits(&after[..exponent]) && (is_decimal || sign == "0");
    is_number.then(|| format!("{before}.{after}").parse().ok()).flatten()
}

/// The largest whole number up to which all are exact in a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn count(raw: Raw<'_>, commas: bool) -> Read<u64> {
    if let Raw::Whole(whole) = raw {
        return u64::try_from(whole).map_or_else(|_| Read::Odd(whole.to_string()), Read::Value);
    }
    if let Raw::Text(text) = raw
        && let Ok(whole) = text.trim().parse()
    {
        return Read::Value(whole);
    }
    match number(raw, commas) {
        Read::Value(number) if number.fract() == 0.0 && (0.0..=EXACT).contains(&number) => {
            Read::Value(number as u64)
        }
        Read::Value(number) => Read::Odd(number.to_string()),
        Read::Missing => Read::Missing,
        // Pandas has NaN where a column of whole numbers lacks one.
        Read::NotFinite(found) if found.eq_ignore_ascii_case("nan") => Read::Missing,
        Read::NotFinite(found) | Read::Odd(found) => Read::Odd(found),
    }
}

fn flag(raw: Raw<'_>) -> Read<bool> {
    let word = match raw {
        Raw::Missing => return Read::Missing,
        Raw::Flag(flag) => return Read::Value(flag),
        Raw::Number(number) if number.is_nan() => return Read::Missing,
        Raw::Number(number) => number.to_string(),
        Raw::Whole(number) => number.to_string(),
        Raw::Text(text) => text.trim().to_lowercase(),
    };
    match word.as_str() {
        "true" | "yes" | "1" => Read::Value(true),
        "false" | "no" | "0" => Read::Value(false),
        nothing if NOTHING.contains(&nothing) || nothing == "nan" => Read::Missing,
        _ => Read::Odd(word),
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // exact by construction
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Column {
        Series::new("x".into(), texts.to_vec()).into_column()
    }

    fn found(odd: &[Odd]) -> Vec<(usize, &str, bool)> {
        odd.iter().map(|odd| (odd.row, odd.found.as_str(), odd.is_number)).collect()
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let (column, odd) =
            typed(&texts(&["0.5", " 7e-1 ", "", "NA", "nan", "-inf", "oops"]), "y", Kind::Number, false)
                .unwrap();
        let numbers: Vec<Option<f64>> = column.f64().unwrap().iter().collect();
        assert_eq!(numbers, [Some(0.5), Some(0.7), None, None, None, None, None]);
        assert_eq!(found(&odd), [(5, "nan", true), (6, "-inf", true), (7, "oops", false)]);
        assert_eq!(
            ["0,93", "-0,5", "1,25", "1,000", "1,2,3"].map(|text| written(text, false)),
            [Some(0.93), Some(-0.5), None, None, None]
        );
        assert_eq!(
            ["0,93", "12,5e1", "1,000", "1,234"].map(|text| written(text, true)),
            [Some(0.93), Some(125.0), None, Some(1.234)]
        );
    }

    #[test]
    fn counts_may_be_written_as_floats_where_they_are_whole() {
        let (column, odd) =
            typed(&texts(&["40", "40.0", "4e1", "40.5", "-4", "", "nan", "1,000"]), "y", Kind::Count, false)
                .unwrap();
        let counts: Vec<Option<u64>> = column.u64().unwrap().iter().collect();
        assert_eq!(counts, [Some(40), Some(40), Some(40), None, None, None, None, None]);
        assert_eq!(found(&odd), [(4, "40.5", false), (5, "-4", false), (8, "1,000", false)]);
        let floats = Series::new("x".into(), [Some(40.0), None, Some(f64::NAN), Some(0.5)]).into_column();
        let (column, odd) = typed(&floats, "y", Kind::Count, false).unwrap();
        assert_eq!(column.u64().unwrap().iter().collect::<Vec<_>>(), [Some(40), None, None, None]);
        assert_eq!(found(&odd), [(4, "0.5", false)]);
        let whole = Series::new("x".into(), [u64::MAX, 3]).into_column();
        let (column, _) = typed(&whole, "y", Kind::Count, false).unwrap();
        assert_eq!(column.u64().unwrap().iter().collect::<Vec<_>>(), [Some(u64::MAX), Some(3)]);
    }

    #[test]
    fn flags_and_texts_are_read_from_words_and_numbers() {
        let (column, odd) =
            typed(&texts(&["True", "0", "no", "", "perhaps"]), "y", Kind::Flag, false).unwrap();
        let flags: Vec<Option<bool>> = column.bool().unwrap().iter().collect();
        assert_eq!(flags, [Some(true), Some(false), Some(false), None, None]);
        assert_eq!(found(&odd), [(5, "perhaps", false)]);
        let single = Series::new("x".into(), [0.93_f32, 2.0]).into_column();
        let (column, _) = typed(&single, "y", Kind::Number, false).unwrap();
        assert_eq!(column.f64().unwrap().iter().collect::<Vec<_>>(), [Some(0.93), Some(2.0)]);
        let (column, _) = typed(&single, "y", Kind::Text, false).unwrap();
        assert_eq!(column.str().unwrap().iter().collect::<Vec<_>>(), [Some("0.93"), Some("2")]);
    }

    #[test]
    fn levels_are_what_all_of_them_are() {
        let kind = |values: &[&str]| levels(&texts(values), "y", false).unwrap().dtype().clone();
        assert_eq!(kind(&["16", "", "64"]), DataType::UInt64);
        assert_eq!(kind(&["16.0", "64"]), DataType::Float64);
        assert_eq!(kind(&["-1", "1"]), DataType::Float64);
        assert_eq!(kind(&["true", "false"]), DataType::Boolean);
        assert_eq!(kind(&["16", "wide"]), DataType::String);
    }
}
