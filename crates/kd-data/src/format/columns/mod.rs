//! What the columns of a table are for.

mod header;
mod index;
mod mixed;
mod numbers;

use std::collections::BTreeSet;

use kd_doubt::Doubt;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::grid::{Declared, Grid, Use};
use crate::error::{Error, Result};
use crate::splits::{Answers, Raw};
use crate::{Categorical, Images, Inputs, Table};
pub use numbers::NumberFormat;

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
                    doubts: grid.doubts.clone(),
                })
            })
            .collect();
        let mut raws: Vec<Raw> = raws.into_iter().collect::<Result<_>>()?;
        if let Some(training) = raws.first_mut() {
            training.doubts.extend(roles.doubts);
        }
        Ok(raws)
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
    /// Fails if two that are read have one name.
    pub(crate) fn grid(&self, file: &str, first_row: u64, names: Vec<String>) -> Result<Grid> {
        let uses = names.iter().map(|name| self.use_of(name)).collect();
        Grid::new(file, first_row, names, uses)
    }

    /// What a column is read for.
    pub(super) fn use_of(&self, column: &String) -> Use {
        let is_class = *column == self.target && self.predict == Predict::Class;
        if is_class || self.text.contains(column) {
            Use::Words
        } else if *column == self.target {
            Use::Values
        } else if self.ignore.contains(column) || !self.text.is_empty() {
            Use::Nothing
        } else if self.categorical.contains(column) {
            Use::Words
        } else {
            Use::Values
        }
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
    /// What is doubtful of that.
    doubts: Vec<Doubt>,
}

impl Roles {
    fn of(columns: &Columns, training: &Grid) -> Result<Self> {
        let find = |names: &[String]| -> Result<Vec<usize>> {
            names.iter().map(|name| training.find(name)).collect()
        };
        let target = training.find(&columns.target)?;
        for name in columns.ignore.iter().filter(|name| !training.left_out.contains(*name)) {
            training.find(name)?;
        }
        let inputs: Vec<usize> = if columns.text.is_empty() {
            let read = |column: &usize| *column != target && training.is_read(*column);
            (0..training.names.len()).filter(read).collect()
        } else {
            find(&columns.text)?
        };
        if inputs.is_empty() || inputs.contains(&target) {
            let problem = "a target column and at least one other are needed".to_owned();
            return Err(Error::file(&training.file, problem));
        }
        let listed: BTreeSet<usize> = find(&columns.categorical)?.into_iter().collect();
        let mut roles = Self { target, inputs, categorical: listed, doubts: Vec::new() };
        if columns.text.is_empty() {
            roles.leave_out_indices(training)?;
        }
        if columns.text.is_empty() && columns.image.is_none() {
            roles.add_worded(training);
            roles.look_for_numbers_of_rows(training)?;
        }
        roles.doubts.extend(header::forgotten(columns, &roles, training));
        roles.doubts.extend(header::unread_of_texts(columns, &roles, training));
        Ok(roles)
    }

    /// Takes indices of rows out of the inputs, unless nothing else is left or somebody calls them categories.
    fn leave_out_indices(&mut self, training: &Grid) -> Result<()> {
        let (asked_for, mut inputs): (Vec<usize>, Vec<usize>) =
            self.inputs.iter().partition(|column| self.categorical.contains(column));
        let doubts = index::leave_out(training, &mut inputs)?;
        inputs.extend(asked_for);
        inputs.sort_unstable();
        if !inputs.is_empty() {
            (self.inputs, self.doubts) = (inputs, doubts);
        }
        Ok(())
    }

    /// Takes what is declared as such, or holds words, for categories.
    fn add_worded(&mut self, training: &Grid) {
        let mut named = Vec::new();
        for &column in self.inputs.iter().filter(|column| !self.categorical.contains(column)) {
            if training.declared[column] == Declared::Nothing && header::is_named(training, column) {
                named.push(column);
            } else if training.declared[column] == Declared::Nothing && training.has_words(column) {
                let mixed = mixed::doubt(training, column);
                self.doubts.extend(mixed.or_else(|| index::naming(training, column)));
            }
        }
        self.doubts.extend(header::unread(training, &named));
        let is_worded = |column: &&usize| {
            training.declared[**column] != Declared::Nothing || training.has_words(**column)
        };
        self.categorical.extend(self.inputs.iter().filter(is_worded));
    }

    fn look_for_numbers_of_rows(&mut self, training: &Grid) -> Result<()> {
        for &column in self.inputs.iter().filter(|column| !self.categorical.contains(column)) {
            self.doubts.extend(index::numbering(training, column)?);
        }
        Ok(())
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
                let hint = grid.header_hint(row, text);
                grid.fault(row, format!("`{text}` is not an integer from 0 to {peak}{hint}"))
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
