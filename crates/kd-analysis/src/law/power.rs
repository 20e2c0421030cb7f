//! `a M^-b + c`: the fit to the means, and intervals by tests over seeds.
//!
//! For a fixed exponent the law is linear in `a` and `c`, so the best exponent is found along a line. Intervals need no
//! linear approximation of the exponent: an exponent is in its interval unless the data contradict it. What the exponent
//! would move (the derivative of the curve in `b`), less what `a` and `c` could make up for, is a fixed direction; along
//! it every seed has a number, whose mean is nil if the exponent is right, and Student's t over seeds tells (the idea of
//! Fieller 1954 and of the conditional score). So errors may correlate over M, as those of one seed do. That `c` cannot
//! be below nil is used too: an exponent that takes a `c` below nil is contradicted, for a fifth of the error allowed.

use super::measured::{Measured, dot, without};

/// Exponents of laws with a floor, and of those without.
const WITH_FLOOR: (f64, f64) = (0.01, 5.0);
const WITHOUT_FLOOR: (f64, f64) = (-3.0, 5.0);
/// Exponents looked at first, between which the best is sought.
const GRID: usize = 40;
/// Golden sections of a step of it, which leave a thousandth.
const SECTIONS: usize = 16;
/// The part of the error allowed that goes to floors below nil.
const PART_OF_FLOOR: f64 = 0.2;

/// A fitted law, in units of M / smallest M.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Power {
    pub(crate) exponent: f64,
    pub(crate) factor: f64,
    /// Nil where the law has none.
    pub(crate) floor: f64,
    pub(crate) has_floor: bool,
}

/// A number with the ends of its interval; an end is absent where the data do not bound it.
pub(crate) type Ends = (Option<f64>, Option<f64>);

impl Power {
    /// The law that is nearest to the means, weighted; none if the quantity does not change with M in the way of a law.
    pub(crate) fn fit(measured: &Measured, has_floor: bool) -> Option<Self> {
        let range = if has_floor { WITH_FLOOR } else { WITHOUT_FLOOR };
        let exponent = least(range, |b| linear(measured, b, has_floor).2);
        let (factor, floor, _) = linear(measured, exponent, has_floor);
        (factor > 0.0).then_some(Self { exponent, factor, floor, has_floor })
    }

    /// Its value at x = ln(M / smallest M).
    pub(crate) fn at(&self, x: f64) -> f64 {
        self.factor * (-self.exponent * x).exp() + self.floor
    }

    /// What moving its numbers would do to the curve, scaled.
    pub(crate) fn tangents(&self, measured: &Measured) -> Vec<Vec<f64>> {
        let fall = measured.column(|x| (-self.exponent * x).exp());
        let turn = measured.column(|x| x * (-self.exponent * x).exp());
        let floor = (self.has_floor && self.floor > 0.0).then(|| measured.column(|_| 1.0));
        [Some(fall), Some(turn), floor].into_iter().flatten().collect()
    }

    /// The interval of the exponent.
    pub(crate) fn exponent_ends(&self, measured: &Measured, confidence: f64) -> Ends {
        let range = if self.has_floor { WITH_FLOOR } else { WITHOUT_FLOOR };
        let allowed = 1.0 - confidence;
        let of_floor = if self.has_floor { PART_OF_FLOOR * allowed } else { 0.0 };
        let two_sided = measured.critical(1.0 - (allowed - of_floor) / 2.0);
        let one_sided = measured.critical(1.0 - of_floor);
        let is_contradicted = |b: f64| {
            let fall = measured.column(|x| (-b * x).exp());
            let turn = measured.column(|x| x * (-b * x).exp());
            if !self.has_floor {
                return measured.t(&without(&turn, &[&fall]), 0.0).abs() > two_sided;
            }
            let one = measured.column(|_| 1.0);
            measured.t(&without(&turn, &[&fall, &one]), 0.0).abs() > two_sided
                || measured.t(&without(&one, &[&fall]), 0.0) < -one_sided
        };
        let (low, high) = around(self.exponent, range, 0.01, is_contradicted);
        // No law of errors has an exponent below nil, however little the data say.
        (if self.has_floor { Some(low.unwrap_or(0.0)) } else { low }, high)
    }

    /// The interval of the law's value at x, or of its floor, which is its value where M is infinite.
    pub(crate) fn level_ends(&self, measured: &Measured, x: Option<f64>, confidence: f64) -> Ends {
        let critical = measured.critical(f64::midpoint(1.0, confidence));
        let there = |b: f64| x.map_or(0.0, |x| (-b * x).exp());
        let is_contradicted = |level: f64| {
            let above = |b: f64| measured.column(|x| (-b * x).exp() - there(b));
            let mean: Vec<f64> = std::iter::zip(&measured.mean, &measured.root)
                .map(|(mean, root)| mean - level * root)
                .collect();
            let factor = |q: &[f64]| (dot(q, &mean) / dot(q, q)).max(0.0);
            let b = least(WITH_FLOOR, |b| {
                let q = above(b);
                let a = factor(&q);
                std::iter::zip(&mean, &q).map(|(mean, q)| (mean - a * q).powi(2)).sum()
            });
            let turn = measured.column(|own| own * (-b * own).exp() - x.map_or(0.0, |x| x * there(b)));
            let direction = without(&measured.column(|_| 1.0), &[&above(b), &turn]);
            measured.t(&direction, level).abs() > critical
        };
        let level = x.map_or(self.floor, |x| self.at(x));
        // Values above the measured ones are no levels that a falling curve comes to.
        let highest = std::iter::zip(&measured.mean, &measured.root).map(|(mean, root)| mean / root);
        let highest = highest.fold(level, f64::max);
        let (low, high) = around(level, (0.0, highest), 1e-3 * (highest - level), is_contradicted);
        (Some(low.unwrap_or(0.0)), high)
    }
}

/// The factor and the floor that are best for an exponent, neither below nil, and the squares that they leave.
fn linear(measured: &Measured, b: f64, has_floor: bool) -> (f64, f64, f64) {
    let fall = measured.column(|x| (-b * x).exp());
    let left = |a: f64, c: f64| -> f64 {
        let points = std::iter::zip(std::iter::zip(&measured.mean, &measured.root), &fall);
        points.map(|((mean, root), fall)| (mean - a * fall - c * root).powi(2)).sum()
    };
    let alone = (dot(&fall, &measured.mean) / dot(&fall, &fall)).max(0.0);
    if has_floor {
        let one = &measured.root;
        let (steep, flat) = (without(&fall, &[one]), without(one, &[&fall]));
        let a = dot(&steep, &measured.mean) / dot(&steep, &steep);
        let c = dot(&flat, &measured.mean) / dot(&flat, &flat);
        if a >= 0.0 && c >= 0.0 {
            return (a, c, left(a, c));
        }
        if a < 0.0 {
            let c = dot(one, &measured.mean) / dot(one, one);
            return (0.0, c.max(0.0), left(0.0, c.max(0.0)));
        }
    }
    (alone, 0.0, left(alone, 0.0))
}

/// Where `of` is least: the best of a grid, then golden sections around it.
fn least((from, to): (f64, f64), of: impl Fn(f64) -> f64) -> f64 {
    const SECTION: f64 = 0.618_033_988_749_894_9;
    let step = (to - from) / GRID as f64;
    let at = |index: usize| {
        // Denser near nil, where the exponents of learning curves are.
        let share = index as f64 / GRID as f64;
        if from > 0.0 { from * (to / from).powf(share) } else { from + step * index as f64 }
    };
    let left: Vec<f64> = (0..=GRID).map(|index| of(at(index))).collect();
    let best = (0..=GRID).min_by(|&a, &b| left[a].total_cmp(&left[b])).unwrap_or(0);
    let (mut low, mut high) = (at(best.saturating_sub(1)), at((best + 1).min(GRID)));
    let mut inner = [high - SECTION * (high - low), low + SECTION * (high - low)];
    let mut values = inner.map(&of);
    for _ in 0..SECTIONS {
        if values[0] <= values[1] {
            high = inner[1];
            inner = [high - SECTION * (high - low), inner[0]];
            values = [of(inner[0]), values[0]];
        } else {
            low = inner[0];
            inner = [inner[1], low + SECTION * (high - low)];
            values = [values[1], of(inner[1])];
        }
    }
    f64::midpoint(low, high)
}

/// The ends of what is not contradicted around `value`; absent where the range ends first. Where `value` itself is
/// contradicted, as when it lies at a bound, the nearest that is not is where to start.
fn around(value: f64, (from, to): (f64, f64), step: f64, is_contradicted: impl Fn(f64) -> bool) -> Ends {
    let steps = || std::iter::successors(Some(step.max(1e-12)), |step| Some(1.4 * step)).take(100);
    let start = if is_contradicted(value) {
        let mut nearby = steps().flat_map(|step| [value - step, value + step]);
        let found = nearby.find(|&near| from <= near && near <= to && !is_contradicted(near));
        match found {
            Some(found) => found,
            None => return (Some(value), Some(value)),
        }
    } else {
        value
    };
    let end = |sign: f64, limit: f64| {
        let mut inside = start;
        let mut outside = None;
        for step in steps() {
            let next = start + sign * step;
            if sign * (limit - next) <= 0.0 {
                if is_contradicted(limit) {
                    outside = Some(limit);
                }
                break;
            }
            if is_contradicted(next) {
                outside = Some(next);
                break;
            }
            inside = next;
        }
        let mut outside = outside?;
        for _ in 0..25 {
            let middle = f64::midpoint(inside, outside);
            if is_contradicted(middle) { outside = middle } else { inside = middle }
        }
        Some(f64::midpoint(inside, outside))
    };
    let (low, high) = (end(-1.0, from), end(1.0, to));
    (low.map(|low| low.min(value)), high.map(|high| high.max(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [u64; 7] = [40, 80, 160, 320, 640, 1280, 2560];

    /// Four seeds around a law, whose deviations cancel and do not lie along it.
    fn measured(law: impl Fn(f64) -> f64, spread: f64) -> Measured {
        let signs = [[1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0], [1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0]];
        let seeds = [0, 1].into_iter().flat_map(|which| [1.0, -1.0].map(|side| (which, side)));
        let of = |(which, side): (usize, f64)| -> Vec<f64> {
            let at = |m: usize| law(SIZES[m] as f64) + side * spread * signs[which][m];
            (0..SIZES.len()).map(at).collect()
        };
        Measured::complete(&SIZES, &seeds.map(of).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_law_is_found_again() {
        let data = measured(|m| 2.0 * m.powf(-0.4) + 0.03, 0.001);
        let found = Power::fit(&data, true).unwrap();
        assert!((found.exponent - 0.4).abs() < 1e-4 && (found.floor - 0.03).abs() < 1e-4, "{found:?}");
        assert!((found.factor - 2.0 * 40.0_f64.powf(-0.4)).abs() < 1e-4);
        let (low, high) = found.exponent_ends(&data, 0.95);
        assert!(low.unwrap() < 0.4 && 0.4 < high.unwrap() && high.unwrap() - low.unwrap() < 0.2);
        let (low, high) = found.level_ends(&data, None, 0.95);
        assert!(low.unwrap() < 0.03 && 0.03 < high.unwrap() && high.unwrap() - low.unwrap() < 0.03);
        let twice = data.place(5120.0);
        let (low, high) = found.level_ends(&data, Some(twice), 0.95);
        let truth = 2.0 * 5120.0_f64.powf(-0.4) + 0.03;
        assert!(low.unwrap() < truth && truth < high.unwrap() && high.unwrap() - low.unwrap() < 0.01);
    }

    #[test]
    fn a_floor_is_never_below_nil() {
        let data = measured(|m| 2.0 * m.powf(-0.4) - 0.05, 0.0001);
        let found = Power::fit(&data, true).unwrap();
        assert!(found.floor.abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn what_does_not_fall_has_no_law() {
        assert!(Power::fit(&measured(|m| 0.1 + 0.001 * m.ln(), 0.001), true).is_none());
        let rising = Power::fit(&measured(|m| 0.01 * m.powf(0.3), 0.001), false).unwrap();
        assert!((rising.exponent + 0.3).abs() < 1e-3, "{rising:?}");
    }

    #[test]
    fn an_exponent_that_nothing_bounds_has_no_end() {
        let data = measured(|m| if m < 50.0 { 0.5 } else { 0.2 }, 0.02);
        let found = Power::fit(&data, true).unwrap();
        let (low, high) = found.exponent_ends(&data, 0.95);
        assert!(low.unwrap() > 0.5 && high.is_none(), "{low:?} {high:?}");
    }
}
