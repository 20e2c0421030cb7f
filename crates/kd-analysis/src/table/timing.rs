//! How long runs took.

use serde::{Deserialize, Serialize};

/// How long a run took. Kept apart from [`RunRow`](super::RunRow), so that two runs of a study give the same table, byte
/// for byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Id, in hexadecimal.
    pub run: String,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// How long each run took, as CSV.
#[must_use]
pub fn timings_csv(timings: &[Timing]) -> String {
    let mut text = String::from("run,seconds\n");
    for timing in timings {
        text.push_str(&format!("{},{:.3}\n", timing.run, timing.seconds));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_each_run() {
        let timing = |run: &str, seconds| Timing { run: run.to_owned(), seconds };
        assert_eq!(timings_csv(&[timing("a", 1.5), timing("b", 0.0004)]), "run,seconds\na,1.500\nb,0.000\n");
    }
}
