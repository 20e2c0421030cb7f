//! Colours and numbers for the terminal.

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use kd_analysis::Place;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const CALM: Style = AnsiColor::Cyan.on_default().bold();
pub(crate) const DIM: Style = Style::new().dimmed();

/// `1 h 12 m`, `3 m 05 s`, `12 s`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64().round() as u64;
    match seconds {
        3600.. => format!("{} h {:02} m", seconds / 3600, seconds % 3600 / 60),
        60.. => format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => format!("{seconds} s"),
    }
}

/// `1 h 10 m`, `5 m`, `15 s`: what a guess is worth saying of.
pub(crate) fn about(duration: Duration) -> String {
    let nearest = |unit: f64| (duration.as_secs_f64() / unit).round().max(1.0) as u64;
    match duration.as_secs() {
        172_800.. => format!("{} days", nearest(86_400.0)),
        3570.. => match (nearest(600.0) / 6, nearest(600.0) % 6 * 10) {
            (hours, 0) => format!("{hours} h"),
            (hours, minutes) => format!("{hours} h {minutes} m"),
        },
        58.. => format!("{} m", nearest(60.0)),
        _ => format!("{} s", 5 * nearest(5.0)),
    }
}

/// `850 kB`, `12 MB`, `1.3 GB`.
pub(crate) fn bytes(bytes: u64) -> String {
    let rounded = |unit: f64| {
        let number = bytes as f64 / unit;
        if number < 9.95 { format!("{number:.1}") } else { format!("{number:.0}") }
    };
    match bytes {
        1_000_000_000.. => format!("{} GB", rounded(1e9)),
        1_000_000.. => format!("{} MB", rounded(1e6)),
        _ => format!("{} kB", bytes.div_ceil(1000)),
    }
}

/// `12,345`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `540 runs`, `1 run`.
pub(crate) fn runs(number: usize) -> String {
    format!("{} run{}", count(number as u64), if number == 1 { "" } else { "s" })
}

/// `digits · width = 16 · M=80 · labels · seed 1`: with the levels that the arm's name does not tell.
pub(crate) fn place(place: &Place) -> String {
    let Place { task, arm, factors, samples, seed } = place;
    let mut text = task.clone();
    for level in factors.iter().map(|(factor, level)| format!("{factor} = {level}")) {
        if !arm.contains(&level) {
            text.push_str(&format!(" · {level}"));
        }
    }
    format!("{text} · M={samples} · {arm} · seed {seed}")
}

#[cfg(test)]
mod tests {
    use kd_analysis::Datum;

    use super::*;

    #[test]
    fn a_place_tells_what_its_arm_does_not() {
        let level = |factor: &str, level: Datum| (factor.to_owned(), level);
        let there = Place {
            task: "digits".to_owned(),
            arm: "distilled (temperature = 4)".to_owned(),
            factors: [level("temperature", Datum::Number(4.0)), level("width", Datum::Count(16))].into(),
            samples: 80,
            seed: 1,
        };
        assert_eq!(place(&there), "digits · width = 16 · M=80 · distilled (temperature = 4) · seed 1");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!([count(0), count(999), count(1000), count(1_234_567)], ["0", "999", "1,000", "1,234,567"]);
        let spoken = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!([spoken(9), spoken(185), spoken(4320)], ["9 s", "3 m 05 s", "1 h 12 m"]);
        let about = |seconds| about(Duration::from_secs(seconds));
        assert_eq!([about(0), about(17), about(58), about(299)], ["5 s", "15 s", "1 m", "5 m"]);
        let long = [about(3569), about(3600), about(4320), about(25_000), about(200_000)];
        assert_eq!(long, ["59 m", "1 h", "1 h 10 m", "7 h", "2 days"]);
        let sizes = [0, 850_001, 1_300_000, 12_300_000, 1_250_000_000].map(bytes);
        assert_eq!(sizes, ["0 kB", "851 kB", "1.3 MB", "12 MB", "1.2 GB"]);
    }
}
