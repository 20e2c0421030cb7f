//! What is doubtful of texts.

use kd_doubt::{Doubt, Kind};

use super::Raw;
use crate::Inputs;

/// A larger share of texts that say nothing is probably a mistake.
const FEW: f64 = 0.01;

/// What there is to say of texts of a file that hold nothing but blanks.
pub(super) fn empty(raw: &Raw) -> Option<Doubt> {
    let Inputs::Texts(texts) = &raw.inputs else { return None };
    let mut empty = (raw.first_row..).zip(texts).filter(|(_, text)| text.trim().is_empty());
    let (first, _) = empty.next()?;
    let (count, all) = (1 + empty.count(), texts.len());
    let doubt = match count {
        _ if count == all => Doubt::refused(Kind::EmptyTexts, &raw.file, "all texts are empty"),
        1 => Doubt::weak(Kind::EmptyTexts, &raw.file, format!("1 of {all} texts is empty")),
        _ => {
            let what = format!("{count} of {all} texts are empty");
            if count as f64 > FEW * all as f64 {
                Doubt::mistake(Kind::EmptyTexts, &raw.file, what)
            } else {
                Doubt::weak(Kind::EmptyTexts, &raw.file, what)
            }
        }
    };
    Some(doubt.seen(format!("the first is row {first}")).advise("leave such rows out of the file"))
}

#[cfg(test)]
mod tests {
    use kd_doubt::Weight;

    use super::*;
    use crate::splits::Answers;

    #[test]
    fn texts_that_say_nothing_are_counted() {
        for (texts, said) in [
            (&["a", "b"][..], None),
            (&["a", " \t", "b"], Some((Weight::Weak, "1 of 3 texts is empty"))),
            (&["a", "", ""], Some((Weight::Mistake, "2 of 3 texts are empty"))),
            (&["", ""], Some((Weight::Refused, "all texts are empty"))),
        ] {
            let raw = Raw {
                file: "a.csv".into(),
                first_row: 2,
                inputs: Inputs::Texts(texts.iter().map(|&text| text.to_owned()).collect()),
                answers: Answers::NextToken,
                doubts: Vec::new(),
            };
            let doubt = empty(&raw);
            assert_eq!(doubt.as_ref().map(|doubt| (doubt.weight, doubt.what.as_str())), said, "{texts:?}");
        }
    }
}
