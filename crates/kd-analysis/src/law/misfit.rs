//! Whether a law fits.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, FisherSnedecor};

use super::measured::{Measured, dot, orthonormal, wider};

/// Lack of fit against pure error, which is how seeds differ.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Misfit {
    /// How far means lie from the law in the directions that it leaves open, over how far seeds lie from their mean there; a
    /// little less than that, as weights are estimated.
    pub f: f64,
    /// Degrees of freedom of either.
    pub degrees: (usize, usize),
    /// The probability of such an `f` or a larger one where the law holds.
    pub p: f64,
    /// Root of the mean squared distance of means from the law.
    pub distance: f64,
}

/// That of a curve with `fitted` values at every M. `tangents` is what its fitted numbers can do, scaled. None where they
/// can do everything.
pub(crate) fn misfit(measured: &Measured, fitted: &[f64], tangents: &[Vec<f64>]) -> Option<Misfit> {
    let tangents: Vec<&[f64]> = tangents.iter().map(Vec::as_slice).collect();
    let basis = orthonormal(&tangents);
    let open = measured.x.len().checked_sub(basis.len()).filter(|open| *open > 0)?;
    let seeds = measured.seeds.len();
    // What is left of a vector beside the tangents.
    let beside = |vector: &[f64]| {
        let mut left = vector.to_vec();
        for known in &basis {
            let along = dot(&left, known);
            std::iter::zip(&mut left, known).for_each(|(left, known)| *left -= along * known);
        }
        left
    };
    let minus = |a: &[f64], b: &[f64]| -> Vec<f64> { std::iter::zip(a, b).map(|(a, b)| a - b).collect() };
    let scaled: Vec<f64> = std::iter::zip(fitted, &measured.root).map(|(value, root)| value * root).collect();
    let miss = beside(&minus(&measured.mean, &scaled));
    let pure: f64 = measured
        .seeds
        .iter()
        .map(|seed| beside(&minus(seed, &measured.mean)))
        .map(|left| dot(&left, &left))
        .sum();
    let degrees = (open, open * (seeds - 1));
    // As critical values of t are widened for estimated weights.
    let wider = wider((seeds - 1) as f64).powi(2);
    let f = seeds as f64 * dot(&miss, &miss) / open as f64 / (pure / degrees.1 as f64) / wider;
    let plain = std::iter::zip(std::iter::zip(&measured.mean, &measured.root), fitted)
        .map(|((mean, root), fitted)| (mean / root - fitted).powi(2));
    let distance = (plain.sum::<f64>() / fitted.len() as f64).sqrt();
    // Positive degrees of freedom are always accepted.
    let p = FisherSnedecor::new(degrees.0 as f64, degrees.1 as f64).map_or(1.0, |known| known.sf(f));
    Some(Misfit { f, degrees, p, distance })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_f_test_of_a_line_is_that_of_a_textbook() {
        // Two seeds would do for the formula, three are the fewest; equal deviations keep the weights equal.
        let means = [1.0, 2.5, 2.0, 4.5];
        let seeds: Vec<Vec<f64>> =
            [-1.0, 0.0, 1.0].iter().map(|more| means.map(|mean| mean + more).to_vec()).collect();
        // Deviations along the constant are in the tangents, so make them differ.
        let mut seeds = seeds;
        seeds[0] = vec![0.0, 3.5, 1.0, 5.5];
        seeds[2] = vec![2.0, 1.5, 3.0, 3.5];
        let samples = [1.0_f64, std::f64::consts::E, 7.389_056_098_930_65, 20.085_536_923_187_668];
        let measured = Measured::complete(&samples.map(|m| (1000.0 * m) as u64), &seeds).unwrap();
        assert!(measured.root.iter().all(|root| (root - 1.0).abs() < 1e-9));
        // The line through (0, 1), (1, 2.5), (2, 2), (3, 4.5) is 1 + x.
        let fitted: Vec<f64> = measured.x.iter().map(|x| 1.0 + x).collect();
        let tangents = [measured.column(|_| 1.0), measured.column(|x| x)];
        let found = misfit(&measured, &fitted, &tangents).unwrap();
        // Misses 0, 0.5, -1, 0.5: squares 1.5, over 2, times 3 seeds. Deviations (-1, 1, -1, 1) twice have squares 4 each,
        // of which 0.8 lie along the line.
        // With three seeds, variances count 7/6 squared as much.
        let expected = 3.0 * 1.5 / 2.0 / (2.0 * (4.0 - 0.8) / 4.0) / (7.0_f64 / 6.0).powi(2);
        assert!((found.f - expected).abs() < 1e-3, "{found:?}");
        assert_eq!(found.degrees, (2, 4));
        assert!((found.distance - (1.5_f64 / 4.0).sqrt()).abs() < 1e-3);
        // P(F(2, 4) > f) = (1 + f / 2)^-2.
        assert!((found.p - (1.0 + found.f / 2.0).powi(-2)).abs() < 1e-9);
    }
}
