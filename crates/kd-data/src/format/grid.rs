//! Rows of cells, whatever file they came from.

use std::collections::BTreeSet;

use foldhash::fast::RandomState;
use indexmap::IndexSet;
use kd_doubt::Doubt;

use super::columns::NumberFormat;
use crate::error::{Error, Place, Result};

/// Named columns: each text once and four bytes a cell. A column of many different numbers is kept as these alone.
#[derive(Debug)]
pub(crate) struct Grid {
    pub(crate) file: String,
    /// Row of the file that the first row here is, counted from 1.
    pub(crate) first_row: u64,
    pub(crate) names: Vec<String>,
    /// What the file itself says of its columns.
    pub(crate) declared: Vec<Declared>,
    /// How cells become numbers.
    pub(crate) reading: Reading,
    /// Who named the columns.
    pub(crate) header: Header,
    /// The columns that are an index, as the file itself says.
    pub(crate) index: BTreeSet<String>,
    /// Names that the file holds too, of nothing that is read.
    pub(crate) left_out: BTreeSet<String>,
    /// What is doubtful of it.
    pub(crate) doubts: Vec<Doubt>,
    columns: Vec<Cells>,
    uses: Vec<Use>,
}

/// What a column is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Nothing.
    Nothing,
    /// Its cells as they are written.
    Words,
    /// Numbers, if its cells are, or else categories.
    Values,
}

/// How cells become numbers.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// Whether the usual words for a missing value are none in a column of numbers.
    pub(crate) usual_missing: bool,
    /// How numbers are written.
    pub(crate) numbers: NumberFormat,
    /// Whether a study file can set either.
    pub(crate) is_settable: bool,
}

impl Default for Reading {
    fn default() -> Self {
        Self { usual_missing: true, numbers: NumberFormat::default(), is_settable: false }
    }
}

/// Who named the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Header {
    /// The format, which no row can be mistaken for.
    Format,
    /// The first row.
    FirstRow,
    /// Nobody: they are counted.
    Counted,
}

/// What a cell that is there is to a column of numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cell {
    Number(f32),
    Missing,
    Word,
}

impl Cell {
    /// A number, not a number where it is missing; none of a word.
    fn number(self) -> Option<f32> {
        match self {
            Self::Number(number) => Some(number),
            Self::Missing => Some(f32::NAN),
            Self::Word => None,
        }
    }
}

/// What a file may say of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Declared {
    Nothing,
    Categories(Vec<String>),
}

#[derive(Debug)]
enum Cells {
    /// Each text once, and which of them a row holds; [`MISSING`] where none.
    Texts { distinct: IndexSet<Box<str>, RandomState>, places: Vec<u32> },
    /// Finite numbers; NaN where there is none.
    Numbers(Vec<f32>),
}

const MISSING: u32 = u32::MAX;

/// So many names are listed.
const NAMES: usize = 40;

/// With so many texts, all of them numbers, a column is one of numbers.
const TEXTS: usize = 1 << 16;

impl Grid {
    /// A grid without rows. Cells of a column that is read for nothing are not kept.
    ///
    /// Fails if two columns that are read have one name.
    pub(crate) fn new(file: &str, first_row: u64, names: Vec<String>, uses: Vec<Use>) -> Result<Self> {
        let is_twice =
            |place: &usize| uses[*place] != Use::Nothing && names[..*place].contains(&names[*place]);
        if let Some(place) = (1..names.len()).find(is_twice) {
            let name = &names[place];
            let problem =
                format!("two columns are called `{name}`; columns.ignore = [{name:?}] leaves both out");
            return Err(Error::file(file, problem));
        }
        let empty = || Cells::Texts { distinct: IndexSet::default(), places: Vec::new() };
        Ok(Self {
            file: file.to_owned(),
            first_row,
            declared: vec![Declared::Nothing; names.len()],
            reading: Reading::default(),
            header: Header::Format,
            index: BTreeSet::new(),
            left_out: BTreeSet::new(),
            doubts: Vec::new(),
            columns: names.iter().map(|_| empty()).collect(),
            uses,
            names,
        })
    }

    /// Whether a column is read.
    pub(crate) fn is_read(&self, column: usize) -> bool {
        self.uses.get(column).is_some_and(|used| *used != Use::Nothing)
    }

    /// What a cell that is there is to a column of numbers.
    pub(crate) fn cell(&self, text: &str) -> Cell {
        match self.reading.numbers.parse(text) {
            Some(number) => Cell::Number(number),
            None if self.reading.usual_missing && is_missing(text) => Cell::Missing,
            None => Cell::Word,
        }
    }

    /// Notes what the file says of its columns.
    pub(crate) fn declare(&mut self, declared: Vec<Declared>) {
        for (used, declared) in self.uses.iter_mut().zip(&declared) {
            if *used == Use::Values && *declared != Declared::Nothing {
                *used = Use::Words;
            }
        }
        self.declared = declared;
    }

    /// Appends a cell to a column; the caller sees to it that rows are whole.
    pub(crate) fn push(&mut self, column: usize, cell: Option<&str>) -> Result<()> {
        let cell = cell.filter(|_| self.is_read(column));
        let number = match self.columns[column] {
            Cells::Numbers(_) => cell.map_or(Some(f32::NAN), |cell| self.cell(cell).number()),
            Cells::Texts { .. } => None,
        };
        match &mut self.columns[column] {
            Cells::Numbers(numbers) => {
                let Some(number) = number else {
                    let cell = cell.unwrap_or_default();
                    let problem = format!(
                        "`{cell}` is not a (finite) number{}, as all before it in `{}` are; `categorical` has them \
                         read as categories",
                        format_hint(&[cell], &self.reading),
                        self.names[column]
                    );
                    let row = numbers.len();
                    return Err(self.fault(row, problem));
                };
                numbers.push(number);
            }
            Cells::Texts { distinct, places } => {
                let known = cell.map_or(Some(MISSING as usize), |cell| distinct.get_index_of(cell));
                let place = known.unwrap_or_else(|| distinct.insert_full(cell.unwrap_or_default().into()).0);
                places.push(place as u32);
                let many = known.is_none() && distinct.len() >= TEXTS && self.uses[column] == Use::Values;
                if many && distinct.len().is_power_of_two() {
                    self.number(column);
                }
            }
        }
        Ok(())
    }

    /// Keeps a column as numbers, if it holds nothing else.
    fn number(&mut self, column: usize) {
        let Cells::Texts { distinct, places } = &self.columns[column] else { return };
        let numbers: Option<Vec<f32>> = distinct.iter().map(|text| self.cell(text).number()).collect();
        if let Some(numbers) = numbers {
            let number = |&place: &u32| numbers.get(place as usize).copied().unwrap_or(f32::NAN);
            self.columns[column] = Cells::Numbers(places.iter().map(number).collect());
        }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        match self.columns.first() {
            Some(Cells::Texts { places, .. }) => places.len(),
            Some(Cells::Numbers(numbers)) => numbers.len(),
            None => 0,
        }
    }

    /// Each text of a column once, in the order of their first rows, and which of them every row holds; no texts of a
    /// column of numbers.
    pub(crate) fn texts(&self, column: usize) -> (Vec<&str>, impl Iterator<Item = Option<u32>>) {
        let (distinct, places) = match &self.columns[column] {
            Cells::Texts { distinct, places } => {
                (distinct.iter().map(AsRef::as_ref).collect(), places.as_slice())
            }
            Cells::Numbers(_) => (Vec::new(), [].as_slice()),
        };
        (distinct, places.iter().map(|&place| (place != MISSING).then_some(place)))
    }

    /// The cells of a column; none of a column of numbers.
    pub(crate) fn column(&self, column: usize) -> impl Iterator<Item = Option<&str>> {
        let (distinct, places) = self.texts(column);
        places.map(move |place| place.map(|place| distinct[place as usize]))
    }

    /// Whether a column holds something that is neither a number nor missing, or words for what is missing alone.
    pub(crate) fn has_words(&self, column: usize) -> bool {
        let (distinct, _) = self.texts(column);
        let mut has_numbers = false;
        for text in &distinct {
            match self.cell(text) {
                Cell::Number(_) => has_numbers = true,
                Cell::Missing => {}
                Cell::Word => return true,
            }
        }
        !distinct.is_empty() && !has_numbers
    }

    /// The numbers of a column, NaN where one is missing.
    pub(crate) fn numbers(&self, column: usize) -> Result<Vec<f32>> {
        if let Cells::Numbers(numbers) = &self.columns[column] {
            return Ok(numbers.clone());
        }
        let (distinct, places) = self.texts(column);
        let numbers: Vec<Option<f32>> = distinct.iter().map(|text| self.cell(text).number()).collect();
        let number = |(row, place): (usize, Option<u32>)| {
            place.map_or(Some(f32::NAN), |place| numbers[place as usize]).ok_or_else(|| {
                let text = place.map_or("", |place| distinct[place as usize]);
                let is_there = |text: &&str| self.cell(text) != Cell::Missing;
                let all: Vec<&str> = distinct.iter().copied().filter(is_there).collect();
                let hint = format_hint(&all, &self.reading);
                let header = self.header_hint(row, text);
                self.fault(row, format!("`{text}` is not a (finite) number{hint}{header}"))
            })
        };
        places.enumerate().map(number).collect()
    }

    /// Where a column is.
    pub(crate) fn find(&self, name: &str) -> Result<usize> {
        self.names.iter().position(|known| known == name).ok_or_else(|| {
            let shown = self.names.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = self.names.len().saturating_sub(NAMES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let is_number = |name: &String| name.trim().parse::<f64>().is_ok();
            let is_data = self.header == Header::FirstRow && self.names.iter().any(is_number);
            let way = match self.names.as_slice() {
                [only] if self.header == Header::FirstRow => {
                    let mark = [(';', ";"), ('\t', "\\t"), ('|', "|"), (',', ",")];
                    let mark = mark.into_iter().find(|(mark, _)| only.contains(*mark));
                    mark.map(|(_, mark)| format!("; separator = \"{mark}\" if that stands between cells"))
                }
                _ => is_data.then(|| "; header = false if the first row does not name them".to_owned()),
            };
            let way = way.unwrap_or_default();
            Error::file(&self.file, format!("has no column `{name}`; its columns are {shown}{more}{way}"))
        })
    }

    /// What may be wrong where the first row does not fit.
    pub(crate) fn header_hint(&self, row: usize, cell: &str) -> &'static str {
        if row == 0 && self.header == Header::Counted && self.cell(cell) == Cell::Word {
            "; if it is a header, header = true"
        } else {
            ""
        }
    }

    pub(crate) fn fault(&self, row: usize, problem: impl Into<String>) -> Error {
        Error::in_file(&self.file, Place::Row(self.first_row + row as u64), problem)
    }
}

/// Usual words for a missing value, in small letters.
const MISSING_WORDS: [&str; 11] = ["", "?", "-", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "null", "none"];

fn is_missing(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 4 && MISSING_WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// How `cells` would be numbers, if a study file can say so.
fn format_hint(cells: &[&str], reading: &Reading) -> String {
    let format = NumberFormat::guess(cells).filter(|_| reading.is_settable);
    format.map(|format| format!(" (it is with {format})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::columns::Columns;

    /// More rows than texts are kept of, with a number in the first column.
    fn filled(columns: &Columns) -> Grid {
        let names = ["x".to_owned(), "y".to_owned()].to_vec();
        let mut grid = columns.grid("file", 2, names).unwrap();
        grid.push(0, None).unwrap();
        for row in 1..=2 * TEXTS {
            grid.push(0, Some(&format!("{row}.50"))).unwrap();
        }
        grid
    }

    #[test]
    fn many_numbers_are_kept_as_such() {
        let mut grid = filled(&Columns::default());
        assert!(matches!(grid.columns[0], Cells::Numbers(_)));
        assert!(!grid.has_words(0));
        grid.push(0, Some(" 7 ")).unwrap();
        let numbers = grid.numbers(0).unwrap();
        assert!(numbers[0].is_nan());
        assert_eq!((numbers[1], numbers.last()), (1.5, Some(&7.0)));
        let message = grid.push(0, Some("seven")).unwrap_err().to_string();
        assert!(message.starts_with("file, row 131076: `seven` is not a (finite) number"), "{message}");
    }

    #[test]
    fn words_for_missing_values_are_none_in_columns_of_numbers() {
        let words = ["NA", "N/A", "NaN", "nan", "null", "None", "?", "-", "", "NULL", "#N/A", "n/a", " na "];
        for (column, cells, has_words) in [
            ("numbers and words for missing ones", &[&words[..], &["1.5", "-2"]].concat()[..], false),
            ("one more word", &[&words[..], &["1.5", "no"]].concat(), true),
            ("no number", &words, true),
            ("nothing", &[], false),
            ("infinity", &["1", "inf"], true),
        ] {
            let mut grid = Columns::default().grid("file", 2, vec!["x".to_owned()]).unwrap();
            for cell in cells {
                grid.push(0, Some(cell)).unwrap();
            }
            assert_eq!(grid.has_words(0), has_words, "{column}");
            grid.reading.usual_missing = false;
            assert_eq!(grid.has_words(0), !cells.is_empty(), "{column}, which are exactly those");
        }
    }

    #[test]
    fn what_is_not_read_may_be_anything() {
        let columns = Columns { ignore: vec!["x".to_owned()], ..Columns::default() };
        let names = ["x", "y", "x"].map(str::to_owned).to_vec();
        let mut grid = columns.grid("file", 2, names.clone()).unwrap();
        for cell in ["1", "2", "word"] {
            (0..3).for_each(|column| grid.push(column, Some(cell)).unwrap());
        }
        assert_eq!(
            (grid.len(), grid.column(0).flatten().count(), grid.column(1).flatten().count()),
            (3, 0, 3)
        );
        let message = Columns::default().grid("file", 2, names).unwrap_err().to_string();
        assert_eq!(message, r#"file: two columns are called `x`; columns.ignore = ["x"] leaves both out"#);
    }

    #[test]
    fn classes_categories_and_texts_stay_as_they_are_written() {
        let x = || "x".to_owned();
        for columns in [
            Columns { target: x(), ..Columns::default() },
            Columns { categorical: vec![x()], ..Columns::default() },
            Columns { text: vec![x()], ..Columns::default() },
        ] {
            assert_eq!(filled(&columns).column(0).nth(1), Some(Some("1.50")));
        }
    }
}
