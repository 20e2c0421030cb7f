//! A value of a column: as text, as numbers, as a file.

use parquet::data_type::Decimal;
use parquet::record::Field;

use crate::format::grid::Declared;

/// Bytes that a value takes in a list.
const VALUE: u64 = 32;

/// Bytes that a value takes, as text or as it is, and its place.
pub(super) fn size(field: &Field) -> u64 {
    let own = match field {
        Field::Str(text) => text.len() as u64,
        Field::ListInternal(list) => VALUE * list.elements().len() as u64,
        _ => encoded(field).map_or(16, |bytes| bytes.len() as u64),
    };
    own + 9
}

/// The bytes of an image's file.
pub(super) fn encoded(field: &Field) -> Option<&[u8]> {
    match field {
        Field::Bytes(bytes) => Some(bytes.data()),
        Field::Group(fields) => match fields.get_column_iter().find(|(name, _)| *name == "bytes") {
            Some((_, Field::Bytes(bytes))) => Some(bytes.data()),
            _ => None,
        },
        _ => None,
    }
}

/// A value as text; nothing where it is missing.
pub(super) fn cell(field: &Field, declared: &Declared) -> Result<Option<String>, String> {
    let Some(text) = text(field)? else { return Ok(None) };
    match declared {
        Declared::Categories(_) if text == "-1" => Ok(None),
        Declared::Categories(names) => {
            let name = text.parse().ok().and_then(|place: usize| names.get(place));
            name.map(|name| Some(name.clone()))
                .ok_or_else(|| format!("is {text}, expected a class from 0 to {}, or -1", names.len() - 1))
        }
        Declared::Nothing => Ok(Some(text)),
    }
}

/// A value as text, in full; nothing where it is null or not a number.
fn text(field: &Field) -> Result<Option<String>, String> {
    if let Some(integer) = whole(field) {
        return Ok(Some(integer.to_string()));
    }
    Ok(match field {
        Field::Null => None,
        Field::Float16(number) => (!number.is_nan()).then(|| number.to_f32().to_string()),
        Field::Float(number) => (!number.is_nan()).then(|| number.to_string()),
        Field::Double(number) => (!number.is_nan()).then(|| number.to_string()),
        Field::Decimal(number) => Some(decimal(number)?),
        Field::Str(text) => Some(text.clone()),
        Field::Bool(truth) => Some(truth.to_string()),
        Field::ListInternal(_) => return Err(other("lists")),
        Field::MapInternal(_) => return Err(other("maps")),
        Field::Group(_) => return Err(other("structs")),
        _ => {
            return Err(
                "holds bytes that are declared neither text nor number; write it as a column of strings, or \
                        leave it out with `ignore`; `image` reads images"
                    .to_owned(),
            );
        }
    })
}

fn other(kind: &str) -> String {
    format!("holds {kind}, which are no cells of a table; `ignore` leaves it out, `image` reads images")
}

/// A number, or those of a list, as float32; whether it is such.
pub(super) fn append(field: &Field, numbers: &mut Vec<f32>) -> bool {
    match field {
        Field::Float(number) => numbers.push(*number),
        Field::Double(number) => numbers.push(*number as f32),
        Field::Float16(number) => numbers.push(number.to_f32()),
        Field::Decimal(number) => match decimal(number).map(|text| text.parse()) {
            Ok(Ok(number)) => numbers.push(number),
            _ => return false,
        },
        Field::ListInternal(list) => return list.elements().iter().all(|field| append(field, numbers)),
        other => match integer(other) {
            Some(number) => numbers.push(number as f32),
            None => return false,
        },
    }
    true
}

/// An integer of 64 bits.
pub(super) fn integer(field: &Field) -> Option<i64> {
    whole(field).and_then(|integer| integer.try_into().ok())
}

/// Any integer. Dates and times are those that the file holds.
fn whole(field: &Field) -> Option<i128> {
    Some(match *field {
        Field::Byte(number) => number.into(),
        Field::Short(number) => number.into(),
        Field::Int(number) | Field::Date(number) | Field::TimeMillis(number) => number.into(),
        Field::Long(number)
        | Field::TimeMicros(number)
        | Field::TimestampMillis(number)
        | Field::TimestampMicros(number) => number.into(),
        Field::UByte(number) => number.into(),
        Field::UShort(number) => number.into(),
        Field::UInt(number) => number.into(),
        Field::ULong(number) => number.into(),
        _ => return None,
    })
}

/// A decimal with all its digits.
fn decimal(number: &Decimal) -> Result<String, String> {
    const MOST_DIGITS: usize = 38;
    let bytes = number.data();
    // Big-endian with a sign, which fills what is before it.
    let fill = if bytes.first().is_some_and(|&first| first > i8::MAX as u8) { 0xff } else { 0 };
    let kept = &bytes[bytes.len().saturating_sub(16)..];
    let is_short = bytes[..bytes.len() - kept.len()].iter().all(|&byte| byte == fill)
        && (bytes.len() <= 16 || kept.first().is_some_and(|&first| (first > i8::MAX as u8) == (fill > 0)));
    let scale = usize::try_from(number.scale()).ok().filter(|&scale| is_short && scale <= MOST_DIGITS);
    let Some(scale) = scale else {
        return Err(format!(
            "holds a decimal of more than {MOST_DIGITS} digits; write it as a column of floats"
        ));
    };
    let mut whole = [fill; 16];
    whole[16 - kept.len()..].copy_from_slice(kept);
    let whole = i128::from_be_bytes(whole);
    let digits = format!("{:0width$}", whole.unsigned_abs(), width = scale + 1);
    let (before, behind) = digits.split_at(digits.len() - scale);
    let sign = if whole < 0 { "-" } else { "" };
    let point = if scale > 0 { "." } else { "" };
    Ok(format!("{sign}{before}{point}{behind}"))
}

#[cfg(test)]
mod tests {
    use parquet::data_type::ByteArray;

    use super::*;

    #[test]
    fn decimals_have_all_their_digits() {
        let wide = |bytes: Vec<u8>, scale| Decimal::from_bytes(ByteArray::from(bytes), 38, scale);
        for (number, expected) in [
            (Decimal::from_i32(-1234, 9, 2), "-12.34"),
            (Decimal::from_i64(5, 18, 3), "0.005"),
            (Decimal::from_i64(-7, 18, 0), "-7"),
            (wide(vec![0x01, 0x00], 1), "25.6"),
            (wide(vec![0xff; 20], 2), "-0.01"),
            (wide(Vec::new(), 0), "0"),
        ] {
            assert_eq!(decimal(&number).unwrap(), expected);
        }
        for number in
            [wide(vec![0x7f; 17], 2), wide([&[0][..], &[0xff; 16]].concat(), 2), wide(vec![1], 1 << 20)]
        {
            assert!(decimal(&number).unwrap_err().contains("more than 38 digits"));
        }
    }
}
