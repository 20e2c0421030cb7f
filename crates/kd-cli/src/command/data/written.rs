//! What a study file would say of a file or folder.

use std::path::Path;

use kd_data::Source;
use kd_data::source::{Columns, Csv, ImageFolder, JsonLines, Predict, TestSplit, TextFolder};

/// The data of a task, as TOML.
pub(super) fn task(path: &Path, source: &Source) -> String {
    let stem = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = stem.split('.').next().unwrap_or_default();
    let name: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' })
        .collect();
    let mut lines =
        vec![format!("[tasks.{}.data.{}]", if name.is_empty() { "mine" } else { &name }, format(source))];
    match source {
        Source::Csv(csv) => {
            lines.extend(place(&csv.path, &csv.test));
            let plain = Csv::new(&csv.path, csv.test.clone(), csv.columns.clone());
            if csv.separator != plain.separator {
                lines.push(format!("separator = {}", quoted(&csv.separator.to_string())));
            }
            if csv.header != plain.header {
                lines.push(format!("header = {}", csv.header));
            }
            lines.extend(columns(&csv.columns));
        }
        Source::JsonLines(JsonLines { path, test, columns: own }) => {
            lines.extend(place(path, test));
            lines.extend(columns(own));
        }
        Source::ImageFolder(ImageFolder { path, test, .. })
        | Source::TextFolder(TextFolder { path, test, .. }) => {
            lines.extend(place(path, test));
        }
        // Nothing else is guessed.
        _ => {}
    }
    lines.join("\n") + "\n"
}

fn format(source: &Source) -> &'static str {
    match source {
        Source::Csv(_) => "csv",
        Source::JsonLines(_) => "json_lines",
        Source::ImageFolder(_) => "image_folder",
        _ => "text_folder",
    }
}

fn place(path: &Path, test: &TestSplit) -> [String; 2] {
    let test = match test {
        TestSplit::Path(path) => format!("test.path = {}", quoted(&path.display().to_string())),
        TestSplit::Fraction(share) => format!("test.fraction = {share}"),
        TestSplit::Last(share) => format!("test.last = {share}"),
    };
    [format!("path = {}", quoted(&path.display().to_string())), test]
}

fn columns(columns: &Columns) -> Vec<String> {
    let mut lines = vec![format!("columns.target = {}", quoted(&columns.target))];
    if columns.predict == Predict::Number {
        lines.push("columns.predict = \"number\"".to_owned());
    }
    if !columns.text.is_empty() {
        let texts: Vec<String> = columns.text.iter().map(|name| quoted(name)).collect();
        lines.push(format!("columns.text = [{}]", texts.join(", ")));
    }
    lines
}

/// As a text of TOML, which those of JSON are too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
