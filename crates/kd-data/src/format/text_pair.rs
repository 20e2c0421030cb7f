//! Texts in one file and their classes in another, line by line: the format of SNIPS and ATIS.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Inputs;
use crate::error::Result;
use crate::original::{Charset, Original};
use crate::splits::{Answers, Raw, Splits, TestOf};

/// Texts in one file and their classes in another, a line each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextPair {
    /// The file of the training texts.
    pub texts: PathBuf,
    /// The file of their classes.
    pub labels: PathBuf,
    /// Where the test examples come from.
    pub test: TestOf<PairFiles>,
    /// The validation files, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<PairFiles>,
    /// How bytes become characters.
    #[serde(default)]
    pub charset: Charset,
}

/// A file of texts and one of their classes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PairFiles {
    /// The texts.
    pub texts: PathBuf,
    /// Their classes.
    pub labels: PathBuf,
}

impl TextPair {
    pub(crate) fn read(&self) -> Result<Splits> {
        let part = |files: &PairFiles| {
            examples(&Original::open(&files.texts)?, &Original::open(&files.labels)?, self.charset)
        };
        let train = part(&PairFiles { texts: self.texts.clone(), labels: self.labels.clone() })?;
        let validation = self.validation.as_ref().map(part).transpose()?;
        let test = self.test.own().map(part).transpose()?;
        self.test.splits(train, validation, test, None)
    }
}

/// The texts, each with the class in the same line of the other file; blank lines at the end mean nothing.
pub(crate) fn examples(texts: &Original, labels: &Original, charset: Charset) -> Result<Raw> {
    let (text, label) = (texts.text(charset)?, labels.text(charset)?);
    let classes: Vec<&str> = label.trim_end().lines().map(str::trim).collect();
    let mut lines: Vec<&str> = text.lines().collect();
    while lines.len() > classes.len() && lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    if lines.len() != classes.len() {
        let problem = format!(
            "{} lines of classes, but {} lines of texts in {}: expected a class for each text, line by line",
            classes.len(),
            lines.len(),
            texts.name
        );
        return Err(labels.fault(problem));
    }
    if let Some(row) = classes.iter().position(|class| class.is_empty()) {
        let problem =
            format!("a blank line, where the class of line {} of {} is expected", row + 1, texts.name);
        return Err(labels.row(row as u64 + 1, problem));
    }
    Ok(Raw {
        file: labels.name.clone(),
        first_row: 1,
        inputs: Inputs::Texts(lines.into_iter().map(str::to_owned).collect()),
        answers: Answers::Names(classes.into_iter().map(str::to_owned).collect()),
        doubts: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &str, labels: &str) -> Result<Raw> {
        let file = |name: &str, text: &str| Original::from_bytes(name, text.into());
        examples(&file("seq.in", texts)?, &file("label", labels)?, Charset::Utf8)
    }

    #[test]
    fn a_text_has_the_class_of_its_line() {
        let raw = read("play it\r\nrain ?\r\n\r\n", "PlayMusic \nGetWeather\n\n").unwrap();
        let Inputs::Texts(texts) = raw.inputs else { panic!("texts expected") };
        assert_eq!(texts, ["play it", "rain ?"]);
        assert_eq!(raw.answers, Answers::Names(vec!["PlayMusic".into(), "GetWeather".into()]));
    }

    #[test]
    fn faults_name_both_files() {
        let message = |texts, labels| read(texts, labels).unwrap_err().to_string();
        assert_eq!(
            message("a\nb\nc\n", "x\ny\n"),
            "label: 2 lines of classes, but 3 lines of texts in seq.in: expected a class for each text, line by line"
        );
        assert!(message("a\n", "x\ny\n").contains("2 lines of classes, but 1 lines of texts in seq.in"));
        assert_eq!(
            message("a\nb\nc\n", "x\n\ny\n"),
            "label, row 2: a blank line, where the class of line 2 of seq.in is expected"
        );
    }
}
