use std::fmt::Write as _;
use std::io::{ErrorKind, IsTerminal, Write as _};
use std::path::Path;

use clap::CommandFactory;
use kd_analysis::render::{FigureFormat, NamedFigure, figure, figures};
use kd_study::{Result, results};

use super::print;
use crate::arguments::{Arguments, Figure};

pub(super) fn run(arguments: &Figure) -> Result<()> {
    let figures = figures(&results::findings(&arguments.source)?);
    let Some(name) = &arguments.name else { return print(&listed(&figures)) };
    let figure = figure(&figures, name)?;
    let format = format(arguments);
    let bytes = figure.write(format)?;
    match &arguments.out {
        Some(file) => {
            fs_err::write(file, bytes)?;
            print(&format!("{}: {}\n", figure.title(), file.display()))
        }
        None => hand_over(&bytes, format),
    }
}

/// Every name, with as what it can be written and what it shows.
fn listed(figures: &[NamedFigure]) -> String {
    if figures.is_empty() {
        return "No figure yet: no run of an arm has ended.\n".to_owned();
    }
    let name = figures.iter().map(|figure| figure.name().chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for figure in figures {
        let formats: Vec<&str> = figure.formats().into_iter().map(FigureFormat::extension).collect();
        let _ = writeln!(text, "{:<name$}  {:<23}  {}", figure.name(), formats.join(" "), figure.title());
    }
    text
}

/// What was asked for, else as the file is called, else SVG.
fn format(arguments: &Figure) -> FigureFormat {
    if let Some(format) = arguments.format {
        return format.into();
    }
    let Some(file) = &arguments.out else { return FigureFormat::Svg };
    by_name(file).unwrap_or_else(|| {
        let said = format!(
            "a figure is written as svg, pdf, png, csv or tex; `{}` ends like none of them: call it so, or say which with --format",
            file.display()
        );
        Arguments::command().bin_name("kd").error(clap::error::ErrorKind::InvalidValue, said).exit()
    })
}

/// By how a file is called.
fn by_name(file: &Path) -> Option<FigureFormat> {
    let extension = file.extension()?.to_str()?.to_lowercase();
    FigureFormat::ALL.into_iter().find(|format| format.extension() == extension)
}

/// Writes a figure to standard output, for another program where it is no text.
fn hand_over(bytes: &[u8], format: FigureFormat) -> Result<()> {
    let is_text = match format {
        FigureFormat::Svg | FigureFormat::Csv | FigureFormat::Tex => true,
        FigureFormat::Pdf | FigureFormat::Png => false,
    };
    let mut stdout = std::io::stdout();
    if !is_text && stdout.is_terminal() {
        let said =
            format!("a {} is no text for a terminal; say where to with --out FILE", format.extension());
        Arguments::command()
            .bin_name("kd")
            .error(clap::error::ErrorKind::MissingRequiredArgument, said)
            .exit();
    }
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_as_it_is_called() {
        assert_eq!(by_name(Path::new("gain.PDF")), Some(FigureFormat::Pdf));
        assert_eq!(by_name(Path::new("a.b/gain.tex")), Some(FigureFormat::Tex));
        assert_eq!([by_name(Path::new("gain.jpg")), by_name(Path::new("gain"))], [None, None]);
    }
}
