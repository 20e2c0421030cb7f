//! Rows of cells, whatever file they came from.

use foldhash::fast::RandomState;
use indexmap::IndexSet;

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
    columns: Vec<Cells>,
    /// The columns whose cells are read as they are written.
    worded: Vec<bool>,
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

/// With so many texts, all of them numbers, a column is one of numbers.
const TEXTS: usize = 1 << 16;

impl Grid {
    /// A grid without rows. The cells of the `worded` columns are read as they are written.
    ///
    /// Fails if two columns have one name.
    pub(crate) fn new(file: &str, first_row: u64, names: Vec<String>, worded: Vec<bool>) -> Result<Self> {
        if let Some(place) = (1..names.len()).find(|&place| names[..place].contains(&names[place])) {
            let problem = format!("two columns are called `{}`", names[place]);
            return Err(Error::file(file, problem));
        }
        let empty = || Cells::Texts { distinct: IndexSet::default(), places: Vec::new() };
        Ok(Self {
            file: file.to_owned(),
            first_row,
            declared: vec![Declared::Nothing; names.len()],
            columns: names.iter().map(|_| empty()).collect(),
            worded,
            names,
        })
    }

    /// Notes what the file says of its columns.
    pub(crate) fn declare(&mut self, declared: Vec<Declared>) {
        for (worded, declared) in self.worded.iter_mut().zip(&declared) {
            *worded |= *declared != Declared::Nothing;
        }
        self.declared = declared;
    }

    /// Appends a cell to a column; the caller sees to it that rows are whole.
    pub(crate) fn push(&mut self, column: usize, cell: Option<&str>) -> Result<()> {
        match &mut self.columns[column] {
            Cells::Numbers(numbers) => {
                let Some(number) = cell.map_or(Some(f32::NAN), parse) else {
                    let problem = format!(
                        "`{}` is not a (finite) number, as all before it in `{}` are; `categorical` has them read as \
                         categories",
                        cell.unwrap_or_default(),
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
                let many = known.is_none() && distinct.len() >= TEXTS && !self.worded[column];
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
        let numbers: Option<Vec<f32>> = distinct.iter().map(|text| parse(text)).collect();
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

    /// Whether a column holds something that is no number.
    pub(crate) fn has_words(&self, column: usize) -> bool {
        let (distinct, _) = self.texts(column);
        distinct.into_iter().any(|text| parse(text).is_none())
    }

    /// The numbers of a column, NaN where one is missing.
    pub(crate) fn numbers(&self, column: usize) -> Result<Vec<f32>> {
        if let Cells::Numbers(numbers) = &self.columns[column] {
            return Ok(numbers.clone());
        }
        let (distinct, places) = self.texts(column);
        let numbers: Vec<Option<f32>> = distinct.iter().map(|text| parse(text)).collect();
        let number = |(row, place): (usize, Option<u32>)| {
            place.map_or(Some(f32::NAN), |place| numbers[place as usize]).ok_or_else(|| {
                let text = place.map_or("", |place| distinct[place as usize]);
                self.fault(row, format!("`{text}` is not a (finite) number"))
            })
        };
        places.enumerate().map(number).collect()
    }

    /// Where a column is.
    pub(crate) fn find(&self, name: &str) -> Result<usize> {
        self.names.iter().position(|known| known == name).ok_or_else(|| {
            let problem = format!("has no column `{name}`; its columns are {}", self.names.join(", "));
            Error::file(&self.file, problem)
        })
    }

    pub(crate) fn fault(&self, row: usize, problem: impl Into<String>) -> Error {
        Error::in_file(&self.file, Place::Row(self.first_row + row as u64), problem)
    }
}

/// A finite number.
fn parse(cell: &str) -> Option<f32> {
    cell.trim().parse().ok().filter(|number: &f32| number.is_finite())
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
