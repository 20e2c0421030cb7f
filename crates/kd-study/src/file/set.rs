//! What `--set PATH=VALUE` puts into a study file.
//!
//! It is put into the parsed TOML, before lists are swept and serde sees it, so that it may be whatever the file may say
//! there and is checked as the file is. Places in a set's text begin where [`problem::places`] says.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{self, Problem};

/// A path and what is put there.
pub(super) struct Set {
    /// The keys that lead to a table.
    path: Vec<Spanned<String>>,
    /// The key there.
    key: Spanned<String>,
    value: Value,
}

enum Value {
    /// A document of the key `v`, behind so many blanks that places in it are those of all texts together.
    Toml(String),
    /// A word that is no TOML, taken as a text.
    Word(Spanned<String>),
}

/// What a set did to a study.
pub(super) struct Changed {
    /// The place of the table that got a value.
    table: Range<usize>,
    /// That of the value's key.
    key: Range<usize>,
    /// Keys that lead to the table.
    path: String,
    /// The first table that was made on the way.
    made: Option<Made>,
}

/// A table that the file has not.
struct Made {
    place: Range<usize>,
    path: String,
    /// What the file has in its place.
    others: Vec<String>,
}

/// What `sets` say, to be put into a file of this text.
pub(super) fn read(text: &str, sets: &[String]) -> Result<Vec<Set>, Problem> {
    problem::places(text, sets).zip(sets).map(|(start, set)| Set::read(set, start)).collect()
}

impl Set {
    fn read(set: &str, start: usize) -> Result<Self, Problem> {
        let found = set.match_indices('=').find_map(|(at, _)| Some((keys(&set[..at])?, at + 1)));
        let Some(((path, key), value)) = found else {
            return Err(Problem::new(
                start..start + set.len(),
                "expected PATH=VALUE",
                "no path before a `=`",
            )
            .help(
                "a path is the keys that lead to a value, such as tasks.digits.student.train.budget.steps=50",
            ));
        };
        let (path, key) = (path.into_iter().map(|key| shifted(key, start)).collect(), shifted(key, start));
        let document = format!("{:>width$}{}", "v=", &set[value..], width = start + value);
        let value = match DeTable::parse(&document) {
            Ok(table) if table.get_ref().len() == 1 => Value::Toml(document),
            Ok(_) => {
                let place = start + value..start + set.len();
                return Err(Problem::new(
                    place,
                    "expected one value, found several keys",
                    "more than a value",
                )
                .help("give each path a --set of its own"));
            }
            Err(error) => {
                if let Some(found) = word(&set[value..]) {
                    Value::Word(shifted(found, start + value))
                } else {
                    let mut problem = Problem::from_toml(&error, start + set.len());
                    if problem.span.is_empty() {
                        problem.span = start..start + set.len();
                    }
                    return Err(problem.help(
                        "a value is written as in the file, texts of several words in quotes; others around all of it \
                         keep it from the shell: --set 'study.seeds=[1, 2]', --set 'study.question=\"Why?\"'",
                    ));
                }
            }
        };
        Ok(Self { path, key, value })
    }

    /// Puts the value in its place, whatever is there, and makes the tables that lead to it.
    pub(super) fn put<'i>(&'i self, root: &mut Spanned<DeTable<'i>>) -> Result<Changed, Problem> {
        fn borrowed(key: &Spanned<String>) -> Spanned<Cow<'_, str>> {
            Spanned::new(key.span(), Cow::Borrowed(key.get_ref().as_str()))
        }
        let (mut place, mut table) = (root.span(), root.get_mut());
        let mut path = String::new();
        let mut made = None;
        for next in &self.path {
            let is_new = made.is_none() && !table.contains_key(next.get_ref().as_str());
            let others = is_new.then(|| table.keys().map(|key| key.get_ref().to_string()).collect());
            path =
                if path.is_empty() { next.get_ref().clone() } else { format!("{path}.{}", next.get_ref()) };
            made = made.or(others.map(|others| Made { place: next.span(), path: path.clone(), others }));
            let empty = || Spanned::new(next.span(), DeValue::Table(DeTable::new()));
            let found = table.entry(borrowed(next)).or_insert_with(empty);
            place = found.span();
            table = match found.get_mut() {
                DeValue::Table(table) => table,
                other => {
                    let what =
                        format!("`{path}` is no table in this study, but of type {}", other.type_str());
                    return Err(Problem::new(next.span(), what, "nothing is below it")
                        .help(format!("put a value in its place: {path}=...")));
                }
            };
        }
        table.insert(borrowed(&self.key), self.value()?);
        Ok(Changed { table: place, key: self.key.span(), path, made })
    }

    fn value(&self) -> Result<Spanned<DeValue<'_>>, Problem> {
        match &self.value {
            Value::Word(word) => {
                Ok(Spanned::new(word.span(), DeValue::String(Cow::Borrowed(word.get_ref().as_str()))))
            }
            Value::Toml(document) => {
                let parsed = DeTable::parse(document).map(Spanned::into_inner);
                let problem = |error: &toml::de::Error| Problem::from_toml(error, document.len());
                let value = parsed.map_err(|error| problem(&error))?.remove("v");
                value.ok_or_else(|| Problem::new(0..0, "expected a value", "here"))
            }
        }
    }
}

impl Changed {
    /// `problem`, told of the set if it is that a choice got another beside it, or that a table lacks what the one that
    /// was meant has.
    pub(super) fn explain(&self, problem: Problem) -> Problem {
        if problem.is_choice() && problem.span == self.table {
            let advice = format!("to take this instead, put all of it in place: '{}={{ ... }}'", self.path);
            return Problem::new(self.key.clone(), problem.message, "beside another").help(advice);
        }
        match &self.made {
            Some(Made { place, path, others })
                if problem.is_lack() && (place.start..self.key.end).contains(&problem.span.start) =>
            {
                let others: Vec<&str> = others.iter().map(String::as_str).collect();
                let key = path.rsplit('.').next().unwrap_or(path);
                let meant = Problem::unknown(place.clone(), "key", key, &others).help.unwrap_or_default();
                let message = format!("{}, and the study file has no `{path}`", problem.message);
                Problem::new(place.clone(), message, "made anew").help(meant)
            }
            Some(_) | None => problem,
        }
    }
}

/// The keys of a path and the last of them, with their places in it.
fn keys(path: &str) -> Option<(Vec<Spanned<String>>, Spanned<String>)> {
    let document = format!("{path}=0");
    let mut table = DeTable::parse(&document).ok()?.into_inner();
    let mut keys = Vec::new();
    loop {
        let mut entries = std::mem::take(&mut table).into_iter();
        let (Some((key, value)), None) = (entries.next(), entries.next()) else { return None };
        let key = Spanned::new(key.span(), key.get_ref().to_string());
        match value.into_inner() {
            DeValue::Table(inner) => table = inner,
            DeValue::Integer(_) => return Some((keys, key)),
            _ => return None,
        }
        keys.push(key);
    }
}

/// A value that is a single word, as names and paths are.
fn word(value: &str) -> Option<Spanned<String>> {
    let found = value.trim();
    let is_plain = |c: char| c.is_alphanumeric() || "_-+./~:@%".contains(c);
    let start = value.len() - value.trim_start().len();
    (!found.is_empty() && found.chars().all(is_plain))
        .then(|| Spanned::new(start..start + found.len(), found.to_owned()))
}

fn shifted(text: Spanned<String>, by: usize) -> Spanned<String> {
    let Range { start, end } = text.span();
    Spanned::new(start + by..end + by, text.into_inner())
}

#[cfg(test)]
mod tests {
    use crate::file::StudyFile;

    const TEXT: &str = "[study]\nname = \"s\"\nseeds = [1]\n[tasks.t]\ndata.catalogue.name = \"d\"\n\
        [tasks.t.teacher]\nmodel.mlp.hidden = [4]\n[tasks.t.student]\nmodel.lenet = {}\nsamples = [1]\n\
        train.optimizer.least_squares = {}\n[arms.a]\nobjective.distillation = { temperature = 4.0 }\n";

    fn with(sets: &[&str]) -> Result<StudyFile, String> {
        let sets: Vec<String> = sets.iter().map(|&set| set.to_owned()).collect();
        let joint = [TEXT].into_iter().chain(sets.iter().map(String::as_str)).collect::<Vec<_>>().join("\n");
        StudyFile::parse_with(TEXT, &sets).map_err(|problem| {
            let help = problem.help.as_deref().unwrap_or("-");
            format!("`{}`: {} | {} | {help}", &joint[problem.span], problem.message, problem.label)
        })
    }

    #[test]
    fn values_are_replaced_and_made_at_any_depth() {
        let file = with(&[
            "study.seeds=[3, 4]",
            "study.name=from-here",
            "tasks.\"t\".student.samples=[5,\n\"all\"]",
            "tasks.t.teacher.model={ lenet = {} }",
            "tasks.t.student.train.budget.steps=50",
            "tasks.t.student.train.budget.steps=60",
            "arms.'a=b'.objective.cross_entropy={}",
            "arms.a.objective.distillation.temperature=[1, 2.0]",
        ])
        .unwrap();
        assert_eq!(file.study.name.as_str(), "from-here");
        assert_eq!(file.study.seeds.get_ref().len(), 2);
        let task = &file.tasks[0][0].file;
        assert_eq!(task.student.samples.get_ref().len(), 2);
        let budget = task.student.train.get_ref().budget.unwrap();
        assert_eq!(serde_json::to_string(&budget).unwrap(), r#"{"steps":60}"#);
        let model = task.teacher.get_ref().model.as_ref().unwrap();
        assert_eq!(serde_json::to_string(model.get_ref()).unwrap(), r#"{"lenet":{}}"#);
        let arms: Vec<&str> = file.arms.keys().map(String::as_str).collect();
        assert_eq!(arms, ["a (temperature = 1)", "a (temperature = 2)", "a=b"]);
    }

    #[test]
    fn what_is_wrong_is_said_of_the_sets_own_text() {
        let said = |set: &str| with(&["study.confidence=0.9", set]).unwrap_err();
        let mut all = String::new();
        for set in [
            "",
            "tasks",
            "tasks..t=1",
            "=1",
            "study.seeds=",
            "study.seeds=[1",
            "study.question=What is it?",
            "study.seeds=1, 2",
            "study.seeds=[1]\nname='n'",
            "study.seeds=5",
            "study.seeds=many",
            "study.sedes=[1]",
            "study.name.first=[1]",
            "tasks.t.student.samples.first=2",
            "tasks.t.student=1",
            "tasks.u.student.samples=[1]",
            "task.t.student.samples=[1]",
            "tasks.t.teacher.model.lenet={}",
            "tasks.t.teacher.model={ lenet = {}, mlp.hidden = [] }",
            "arms.a.objective.distillation.temperature=[]",
            "arms.a.objective.distillation={ temprature = 4 }",
        ] {
            all.push_str(&format!("--set {set}\n  {}\n", said(set)));
        }
        insta::assert_snapshot!(all);
    }
}
