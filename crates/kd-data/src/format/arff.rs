//! ARFF, the format of Weka: declared columns, then comma-separated rows.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::grid::{Declared, Grid};
use crate::error::Result;
use crate::original::{Charset, Original};
use crate::splits::TestSplit;

/// A table in Weka's format. Dates, relations, weights and sparse rows are not read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arff {
    /// The training file.
    pub path: PathBuf,
    /// Where the test examples come from.
    pub test: TestSplit,
    /// What the columns are for.
    pub columns: Columns,
    /// How bytes become characters.
    #[serde(default)]
    pub charset: Charset,
}

/// A declared column.
struct Attribute {
    name: String,
    kind: Kind,
}

enum Kind {
    Number,
    Text,
    Categories(Vec<String>),
}

impl Arff {
    /// The rows of a file.
    pub(crate) fn grid(&self, original: &Original) -> Result<Grid> {
        let text = original.text(self.charset)?;
        let mut attributes: Vec<Attribute> = Vec::new();
        let mut lines = (1..).zip(text.lines().map(str::trim));
        let first_row = loop {
            let Some((row, line)) = lines.next() else { return Err(original.fault("has no line `@data`")) };
            if line.is_empty() || line.starts_with('%') {
                continue;
            }
            let (keyword, rest) = line.split_at(line.find(char::is_whitespace).unwrap_or(line.len()));
            match keyword.to_ascii_lowercase().as_str() {
                "@relation" => {}
                "@attribute" => {
                    attributes.push(attribute(rest).map_err(|problem| original.row(row, problem))?);
                }
                "@data" => break row + 1,
                _ => return Err(original.row(row, "expected `@relation`, `@attribute` or `@data`")),
            }
        };
        if attributes.is_empty() {
            return Err(original.row(first_row - 1, "`@data` comes before any `@attribute`"));
        }
        let names = attributes.iter().map(|attribute| attribute.name.clone()).collect();
        let mut grid = self.columns.grid(&original.name, first_row, names)?;
        let declared = |attribute: &Attribute| match &attribute.kind {
            Kind::Categories(categories) => Declared::Categories(categories.clone()),
            Kind::Number | Kind::Text => Declared::Nothing,
        };
        grid.declare(attributes.iter().map(declared).collect());
        for (row, line) in lines {
            if !line.is_empty() && !line.starts_with('%') {
                let cells = row_cells(line, &attributes).map_err(|problem| original.row(row, problem))?;
                for (column, cell) in cells.iter().enumerate() {
                    grid.push(column, cell.as_deref())?;
                }
            }
        }
        Ok(grid)
    }
}

type Parsed<T> = std::result::Result<T, String>;

fn attribute(declaration: &str) -> Parsed<Attribute> {
    let (name, rest, _) = cell(declaration.trim_start(), char::is_whitespace)?;
    let kind = rest.trim();
    let kind = if let Some(listed) = kind.strip_prefix('{').and_then(|kind| kind.strip_suffix('}')) {
        Kind::Categories(cells(listed)?.into_iter().map(|(category, _)| category).collect())
    } else {
        match kind.to_ascii_lowercase().as_str() {
            "numeric" | "real" | "integer" => Kind::Number,
            "string" => Kind::Text,
            _ => return Err(format!("`{kind}` is not numeric, real, integer, string or {{a, list}}")),
        }
    };
    Ok(Attribute { name, kind })
}

/// What a row says of each attribute; nothing where it is missing.
fn row_cells(line: &str, attributes: &[Attribute]) -> Parsed<Vec<Option<String>>> {
    if line.starts_with('{') {
        return Err("sparse rows are not read".to_owned());
    }
    let cells = cells(line)?;
    if cells.len() != attributes.len() {
        return Err(format!("{} cells for {} attributes", cells.len(), attributes.len()));
    }
    let value = |((cell, quoted), Attribute { name, kind }): ((String, bool), &Attribute)| {
        if cell == "?" && !quoted {
            return Ok(None);
        }
        let fits = match kind {
            Kind::Number => cell.parse::<f32>().is_ok_and(f32::is_finite),
            Kind::Categories(categories) => categories.contains(&cell),
            Kind::Text => true,
        };
        if fits { Ok(Some(cell)) } else { Err(format!("`{cell}` is not a value of `{name}`")) }
    };
    cells.into_iter().zip(attributes).map(value).collect()
}

/// The comma-separated cells of a line, and whether each is quoted.
fn cells(line: &str) -> Parsed<Vec<(String, bool)>> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let (text, after, quoted) = cell(rest.trim_start(), |character| character == ',')?;
        cells.push((text, quoted));
        let after = after.trim_start();
        if after.is_empty() {
            return Ok(cells);
        }
        rest = after.strip_prefix(',').ok_or_else(|| format!("expected a comma before `{after}`"))?;
    }
}

/// A cell, what follows it, and whether it is quoted. Within quotes, a backslash precedes a quote or itself.
fn cell(text: &str, ends: impl Fn(char) -> bool) -> Parsed<(String, &str, bool)> {
    let Some(quote) = text.chars().next().filter(|&first| first == '\'' || first == '"') else {
        let end = text.find(ends).unwrap_or(text.len());
        return Ok((text[..end].trim_end().to_owned(), &text[end..], false));
    };
    let mut unquoted = String::new();
    let mut escaped = false;
    for (place, character) in text.char_indices().skip(1) {
        if escaped {
            unquoted.push(character);
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == quote {
            return Ok((unquoted, &text[place + 1..], true));
        } else {
            unquoted.push(character);
        }
    }
    Err(format!("the quote {quote} is not closed"))
}

impl Arff {
    /// A file in UTF-8.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, test: TestSplit, columns: Columns) -> Self {
        Self { path: path.into(), test, columns, charset: Charset::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Grid> {
        let arff = Arff::new("a.arff", TestSplit::Fraction(0.5), Columns::default());
        arff.grid(&Original::from_bytes("a.arff", text.as_bytes().to_vec())?)
    }

    const HEAD: &str = "% comment\n@RELATION r\n@attribute 'Speaker Number' { Andrew, 'O\\'Hara', '?'}\n\
                        @attribute x real\n@data\n";

    #[test]
    fn declared_columns_are_read() {
        let grid = read(&format!("{HEAD}\nAndrew,-1.5\n% more\n'O\\'Hara', ?\n'?',2\n?,3\n")).unwrap();
        assert_eq!(grid.names, ["Speaker Number", "x"]);
        let names: Vec<_> = grid.column(0).collect();
        assert_eq!(names, [Some("Andrew"), Some("O'Hara"), Some("?"), None]);
        assert_eq!(grid.column(1).collect::<Vec<_>>(), [Some("-1.5"), None, Some("2"), Some("3")]);
        let Declared::Categories(categories) = &grid.declared[0] else { panic!("categories expected") };
        assert_eq!(categories, &["Andrew", "O'Hara", "?"]);
    }

    #[test]
    fn faults_name_the_row() {
        let message = |text: &str| read(text).unwrap_err().to_string();
        let row = |text: &str| message(&format!("{HEAD}{text}"));
        assert_eq!(row("Bob,1\n"), "a.arff, row 6: `Bob` is not a value of `Speaker Number`");
        assert_eq!(row("Andrew,one\n"), "a.arff, row 6: `one` is not a value of `x`");
        assert_eq!(row("Andrew\n"), "a.arff, row 6: 1 cells for 2 attributes");
        assert_eq!(row("'Andrew,1\n"), "a.arff, row 6: the quote ' is not closed");
        assert_eq!(row("{0 Andrew}\n"), "a.arff, row 6: sparse rows are not read");
        assert_eq!(message("@relation r\n"), "a.arff: has no line `@data`");
        assert_eq!(message("@data\n"), "a.arff, row 1: `@data` comes before any `@attribute`");
        assert!(message("@attribute d date\n").starts_with("a.arff, row 1: `date` is not numeric"));
        assert!(message("1,2\n").starts_with("a.arff, row 1: expected `@relation`"));
    }
}
