//! Which students more steps would have made better.

use kd_doubt::{Doubt, Kind};

use crate::task::{Curve, TaskFindings};

/// An arm is undertrained at an M where at least this share of its runs had not converged.
const SHARE: f64 = 0.5;

/// A doubt for each arm of each task that is undertrained somewhere.
pub(crate) fn undertrained(tasks: &[TaskFindings]) -> Vec<Doubt> {
    tasks.iter().flat_map(|task| task.curves.iter().filter_map(|curve| doubt(task, curve))).collect()
}

fn doubt(task: &TaskFindings, curve: &Curve) -> Option<Doubt> {
    let is_under = |moving: usize, all: usize| all > 0 && moving as f64 >= SHARE * all as f64;
    let told: Vec<(u64, bool)> = curve
        .cells
        .iter()
        .map(|cell| (cell.samples, is_under(cell.not_converged, cell.accuracy.n)))
        .collect();
    let there = sizes(&told)?;
    let runs = curve.cells.iter().map(|cell| (cell.not_converged, cell.accuracy.n));
    let (moving, all) = runs.fold((0, 0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1));
    let place = format!("{}: {}", task.name(), curve.arm);
    Some(
        Doubt::weak(Kind::Undertrained, place, format!("undertrained at {there}"))
            .seen(format!("{moving} of {all} runs would probably gain from more steps"))
            .advise(
                "a larger `budget` of the student; what hears softer targets needs more steps than labels do",
            ),
    )
}

/// The M at which that is so, in order: from the smallest on, up to the largest, everywhere, or one by one.
fn sizes(told: &[(u64, bool)]) -> Option<String> {
    let count = told.iter().filter(|(_, under)| *under).count();
    let first = told.iter().position(|(_, under)| *under)?;
    let is_run = told[first..first + count].iter().all(|(_, under)| *under);
    Some(if count == told.len() {
        "every M".to_owned()
    } else if count == 1 {
        format!("M = {}", told[first].0)
    } else if is_run && first == 0 {
        format!("M ≤ {}", told[count - 1].0)
    } else if is_run && first + count == told.len() {
        format!("M ≥ {}", told[first].0)
    } else {
        let listed: Vec<String> =
            told.iter().filter(|(_, under)| *under).map(|(samples, _)| samples.to_string()).collect();
        format!("M = {}", listed.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_as_a_range_where_they_are_one() {
        let told = |under: [bool; 4]| {
            sizes(&[10, 40, 160, 640].into_iter().zip(under).collect::<Vec<_>>()).unwrap_or_default()
        };
        assert_eq!(told([false; 4]), "");
        assert_eq!(told([true; 4]), "every M");
        assert_eq!(told([true, true, false, false]), "M ≤ 40");
        assert_eq!(told([false, false, false, true]), "M = 640");
        assert_eq!(told([false, true, false, true]), "M = 40, 640");
        assert_eq!(told([false, true, true, false]), "M = 40, 160");
    }
}
