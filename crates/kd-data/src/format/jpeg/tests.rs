use super::*;

const KINDS: [&str; 7] =
    ["baseline", "optimised", "restarts", "progressive", "grey", "grey_progressive", "cmyk"];

fn fixture(kind: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/jpeg");
    fs_err::read(format!("{folder}/{kind}.jpg")).unwrap()
}

/// Where the data of the first scan begin.
fn data(bytes: &[u8]) -> usize {
    let scan = bytes.windows(2).position(|pair| pair == [0xff, marker::SCAN]).unwrap();
    scan + 2 + usize::from(u16::from_be_bytes([bytes[scan + 2], bytes[scan + 3]]))
}

#[test]
fn whole_ones_lack_nothing_with_or_without_an_end_marker_or_something_behind() {
    for kind in KINDS {
        let bytes = fixture(kind);
        assert_eq!(flaw(&bytes), None, "{kind}");
        assert_eq!(flaw(&bytes[..bytes.len() - 2]), None, "{kind} without its end");
        assert_eq!(flaw(&[&bytes[..], b"something else", &bytes].concat()), None, "{kind} and more");
        let picture = image::load_from_memory(&bytes).unwrap().into_rgb8();
        let mut again = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut again, image::ImageFormat::Jpeg).unwrap();
        assert_eq!(flaw(&again.into_inner()), None, "{kind} written again");
    }
}

#[test]
fn a_cut_anywhere_is_seen() {
    for kind in KINDS {
        let bytes = fixture(kind);
        // Up to a byte and the end marker may be padding.
        for length in data(&bytes)..bytes.len() - 4 {
            assert!(flaw(&bytes[..length]).is_some(), "{kind} cut to {length} of {}", bytes.len());
            if !kind.contains("progressive") {
                let ended = [&bytes[..length], &[0xff, marker::END]].concat();
                assert!(flaw(&ended).is_some(), "{kind} ended at {length}");
            }
        }
    }
}

#[test]
fn what_is_missing_in_the_middle_is_seen() {
    for kind in KINDS.into_iter().filter(|kind| !kind.contains("progressive")) {
        let bytes = fixture(kind);
        let start = data(&bytes) + 20;
        let without = [&bytes[..start], &bytes[start + 200..]].concat();
        assert!(flaw(&without).is_some(), "{kind}");
    }
}

#[test]
fn messages_tell_how_far_it_goes() {
    let bytes = fixture("baseline");
    let half = data(&bytes).midpoint(bytes.len());
    let told = flaw(&bytes[..half]).unwrap();
    assert!(told.starts_with("it breaks off after ") && told.ends_with(" % of the picture"), "{told}");
    let bytes = fixture("progressive");
    assert!(flaw(&bytes[..bytes.len() - 30]).unwrap().starts_with("it breaks off within its scan "));
    let bytes = fixture("baseline");
    assert_eq!(flaw(&bytes[..data(&bytes) - 4]).unwrap(), "it breaks off before the picture");
}

#[test]
fn other_kinds_are_not_followed() {
    let mut arithmetic = fixture("baseline");
    let frame = arithmetic.windows(2).position(|pair| pair == [0xff, marker::BASELINE]).unwrap();
    arithmetic[frame + 1] = 0xc9;
    assert_eq!(flaw(&arithmetic[..arithmetic.len() / 2 + 200]), None);
}
