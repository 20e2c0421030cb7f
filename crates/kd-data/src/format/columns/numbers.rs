//! Numbers as people write them: with marks for decimals and thousands, and signs of money and of shares.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How numbers are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NumberFormat {
    /// What precedes decimals.
    pub decimal: char,
    /// What stands between thousands, if anything does. A blank stands for those that do not break, too.
    pub thousands: Option<char>,
    /// What may precede or follow a number and is no part of it, such as "$" or "%". A number is read as it is written:
    /// 12 % is 12.
    pub signs: Vec<String>,
}

impl Default for NumberFormat {
    fn default() -> Self {
        Self { decimal: '.', thousands: None, signs: Vec::new() }
    }
}

/// Signs that are recognised in a column, so that a format can be proposed.
const SIGNS: [&str; 12] = ["$", "€", "£", "¥", "₹", "%", "‰", "USD", "EUR", "GBP", "CHF", "JPY"];

/// Marks of decimals and of thousands that are recognised, the usual ones first.
const MARKS: [(char, Option<char>); 10] = [
    ('.', None),
    ('.', Some(',')),
    (',', None),
    (',', Some('.')),
    ('.', Some(' ')),
    (',', Some(' ')),
    ('.', Some('\'')),
    (',', Some('\'')),
    ('.', Some('’')),
    ('.', Some('_')),
];

impl NumberFormat {
    /// The finite number that a cell holds, in this format or, unless the point has another meaning, as any program
    /// writes it.
    pub(crate) fn parse(&self, cell: &str) -> Option<f32> {
        let cell = cell.trim();
        let plain = || (self.thousands != Some('.')).then(|| cell.parse().ok())?;
        let number: f32 = if *self == Self::default() {
            cell.parse().ok()?
        } else {
            self.plain(cell).map_or_else(plain, |number| number.parse().ok())?
        };
        number.is_finite().then_some(number)
    }

    /// The first format in which all `cells` are numbers, and not all are as they are.
    pub(crate) fn guess(cells: &[&str]) -> Option<Self> {
        let signs = SIGNS.into_iter().filter(|sign| cells.iter().any(|cell| cell.contains(sign)));
        let signs: Vec<String> = signs.map(str::to_owned).collect();
        let mut formats =
            MARKS.into_iter().map(|(decimal, thousands)| Self { decimal, thousands, signs: signs.clone() });
        let plain = Self::default();
        if cells.iter().all(|cell| plain.parse(cell).is_some()) {
            return None;
        }
        let fits = |format: &Self| cells.iter().all(|cell| format.parse(cell).is_some());
        formats.find(fits)
    }

    /// A number without marks and signs, as any program reads it.
    fn plain(&self, cell: &str) -> Option<String> {
        let (minus, number) = self.bare(cell);
        let (number, exponent) =
            number.split_once(['e', 'E']).map_or((number, "0"), |(number, exponent)| (number, exponent));
        let (whole, decimals) = number.split_once(self.decimal).unwrap_or((number, ""));
        let whole = self.without_thousands(whole)?;
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_number =
            are_digits(&whole) && are_digits(decimals) && !(whole.is_empty() && decimals.is_empty());
        is_number.then(|| format!("{minus}{whole}.{decimals}e{exponent}"))
    }

    /// A number's own sign, and what is left without the signs around it.
    fn bare<'a>(&self, cell: &'a str) -> (&'a str, &'a str) {
        let (mut minus, mut rest) = ("", cell);
        loop {
            let mut signs = self.signs.iter().filter(|sign| !sign.is_empty());
            let less =
                |sign: &String| rest.strip_prefix(sign.as_str()).or_else(|| rest.strip_suffix(sign.as_str()));
            let less = signs.find_map(less);
            let own = rest.strip_prefix(['-', '+']).filter(|_| minus.is_empty());
            rest = match (less, own) {
                (Some(less), _) => less.trim(),
                (None, Some(own)) => {
                    minus = &rest[..1];
                    own.trim_start()
                }
                (None, None) => return (minus, rest),
            };
        }
    }

    /// Digits, if thousands are set apart as they should be: by three, or by two as in India, and three at the end.
    fn without_thousands(&self, whole: &str) -> Option<String> {
        let Some(mark) = self.thousands else { return Some(whole.to_owned()) };
        let is_mark = |character: char| {
            character == mark || mark == ' ' && matches!(character, '\u{a0}' | '\u{2009}' | '\u{202f}')
        };
        let groups: Vec<&str> = whole.split(is_mark).collect();
        let [first, .., last] = groups[..] else { return Some(whole.to_owned()) };
        let fits = (1..=3).contains(&first.len())
            && groups[1..].iter().all(|group| (2..=3).contains(&group.len()))
            && last.len() == 3;
        fits.then(|| groups.concat())
    }
}

/// As a study file says it.
impl fmt::Display for NumberFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut settings = Vec::new();
        if self.decimal != '.' {
            settings.push(format!("decimal = \"{}\"", self.decimal));
        }
        if let Some(thousands) = self.thousands {
            settings.push(format!("thousands = \"{thousands}\""));
        }
        if !self.signs.is_empty() {
            settings.push(format!("signs = {:?}", self.signs));
        }
        write!(f, "numbers = {{ {} }}", settings.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(decimal: char, thousands: Option<char>, signs: &[&str]) -> NumberFormat {
        NumberFormat { decimal, thousands, signs: signs.iter().map(|&sign| sign.to_owned()).collect() }
    }

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let english = format('.', Some(','), &["$", "%"]);
        let german = format(',', Some('.'), &["€"]);
        let french = format(',', Some(' '), &["EUR"]);
        for (format, cell, number) in [
            (&english, "1,234", Some(1234.0)),
            (&english, "-$1,234,567.5", Some(-1_234_567.5)),
            (&english, "$ -12", Some(-12.0)),
            (&english, "12 %", Some(12.0)),
            (&english, "12,34,567", Some(1_234_567.0)),
            (&english, "1234", Some(1234.0)),
            (&english, ".5", Some(0.5)),
            (&english, "1e3", Some(1000.0)),
            (&english, "1,23", None),
            (&english, "1234,567", None),
            (&english, ",123", None),
            (&english, "", None),
            (&english, "$", None),
            (&english, "--5", None),
            (&english, "1.2.3", None),
            (&english, "inf", None),
            (&german, "1.234,5", Some(1234.5)),
            (&german, "1.234", Some(1234.0)),
            (&german, "3,5e-1 €", Some(0.35)),
            (&german, "1.5", None),
            (&french, "1\u{202f}234\u{a0}567,5 EUR", Some(1_234_567.5)),
            (&french, "0.5", Some(0.5)),
            (&NumberFormat::default(), " 7 ", Some(7.0)),
            (&NumberFormat::default(), "nan", None),
            (&NumberFormat::default(), "1,234", None),
        ] {
            assert_eq!(format.parse(cell), number, "{cell} in {format}");
        }
    }

    #[test]
    fn a_format_is_recognised() {
        let proposed = |cells: &[&str]| NumberFormat::guess(cells).map(|format| format.to_string());
        for (cells, format) in [
            (&["1,234", "12"][..], r#"numbers = { thousands = "," }"#),
            (&["1,5", "12"], r#"numbers = { decimal = "," }"#),
            (&["1.234,5", "1.234"], r#"numbers = { decimal = ",", thousands = "." }"#),
            (&["$1,234.50", "12%"], r#"numbers = { thousands = ",", signs = ["$", "%"] }"#),
            (&["1 234", "1\u{a0}234.5"], r#"numbers = { thousands = " " }"#),
            (&["50%", "7%"], r#"numbers = { signs = ["%"] }"#),
            (&["1'234"], r#"numbers = { thousands = "'" }"#),
        ] {
            assert_eq!(proposed(cells).as_deref(), Some(format), "{cells:?}");
        }
        for cells in
            [&["1", "2.5"][..], &["a", "1,234"], &["2020-01-02"], &["1.2.3"], &["10:30"], &["v1"], &[]]
        {
            assert_eq!(proposed(cells), None, "{cells:?}");
        }
    }
}
