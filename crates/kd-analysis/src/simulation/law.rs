//! Laws over M.

use super::draws::Draws;
use super::{ANY, COVERAGE, FALSE, Row, shares};
use crate::law::{Line, Measured, Power, misfit, pseudo_values};

const CONFIDENCE: f64 = 0.95;
pub(super) const SIZES: [u64; 7] = [40, 86, 185, 397, 853, 1833, 3823];
/// As few as a law takes.
const FEW_SIZES: [u64; 4] = [40, 185, 853, 3823];
/// Standard deviations over seeds at the smallest and the largest M, as of the studies that come with this repository.
const SPREAD: (f64, f64) = (0.013, 0.003);
/// Correlation of the deviations of a seed over M.
const CORRELATION: f64 = 0.3;

/// `factor · M^-exponent + floor`.
#[derive(Clone, Copy)]
pub(super) struct Truth {
    exponent: f64,
    factor: f64,
    floor: f64,
}

impl Truth {
    /// The law that starts at an error of 0.4.
    pub(super) fn starting(exponent: f64, floor: f64) -> Self {
        Self { exponent, factor: (0.4 - floor) * (SIZES[0] as f64).powf(exponent), floor }
    }

    fn at(&self, samples: f64) -> f64 {
        self.factor * samples.powf(-self.exponent) + self.floor
    }
}

/// The standard deviation at an M.
fn spread(samples: u64) -> f64 {
    let share = (samples as f64 / SIZES[0] as f64).ln() / (SIZES[6] as f64 / SIZES[0] as f64).ln();
    SPREAD.0 * (SPREAD.1 / SPREAD.0).powf(share)
}

/// Values `[seed][M]` around a curve.
fn draw(draws: &mut Draws, sizes: &[u64], seeds: usize, curve: impl Fn(f64) -> f64) -> Vec<Vec<f64>> {
    let seed = |_| {
        let common = draws.normal();
        let at = |&samples: &u64| {
            let own = (1.0 - CORRELATION).sqrt() * draws.normal() + CORRELATION.sqrt() * common;
            curve(samples as f64) + spread(samples) * own
        };
        sizes.iter().map(at).collect()
    };
    (0..seeds).map(seed).collect()
}

fn within((low, high): (Option<f64>, Option<f64>), value: f64) -> bool {
    low.is_none_or(|low| low <= value) && high.is_none_or(|high| value <= high)
}

/// Everything about laws, over as many studies for each row.
#[must_use]
pub fn laws(studies: usize) -> Vec<Row> {
    let usual = Truth::starting(0.5, 0.02);
    let mut rows = errors(studies, &SIZES, 3, usual);
    for seeds in [5, 10] {
        rows.extend(errors(studies, &FEW_SIZES, seeds, usual));
    }
    for seeds in [5, 10, 20] {
        for (exponent, floor) in [(0.5, 0.02), (0.5, 0.0), (0.3, 0.05), (1.0, 0.03)] {
            rows.extend(errors(studies, &SIZES, seeds, Truth::starting(exponent, floor)));
        }
        rows.extend(no_law(studies, seeds));
        rows.extend(gaps(studies, seeds));
        rows.extend(efficiencies(studies, seeds));
    }
    rows
}

pub(super) fn errors(studies: usize, sizes: &[u64], seeds: usize, truth: Truth) -> Vec<Row> {
    let mut draws = Draws::new(1);
    let mut widths = Vec::new();
    let twice = 2.0 * SIZES[6] as f64;
    let found = shares(studies, |_| {
        let values = draw(&mut draws, sizes, seeds, |m| truth.at(m));
        let Some(measured) = Measured::complete(sizes, &values) else { return [None; 4] };
        let Some(power) = Power::fit(&measured, true) else { return [Some(false); 4] };
        let ends = power.exponent_ends(&measured, CONFIDENCE);
        widths.push(ends.1.unwrap_or(f64::INFINITY) - ends.0.unwrap_or(0.0));
        let place = measured.place(twice);
        [
            Some(within(ends, truth.exponent)),
            Some(within(power.level_ends(&measured, None, CONFIDENCE), truth.floor)),
            Some(within(power.level_ends(&measured, Some(place), CONFIDENCE), truth.at(twice))),
            probability(&measured, &power).map(|p| p < 1.0 - CONFIDENCE),
        ]
    });
    widths.sort_by(f64::total_cmp);
    let said = format!("{} M, error a M^-{} + {}", sizes.len(), truth.exponent, truth.floor);
    let row = |what: &str, value, wanted| Row {
        what: format!("{said}: {what}"),
        seeds,
        tasks: None,
        value,
        wanted,
    };
    vec![
        row("interval of the exponent holds it", found[0], COVERAGE),
        row("its median width, hundredths", widths[widths.len() / 2], ANY),
        row("interval of the floor holds it", found[1], COVERAGE),
        row("interval at twice the largest M holds the truth", found[2], COVERAGE),
        row("said not to fit", found[3], FALSE),
    ]
}

fn probability(measured: &Measured, power: &Power) -> Option<f64> {
    let values: Vec<f64> = measured.x.iter().map(|&x| power.at(x)).collect();
    misfit(measured, &values, &power.tangents(measured)).map(|misfit| misfit.p)
}

/// Errors that stay where they are at first and fall then.
pub(super) fn no_law(studies: usize, seeds: usize) -> Vec<Row> {
    let mut draws = Draws::new(2);
    let [found] = shares(studies, |_| {
        let values =
            draw(&mut draws, &SIZES, seeds, |m| if m < 200.0 { 0.4 } else { 0.4 * (m / 200.0).powf(-0.6) });
        let measured = Measured::complete(&SIZES, &values);
        let fitted = measured.and_then(|measured| probability(&measured, &Power::fit(&measured, true)?));
        [Some(fitted.is_none_or(|p| p < 1.0 - CONFIDENCE))]
    });
    let what = "a plateau before the fall: said not to fit".to_owned();
    vec![Row { what, seeds, tasks: None, value: found, wanted: (0.9, 1.0) }]
}

/// A gap of 0.02 at the largest M that falls like 1/√κ.
pub(super) fn gaps(studies: usize, seeds: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for (exponent, wanted, what) in [
        (0.5, COVERAGE, "interval of the exponent holds it"),
        (0.5, FALSE, "said not to fall like 1/√κ"),
        (0.25, (0.5, 1.0), "said not to fall like 1/√κ"),
    ] {
        let mut draws = Draws::new(3);
        let largest = SIZES[6] as f64;
        let [found] = shares(studies, |_| {
            let values = draw(&mut draws, &SIZES, seeds, |m| 0.02 * (m / largest).powf(-exponent));
            let Some(measured) = Measured::complete(&SIZES, &values) else { return [None] };
            let Some(power) = Power::fit(&measured, false) else { return [Some(false)] };
            let ends = power.exponent_ends(&measured, CONFIDENCE);
            let holds = within(ends, 0.5);
            [Some(if wanted == COVERAGE { holds } else { !holds })]
        });
        let what = format!("gap 0.02 κ^-{exponent}: {what}");
        rows.push(Row { what, seeds, tasks: None, value: found, wanted });
    }
    rows
}

/// An arm that is worth `4 (M / 40)^-h` times its samples.
pub(super) fn efficiencies(studies: usize, seeds: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for (exponent, floor) in [(0.25, 0.0), (0.0, 0.0), (0.25, 0.02)] {
        let truth = Truth::starting(0.5, floor);
        let mut draws = Draws::new(4);
        let eta = |m: f64| 4.0 * (m / 40.0).powf(-exponent);
        let [found] = shares(studies, |_| {
            let labels = draw(&mut draws, &SIZES, seeds, |m| truth.at(m));
            let arm = draw(&mut draws, &SIZES, seeds, |m| truth.at(m * eta(m)));
            let Some(measured) = pseudo_values(&SIZES, &labels, &arm) else { return [None] };
            let span = Line::through(&measured, CONFIDENCE).exponent;
            [Some(span.holds(exponent))]
        });
        let what = format!("η = 4 (M/40)^-{exponent}, floor {floor}: interval of the exponent holds it");
        rows.push(Row { what, seeds, tasks: None, value: found, wanted: COVERAGE });
    }
    rows
}
