//! Numbers as words.

use crate::efficiency::Bound;
use crate::theory::Judgement;

/// `93.1 %`, a share.
pub(super) fn share(fraction: f64) -> String {
    format!("{:.1} %", 100.0 * fraction)
}

/// A sentence with its first letter large.
pub(super) fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `12,345`, rounded.
pub(super) fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `214`, `≥ 3,441`.
pub(super) fn samples(bound: Bound) -> String {
    bounded(bound, count)
}

/// `2.7`, `≥ 1.0`.
pub(super) fn factor(bound: Bound) -> String {
    bounded(bound, |factor| if factor < 10.0 { format!("{factor:.1}") } else { format!("{factor:.0}") })
}

fn bounded(bound: Bound, number: impl Fn(f64) -> String) -> String {
    match bound {
        Bound::Exact(value) => number(value),
        Bound::AtLeast(value) => format!("≥ {}", number(value)),
        Bound::AtMost(value) => format!("≤ {}", number(value)),
    }
}

/// `214 [180, ≥ 3,441]`.
pub(super) fn interval(bound: Bound, ends: Option<(Bound, Bound)>, say: fn(Bound) -> String) -> String {
    match ends {
        Some((low, high)) => format!("{} [{}, {}]", say(bound), say(low), say(high)),
        None => say(bound),
    }
}

pub(super) fn judgement(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Refuted => "refuted",
        Judgement::Supported => "supported",
        Judgement::Partly => "partly",
        Judgement::Undecided => "undecided",
    }
}

/// `1 h 12 m`, `3 m 05 s`, `12 s`.
pub(super) fn duration(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match seconds {
        3600.. => format!("{} h {:02} m", seconds / 3600, seconds % 3600 / 60),
        60.. => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => format!("{seconds} s"),
    }
}

/// A name as it can stand in a path: letters and digits, those of other scripts too, and dashes between them.
pub(super) fn slug(name: &str) -> String {
    let letter = |letter: char| if letter.is_alphanumeric() || letter == '_' { letter } else { '-' };
    let name: String = name.replace('²', "2").to_lowercase().chars().map(letter).collect();
    let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "task".to_owned() } else { words.join("-") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(share(0.9312), "93.1 %");
        assert_eq!([count(999.6), count(1234.4), count(7.0)], ["1,000", "1,234", "7"]);
        assert_eq!(
            interval(Bound::Exact(214.3), Some((Bound::Exact(180.2), Bound::AtLeast(3441.0))), samples),
            "214 [180, ≥ 3,441]"
        );
        assert_eq!([factor(Bound::Exact(2.68)), factor(Bound::AtMost(1.0))], ["2.7", "≤ 1.0"]);
        assert_eq!([factor(Bound::Exact(10.0)), factor(Bound::AtLeast(12.3))], ["10", "≥ 12"]);
        assert_eq!([duration(9.4), duration(185.0), duration(4320.0)], ["9 s", "3 m 05 s", "1 h 12 m"]);
    }

    #[test]
    fn names_can_stand_in_paths() {
        let names = ["digits (width = 16, N = 100)", "R²", "../x", "balanced accuracy", "数字", "/"];
        let slugs = names.map(slug);
        assert_eq!(slugs, ["digits-width-16-n-100", "r2", "x", "balanced-accuracy", "数字", "task"]);
    }
}
