//! Comma-separated values and their relatives: tab-separated, semicolons, with and without header or quotes.

mod lines;
mod long_cells;

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::lines::Lines;
use self::long_cells::LongCells;
use super::columns::{Columns, NumberFormat};
use super::grid::{Grid, Header, Reading};
use crate::error::{Error, Place, Result};
use crate::original::{Charset, Original};
use crate::splits::TestSplit;
use crate::utf16;

/// A table of separated values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Csv {
    /// The training file.
    pub path: PathBuf,
    /// Where the test examples come from.
    pub test: TestSplit,
    /// What the columns are for.
    pub columns: Columns,
    /// What stands between two cells, one ASCII character.
    #[serde(default = "comma")]
    pub separator: char,
    /// Whether the first row names the columns.
    #[serde(default = "yes")]
    pub header: bool,
    /// What a double quote means.
    #[serde(default)]
    pub quoting: Quoting,
    /// Lines that begin with this character are no rows.
    #[serde(default)]
    pub comment: Option<char>,
    /// Whether blanks around a cell are no part of it.
    #[serde(default)]
    pub trim: bool,
    /// The cells that stand for a missing value. Left out: empty ones and `?` and, in a column that is otherwise numbers,
    /// the usual words: `NA`, `N/A`, `NaN`, `null`, `None`, `-`, in small or capital letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Vec<String>>,
    /// How numbers are written, where not as `1234.5`.
    #[serde(default, skip_serializing_if = "is_plain")]
    pub numbers: NumberFormat,
    /// How bytes become characters.
    #[serde(default)]
    pub charset: Charset,
}

/// What a double quote means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quoting {
    /// A cell may be quoted, and then hold separators, line breaks and, doubled, quotes (RFC 4180).
    #[default]
    Double,
    /// Itself.
    None,
}

fn comma() -> char {
    ','
}

pub(super) fn yes() -> bool {
    true
}

fn is_plain(numbers: &NumberFormat) -> bool {
    *numbers == NumberFormat::default()
}

/// The cells that stand for a missing value in any column, where nothing is said of them.
const MISSING: [&str; 2] = ["", "?"];

/// The same as a list.
pub(super) fn missing_default() -> Vec<String> {
    MISSING.map(str::to_owned).to_vec()
}

impl Csv {
    /// A file with the usual layout: commas, a header, double quotes, UTF-8.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, test: TestSplit, columns: Columns) -> Self {
        Self {
            path: path.into(),
            test,
            columns,
            separator: comma(),
            header: true,
            quoting: Quoting::default(),
            comment: None,
            trim: false,
            missing: None,
            numbers: NumberFormat::default(),
            charset: Charset::default(),
        }
    }

    /// The rows of a file, which is read as a stream.
    pub(crate) fn open(&self, path: &Path) -> Result<Grid> {
        let (name, stream) = Original::stream(path)?;
        match self.charset {
            Charset::Utf8 => self.rows(&name, utf16::stream(stream)?),
            Charset::Latin1 => self.rows(&name, stream),
        }
    }

    /// The rows of a file in memory.
    pub(crate) fn grid(&self, original: &Original) -> Result<Grid> {
        match utf16::decode(&original.bytes).filter(|_| self.charset == Charset::Utf8) {
            Some(text) => self.rows(&original.name, text.as_bytes()),
            None => self.rows(&original.name, original.bytes.as_slice()),
        }
    }

    fn rows(&self, name: &str, stream: impl Read) -> Result<Grid> {
        let mut reader = self.builder()?.from_reader(Lines::of(stream));
        let grid = self.read_rows(name, &mut reader);
        if self.quoting == Quoting::Double {
            // A quote that is not closed makes one cell of what follows it, whatever else that leads to.
            let mut lines = reader.into_inner();
            let rest = io::copy(&mut lines, &mut io::sink());
            if rest.is_ok() && lines.has_odd_quotes {
                let problem = "an odd number of double quotes: one is not closed; if they are part of the text, \
                               quoting = \"none\"";
                return Err(Error::file(name, problem));
            }
        }
        grid
    }

    fn read_rows(&self, name: &str, reader: &mut csv::Reader<Lines<impl Read>>) -> Result<Grid> {
        let fault = |row, problem: &str| Error::in_file(name, Place::Row(row), problem);
        let mut record = csv::ByteRecord::new();
        let mut row = 1;
        let mut there =
            reader.read_byte_record(&mut record).map_err(|error| fault(row, &error.to_string()))?;
        let names: Vec<String> = if self.header {
            let names = record.iter().map(|cell| self.cell(cell).map(Cow::into_owned)).collect::<Option<_>>();
            names.ok_or_else(|| fault(row, NOT_UTF8))?
        } else {
            (1..=record.len()).map(|column| column.to_string()).collect()
        };
        let first = First { line: line(reader, &record), cells: names.len(), comment: comment_in(&record) };
        let mut grid = self.columns.grid(name, 1 + u64::from(self.header), names)?;
        (grid.reading, grid.header) = (self.reading(), self.named_by());
        let mut long_cells = LongCells::of(self.separator, first.cells);
        if self.header && there {
            row += 1;
            there = reader.read_byte_record(&mut record).map_err(|error| fault(row, &error.to_string()))?;
        }
        while there {
            if record.len() != first.cells {
                return Err(self.ragged(name, line(reader, &record), &record, &first));
            }
            for (column, cell) in record.iter().enumerate() {
                let cell = grid.is_read(column).then(|| self.cell(cell).ok_or_else(|| fault(row, NOT_UTF8)));
                let cell = cell.transpose()?.filter(|cell| !self.is_missing(cell));
                grid.push(column, cell.as_deref())?;
            }
            long_cells.look(row, &record);
            row += 1;
            there = reader.read_byte_record(&mut record).map_err(|error| fault(row, &error.to_string()))?;
        }
        let rows = grid.len();
        grid.doubts.extend(long_cells.doubt(name, rows));
        Ok(grid)
    }

    fn reading(&self) -> Reading {
        Reading { usual_missing: self.missing.is_none(), numbers: self.numbers.clone(), is_settable: true }
    }

    fn named_by(&self) -> Header {
        if self.header { Header::FirstRow } else { Header::Counted }
    }

    fn is_missing(&self, cell: &str) -> bool {
        match &self.missing {
            None => MISSING.contains(&cell),
            Some(listed) => listed.iter().any(|missing| *missing == cell),
        }
    }

    /// A row that has more or fewer cells than the first.
    fn ragged(&self, name: &str, line: Option<u64>, record: &csv::ByteRecord, first: &First) -> Error {
        let plural = if record.len() == 1 { "" } else { "s" };
        let found = record.len();
        let comment =
            comment_in(record).map(|mark| (line, mark)).or(first.comment.map(|mark| (first.line, mark)));
        let hint = comment.filter(|_| self.comment.is_none()).map(|(line, mark)| {
            let line = line.map_or(String::new(), |line| format!(" {line}"));
            format!("; line{line} begins with `{mark}`: comment = \"{mark}\" leaves such lines out")
        });
        let of = if self.header { "the header" } else { "the first row" };
        let problem =
            format!("{found} cell{plural}, expected {}, as in {of}{}", first.cells, hint.unwrap_or_default());
        Error::in_file(name, line.map_or(Place::Whole, Place::Line), problem)
    }

    /// The characters of a cell; none if it is not UTF-8 and should be.
    fn cell<'a>(&self, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
        let text: Cow<'a, str> = match self.charset {
            Charset::Utf8 => str::from_utf8(bytes).ok()?.into(),
            Charset::Latin1 => bytes.iter().map(|&byte| char::from(byte)).collect(),
        };
        Some(match text {
            Cow::Borrowed(text) if self.trim => text.trim().into(),
            Cow::Owned(text) if self.trim => text.trim().to_owned().into(),
            text => text,
        })
    }

    fn builder(&self) -> Result<csv::ReaderBuilder> {
        let ascii = |what: &str, character: char| {
            u8::try_from(character).ok().filter(u8::is_ascii).ok_or_else(|| {
                Error::Source(format!("`{character}` cannot be the {what}: it is not an ASCII character"))
            })
        };
        let mut builder = csv::ReaderBuilder::new();
        builder
            .delimiter(ascii("separator", self.separator)?)
            .has_headers(false)
            .flexible(true)
            .quoting(self.quoting == Quoting::Double)
            .comment(self.comment.map(|comment| ascii("comment", comment)).transpose()?);
        Ok(builder)
    }
}

const NOT_UTF8: &str = "is not UTF-8; files in Latin-1 are read with charset = \"latin1\"";

/// The file's line in which the record begins that was read last.
fn line(reader: &csv::Reader<Lines<impl Read>>, record: &csv::ByteRecord) -> Option<u64> {
    reader.get_ref().first_line(reader.position().byte(), record)
}

/// What rows are compared with.
struct First {
    line: Option<u64>,
    cells: usize,
    comment: Option<char>,
}

/// What usually begins a line that is no row, if that begins with it.
fn comment_in(record: &csv::ByteRecord) -> Option<char> {
    let first = record.get(0)?;
    match first {
        [mark @ (b'#' | b'%'), ..] => Some(char::from(*mark)),
        [b'/', b'/', ..] => Some('/'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tch::Tensor;

    use super::*;
    use crate::format::columns::{ImageShape, Predict};
    use crate::splits::{Answers, Raw};
    use crate::{Categorical, Inputs};

    fn csv(target: &str) -> Csv {
        let columns = Columns { target: target.into(), ..Columns::default() };
        Csv::new("train.csv", TestSplit::Fraction(0.5), columns)
    }

    fn read(csv: &Csv, text: &[u8]) -> Result<Raw> {
        let original = Original::from_bytes("train.csv", text.to_vec())?;
        Ok(csv.columns.read(&[csv.grid(&original)?])?.remove(0))
    }

    fn fault(csv: &Csv, text: &str) -> String {
        read(csv, text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn numbers_categories_and_missing_values_find_their_columns() {
        let raw = read(&csv("class"), b"age,work,class\n39,State,no\n?,?,yes\n41,State,no\n").unwrap();
        let Inputs::Table(table) = raw.inputs else { panic!("a table expected") };
        let ages: Vec<f32> = Vec::try_from(table.numbers.flatten(0, -1)).unwrap();
        assert_eq!(format!("{ages:?}"), "[39.0, NaN, 41.0]");
        let codes = vec![Some(0), None, Some(0)];
        let work = Categorical { name: "work".into(), categories: vec!["State".into()], codes };
        assert_eq!(table.categorical, [work]);
        assert_eq!(raw.answers, Answers::Names(vec!["no".into(), "yes".into(), "no".into()]));
    }

    #[test]
    fn quotes_mean_what_the_file_says() {
        let mut layout = csv("category");
        layout.columns.text = vec!["text".into()];
        let text = b"text,category\r\n\"My card\nis \"\"lost\"\"\",card\r\nA loan?,loan\r\n";
        let Inputs::Texts(texts) = read(&layout, text).unwrap().inputs else { panic!("texts expected") };
        assert_eq!(texts, ["My card\nis \"lost\"", "A loan?"]);

        layout.separator = '\t';
        let message = fault(&layout, "text\tcategory\nsay \"yes\tcard\n");
        assert!(message.starts_with("train.csv: an odd number of double quotes"), "{message}");
        layout.quoting = Quoting::None;
        let Inputs::Texts(texts) = read(&layout, b"text\tcategory\nsay \"yes \tcard\n").unwrap().inputs
        else {
            panic!("texts expected")
        };
        assert_eq!(texts, ["say \"yes "]);
    }

    #[test]
    fn pixels_and_numbers_to_predict() {
        let mut layout = csv("5");
        layout.header = false;
        layout.columns.image = Some(ImageShape { channels: 1, height: 2, width: 2, peak: 16 });
        let raw = read(&layout, b"0,16,3,4,7\n").unwrap();
        let Inputs::Images(images) = raw.inputs else { panic!("images expected") };
        assert_eq!(images.pixels, Tensor::from_slice(&[0_u8, 16, 3, 4]).view([1, 1, 2, 2]));
        assert_eq!(fault(&layout, "0,17,3,4,7\n"), "train.csv, row 1: `17` is not an integer from 0 to 16");

        let mut layout = csv("price");
        layout.columns.predict = Predict::Number;
        assert_eq!(read(&layout, b"rooms,price\n3,1.5e2\n").unwrap().answers, Answers::Numbers(vec![150.0]));
        assert_eq!(
            fault(&layout, "rooms,price\n3,inf\n"),
            "train.csv, row 2: `inf` is not a (finite) number"
        );
        assert_eq!(fault(&layout, "rooms,price\n3,\n"), "train.csv, row 2: the target is missing");
        assert_eq!(fault(&layout, "rooms,price\n3,1\n3,NA\n"), "train.csv, row 3: the target is missing");
        let hint =
            "train.csv, row 2: `1,5` is not a (finite) number (it is with numbers = { decimal = \",\" })";
        assert_eq!(fault(&layout, "rooms,price\n3,\"1,5\"\n3,\"1,234\"\n"), hint);
        layout.numbers.decimal = ',';
        assert_eq!(read(&layout, b"rooms,price\n3,\"1,5\"\n").unwrap().answers, Answers::Numbers(vec![1.5]));
    }

    #[test]
    fn adult_is_read_as_it_is() {
        let mut layout = csv("3");
        (layout.header, layout.trim, layout.comment) = (false, true, Some('|'));
        layout.columns.class_suffix = ".".into();
        let raw = read(&layout, b"|1x3 Cross validator\n25, Private, <=50K.\n38, ?, >50K.\n\n").unwrap();
        assert_eq!(raw.answers, Answers::Names(vec!["<=50K".into(), ">50K".into()]));
    }

    #[test]
    fn faults_name_the_row() {
        let ragged = "train.csv, line 3: 1 cell, expected 2, as in the header";
        assert_eq!(fault(&csv("b"), "a,b\n1,2\n3\n"), ragged);
        assert_eq!(fault(&csv("c"), "a,b\n"), "train.csv: has no column `c`; its columns are a, b");
        assert!(fault(&csv("a"), "a,a\n").starts_with("train.csv: two columns are called `a`"));
        let message = fault(&csv("c"), "a;c\n1;2\n");
        assert_eq!(
            message,
            "train.csv: has no column `c`; its columns are a;c; separator = \";\" if that stands between cells"
        );
        let message = fault(&csv("3"), "5,7,up\n1,2,down\n");
        assert!(
            message.ends_with("are 5, 7, up; header = false if the first row does not name them"),
            "{message}"
        );
        let mut layout = csv("a");
        layout.separator = '·';
        assert!(fault(&layout, "a,b\n").contains("cannot be the separator"));
    }

    #[test]
    fn a_number_in_training_must_be_one_in_testing() {
        let layout = csv("b");
        let grid = |name, text: &str| {
            layout.grid(&Original::from_bytes(name, text.as_bytes().to_vec()).unwrap()).unwrap()
        };
        let grids = [grid("train.csv", "a,b\n1,x\n"), grid("test.csv", "a,b\none,x\n")];
        let message = layout.columns.read(&grids).unwrap_err().to_string();
        assert_eq!(message, "test.csv, row 2: `one` is not a (finite) number");
    }
}
