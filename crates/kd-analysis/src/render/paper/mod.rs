//! Figures and tables of a report by name, as files for papers.

mod tables;
mod tex;

use serde::{Deserialize, Serialize};

use self::tables::{
    Table, accuracy_table, decomposition_table, efficiency_table, gain_table, perplexity_table, theory_table,
};
use super::figure::{Figure, Plate, pdf, png};
use super::small_multiples::{loss_figure, reliability_figure, validation_figure};
use super::task_figures::{
    accuracy_figure, agreement_figure, contrast_figure, efficiency_figure, gain_figure,
};
use super::text::slug;
use super::{across, heat, laws, shares};
use crate::error::{Error, Result};
use crate::findings::Findings;
use crate::metric::Metric;
use crate::nearest::nearest;
use crate::place::named as named_at;
use crate::task::TaskFindings;

/// A figure or a table of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedFigure {
    name: String,
    title: String,
    drawn: Option<Drawn>,
    table: Option<Table>,
}

/// A drawing that stands alone, and its numbers.
#[derive(Debug, Clone, PartialEq)]
struct Drawn {
    svg: String,
    csv: String,
}

/// As what a figure can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureFormat {
    /// A drawing that stands alone.
    Svg,
    /// A page of the drawing's size, its font in it.
    Pdf,
    /// Pixels, 300 to an inch at a width of 17 cm.
    Png,
    /// Its numbers.
    Csv,
    /// A table for LaTeX with the package `booktabs`.
    Tex,
}

impl FigureFormat {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Svg, Self::Pdf, Self::Png, Self::Csv, Self::Tex];

    /// How the name of such a file ends.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Pdf => "pdf",
            Self::Png => "png",
            Self::Csv => "csv",
            Self::Tex => "tex",
        }
    }
}

/// The figures and tables of a report, task by task and then over tasks, those that show something.
#[must_use]
pub fn figures(findings: &Findings) -> Vec<NamedFigure> {
    let of_tasks = findings.tasks.iter().flat_map(|task| {
        let folder = slug(&task.name());
        let figures = of_task(task, &task.metric(&findings.study));
        figures.into_iter().map(move |figure| (folder.clone(), figure))
    });
    let mut named: Vec<NamedFigure> = Vec::new();
    for (folder, mut figure) in of_tasks.chain(of_study(findings)) {
        figure.name = unlike(format!("{folder}/{}", figure.name), &named);
        if let Some(table) = &mut figure.table {
            table.label = figure.name.replace('/', ":");
        }
        named.push(figure);
    }
    named
}

/// Those of no single task, with their folders.
fn of_study(findings: &Findings) -> Vec<(String, NamedFigure)> {
    let forests = across::plots(findings).into_iter().map(|(name, plate)| ("over-tasks", name, plate));
    let shares = findings.shares.iter().filter_map(|over| {
        let name = named_at(&format!("{} {}", over.theory, over.arm), &over.factors);
        Some(("over-tasks", name, shares::plot(over)?))
    });
    let maps = heat::plates(findings).into_iter().map(|(name, plate)| ("factors", name, plate));
    forests
        .chain(shares)
        .chain(maps)
        .map(|(folder, name, plate)| (folder.to_owned(), of_plate(&name, plate)))
        .collect()
}

fn of_plate(name: &str, plate: Plate) -> NamedFigure {
    let drawn = Some(Drawn { svg: plate.alone(), csv: plate.csv() });
    NamedFigure { name: slug(name), title: plate.title, drawn, table: None }
}

/// The figure of a name.
///
/// # Errors
/// If there is none; then the error says what was probably meant.
pub fn figure<'a>(figures: &'a [NamedFigure], name: &str) -> Result<&'a NamedFigure> {
    figures.iter().find(|figure| figure.name == name).ok_or_else(|| Error::NoFigure {
        name: name.to_owned(),
        nearest: nearest(name, figures.iter().map(|figure| figure.name.as_str())).map(str::to_owned),
    })
}

fn of_task(task: &TaskFindings, metric: &Metric) -> Vec<NamedFigure> {
    let all = [
        named(slug(metric.name()), accuracy_figure(task, metric), accuracy_table(task, metric)),
        named("gain".to_owned(), gain_figure(task, metric), gain_table(task, metric)),
        named("efficiency".to_owned(), efficiency_figure(task), efficiency_table(task, metric)),
        named("controls".to_owned(), contrast_figure(task, metric), None),
        named("agreement".to_owned(), agreement_figure(task), None),
        named("reliability".to_owned(), reliability_figure(task), None),
        named("validation".to_owned(), validation_figure(task), None),
        named("loss".to_owned(), loss_figure(task), None),
    ];
    let laws = laws::figures(task, metric).into_iter().map(|(name, plate)| of_plate(name, plate));
    let tables = [
        ("theories", theory_table(task)),
        ("perplexity", perplexity_table(task)),
        ("bias-and-variance", decomposition_table(task)),
    ];
    let tables = tables.into_iter().filter_map(|(name, table)| {
        let (name, table) = (name.to_owned(), table?);
        Some(NamedFigure { name, title: table.caption.clone(), drawn: None, table: Some(table) })
    });
    all.into_iter().flatten().chain(laws).chain(tables).collect()
}

fn named(name: String, figure: Figure, table: Option<Table>) -> Option<NamedFigure> {
    let drawn = Drawn { svg: figure.alone()?, csv: figure.csv() };
    Some(NamedFigure { name, title: figure.title, drawn: Some(drawn), table })
}

impl NamedFigure {
    /// Its name, such as `digits/gain`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it shows, in words.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// As what it can be written.
    #[must_use]
    pub fn formats(&self) -> Vec<FigureFormat> {
        let can = |format: &FigureFormat| match format {
            FigureFormat::Svg | FigureFormat::Pdf | FigureFormat::Png => self.drawn.is_some(),
            FigureFormat::Csv => true,
            FigureFormat::Tex => self.table.is_some(),
        };
        FigureFormat::ALL.into_iter().filter(can).collect()
    }

    /// The file.
    ///
    /// # Errors
    /// If it has no such form, or cannot be drawn.
    pub fn write(&self, format: FigureFormat) -> Result<Vec<u8>> {
        let bytes = match (format, &self.drawn, &self.table) {
            (FigureFormat::Svg, Some(drawn), _) => Some(Ok(drawn.svg.clone().into_bytes())),
            (FigureFormat::Pdf, Some(drawn), _) => Some(pdf(&drawn.svg)),
            (FigureFormat::Png, Some(drawn), _) => Some(png(&drawn.svg)),
            (FigureFormat::Csv, Some(drawn), _) => Some(Ok(drawn.csv.clone().into_bytes())),
            (FigureFormat::Csv, None, Some(table)) => Some(Ok(table.csv().into_bytes())),
            (FigureFormat::Tex, _, Some(table)) => Some(Ok(table.tex().into_bytes())),
            (FigureFormat::Csv | FigureFormat::Tex, _, None)
            | (FigureFormat::Svg | FigureFormat::Pdf | FigureFormat::Png, None, _) => None,
        };
        let drawn = bytes.ok_or_else(|| Error::NoFormat {
            name: self.name.clone(),
            format: format.extension(),
            formats: self.formats().into_iter().map(|format| format.extension().to_owned()).collect(),
        })?;
        drawn.map_err(|problem| Error::Drawing { name: self.name.clone(), problem })
    }
}

/// `name`, or with a number behind it where a figure has that name.
fn unlike(name: String, figures: &[NamedFigure]) -> String {
    let is_free = |name: &str| figures.iter().all(|known| known.name != name);
    let mut candidates = (2..).map(|number| format!("{name}-{number}"));
    if is_free(&name) { name } else { candidates.find(|name| is_free(name)).unwrap_or(name) }
}
