//! Colours in another place than where they are looked for.

use kd_doubt::{Doubt, Kind};

/// What is doubtful of images `shape`, of which the channels are the last size or the second one.
pub(super) fn doubt(place: &str, shape: &[usize], channels_last: bool) -> Option<Doubt> {
    let &[_, second, third, last] = shape else { return None };
    let are_colours = |count: usize| matches!(count, 1 | 3 | 4);
    let (taken, other) = if channels_last { (last, second) } else { (second, last) };
    if !are_colours(other) || taken == other {
        return None;
    }
    let size = if channels_last { [second, third] } else { [third, last] };
    let what = format!("images {shape:?} are read as {taken} channels of {} x {} pixels", size[0], size[1]);
    let setting = if channels_last {
        "leave out `channels_last` if the channels come before the pixels, [n, channels, height, width]"
    } else {
        "write channels_last = true if the channels come behind the pixels, [n, height, width, channels]"
    };
    let colours = if other == 1 { "grey has 1".to_owned() } else { format!("colours have {other}") };
    Some(if are_colours(taken) {
        Doubt::mistake(Kind::ColourAxis, place, what)
            .seen("both ends could be channels")
            .advise(format!("{setting}; if they are right, accept = [\"colour_axis\"]"))
    } else {
        let end = if channels_last { "first" } else { "last" };
        Doubt::refused(Kind::ColourAxis, place, what)
            .seen(format!("{colours}, which is the {end} size of an image"))
            .advise(setting)
    })
}

#[cfg(test)]
mod tests {
    use kd_doubt::Weight;

    use super::*;

    #[test]
    fn channels_are_where_they_are_looked_for_or_doubted() {
        use Weight::{Mistake, Refused};
        for (shape, first, last) in [
            (&[9, 3, 8, 8][..], None, Some(Refused)),
            (&[9, 1, 28, 28], None, Some(Refused)),
            (&[9, 4, 8, 7], None, Some(Refused)),
            (&[9, 8, 8, 3], Some(Refused), None),
            (&[9, 28, 28, 1], Some(Refused), None),
            (&[9, 8, 8, 4], Some(Refused), None),
            (&[9, 3, 32, 4], Some(Mistake), Some(Mistake)),
            (&[9, 3, 3, 3], None, None),
            (&[9, 10, 32, 32], None, None), // as many bands as a satellite has
            (&[9, 8, 8, 2], None, None),
            (&[9, 28, 28], None, None),
            (&[9, 3], None, None),
        ] {
            let weight = |last| doubt("a.npz, x", shape, last).map(|doubt| doubt.weight);
            assert_eq!((weight(false), weight(true)), (first, last), "{shape:?}");
        }
        let doubt = doubt("a.npz, x", &[9, 8, 8, 3], false).unwrap();
        assert_eq!(doubt.to_string(), "a.npz, x: images [9, 8, 8, 3] are read as 8 channels of 8 x 3 pixels");
        assert_eq!(doubt.evidence, "colours have 3, which is the last size of an image");
        assert!(doubt.setting.starts_with("write channels_last = true"), "{}", doubt.setting);
    }
}
