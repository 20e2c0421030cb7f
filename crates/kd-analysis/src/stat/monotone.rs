//! Curves through points.

/// A cubic curve through points that is monotone where they are (Fritsch and Butland 1984, "A Method for Constructing Local
/// Monotone Piecewise Cubic Interpolants"). Its slope at a point is the weighted harmonic mean of the slopes on either side, or 0
/// where these differ in sign; at an end, that of the parabola through three points, kept to the shape of the data.
#[derive(Debug, Clone)]
pub(crate) struct Monotone {
    at: Vec<f64>,
    values: Vec<f64>,
    slopes: Vec<f64>,
}

impl Monotone {
    /// Through points in ascending order of `at`; none with fewer than two.
    pub(crate) fn through(at: &[f64], values: &[f64]) -> Option<Self> {
        let count = at.len();
        if count < 2 || values.len() != count {
            return None;
        }
        let steps: Vec<f64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let chords: Vec<f64> =
            values.windows(2).zip(&steps).map(|(pair, step)| (pair[1] - pair[0]) / step).collect();
        let mut slopes = vec![0.0; count];
        if count == 2 {
            slopes.fill(chords[0]);
        } else {
            slopes[0] = end(steps[0], steps[1], chords[0], chords[1]);
            slopes[count - 1] = end(steps[count - 2], steps[count - 3], chords[count - 2], chords[count - 3]);
            for point in 1..count - 1 {
                slopes[point] = within([steps[point - 1], steps[point]], [chords[point - 1], chords[point]]);
            }
        }
        Some(Self { at: at.to_vec(), values: values.to_vec(), slopes })
    }

    /// Its value; beyond the ends, that of the end.
    pub(crate) fn value(&self, at: f64) -> f64 {
        let last = self.at.len() - 1;
        let at = at.clamp(self.at[0], self.at[last]);
        let right = self.at.iter().position(|&known| known >= at).unwrap_or(last).max(1);
        let left = right - 1;
        let step = self.at[right] - self.at[left];
        let t = (at - self.at[left]) / step;
        let (square, cube) = (t * t, t * t * t);
        (2.0 * cube - 3.0 * square + 1.0) * self.values[left]
            + (cube - 2.0 * square + t) * step * self.slopes[left]
            + (3.0 * square - 2.0 * cube) * self.values[right]
            + (cube - square) * step * self.slopes[right]
    }
}

fn within(steps: [f64; 2], chords: [f64; 2]) -> f64 {
    if chords[0] * chords[1] <= 0.0 {
        return 0.0;
    }
    let weights = [2.0 * steps[1] + steps[0], steps[1] + 2.0 * steps[0]];
    (weights[0] + weights[1]) / (weights[0] / chords[0] + weights[1] / chords[1])
}

fn end(step: f64, next_step: f64, chord: f64, next: f64) -> f64 {
    let slope = ((2.0 * step + next_step) * chord - step * next) / (step + next_step);
    if slope * chord <= 0.0 {
        0.0
    } else if chord * next < 0.0 && slope.abs() > 3.0 * chord.abs() {
        3.0 * chord
    } else {
        slope
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_through_its_points_and_is_monotone_between_them() {
        let (at, values) = ([0.0, 1.0, 2.0, 5.0, 6.0], [0.0, 0.1, 0.9, 0.95, 1.0]);
        let curve = Monotone::through(&at, &values).unwrap();
        for (at, value) in at.iter().zip(values) {
            assert!((curve.value(*at) - value).abs() < 1e-12);
        }
        let fine: Vec<f64> = (0..=600).map(|step| curve.value(f64::from(step) / 100.0)).collect();
        assert!(fine.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
        assert!((curve.value(-1.0) - 0.0).abs() < 1e-12 && (curve.value(9.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn lines_stay_lines_and_turns_are_flat() {
        let line = Monotone::through(&[0.0, 1.0, 3.0], &[1.0, 2.0, 4.0]).unwrap();
        assert!((line.value(2.2) - 3.2).abs() < 1e-12);
        let turn = Monotone::through(&[0.0, 1.0, 2.0], &[0.0, 1.0, 0.0]).unwrap();
        assert!((0..=200).all(|step| turn.value(f64::from(step) / 100.0) <= 1.0 + 1e-12));
        assert!((Monotone::through(&[0.0, 2.0], &[0.0, 1.0]).unwrap().value(1.0) - 0.5).abs() < 1e-12);
        assert!(Monotone::through(&[0.0], &[0.0]).is_none());
    }
}
