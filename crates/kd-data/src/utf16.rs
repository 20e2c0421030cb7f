//! Text in UTF-16, as some programs save it: with a byte order mark or, of characters that English has, without.

use std::io::{Cursor, Read, Result};

/// Which byte of two is the lower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

/// So many bytes tell whether a text without a mark is in UTF-16.
const LOOKED_AT: usize = 64;

/// The text that `bytes` are in UTF-16; nothing if they are something else. What is no character becomes `U+FFFD`.
pub(crate) fn decode(bytes: &[u8]) -> Option<String> {
    let (order, rest) = order(bytes)?;
    let unit = |pair: &[u8; 2]| match order {
        Order::Little => u16::from_le_bytes(*pair),
        Order::Big => u16::from_be_bytes(*pair),
    };
    let (pairs, _) = rest.as_chunks();
    let characters = char::decode_utf16(pairs.iter().map(unit));
    Some(characters.map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// The same stream, or its text in UTF-8 if it is in UTF-16, of which as much as one and a half times is in memory.
pub(crate) fn stream(mut stream: Box<dyn Read + Send>) -> Result<Box<dyn Read + Send>> {
    let mut start = Vec::new();
    stream.by_ref().take(LOOKED_AT as u64).read_to_end(&mut start)?;
    if order(&start).is_none() {
        return Ok(Box::new(Cursor::new(start).chain(stream)));
    }
    stream.read_to_end(&mut start)?;
    Ok(Box::new(Cursor::new(decode(&start).unwrap_or_default())))
}

/// The order of bytes, and what follows the mark.
fn order(bytes: &[u8]) -> Option<(Order, &[u8])> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => Some((Order::Little, rest)),
        [0xfe, 0xff, rest @ ..] => Some((Order::Big, rest)),
        _ => unmarked(&bytes[..bytes.len().min(LOOKED_AT)]).map(|order| (order, bytes)),
    }
}

/// The order of bytes of which every second is 0, and no other.
fn unmarked(start: &[u8]) -> Option<Order> {
    let (pairs, _) = start.as_chunks::<2>();
    if pairs.len() < 4 {
        return None;
    }
    let all = |low: usize| pairs.iter().all(|pair| pair[low] != 0 && pair[1 - low] == 0);
    if all(0) {
        Some(Order::Little)
    } else if all(1) {
        Some(Order::Big)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, order: Order, marked: bool) -> Vec<u8> {
        let mark = marked.then_some('\u{feff}').into_iter();
        let units: Vec<u16> = mark.chain(text.chars()).collect::<String>().encode_utf16().collect();
        let bytes = |unit: &u16| match order {
            Order::Little => unit.to_le_bytes(),
            Order::Big => unit.to_be_bytes(),
        };
        units.iter().flat_map(bytes).collect()
    }

    #[test]
    fn text_is_decoded_in_both_orders() {
        let text = "name,class\ncafé,😀\n";
        for order in [Order::Little, Order::Big] {
            for marked in [true, false] {
                let bytes = encoded(text, order, marked);
                let long = encoded(&text.repeat(9), order, marked);
                // What is not English may only be there after the mark, or far from the start.
                assert_eq!(decode(&bytes).is_some(), marked, "{order:?}");
                let plain = encoded(&format!("{}{text}", "id,class\n".repeat(9)), order, marked);
                for (bytes, text) in
                    [(plain, format!("{}{text}", "id,class\n".repeat(9))), (long, text.repeat(9))]
                {
                    if let Some(decoded) = decode(&bytes) {
                        assert_eq!(decoded, text);
                        let mut read = String::new();
                        stream(Box::new(Cursor::new(bytes))).unwrap().read_to_string(&mut read).unwrap();
                        assert_eq!(read, text);
                    } else {
                        assert!(!marked && text.starts_with("name"), "{order:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn other_bytes_are_left_as_they_are() {
        for bytes in [&b"name,class\n"[..], b"", b"a\0", b"\0\0\0\0\0\0\0\0\0\0", "\u{feff}a,b\n".as_bytes()]
        {
            assert_eq!(decode(bytes), None, "{bytes:?}");
            let mut read = Vec::new();
            stream(Box::new(Cursor::new(bytes.to_vec()))).unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read, bytes);
        }
        assert_eq!(
            decode(b"\xff\xfea\0\x00\xd8b\0c").as_deref(),
            Some("a\u{fffd}b"),
            "half a character, and a byte more"
        );
    }
}
