//! UCI's comma-separated integers without a header, the class first or last.

use super::row_error;
use crate::Result;

/// Where the class is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    First,
    Last,
}

/// The layout of such a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) label: Label,
    /// Values besides the class.
    pub(crate) values: usize,
    /// Every value is in `0..=peak`.
    pub(crate) peak: u8,
}

/// Values row after row, and labels.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    layout: Layout,
    class: impl Fn(&str) -> Option<i64>,
) -> Result<(Vec<u8>, Vec<i64>)> {
    let text = str::from_utf8(bytes).map_err(|error| crate::Error::File {
        file: file.to_owned(),
        problem: format!("is not UTF-8: {error}"),
    })?;
    let mut values = Vec::new();
    let mut labels = Vec::new();
    for (row, line) in (1..).zip(text.lines()) {
        let fields: Vec<&str> = line.split(',').collect();
        if fields.len() != layout.values + 1 {
            let problem = format!("{} fields, expected {} values and a class", fields.len(), layout.values);
            return Err(row_error(file, row, problem));
        }
        let (name, numbers) = match layout.label {
            Label::First => (fields[0], &fields[1..]),
            Label::Last => (fields[layout.values], &fields[..layout.values]),
        };
        labels.push(class(name).ok_or_else(|| row_error(file, row, format!("`{name}` is not a class")))?);
        for number in numbers {
            let value = number.parse::<u8>().ok().filter(|&value| value <= layout.peak);
            values.push(value.ok_or_else(|| {
                row_error(file, row, format!("`{number}` is not an integer from 0 to {}", layout.peak))
            })?);
        }
    }
    Ok((values, labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_digits(text: &str) -> Result<(Vec<u8>, Vec<i64>)> {
        let layout = Layout { label: Label::Last, values: 2, peak: 16 };
        read("digits", text.as_bytes(), layout, |name| {
            name.parse().ok().filter(|class| (0..10).contains(class))
        })
    }

    #[test]
    fn rows_become_values_and_labels() {
        assert_eq!(read_digits("0,16,7\n3,4,0\n").unwrap(), (vec![0, 16, 3, 4], vec![7, 0]));
    }

    #[test]
    fn faults_name_the_row() {
        let message = |text| read_digits(text).unwrap_err().to_string();
        assert_eq!(message("0,1,2\n0,1\n"), "digits, row 2: 2 fields, expected 2 values and a class");
        assert_eq!(message("0,17,2\n"), "digits, row 1: `17` is not an integer from 0 to 16");
        assert_eq!(message("0,1,10\n"), "digits, row 1: `10` is not a class");
        assert_eq!(message("0,-1,1\n"), "digits, row 1: `-1` is not an integer from 0 to 16");
    }
}
