use serde_json::json;

use super::*;
use crate::made_up::{row, study};

const SIZES: [u64; 7] = [10, 20, 40, 80, 160, 320, 640];

/// Four seeds, whose deviations cancel, of labels with error `M^-0.5 + 0.02` and of an arm that needs `1 / η` of the
/// samples, with η = 4 κ^-0.25 at N = 640; the gap of the arm's fidelity is `0.1 κ^-0.5`.
fn rows(error: impl Fn(f64) -> f64) -> Vec<RunRow> {
    let mut rows = Vec::new();
    for (index, m) in SIZES.into_iter().enumerate() {
        for seed in 1..=4_u64 {
            let sign = [1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0][index] * if seed % 2 == 0 { 1.0 } else { -1.0 };
            let more = if seed > 2 { 1.0 + 0.002 * sign } else { 1.0 - 0.003 * sign };
            let kappa = m as f64 / 640.0;
            let gap = 0.1 * kappa.powf(-0.5) * more;
            let fidelity = json!({"train_agreement": 0.5 + gap, "test_agreement": 0.5});
            let distilled = error(4.0 * kappa.powf(-0.25) * m as f64);
            rows.push(row("labels", "labels", m, seed, 1.0 - error(m as f64) * more, &fidelity));
            rows.push(row("distilled", "distilled", m, seed, 1.0 - distilled / more, &fidelity));
        }
    }
    rows
}

fn found(rows: &[RunRow]) -> Vec<Law> {
    let rows: Vec<&RunRow> = rows.iter().collect();
    let study = study(&SIZES, 0);
    laws(&Cells::new(&rows, &study, &study.tasks[0]), 0.95)
}

#[test]
fn every_quantity_has_its_law() {
    let laws = found(&rows(|m| m.powf(-0.5) + 0.02));
    let kinds: Vec<(Quantity, &str)> = laws.iter().map(|law| (law.quantity, law.arm.as_str())).collect();
    assert_eq!(
        kinds,
        [
            (Quantity::Error, "labels"),
            (Quantity::Error, "distilled"),
            (Quantity::FidelityGap, "distilled"),
            (Quantity::Efficiency, "distilled")
        ]
    );
    let fitted = |index: usize| laws[index].fitted.unwrap();
    let labels = fitted(0);
    assert!((labels.exponent.value - 0.5).abs() < 0.01 && labels.exponent.holds(0.5), "{labels:?}");
    assert!((labels.at(1280.0) - (1280.0_f64.powf(-0.5) + 0.02)).abs() < 1e-3 && labels.fits);
    let beyond = labels.beyond.unwrap();
    assert!(beyond.samples == 1280 && beyond.value.holds(1280.0_f64.powf(-0.5) + 0.02), "{beyond:?}");
    let gap = fitted(2);
    assert!((gap.exponent.value - GAP_EXPONENT).abs() < 0.01 && gap.floor.is_none() && gap.beyond.is_none());
    assert!((gap.at(640.0) - 0.1).abs() < 1e-3, "at κ = 1");
    let efficiency = fitted(3);
    assert!((efficiency.exponent.value - 0.25).abs() < 0.03, "{efficiency:?}");
    assert!(laws[3].points.len() < SIZES.len(), "the largest M lie beyond the label curve");
    let first = laws[3].points[0];
    assert!((first.measured - 4.0 * 64.0_f64.powf(0.25)).abs() < 0.5, "{first:?}");
}

#[test]
fn a_law_that_does_not_fit_is_said_not_to() {
    let laws = found(&rows(|m| if m < 100.0 { 0.6 } else { 0.6 * (m / 100.0).powf(-0.9) }));
    let labels = laws[0].fitted.unwrap();
    assert!(!labels.fits && labels.misfit.unwrap().p < 0.001, "{labels:?}");
}

#[test]
fn what_does_not_fall_has_points_but_no_law() {
    let laws = found(&rows(|m| 0.2 + 0.01 * m.ln()));
    assert!(laws[0].fitted.is_none() && laws[0].points.len() == 7 && laws[0].points[0].law.is_none());
}

#[test]
fn few_sizes_or_seeds_have_no_law() {
    let all = rows(|m| m.powf(-0.5));
    let few = |keep: &dyn Fn(&RunRow) -> bool| -> Vec<RunRow> {
        all.iter().filter(|row| keep(row)).cloned().collect()
    };
    assert!(found(&few(&|row| row.place().samples <= 40)).is_empty());
    assert!(found(&few(&|row| row.place().seed <= 2)).is_empty());
    assert_eq!(found(&few(&|row| row.place().seed <= 3)).len(), 4);
}

#[test]
fn laws_go_to_json_and_back() {
    let laws = found(&rows(|m| m.powf(-0.5) + 0.02));
    let json = serde_json::to_string(&laws).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Law>>(&json).unwrap(), laws);
}
