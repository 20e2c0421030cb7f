/// Result of this crate's operations.
pub type Result<T> = std::result::Result<T, Error>;

/// A table that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Polars refused.
    #[error("could not make the results table: {0}")]
    Polars(#[from] polars::error::PolarsError),
    /// A run's document is not what it should be.
    #[error("could not read a run for the results table: {0}")]
    Document(#[from] serde_json::Error),
    /// A table that was brought cannot be read.
    #[error(transparent)]
    Table(#[from] crate::table::TableError),
    /// Every row has a value there.
    #[error("a row has no value in the column `{0}`, which every row needs")]
    NoValue(&'static str),
    /// There is none.
    #[error("the results table has no column `{0}`; README lists all")]
    UnknownColumn(String),
    /// What is no condition on runs.
    #[error("condition `{condition}`: {problem}")]
    Condition {
        /// As it was written.
        condition: String,
        /// Why.
        problem: String,
    },
    /// The list of runs has no such column.
    #[error("runs have no column `{name}`;{} there are those of the results table, which README lists, factors, `state`, `score` and `seconds`", meant(.nearest.as_deref()))]
    NoColumn {
        /// What was asked for.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// Conditions of which one or another fails of every run.
    #[error("no run meets all of these conditions: {0}")]
    NothingMatches(String),
    /// A value is of another kind.
    #[error("the column `{column}` holds a {kind}, found {found}")]
    WrongKind {
        /// Its name.
        column: &'static str,
        /// What it holds.
        kind: &'static str,
        /// What was there.
        found: String,
    },
    /// A text is none of those that a column can have.
    #[error("found `{found}` in the column `{column}`, which has words of its own; README lists them")]
    UnknownWord {
        /// Its name.
        column: &'static str,
        /// What was there.
        found: String,
    },
    /// There is none.
    #[error("the results have no arm `{arm}`; they have {}", listed(known))]
    UnknownArm {
        /// Its name.
        arm: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// There is none.
    #[error("the report has no figure `{name}`;{} `kd figure DIR` lists all", meant(.nearest.as_deref()))]
    NoFigure {
        /// What was asked for.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A table is no drawing, and not every drawing has a table.
    #[error("`{name}` cannot be written as {format}; choose one of {}", listed(formats))]
    NoFormat {
        /// The figure's name.
        name: String,
        /// What was asked for.
        format: &'static str,
        /// What there is.
        formats: Vec<String>,
    },
    /// A figure that cannot be drawn.
    #[error("could not draw `{name}`: {problem}; its SVG may still be had")]
    Drawing {
        /// The figure's name.
        name: String,
        /// Why.
        problem: String,
    },
}

/// `one`, `two` and `three`.
pub(crate) fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        Some((last, _)) => last.clone(),
        None => "none".to_owned(),
    }
}

/// A question, if there is something to ask.
pub(crate) fn meant(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" did you mean `{name}`?"))
}
