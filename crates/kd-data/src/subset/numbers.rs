//! A file of numbers for each training example: a `.npy` array, or lines of text.

use std::path::Path;

use tch::{Kind, Tensor};

use crate::error::Result;
use crate::file_kind::FileKind;
use crate::format::array::npy;
use crate::original::{Charset, Original};
use crate::told::told;

/// `[count, d]`: the numbers of each training example.
pub(super) fn read(path: &Path, count: usize) -> Result<Tensor> {
    let read = Original::open(path).and_then(|file| parse(&file, count));
    read.map_err(|error| told(error, &[path.to_owned()], |kind| *kind == FileKind::Npy))
}

/// The same of a file in memory.
pub(crate) fn parse(original: &Original, count: usize) -> Result<Tensor> {
    let numbers = if original.bytes.starts_with(b"\x93NUMPY") {
        npy(original)?.into_values()
    } else {
        lines(original)?
    };
    let rows = numbers.size().first().copied().unwrap_or(1);
    if rows != count as i64 || numbers.numel() == 0 {
        let problem = format!(
            "has numbers for {rows} examples, but there are {count} in the training split; a row for each is expected, in \
             the order of the data"
        );
        return Err(original.fault(problem));
    }
    let numbers = numbers.f_view([rows, -1])?;
    let single = numbers.f_to_kind(Kind::Float)?;
    let finite: Vec<bool> = Vec::try_from(single.f_isfinite()?.f_all_dim(1, false)?)?;
    match finite.iter().position(|finite| !finite) {
        Some(row) => Err(original
            .fault(format!("a number of example {row}, counted from 0, is not finite in single precision"))),
        None => Ok(numbers),
    }
}

/// Numbers between commas. The first line may be a heading.
fn lines(original: &Original) -> Result<Tensor> {
    let text = original.text(Charset::Utf8)?;
    let mut values: Vec<f64> = Vec::new();
    let mut width = None;
    for (row, line) in (1..).zip(text.lines()) {
        let cells: Option<Vec<f64>> = line.split(',').map(|cell| cell.trim().parse().ok()).collect();
        match cells {
            Some(cells) if *width.get_or_insert(cells.len()) == cells.len() => values.extend(cells),
            None if row == 1 => {}
            _ => {
                let expected =
                    width.map_or_else(|| "numbers".to_owned(), |width| format!("{width} number(s)"));
                return Err(original.row(row, format!("expected {expected} between commas, found `{line}`")));
            }
        }
    }
    Ok(Tensor::f_from_slice(&values)?.f_view([-1, width.unwrap_or(1) as i64])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, count: usize) -> Result<Vec<Vec<f64>>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores.csv");
        fs_err::write(&path, text).unwrap();
        Ok(Vec::try_from(read(&path, count)?).unwrap())
    }

    #[test]
    fn lines_may_have_a_heading() {
        assert_eq!(of("forgotten\n3\n-1.5e0\n", 2).unwrap(), [[3.0], [-1.5]]);
        assert_eq!(of("1, 2\n3, 4", 2).unwrap(), [[1.0, 2.0], [3.0, 4.0]]);
    }

    #[test]
    fn what_is_no_row_of_numbers_is_refused_in_its_place() {
        for (text, expected) in [
            ("1\n2\n", "scores.csv: has numbers for 2 examples, but there are 3"),
            ("1\n2\nthree\n", "scores.csv, row 3: expected 1 number(s) between commas, found `three`"),
            ("1,2\n3\n5,6\n", "scores.csv, row 2: expected 2 number(s)"),
            ("1\nNaN\n3\n", "scores.csv: a number of example 1, counted from 0, is not finite"),
            ("", "scores.csv: has numbers for 0 examples"),
        ] {
            let message = of(text, 3).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
