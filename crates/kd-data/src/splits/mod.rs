//! From what files hold to a data set's splits.

mod classes;
mod fingerprint;
mod test_of;
mod texts;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use kd_doubt::Doubt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Place, Result};
use crate::{Examples, Inputs, Targets, ranking};

pub use test_of::TestOf;

/// Where the test examples come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestSplit {
    /// A file (or folder) of its own, laid out as the training file is.
    Path(PathBuf),
    /// This share of the examples, drawn once and for all; of every class its share.
    Fraction(f64),
    /// This share of the examples, from the end of the file.
    Last(f64),
}

impl TestSplit {
    /// The training file and, if the test examples have their own, that one.
    pub(crate) fn paths<'a>(&'a self, training: &'a Path) -> Vec<&'a Path> {
        match self {
            Self::Path(path) => vec![training, path],
            Self::Fraction(_) | Self::Last(_) => vec![training],
        }
    }

    pub(crate) fn path_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::Path(path) => Some(path),
            Self::Fraction(_) | Self::Last(_) => None,
        }
    }
}

/// Examples as a file holds them: classes still go by their names.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) file: String,
    /// Row of the file that the first example is, counted from 1.
    pub(crate) first_row: u64,
    pub(crate) inputs: Inputs,
    pub(crate) answers: Answers,
    /// What was seen in it that is probably a mistake.
    pub(crate) doubts: Vec<Doubt>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answers {
    Names(Vec<String>),
    Numbers(Vec<f32>),
    NextToken,
}

/// A data set but for what is said of it.
#[derive(Debug)]
pub(crate) struct Splits {
    pub(crate) classes: Vec<String>,
    pub(crate) train: Examples,
    pub(crate) validation: Option<Examples>,
    pub(crate) test: Examples,
    /// What was seen in the files that is probably a mistake.
    pub(crate) doubts: Vec<Doubt>,
}

impl Splits {
    /// The splits of a training file's examples and, if there is one, a test file's, as `test` says.
    pub(crate) fn of(
        mut raws: Vec<Raw>,
        validation: Option<Raw>,
        listed: Option<Vec<String>>,
        test: &TestSplit,
    ) -> Result<Self> {
        let alone = raws.len() == 1;
        raws.extend(validation);
        let mut doubts: Vec<Doubt> =
            raws.iter_mut().flat_map(|raw| std::mem::take(&mut raw.doubts)).collect();
        doubts.extend(raws.iter().filter_map(texts::empty));
        if listed.is_none() {
            doubts.extend(raws.first().into_iter().flat_map(classes::doubts));
        }
        let file = raws.first().map(|raw| raw.file.clone()).unwrap_or_default();
        let (classes, examples) = label(raws, listed)?;
        let mut examples = examples.into_iter();
        let mut next = || examples.next().ok_or(Error::NoExamples);
        let (train, test) = if alone { divide(&next()?, test)? } else { (next()?, next()?) };
        doubts.extend(classes::untaught(&file, &classes, &train, &test));
        Ok(Self { classes, train, validation: next().ok(), test, doubts })
    }

    /// Training, validation (if there is one) and test examples in parts of their own.
    pub(crate) fn official(
        train: Raw,
        validation: Option<Raw>,
        test: Raw,
        listed: Option<Vec<String>>,
    ) -> Result<Self> {
        Self::of(vec![train, test], validation, listed, &TestSplit::Path(PathBuf::new()))
    }
}

fn divide(examples: &Examples, test: &TestSplit) -> Result<(Examples, Examples)> {
    let (TestSplit::Fraction(fraction) | TestSplit::Last(fraction)) = *test else {
        return Err(Error::NoExamples);
    };
    if !(fraction > 0.0 && fraction < 1.0) {
        return Err(Error::Source(format!(
            "a share of {fraction} cannot be for testing: expected one between 0 and 1"
        )));
    }
    let (train, test): (Vec<usize>, Vec<usize>) = match test {
        TestSplit::Last(_) => {
            let first = ((1.0 - fraction) * examples.len() as f64).round() as usize;
            ((0..first).collect(), (first..examples.len()).collect())
        }
        _ => ranking::holdout(0, "test", examples, fraction),
    };
    if train.is_empty() || test.is_empty() {
        let count = examples.len();
        return Err(Error::Source(format!(
            "a share of {fraction} leaves nothing on one side of {count} examples"
        )));
    }
    Ok((examples.select(&train)?, examples.select(&test)?))
}

/// The classes, from `listed` or else from the training examples (the first), and all examples with indices into them.
fn label(raws: Vec<Raw>, listed: Option<Vec<String>>) -> Result<(Vec<String>, Vec<Examples>)> {
    if let Some(raw) = raws.iter().find(|raw| raw.inputs.is_empty()) {
        return Err(Error::file(&raw.file, "holds no examples"));
    }
    let classes = listed.unwrap_or_else(|| match raws.first().map(|raw| &raw.answers) {
        Some(Answers::Names(names)) => in_order(names),
        _ => Vec::new(),
    });
    let indices: HashMap<&str, i64> = classes.iter().map(String::as_str).zip(0..).collect();
    if indices.len() < classes.len() {
        return Err(Error::Source(format!("a class is listed twice among {}", classes.join(", "))));
    }
    let examples = raws
        .into_iter()
        .map(|raw| {
            let index = |(row, name): (u64, &String)| {
                if name.trim().is_empty() {
                    let problem = "the class is missing: expected one for every example";
                    return Err(Error::in_file(&raw.file, Place::Row(raw.first_row + row), problem));
                }
                indices.get(name.as_str()).copied().ok_or_else(|| {
                    let near = classes::near(name, &classes);
                    let near = near.map(|near| format!(", but `{near}` is")).unwrap_or_default();
                    let problem =
                        format!("`{name}` is not a class{near}; the classes are {}", enumerate(&classes));
                    Error::in_file(&raw.file, Place::Row(raw.first_row + row), problem)
                })
            };
            let targets = match &raw.answers {
                Answers::Names(names) => {
                    Targets::Classes((0..).zip(names).map(index).collect::<Result<_>>()?)
                }
                Answers::Numbers(numbers) => Targets::Numbers(numbers.clone()),
                Answers::NextToken => Targets::NextToken,
            };
            Ok(Examples { inputs: raw.inputs, targets })
        })
        .collect::<Result<Vec<Examples>>>()?;
    Ok((classes, examples))
}

/// The distinct names, in numerical order if all are integers and else alphabetically.
fn in_order(names: &[String]) -> Vec<String> {
    let distinct: BTreeSet<&String> = names.iter().collect();
    let mut classes: Vec<String> = distinct.into_iter().cloned().collect();
    if classes.iter().all(|name| name.parse::<i64>().is_ok()) {
        classes.sort_by_key(|name| name.parse::<i64>().ok());
    }
    classes
}

/// The first few, for a message.
fn enumerate(classes: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = classes[..classes.len().min(SHOWN)].join(", ");
    if classes.len() > SHOWN { format!("{shown} and {} more", classes.len() - SHOWN) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(names: &[&str]) -> Raw {
        Raw {
            file: "file".into(),
            first_row: 2,
            inputs: Inputs::Texts(names.iter().map(|&name| format!("a {name}")).collect()),
            answers: Answers::Names(names.iter().map(|&name| name.to_owned()).collect()),
            doubts: Vec::new(),
        }
    }

    #[test]
    fn classes_are_in_numerical_or_alphabetical_order() {
        let names = |names: &[&str]| in_order(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&["10", "9", "10"]), ["9", "10"]);
        assert_eq!(names(&["b", "10", "a"]), ["10", "a", "b"]);
    }

    #[test]
    fn a_file_is_divided_as_asked() {
        let names = ["a", "b", "b", "a", "b", "b", "a", "b", "b", "b"];
        let last = Splits::of(vec![raw(&names)], None, None, &TestSplit::Last(0.3)).unwrap();
        assert_eq!(last.test.labels().unwrap(), [1, 1, 1]);
        let drawn = Splits::of(vec![raw(&names)], None, None, &TestSplit::Fraction(0.3)).unwrap();
        assert_eq!((drawn.train.len(), drawn.test.len()), (7, 3));
        assert_eq!(drawn.test.labels().unwrap().iter().filter(|&&label| label == 0).count(), 1);
        assert!(Splits::of(vec![raw(&names)], None, None, &TestSplit::Last(1.0)).is_err());
        assert!(Splits::of(vec![raw(&names)], None, None, &TestSplit::Last(0.01)).is_err());
        assert!(Splits::of(vec![raw(&names)], None, None, &TestSplit::Fraction(f64::NAN)).is_err());
    }

    #[test]
    fn classes_come_from_training() {
        let own = TestSplit::Path("test".into());
        let fault = Splits::of(vec![raw(&["a", "b"]), raw(&["b", "c"])], None, None, &own).unwrap_err();
        assert_eq!(fault.to_string(), "file, row 3: `c` is not a class; the classes are a, b");
        let listed = Some(vec!["c".to_owned(), "b".to_owned(), "a".to_owned()]);
        let splits = Splits::of(vec![raw(&["a", "b"]), raw(&["b", "c"])], None, listed, &own).unwrap();
        assert_eq!(splits.test.labels().unwrap(), [1, 0]);
        assert!(Splits::of(vec![raw(&[]), raw(&["b"])], None, None, &own).is_err());
        let fault = Splits::of(vec![raw(&["a", " "]), raw(&["a"])], None, None, &own).unwrap_err();
        assert_eq!(fault.to_string(), "file, row 3: the class is missing: expected one for every example");
        let fault = Splits::of(vec![raw(&["a", "b"]), raw(&["B "])], None, None, &own).unwrap_err();
        assert_eq!(fault.to_string(), "file, row 2: `B ` is not a class, but `b` is; the classes are a, b");
    }
}
