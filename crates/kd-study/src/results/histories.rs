//! How runs were trained, from what is kept of it.

use kd_analysis::{Findings, HistoryPoint};

use crate::error::Result;
use crate::spec::RunId;
use crate::store::{HISTORY, Store};

/// Gives the tasks of `findings` the histories of their runs, of those that keep one.
pub(super) fn trace(findings: &mut Findings, store: &Store) -> Result<()> {
    let mut outcome = Ok(());
    findings.trace(|row| {
        of_run(&row.run().parse().ok()?, store).unwrap_or_else(|error| {
            outcome = Err(error);
            None
        })
    });
    outcome
}

fn of_run(run: &RunId, store: &Store) -> Result<Option<Vec<HistoryPoint>>> {
    if !store.keeps(run, HISTORY)? {
        return Ok(None);
    }
    Ok(read(&fs_err::read_to_string(store.run_path(run).join(HISTORY))?))
}

/// The columns `step`, `loss` and `validation_score` of a history; what else there is, older histories lack. None without
/// these columns or where a step is no number: a curve in a report is not worth more than that report.
fn read(text: &str) -> Option<Vec<HistoryPoint>> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next()?.split(',').collect();
    let place = |name: &str| names.iter().position(|known| *known == name);
    let (step, loss, score) = (place("step")?, place("loss")?, place("validation_score")?);
    let point = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let number =
            |place: usize| fields.get(place)?.parse::<f64>().ok().filter(|number| number.is_finite());
        Some(HistoryPoint { step: number(step)?, loss: number(loss), validation_score: number(score) })
    };
    lines.filter(|line| !line.is_empty()).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histories_of_either_format_are_read() {
        let now = read("step,loss,gradient_norm,validation_score\n5,1.5,0.3,\n10,NaN,0.2,0.75\n").unwrap();
        let point = |step, loss, validation_score| HistoryPoint { step, loss, validation_score };
        assert_eq!(now, [point(5.0, Some(1.5), None), point(10.0, None, Some(0.75))]);
        assert_eq!(read("step,loss,validation_score\n3,1.5,\n").unwrap(), [point(3.0, Some(1.5), None)]);
        assert_eq!(read("step,loss\n3,1.5\n"), None);
        assert_eq!(read("step,loss,validation_score\nx,1.5,\n"), None);
        assert_eq!(read(""), None);
    }
}
