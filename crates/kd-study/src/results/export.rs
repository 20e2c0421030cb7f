//! Predictions for other programs.

use std::path::Path;

use kd_analysis::table::{Predicted, PredictionsFile, Right};
use kd_analysis::{Error, Filter};

use super::predictions::{Predictions, Said, Targets};
use super::rows;
use crate::error::Result;
use crate::plan::Plan;
use crate::spec::RunId;
use crate::store::record::RunRecord;
use crate::store::{Store, publish};

/// Writes to `out`, as Parquet, what every run of `plan` that meets `filter` said of every test example and of each of its
/// own samples. Tells of how many runs there is something, and of how many, finished, there is nothing.
///
/// # Errors
/// If no run meets the filter, predictions are not what was published, or the file cannot be written.
pub fn export_predictions(plan: &Plan, store: &Store, filter: &Filter, out: &Path) -> Result<[usize; 2]> {
    let (mut rows, _) = rows(plan, store)?;
    rows.retain(|row| filter.holds(row));
    if rows.is_empty() {
        return Err(Error::NothingMatches(filter.written()).into());
    }
    let mut counts = [0, 0];
    publish(out, ".parquet", |path| {
        let mut file = PredictionsFile::new(fs_err::File::create(path)?, &rows)?;
        for row in &rows {
            let Ok(run) = row.run().parse::<RunId>() else { continue };
            let Some(predictions) = Predictions::of(store, &run)? else {
                counts[1] += 1;
                continue;
            };
            let Some(RunRecord { spec, .. }) = store.record(&run)? else { continue };
            let own = spec.data.train_rows(store.subset(&run)?);
            let own: Vec<u64> = own.into_iter().map(|row| row as u64).collect();
            let Predictions { test, train } = &predictions;
            let in_order: Vec<u64> = (0..test.examples()).map(|row| spec.data.test_row(row) as u64).collect();
            file.add(row, &predicted("test", test, &in_order))?;
            file.add(row, &predicted("train", train, &own))?;
            counts[0] += 1;
        }
        Ok(file.finish()?)
    })?;
    Ok(counts)
}

fn predicted<'a>(split: &'static str, said: &'a Said, examples: &'a [u64]) -> Predicted<'a> {
    let right = match &said.targets {
        Targets::Classes(classes) => Right::Classes(classes),
        Targets::Numbers(numbers) => Right::Numbers(numbers),
    };
    Predicted { split, examples, values: &said.values, width: said.width, right }
}
