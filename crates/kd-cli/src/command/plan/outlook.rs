//! What a study will take.

use kd_study::engine::estimate::Estimate;

use crate::style;

/// A line on time and room, if anything is missing.
pub(super) fn estimate(estimate: &Estimate, may_probe: bool) -> String {
    if estimate.missing == 0 {
        return String::new();
    }
    let time = match (estimate.time, may_probe) {
        (Some(time), _) => {
            let workers = estimate.workers;
            let plural = if workers == 1 { "" } else { "s" };
            format!("about {} on {workers} worker{plural} ({})", style::about(time), basis(estimate))
        }
        (None, false) => "how long is not known without a probe: no run like these has finished".to_owned(),
        (None, true) => "how long is not known: none of these runs could be tried out".to_owned(),
    };
    format!("{time} · {} on disk\n", style::bytes(estimate.bytes))
}

/// What tells the time.
fn basis(estimate: &Estimate) -> String {
    let finished = match estimate.finished {
        0 => None,
        1 => Some("1 finished run".to_owned()),
        runs => Some(format!("{} finished runs", style::count(runs as u64))),
    };
    let probe = estimate.probe.map(|took| {
        let seconds = took.as_secs_f64().ceil().max(1.0);
        format!("a probe of {seconds} s on stand-in data")
    });
    let known: Vec<String> = finished.into_iter().chain(probe).collect();
    format!("from {}", known.join(" and "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_estimate_says_what_it_is_from() {
        let known = Estimate {
            missing: 645,
            time: Some(Duration::from_secs(299)),
            workers: 2,
            finished: 0,
            probe: Some(Duration::from_millis(2100)),
            bytes: 12_300_000,
        };
        let line = |estimate: &Estimate| super::estimate(estimate, true);
        assert_eq!(
            line(&known),
            "about 5 m on 2 workers (from a probe of 3 s on stand-in data) · 12 MB on disk\n"
        );
        let finished = Estimate { finished: 1200, workers: 1, probe: None, ..known.clone() };
        assert_eq!(line(&finished), "about 5 m on 1 worker (from 1,200 finished runs) · 12 MB on disk\n");
        let both = Estimate { finished: 1, ..known.clone() };
        assert!(line(&both).contains("(from 1 finished run and a probe of 3 s on stand-in data)"));
        let unknown = Estimate { time: None, probe: None, ..known.clone() };
        assert!(super::estimate(&unknown, false).starts_with("how long is not known without a probe: "));
        assert!(line(&unknown).starts_with("how long is not known: "));
        assert_eq!(line(&Estimate { missing: 0, ..known }), "");
    }
}
