use std::collections::VecDeque;

use tch::{Kind, Tensor};

use crate::{Error, Result};

/// Minimises a function by its gradient: limited-memory BFGS (Liu & Nocedal 1989, "On the limited memory BFGS method
/// for large scale optimization") with a line search for the strong Wolfe conditions, as in Nocedal & Wright 2006,
/// "Numerical Optimization", algorithms 7.4, 3.5 and 3.6.
///
/// Points and gradients are `[p]`, float64. The function must say the same of a point whenever it is asked; where it is
/// not finite, the search turns back.
///
/// ```
/// use kd_models::{Error, Lbfgs};
/// use tch::{Kind, Tensor};
///
/// # fn main() -> Result<(), Error> {
/// // (x - 1)² + 10 (y + 2)²
/// let (centre, weight) = (Tensor::from_slice(&[1.0, -2.0]), Tensor::from_slice(&[1.0, 10.0]));
/// let mut function = |point: &Tensor| -> Result<_, Error> {
///     let gradient = (point - &centre) * &weight * 2.0;
///     Ok((((point - &centre) * &gradient).sum(Kind::Double).double_value(&[]) / 2.0, gradient))
/// };
/// let mut search = Lbfgs::new(Tensor::from_slice(&[0.0, 0.0]), 10, &mut function)?;
/// while search.largest_derivative()? > 1e-9 && search.step(&mut function)? {}
/// assert!(search.point().allclose(&centre, 0.0, 1e-9, false));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Lbfgs {
    here: Place,
    /// The last steps, oldest first.
    pairs: VecDeque<Pair>,
    memory: usize,
}

/// A point and what the function says of it.
#[derive(Debug)]
struct Place {
    point: Tensor,
    value: f64,
    gradient: Tensor,
}

/// A step, and how the gradient changed over it.
#[derive(Debug)]
struct Pair {
    step: Tensor,
    change: Tensor,
    /// Their product, which is positive.
    curvature: f64,
}

/// A place along a direction, so many times it away from where a line search starts.
#[derive(Debug)]
struct Trial {
    length: f64,
    /// The derivative along the direction.
    slope: f64,
    place: Place,
}

/// Of the value's fall that the slope promises, a step must keep this share.
const LEAST_FALL: f64 = 1e-4;
/// Of the slope, a step must leave at most this share.
const MOST_SLOPE: f64 = 0.9;
/// Enough to halve an interval until nothing of it is left; few searches take more than two.
const MOST_TRIALS: usize = 50;

impl Lbfgs {
    /// A search from `start` that goes by the curvature along its last `memory` steps.
    ///
    /// # Errors
    /// As `function`.
    pub fn new<E: From<Error>>(
        start: Tensor,
        memory: usize,
        function: &mut impl FnMut(&Tensor) -> std::result::Result<(f64, Tensor), E>,
    ) -> std::result::Result<Self, E> {
        let (value, gradient) = function(&start)?;
        let here = Place { point: start, value, gradient };
        Ok(Self { here, pairs: VecDeque::with_capacity(memory), memory })
    }

    /// Where it is.
    pub fn point(&self) -> &Tensor {
        &self.here.point
    }

    /// What the function says there.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.here.value
    }

    /// Its gradient there.
    pub fn gradient(&self) -> &Tensor {
        &self.here.gradient
    }

    /// The gradient's largest entry by size, which is 0 at a minimum.
    ///
    /// # Errors
    /// If libtorch refuses.
    pub fn largest_derivative(&self) -> Result<f64> {
        Ok(self.here.gradient.f_abs()?.f_max()?.f_double_value(&[])?)
    }

    /// Moves to a point of a smaller value; tells whether there was one. Without, the search is at its end, as far as
    /// float64 can tell values apart.
    ///
    /// # Errors
    /// As `function`.
    pub fn step<E: From<Error>>(
        &mut self,
        function: &mut impl FnMut(&Tensor) -> std::result::Result<(f64, Tensor), E>,
    ) -> std::result::Result<bool, E> {
        let direction = self.direction()?;
        let found =
            Line { from: &self.here, direction: &direction }.search(self.first_length()?, function)?;
        match found {
            Some(place) => {
                self.remember(&place)?;
                self.here = place;
                Ok(true)
            }
            None if self.pairs.is_empty() => Ok(false),
            None => {
                // What is remembered misleads here: on by the gradient alone.
                self.pairs.clear();
                self.step(function)
            }
        }
    }

    /// Minus the gradient, times the inverse of the curvature as far as it is remembered.
    fn direction(&self) -> Result<Tensor> {
        let mut direction = self.here.gradient.f_neg()?;
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = dot(&pair.step, &direction)? / pair.curvature;
            direction = direction.f_sub(&pair.change.f_mul_scalar(share)?)?;
            shares.push(share);
        }
        if let Some(last) = self.pairs.back() {
            direction = direction.f_mul_scalar(last.curvature / dot(&last.change, &last.change)?)?;
        }
        for (pair, share) in self.pairs.iter().zip(shares.into_iter().rev()) {
            let back = dot(&pair.change, &direction)? / pair.curvature;
            direction = direction.f_add(&pair.step.f_mul_scalar(share - back)?)?;
        }
        Ok(direction)
    }

    /// The length to try first: all of a step whose scale is known, else one that moves no further than 1.
    fn first_length(&self) -> Result<f64> {
        if !self.pairs.is_empty() {
            return Ok(1.0);
        }
        let size = self.here.gradient.f_abs()?.f_sum(Kind::Double)?.f_double_value(&[])?;
        Ok((1.0 / size).min(1.0))
    }

    fn remember(&mut self, next: &Place) -> Result<()> {
        let step = next.point.f_sub(&self.here.point)?;
        let change = next.gradient.f_sub(&self.here.gradient)?;
        let curvature = dot(&step, &change)?;
        // So little would be rounding.
        if curvature > 1e-10 * dot(&change, &change)? {
            if self.pairs.len() == self.memory {
                self.pairs.pop_front();
            }
            self.pairs.push_back(Pair { step, change, curvature });
        }
        Ok(())
    }
}

/// Where a line search looks.
struct Line<'a> {
    from: &'a Place,
    direction: &'a Tensor,
}

impl Line<'_> {
    /// A place that meets the strong Wolfe conditions, or the best that was met; none if none is better than the start.
    fn search<E: From<Error>>(
        &self,
        first: f64,
        function: &mut impl FnMut(&Tensor) -> std::result::Result<(f64, Tensor), E>,
    ) -> std::result::Result<Option<Place>, E> {
        let start = self.start()?;
        let slope = start.slope;
        let mut low = start;
        let mut length = first;
        // Down a slope, or what is remembered was wrong.
        let trials = if slope < 0.0 { MOST_TRIALS } else { 0 };
        for _ in 0..trials {
            let trial = self.at(length, function)?;
            if self.is_high(&trial, slope) || (low.length > 0.0 && trial.place.value >= low.place.value) {
                low = self.between(low, trial, slope, function)?;
                break;
            }
            if trial.slope.abs() <= -MOST_SLOPE * slope {
                low = trial;
                break;
            }
            if trial.slope >= 0.0 {
                low = self.between(trial, low, slope, function)?;
                break;
            }
            length *= 4.0;
            low = trial;
        }
        Ok((low.length > 0.0).then_some(low.place))
    }

    /// The same between `low`, the best so far, from where values fall, and `high`, before which they rise again.
    fn between<E: From<Error>>(
        &self,
        mut low: Trial,
        mut high: Trial,
        slope: f64,
        function: &mut impl FnMut(&Tensor) -> std::result::Result<(f64, Tensor), E>,
    ) -> std::result::Result<Trial, E> {
        for _ in 0..MOST_TRIALS {
            let trial = self.at(interpolated(&low, &high), function)?;
            if self.is_high(&trial, slope) || trial.place.value >= low.place.value {
                high = trial;
                continue;
            }
            if trial.slope.abs() <= -MOST_SLOPE * slope {
                return Ok(trial);
            }
            if trial.slope * (high.length - low.length) >= 0.0 {
                high = low;
            }
            low = trial;
        }
        Ok(low)
    }

    fn start(&self) -> Result<Trial> {
        let Place { point, value, gradient } = self.from;
        let place = Place { point: point.shallow_clone(), value: *value, gradient: gradient.shallow_clone() };
        Ok(Trial { length: 0.0, slope: dot(gradient, self.direction)?, place })
    }

    fn at<E: From<Error>>(
        &self,
        length: f64,
        function: &mut impl FnMut(&Tensor) -> std::result::Result<(f64, Tensor), E>,
    ) -> std::result::Result<Trial, E> {
        let step = self.direction.f_mul_scalar(length).map_err(Error::from)?;
        let point = self.from.point.f_add(&step).map_err(Error::from)?;
        let (value, gradient) = function(&point)?;
        let slope = dot(&gradient, self.direction)?;
        Ok(Trial { length, slope, place: Place { point, value, gradient } })
    }

    /// Whether a trial's value fell less than `slope` at the start promises, by more than rounding.
    fn is_high(&self, trial: &Trial, slope: f64) -> bool {
        let rounding = 2.0 * f64::EPSILON * self.from.value.abs();
        let most = self.from.value + LEAST_FALL * slope * trial.length + rounding;
        !trial.place.value.is_finite() || trial.place.value > most
    }
}

/// Where a cubic through both trials has its minimum (Nocedal & Wright 3.59), but not at an end; the middle where there
/// is none.
fn interpolated(low: &Trial, high: &Trial) -> f64 {
    let width = high.length - low.length;
    let bend = low.slope + high.slope - 3.0 * (high.place.value - low.place.value) / width;
    let root = width.signum() * (bend * bend - low.slope * high.slope).sqrt();
    let share = 1.0 - (high.slope + root - bend) / (high.slope - low.slope + 2.0 * root);
    let share = if share.is_finite() { share.clamp(0.1, 0.9) } else { 0.5 };
    low.length + share * width
}

fn dot(a: &Tensor, b: &Tensor) -> Result<f64> {
    Ok(a.f_dot(b)?.f_double_value(&[])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the search ends and the steps it took.
    fn minimum(
        start: &[f64],
        memory: usize,
        value: impl Fn(&Tensor) -> Tensor,
        tolerance: f64,
    ) -> (Vec<f64>, usize) {
        let mut function = |point: &Tensor| -> Result<_> {
            let point = point.detach().set_requires_grad(true);
            let value = value(&point);
            let gradient = Tensor::run_backward(&[&value], &[&point], false, false).remove(0);
            Ok((value.double_value(&[]), gradient))
        };
        let mut search = Lbfgs::new(Tensor::from_slice(start), memory, &mut function).unwrap();
        let mut steps = 0;
        while search.largest_derivative().unwrap() > tolerance && steps < 500 {
            let before = search.value();
            if !search.step(&mut function).unwrap() {
                break;
            }
            assert!(search.value() <= before + 1e-15);
            steps += 1;
        }
        (Vec::try_from(search.point()).unwrap(), steps)
    }

    #[track_caller]
    fn close(found: &[f64], expected: &[f64], tolerance: f64) {
        let close = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < tolerance);
        assert!(close, "{found:?}, expected {expected:?}");
    }

    /// Rosenbrock's valley, from where he started (1960).
    #[test]
    fn a_bent_valley_is_followed_to_its_end() {
        let value = |point: &Tensor| {
            let (x, y) = (point.get(0), point.get(1));
            (&y - x.square()).square() * 100.0 + (x - 1.0).square()
        };
        for memory in [1, 10] {
            let (found, steps) = minimum(&[-1.2, 1.0], memory, value, 1e-9);
            close(&found, &[1.0, 1.0], 1e-8);
            assert!(steps < 60, "{steps}");
        }
    }

    /// Nearly flat in one direction: a hundred thousand times less than in the other.
    #[test]
    fn scales_may_differ() {
        let weight = Tensor::from_slice(&[1e5, 1.0, 30.0]);
        let value = |point: &Tensor| ((point - 2.0).square() * &weight).sum(Kind::Double) / 2.0;
        let (found, steps) = minimum(&[0.0; 3], 10, value, 1e-9);
        close(&found, &[2.0; 3], 1e-8);
        assert!(steps < 40, "{steps}");
    }

    #[test]
    fn a_wall_turns_the_search_back() {
        // x - ln x, which is nowhere below 0; and its like beside a step from 40 that would cross it.
        let value = |point: &Tensor| (point - point.log()).sum(Kind::Double);
        close(&minimum(&[1e-3, 40.0], 10, value, 1e-10).0, &[1.0, 1.0], 1e-8);
    }

    #[test]
    fn a_minimum_is_not_left() {
        let (found, steps) = minimum(&[3.0], 10, |point| (point - 3.0).square().sum(Kind::Double), 0.0);
        assert_eq!((found, steps), (vec![3.0], 0));
    }
}
