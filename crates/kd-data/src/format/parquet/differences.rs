//! Texts whose lengths are stored as differences (`DELTA_LENGTH_BYTE_ARRAY`, `DELTA_BYTE_ARRAY`). The parquet crate sets
//! memory aside for as many as a page says, and for all that they share; so they are added up before.

use super::compact::Compact;

/// Bytes of all texts in a page's values, if there are no more than `most` of them and the page holds what they take.
pub(super) fn text_bytes(values: &[u8], share_beginnings: bool, most: u64) -> Option<u64> {
    let (shared, rest) = if share_beginnings {
        let (shared, rest) = numbers(values, most)?;
        (Some(shared), rest)
    } else {
        (None, values)
    };
    let (own, rest) = numbers(rest, most)?;
    if shared.as_ref().is_some_and(|shared| shared.len() != own.len()) {
        return None;
    }
    let (mut all, mut stored, mut before) = (0_u64, 0_u64, 0_u64);
    for (place, own) in own.iter().enumerate() {
        let shared = shared.as_ref().map_or(0, |shared| shared[place]);
        let (own, shared) = (u64::try_from(*own).ok()?, u64::try_from(shared).ok()?);
        if shared > before {
            return None;
        }
        before = own + shared;
        stored += own;
        all += before;
    }
    (stored <= rest.len() as u64).then_some(all)
}

/// Numbers as `DELTA_BINARY_PACKED` stores them, no more than `most`, and what follows them.
fn numbers(bytes: &[u8], most: u64) -> Option<(Vec<i32>, &[u8])> {
    let mut rest = Compact(bytes);
    let (block, parts, count) = (rest.varint()?, rest.varint()?, rest.varint()?);
    let first = rest.wide_integer()? as i32;
    let part = block.checked_div(parts).filter(|part| part * parts == block && part % 32 == 0)?;
    if count > most {
        return None;
    }
    let mut numbers = Vec::with_capacity(count as usize);
    numbers.extend((count > 0).then_some(first));
    let mut last = first;
    while (numbers.len() as u64) < count {
        let least = rest.wide_integer()? as i32;
        let widths = rest.take(parts)?;
        for &width in widths {
            let left = count - numbers.len() as u64;
            if left == 0 {
                break;
            }
            let packed = rest.take(u64::from(width).checked_mul(part)? / 8)?;
            for place in 0..part.min(left) {
                last = last.wrapping_add(least).wrapping_add(unpacked(packed, width, place)?);
                numbers.push(last);
            }
        }
    }
    Some((numbers, rest.0))
}

/// A number of `width` bits, least bit first.
fn unpacked(packed: &[u8], width: u8, place: u64) -> Option<i32> {
    if width > 32 {
        return None;
    }
    let start = usize::try_from(place).ok()? * usize::from(width);
    let mut bytes = [0; 8];
    let some = packed.get(start / 8..)?;
    let some = &some[..some.len().min(8)];
    bytes[..some.len()].copy_from_slice(some);
    let mask = (1_u64 << width) - 1;
    Some((u64::from_le_bytes(bytes) >> (start % 8) & mask) as u32 as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers 3, 1 and 4 in a block of 128, in four parts of 32: of 3 bits each, over a least difference of -2.
    const THREE_ONE_FOUR: &[u8] =
        &[0x80, 1, 4, 3, 6, 3, 3, 0, 0, 0, 0b10_1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    #[test]
    fn numbers_and_their_end_are_found() {
        let followed = [THREE_ONE_FOUR, b"rest"].concat();
        assert_eq!(numbers(&followed, 3), Some((vec![3, 1, 4], &b"rest"[..])));
        assert_eq!(numbers(&followed, 2), None, "more than may be there");
        assert_eq!(numbers(&THREE_ONE_FOUR[..12], 3), None, "cut");
        assert_eq!(numbers(&[0x80, 1, 4, 1, 6], 1), Some((vec![3], &[][..])));
        assert_eq!(numbers(&[0x80, 1, 0, 1, 6], 1), None, "no parts");
    }

    #[test]
    fn texts_are_added_up() {
        let texts = [THREE_ONE_FOUR, b"onefour!"].concat();
        assert_eq!(text_bytes(&texts, false, 3), Some(8));
        assert_eq!(text_bytes(&texts[..texts.len() - 1], false, 3), None, "more than is there");
        // 0, 3 and 4 bytes shared: the second text is 3 + 1 bytes long, the third 4 + 4.
        let shared = [0x80, 1, 4, 3, 0, 2, 2, 0, 0, 0, 0b10, 0, 0, 0, 0, 0, 0, 0];
        let texts = [&shared[..], THREE_ONE_FOUR, b"onefour!"].concat();
        assert_eq!(text_bytes(&texts, true, 3), Some(3 + 4 + 8));
    }
}
