//! A table as text: a line of names, then a line for each row, fields set apart by commas, semicolons, tabs or bars.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Cursor;
use std::sync::Arc;

use polars::prelude::{DataFrame, DataType, Field, PlSmallStr, Schema};
use polars_io::SerReader;
use polars_io::csv::read::CsvReadOptions;

use super::error::Problem;

/// A text with its names and separator found.
pub(super) struct Sheet<'a> {
    text: Cow<'a, str>,
    pub(super) separator: u8,
    pub(super) names: Vec<String>,
    rows: usize,
}

/// Whichever is met most in the first line is the separator; of equals, the first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

impl<'a> Sheet<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Problem> {
        let text = str::from_utf8(bytes).map_err(|error| Problem::Unreadable {
            format: "text",
            why: format!(
                "byte {} is not UTF-8, the first that is none; save it as UTF-8",
                error.valid_up_to()
            ),
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim().is_empty() {
            return Err(Problem::NoTable {
                found: "an empty file",
                advice: "look whether it was written to the end",
            });
        }
        if text.contains('\0') {
            return Err(Problem::NoTable {
                found: "no text",
                advice: "write the table as CSV, Parquet or Arrow",
            });
        }
        let text = text.trim_start_matches(['\r', '\n']);
        let separator = separator(text);
        let mut shapes = Records { rest: text.as_bytes(), separator };
        let header = shapes.next().map_or("", |(record, _)| str::from_utf8(record).unwrap_or_default());
        let names = fields(header, separator);
        check_names(&names)?;
        let mut rows = 0;
        for (_, found) in shapes {
            rows += 1;
            if found != names.len() {
                return Err(Problem::Ragged { row: rows, found, expected: names.len() });
            }
        }
        if rows == 0 {
            return Err(Problem::NoRows { columns: names });
        }
        Ok(Self { text: without_empty_lines(text, separator), separator, names, rows })
    }

    /// These columns, each a text.
    pub(super) fn columns(&self, names: &[String]) -> Result<DataFrame, Problem> {
        let unreadable = |why: String| Problem::Unreadable { format: "CSV", why };
        let field = |name: &String| Field::new(name.as_str().into(), DataType::String);
        let schema: Schema = self.names.iter().map(field).collect();
        let separator = self.separator;
        let wanted: Arc<[PlSmallStr]> = names.iter().map(|name| PlSmallStr::from(name.as_str())).collect();
        let frame = CsvReadOptions::default()
            .with_schema(Some(Arc::new(schema)))
            .with_columns(Some(wanted))
            .with_rechunk(true)
            .map_parse_options(|options| options.with_separator(separator))
            .into_reader_with_file_handle(Cursor::new(self.text.as_bytes()))
            .finish()
            .map_err(|error| unreadable(error.to_string()))?;
        if frame.height() != self.rows {
            // Rows are named by their numbers, which both must count alike.
            return Err(unreadable(format!("{} rows were read of {}", frame.height(), self.rows)));
        }
        Ok(frame)
    }
}

/// Polars takes an empty line for a row of nothing.
fn without_empty_lines(text: &str, separator: u8) -> Cow<'_, str> {
    if !text.contains("\n\n") && !text.contains("\n\r") {
        return Cow::Borrowed(text);
    }
    let records = Records { rest: text.as_bytes(), separator };
    let lines: Vec<&str> = records.map(|(record, _)| str::from_utf8(record).unwrap_or_default()).collect();
    Cow::Owned(lines.join("\n"))
}

fn check_names(names: &[String]) -> Result<(), Problem> {
    let numbers = names.iter().filter(|name| name.parse::<f64>().is_ok()).count();
    if numbers * 2 > names.len() {
        let first = names.iter().find(|name| name.parse::<f64>().is_ok()).cloned().unwrap_or_default();
        return Err(Problem::NoHeader { first });
    }
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(name) => Err(Problem::SameName { name: name.clone() }),
        None => Ok(()),
    }
}

fn separator(text: &str) -> u8 {
    let count =
        |separator: u8| Records { rest: text.as_bytes(), separator }.next().map_or(0, |(_, fields)| fields);
    let mut best = SEPARATORS[0];
    for separator in SEPARATORS {
        if count(separator) > count(best) {
            best = separator;
        }
    }
    best
}

/// Each record with the number of its fields; empty lines are none.
struct Records<'a> {
    rest: &'a [u8],
    separator: u8,
}

impl<'a> Iterator for Records<'a> {
    type Item = (&'a [u8], usize);

    fn next(&mut self) -> Option<Self::Item> {
        while let [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] = self.rest {
            self.rest = rest;
        }
        if self.rest.is_empty() {
            return None;
        }
        let (mut fields, mut quoted, mut begins) = (1, false, true);
        let mut end = self.rest.len();
        for (index, &byte) in self.rest.iter().enumerate() {
            if quoted {
                quoted = byte != b'"';
            } else if byte == b'\n' {
                end = index;
                break;
            } else if byte == b'"' {
                // At its start a field is quoted; behind a quote, one that is doubled goes on.
                quoted = begins || index.checked_sub(1).is_some_and(|before| self.rest[before] == b'"');
            }
            begins = !quoted && byte == self.separator;
            fields += usize::from(begins);
        }
        let record = &self.rest[..end];
        self.rest = self.rest.get(end + 1..).unwrap_or_default();
        Some((record.strip_suffix(b"\r").unwrap_or(record), fields))
    }
}

/// The fields of a record, without their quotes and the spaces around them.
fn fields(record: &str, separator: u8) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut quoted = false;
    for letter in record.chars() {
        if letter == '"' {
            quoted = !quoted;
        } else if letter == char::from(separator) && !quoted {
            found.push(String::new());
        } else if let Some(field) = found.last_mut() {
            field.push(letter);
        }
    }
    found.iter().map(|field| field.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(text: &str, name: &str) -> Vec<String> {
        let sheet = Sheet::of(text.as_bytes()).unwrap();
        let frame = sheet.columns(&[name.to_owned()]).unwrap();
        let column = frame.column(name).unwrap().str().unwrap();
        column.iter().map(|text| text.unwrap_or("-").to_owned()).collect()
    }

    #[test]
    fn separators_marks_and_quotes_are_understood() {
        assert_eq!(column("arm,M\nlabels,40\n", "M"), ["40"]);
        assert_eq!(column("\u{feff}arm;M;acc\r\nlabels;40;0,9\r\nlabels;80;\r\n", "acc"), ["0,9", "-"]);
        assert_eq!(column("arm\tM\nlabels\t40", "arm"), ["labels"]);
        assert_eq!(
            column("\"arm\",\"M\"\n\"a, \"\"b\"\"\",1\n\n\"two\nlines\",2\n\n", "arm"),
            ["a, \"b\"", "two\nlines"]
        );
        assert_eq!(column("arm ,M\n5\" disc,1\n", "arm"), ["5\" disc"]);
    }

    #[test]
    fn what_is_no_table_says_what_it_is() {
        let said = |text: &[u8]| Sheet::of(text).err().map(|problem| problem.to_string()).unwrap();
        assert!(said(b" \n").starts_with("this is an empty file; look"));
        assert!(said(b"arm,M\xe9\n").contains("byte 5 is not UTF-8"));
        assert_eq!(said(b"arm,M\n"), "the table has no rows, only the columns `arm` and `M`");
        assert!(said(b"40,1,0.9\n80,1,0.95\n").contains("first line holds numbers, `40`"));
        assert_eq!(
            said(b"arm,M,arm\nx,1,2\n"),
            "two columns are called `arm`; give one of them another name"
        );
        assert!(said(b"arm,M\nx,1\ny,2,3\n").starts_with("row 2 has 3 fields and the header 2; "));
    }
}
