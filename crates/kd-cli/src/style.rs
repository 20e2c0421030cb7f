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

/// `digits · M=80 · labels · seed 1`.
pub(crate) fn place(place: &Place) -> String {
    let Place { task, arm, samples, seed, .. } = place;
    format!("{task} · M={samples} · {arm} · seed {seed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([count(0), count(999), count(1000), count(1_234_567)], ["0", "999", "1,000", "1,234,567"]);
        let spoken = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!([spoken(9), spoken(185), spoken(4320)], ["9 s", "3 m 05 s", "1 h 12 m"]);
    }
}
