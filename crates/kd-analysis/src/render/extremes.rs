//! Where gains are largest, and where they turn.

use maud::{Markup, html};

use super::text::{count, samples};
use crate::difference::Difference;
use crate::gain::{Gain, Landmark};
use crate::metric::Metric;
use crate::task::TaskFindings;
use crate::theory::at_sizes;

/// A row for each arm.
pub(super) fn extremes(task: &TaskFindings, metric: &Metric) -> Markup {
    html! { div.scroll { table {
        thead { tr {
            th { "arm" } th { "mean gain largest at M" } th { "κ = M/N there" } th.words { "mean gain turns negative at M" }
            th { (metric.differences("at the smallest M minus at the largest")) }
        } }
        tbody { @for gain in &task.gains { tr {
            td { (gain.arm) }
            td { @if let Some(peak) = &gain.peak { (count(peak.samples)) (ends(peak)) } }
            td { @if let (Some(peak), Some(n)) = (&gain.peak, task.teacher_samples) { (format!("{:.3}", peak.samples / n as f64)) } }
            td.words.said { (turns(gain)) }
            td { @if let Some(shape) = &gain.shape { (metric.difference(&shape.difference)) } }
        } } }
    } } }
}

fn ends(landmark: &Landmark) -> String {
    landmark
        .interval
        .map_or_else(String::new, |(low, high)| format!(" [{}, {}]", samples(low), samples(high)))
}

/// Where a gain turns negative, or which sign it has where it does not, as far as its intervals tell.
fn turns(gain: &Gain) -> String {
    let at = |holds: &dyn Fn(&Difference) -> bool| -> Vec<u64> {
        gain.points.iter().filter(|point| holds(point)).map(|point| point.samples).collect()
    };
    let above = at(&|point| point.jointly.is_above_zero());
    let below = at(&|point| point.jointly.is_below_zero());
    let known = at(&|point| point.jointly.half_width.is_some());
    let unclear = at(&|point| !point.jointly.is_above_zero() && !point.jointly.is_below_zero());
    if gain.points.is_empty() {
        return String::new();
    }
    if known.is_empty() {
        return gain.crossing.as_ref().map_or_else(
            || "unknown: one seed has no interval".to_owned(),
            |crossing| format!("{}, of one seed", count(crossing.samples)),
        );
    }
    if let Some(crossing) = &gain.crossing {
        let there = format!("{}{}", count(crossing.samples), ends(crossing));
        let is_told = below.iter().any(|&samples| samples as f64 >= crossing.samples);
        return if is_told { there } else { format!("{there}, but beyond it not to be told from 0") };
    }
    match (above.as_slice(), below.as_slice(), unclear.as_slice()) {
        (_, [], []) => "nowhere: above 0 at every M".to_owned(),
        ([], _, []) => "below 0 at every M".to_owned(),
        ([], [], _) => "not to be told from 0 at any M".to_owned(),
        (_, [], unclear) => format!("above 0, but not to be told from 0 at {}", at_sizes(unclear)),
        ([], below, _) => format!("below 0 at {}, else not to be told from 0", at_sizes(below)),
        (above, below, _) => format!("below 0 at {}, above 0 at {}", at_sizes(below), at_sizes(above)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interval::Estimate;
    use crate::role::Role;

    /// A gain with these means at M = 10, 20, ..., half a point either way.
    fn gain(means: &[f64], crossing: Option<f64>, half_width: Option<f64>) -> Gain {
        let point = |(index, mean): (usize, &f64)| {
            let estimate = Estimate { mean: *mean, half_width, n: 5 };
            Difference {
                samples: 10 * (index as u64 + 1),
                alone: estimate,
                jointly: estimate,
                probability: 1.0,
                established: false,
            }
        };
        Gain {
            arm: "smoothed".to_owned(),
            role: Role::Other,
            controls: Vec::new(),
            points: means.iter().enumerate().map(point).collect(),
            shape: None,
            peak: None,
            crossing: crossing.map(|samples| Landmark { samples, interval: None }),
        }
    }

    #[test]
    fn nowhere_is_said_of_gains_above_zero_alone() {
        let said = |means: &[f64], crossing| turns(&gain(means, crossing, Some(0.5)));
        assert_eq!(said(&[2.0, 1.0, 0.9], None), "nowhere: above 0 at every M");
        assert_eq!(said(&[-2.0, -1.0], None), "below 0 at every M");
        assert_eq!(said(&[0.2, -0.1], None), "not to be told from 0 at any M");
        assert_eq!(said(&[2.0, 0.1, 0.2], None), "above 0, but not to be told from 0 at M = 20 and 30");
        assert_eq!(said(&[-2.0, -0.1], None), "below 0 at M = 10, else not to be told from 0");
        assert_eq!(said(&[-2.0, 2.0], None), "below 0 at M = 10, above 0 at M = 20");
        assert_eq!(said(&[2.0, 1.0, -2.0], Some(24.0)), "24");
        assert_eq!(said(&[2.0, 0.1, -0.1], Some(24.0)), "24, but beyond it not to be told from 0");
        assert_eq!(turns(&gain(&[2.0], None, None)), "unknown: one seed has no interval");
        assert_eq!(said(&[], None), "");
    }
}
