//! Variances that lend each other strength over M.

use statrs::function::gamma::digamma;

use super::gamma::{inverse_trigamma, trigamma};

/// Below as many M nothing can be told of a trend and of what is left around it.
const FEWEST: usize = 4;

/// Beyond as many prior degrees of freedom they are not told apart from infinitely many by a dozen variances.
pub(crate) const MOST_PRIOR_DEGREES: f64 = 30.0;

/// Variances, each with its degrees of freedom and where it stands on the axis of log M.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Variances<'a> {
    pub(crate) at: &'a [f64],
    pub(crate) own: &'a [f64],
    pub(crate) degrees: &'a [f64],
}

/// What the variances together say that one of them will be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prior {
    /// At each place, on the trend.
    pub(crate) variances: Vec<f64>,
    /// How many degrees of freedom that is worth.
    pub(crate) degrees: f64,
}

impl Variances<'_> {
    /// Moderated variances (Smyth 2004, "Linear Models and Empirical Bayes Methods", doi 10.2202/1544-6115.1027), whose prior
    /// follows a line in log M (limma-trend, Law et al. 2014): `(d₀ s₀² + d s²) / (d₀ + d)`. As they are with fewer than four.
    pub(crate) fn moderated(&self, prior: Option<&Prior>) -> Vec<f64> {
        let Some(prior) = prior else { return self.own.to_vec() };
        let each = self.own.iter().zip(self.degrees).zip(&prior.variances);
        each.map(|((own, degrees), expected)| {
            (prior.degrees * expected + degrees * own) / (prior.degrees + degrees)
        })
        .collect()
    }

    /// The prior that fits them: of log s², whose distribution around log σ² is known, the mean follows a line in log M and
    /// what it varies more than chance has it gives d₀. None with fewer than four, or where all lie at one place.
    pub(crate) fn prior(&self) -> Option<Prior> {
        let count = self.at.len();
        if count < FEWEST {
            return None;
        }
        let logs: Vec<f64> = std::iter::zip(self.own, self.degrees)
            .map(|(variance, degrees)| variance.ln() - digamma(degrees / 2.0) + (degrees / 2.0).ln())
            .collect();
        let (level, slope) = line(self.at, &logs)?;
        let fitted = || self.at.iter().map(|at| level + slope * at);
        let rest: f64 = logs.iter().zip(fitted()).map(|(log, fitted)| (log - fitted).powi(2)).sum();
        let chance = self.degrees.iter().map(|degrees| trigamma(degrees / 2.0)).sum::<f64>() / count as f64;
        let excess = rest / (count - 2) as f64 - chance;
        let degrees = if excess > 0.0 { 2.0 * inverse_trigamma(excess) } else { f64::INFINITY };
        let degrees = degrees.min(MOST_PRIOR_DEGREES);
        let bias = digamma(degrees / 2.0) - (degrees / 2.0).ln();
        Some(Prior { variances: fitted().map(|fitted| (fitted + bias).exp()).collect(), degrees })
    }
}

/// Level and slope of the least-squares line; none where all places are one.
fn line(at: &[f64], values: &[f64]) -> Option<(f64, f64)> {
    let count = at.len() as f64;
    let (mean_at, mean) = (at.iter().sum::<f64>() / count, values.iter().sum::<f64>() / count);
    let spread: f64 = at.iter().map(|at| (at - mean_at).powi(2)).sum();
    let together: f64 = at.iter().zip(values).map(|(at, value)| (at - mean_at) * (value - mean)).sum();
    let slope = together / spread;
    (spread > 0.0).then_some((mean - slope * mean_at, slope))
}
