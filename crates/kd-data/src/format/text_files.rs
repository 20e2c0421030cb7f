//! Texts in a file for each class, a line each: the format of the movie reviews of Pang and Lee.

use std::collections::BTreeMap;
use std::path::PathBuf;

use kd_doubt::{Doubt, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Inputs;
use crate::error::{Error, Result};
use crate::original::{Charset, Original};
use crate::splits::{Answers, Raw, Splits, TestOf};

/// Texts in a file for each class, one in every line. Blank lines are passed over and reported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextFiles {
    /// The file of each class: `{ pos = "rt-polarity.pos", neg = "rt-polarity.neg" }`.
    pub classes: BTreeMap<String, PathBuf>,
    /// Where the test examples come from.
    pub test: TestOf<ClassFiles>,
    /// The validation files, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<ClassFiles>,
    /// How bytes become characters.
    #[serde(default)]
    pub charset: Charset,
}

/// A file for each class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassFiles {
    /// The file of each class.
    pub classes: BTreeMap<String, PathBuf>,
}

impl TextFiles {
    pub(crate) fn read(&self) -> Result<Splits> {
        if self.classes.is_empty() {
            return Err(Error::Source("`classes` names no file: expected one for each class".to_owned()));
        }
        let part = |files: &ClassFiles| {
            if let Some(class) = files.classes.keys().find(|class| !self.classes.contains_key(*class)) {
                let known: Vec<&str> = self.classes.keys().map(String::as_str).collect();
                let known = known.join(", ");
                let problem =
                    format!("there is no training file of the class `{class}`; the classes are {known}");
                return Err(Error::Source(problem));
            }
            self.part(&files.classes)
        };
        let validation = self.validation.as_ref().map(part).transpose()?;
        let test = self.test.own().map(part).transpose()?;
        self.test.splits(self.part(&self.classes)?, validation, test, None)
    }

    fn part(&self, classes: &BTreeMap<String, PathBuf>) -> Result<Raw> {
        let files: Result<Vec<(&str, Original)>> =
            classes.iter().map(|(class, path)| Ok((class.as_str(), Original::open(path)?))).collect();
        examples(&files?, self.charset)
    }
}

/// The lines of every class's file.
pub(crate) fn examples(files: &[(&str, Original)], charset: Charset) -> Result<Raw> {
    let (mut texts, mut classes, mut doubts) = (Vec::new(), Vec::new(), Vec::new());
    for (class, original) in files {
        let text = original.text(charset)?;
        let before = texts.len();
        texts.extend(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned));
        if texts.len() == before {
            return Err(original.fault(format!("holds no texts, which are to be those of class `{class}`")));
        }
        classes.resize(texts.len(), (*class).to_owned());
        doubts.extend(blanks(original, &text));
    }
    let names: Vec<&str> = files.iter().map(|(_, original)| original.name.as_str()).collect();
    let (file, inputs, answers) = (names.join(" and "), Inputs::Texts(texts), Answers::Names(classes));
    Ok(Raw { file, first_row: 1, inputs, answers, doubts })
}

/// Lines without a text, but for those at the end.
fn blanks(original: &Original, text: &str) -> Option<Doubt> {
    let mut blank = (1..).zip(text.trim_end().lines()).filter(|(_, line)| line.trim().is_empty());
    let (first, _) = blank.next()?;
    let count = 1 + blank.count();
    let what = if count == 1 {
        "a blank line is passed over".to_owned()
    } else {
        format!("{count} blank lines are passed over")
    };
    Some(
        Doubt::weak(Kind::PassedOver, &original.name, what)
            .seen(format!("the first is line {first}"))
            .advise("take them out, or write accept = [\"passed_over\"] in the task if they are no examples"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, bytes: &[u8]) -> Original {
        Original::from_bytes(name, bytes.to_vec()).unwrap()
    }

    #[test]
    fn a_line_is_a_text_of_its_files_class() {
        let files =
            [("neg", file("a.neg", b"dull \r\nlong\n")), ("pos", file("a.pos", b"caf\xe9\n\n \ngood\n\n"))];
        let raw = examples(&files, Charset::Latin1).unwrap();
        let Inputs::Texts(texts) = &raw.inputs else { panic!("texts expected") };
        assert_eq!(texts, &["dull ", "long", "café", "good"]);
        assert_eq!(raw.answers, Answers::Names(["neg", "neg", "pos", "pos"].map(str::to_owned).to_vec()));
        let [doubt] = &raw.doubts[..] else { panic!("one doubt expected: {:?}", raw.doubts) };
        assert_eq!(doubt.to_string(), "a.pos: 2 blank lines are passed over");
        assert_eq!(doubt.evidence, "the first is line 2");
    }

    #[test]
    fn faults_name_the_file() {
        let message =
            |bytes: &[u8]| examples(&[("pos", file("a.pos", bytes))], Charset::Utf8).unwrap_err().to_string();
        assert_eq!(message(b"\n \n"), "a.pos: holds no texts, which are to be those of class `pos`");
        assert!(message(b"caf\xe9\n").contains("charset = \"latin1\""));
    }
}
