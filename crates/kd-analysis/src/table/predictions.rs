//! What runs predict, as Parquet: a row for each run and example.

use std::collections::BTreeSet;
use std::io::Write;

use polars::prelude::{
    Column as Stored, DataFrame, DataType, Float32Type, IntoColumn, IntoSeries, ListBuilderTrait,
    ListPrimitiveChunkedBuilder, NamedFrom, Series,
};
use polars_io::parquet::write::{BatchedWriter, ParquetWriter};

use super::RunRow;
use crate::error::Result;

/// What a run predicts of some examples.
#[derive(Debug, Clone, Copy)]
pub struct Predicted<'a> {
    /// `test`, or `train` for its own samples.
    pub split: &'a str,
    /// Rows of the split, counted from 0; each stands for as many rows as there are tokens in an example of a language
    /// model.
    pub examples: &'a [u64],
    /// Logits of classes, or numbers, row by row.
    pub values: &'a [f32],
    /// How many of them there are in a row.
    pub width: usize,
    /// What is right of each row.
    pub right: Right<'a>,
}

/// What is right.
#[derive(Debug, Clone, Copy)]
pub enum Right<'a> {
    /// Classes, counted from 0.
    Classes(&'a [usize]),
    /// Numbers.
    Numbers(&'a [f32]),
}

/// A Parquet file of predictions, a group of rows for each split of a run. `run`, `task`, `arm`, `samples` (M), `seed` and a
/// column for each factor tell the place; `split`, `example` and, of language models, `token` the example; `label`,
/// `predicted` and `probabilities` are of classes, `target` and `prediction` of numbers.
pub struct PredictionsFile<W: Write> {
    writer: BatchedWriter<W>,
    factors: Vec<String>,
}

impl<W: Write> PredictionsFile<W> {
    /// Begins a file of the predictions of `rows`.
    ///
    /// # Errors
    /// If polars refuses.
    pub fn new(writer: W, rows: &[RunRow]) -> Result<Self> {
        let factors: BTreeSet<&String> = rows.iter().flat_map(|row| row.place().factors.keys()).collect();
        let factors: Vec<String> = factors.into_iter().cloned().collect();
        let nothing =
            Predicted { split: "", examples: &[], values: &[], width: 1, right: Right::Numbers(&[]) };
        let schema = frame(None, &factors, &nothing)?.schema().clone();
        Ok(Self { writer: ParquetWriter::new(writer).batched(&schema)?, factors })
    }

    /// Adds what the run of `row` predicts.
    ///
    /// # Errors
    /// If polars refuses, or the file cannot be written.
    pub fn add(&mut self, row: &RunRow, predicted: &Predicted<'_>) -> Result<()> {
        if !predicted.values.is_empty() {
            self.writer.write_batch(&frame(Some(row), &self.factors, predicted)?)?;
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(self) -> Result<()> {
        self.writer.finish()?;
        Ok(())
    }
}

fn frame(row: Option<&RunRow>, factors: &[String], predicted: &Predicted<'_>) -> Result<DataFrame> {
    let Predicted { split, examples, values, width, right } = predicted;
    let count = values.len() / (*width).max(1);
    // Of each example, a row for each of its tokens.
    let places = (count / examples.len().max(1)).max(1);
    let text = |name: &str, text: &str| stored(name, vec![text; count]);
    let number = |name: &str, number: u64| stored(name, vec![number; count]);
    let place = row.map(RunRow::place);
    let level = |factor: &String| {
        place.and_then(|place| place.factors.get(factor)).map_or_else(String::new, ToString::to_string)
    };
    let mut columns = vec![
        text("run", row.map_or("", RunRow::run)),
        text("task", place.map_or("", |place| &place.task)),
        text("arm", place.map_or("", |place| &place.arm)),
        number("samples", place.map_or(0, |place| place.samples)),
        number("seed", place.map_or(0, |place| place.seed)),
    ];
    columns.extend(factors.iter().map(|factor| text(&format!("{factor} (factor)"), &level(factor))));
    let token = |index: usize| (places > 1).then_some((index % places) as u64);
    columns.push(text("split", split));
    columns.push(stored("example", (0..count).map(|index| examples[index / places]).collect::<Vec<u64>>()));
    columns.push(stored("token", (0..count).map(token).collect::<Vec<Option<u64>>>()));
    columns.extend(outcomes(values, *width, *right, count));
    Ok(DataFrame::new(count, columns)?)
}

/// The columns of classes and those of numbers, of which one or the other are empty.
fn outcomes(values: &[f32], width: usize, right: Right<'_>, count: usize) -> Vec<Stored> {
    let mut probabilities = ListPrimitiveChunkedBuilder::<Float32Type>::new(
        "probabilities".into(),
        count,
        values.len(),
        DataType::Float32,
    );
    let mut labels: Vec<Option<u32>> = vec![None; count];
    let mut predicted: Vec<Option<u32>> = vec![None; count];
    let mut targets: Vec<Option<f64>> = vec![None; count];
    let mut predictions: Vec<Option<f64>> = vec![None; count];
    match right {
        Right::Classes(classes) => {
            for (index, logits) in values.chunks_exact(width.max(1)).enumerate() {
                labels[index] = classes.get(index).map(|&class| class as u32);
                predicted[index] = Some(largest(logits) as u32);
                probabilities.append_slice(&softmax(logits));
            }
        }
        Right::Numbers(numbers) => {
            for (index, &value) in values.iter().enumerate() {
                targets[index] = numbers.get(index).copied().map(f64::from);
                predictions[index] = Some(f64::from(value));
                probabilities.append_null();
            }
        }
    }
    vec![
        stored("label", labels),
        stored("predicted", predicted),
        probabilities.finish().into_series().into_column(),
        stored("target", targets),
        stored("prediction", predictions),
    ]
}

fn stored<T>(name: &str, values: T) -> Stored
where
    Series: NamedFrom<T, [T::Item]>,
    T: IntoIterator,
{
    Series::new(name.into(), values).into_column()
}

/// The first class of the largest logit.
fn largest(logits: &[f32]) -> usize {
    let mut best = 0;
    for (class, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = class;
        }
    }
    best
}

/// Probabilities, computed in float64.
fn softmax(logits: &[f32]) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let shares: Vec<f64> = logits.iter().map(|logit| f64::from(logit - most).exp()).collect();
    let sum: f64 = shares.iter().sum();
    shares.iter().map(|share| (share / sum) as f32).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use polars_io::SerReader;
    use polars_io::parquet::read::ParquetReader;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_example_of_each_run_has_a_row() {
        let row = |arm: &str, factors: serde_json::Value| -> RunRow {
            serde_json::from_value(json!({
                "run": format!("{arm}00"), "task": "digits", "arm": arm, "role": "other", "samples": 40,
                "seed": 1, "outcome": "finished", "factors": factors,
            }))
            .unwrap()
        };
        let rows = [row("a", json!({"width": 16})), row("b", json!({}))];
        let mut bytes = Vec::new();
        let mut file = PredictionsFile::new(&mut bytes, &rows).unwrap();
        let classes = Predicted {
            split: "test",
            examples: &[0, 1],
            values: &[0.0, 0.0, 0.0, 3.0_f32.ln()],
            width: 2,
            right: Right::Classes(&[1, 0]),
        };
        file.add(&rows[0], &classes).unwrap();
        // Of a language model, two tokens of one example.
        file.add(&rows[0], &Predicted { split: "train", examples: &[7], ..classes }).unwrap();
        let numbers = Right::Numbers(&[2.5]);
        let predicted =
            Predicted { split: "train", examples: &[3], values: &[2.0], width: 1, right: numbers };
        file.add(&rows[1], &predicted).unwrap();
        file.finish().unwrap();
        let frame = ParquetReader::new(Cursor::new(bytes)).finish().unwrap();
        let cells = |name: &str| -> Vec<String> {
            let column = frame.column(name).unwrap();
            (0..frame.height()).map(|row| column.get(row).unwrap().to_string()).collect()
        };
        assert_eq!(cells("run"), ["\"a00\"", "\"a00\"", "\"a00\"", "\"a00\"", "\"b00\""]);
        assert_eq!(cells("width (factor)"), ["\"16\"", "\"16\"", "\"16\"", "\"16\"", "\"\""]);
        assert_eq!(
            (cells("example"), cells("token")[2..4].to_vec()),
            (["0", "1", "7", "7", "3"].map(str::to_owned).to_vec(), ["0", "1"].map(str::to_owned).to_vec(),)
        );
        assert_eq!(
            (cells("label"), cells("predicted")[..2].to_vec()),
            (
                ["1", "0", "1", "0", "null"].map(str::to_owned).to_vec(),
                ["0", "1"].map(str::to_owned).to_vec(),
            )
        );
        assert_eq!((cells("target")[4].as_str(), cells("prediction")[4].as_str()), ("2.5", "2.0"));
        assert!(cells("probabilities")[1].contains("0.25") && cells("probabilities")[1].contains("0.75"));
    }
}
