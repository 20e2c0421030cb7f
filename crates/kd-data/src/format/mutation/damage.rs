use proptest::prelude::*;

/// What may happen to a file.
#[derive(Debug, Clone)]
enum Damage {
    /// Bytes from here on are lost.
    Cut(usize),
    /// A byte becomes another.
    Set(usize, u8),
    /// A bit flips.
    Flip(usize, u8),
    /// A byte comes in between.
    Insert(usize, u8),
    /// Bytes are lost.
    Remove(usize, usize),
    /// Bytes occur twice.
    Repeat(usize, usize),
    /// A byte becomes the largest signed number of 32 bits, as Thrift writes it.
    Swell(usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = any::<prop::sample::Index>().prop_map(|place| place.index(1 << 20));
    // Bytes that mean something to one format or another.
    let telling = prop::sample::select(b"\0\x01\x7f\x80\xff\n\r\t \"',;?%@{}[]()\\.-:0129eN".to_vec());
    let byte = prop_oneof![any::<u8>(), telling];
    prop_oneof![
        place.clone().prop_map(Damage::Cut),
        (place.clone(), byte.clone()).prop_map(|(place, byte)| Damage::Set(place, byte)),
        (place.clone(), 0_u8..8).prop_map(|(place, bit)| Damage::Flip(place, bit)),
        (place.clone(), byte).prop_map(|(place, byte)| Damage::Insert(place, byte)),
        (place.clone(), 1_usize..40).prop_map(|(place, count)| Damage::Remove(place, count)),
        (place.clone(), 1_usize..40).prop_map(|(place, count)| Damage::Repeat(place, count)),
        place.prop_map(Damage::Swell),
    ]
}

/// A sample after up to four damages. Places beyond its end count from its start again.
pub(super) fn damaged(sample: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(damage(), 0..=4).prop_map(move |damages| {
        let mut bytes = sample.clone();
        for damage in damages {
            let length = bytes.len();
            let at = |place: usize| place % length.max(1);
            let span = |place, count: usize| at(place)..(at(place) + count).min(length);
            match damage {
                _ if length == 0 => {}
                Damage::Cut(place) => bytes.truncate(at(place)),
                Damage::Set(place, byte) => bytes[at(place)] = byte,
                Damage::Flip(place, bit) => bytes[at(place)] ^= 1 << bit,
                Damage::Insert(place, byte) => bytes.insert(at(place), byte),
                Damage::Remove(place, count) => drop(bytes.drain(span(place, count))),
                Damage::Swell(place) => drop(bytes.splice(span(place, 1), *b"\xfe\xff\xff\xff\x0f")),
                Damage::Repeat(place, count) => {
                    let repeated = bytes[span(place, count)].to_vec();
                    bytes.splice(at(place)..at(place), repeated);
                }
            }
        }
        bytes
    })
}
