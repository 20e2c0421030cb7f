//! What is wrong with a table, in words that say what to do.

use crate::error::{listed, meant};

/// A table that cannot be read, or says what cannot be.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct TableError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub problem: Box<Problem>,
}

/// What is wrong with a table. Rows are counted from 1, the header not among them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The file is something else.
    #[error("this is {found}; {advice}")]
    NoTable {
        /// What it is.
        found: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// The file is damaged, or polars refuses it.
    #[error("could not be read as {format}: {why}")]
    Unreadable {
        /// What it begins like.
        format: &'static str,
        /// What the reader says.
        why: String,
    },
    /// Nothing but a header.
    #[error("the table has no rows, only the columns {}", listed(.columns))]
    NoRows {
        /// Its columns.
        columns: Vec<String>,
    },
    /// The first line is one of values.
    #[error("the first line holds numbers, `{first}`; it must name the columns, such as arm,M,seed,acc")]
    NoHeader {
        /// The first of them.
        first: String,
    },
    /// Two columns have one name.
    #[error("two columns are called `{name}`; give one of them another name")]
    SameName {
        /// Their name.
        name: String,
    },
    /// A row has more or fewer fields than the header.
    #[error(
        "row {row} has {found} fields and the header {expected}; a text with a separator in it must stand in double quotes"
    )]
    Ragged {
        /// Its number.
        row: usize,
        /// Its fields.
        found: usize,
        /// Those of the header.
        expected: usize,
    },
    /// A column that is needed is not there.
    #[error(
        "no column for {wanted}: it may be called {}.{} The table has {}; --column {ours}=NAME says that NAME is that one",
        listed(.names), meant(.nearest.as_deref()), listed(.columns)
    )]
    NoColumn {
        /// What it is for.
        wanted: String,
        /// Our name of it.
        ours: &'static str,
        /// What it may be called.
        names: Vec<String>,
        /// What the table has.
        columns: Vec<String>,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A column that was named is not there.
    #[error("{option} names the column `{name}`, which is not there;{} the table has {}", meant(.nearest.as_deref()), listed(.columns))]
    UnknownColumn {
        /// Where it is named.
        option: &'static str,
        /// Its name.
        name: String,
        /// What the table has.
        columns: Vec<String>,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// Two columns could be the same one of ours.
    #[error(
        "`{one}` and `{other}` may both be `{ours}`; say which: --column {ours}={one}, or --column {ours}={other}"
    )]
    Ambiguous {
        /// Our name.
        ours: &'static str,
        /// One.
        one: String,
        /// The other.
        other: String,
    },
    /// Several columns could be analysed.
    #[error("the table has no accuracy and no R²; say which column is analysed: {}", .columns.iter().map(|name| format!("--metric {name}")).collect::<Vec<_>>().join(", "))]
    WhichMetric {
        /// Those that could be.
        columns: Vec<String>,
    },
    /// What was asked to be analysed cannot be.
    #[error("--metric `{name}` is none that findings can be about;{} there are {}", meant(.nearest.as_deref()), listed(.known))]
    NoMetric {
        /// Its name.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
        /// Those that there are.
        known: Vec<String>,
    },
    /// A column has a type that is not read.
    #[error(
        "the column `{column}` is stored as {found}, which is not read; write it as text, int64 or float64"
    )]
    WrongType {
        /// Its name.
        column: String,
        /// Its type.
        found: String,
    },
    /// Values are missing where each row needs one.
    #[error("the column `{column}` is empty in {}; every row needs {wanted}", in_rows(.rows, *.count))]
    Missing {
        /// Its name.
        column: String,
        /// What is needed.
        wanted: &'static str,
        /// The first of the rows.
        rows: Vec<usize>,
        /// How many there are.
        count: usize,
    },
    /// Values are none of their kind.
    #[error("the column `{column}` holds {wanted}, and `{found}` in {}; correct it there, or leave it empty where nothing is known", in_rows(.rows, *.count))]
    Odd {
        /// Its name.
        column: String,
        /// What is expected.
        wanted: String,
        /// The first that is none.
        found: String,
        /// The first of the rows.
        rows: Vec<usize>,
        /// How many there are.
        count: usize,
    },
    /// A word is none of those that a column has.
    #[error("`{found}` in the column `{column}`, row {row}, is none of its words;{} they are {}", meant(.nearest.as_deref()), listed(.known))]
    UnknownWord {
        /// Its name.
        column: String,
        /// What is there.
        found: String,
        /// The row.
        row: usize,
        /// What was probably meant.
        nearest: Option<String>,
        /// Its words.
        known: Vec<String>,
    },
    /// Shares are above 1.
    #[error(
        "the column `{column}` is {found} in row {row}, above 1: if its values are in per cent, say --percent; a loss is named with \
         --metric, such as --metric test_nll"
    )]
    AboveOne {
        /// Its name.
        column: String,
        /// The value.
        found: f64,
        /// The row.
        row: usize,
    },
    /// Shares are out of their range.
    #[error("the column `{column}` is {found} in row {row}; {range}")]
    OutOfRange {
        /// Its name.
        column: String,
        /// The value.
        found: f64,
        /// The row.
        row: usize,
        /// What it may be.
        range: &'static str,
    },
    /// Nothing is in per cent.
    #[error(
        "--percent, and no value of the column `{column}` is above 1: they are shares already; leave --percent out"
    )]
    NoPercent {
        /// Its name.
        column: String,
    },
    /// Rows of one run.
    #[error("rows {first} and {second}{} are all of {place}; {advice}", if *.count > 2 { format!(" and {} more", .count - 2) } else { String::new() })]
    Duplicates {
        /// One row.
        first: usize,
        /// Another.
        second: usize,
        /// How many there are.
        count: usize,
        /// What they are of.
        place: String,
        /// What to do.
        advice: String,
    },
    /// An arm that was named is not there.
    #[error("{option} names the arm `{arm}`, which is not there;{} the table has {}", meant(.nearest.as_deref()), listed(.known))]
    UnknownArm {
        /// Where it is named.
        option: &'static str,
        /// Its name.
        arm: String,
        /// What was probably meant.
        nearest: Option<String>,
        /// Those that there are.
        known: Vec<String>,
    },
    /// Nobody plays this part.
    #[error("no arm is {part}: say which with {option} ARM; the arms are {}", listed(.arms))]
    NoArm {
        /// What is missing.
        part: &'static str,
        /// What to type.
        option: &'static str,
        /// Those that there are.
        arms: Vec<String>,
    },
    /// One arm plays two parts.
    #[error("the arm `{arm}` is both {one} and {other}; an arm has one part")]
    TwoRoles {
        /// The arm.
        arm: String,
        /// One.
        one: String,
        /// The other.
        other: String,
    },
    /// What was typed cannot be read.
    #[error("{option} {found}: expected {expected}")]
    Option {
        /// The option.
        option: &'static str,
        /// What was typed.
        found: String,
        /// What is expected.
        expected: String,
    },
    /// It is not said of whom a control is one.
    #[error("--control {kind}={arm}: there are the distilled arms {}; say whose control it is: --control {kind}={arm}:NAME", listed(.known))]
    OfWhom {
        /// The kind.
        kind: String,
        /// The arm.
        arm: String,
        /// The distilled arms.
        known: Vec<String>,
    },
    /// Polars refused.
    #[error("{0}")]
    Polars(#[from] polars::error::PolarsError),
    /// A row cannot be.
    #[error("row {row}: {why}")]
    Row {
        /// Its number.
        row: usize,
        /// Why.
        why: String,
    },
}

/// `row 3`, `rows 3 and 5`, `rows 3, 5, 8 and 12 more`.
pub(super) fn in_rows(rows: &[usize], count: usize) -> String {
    let shown: Vec<String> = rows.iter().map(ToString::to_string).collect();
    match (shown.as_slice(), count.saturating_sub(rows.len())) {
        ([only], 0) => format!("row {only}"),
        ([before @ .., last], 0) => format!("rows {} and {last}", before.join(", ")),
        (all, more) => format!("rows {} and {more} more", all.join(", ")),
    }
}
