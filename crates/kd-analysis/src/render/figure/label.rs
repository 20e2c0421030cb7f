//! Names at the ends of lines, apart from each other.

/// Height of a line of text.
pub(super) const LINE: f64 = 15.0;

/// How wide a text of twelve pixels is at most, about.
pub(super) fn width(text: &str) -> f64 {
    7.1 * text.chars().count() as f64
}

/// Where labels stand that want to stand at `wanted`: as near as they can, [`LINE`] apart and between `top` and `bottom`.
/// None where there is no room for all of them.
pub(super) fn spread(wanted: &[f64], top: f64, bottom: f64) -> Option<Vec<f64>> {
    let room = bottom - top;
    if LINE * wanted.len().saturating_sub(1) as f64 > room {
        return None;
    }
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    // Labels that would overlap become a block around the mean of where its labels want to be.
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    for index in order {
        blocks.push(vec![index]);
        while let [.., above, below] = blocks.as_slice() {
            if start(below, wanted, top, bottom)
                >= start(above, wanted, top, bottom) + LINE * above.len() as f64
            {
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
        let first = start(block, wanted, top, bottom);
        for (line, &index) in block.iter().enumerate() {
            places[index] = first + LINE * line as f64;
        }
    }
    Some(places)
}

/// Where the first label of a block stands.
fn start(block: &[usize], wanted: &[f64], top: f64, bottom: f64) -> f64 {
    let height = LINE * (block.len() - 1) as f64;
    let middle = block.iter().map(|&index| wanted[index]).sum::<f64>() / block.len() as f64;
    (middle - height / 2.0).clamp(top, (bottom - height).max(top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_where_they_want_or_apart() {
        assert_eq!(spread(&[100.0, 50.0], 0.0, 200.0).unwrap(), [100.0, 50.0]);
        assert_eq!(spread(&[100.0, 100.0], 0.0, 200.0).unwrap(), [92.5, 107.5]);
        assert_eq!(spread(&[198.0, 199.0], 0.0, 200.0).unwrap(), [185.0, 200.0]);
        assert_eq!(spread(&[0.0; 20], 0.0, 200.0), None);
        assert_eq!(spread(&[], 0.0, 200.0).unwrap(), Vec::<f64>::new());
    }

    #[test]
    fn a_block_pushes_its_neighbours() {
        let places = spread(&[10.0, 12.0, 11.0, 30.0, 150.0], 0.0, 200.0).unwrap();
        let mut sorted = places.clone();
        sorted.sort_by(f64::total_cmp);
        assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= LINE - 1e-9), "{places:?}");
        assert!(sorted[0] >= 0.0 && places[4] == 150.0 && places[0] < places[2] && places[2] < places[1]);
    }
}
