//! What the columns of a table are for.

use std::collections::BTreeSet;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::grid::{Declared, Grid};
use crate::error::{Error, Result};
use crate::splits::{Answers, Raw};
use crate::{Categorical, Images, Inputs, Table};

/// What the columns of a table are for. Columns are called by their names in the file's header or, where it has
/// none, by their numbers, counted from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The column to predict.
    pub target: String,
    /// What it holds.
    #[serde(default)]
    pub predict: Predict,
    /// The classes in their order, as the file spells them. Left out: as the file declares them, or else in
    /// numerical or alphabetical order.
    #[serde(default)]
    pub classes: Vec<String>,
    /// What may follow a class and is no part of it, such as the dot in Adult's test file.
    #[serde(default)]
    pub class_suffix: String,
    /// Columns of text, joined with a blank. Left out: the columns are a table.
    #[serde(default)]
    pub text: Vec<String>,
    /// The columns are the pixels of an image.
    #[serde(default)]
    pub image: Option<ImageShape>,
    /// Columns whose values are categories though they look like numbers. Columns that do not are categories anyway.
    #[serde(default)]
    pub categorical: Vec<String>,
    /// Columns to leave out.
    #[serde(default)]
    pub ignore: Vec<String>,
}

/// What the target column holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Predict {
    /// A class.
    #[default]
    Class,
    /// A number.
    Number,
}

/// The pixels of an image, plane after plane and row after row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageShape {
    /// Colour planes.
    pub channels: u16,
    /// Pixels.
    pub height: u16,
    /// Pixels.
    pub width: u16,
    /// The largest value a pixel can have.
    #[serde(default = "peak_default")]
    pub peak: u8,
}

fn peak_default() -> u8 {
    u8::MAX
}

impl Columns {
    /// The examples of a training file and of further ones with the same columns.
    pub(crate) fn read(&self, grids: &[Grid]) -> Result<Vec<Raw>> {
        let Some(training) = grids.first() else { return Ok(Vec::new()) };
        let roles = Roles::of(self, training)?;
        let raws: Vec<Result<Raw>> = grids
            .par_iter()
            .map(|grid| {
                if grid.names != training.names {
                    return Err(grid.fault(0, format!("other columns than {} has", training.file)));
                }
                let inputs = match self.image {
                    Some(shape) => Inputs::Images(pixels(grid, &roles.inputs, shape)?),
                    None if !self.text.is_empty() => Inputs::Texts(texts(grid, &roles.inputs)),
                    None => Inputs::Table(table(grid, &roles)?),
                };
                let answers = self.answers(grid, roles.target)?;
                Ok(Raw {
                    file: grid.file.clone(),
                    first_row: grid.first_row,
                    inputs,
                    answers,
                    doubts: Vec::new(),
                })
            })
            .collect();
        raws.into_iter().collect()
    }

    /// The classes in their order, if it is known before reading.
    pub(crate) fn listed(&self, training: &Grid) -> Result<Option<Vec<String>>> {
        if !self.classes.is_empty() {
            return Ok(Some(self.classes.clone()));
        }
        Ok(match &training.declared[training.find(&self.target)?] {
            Declared::Categories(classes) if self.predict == Predict::Class => Some(classes.clone()),
            _ => None,
        })
    }

    /// A grid without rows for a file of these columns.
    ///
    /// Fails if two of them have one name.
    pub(crate) fn grid(&self, file: &str, first_row: u64, names: Vec<String>) -> Result<Grid> {
        let worded = names.iter().map(|name| self.reads_words_of(name)).collect();
        Grid::new(file, first_row, names, worded)
    }

    /// Whether the cells of a column are read as they are written.
    fn reads_words_of(&self, column: &String) -> bool {
        let class = *column == self.target && self.predict == Predict::Class;
        class || self.text.contains(column) || self.categorical.contains(column)
    }

    /// What is to be predicted, from the target column.
    pub(super) fn answers(&self, grid: &Grid, target: usize) -> Result<Answers> {
        Ok(match self.predict {
            Predict::Class => {
                let class = |(row, cell): (usize, Option<&str>)| {
                    let name = cell.ok_or_else(|| grid.fault(row, "the target is missing"))?;
                    Ok(name.strip_suffix(&self.class_suffix).unwrap_or(name).to_owned())
                };
                Answers::Names((0..).zip(grid.column(target)).map(class).collect::<Result<_>>()?)
            }
            Predict::Number => {
                let numbers = grid.numbers(target)?;
                if let Some(row) = numbers.iter().position(|number| number.is_nan()) {
                    return Err(grid.fault(row, "the target is missing"));
                }
                Answers::Numbers(numbers)
            }
        })
    }
}

/// Which columns are what.
struct Roles {
    target: usize,
    inputs: Vec<usize>,
    /// Those of the inputs that are categories.
    categorical: BTreeSet<usize>,
}

impl Roles {
    fn of(columns: &Columns, training: &Grid) -> Result<Self> {
        let find = |names: &[String]| -> Result<Vec<usize>> {
            names.iter().map(|name| training.find(name)).collect()
        };
        let target = training.find(&columns.target)?;
        let ignored = find(&columns.ignore)?;
        let inputs = if columns.text.is_empty() {
            let read = |column: &usize| *column != target && !ignored.contains(column);
            (0..training.names.len()).filter(read).collect()
        } else {
            find(&columns.text)?
        };
        if inputs.is_empty() || inputs.contains(&target) {
            let problem = "a target column and at least one other are needed".to_owned();
            return Err(Error::file(&training.file, problem));
        }
        let mut categorical: BTreeSet<usize> = find(&columns.categorical)?.into_iter().collect();
        let worded = |column: &&usize| {
            training.declared[**column] != Declared::Nothing || training.has_words(**column)
        };
        if columns.text.is_empty() && columns.image.is_none() {
            categorical.extend(inputs.iter().filter(worded));
        }
        Ok(Self { target, inputs, categorical })
    }
}

fn texts(grid: &Grid, columns: &[usize]) -> Vec<String> {
    let mut texts = vec![String::new(); grid.len()];
    for (place, &column) in columns.iter().enumerate() {
        for (text, cell) in texts.iter_mut().zip(grid.column(column)) {
            if place > 0 {
                text.push(' ');
            }
            text.push_str(cell.unwrap_or_default());
        }
    }
    texts
}

fn pixels(grid: &Grid, columns: &[usize], shape: ImageShape) -> Result<Images> {
    let ImageShape { channels, height, width, peak } = shape;
    let [channels, height, width] = [channels, height, width].map(i64::from);
    if columns.len() as i64 != channels * height * width || columns.is_empty() {
        let problem = format!("{} columns are not the pixels of {channels}x{height}x{width}", columns.len());
        return Err(Error::file(&grid.file, problem));
    }
    let mut values = vec![0; grid.len() * columns.len()];
    for (place, &column) in columns.iter().enumerate() {
        let (distinct, cells) = grid.texts(column);
        let pixel = |text: &&str| text.trim().parse().ok().filter(|&value: &u8| value <= peak);
        let pixels: Vec<Option<u8>> = distinct.iter().map(pixel).collect();
        for (row, cell) in cells.enumerate() {
            let fault = || {
                let text = cell.map_or("", |cell| distinct[cell as usize]);
                grid.fault(row, format!("`{text}` is not an integer from 0 to {peak}"))
            };
            values[row * columns.len() + place] =
                cell.and_then(|cell| pixels[cell as usize]).ok_or_else(fault)?;
        }
    }
    Ok(Images { pixels: Tensor::f_from_slice(&values)?.f_view([-1, channels, height, width])?, peak })
}

fn table(grid: &Grid, roles: &Roles) -> Result<Table> {
    let (categorical, numeric): (Vec<usize>, Vec<usize>) =
        roles.inputs.iter().partition(|column| roles.categorical.contains(column));
    let mut numbers = vec![0.0; grid.len() * numeric.len()];
    for (place, &column) in numeric.iter().enumerate() {
        for (row, number) in grid.numbers(column)?.into_iter().enumerate() {
            numbers[row * numeric.len() + place] = number;
        }
    }
    Ok(Table {
        numbers: Tensor::f_from_slice(&numbers)?.f_view([grid.len() as i64, numeric.len() as i64])?,
        numeric: numeric.into_iter().map(|column| grid.names[column].clone()).collect(),
        categorical: categorical.into_iter().map(|column| categories(grid, column)).collect(),
    })
}

fn categories(grid: &Grid, column: usize) -> Categorical {
    let (distinct, codes) = grid.texts(column);
    Categorical {
        name: grid.names[column].clone(),
        categories: distinct.into_iter().map(str::to_owned).collect(),
        codes: codes.collect(),
    }
}
