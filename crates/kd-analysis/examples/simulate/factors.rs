//! How often what is said of factors is right.

use kd_analysis::{Datum, Effect, Estimate};

use crate::intervals::Count;
use crate::world::{Arm, World, each, shrinking, times};

/// Levels, each four times the one before.
const LEVELS: [f64; 3] = [16.0, 64.0, 256.0];
const DOUBLINGS: f64 = 2.0;

/// What is counted of a world.
#[derive(Default)]
pub(crate) struct Found {
    /// Slopes of the gain, jointly over M.
    pub(crate) slopes: Count,
    /// The difference of slopes between the ends.
    pub(crate) interaction: Count,
    /// The best level among those that are named.
    pub(crate) best: Count,
    /// Whether the slope is said to depend on M.
    pub(crate) depends: Count,
}

/// Distilled arms that gain `shares` of what shrinks as data grow, and `more` at every M, at each level.
fn levels(shares: [f64; 3], more: [f64; 3]) -> World {
    let arm = |index: usize| {
        let gains = times(&shrinking(), shares[index]).into_iter().map(|gain| gain + more[index]).collect();
        Arm { levels: vec![("width", LEVELS[index])], ..Arm::new("distilled", "distilled", gains) }
    };
    World::of(vec![arm(0), arm(1), arm(2)])
}

/// The worlds that factors are tried in.
pub(crate) fn worlds() -> Vec<(&'static str, World)> {
    vec![
        ("levels are alike", levels([1.0; 3], [0.0; 3])),
        ("the same slope at every M", levels([1.0; 3], [0.0, 0.01, 0.02])),
        ("slope shrinks as data grow", levels([0.5, 1.0, 1.5], [0.0; 3])),
        ("the best level moves with M", levels([1.5, 1.0, 0.5], [0.0, 0.01, 0.02])),
    ]
}

/// The true slope per doubling at a place: levels lie evenly, so it is that between the ends.
fn slope(world: &World, place: usize) -> f64 {
    (world.arms[2].gains[place] - world.arms[0].gains[place]) / (2.0 * DOUBLINGS)
}

pub(crate) fn found(world: &World, seeds: usize, studies: usize) -> Found {
    let mut found = Found::default();
    let sizes = world.sizes.len();
    let covers = |estimate: &Estimate, truth: f64| {
        estimate.half_width.is_some_and(|half| (estimate.mean - truth).abs() <= half)
    };
    let best_at = |place: usize| -> Vec<Datum> {
        let most = world.arms.iter().map(|arm| arm.gains[place]).fold(f64::NEG_INFINITY, f64::max);
        let is_best = |index: &usize| world.arms[*index].gains[place] > most - 1e-12;
        (0..LEVELS.len()).filter(is_best).map(|index| Datum::Number(LEVELS[index])).collect()
    };
    for effects in each(world, seeds, studies, |findings| findings.effects.clone()) {
        let [Effect { gain, best, interaction: Some(interaction), .. }] = effects.as_slice() else {
            continue;
        };
        found.slopes.add((0..sizes).all(|place| covers(&gain[place].jointly, slope(world, place))));
        let truth = slope(world, 0) - slope(world, sizes - 1);
        found.interaction.add(covers(&interaction.difference, truth));
        found.depends.add(interaction.established);
        for (place, named) in best.iter().enumerate() {
            found.best.add(best_at(place).iter().any(|best| named.among.contains(best)));
        }
    }
    found
}

pub(crate) fn print(studies: usize) {
    println!(
        "{:40} {:>3} {:>7} {:>12} {:>7} {:>16}",
        "what is said of a factor", "n", "slopes", "interaction", "best", "depends on M"
    );
    for (name, world) in worlds() {
        for seeds in [3, 5, 10, 20] {
            let found = found(&world, seeds, studies);
            println!(
                "{name:40} {seeds:>3} {:>7.1} {:>12.1} {:>7.1} {:>16.1}",
                found.slopes.share(),
                found.interaction.share(),
                found.best.share(),
                found.depends.share()
            );
        }
    }
    println!();
}
