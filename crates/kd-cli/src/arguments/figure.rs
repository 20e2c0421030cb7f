//! What can be typed after `kd figure`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use kd_analysis::render;

#[derive(Debug, Args)]
pub(crate) struct Figure {
    /// Results folder, the folder of a report on a table, or its `findings.json`
    #[arg(value_name = "DIR")]
    pub(crate) source: PathBuf,
    /// Its name, such as `digits/gain`
    pub(crate) name: Option<String>,
    /// How to write it [default: as FILE is called, else svg]
    #[arg(long, value_enum, requires = "name")]
    pub(crate) format: Option<FigureFormat>,
    /// Where to [default: standard output]
    #[arg(long, value_name = "FILE", requires = "name")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FigureFormat {
    /// A drawing that stands alone
    Svg,
    /// The same as a page, with its font
    Pdf,
    /// The same in pixels, for a width of 17 cm
    Png,
    /// Its numbers
    Csv,
    /// A table for LaTeX, with the package booktabs
    Tex,
}

impl From<FigureFormat> for render::FigureFormat {
    fn from(format: FigureFormat) -> Self {
        match format {
            FigureFormat::Svg => Self::Svg,
            FigureFormat::Pdf => Self::Pdf,
            FigureFormat::Png => Self::Png,
            FigureFormat::Csv => Self::Csv,
            FigureFormat::Tex => Self::Tex,
        }
    }
}
