use tch::{Kind, Tensor};

use super::shard::Shard;
use super::value::{append, integer};
use crate::error::Result;
use crate::original::Original;

const ID: &str = "id";

/// A row of numbers for each example, `[n, K]`, float32, from a table that says in a column `id` which example a row is
/// about, counted from 0. The numbers are a list in the only other column, or one in each.
pub(in crate::format) fn keyed(original: Original) -> Result<Tensor> {
    let mut shard = Shard::open(original)?;
    let names: Vec<String> = shard.columns().iter().map(|column| column.name().to_owned()).collect();
    let Some(ids) = names.iter().position(|name| name == ID) else {
        return Err(shard
            .file
            .fault("has no column `id`, which says what example a row is about".to_owned()));
    };
    let mut rows: Vec<(i64, Vec<f32>)> = Vec::new();
    for group in 0..shard.row_groups() {
        let before = rows.len();
        for (place, field) in shard.fields(group, ids)?.iter().enumerate() {
            let row = (before + place + 1) as u64;
            let id = integer(field).ok_or_else(|| shard.file.row(row, "`id` is no integer"))?;
            rows.push((id, Vec::new()));
        }
        for (column, name) in names.iter().enumerate().filter(|(column, _)| *column != ids) {
            for (place, field) in shard.fields(group, column)?.iter().enumerate() {
                if !append(field, &mut rows[before + place].1) {
                    let row = (before + place + 1) as u64;
                    return Err(shard.file.row(row, format!("`{name}` holds something that is no number")));
                }
            }
        }
    }
    rows.sort_by_key(|(id, _)| *id);
    let width = rows.first().map_or(0, |(_, numbers)| numbers.len());
    for (place, (id, numbers)) in rows.iter().enumerate() {
        if *id != place as i64 {
            return Err(shard.file.fault(format!(
                "an example is missing or twice there: expected `id` {place}, found {id}, with ids in order"
            )));
        }
        if numbers.len() != width {
            return Err(shard.file.fault(format!(
                "the row with `id` {id} holds {} numbers, that with `id` 0 {width}",
                numbers.len()
            )));
        }
    }
    let (count, numbers) = (rows.len(), rows.into_iter().flat_map(|(_, numbers)| numbers));
    let table = Tensor::f_from_slice(&numbers.collect::<Vec<f32>>())?;
    Ok(table.f_reshape([count as i64, width as i64])?.f_to_kind(Kind::Float)?)
}
