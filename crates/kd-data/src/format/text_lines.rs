//! Lines of a class, a blank and a text: the format of TREC's questions.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Inputs;
use crate::error::Result;
use crate::original::{Charset, Original};
use crate::splits::{Answers, Raw, TestSplit};

/// Texts in lines of `class text`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextLines {
    /// The training file.
    pub path: PathBuf,
    /// Where the test examples come from.
    pub test: TestSplit,
    /// The validation file, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<PathBuf>,
    /// Only what precedes this character is the class: with ":", `DESC:manner` is of class `DESC`.
    #[serde(default)]
    pub class_ends: Option<char>,
    /// How bytes become characters.
    #[serde(default)]
    pub charset: Charset,
}

impl TextLines {
    pub(crate) fn read(&self, original: &Original) -> Result<Raw> {
        let text = original.text(self.charset)?;
        let mut texts = Vec::new();
        let mut classes = Vec::new();
        // An editor may have left blank lines at the end.
        for (row, line) in (1..).zip(text.trim_end_matches(['\n', '\r']).lines()) {
            let Some((label, text)) = line.split_once(' ').filter(|(label, _)| !label.is_empty()) else {
                return Err(original.row(row, "expected a class, a blank and a text"));
            };
            let class = match self.class_ends {
                None => label,
                Some(end) => label.split_once(end).map(|(class, _)| class).ok_or_else(|| {
                    original
                        .row(row, format!("the class `{label}` does not hold the `{end}` that should end it"))
                })?,
            };
            classes.push(class.to_owned());
            texts.push(text.to_owned());
        }
        Ok(Raw {
            file: original.name.clone(),
            first_row: 1,
            inputs: Inputs::Texts(texts),
            answers: Answers::Names(classes),
            doubts: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], class_ends: Option<char>) -> Result<Raw> {
        let layout = TextLines {
            path: "a.label".into(),
            test: TestSplit::Fraction(0.5),
            validation: None,
            class_ends,
            charset: Charset::Latin1,
        };
        layout.read(&Original::from_bytes("a.label", text.to_vec())?)
    }

    #[test]
    fn classes_may_be_coarse() {
        let text = b"DESC:manner How is caf\xe9 made ?\nHUM:ind Who ?\n";
        let raw = read(text, Some(':')).unwrap();
        assert_eq!(raw.answers, Answers::Names(vec!["DESC".into(), "HUM".into()]));
        let Inputs::Texts(texts) = raw.inputs else { panic!("texts expected") };
        assert_eq!(texts[0], "How is café made ?");
        assert_eq!(
            read(text, None).unwrap().answers,
            Answers::Names(vec!["DESC:manner".into(), "HUM:ind".into()])
        );
    }

    #[test]
    fn faults_name_the_row() {
        let message = |text, end| read(text, end).unwrap_err().to_string();
        assert_eq!(message(b"a b\nword\n", None), "a.label, row 2: expected a class, a blank and a text");
        assert_eq!(read(b"a b\r\nc d\r\n\r\n\n", None).unwrap().inputs.len(), 2);
        assert_eq!(message(b"a b\n\nc d\n", None), "a.label, row 2: expected a class, a blank and a text");
        assert!(message(b"DESC How ?\n", Some(':')).starts_with("a.label, row 1: the class `DESC`"));
    }
}
