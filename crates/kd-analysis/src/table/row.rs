//! One run in the results table.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Column, Kind, columns, find, named};
use crate::datum::Datum;
use crate::error::{Error, Result};
use crate::place::Place;
use crate::role::Role;
use crate::study::Score;

/// One run: its place, and a value for every column that it has one of. In JSON, an object with a key for each column;
/// one that is left out is empty, but for task, arm, role, M, seed and outcome, which every row has.
///
/// Copies share what they hold: a table has many rows, and findings keep all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow(Arc<Held>);

/// What a row holds.
#[derive(Debug, Clone, PartialEq)]
struct Held {
    place: Place,
    role: Role,
    outcome: Outcome,
    values: Values,
}

/// Values by the name of their column, sorted by it. Most rows lack most columns, so neither a map nor a place for each
/// column would be as small.
#[derive(Debug, Clone, PartialEq)]
struct Values(Vec<(&'static str, Datum)>);

impl Values {
    fn get(&self, column: &str) -> Option<&Datum> {
        self.place(column).ok().map(|index| &self.0[index].1)
    }

    fn insert(&mut self, column: &'static str, value: Datum) {
        match self.place(column) {
            Ok(index) => self.0[index].1 = value,
            Err(index) => self.0.insert(index, (column, value)),
        }
    }

    fn place(&self, column: &str) -> std::result::Result<usize, usize> {
        self.0.binary_search_by(|(name, _)| (*name).cmp(column))
    }
}

impl FromIterator<(&'static str, Datum)> for Values {
    fn from_iter<T: IntoIterator<Item = (&'static str, Datum)>>(values: T) -> Self {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by_key(|(name, _)| *name);
        Self(values)
    }
}

/// Whether a run trained to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did.
    Finished,
    /// It did not.
    Failed,
}

/// The key under which a row's JSON has the levels of its factors.
const FACTORS: &str = "factors";

impl RunRow {
    /// The row of a run's document, the JSON of a [`RunDocument`](super::RunDocument).
    ///
    /// # Errors
    /// If it has no task, arm, role, M, seed or outcome.
    pub fn of(document: &Value) -> Result<Self> {
        let values = columns().filter_map(|column| Some((column.name, column.read(document)?)));
        let factors = document.pointer("/place/factors").cloned().map(serde_json::from_value).transpose()?;
        Self::checked(values, factors.unwrap_or_default())
    }

    /// The row of these values, each of the kind of its column, with the levels of its factors.
    ///
    /// # Errors
    /// If there is no task, arm, role, M, seed or outcome among them.
    pub fn of_values(
        values: impl IntoIterator<Item = (&'static Column, Datum)>,
        factors: BTreeMap<String, Datum>,
    ) -> Result<Self> {
        Self::checked(values.into_iter().map(|(column, value)| (column.name, value)), factors)
    }

    /// The row of these values, whose place, role and outcome they tell. Counts are never empty.
    pub(super) fn checked(
        values: impl IntoIterator<Item = (&'static str, Datum)>,
        factors: BTreeMap<String, Datum>,
    ) -> Result<Self> {
        let mut values: Values = values.into_iter().collect();
        let has = |column: &'static Column| values.get(column.name).ok_or(Error::NoValue(column.name));
        let text = |column| has(column).map(|datum| datum.text().unwrap_or_default());
        let count = |column| has(column).map(|datum| datum.count().unwrap_or_default());
        let unknown = |column, found: &str| Error::UnknownWord { column, found: found.to_owned() };
        let place = Place {
            task: text(const { named("task") })?.to_owned(),
            arm: text(const { named("arm") })?.to_owned(),
            factors,
            samples: count(const { named("samples") })?,
            seed: count(const { named("seed") })?,
        };
        let control_of = values.get(const { named("control_of") }.name).and_then(Datum::text);
        let role = text(const { named("role") })?;
        let role = Role::of_columns(role, control_of).ok_or_else(|| unknown("role", role))?;
        let outcome = text(const { named("outcome") })?;
        let outcome = serde_json::from_value(outcome.into()).map_err(|_| unknown("outcome", outcome))?;
        for column in columns().filter(|column| column.kind == Kind::Count) {
            if values.get(column.name).is_none() {
                values.insert(column.name, Datum::Count(0));
            }
        }
        values.0.shrink_to_fit();
        Ok(Self(Arc::new(Held { place, role, outcome, values })))
    }

    /// Where it stands in the study.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// What its arm is for.
    #[must_use]
    pub fn role(&self) -> &Role {
        &self.0.role
    }

    /// Whether it trained to the end.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// Its id, in hexadecimal; empty where it has none.
    #[must_use]
    pub fn run(&self) -> &str {
        self.text(const { named("run") }).unwrap_or_default()
    }

    /// Whether both are of one run, which places can share.
    pub(crate) fn is_same_run(&self, other: &Self) -> bool {
        !self.run().is_empty() && self.run() == other.run()
    }

    /// Why it failed, if it did and the reason is known.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.text(const { named("reason") })
    }

    /// Its value in a column.
    #[must_use]
    pub fn get(&self, column: &Column) -> Option<&Datum> {
        self.0.values.get(column.name)
    }

    /// Its words in a column.
    #[must_use]
    pub fn text(&self, column: &Column) -> Option<&str> {
        self.get(column)?.text()
    }

    /// Its number in a column.
    #[must_use]
    pub fn number(&self, column: &Column) -> Option<f64> {
        self.get(column)?.number()
    }

    /// Whether it is so, by a column.
    #[must_use]
    pub fn flag(&self, column: &Column) -> Option<bool> {
        self.get(column)?.flag()
    }

    /// The row with another value in a column.
    pub(crate) fn with(mut self, column: &'static Column, value: Datum) -> Self {
        Arc::make_mut(&mut self.0).values.insert(column.name, value);
        self
    }

    /// The accuracy, or R², that is analysed; none for a run that failed.
    #[must_use]
    pub fn score(&self, score: Score) -> Option<f64> {
        match score {
            Score::LastStep => self
                .number(const { named("test_accuracy") })
                .or_else(|| self.number(const { named("test_r2") })),
            Score::ValidationBest => self.number(const { named("test_score_at_best") }),
        }
    }
}

impl Serialize for RunRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for column in columns() {
            map.serialize_entry(column.name, &self.get(column))?;
        }
        if !self.0.place.factors.is_empty() {
            map.serialize_entry(FACTORS, &self.0.place.factors)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for RunRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        use serde::de::Error as _;

        let mut written: BTreeMap<String, Value> = BTreeMap::deserialize(deserializer)?;
        let factors = written.remove(FACTORS).map(serde_json::from_value).transpose();
        let mut values = BTreeMap::new();
        for (name, value) in written.into_iter().filter(|(_, value)| !value.is_null()) {
            let column = find(&name).ok_or_else(|| D::Error::custom(Error::UnknownColumn(name)))?;
            let datum = column.kind.datum(&value).ok_or_else(|| {
                D::Error::custom(Error::WrongKind {
                    column: column.name,
                    kind: column.kind.name(),
                    found: value.to_string(),
                })
            })?;
            values.insert(column.name, datum);
        }
        let factors = factors.map_err(D::Error::custom)?.unwrap_or_default();
        Self::checked(values, factors).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written() -> Value {
        json!({
            "run": "f00", "task": "digits", "arm": "shuffled", "role": "permuted", "control_of": "distilled",
            "samples": 40, "seed": 11, "outcome": "finished", "test_accuracy": 0.75, "converged": true,
        })
    }

    fn read(changes: &[(&str, Value)]) -> std::result::Result<RunRow, String> {
        let mut row = written();
        for (name, value) in changes {
            row[*name] = value.clone();
        }
        serde_json::from_value(row).map_err(|error| error.to_string())
    }

    #[test]
    fn a_row_is_read_by_column_and_written_whole() {
        let row = read(&[("factors", json!({"width": 512}))]).unwrap();
        assert_eq!((row.run(), row.place().samples, row.place().seed), ("f00", 40, 11));
        assert_eq!(row.role().control_of(), Some("distilled"));
        assert_eq!(row.place().factors["width"], Datum::Count(512));
        assert_eq!((row.outcome(), row.reason()), (Outcome::Finished, None));
        let json = serde_json::to_value(&row).unwrap();
        assert_eq!(json.as_object().unwrap().len(), columns().count() + 1, "all columns and the factors");
        assert_eq!((&json["test_nll"], &json["steps"]), (&Value::Null, &json!(0)), "a count is never empty");
        let again: RunRow = serde_json::from_value(json).unwrap();
        assert_eq!((again.place(), again.score(Score::LastStep)), (row.place(), Some(0.75)));
        let without = serde_json::to_value(read(&[]).unwrap()).unwrap();
        assert!(without.get("factors").is_none());
    }

    #[test]
    fn the_score_is_that_asked_for() {
        let row = read(&[("test_score_at_best", json!(0.8)), ("test_r2", json!(0.1))]).unwrap();
        assert_eq!((row.score(Score::LastStep), row.score(Score::ValidationBest)), (Some(0.75), Some(0.8)));
        let numbers = read(&[("test_accuracy", Value::Null), ("test_r2", json!(0.1))]).unwrap();
        assert_eq!((numbers.score(Score::LastStep), numbers.score(Score::ValidationBest)), (Some(0.1), None));
    }

    #[test]
    fn copies_share_what_they_hold_until_one_is_changed() {
        let row = read(&[]).unwrap();
        let copy = row.clone();
        assert!(Arc::ptr_eq(&row.0, &copy.0));
        let changed = copy.with(const { named("chosen") }, Datum::Flag(true));
        assert_eq!(row.flag(const { named("chosen") }), None);
        assert_eq!(changed.flag(const { named("chosen") }), Some(true));
        let again = changed.with(const { named("chosen") }, Datum::Flag(false));
        assert_eq!(again.flag(const { named("chosen") }), Some(false), "replaced, not added");
        assert_eq!(
            again.number(const { named("test_accuracy") }),
            row.number(const { named("test_accuracy") })
        );
        // A hundred thousand rows of fifty values fit into a few hundred megabytes.
        assert!(size_of::<(&str, Datum)>() <= 40);
    }

    #[test]
    fn what_is_no_row_is_refused() {
        for (name, value, said) in [
            ("task", Value::Null, "a row has no value in the column `task`"),
            ("seed", Value::Null, "a row has no value in the column `seed`"),
            ("role", json!("control"), "`control` in the column `role`"),
            ("outcome", json!("ended"), "`ended` in the column `outcome`"),
            ("test_acuracy", json!(0.5), "no column `test_acuracy`"),
            ("samples", json!(-4), "the column `samples` holds a count, found -4"),
            ("factors", json!({"width": [1]}), "did not match"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
