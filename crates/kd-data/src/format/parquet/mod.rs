//! Parquet, in the layouts of Hugging Face: tables, texts, and images as files within a column.

mod announced;
mod compact;
mod differences;
mod keyed;
mod pandas;
mod shard;
#[cfg(test)]
pub(in crate::format) mod tests;
mod value;

use std::path::{Path, PathBuf};

use parquet::record::Field;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::grid::Grid;
use super::pictures::{Pictures, Shape};
use crate::error::{Error, Result};
use crate::original::Original;
use crate::splits::{Raw, Splits, TestSplit};
use crate::{Images, Inputs};
pub(in crate::format) use keyed::keyed;
use shard::Shard;
use value::{cell, encoded};

/// Examples in Parquet files. A null, or a float that is not a number, is a missing value. Where Hugging Face's
/// metadata name the classes of a column of integers, the names stand for them, and -1 is a missing value. Dates and
/// times are numbers as the file holds them: days, or milliseconds, microseconds or nanoseconds, since 1970 began or, of a
/// time of day, since midnight. Lists, maps and structs are no cells; `ignore` leaves them out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parquet {
    /// The training file. One of several, such as `train-00000-of-00003.parquet`, stands for all of them.
    pub path: PathBuf,
    /// The validation file, or one of several, if there is one.
    #[serde(default)]
    pub validation: Option<PathBuf>,
    /// Where the test examples come from.
    pub test: TestSplit,
    /// What the columns are for.
    pub columns: Columns,
    /// The column of images. Left out: the columns are a table or, as `columns` says, texts or pixels.
    #[serde(default)]
    pub image: Option<ImageColumn>,
}

/// A column of images, each a JPEG, PNG, WebP, GIF or BMP file: its bytes, or a struct with the field `bytes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageColumn {
    /// Its name.
    pub column: String,
    /// Height and width that images are brought to. Left out: all must have one size.
    #[serde(default)]
    pub size: Option<[u16; 2]>,
    /// Whether what does not fit the shape of `size` is cut off on both sides, rather than all squeezed into it.
    #[serde(default)]
    pub crop: bool,
    /// Whether images are read in grey.
    #[serde(default)]
    pub grey: bool,
}

impl Parquet {
    pub(crate) fn read(&self) -> Result<Splits> {
        let mut paths = self.test.paths(&self.path);
        paths.extend(self.validation.as_deref());
        let parts = paths.into_iter().map(|path| self.part(&shards(path)));
        let (grids, images): (Vec<Grid>, Vec<Option<Images>>) =
            parts.collect::<Result<Vec<_>>>()?.into_iter().unzip();
        let listed = self.columns.listed(&grids[0])?;
        let mut raws = match &self.image {
            None => self.columns.read(&grids)?,
            Some(_) => grids.iter().zip(images).map(|part| self.pictured(part)).collect::<Result<_>>()?,
        };
        let validation = if self.validation.is_some() { raws.pop() } else { None };
        Splits::of(raws, validation, listed, &self.test)
    }

    fn pictured(&self, (grid, images): (&Grid, Option<Images>)) -> Result<Raw> {
        let answers = self.columns.answers(grid, grid.find(&self.columns.target)?)?;
        let images = images.ok_or(Error::NoExamples)?;
        Ok(Raw {
            file: grid.file.clone(),
            first_row: 1,
            inputs: Inputs::Images(images),
            answers,
            doubts: Vec::new(),
        })
    }

    /// Whether a column's values are wanted, but for images.
    fn reads(&self, column: &String) -> bool {
        let Columns { target, text, ignore, .. } = &self.columns;
        let all = text.is_empty() && self.image.is_none();
        column == target || text.contains(column) || all && !ignore.contains(column)
    }

    /// The rows of all shards.
    fn part(&self, shards: &[PathBuf]) -> Result<(Grid, Option<Images>)> {
        let mut rows = Rows::of(self);
        for path in shards {
            rows.append(Original::open(path)?)?;
        }
        rows.finish()
    }
}

/// The file, or all that it is one of.
fn shards(path: &Path) -> Vec<PathBuf> {
    let siblings = || {
        let (stem, rest) = path.file_name()?.to_str()?.rsplit_once("-of-")?;
        let (stem, place) = stem.rsplit_once('-')?;
        let (count, extension) = rest.split_once('.')?;
        let digits = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        let count = count.parse::<u32>().ok().filter(|_| digits(place) && digits(count))?;
        let shard = |place| path.with_file_name(format!("{stem}-{place:05}-of-{count:05}.{extension}"));
        Some((0..count).map(shard).collect())
    };
    siblings().unwrap_or_else(|| vec![path.to_owned()])
}

/// What has been read of a part's shards.
pub(in crate::format) struct Rows<'a> {
    layout: &'a Parquet,
    grid: Option<Grid>,
    pictures: Option<Pictures>,
    shards: usize,
}

impl<'a> Rows<'a> {
    pub(in crate::format) fn of(layout: &'a Parquet) -> Self {
        let pictures = layout
            .image
            .as_ref()
            .map(|image| Pictures::new(Shape { size: image.size, crop: image.crop, grey: image.grey }));
        Self { layout, grid: None, pictures, shards: 0 }
    }

    /// Appends the rows of a shard: its bytes in memory, and all cells, which may take 200 times as much (and for a
    /// moment, before such a page is refused, whatever gzip makes of one).
    pub(in crate::format) fn append(&mut self, original: Original) -> Result<()> {
        let mut shard = Shard::open(original)?;
        let names: Vec<String> = shard.columns().iter().map(|column| column.name().to_owned()).collect();
        let declared = names.iter().map(|name| shard.declared(name)).collect::<Result<_>>()?;
        let mut grid = match self.grid.take() {
            Some(grid) => grid,
            None => self.layout.columns.grid(&shard.file.name, 1, names.clone())?,
        };
        grid.declare(declared);
        grid.index.extend(pandas::index(&shard));
        if grid.names != names {
            return Err(shard.file.fault(format!("other columns than {} has", grid.file)));
        }
        for group in 0..shard.row_groups() {
            let columns: Vec<Vec<Option<String>>> = (0..names.len())
                .map(|column| self.cells(&mut shard, group, column, &grid))
                .collect::<Result<_>>()?;
            let rows = columns.iter().map(Vec::len).max().unwrap_or_default();
            for (column, cells) in columns.iter().enumerate() {
                for row in 0..rows {
                    grid.push(column, cells.get(row).and_then(Option::as_deref))?;
                }
            }
            shard.first_row += rows as u64;
        }
        self.grid = Some(grid);
        self.shards += 1;
        Ok(())
    }

    /// The cells of a column in a row group; none of one that is not read, and no text of images, which go to the rest.
    fn cells(
        &mut self,
        shard: &mut Shard,
        group: usize,
        column: usize,
        grid: &Grid,
    ) -> Result<Vec<Option<String>>> {
        let name = &grid.names[column];
        let image = self.layout.image.as_ref().is_some_and(|image| image.column == *name);
        if !image && !self.layout.reads(name) {
            return Ok(Vec::new());
        }
        let fields = shard.fields(group, column)?;
        let rows = (shard.first_row..).zip(&fields);
        if let (true, Some(pictures)) = (image, &mut self.pictures) {
            let rows: Vec<(u64, &Field)> = rows.collect();
            pictures.extend(&rows, |&(row, field)| {
                let bytes =
                    encoded(field).ok_or_else(|| shard.file.row(row, format!("`{name}` holds no image")))?;
                let name = format!("{}, row {row}", shard.file.name);
                Ok(Original { name, bytes: bytes.to_vec() })
            })?;
            return Ok(vec![None; fields.len()]);
        }
        rows.map(|(row, field)| {
            cell(field, &grid.declared[column])
                .map_err(|problem| shard.file.row(row, format!("`{name}` {problem}")))
        })
        .collect()
    }

    pub(in crate::format) fn finish(self) -> Result<(Grid, Option<Images>)> {
        let mut grid = self.grid.ok_or(Error::NoExamples)?;
        if self.shards > 1 {
            grid.file = format!("{} and {} more", grid.file, self.shards - 1);
        }
        grid.find(&self.layout.columns.target)?;
        self.layout.image.as_ref().map(|image| grid.find(&image.column)).transpose()?;
        if grid.len() == 0 {
            return Err(Error::file(grid.file, "holds no examples"));
        }
        Ok((grid, self.pictures.map(Pictures::into_images).transpose()?))
    }
}
