//! BANKING77: a CSV of `text,category` whose texts may hold quoted line feeds, and a JSON list of category names.

use std::collections::HashMap;

use super::row_error;
use crate::{Error, Result};

/// Category names; a label is an index into them.
pub(crate) fn read_categories(file: &str, bytes: &[u8]) -> Result<Vec<String>> {
    serde_json::from_slice(bytes).map_err(|error| Error::File {
        file: file.to_owned(),
        problem: format!("expected a JSON list of category names: {error}"),
    })
}

/// Texts and labels.
pub(crate) fn read(file: &str, bytes: &[u8], categories: &[String]) -> Result<(Vec<String>, Vec<i64>)> {
    let known: HashMap<&str, i64> = categories.iter().map(String::as_str).zip(0..).collect();
    let mut reader = csv::Reader::from_reader(bytes);
    let at = |error: &csv::Error| {
        row_error(file, error.position().map_or(1, |position| position.record() + 1), error.to_string())
    };
    let header = reader.headers().map_err(|error| at(&error))?;
    if header != vec!["text", "category"] {
        return Err(row_error(file, 1, format!("expected the header `text,category`, found {header:?}")));
    }
    let mut texts = Vec::new();
    let mut labels = Vec::new();
    for (row, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|error| at(&error))?;
        let label = known.get(&record[1]);
        labels
            .push(*label.ok_or_else(|| row_error(file, row, format!("`{}` is not a category", &record[1])))?);
        texts.push(record[0].to_owned());
    }
    Ok((texts, labels))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_two(text: &str) -> Result<(Vec<String>, Vec<i64>)> {
        read("train.csv", text.as_bytes(), &["card".to_owned(), "loan".to_owned()])
    }

    #[test]
    fn quoted_line_feeds_stay_in_the_text() {
        let (texts, labels) =
            read_two("text,category\r\n\"My card\nis \"\"lost\"\"\",card\r\nA loan?,loan\r\n").unwrap();
        assert_eq!(texts, ["My card\nis \"lost\"", "A loan?"]);
        assert_eq!(labels, [0, 1]);
    }

    #[test]
    fn faults_name_the_row() {
        let message = |text| read_two(text).unwrap_err().to_string();
        assert!(message("label,text\n").starts_with("train.csv, row 1: expected the header `text,category`"));
        assert_eq!(
            message("text,category\na,card\nb,cards\n"),
            "train.csv, row 3: `cards` is not a category"
        );
        assert!(message("text,category\na,card,more\n").starts_with("train.csv, row 2: "));
    }
}
