use std::cmp::Ordering;

use kd_analysis::table::{Kind, find};
use kd_analysis::{Datum, Error, Facts, Filter, Subject, nearest};
use kd_study::results::{Listed, State, listing};
use kd_study::{Plan, Result, Store};
use serde_json::{Map, Value};

use super::{print, print_json};
use crate::arguments::Runs;
use crate::style;

pub(super) fn run(arguments: &Runs) -> Result<()> {
    let store = Store::open(&arguments.dir)?;
    let plan = store.plan()?;
    let subjects = subjects(&plan);
    let filter = Filter::read(&arguments.only.only, &subjects)?;
    let columns = match &arguments.columns {
        None => usual(&plan),
        Some(names) => names.iter().map(|name| known(name, &subjects)).collect::<Result<_>>()?,
    };
    let order = arguments.sort.as_deref().map(|name| known(name, &subjects)).transpose()?;
    let mut runs = listing(&plan, &store)?;
    runs.retain(|run| filter.holds(run));
    if let Some(column) = order {
        runs.sort_by(|a, b| compare(column.of(a), column.of(b), arguments.descending));
    }
    let left_out = runs.len().saturating_sub(arguments.limit.unwrap_or(runs.len()));
    runs.truncate(runs.len() - left_out);
    if arguments.format.is_json() {
        return print_json(&runs.iter().map(|run| object(run, &columns)).collect::<Vec<_>>());
    }
    let mut text = table(&runs, &columns);
    if left_out > 0 {
        text.push_str(&format!("and {} more\n", style::count(left_out as u64)));
    }
    print(&text)
}

/// What conditions may be about, and columns show.
fn subjects(plan: &Plan) -> Vec<Subject> {
    let states = State::ALL.map(|state| Datum::Text(state.name().to_owned()));
    let mut subjects = plan.subjects();
    subjects.extend([
        Subject::of_runs("state", Kind::Text, states.to_vec()),
        Subject::of_runs("score", Kind::Number, Vec::new()),
        Subject::of_runs("seconds", Kind::Number, Vec::new()),
    ]);
    subjects.extend(Subject::of_columns(&subjects));
    subjects
}

/// A column of the list.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    is_factor: bool,
}

/// Where a run stands and what came of it.
fn usual(plan: &Plan) -> Vec<Column> {
    let column = |name: &str, is_factor| Column { name: name.to_owned(), is_factor };
    let mut columns: Vec<Column> = ["run", "task", "arm"].map(|name| column(name, false)).into();
    columns.extend(plan.study.factors.iter().map(|factor| column(&factor.name, true)));
    columns.extend(["M", "seed", "state", "score", "seconds"].map(|name| column(name, false)));
    columns
}

/// The column that is called so.
fn known(name: &str, subjects: &[Subject]) -> Result<Column> {
    let name = if name == "samples" { "M" } else { name };
    if let Some(subject) = subjects.iter().find(|subject| subject.name() == name) {
        return Ok(Column { name: name.to_owned(), is_factor: subject.is_factor() });
    }
    let nearest = nearest(name, subjects.iter().map(Subject::name)).map(str::to_owned);
    Err(Error::NoColumn { name: name.to_owned(), nearest }.into())
}

impl Column {
    fn of(&self, run: &Listed) -> Option<Datum> {
        if self.is_factor { run.level(&self.name).cloned() } else { run.fact(&self.name) }
    }

    /// What people read; nothing where there is none.
    fn shown(&self, run: &Listed) -> String {
        let Some(value) = self.of(run) else { return String::new() };
        match (self.name.as_str(), &value) {
            ("run", Datum::Text(id)) if !self.is_factor => id.chars().take(8).collect(),
            ("seconds", Datum::Number(seconds)) => format!("{seconds:.1}"),
            (_, Datum::Number(number)) => match find(&self.name).filter(|_| !self.is_factor) {
                Some(column) => column.shown(&value),
                None if self.name == "score" => format!("{number:.4}"),
                None => value.to_string(),
            },
            _ => value.to_string(),
        }
    }
}

/// Those without a value come last, whichever way the others go.
fn compare(a: Option<Datum>, b: Option<Datum>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => b.cmp(&a),
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

fn object(run: &Listed, columns: &[Column]) -> Map<String, Value> {
    let value = |value: Option<Datum>| serde_json::to_value(value).unwrap_or_default();
    columns.iter().map(|column| (column.name.clone(), value(column.of(run)))).collect()
}

/// A line for each run below the names of columns; numbers end below each other, and texts begin.
fn table(runs: &[Listed], columns: &[Column]) -> String {
    let cells: Vec<Vec<String>> =
        runs.iter().map(|run| columns.iter().map(|column| column.shown(run)).collect()).collect();
    let is_number =
        |column: &Column| runs.iter().filter_map(|run| column.of(run)).all(|value| value.number().is_some());
    let widths: Vec<(usize, bool)> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let widest = cells.iter().map(|cells| cells[index].chars().count()).max().unwrap_or(0);
            (widest.max(column.name.chars().count()), is_number(column))
        })
        .collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).map(|(cell, &(width, is_number))| {
            if is_number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    std::iter::once(&names).chain(&cells).map(|cells| line(cells)).collect()
}

#[cfg(test)]
mod tests {
    use kd_analysis::{Factor, FactorKind};
    use kd_study::Study;

    use super::*;

    #[test]
    fn runs_stand_below_each_other_with_their_levels() {
        let study = Study::parse(include_str!("../../tests/cli/tiny.toml"), "tiny.toml").unwrap();
        let mut plan = Plan::new(&study).unwrap();
        plan.runs.retain(|run| run.place.seed == 1 && run.place.samples != 80);
        let width = |width| Datum::Count(width);
        plan.study.factors.push(Factor {
            name: "teacher width".to_owned(),
            kind: FactorKind::Task,
            levels: vec![width(8), width(128)],
        });
        plan.runs[0].place.factors.insert("teacher width".to_owned(), width(8));
        plan.runs[2].place.factors.insert("teacher width".to_owned(), width(128));
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).unwrap();
        let mut columns = usual(&plan);
        assert_eq!(columns.remove(0).name, "run");
        let told = table(&listing(&plan, &store).unwrap(), &columns);
        insta::assert_snapshot!(told);

        let level = known("teacher width", &subjects(&plan)).unwrap();
        let levels = listing(&plan, &store).unwrap().iter().map(|run| level.of(run)).collect::<Vec<_>>();
        let order = |descending| {
            let mut levels = levels.clone();
            levels.sort_by(|a, b| compare(a.clone(), b.clone(), descending));
            levels
        };
        assert_eq!(order(false), [Some(width(8)), Some(width(128)), None, None]);
        assert_eq!(order(true), [Some(width(128)), Some(width(8)), None, None]);
        assert_eq!(
            object(&listing(&plan, &store).unwrap()[2], &[level]).get("teacher width"),
            Some(&128.into())
        );
    }
}
