//! Core sets: a few examples that stand for all. Both are greedy, so every prefix is the core set of its size.

use tch::{Device, Kind, Tensor};

use super::numbers;
use crate::dataset;
use crate::error::{Error, Result};
use crate::{CoreSet, Encoder, Encoding, Examples, Inputs};

/// A row of numbers for each of `rows`, `[n, d]`, float32.
pub(super) fn points(examples: &Examples, rows: &[usize], measured: &CoreSet) -> Result<Tensor> {
    if let Some(path) = &measured.features {
        let features = numbers::read(path, examples.len())?;
        let index = dataset::index(rows, examples.len())?;
        return Ok(features.f_index_select(0, &index)?.f_to_kind(Kind::Float)?);
    }
    check(examples, measured)?;
    let encoder = Encoder::fit(examples, rows, &Encoding::default())?;
    let encoded = encoder.encode(&examples.select(rows)?.inputs)?;
    let all = Tensor::f_arange(rows.len() as i64, (Kind::Int64, Device::Cpu))?;
    Ok(encoded.batch(&all)?.f_flatten(1, -1)?)
}

/// That there are numbers to measure distances in.
pub(super) fn check(examples: &Examples, measured: &CoreSet) -> Result<()> {
    match (&measured.features, &examples.inputs) {
        (Some(path), _) => numbers::read(path, examples.len()).map(drop),
        (None, Inputs::Images(_) | Inputs::Table(_)) => Ok(()),
        (None, Inputs::Texts(_) | Inputs::Sequences(_)) => Err(Error::Source(
            "there are no distances between texts; name a file with numbers for each as `features`"
                .to_owned(),
        )),
    }
}

/// The first point, then always the one whose nearest before it is farthest. With these as centres, the largest
/// distance of any point from its centre is at most twice what is possible (Gonzalez 1985, "Clustering to Minimize the
/// Maximum Intercluster Distance", Theoretical Computer Science 38).
pub(super) fn k_centre(points: &Tensor, samples: usize) -> Result<Vec<usize>> {
    const CHOSEN: f64 = -1.0;
    let mut order = vec![0];
    let mut nearest = squared_distances(points, &points.f_get(0)?)?;
    let _ = nearest.f_get(0)?.f_fill_(CHOSEN)?;
    while order.len() < samples {
        let next = nearest.f_argmax(None, false)?.f_int64_value(&[])?;
        nearest = nearest.f_minimum(&squared_distances(points, &points.f_get(next)?)?)?;
        let _ = nearest.f_get(next)?.f_fill_(CHOSEN)?;
        order.push(next as usize);
    }
    Ok(order)
}

/// The first point, then always the one that brings the mean of those chosen nearest to the mean of all.
pub(super) fn herding(points: &Tensor, samples: usize) -> Result<Vec<usize>> {
    let mean = points.f_mean_dim([0_i64].as_slice(), false, Kind::Double)?;
    let points = points.f_sub(&mean.f_to_kind(Kind::Float)?)?;
    let mut order = vec![0];
    let mut sum = points.f_get(0)?.f_to_kind(Kind::Double)?;
    let chosen = Tensor::f_zeros([points.size()[0]], (Kind::Double, Device::Cpu))?;
    while order.len() < samples {
        let _ = chosen.f_get(order[order.len() - 1] as i64)?.f_fill_(f64::INFINITY)?;
        // Of points about their mean, the sum with the next is to be shortest.
        let lengths = squared_distances(&points, &sum.f_neg()?.f_to_kind(Kind::Float)?)?;
        let next = lengths.f_add(&chosen)?.f_argmin(None, false)?.f_int64_value(&[])?;
        sum = sum.f_add(&points.f_get(next)?)?;
        order.push(next as usize);
    }
    Ok(order)
}

/// Numbers in a block of differences.
const BLOCK: i64 = 1 << 22;

/// `[n]`, float64, of `point` (`[d]`). Squares are rounded one by one and added in double precision, so that what a
/// processor adds first decides next to nothing.
fn squared_distances(points: &Tensor, point: &Tensor) -> Result<Tensor> {
    let rows = (BLOCK / points.size()[1]).max(1);
    let distances = |block: &Tensor| -> Result<Tensor> {
        let squares = block.f_sub(point)?.f_square_()?;
        Ok(squares.f_sum_dim_intlist([1_i64].as_slice(), false, Kind::Double)?)
    };
    let blocks = points.f_split(rows, 0)?;
    Ok(Tensor::f_cat(&blocks.iter().map(distances).collect::<Result<Vec<_>>>()?, 0)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point_sets() -> impl Strategy<Value = Vec<[f32; 2]>> {
        prop::collection::vec([-3_i8..4, -3_i8..4].prop_map(|xy| xy.map(f32::from)), 1..11)
    }

    fn squared(a: [f32; 2], b: [f32; 2]) -> f32 {
        (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
    }

    /// The largest distance of any point from the nearest of `centres`.
    fn radius(points: &[[f32; 2]], centres: &[usize]) -> f32 {
        let nearest =
            |&point| centres.iter().map(|&centre| squared(point, points[centre])).fold(f32::MAX, f32::min);
        points.iter().map(nearest).fold(0.0, f32::max).sqrt()
    }

    /// Every choice of `size` out of `count`.
    fn choices(count: usize, size: usize) -> impl Iterator<Item = Vec<usize>> {
        let sets = (0_u32..1 << count).filter(move |set| set.count_ones() as usize == size);
        sets.map(move |set| (0..count).filter(|place| set >> place & 1 == 1).collect())
    }

    proptest! {
        #[test]
        fn centres_are_at_most_twice_as_far_as_need_be(points in point_sets(), size in 1_usize..5) {
            let size = size.min(points.len());
            let order = k_centre(&Tensor::from_slice2(&points), size).unwrap();
            let best = choices(points.len(), size).map(|set| radius(&points, &set)).fold(f32::MAX, f32::min);
            prop_assert!(radius(&points, &order) <= 2.0 * best + 1e-6, "{order:?}: {best} is possible");
        }

        #[test]
        fn every_point_comes_once_and_prefixes_are_smaller_core_sets(points in point_sets(), size in 1_usize..10) {
            let tensor = Tensor::from_slice2(&points);
            for core_set in [k_centre, herding] {
                let all = core_set(&tensor, points.len()).unwrap();
                let mut sorted = all.clone();
                sorted.sort_unstable();
                prop_assert_eq!(sorted, (0..points.len()).collect::<Vec<_>>());
                let size = size.min(points.len());
                prop_assert_eq!(&core_set(&tensor, size).unwrap(), &all[..size]);
            }
        }

        #[test]
        fn herding_takes_the_best_next_step(points in point_sets()) {
            let order = herding(&Tensor::from_slice2(&points), points.len()).unwrap();
            let mean = |set: &[usize]| [0, 1].map(|axis| {
                set.iter().map(|&place| points[place][axis]).sum::<f32>() / set.len() as f32
            });
            let target = mean(&order);
            for taken in 1..points.len() {
                let gap = |next| squared(mean(&[&order[..taken], &[next]].concat()), target);
                let best = order[taken..].iter().map(|&next| gap(next)).fold(f32::MAX, f32::min);
                prop_assert!(gap(order[taken]) <= best + 1e-4, "{order:?} at {taken}");
            }
        }
    }

    #[test]
    fn blocks_do_not_matter() {
        let points = Tensor::from_slice(&[0.0_f32, 1.0, 3.0]).unsqueeze(1).repeat([1, BLOCK / 2 + 1]);
        let distances: Vec<f64> = Vec::try_from(squared_distances(&points, &points.get(1)).unwrap()).unwrap();
        assert_eq!(distances, [1.0, 0.0, 4.0].map(|square| square * (BLOCK / 2 + 1) as f64));
    }

    #[test]
    fn orders_never_change() {
        let points: Vec<[f32; 2]> =
            (0..9).map(|place| [(place * 7 % 9) as f32, (place * 4 % 9) as f32]).collect();
        let points = Tensor::from_slice2(&points);
        assert_eq!(k_centre(&points, 9).unwrap(), GOLDEN_K_CENTRE);
        assert_eq!(herding(&points, 9).unwrap(), GOLDEN_HERDING);
    }

    const GOLDEN_K_CENTRE: [usize; 9] = [0, 2, 5, 3, 4, 1, 6, 7, 8];
    const GOLDEN_HERDING: [usize; 9] = [0, 6, 1, 8, 3, 2, 7, 5, 4];
}
