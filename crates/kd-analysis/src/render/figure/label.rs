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

/// Where labels stand that want to stand at `wanted`: as near as they can, so far `apart` and between `top` and `bottom`.
/// None where there is no room for all of them.
pub(super) fn spread(wanted: &[f64], apart: f64, top: f64, bottom: f64) -> Option<Vec<f64>> {
    let room = bottom - top;
    if apart * wanted.len().saturating_sub(1) as f64 > room {
        return None;
    }
    let start = |block: &[usize]| start(block, wanted, apart, (top, bottom));
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    // Labels that would overlap become a block around the mean of where its labels want to be.
    let mut blocks: Vec<Vec<usize>> = Vec::new();
    for index in order {
        blocks.push(vec![index]);
        while let [.., above, below] = blocks.as_slice() {
            if start(below) >= start(above) + apart * above.len() as f64 {
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
        let first = start(block);
        for (line, &index) in block.iter().enumerate() {
            places[index] = first + apart * line as f64;
        }
    }
    Some(places)
}

/// Where the first label of a block stands.
fn start(block: &[usize], wanted: &[f64], apart: f64, (top, bottom): (f64, f64)) -> f64 {
    let height = apart * (block.len() - 1) as f64;
    let middle = block.iter().map(|&index| wanted[index]).sum::<f64>() / block.len() as f64;
    (middle - height / 2.0).clamp(top, (bottom - height).max(top))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_where_they_want_or_apart() {
        assert_eq!(spread(&[100.0, 50.0], LINE, 0.0, 200.0).unwrap(), [100.0, 50.0]);
        assert_eq!(spread(&[100.0, 100.0], LINE, 0.0, 200.0).unwrap(), [92.5, 107.5]);
        assert_eq!(spread(&[198.0, 199.0], LINE, 0.0, 200.0).unwrap(), [185.0, 200.0]);
        assert_eq!(spread(&[0.0; 20], LINE, 0.0, 200.0), None);
        assert_eq!(spread(&[], LINE, 0.0, 200.0).unwrap(), Vec::<f64>::new());
    }

    #[test]
    fn levels_of_a_long_name_stand_under_it() {
        assert_eq!(lines("distilled (temperature = 4)"), ["distilled", "(temperature = 4)"]);
        assert_eq!([lines("labels").len(), lines("top (k = 4)").len()], [1, 1]);
    }

    #[test]
    fn a_block_pushes_its_neighbours() {
        let places = spread(&[10.0, 12.0, 11.0, 30.0, 150.0], LINE, 0.0, 200.0).unwrap();
        let mut sorted = places.clone();
        sorted.sort_by(f64::total_cmp);
        assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= LINE - 1e-9), "{places:?}");
        assert!(sorted[0] >= 0.0 && (places[4] - 150.0).abs() < 1e-9);
        assert!(places[0] < places[2] && places[2] < places[1]);
    }
}
