//! ARFF, the format of Weka: declared columns, then comma-separated rows.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::grid::{Declared, Grid};
use crate::error::Result;
use crate::original::{Charset, Original, largest};
use crate::splits::TestSplit;

/// A table in Weka's format, of whole or sparse rows; what a sparse row leaves out is 0, or the first of the declared
/// categories, as Weka has it. Dates are left out by `ignore`; relations, and rows of another weight than 1, are refused.
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
    Date,
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
                    let attribute = attribute(rest).and_then(|attribute| self.known(attribute));
                    attributes.push(attribute.map_err(|problem| original.row(row, problem))?);
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
            Kind::Number | Kind::Text | Kind::Date => Declared::Nothing,
        };
        grid.declare(attributes.iter().map(declared).collect());
        let mut left = largest(original.bytes.len());
        for (row, line) in lines {
            if !line.is_empty() && !line.starts_with('%') {
                left = left
                    .checked_sub(4 * attributes.len() as u64)
                    .ok_or_else(|| original.fault(TOO_SPARSE))?;
                let cells = row_cells(line, &attributes).map_err(|problem| original.row(row, problem))?;
                for (column, cell) in cells.iter().enumerate() {
                    grid.push(column, cell.as_deref())?;
                }
            }
        }
        Ok(grid)
    }

    /// An attribute that can be read, or need not be.
    fn known(&self, attribute: Attribute) -> Parsed<Attribute> {
        let Columns { target, text, ignore, .. } = &self.columns;
        let name = &attribute.name;
        let is_read = name == target || text.contains(name) || text.is_empty() && !ignore.contains(name);
        if is_read && matches!(attribute.kind, Kind::Date) {
            return Err(format!("`{name}` is a date, which is not read; `ignore` leaves it out"));
        }
        Ok(attribute)
    }
}

const TOO_SPARSE: &str =
    "its sparse rows grow to more than 200 times its size; write fewer attributes, or whole rows";

type Parsed<T> = std::result::Result<T, String>;

fn attribute(declaration: &str) -> Parsed<Attribute> {
    let (name, rest, _) = cell(declaration.trim_start(), char::is_whitespace)?;
    let kind = rest.trim();
    let kind = if let Some(listed) = kind.strip_prefix('{').and_then(|kind| kind.strip_suffix('}')) {
        Kind::Categories(cells(listed)?.into_iter().map(|(category, _)| category).collect())
    } else {
        // A range, such as `[0, 10]`, or a date's format may follow.
        let word = kind.split(|character: char| character.is_whitespace() || character == '[').next();
        match word.unwrap_or_default().to_ascii_lowercase().as_str() {
            "numeric" | "real" | "integer" if is_range(kind) => Kind::Number,
            "string" if !kind.contains(char::is_whitespace) => Kind::Text,
            "date" => Kind::Date,
            "relational" => {
                return Err(format!(
                    "`{name}` is a relation, of which an example has several rows; such data are not read"
                ));
            }
            _ => return Err(format!("`{kind}` is not numeric, real, integer, string, date or {{a, list}}")),
        }
    };
    Ok(Attribute { name, kind })
}

/// Whether nothing follows a number's kind but a range.
fn is_range(kind: &str) -> bool {
    match kind.find('[') {
        Some(start) => kind.ends_with(']') && !kind[..start].trim_end().contains(char::is_whitespace),
        None => !kind.contains(char::is_whitespace),
    }
}

/// What a row says of each attribute; nothing where it is missing.
fn row_cells(line: &str, attributes: &[Attribute]) -> Parsed<Vec<Option<String>>> {
    if line.starts_with('{') {
        return sparse_cells(line, attributes);
    }
    let mut cells = cells(line)?;
    if cells.len() == attributes.len() + 1
        && let Some((weight, false)) = cells.last()
        && weight.starts_with('{')
    {
        is_one(weight)?;
        cells.pop();
    }
    if cells.len() != attributes.len() {
        return Err(format!("{} cells for {} attributes", cells.len(), attributes.len()));
    }
    cells
        .into_iter()
        .zip(attributes)
        .map(|((cell, quoted), attribute)| value(cell, quoted, attribute))
        .collect()
}

/// The same of a row such as `{0 1.5, 3 yes}`: the attributes that it names, counted from 0, and their values.
fn sparse_cells(line: &str, attributes: &[Attribute]) -> Parsed<Vec<Option<String>>> {
    let mut row: Vec<Option<String>> = attributes.iter().map(left_out).collect();
    let mut rest = line[1..].trim_start();
    let mut next = 0;
    while !rest.starts_with('}') {
        let (index, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        let place: usize =
            index.parse().map_err(|_| format!("expected an attribute's number before `{rest}`"))?;
        let attribute = attributes.get(place).filter(|_| place >= next).ok_or_else(|| {
            format!(
                "names attribute {place}, expected one from {next} to {}, counted from 0",
                attributes.len() - 1
            )
        })?;
        let (text, after, quoted) =
            cell(after.trim_start(), |character| character == ',' || character == '}')?;
        row[place] = value(text, quoted, attribute)?;
        next = place + 1;
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.starts_with('}') => {}
            None => return Err(format!("expected a comma or `}}` before `{rest}`")),
        }
    }
    match rest[1..].trim_start().strip_prefix(',').map_or(rest[1..].trim(), str::trim) {
        "" => Ok(row),
        weight => is_one(weight).map(|()| row),
    }
}

/// What an attribute is that a sparse row leaves out.
fn left_out(attribute: &Attribute) -> Option<String> {
    match &attribute.kind {
        Kind::Number => Some("0".to_owned()),
        Kind::Categories(categories) => categories.first().cloned(),
        Kind::Text | Kind::Date => None,
    }
}

/// Refuses a weight, such as `{5}`, that says anything.
fn is_one(weight: &str) -> Parsed<()> {
    let number = weight.strip_prefix('{').and_then(|weight| weight.strip_suffix('}'));
    match number.and_then(|number| number.trim().parse::<f64>().ok()) {
        Some(1.0) => Ok(()),
        Some(number) => Err(format!(
            "a weight of {number}; weights are not read: take them out, or write a row as often as it counts"
        )),
        None => Err(format!("`{weight}` is not a weight in braces")),
    }
}

/// A cell, if it is one of its attribute's.
fn value(cell: String, quoted: bool, Attribute { name, kind }: &Attribute) -> Parsed<Option<String>> {
    if cell == "?" && !quoted {
        return Ok(None);
    }
    let fits = match kind {
        Kind::Number => cell.parse::<f32>().is_ok_and(f32::is_finite),
        Kind::Categories(categories) => categories.contains(&cell),
        Kind::Text | Kind::Date => true,
    };
    if fits { Ok(Some(cell)) } else { Err(format!("`{cell}` is not a value of `{name}`")) }
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
    fn sparse_rows_ranges_and_weights_of_one_are_read() {
        let head = "@relation r\n@attribute a real [0, 10]\n@attribute b integer[1,5]\n@attribute c {no, 'y}s'}\n\
                    @attribute d string\n@data\n";
        let grid =
            read(&format!("{head}{{0 1.5, 2 'y}}s'}}\n{{}}\n{{1 ?,3 \"a, b\"}}, {{1}}\n2,3,no,x,{{1.0}}\n"))
                .unwrap();
        let column = |place| grid.column(place).map(|cell| cell.unwrap_or("-")).collect::<Vec<_>>();
        assert_eq!(column(0), ["1.5", "0", "0", "2"]);
        assert_eq!(column(1), ["0", "0", "-", "3"]);
        assert_eq!(column(2), ["y}s", "no", "no", "no"]);
        assert_eq!(column(3), ["-", "-", "a, b", "x"]);
    }

    #[test]
    fn sparse_rows_take_no_more_memory_than_other_files() {
        let attributes =
            (0..2000).map(|place| format!("@attribute a{place} real\n")).collect::<Vec<_>>().concat();
        let message = read(&format!("{attributes}@data\n{}", "{}\n".repeat(20_000))).unwrap_err().to_string();
        assert!(message.contains("grow to more than 200 times"), "{message}");
    }

    #[test]
    fn dates_may_be_ignored() {
        let columns = Columns { ignore: vec!["d".to_owned()], ..Columns::default() };
        let arff = Arff::new("a.arff", TestSplit::Fraction(0.5), columns);
        let text = "@attribute d date \"yyyy-MM-dd HH:mm:ss\"\n@attribute x real\n@data\n\"2024-05-31 09:30:00\",1\n";
        let grid = arff.grid(&Original::from_bytes("a.arff", text.into()).unwrap()).unwrap();
        assert_eq!(grid.column(1).collect::<Vec<_>>(), [Some("1")]);
    }

    #[test]
    fn faults_name_the_row() {
        let message = |text: &str| read(text).unwrap_err().to_string();
        let row = |text: &str| message(&format!("{HEAD}{text}"));
        assert_eq!(row("Bob,1\n"), "a.arff, row 6: `Bob` is not a value of `Speaker Number`");
        assert_eq!(row("Andrew,one\n"), "a.arff, row 6: `one` is not a value of `x`");
        assert_eq!(row("Andrew\n"), "a.arff, row 6: 1 cells for 2 attributes");
        assert_eq!(row("'Andrew,1\n"), "a.arff, row 6: the quote ' is not closed");
        assert_eq!(
            row("{2 x}\n"),
            "a.arff, row 6: names attribute 2, expected one from 0 to 1, counted from 0"
        );
        assert!(row("{1 2, 0 Andrew}\n").contains("names attribute 0, expected one from 2 to 1"));
        assert!(row("{1 2 0}\n").contains("`2 0` is not a value of `x`"));
        assert!(row("{1 2\n").contains("expected a comma or `}`"));
        assert!(row("{x}\n").contains("expected an attribute's number before `x}`"));
        assert!(row("Andrew,1,{5}\n").contains("a weight of 5; weights are not read"));
        assert!(row("{1 2}, {0.5}\n").contains("a weight of 0.5"));
        assert!(row("{1 2} 7\n").contains("`7` is not a weight"));
        assert_eq!(message("@relation r\n"), "a.arff: has no line `@data`");
        assert_eq!(message("@data\n"), "a.arff, row 1: `@data` comes before any `@attribute`");
        assert!(message("@attribute d date\n").starts_with("a.arff, row 1: `d` is a date"));
        assert!(message("@attribute b relational\n").starts_with("a.arff, row 1: `b` is a relation"));
        assert!(message("@attribute x numeric 5\n").contains("`numeric 5` is not numeric"));
        assert!(message("1,2\n").starts_with("a.arff, row 1: expected `@relation`"));
    }
}
