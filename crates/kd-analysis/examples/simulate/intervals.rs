//! How often intervals cover the truth.

use kd_analysis::Bound;

use crate::world::{Arm, SIZES, World, shrinking, times};

/// Of one kind of interval: how many covered, of how many.
#[derive(Default, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) right: usize,
    pub(crate) all: usize,
}

impl Count {
    pub(crate) fn add(&mut self, right: bool) {
        self.right += usize::from(right);
        self.all += 1;
    }

    pub(crate) fn share(&self) -> f64 {
        100.0 * self.right as f64 / self.all as f64
    }
}

/// What intervals cover in a world.
#[derive(Default)]
pub(crate) struct Coverage {
    pub(crate) alone: Count,
    pub(crate) jointly: Count,
    pub(crate) worth: Count,
    pub(crate) peak: Count,
    pub(crate) crossing: Count,
}

pub(crate) fn coverage(world: &World, seeds: usize, studies: usize) -> Coverage {
    let mut found = Coverage::default();
    let gains = &world.arms[0].gains;
    let truth: Vec<f64> = (0..gains.len()).map(|index| world.worth(index)).collect();
    let most = gains.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let best: Vec<u64> =
        (0..gains.len()).filter(|&index| gains[index] >= most).map(|index| world.sizes[index]).collect();
    let turn = world.turn();
    for number in 0..studies {
        let findings = world.findings(seeds, number as u64);
        let task = &findings.tasks[0];
        let gain = &task.gains[0];
        let mut all = true;
        for (point, truth) in gain.points.iter().zip(gains) {
            let covers = |estimate: &kd_analysis::Estimate| {
                estimate.half_width.is_some_and(|half| (estimate.mean - truth).abs() <= half)
            };
            found.alone.add(covers(&point.alone));
            all &= covers(&point.jointly);
        }
        found.jointly.add(all);
        for (point, &truth) in task.efficiency[0].points.iter().zip(&truth) {
            if let Some(interval) = point.interval {
                found.worth.add(holds(interval, truth, &world.sizes));
            }
        }
        if let Some((low, high)) = gain.peak.and_then(|peak| peak.interval) {
            found
                .peak
                .add(best.iter().any(|&best| low.value() <= best as f64 && best as f64 <= high.value()));
        }
        if let Some(crossing) = gain.crossing.and_then(|crossing| crossing.interval) {
            found.crossing.add(turn.is_some_and(|turn| holds(crossing, turn, &world.sizes)));
        }
    }
    found
}

/// Whether an interval that may be open holds the truth, which may be beyond the range.
fn holds((low, high): (Bound, Bound), truth: f64, sizes: &[u64]) -> bool {
    let [first, .., last] = sizes else { return false };
    let truth = truth.clamp(*first as f64, *last as f64);
    let above = match low {
        Bound::AtMost(_) => true,
        Bound::Exact(low) | Bound::AtLeast(low) => low <= truth * 1.000_001,
    };
    let below = match high {
        Bound::AtLeast(_) => true,
        Bound::Exact(high) | Bound::AtMost(high) => truth <= high * 1.000_001,
    };
    above && below
}

impl World {
    /// How many labelled samples reach the arm's true score at a place, on the true curve.
    fn worth(&self, place: usize) -> f64 {
        let error = 1.0 - self.labels[place] - self.arms[0].gains[place];
        (1.6 / (error - 0.02).max(1e-9)).powi(2)
    }

    /// Where the first arm's true gain turns, linear in log M.
    fn turn(&self) -> Option<f64> {
        let gains = &self.arms[0].gains;
        let at = (1..gains.len()).find(|&at| gains[at - 1] > 0.0 && gains[at] <= 0.0)?;
        let (from, to) = ((self.sizes[at - 1] as f64).ln(), (self.sizes[at] as f64).ln());
        Some((from + (to - from) * gains[at - 1] / (gains[at - 1] - gains[at])).exp())
    }
}

/// The worlds that intervals are tried in.
pub(crate) fn worlds() -> Vec<(&'static str, World)> {
    let distilled = |gains: Vec<f64>| World::of(vec![Arm::new("distilled", "distilled", gains)]);
    let turning = || distilled(vec![0.06, 0.05, 0.035, 0.02, 0.006, -0.006, -0.02]);
    let hump = || distilled(vec![0.01, 0.03, 0.06, 0.04, 0.02, 0.01, 0.0]);
    let uneven = World { deviations: vec![0.011, 0.015, 0.012, 0.009, 0.005, 0.0035, 0.003], ..turning() };
    let wide = World {
        sizes: SIZES.iter().map(|size| 40 * (size / 40).pow(2)).collect(),
        labels: SIZES
            .iter()
            .map(|size| 1.0 - 1.6 * (40.0 * ((size / 40) as f64).powi(2)).powf(-0.5) - 0.02)
            .collect(),
        ..turning()
    };
    vec![
        ("gain turns, grid of x2", turning()),
        ("gain turns, uneven noise", uneven),
        ("gain turns, correlation 0.6", World { correlation: 0.6, ..turning() }),
        ("gain turns, grid of x4", wide),
        ("gain has a hump", hump()),
        ("no gain", distilled(vec![0.0; 7])),
        ("gain shrinks to 0", distilled(shrinking())),
        ("gain shrinks to 0, 1 run in 100 fails", World { failures: 0.01, ..distilled(shrinking()) }),
        (
            "ceiling, 200 test examples",
            World {
                labels: vec![0.99; 7],
                test_examples: 200,
                deviations: vec![0.004; 7],
                ..distilled(times(&shrinking(), 0.0))
            },
        ),
    ]
}

pub(crate) fn print(studies: usize) {
    println!(
        "{:40} {:>3} {:>7} {:>7} {:>7} {:>7} {:>9}",
        "intervals cover the truth", "n", "alone", "jointly", "eta", "peak", "crossing"
    );
    for (name, world) in worlds() {
        for seeds in [3, 5, 10, 20] {
            let found = coverage(&world, seeds, studies);
            let share = |count: Count| {
                if count.all < studies / 20 { "–".to_owned() } else { format!("{:.1}", count.share()) }
            };
            println!(
                "{name:40} {seeds:>3} {:>7} {:>7} {:>7} {:>7} {:>9}",
                share(found.alone),
                share(found.jointly),
                share(found.worth),
                share(found.peak),
                share(found.crossing)
            );
        }
    }
    println!();
}
