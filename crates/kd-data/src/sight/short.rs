//! A data set in two lines: what models read, and what they are to say.

use super::classes::counts;
use super::column::Range;
use super::validation;
use crate::{Dataset, Images, Inputs, Sequences, Table, Targets};

/// So many classes are named.
const NAMED: usize = 4;

impl Dataset {
    /// How much there is and what models read; and what they are to say. Training rows at `held_out` are for validation.
    #[must_use]
    pub fn in_short(&self, held_out: &[usize]) -> [String; 2] {
        let train = grouped(self.train.len() - held_out.len());
        let (held, test) = (grouped(validation(self, held_out)), grouped(self.test.len()));
        [format!("{train} + {held} + {test} {}", inputs(&self.train.inputs)), target(self, held_out)]
    }
}

fn inputs(inputs: &Inputs) -> String {
    match inputs {
        Inputs::Images(Images { pixels, peak }) => {
            let size = pixels.size();
            format!("images of {}x{}x{}, values 0 to {peak}", size[1], size[2], size[3])
        }
        Inputs::Table(table) => format!("rows of {}{}", columns(table), missing(table)),
        Inputs::Texts(texts) => {
            let mut words: Vec<usize> = texts.iter().map(|text| text.split_whitespace().count()).collect();
            words.sort_unstable();
            let (least, most) = (words.first().unwrap_or(&0), words.last().unwrap_or(&0));
            let median = words.get(words.len() / 2).unwrap_or(&0);
            format!("texts of {least} to {most} words, half of them at most {median}")
        }
        Inputs::Sequences(Sequences { blocks, vocabulary }) => format!(
            "blocks of {} tokens from a vocabulary of {}",
            blocks.size()[1] - 1,
            grouped(*vocabulary as usize)
        ),
    }
}

fn columns(table: &Table) -> String {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    match (table.numeric.len(), table.categorical.len()) {
        (numbers, 0) => format!("{numbers} number{}", plural(numbers)),
        (0, 1) => "1 category".to_owned(),
        (0, categories) => format!("{categories} categories"),
        (numbers, 1) => format!("{numbers} number{} and 1 category", plural(numbers)),
        (numbers, categories) => format!("{numbers} number{} and {categories} categories", plural(numbers)),
    }
}

fn missing(table: &Table) -> String {
    let numbers = table.numbers.f_isnan().and_then(|missing| missing.f_sum(tch::Kind::Int64));
    let numbers = numbers.and_then(|count| count.f_int64_value(&[])).unwrap_or(0) as usize;
    let categories: usize = table
        .categorical
        .iter()
        .map(|column| column.codes.iter().filter(|code| code.is_none()).count())
        .sum();
    match numbers + categories {
        0 => String::new(),
        1 => ", 1 value missing".to_owned(),
        count => format!(", {} values missing", grouped(count)),
    }
}

fn target(dataset: &Dataset, held_out: &[usize]) -> String {
    match &dataset.train.targets {
        Targets::Numbers(numbers) => match Range::of(numbers.iter().copied()) {
            Some(Range { least, mean, most }) => {
                format!("a number from {least} to {most}, on average {mean:.4}")
            }
            None => "a number".to_owned(),
        },
        Targets::NextToken => "the next token".to_owned(),
        Targets::Classes(_) => {
            let counts = counts(dataset, held_out);
            let named =
                counts.iter().take(NAMED).map(|class| format!("{} {}", class.name, grouped(class.train)));
            let named: Vec<String> = named.collect();
            let more = if counts.len() > NAMED { ", …" } else { "" };
            let least = counts.iter().map(|class| class.train).min().unwrap_or(0);
            let most = counts.iter().map(|class| class.train).max().unwrap_or(0);
            format!(
                "{} classes: {}{more}; {} to {} of each",
                counts.len(),
                named.join(", "),
                grouped(least),
                grouped(most)
            )
        }
    }
}

/// A count with its thousands set apart.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
