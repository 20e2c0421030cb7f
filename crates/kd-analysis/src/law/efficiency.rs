//! The data-efficiency factor over M, seed by seed in the sense of the jackknife.
//!
//! η of one seed alone would need that seed's own label curve, which is rough. So η is taken of the means over seeds, and
//! of the means without each seed in turn; pseudo-values (Tukey 1958) then stand for seeds.

use super::measured::Measured;
use crate::stat::isotonic;

/// Errors of one arm, `[seed][M]`.
pub(crate) type Errors<'a> = &'a [Vec<f64>];

/// Pseudo-values of ln η at every M where the arm's mean error lies within the label curve.
pub(crate) fn pseudo_values(samples: &[u64], labels: Errors<'_>, arm: Errors<'_>) -> Option<Measured> {
    let n = labels.len();
    let seeds: Vec<usize> = (0..n).collect();
    let kept: Vec<usize> = (0..samples.len())
        .filter(|&m| {
            let curve = curve(samples, labels, &seeds);
            let error = mean(arm, m, &seeds).ln();
            curve.last().is_some_and(|last| error >= last.1) && curve[0].1 >= error
        })
        .collect();
    let logs = |seeds: &[usize]| -> Option<Vec<f64>> {
        let curve = curve(samples, labels, seeds);
        let at = |&m: &usize| Some(invert(&curve, mean(arm, m, seeds).ln())? - (samples[m] as f64).ln());
        kept.iter().map(at).collect()
    };
    let all = logs(&seeds)?;
    let pseudo = |left_out: usize| {
        let others: Vec<usize> = seeds.iter().copied().filter(|seed| *seed != left_out).collect();
        let without = logs(&others)?;
        let value = |(all, without): (&f64, f64)| n as f64 * all - (n - 1) as f64 * without;
        Some(std::iter::zip(&all, without).map(value).collect())
    };
    let by_seed: Option<Vec<Vec<f64>>> = seeds.iter().map(|&seed| pseudo(seed)).collect();
    let samples: Vec<u64> = kept.iter().map(|&m| samples[m]).collect();
    Measured::complete(&samples, &by_seed?)
}

fn mean(errors: Errors<'_>, m: usize, seeds: &[usize]) -> f64 {
    seeds.iter().map(|&seed| errors[seed][m]).sum::<f64>() / seeds.len() as f64
}

/// The label curve as (ln M, ln error), never rising.
fn curve(samples: &[u64], labels: Errors<'_>, seeds: &[usize]) -> Vec<(f64, f64)> {
    let scores: Vec<f64> = (0..samples.len()).map(|m| -mean(labels, m, seeds)).collect();
    let errors = isotonic(&scores).into_iter().map(|score| -score);
    std::iter::zip(samples, errors)
        .map(|(&samples, error)| ((samples as f64).ln(), error.max(f64::MIN_POSITIVE).ln()))
        .collect()
}

/// ln M at which the curve comes down to `error`, linear between its points; beyond its ends, its first or last fall goes
/// on.
fn invert(curve: &[(f64, f64)], error: f64) -> Option<f64> {
    let falls = || curve.windows(2).filter(|pair| pair[0].1 > pair[1].1);
    let pair = falls().find(|pair| error >= pair[1].1).or_else(|| falls().next_back())?;
    let [(from, above), (to, below)] = [pair[0], pair[1]];
    Some(from + (to - from) * (above - error) / (above - below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_factor_is_found_at_every_size_within_the_label_curve() {
        let samples = [10, 20, 40, 80, 160, 320];
        let at = |m: f64, seed: f64| (1.0 + 0.01 * seed) * m.powf(-0.5);
        let of = |times: f64| -> Vec<Vec<f64>> {
            [-1.0, 0.0, 1.0]
                .map(|seed| {
                    samples.map(|m| at(times * m as f64, if times > 1.0 { -seed } else { seed })).to_vec()
                })
                .to_vec()
        };
        let found = pseudo_values(&samples, &of(1.0), &of(2.0)).unwrap();
        assert_eq!(found.samples, [10, 20, 40, 80, 160], "at 320, two times as many are not measured");
        let means = std::iter::zip(&found.mean, &found.root).map(|(mean, root)| mean / root);
        assert!(means.into_iter().all(|mean| (mean - 2.0_f64.ln()).abs() < 1e-3));
    }

    #[test]
    fn a_curve_goes_on_beyond_its_ends_and_skips_its_plateaus() {
        let curve = [(0.0, 0.0), (1.0, -1.0), (2.0, -1.0), (3.0, -3.0)];
        let at = |error| invert(&curve, error).unwrap();
        let found = [0.5, -0.5, -1.0, -2.0, -4.0].map(at);
        let expected = [-0.5, 0.5, 1.0, 2.5, 3.5];
        assert!(
            std::iter::zip(found, expected).all(|(found, expected)| (found - expected).abs() < 1e-12),
            "{found:?}"
        );
        assert_eq!(invert(&[(0.0, 1.0), (1.0, 1.0)], 0.5), None);
    }
}
