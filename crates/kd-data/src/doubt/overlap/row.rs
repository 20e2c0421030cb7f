//! Examples by what they hold, so that two of them can be told to be the same without being compared.

use rayon::prelude::*;
use tch::Tensor;

use crate::error::Result;
use crate::{Categorical, Inputs, Table};

/// The same of two examples that hold the same.
pub(super) type Key = [u8; 16];

/// So many bytes are copied at a time.
const TOGETHER: usize = 1 << 22;

/// A key for each example; of language models' blocks none.
pub(super) fn keys(inputs: &Inputs) -> Result<Vec<Key>> {
    match inputs {
        Inputs::Images(images) => of_tensor(&images.pixels),
        Inputs::Table(table) => of_table(table),
        // Blanks are hardly what tells two texts apart.
        Inputs::Texts(texts) => {
            let words = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
            Ok(texts.par_iter().map(|text| key(words(text).as_bytes())).collect())
        }
        Inputs::Sequences(_) => Ok(Vec::new()),
    }
}

fn key(bytes: &[u8]) -> Key {
    let mut key = Key::default();
    key.copy_from_slice(&blake3::hash(bytes).as_bytes()[..16]);
    key
}

/// A key for each row of a table: numbers, and categories by their names, since files number them differently.
fn of_table(table: &Table) -> Result<Vec<Key>> {
    let numbers = table.numbers.f_nan_to_num(f64::from(f32::MAX), None, None)?;
    // Nought and its negative are one number.
    let numbers = of_tensor(&numbers.f_add_scalar(0.0)?)?;
    let columns: Vec<(&Categorical, Vec<Key>)> = table
        .categorical
        .iter()
        .map(|column| (column, column.categories.iter().map(|name| key(name.as_bytes())).collect()))
        .collect();
    if columns.is_empty() {
        return Ok(numbers);
    }
    let joined = |(row, numbers): (usize, &Key)| {
        let mut all = numbers.to_vec();
        for (column, names) in &columns {
            let name = column.codes[row].map(|code| names[code as usize]);
            all.extend(name.unwrap_or_default());
        }
        key(&all)
    };
    Ok(numbers.par_iter().enumerate().map(joined).collect())
}

/// A key for each row of values.
fn of_tensor(values: &Tensor) -> Result<Vec<Key>> {
    let count = values.size().first().copied().unwrap_or_default();
    let width = values.numel() / (count.max(1) as usize);
    let row = width * values.kind().elt_size_in_bytes();
    if row == 0 {
        return Ok(vec![key(&[]); count as usize]);
    }
    let together = (TOGETHER / row).max(1) as i64;
    let mut keys = Vec::with_capacity(count as usize);
    let values = values.f_reshape([count, width as i64])?;
    let mut start = 0;
    while start < count {
        let rows = together.min(count - start);
        let part = values.f_narrow(0, start, rows)?.f_contiguous()?;
        let mut bytes = vec![0_u8; rows as usize * row];
        part.f_copy_data_u8(&mut bytes, part.numel())?;
        keys.par_extend(bytes.par_chunks_exact(row).map(key));
        start += rows;
    }
    Ok(keys)
}
