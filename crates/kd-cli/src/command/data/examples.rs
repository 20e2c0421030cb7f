//! What a few training examples look like: as text, and as pictures where the terminal has colours.

use anstream::{AutoStream, ColorChoice};
use kd_data::{Dataset, Images, Inputs, Table, Targets};
use kd_study::Result;

/// Widest that an example's text or a row of pictures may be.
const WIDTH: usize = 80;
/// Widest that a picture may be.
const PICTURE: usize = 32;
const TEXTS: usize = 5;
/// However long its class is called, an example is told in so many characters.
const LEAST: usize = 20;

/// Classes (none where they are not predicted) and their first training examples, `each` at most.
pub(super) fn by_class(dataset: &Dataset, each: usize) -> Vec<(Option<usize>, Vec<usize>)> {
    let Targets::Classes(labels) = &dataset.train.targets else {
        return vec![(None, (0..dataset.train.len().min(each)).collect())];
    };
    let mut found: Vec<(Option<usize>, Vec<usize>)> =
        (0..dataset.classes.len()).map(|class| (Some(class), Vec::new())).collect();
    for (row, &label) in labels.iter().enumerate() {
        let rows = &mut found[label as usize].1;
        if rows.len() < each {
            rows.push(row);
        }
    }
    found
}

/// What stands below a data set's counts; nothing if that would be pictures and there are no colours.
pub(super) fn shown(dataset: &Dataset) -> Result<String> {
    if let Inputs::Images(images) = &dataset.train.inputs {
        let colours = AutoStream::choice(&std::io::stdout()) != ColorChoice::Never;
        return if colours { pictures(dataset, images) } else { Ok(String::new()) };
    }
    let mut lines = vec!["\nEXAMPLES".to_owned()];
    for row in 0..dataset.train.len().min(TEXTS) {
        let before = target(dataset, row).map_or_else(|| "  ".to_owned(), |target| format!("  {target}: "));
        let room = WIDTH.saturating_sub(before.chars().count()).max(LEAST);
        lines.push(before + &text(dataset, row, room));
    }
    Ok(lines.join("\n") + "\n")
}

/// The first image of each class, side by side as far as there is room. A character is two pixels, one above the other.
fn pictures(dataset: &Dataset, images: &Images) -> Result<String> {
    let [height, width] = images.size()?;
    let step = width.div_ceil(PICTURE).max(1);
    let columns: Vec<usize> = (0..width).step_by(step).collect();
    let rows: Vec<usize> = (0..height).step_by(step).collect();
    let room = (WIDTH / (columns.len() + 1)).max(1);
    let chosen = by_class(dataset, 1).into_iter().flat_map(|(_, rows)| rows).take(room);
    let pictures = chosen.map(|row| images.rgb(row)).collect::<kd_data::Result<Vec<_>>>()?;
    let mut text = "\n".to_owned();
    for pair in rows.chunks(2) {
        for picture in &pictures {
            for &column in &columns {
                let [red, green, blue] = picture[pair[0] * width + column];
                text.push_str(&format!("\x1b[38;2;{red};{green};{blue}m"));
                if let Some(below) = pair.get(1) {
                    let [red, green, blue] = picture[below * width + column];
                    text.push_str(&format!("\x1b[48;2;{red};{green};{blue}m"));
                }
                text.push('▀');
            }
            text.push_str("\x1b[0m ");
        }
        text.push('\n');
    }
    Ok(text)
}

/// What is to be predicted of a training example.
pub(super) fn target(dataset: &Dataset, row: usize) -> Option<String> {
    match &dataset.train.targets {
        Targets::Classes(labels) => dataset.classes.get(labels[row] as usize).cloned(),
        Targets::Numbers(numbers) => Some(numbers[row].to_string()),
        Targets::NextToken => None,
    }
}

/// A training example in one line; nothing of an image.
pub(super) fn text(dataset: &Dataset, row: usize, width: usize) -> String {
    let whole = match &dataset.train.inputs {
        Inputs::Images(_) => String::new(),
        Inputs::Texts(texts) => texts[row].split_whitespace().collect::<Vec<_>>().join(" "),
        Inputs::Table(table) => cells(table, row),
        Inputs::Sequences(sequences) => {
            let ids: Vec<i64> = Vec::try_from(sequences.blocks.get(row as i64)).unwrap_or_default();
            let tokens: Vec<&str> =
                ids.iter().filter_map(|&id| dataset.classes.get(id as usize)).map(String::as_str).collect();
            let characters = dataset.classes.iter().filter(|name| name.chars().count() > 1).count() < 2;
            tokens.join(if characters { "" } else { " " }).replace('\n', " ")
        }
    };
    if whole.chars().count() <= width {
        return whole;
    }
    whole.chars().take(width - 1).chain(['…']).collect()
}

/// `name=value`, column after column; those that miss are left out.
fn cells(table: &Table, row: usize) -> String {
    let numbers: Vec<f32> = Vec::try_from(table.numbers.get(row as i64)).unwrap_or_default();
    let numbers = table.numeric.iter().zip(numbers).filter(|(_, number)| !number.is_nan());
    let mut cells: Vec<String> = numbers.map(|(name, number)| format!("{name}={number}")).collect();
    cells.extend(table.categorical.iter().filter_map(|column| {
        let category = column.categories.get(column.codes[row]? as usize)?;
        Some(format!("{}={category}", column.name))
    }));
    cells.join(" ")
}
