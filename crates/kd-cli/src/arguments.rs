//! What can be typed after `kd`.

mod figure;
mod report;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use kd_study::Input;

pub(crate) use self::figure::Figure;
pub(crate) use self::report::{Report, Table};
use crate::input;
use crate::servants::{Exec, Module};

/// What is knowledge distillation worth, and why, as data become scarce?
///
/// A study file declares tasks, teachers, students and the objectives to compare; `kd run` trains what it takes
/// and answers with intervals.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "To begin: `kd new`, then `kd plan study.toml`, then `kd run study.toml --smoke`.\n\
                  Exit status: 0 done, 1 some runs failed, 2 bad input, 130 interrupted."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train what a study needs and write its findings; trains only what is missing
    Run(Run),
    /// Show which runs a study takes, how long and how much room, and what it cannot answer
    Plan {
        /// Study file
        study: PathBuf,
        #[command(flatten)]
        sets: Sets,
        #[command(flatten)]
        out: Out,
        #[command(flatten)]
        machine: Machine,
        /// Try nothing out: only finished runs of the same kind tell how long it takes
        #[arg(long)]
        no_probe: bool,
        #[command(flatten)]
        format: Format,
    },
    /// Show how far a study is
    Status {
        /// Results folder
        dir: PathBuf,
        #[command(flatten)]
        format: Format,
    },
    /// List the runs of a study: where each stands, and what came of it
    Runs(Runs),
    /// Analyse a results folder again and rewrite its report, or report on your own table; of several folders, write an atlas
    Report(Box<Report>),
    /// Write a figure or a table of a report for a paper; without a name, list them
    Figure(Figure),
    /// Compare the scores of two results folders, or of two arms of one, run by run
    Compare(Compare),
    /// Write what runs hold for other programs
    #[command(subcommand)]
    Export(Export),
    /// Remove the runs in a results folder that its study does not ask for any more
    Prune(Prune),
    /// Show everything about one run
    Explain {
        /// First digits of its id
        run: String,
        /// Results folder, or a folder of results folders
        #[arg(long, default_value = "results")]
        dir: PathBuf,
        /// Print only the examples it was trained on: rows of the training split, counted from 0
        #[arg(long)]
        subset: bool,
        #[command(flatten)]
        format: Format,
    },
    /// Data sets that studies can name
    #[command(subcommand)]
    Data(Data),
    /// Architectures of teachers and students
    #[command(subcommand)]
    Models(Models),
    /// List the objectives and supervisions that a study file can name
    Objectives {
        #[command(flatten)]
        format: Format,
    },
    /// Check this machine: libtorch, devices, threads
    Doctor {
        #[command(flatten)]
        format: Format,
    },
    /// Write a commented study file to start from
    New {
        /// Where
        #[arg(default_value = "study.toml")]
        path: PathBuf,
    },
    /// Print the JSON Schema of study files, for editors
    Schema,
    /// Print completions for a shell
    Completions {
        /// Shell
        shell: Shell,
    },
    /// Run the TorchScript module given on standard input
    #[command(hide = true)]
    Module(Module),
    /// Train runs given on standard input, one JSON specification a line
    #[command(hide = true)]
    Exec(Exec),
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // each is a flag of its own
pub(crate) struct Run {
    /// Study file
    pub(crate) study: PathBuf,
    #[command(flatten)]
    pub(crate) sets: Sets,
    #[command(flatten)]
    pub(crate) only: Only,
    #[command(flatten)]
    pub(crate) out: Out,
    #[command(flatten)]
    pub(crate) machine: Machine,
    /// A small version of the study that takes seconds: two seeds, two sample sizes, a few steps on a few examples
    #[arg(long)]
    pub(crate) smoke: bool,
    /// Train failed runs again, whatever made them fail
    #[arg(long)]
    pub(crate) retry_failed: bool,
    /// Stop at the first run that fails
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Write into a results folder that holds another study: its plan and report are replaced, its runs stay
    #[arg(long)]
    pub(crate) replace: bool,
    /// Say at the end how much memory workers held and how much of their time went into evaluation
    #[arg(long)]
    pub(crate) verbose: bool,
    /// Train also what a results folder beside this one has, which is copied otherwise
    #[arg(long)]
    pub(crate) no_adopt: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sets {
    /// Put VALUE in the place PATH of the study file, as if it were written there; may be repeated
    ///
    /// PATH is the keys that lead there, with points between them; VALUE is TOML, or a single word: --set
    /// tasks.digits.student.train.budget.steps=50 --set 'study.seeds=[1, 2]' --set study.name=short.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(crate) sets: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Machine {
    /// Worker processes [default: one per core, on a GPU at most 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) workers: Option<u16>,
    /// `cpu`, `cuda` or `cuda:N`
    #[arg(long, env = "KD_DEVICE", hide_env_values = true, default_value = "cpu")]
    pub(crate) device: String,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Results folder
    pub(crate) a: PathBuf,
    /// Another, from whose scores those of the first are subtracted
    #[arg(required_unless_present = "arms", conflicts_with = "arms")]
    pub(crate) b: Option<PathBuf>,
    /// Compare two arms of one folder: the second minus the first
    #[arg(long, num_args = 2, value_names = ["FIRST", "SECOND"])]
    pub(crate) arms: Option<Vec<String>>,
    /// How to print
    #[arg(long, value_enum, default_value_t = ComparisonFormat::Text)]
    pub(crate) format: ComparisonFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ComparisonFormat {
    Text,
    Markdown,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Results folder
    pub(crate) dir: PathBuf,
    /// Another study file, whose runs are kept too; may be given several times
    #[arg(long, value_name = "STUDY")]
    pub(crate) keep: Vec<PathBuf>,
    /// Only list what would be removed
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Only {
    /// Only runs that meet this condition, such as 'M<=160' or arm=labels; of several, all must hold
    ///
    /// KEY is task, arm, role, M, seed or a factor of the study; of runs that have been trained, also any column of the
    /// results table. OP is one of =, !=, <, <=, >, >=. Quotes keep < and > from the shell: --only 'M<=160' --only
    /// arm=labels --only 'teacher width=128'. A run that a factor does not concern meets every condition on it.
    #[arg(long, value_name = "KEY OP VALUE")]
    pub(crate) only: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Runs {
    /// Results folder
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) only: Only,
    /// Sort by this column; runs without a value come last
    #[arg(long, value_name = "COLUMN")]
    pub(crate) sort: Option<String>,
    /// The highest first
    #[arg(long, requires = "sort")]
    pub(crate) descending: bool,
    /// What to show: columns of the results table, factors, state, score, seconds [default: where each run stands, and what
    /// came of it]
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    pub(crate) columns: Option<Vec<String>>,
    /// Show the first N
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Out {
    /// Results folder [default: results/NAME, NAME being the study's]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Format {
    /// How to print
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

impl Format {
    pub(crate) fn is_json(self) -> bool {
        self.format == OutputFormat::Json
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// What every run says of each test example and of each of its own samples, as Parquet
    Predictions {
        /// Results folder
        dir: PathBuf,
        #[command(flatten)]
        only: Only,
        /// Where to
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Data {
    /// List them
    List {
        #[command(flatten)]
        format: Format,
    },
    /// Show what is in one, or in your own: columns, classes, shapes, tokens, examples, doubts
    Show(Show),
    /// Bring original files that are missing or damaged, each verified before it gets its name
    Fetch {
        #[command(flatten)]
        files: OriginalFiles,
        /// A folder or an address (`http://` or `https://`) that has the files, instead of where they are published
        #[arg(long, value_name = "FOLDER|ADDRESS")]
        from: Option<String>,
    },
    /// Show whether original files are there and right
    Check {
        #[command(flatten)]
        files: OriginalFiles,
        #[command(flatten)]
        format: Format,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// A name, as `kd data list` shows it; a study file, with `#TASK` for one of its tasks; or a file or folder of data,
    /// of which it is guessed how it is read
    pub(crate) what: String,
    #[command(flatten)]
    pub(crate) sets: Sets,
    /// Write it, with examples of every class, to this file as a page for a browser
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct OriginalFiles {
    /// Names, as `kd data list` shows them
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// The folder of data sets [default: that in the environment variable `KD_DATA`, or `data`]
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Models {
    /// List those that a study file can name
    List {
        #[command(flatten)]
        format: Format,
    },
    /// Show one: how many parameters it has, its features and their shapes
    Show {
        /// As in a study file, `resnet = { depth = 18 }`; its name alone takes the defaults
        model: String,
        /// What it reads: `image:CHANNELSxHEIGHTxWIDTH`, `features:WIDTH`, `table:NUMERICxCATEGORIESxLEVELS`,
        /// `tokens:VOCABULARY` or `sequence:VOCABULARYxLENGTH`
        #[arg(long, value_parser = input::read)]
        input: Input,
        /// Classes, or numbers that it predicts [default: 10, or the vocabulary of a sequence]
        #[arg(long, value_name = "K", value_parser = clap::value_parser!(i64).range(1..=i64::from(u32::MAX)))]
        classes: Option<i64>,
        #[command(flatten)]
        format: Format,
    },
    /// Check that weights of PyTorch fit a model, and write them for `weights.path` of a study file
    Import {
        /// Safetensors with the names of torchvision, Hugging Face or kd
        file: PathBuf,
        /// As in a study file, `resnet = { depth = 18 }`; its name alone takes the defaults
        #[arg(long)]
        model: String,
        /// What it reads, as for `kd models show`
        #[arg(long, value_parser = input::read)]
        input: Input,
        /// Classes, or numbers that it predicts [default: 10, or the vocabulary of a sequence]
        #[arg(long, value_name = "K", value_parser = clap::value_parser!(i64).range(1..=i64::from(u32::MAX)))]
        classes: Option<i64>,
        /// Where to
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Write a run's weights as safetensors with PyTorch's names
    Export {
        /// First digits of its id
        run: String,
        /// Results folder, or a folder of results folders
        #[arg(long, default_value = "results")]
        dir: PathBuf,
        /// Where to
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn arguments_are_consistent() {
        super::Arguments::command().debug_assert();
    }
}
