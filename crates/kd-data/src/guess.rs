//! How a file or folder is probably read, from its name and first lines: what a study file would say of it.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::format::damaged::Damaged;
use crate::format::json_lines::JsonLines;
use crate::original::Original;
use crate::source::{Columns, Csv, ImageFolder, Predict, Source, TestSplit, TextFolder};

/// The share of examples that is for testing, where nothing else is known.
const TEST: TestSplit = TestSplit::Fraction(0.2);

/// What columns that are to be predicted are called.
const TARGETS: [&str; 12] = [
    "label",
    "target",
    "class",
    "y",
    "category",
    "sentiment",
    "intent",
    "species",
    "outcome",
    "labels",
    "topic",
    "rating",
];

/// So many lines tell how a file is laid out.
const LINES: usize = 200;

/// From so many words on, on average, a cell is a text.
const WORDS: f64 = 3.0;

/// With more different numbers than these, a target is a number.
const CLASSES: usize = 20;

impl Source {
    /// How what is at `path` is probably read: a table of separated values or JSON lines, or a folder with a subfolder for
    /// each class. A fifth is for testing, unless there is a part for it.
    ///
    /// # Errors
    /// If it cannot be read, or cannot be told from its name and first lines.
    pub fn guess(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return folder(path);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let name = [".gz", ".zip", ".xz", ".bz2", ".zst"]
            .iter()
            .find_map(|ending| name.strip_suffix(ending))
            .unwrap_or(&name);
        match name.rsplit('.').next().unwrap_or_default() {
            "jsonl" | "ndjson" => json_lines(path),
            "csv" | "tsv" | "tab" | "txt" | "data" | "dat" => separated(path),
            _ => Err(Error::file(
                path.display().to_string(),
                "how it is read cannot be told from its name; say it in a study file, `data.FORMAT = { .. }`, and look \
                 at that: kd data show STUDY",
            )),
        }
    }
}

fn folder(path: &Path) -> Result<Source> {
    let inside = |folder: &Path| -> Result<Vec<PathBuf>> {
        let entries = fs_err::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
        let mut paths: Vec<PathBuf> = entries.iter().map(fs_err::DirEntry::path).collect();
        paths.sort();
        Ok(paths)
    };
    let [train, test] = ["train", "test"].map(|part| path.join(part));
    let (path, test) = if train.is_dir() && test.is_dir() {
        (train, TestSplit::Path(test))
    } else {
        (path.to_owned(), TEST)
    };
    let mut are_texts = false;
    for class in inside(&path)?.iter().filter(|path| path.is_dir()) {
        let ending = |path: &PathBuf| path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let endings: Vec<String> = inside(class)?.iter().filter_map(ending).collect();
        if endings
            .iter()
            .any(|ending| ["png", "jpg", "jpeg", "webp", "gif", "bmp"].contains(&ending.as_str()))
        {
            let plain =
                ImageFolder { path, test, size: None, crop: false, grey: false, damaged: Damaged::Refuse };
            return Ok(Source::ImageFolder(plain));
        }
        are_texts |= endings.iter().any(|ending| ending == "txt");
    }
    if are_texts {
        let folder =
            TextFolder { path, test, classes: Vec::new(), charset: crate::source::Charset::default() };
        return Ok(Source::TextFolder(folder));
    }
    Err(Error::file(
        path.display().to_string(),
        "expected a subfolder for each class, of pictures or of `.txt` files",
    ))
}

fn json_lines(path: &Path) -> Result<Source> {
    let original = Original::open(path)?;
    let text = String::from_utf8_lossy(&original.bytes);
    let rows = text.lines().filter(|line| !line.trim().is_empty()).take(LINES);
    let objects: Vec<serde_json::Map<String, serde_json::Value>> =
        rows.map_while(|line| serde_json::from_str(line).ok()).collect();
    let first = objects.first().ok_or_else(|| original.row(1, "is not a JSON object"))?;
    let names: Vec<String> = first.keys().cloned().collect();
    let cell = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rows: Vec<Vec<String>> = objects
        .iter()
        .map(|object| names.iter().map(|name| object.get(name).map(cell).unwrap_or_default()).collect())
        .collect();
    let columns = columns(&names, &rows);
    Ok(Source::JsonLines(JsonLines { path: path.to_owned(), test: TEST, columns }))
}

fn separated(path: &Path) -> Result<Source> {
    let original = Original::open(path)?;
    let text = String::from_utf8_lossy(&original.bytes);
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(LINES).collect();
    let separator = separator(&lines).ok_or_else(|| {
        original.fault("no comma, tab, semicolon or bar is in its first lines as often as in all")
    })?;
    let sample = lines.join("\n");
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator as u8)
        .has_headers(false)
        .flexible(true)
        .from_reader(sample.as_bytes());
    let rows: Vec<Vec<String>> = reader
        .records()
        .map_while(std::result::Result::ok)
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect();
    let header = has_header(&rows);
    let names: Vec<String> = match rows.first() {
        Some(first) if header => first.clone(),
        Some(first) => (1..=first.len()).map(|column| column.to_string()).collect(),
        None => return Err(original.fault("holds no rows")),
    };
    let columns = columns(&names, &rows[usize::from(header)..]);
    Ok(Source::Csv(Csv { separator, header, ..Csv::new(path, TEST, columns) }))
}

/// What is in most lines as often as in the others.
fn separator(lines: &[&str]) -> Option<char> {
    let fit = |separator: &char| {
        let counts: Vec<usize> = lines.iter().map(|line| line.matches(*separator).count()).collect();
        let most = *counts.iter().max_by_key(|count| counts.iter().filter(|other| other == count).count())?;
        let share = counts.iter().filter(|&&count| count == most).count() as f64 / counts.len() as f64;
        (most > 0 && share > 0.6).then_some((share, most))
    };
    let found = [',', '\t', ';', '|'].into_iter().filter_map(|separator| Some((separator, fit(&separator)?)));
    found
        .max_by(|(_, one), (_, other)| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal))
        .map(|(c, _)| c)
}

fn is_number(cell: &str) -> bool {
    cell.trim().parse::<f64>().is_ok()
}

/// Whether the first row has words where the others have numbers, or only words that no other row has.
fn has_header(rows: &[Vec<String>]) -> bool {
    let Some((first, rest)) = rows.split_first() else { return true };
    if first.iter().any(|cell| is_number(cell)) {
        return false;
    }
    let column = |place: usize| rest.iter().filter_map(move |row| row.get(place));
    let numbers = |place: usize| {
        let (numbers, all) = (column(place).filter(|cell| is_number(cell)).count(), column(place).count());
        all > 0 && numbers > all / 2
    };
    (0..first.len()).any(numbers)
        || (0..first.len()).all(|place| column(place).all(|cell| *cell != first[place]))
}

/// What columns of these names and first cells are probably for.
fn columns(names: &[String], rows: &[Vec<String>]) -> Columns {
    let cells = |place: usize| rows.iter().filter_map(move |row| row.get(place)).map(String::as_str);
    let known = |name: &str| names.iter().position(|own| own.eq_ignore_ascii_case(name));
    let target = TARGETS.iter().find_map(|name| known(name)).unwrap_or(names.len().saturating_sub(1));
    let mut distinct: Vec<&str> = cells(target).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let are_numbers = distinct.iter().all(|cell| is_number(cell));
    let predict = if are_numbers && distinct.len() > CLASSES { Predict::Number } else { Predict::Class };
    let is_text = |place: &usize| {
        let words: usize = cells(*place).map(|cell| cell.split_whitespace().count()).sum();
        *place != target && words as f64 > WORDS * cells(*place).count().max(1) as f64
    };
    let text = (0..names.len()).filter(is_text).map(|place| names[place].clone()).collect();
    Columns { target: names.get(target).cloned().unwrap_or_default(), predict, text, ..Columns::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(name: &str, text: &str) -> Source {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs_err::write(&path, text).unwrap();
        Source::guess(&path).unwrap()
    }

    fn csv(text: &str) -> (char, bool, String, Predict, Vec<String>) {
        match guessed("a.csv", text) {
            Source::Csv(Csv { separator, header, columns, .. }) => {
                (separator, header, columns.target, columns.predict, columns.text)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn tables_are_guessed_by_their_first_lines() {
        let text = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        assert_eq!(csv("a,b,kind\n1,2,x\n3,4,y\n"), (',', true, "kind".into(), Predict::Class, vec![]));
        assert_eq!(csv("1;2;x\n3;4;y\n"), (';', false, "3".into(), Predict::Class, vec![]));
        assert_eq!(
            csv("label\tsentence\n1\tone two three four, five\n0\tthis is, a longer text\n"),
            ('\t', true, "label".into(), Predict::Class, text(&["sentence"]))
        );
        let numbers = (0..50).map(|row| format!("{row},{}.5\n", row * 3)).collect::<Vec<_>>().concat();
        assert_eq!(csv(&format!("x,y\n{numbers}")), (',', true, "y".into(), Predict::Number, vec![]));
    }

    #[test]
    fn json_lines_and_folders_are_guessed() {
        let Source::JsonLines(lines) =
            guessed("a.jsonl", "{\"text\":\"one two three four\",\"label\":\"a\"}\n")
        else {
            panic!()
        };
        assert_eq!((lines.columns.target.as_str(), lines.columns.text), ("label", vec!["text".to_owned()]));
        let folder = tempfile::tempdir().unwrap();
        for (class, file) in [("cat", "a.png"), ("dog", "b.png")] {
            fs_err::create_dir_all(folder.path().join(class)).unwrap();
            fs_err::write(folder.path().join(class).join(file), "").unwrap();
        }
        assert!(matches!(Source::guess(folder.path()), Ok(Source::ImageFolder(_))));
        let unknown = Source::guess(&folder.path().join("cat/a.png")).unwrap_err().to_string();
        assert!(unknown.contains("say it in a study file"), "{unknown}");
    }
}
