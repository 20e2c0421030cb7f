//! What can be typed after `kd report`.

use std::path::PathBuf;

use clap::Args;

use super::Only;

#[derive(Debug, Args)]
#[command(
    after_help = "A table has a row for each run, and needs columns for the arm, M (samples), the seed and a score; of \
    tasks, N and teachers it may say more. Rows of one seed are paired.\n\n\
    Examples:\n  \
    kd report results/quickstart                        a results folder, again\n  \
    kd report results.csv                               arms called labels, distilled, permuted, ...\n  \
    kd report runs.parquet --labels scratch --distilled KD --control permuted=shuffled\n  \
    kd report runs.csv --percent --column samples=images --factor width --teacher-samples 50000\n  \
    kd report runs.csv --metric test_nll --column test_nll=loss"
)]
pub(crate) struct Report {
    /// Results folder, or a table: CSV, Parquet or Arrow; of several folders, what each says of each claim is put side by side
    /// in atlas.html, atlas.md and atlas.json
    #[arg(required = true, value_name = "DIR|TABLE")]
    pub(crate) sources: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) only: Only,
    /// Write the report's files into this folder, and leave those of the results folder as they are [default: of a
    /// table, NAME-report beside it; of an atlas, the folder that holds all of them]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: Table,
}

/// How a table is to be read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of tables")]
pub(crate) struct Table {
    /// The arm that is trained on labels [default: that called labels]
    #[arg(long, value_name = "ARM")]
    pub(crate) labels: Option<String>,
    /// An arm that is trained on the teacher's full signal; may be repeated, the leading one first [default: that called
    /// distilled]
    #[arg(long, value_name = "ARM")]
    pub(crate) distilled: Vec<String>,
    /// A control: one of `permuted`, `entropy_matched`, `label_smoothing`, `top_k`, `class_means`, `importance_weighted`, `hard`
    /// and `random`, its arm, and of several the distilled arm that it is a
    /// control of; may be repeated [default: arms that are called so]
    #[arg(long, value_name = "KIND=ARM[:OF]")]
    pub(crate) control: Vec<String>,
    /// N, the number of the teacher's samples, where no column has it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) teacher_samples: Option<u64>,
    /// A column that is a factor, and whether its levels set apart tasks, arms or what is tuned (`task`, `arm`, `tuned`);
    /// may be repeated
    #[arg(long, value_name = "NAME[=KIND]")]
    pub(crate) factor: Vec<String>,
    /// Another name of a column of the results table, such as samples=images; may be repeated
    #[arg(long, value_name = "OURS=THEIRS")]
    pub(crate) column: Vec<String>,
    /// Analyse this column instead of accuracy or R², such as `test_nll`
    #[arg(long, value_name = "NAME")]
    pub(crate) metric: Option<String>,
    /// Shares, such as accuracies, are in per cent
    #[arg(long)]
    pub(crate) percent: bool,
}
