//! What is in a data set, for a terminal of 80 columns.

use std::fmt::Write as _;

use kd_data::sight::{ClassCount, Column, Range, Tokens};
use kd_data::{Sight, sight::Seen};
use kd_doubt::Doubt;
use kd_study::Result;

use super::examples;
use super::show::Subject;
use crate::style::count;

/// So many columns of a table are shown.
const COLUMNS: usize = 40;
/// The widest that a name may be.
const NAME: usize = 22;
/// How wide the lines are.
const WIDTH: usize = 80;
/// How wide all is but for a column's name and what it holds.
const OTHERS: usize = 38;

/// The whole.
pub(super) fn text(subject: &Subject) -> Result<String> {
    let Subject { title, dataset, sight, ignored, doubts, guess } = subject;
    let mut text = format!("{title}\n");
    let amount = |number: usize| count(number as u64);
    let (train, held, test) = (amount(sight.train), amount(sight.validation), amount(sight.test));
    let mut lines = vec![
        ("modality", sight.modality.clone()),
        ("task", sight.task.clone()),
        ("inputs", inputs(sight)),
        ("examples", format!("{train} to learn from, {held} for validation, {test} for testing")),
    ];
    lines.extend(sight.target.map(|range| ("target", format!("a number, {}", numbers(&range)))));
    if !ignored.is_empty() {
        lines.push(("left out", ignored.join(", ")));
    }
    for (name, value) in [
        ("licence", &dataset.about.licence),
        ("cite", &dataset.about.citation),
        ("address", &dataset.about.address),
    ] {
        if !value.is_empty() {
            lines.push((name, value.clone()));
        }
    }
    lines.push(("BLAKE3", dataset.fingerprint.clone()));
    for (name, value) in lines {
        let _ = writeln!(text, "  {name:<12}{value}");
    }
    if let Seen::Table { columns, .. } = &sight.inputs {
        text.push_str(&table(columns));
    }
    text.push_str(&classes(&sight.classes));
    text.push_str(&examples::shown(dataset)?);
    text.push_str(&doubted(doubts));
    if let Some(guess) = guess {
        let _ = write!(text, "\nIN A STUDY FILE, as it was guessed\n{guess}");
    }
    Ok(text)
}

/// What models read.
pub(super) fn inputs(sight: &Sight) -> String {
    match &sight.inputs {
        Seen::Images { size: [channels, height, width], peak, range: [least, most] } => {
            let there = if (*least, *most) == (0, i64::from(*peak)) {
                String::new()
            } else {
                format!(", of which {least} to {most} occur")
            };
            format!("images of {channels}x{height}x{width}, values 0 to {peak}{there}")
        }
        Seen::Table { columns, width } => {
            let numbers = columns.iter().filter(|column| column.numbers.is_some()).count();
            let told = match columns.len() - numbers {
                0 => format!("{numbers} numeric columns"),
                categorical => format!("{numbers} numeric and {categorical} categorical columns"),
            };
            format!("{told}; a model reads {} numbers", count(*width as u64))
        }
        Seen::Texts(tokens) => texts(tokens),
        Seen::Sequences { length, vocabulary } => {
            format!("blocks of {length} tokens from a vocabulary of {}", count(*vocabulary as u64))
        }
    }
}

fn texts(tokens: &Tokens) -> String {
    let Tokens { lengths: [least, median, most_of, most], longest, cut, empty, vocabulary, unknown, texts } =
        tokens;
    let mut told = format!("texts of {least} to {most} tokens (half ≤ {median}, 95 % ≤ {most_of})");
    if let Some(longest) = longest {
        let share = 100.0 * *cut as f64 / (*texts).max(1) as f64;
        let _ = write!(told, "\n              {} ({share:.1} %) are cut at {longest}", count(*cut as u64));
    }
    if *empty > 0 {
        let _ = write!(told, "\n              {} have no token that is known", count(*empty as u64));
    }
    let ids = count(*vocabulary as u64);
    let _ = write!(
        told,
        "\n              {ids} token ids; {:.1} % of test tokens are not among them",
        100.0 * unknown
    );
    told
}

/// A line for each column.
fn table(columns: &[Column]) -> String {
    let shown = &columns[..columns.len().min(COLUMNS)];
    let name = |column: &Column| shortened(&column.name, NAME);
    let width = shown.iter().map(|column| name(column).chars().count()).max().unwrap_or(0).max(6);
    let room = WIDTH - OTHERS - width;
    let mut text = format!(
        "\n{:<width$} {:>7} {:>8}  {:<room$}  A MODEL READS\n",
        "COLUMN", "MISSING", "DISTINCT", "VALUES"
    );
    for column in shown {
        let _ = writeln!(
            text,
            "{:<width$} {:>7} {:>8}  {:<room$}  {}",
            name(column),
            count(column.missing as u64),
            count(column.distinct as u64),
            shortened(&values(column), room),
            column.becomes
        );
    }
    if columns.len() > shown.len() {
        let more = columns.len() - shown.len();
        let _ = writeln!(text, "and {more} more; --format json and --html list them all");
    }
    text
}

/// What a column holds.
pub(super) fn values(column: &Column) -> String {
    match &column.numbers {
        Some(range) => numbers(range),
        None => column
            .commonest
            .iter()
            .map(|(name, times)| format!("{name} {}", count(*times as u64)))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn numbers(range: &Range) -> String {
    format!(
        "{} to {}, mean {}",
        short(f64::from(range.least)),
        short(f64::from(range.most)),
        short(range.mean)
    )
}

/// Four digits of a number.
fn short(number: f64) -> String {
    if number != 0.0 && !(1e-3..1e7).contains(&number.abs()) {
        return format!("{number:.3e}");
    }
    let decimals = 3_usize.saturating_sub(number.abs().log10().max(0.0) as usize);
    let text = format!("{number:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        text.to_owned()
    } else {
        text.chars().take(width - 1).chain(['…']).collect()
    }
}

fn classes(classes: &[ClassCount]) -> String {
    if classes.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{:>7} {:>7} {:>7}  CLASS, in this order\n", "TRAIN", "VALID", "TEST");
    for class in classes {
        let _ =
            writeln!(text, "{:>7} {:>7} {:>7}  {}", class.train, class.validation, class.test, class.name);
    }
    text
}

fn doubted(doubts: &[Doubt]) -> String {
    if doubts.is_empty() {
        return String::new();
    }
    let mut text = "\nDOUBTS\n".to_owned();
    for doubt in doubts {
        text.push_str(&wrapped(&doubt.to_string(), 2));
        for line in [&doubt.evidence, &doubt.setting] {
            text.push_str(&wrapped(line, 6));
        }
    }
    text
}

/// Words in lines that begin with so many blanks; nothing of no words.
fn wrapped(words: &str, indent: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(" ".repeat(indent) + word),
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat()
}
