use super::evidence::{Evidence, at_sizes};
use super::own::own;
use super::verdict::{Probabilities, Tested};
use super::{Explains, Test, Theory};
use crate::stat::{Replicates, mean, t_above};

/// Soft targets make the risk vary less.
pub(super) const THEORY: Theory = Theory {
    name: "statistical_view",
    term: "statistical view",
    claim: "Distillation lowers the variance of the risk",
    sources: "Menon et al. 2021",
    prediction: "over seeds, the score of distilled students varies less than that of students on labels",
    needs: "two M at which five seeds of both arms have ended",
    test: Test::Own(Explains::Neither, test),
};

fn test(evidence: &Evidence<'_>) -> Vec<Tested> {
    let cells = evidence.cells();
    let at = |samples| {
        let (arm, labels) = (cells.scores(evidence.arm, samples)?, cells.scores(evidence.labels, samples)?);
        Some((samples, less_spread(arm, labels)?))
    };
    let tests: Vec<(u64, [f64; 2])> = evidence.sizes().into_iter().filter_map(at).collect();
    if tests.len() < 2 {
        return Vec::new();
    }
    let count = tests.len() as f64;
    let least = |side: usize| {
        let least = tests.iter().map(|(_, found)| found[side]).fold(1.0, f64::min);
        (count * least).min(1.0)
    };
    let probabilities = Probabilities { supported: least(0), refuted: least(1), partly: 1.0 };
    let sizes = |side: usize| -> Vec<u64> {
        tests.iter().filter(|(_, found)| found[side] < 0.5).map(|(samples, _)| *samples).collect()
    };
    let because = format!(
        "in these seeds, scores of {} vary less than those of labels at {}, and more at {} (Pitman and Morgan's test at each M)",
        evidence.arm,
        at_sizes(&sizes(0)),
        at_sizes(&sizes(1))
    );
    vec![own(&THEORY, evidence, probabilities, because)]
}

/// The probabilities that an arm varies as much less, and as much more, than another by chance: the correlation of sums and differences, which
/// is 0 where variances are equal (Pitman 1939, Morgan 1939). None with fewer than five seeds.
fn less_spread(arm: &Replicates, other: &Replicates) -> Option<[f64; 2]> {
    let pairs: Vec<(f64, f64)> =
        arm.iter().filter_map(|(seed, score)| Some((*score, *other.get(seed)?))).collect();
    if pairs.len() < super::FEWEST_SEEDS {
        return None;
    }
    let sums: Vec<f64> = pairs.iter().map(|(a, b)| a + b).collect();
    let differences: Vec<f64> = pairs.iter().map(|(a, b)| b - a).collect();
    let (mean_sum, mean_difference) = (mean(&sums), mean(&differences));
    let product = |a: &[f64], mean_a: f64, b: &[f64], mean_b: f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum()
    };
    let within = product(&sums, mean_sum, &sums, mean_sum)
        * product(&differences, mean_difference, &differences, mean_difference);
    if within <= 0.0 {
        return None;
    }
    let correlation = product(&sums, mean_sum, &differences, mean_difference) / within.sqrt();
    let degrees = (pairs.len() - 2) as f64;
    let t = correlation * (degrees / (1.0 - correlation * correlation).max(1e-12)).sqrt();
    Some([t_above(t, degrees), t_above(-t, degrees)])
}
