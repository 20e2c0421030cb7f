//! Axes: from values to places on the page, and round numbers beside them.

/// Maps values to places on the page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    log: bool,
    from: f64,
    to: f64,
    /// Where numbers stand.
    pub(super) ticks: Vec<f64>,
}

impl Axis {
    /// An axis that starts and ends at round numbers.
    pub(super) fn round(values: impl Iterator<Item = f64>, log: bool) -> Self {
        let (low, high, ticks) = if log { log_ticks(values) } else { ticks(values) };
        Self { low, high, log, from: 0.0, to: 1.0, ticks }
    }

    /// A logarithmic axis with a number at each of `values`, and a little room beside them.
    pub(super) fn of_sizes(values: impl Iterator<Item = f64>) -> Self {
        let mut ticks: Vec<f64> = values.filter(|value| value.is_finite() && *value > 0.0).collect();
        ticks.sort_by(f64::total_cmp);
        ticks.dedup();
        let (low, high) = extent(ticks.iter().copied());
        let ratio = if high > low { (high / low).powf(0.03) } else { 2.0 };
        Self { low: low / ratio, high: high * ratio, log: true, from: 0.0, to: 1.0, ticks }
    }

    /// The same between two places of the page.
    pub(super) fn between(&self, from: f64, to: f64) -> Self {
        Self { from, to, ..self.clone() }
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        let scale = |value: f64| if self.log { value.max(f64::MIN_POSITIVE).ln() } else { value };
        let share = (scale(value) - scale(self.low)) / (scale(self.high) - scale(self.low));
        self.from + (self.to - self.from) * share.clamp(-0.05, 1.05)
    }

    /// The number at a tick, with as many decimals as tell ticks apart.
    pub(super) fn said(&self, tick: f64) -> String {
        if self.log {
            return tick.to_string();
        }
        let steps = self.ticks.windows(2).map(|pair| pair[1] - pair[0]);
        let step = steps.fold(f64::INFINITY, f64::min);
        let decimals = (0..8).find(|&decimals| step * 10.0_f64.powi(decimals) > 0.999).unwrap_or(8) as usize;
        if step >= 1.0 && tick >= 10_000.0 {
            return crate::render::text::count(tick);
        }
        format!("{tick:.decimals$}").replace('-', "−")
    }
}

/// Range and round ticks that cover `values`.
fn ticks(values: impl Iterator<Item = f64>) -> (f64, f64, Vec<f64>) {
    let (low, high) = extent(values);
    let rough = ((high - low) / 5.0).max(1e-6);
    let magnitude = 10.0_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * magnitude).find(|step| *step >= rough).unwrap_or(rough);
    let (first, last) = ((low / step).floor() as i64, (high / step).ceil() as i64);
    let last = last.max(first + 1);
    (first as f64 * step, last as f64 * step, (first..=last).map(|tick| tick as f64 * step).collect())
}

/// Range and ticks 1, 2, 5, 10, ... that cover `values`.
fn log_ticks(values: impl Iterator<Item = f64>) -> (f64, f64, Vec<f64>) {
    let (low, high) = extent(values.filter(|value| *value > 0.0));
    let candidates: Vec<f64> = (-3..7)
        .flat_map(|power| {
            [1.0, 2.0, 5.0].map(|digit: f64| format!("{digit}e{power}").parse().unwrap_or(digit))
        })
        .collect();
    let first = candidates.iter().rposition(|tick| *tick <= low).unwrap_or(0);
    let last =
        candidates.iter().position(|tick| *tick >= high).unwrap_or(candidates.len() - 1).max(first + 1);
    let ticks = candidates[first..=last].to_vec();
    (ticks[0], ticks[ticks.len() - 1], ticks)
}

fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if low <= high { (low, high) } else { (1.0, 2.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_values() {
        assert_eq!(ticks([72.3, 97.9].into_iter()), (70.0, 100.0, vec![70.0, 80.0, 90.0, 100.0]));
        assert_eq!(ticks([-0.4, 7.1].into_iter()).2, [-2.0, 0.0, 2.0, 4.0, 6.0, 8.0]);
        assert_eq!(log_ticks([0.9, 7.0].into_iter()).2, [0.5, 1.0, 2.0, 5.0, 10.0]);
        assert_eq!(ticks([3.0].into_iter()).2.len(), 2, "a single value still has a range");
    }

    #[test]
    fn ticks_of_any_size_are_round() {
        let of = |values: [f64; 2]| ticks(values.into_iter()).2;
        assert_eq!(
            of([0.12, 0.94]),
            [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].map(|tick: f64| (tick * 5.0).round() * 0.2)
        );
        assert_eq!(of([0.0, 4000.0]), [0.0, 1000.0, 2000.0, 3000.0, 4000.0]);
        assert_eq!(of([-21.0, 9.0]), [-30.0, -20.0, -10.0, 0.0, 10.0]);
        assert_eq!(extent([f64::NAN, f64::INFINITY].into_iter()), (1.0, 2.0));
    }

    #[test]
    fn numbers_beside_an_axis_have_the_decimals_that_it_takes() {
        let small = Axis::round([0.0, 0.8].into_iter(), false);
        assert_eq!(small.ticks.iter().map(|tick| small.said(*tick)).collect::<Vec<_>>()[1], "0.2");
        let large = Axis::round([0.0, 40_000.0].into_iter(), false);
        assert_eq!(large.said(large.ticks[1]), "10,000");
        assert_eq!(Axis::round([-3.0, 3.0].into_iter(), false).said(-2.0), "−2");
        assert_eq!(Axis::round([0.5, 3.0].into_iter(), true).said(0.5), "0.5");
    }

    #[test]
    fn one_size_stands_in_the_middle_and_a_zero_is_no_size() {
        let axis = Axis::of_sizes([40.0, 0.0, 40.0].into_iter()).between(100.0, 200.0);
        assert_eq!((axis.ticks.clone(), axis.at(40.0)), (vec![40.0], 150.0));
        assert_eq!(Axis::of_sizes([10.0, 100.0].into_iter()).ticks, [10.0, 100.0]);
    }
}
