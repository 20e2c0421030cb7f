//! Names at the ends of lines, apart from each other.

/// Height of a line of text.
pub(super) const LINE: f64 = 15.0;

/// How wide a text of twelve pixels is at most, about.
pub(super) fn width(text: &str) -> f64 {
    7.1 * text.chars().count() as f64
}

/// A name in lines: the levels of factors stand under the name of a long one.
pub(super) fn lines(name: &str) -> Vec<&str> {
    /// So wide a name is left in one line.
    const SHORT: f64 = 110.0;
    match name.split_once(" (") {
        Some((arm, _)) if width(name) > SHORT => vec![arm, &name[arm.len() + 1..]],
        _ => vec![name],
    }
}

/// Where the middles of labels stand that want to stand at `wanted`, each of them so high: as near as they can, none over
/// another and between `top` and `bottom`. None where there is no room for all of them.
pub(super) fn spread(wanted: &[f64], heights: &[f64], top: f64, bottom: f64) -> Option<Vec<f64>> {
    // Half a line may stand out on either side.
    let (top, bottom) = (top - LINE / 2.0, bottom + LINE / 2.0);
    if heights.iter().sum::<f64>() > bottom - top {
        return None;
    }
    let height = |block: &[usize]| block.iter().map(|&index| heights[index]).sum::<f64>();
    // Where the first label of a block begins, so that its labels are on average where they want to be.
    let start = |block: &[usize]| {
        let (mut above, mut shift) = (0.0, 0.0);
        for &index in block {
            shift += wanted[index] - above - heights[index] / 2.0;
            above += heights[index];
        }
        (shift / block.len() as f64).clamp(top, (bottom - above).max(top))
    };
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    // Labels that would overlap become a block.
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    for index in order {
        blocks.push(vec![index]);
        while let [.., above, below] = blocks.as_slice() {
            if start(below) >= start(above) + height(above) {
                break;
            }
            let below = blocks.pop().unwrap_or_default();
            if let Some(above) = blocks.last_mut() {
                above.extend(below);
            }
        }
    }
    let mut places = vec![0.0; wanted.len()];
    for block in &blocks {
        let mut edge = start(block);
        for &index in block {
            places[index] = edge + heights[index] / 2.0;
            edge += heights[index];
        }
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places of labels of one line each.
    fn spread_lines(wanted: &[f64]) -> Option<Vec<f64>> {
        spread(wanted, &vec![LINE; wanted.len()], 0.0, 200.0)
    }

    #[test]
    fn labels_stand_where_they_want_or_apart() {
        assert_eq!(spread_lines(&[100.0, 50.0]).unwrap(), [100.0, 50.0]);
        assert_eq!(spread_lines(&[100.0, 100.0]).unwrap(), [92.5, 107.5]);
        assert_eq!(spread_lines(&[198.0, 199.0]).unwrap(), [185.0, 200.0]);
        assert_eq!(spread_lines(&[0.0; 20]), None);
        assert_eq!(spread_lines(&[]).unwrap(), Vec::<f64>::new());
        let high = spread(&[100.0, 101.0], &[2.0 * LINE, LINE], 0.0, 200.0).unwrap();
        assert_eq!(high, [89.25, 111.75], "as far apart as half of each is high");
    }

    #[test]
    fn levels_of_a_long_name_stand_under_it() {
        assert_eq!(lines("distilled (temperature = 4)"), ["distilled", "(temperature = 4)"]);
        assert_eq!([lines("labels").len(), lines("top (k = 4)").len()], [1, 1]);
    }

    #[test]
    fn a_block_pushes_its_neighbours() {
        let places = spread_lines(&[10.0, 12.0, 11.0, 30.0, 150.0]).unwrap();
        let mut sorted = places.clone();
        sorted.sort_by(f64::total_cmp);
        assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= LINE - 1e-9), "{places:?}");
        assert!(sorted[0] >= 0.0 && (places[4] - 150.0).abs() < 1e-9);
        assert!(places[0] < places[2] && places[2] < places[1]);
    }
}
