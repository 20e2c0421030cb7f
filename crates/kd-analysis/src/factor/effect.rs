//! What a factor does to scores and gains, at each M and over M.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::line::{Grid, Line, Spot, grids};
use crate::cells::FEWEST_PAIRS;
use crate::datum::Datum;
use crate::difference::{Difference, differences};
use crate::interval::Estimate;
use crate::metric::Metric;
use crate::role::Role;
use crate::stat::{Replicates, Total, best_of, holm, mean, minus};
use crate::study::StudyInfo;
use crate::table::RunRow;
use crate::task::{Curve, TaskFindings};
use crate::theory::FEWEST_SEEDS;

/// Levels that lie so far apart are counted in doublings.
const FAR_APART: f64 = 4.0;

/// What a factor does to an arm, at one level of every other factor. Slopes are taken seed by seed, by least squares over
/// levels, and their intervals are those of [`Difference`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The factor's name.
    pub factor: String,
    /// The task.
    pub task: String,
    /// The arm, without its levels.
    pub arm: String,
    /// Its role.
    pub role: Role,
    /// The levels of other factors.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, Datum>,
    /// Of what slopes are; none of levels that are no numbers, which have no slopes.
    pub step: Option<Step>,
    /// By how much a step changes the score, in merits, over M.
    pub score: Vec<Difference>,
    /// By how much a step changes the gain over labels, over M.
    pub gain: Vec<Difference>,
    /// Whether that depends on M: the gain's slope at the smallest M minus that at the largest.
    pub interaction: Option<Interaction>,
    /// The level with the largest gain at each M.
    pub best: Vec<Best>,
}

/// Of what a slope is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Of twice the level.
    Doubling,
    /// Of a level larger by one.
    Unit,
}

/// How a slope changes over M.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    /// The smallest M with a slope.
    pub smallest: u64,
    /// The largest.
    pub largest: u64,
    /// The slope at the former minus that at the latter, paired by seed.
    pub difference: Estimate,
    /// The two-sided probability of as large a difference, were there none.
    pub probability: f64,
    /// Whether it is there beyond doubt, among all such claims of the study (Holm 1979).
    pub established: bool,
}

/// The level with the largest mean gain at one M.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// M.
    pub samples: u64,
    /// The level.
    pub level: Datum,
    /// All levels that are not established to gain less than another (Hsu 1981), in the order of the study.
    pub among: Vec<Datum>,
}

/// Of every arm but labels, for each factor that sets tasks or arms apart.
pub(crate) fn effects(study: &StudyInfo, tasks: &[TaskFindings], runs: &[RunRow]) -> Vec<Effect> {
    let of_grid = |grid: &Grid<'_>| {
        let info = study.tasks.iter().find(|task| task.name == grid.task)?;
        let scale = Scale { metric: Metric::of(study, info), confidence: study.confidence, floor: 0.0 };
        let scale = Scale { floor: scale.metric.resolution(info) / 2.0, ..scale };
        Some(grid.lines.iter().map(|line| effect(grid, line, &scale)).collect::<Vec<_>>())
    };
    let grids = grids(study, tasks, runs);
    let mut effects: Vec<Effect> = grids.iter().filter_map(of_grid).flatten().collect();
    establish(study, &mut effects);
    effects
}

/// Settles which slopes of distilled arms depend on M.
fn establish(study: &StudyInfo, effects: &mut [Effect]) {
    if study.seeds.len() < FEWEST_SEEDS {
        return;
    }
    let distilled = effects.iter_mut().filter(|effect| effect.role == Role::Distilled);
    let mut claims: Vec<&mut Interaction> =
        distilled.filter_map(|effect| effect.interaction.as_mut()).collect();
    let probabilities: Vec<f64> = claims.iter().map(|claim| claim.probability).collect();
    for (claim, holds) in claims.iter_mut().zip(holm(&probabilities, 1.0 - study.confidence)) {
        claim.established = holds;
    }
}

struct Scale {
    metric: Metric,
    confidence: f64,
    /// Deviations below this cannot be told from none.
    floor: f64,
}

/// Numbers over levels, by position, of the seeds of one M.
type OverLevels = Vec<(usize, Replicates)>;

fn effect(grid: &Grid<'_>, line: &Line<'_>, scale: &Scale) -> Effect {
    let scores = over_levels(line, |spot, samples| at(spot.curve()?, samples, &scale.metric));
    let gains = over_levels(line, |spot, samples| {
        let own = at(spot.curve()?, samples, &scale.metric)?;
        Some(minus(&own, &at(spot.labels()?, samples, &scale.metric)?))
    });
    let (step, places) = places(&grid.factor.levels, line).unzip();
    let slopes = |over: &[(u64, OverLevels)]| {
        let of = |(samples, levels): &(u64, OverLevels)| Some((*samples, slopes(levels, places.as_ref()?)?));
        over.iter().filter_map(of).collect::<Vec<_>>()
    };
    let floor = places.as_ref().map_or(0.0, |places| scale.floor / spread(places).sqrt());
    let of_gains = slopes(&gains);
    Effect {
        factor: grid.factor.name.clone(),
        task: grid.task.to_owned(),
        arm: line.arm.clone(),
        role: line.role.clone(),
        others: line.others.clone(),
        step,
        score: differences(&slopes(&scores), floor, scale.confidence),
        gain: differences(&of_gains, floor, scale.confidence),
        interaction: interaction(&of_gains, floor, scale.confidence),
        best: gains.iter().filter_map(|(samples, levels)| best(*samples, levels, grid, scale)).collect(),
    }
}

/// Merits by seed.
fn at(curve: &Curve, samples: u64, metric: &Metric) -> Option<Replicates> {
    let cell = curve.cells.iter().find(|cell| cell.samples == samples)?;
    Some(cell.scores.iter().map(|(seed, score)| (*seed, metric.merit(*score))).collect())
}

/// What `of` says at each M of each level, where it has enough seeds.
fn over_levels(line: &Line<'_>, of: impl Fn(&Spot<'_>, u64) -> Option<Replicates>) -> Vec<(u64, OverLevels)> {
    let levels = |samples| {
        let each = line.spots.iter().enumerate();
        each.filter_map(|(position, spot)| Some((position, of(spot.as_ref()?, samples)?)))
            .filter(|(_, replicates)| replicates.len() >= FEWEST_PAIRS)
            .collect::<OverLevels>()
    };
    let all = line.sizes().into_iter().map(|samples| (samples, levels(samples)));
    all.filter(|(_, levels)| levels.len() > 1).collect()
}

/// Where the levels of a line lie, by position; none of levels that are no numbers.
fn places(levels: &[Datum], line: &Line<'_>) -> Option<(Step, BTreeMap<usize, f64>)> {
    let there = std::iter::zip(levels, &line.spots).enumerate().filter(|(_, (_, spot))| spot.is_some());
    let numbers: Option<BTreeMap<usize, f64>> =
        there.map(|(position, (level, _))| Some((position, level.number()?))).collect();
    let numbers = numbers?;
    let (low, high) = numbers
        .values()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    if low > 0.0 && high >= FAR_APART * low {
        Some((Step::Doubling, numbers.into_iter().map(|(at, value)| (at, value.log2())).collect()))
    } else {
        (high > low).then_some((Step::Unit, numbers))
    }
}

/// The sum of squares of places about their mean.
fn spread(places: &BTreeMap<usize, f64>) -> f64 {
    let values: Vec<f64> = places.values().copied().collect();
    let middle = mean(&values);
    values.iter().map(|value| (value - middle).powi(2)).sum()
}

/// The slope over levels of each seed that has all of them; none of too few seeds.
fn slopes(levels: &OverLevels, places: &BTreeMap<usize, f64>) -> Option<Replicates> {
    let there: BTreeMap<usize, f64> =
        levels.iter().filter_map(|(position, _)| Some((*position, *places.get(position)?))).collect();
    let (middle, spread) = (mean(&there.values().copied().collect::<Vec<_>>()), spread(&there));
    let (_, first) = levels.first()?;
    let slope = |seed: &u64| {
        let moment = |(position, replicates): &(usize, Replicates)| {
            Some((there.get(position)? - middle) * replicates.get(seed)?)
        };
        let moments: Option<Vec<f64>> = levels.iter().map(moment).collect();
        Some((*seed, moments?.iter().sum::<f64>() / spread))
    };
    let slopes: Replicates = first.keys().filter_map(slope).collect();
    (spread > 0.0 && slopes.len() >= FEWEST_PAIRS).then_some(slopes)
}

fn interaction(slopes: &[(u64, Replicates)], floor: f64, confidence: f64) -> Option<Interaction> {
    let [first, .., last] = slopes else { return None };
    let paired = minus(&first.1, &last.1);
    let total = Total::of(&[&paired], floor)?;
    Some(Interaction {
        smallest: first.0,
        largest: last.0,
        difference: Estimate {
            mean: total.value,
            half_width: Some(total.half_width(confidence)),
            n: paired.len(),
        },
        probability: (2.0 * total.above_zero().min(total.below_zero())).min(1.0),
        established: false,
    })
}

fn best(samples: u64, levels: &OverLevels, grid: &Grid<'_>, scale: &Scale) -> Option<Best> {
    let (best, among) = best_of(levels, scale.floor, scale.confidence)?;
    let level = |position: usize| grid.factor.levels.get(position).cloned();
    Some(Best { samples, level: level(best)?, among: among.into_iter().filter_map(level).collect() })
}
