//! Which features can be compared, and how two are brought to one form.

use tch::{Kind, Tensor};

use crate::error::{Error, Result};

/// The features of one example in words, for refusals.
const STUDENT: &str = "student features";
const TEACHER: &str = "teacher features";

fn refuse(what: &'static str, expected: &str, got: &[i64]) -> Error {
    Error::Shape { what, expected: expected.to_owned(), got: got.to_vec() }
}

/// That an example of either has numbers at all. Shapes here and below are those of one example, without the batch.
pub(super) fn not_empty(student: &[i64], teacher: &[i64]) -> Result<()> {
    for (what, shape) in [(STUDENT, student), (TEACHER, teacher)] {
        if shape.is_empty() || shape.iter().any(|&size| size < 1) {
            return Err(refuse(what, "at least one number for each example", shape));
        }
    }
    Ok(())
}

/// That both have the same shape.
pub(super) fn equal(student: &[i64], teacher: &[i64]) -> Result<()> {
    not_empty(student, teacher)?;
    if student == teacher {
        return Ok(());
    }
    let expected = format!("{student:?} like the student's, or a loss that learns a projection");
    Err(refuse(TEACHER, &expected, teacher))
}

/// That both are vectors `[D]` or both maps `[C, H, W]`, so that one's channels can be projected onto the other's.
pub(super) fn projectable(student: &[i64], teacher: &[i64]) -> Result<()> {
    not_empty(student, teacher)?;
    match (student.len(), teacher.len()) {
        (1, 1) | (3, 3) => Ok(()),
        (1, _) => Err(refuse(TEACHER, "[features] like the student's", teacher)),
        (3, _) => Err(refuse(TEACHER, "[channels, height, width] like the student's", teacher)),
        _ => Err(refuse(STUDENT, "[features] or [channels, height, width]", student)),
    }
}

/// That both are maps which, at the smaller size, have more than one position.
pub(super) fn spatial(student: &[i64], teacher: &[i64]) -> Result<()> {
    not_empty(student, teacher)?;
    for (what, shape) in [(STUDENT, student), (TEACHER, teacher)] {
        if shape.len() != 3 {
            return Err(refuse(what, "[channels, height, width]", shape));
        }
    }
    if student[1].min(teacher[1]) * student[2].min(teacher[2]) == 1 {
        let expected = format!("maps that share more than one position with the student's {student:?}");
        return Err(refuse(TEACHER, &expected, teacher));
    }
    Ok(())
}

/// A batch of features of both: the student's, and the teacher's without gradient in the student's precision, which is
/// float32 at least.
pub(super) fn pair(student: &Tensor, teacher: &Tensor) -> Result<(Tensor, Tensor)> {
    let (ours, theirs) = (student.size(), teacher.size());
    let examples = ours.first().copied().unwrap_or(0);
    if examples == 0 {
        return Err(Error::Empty);
    }
    not_empty(&ours[1..], theirs.get(1..).unwrap_or_default())?;
    if theirs[0] != examples {
        return Err(refuse(TEACHER, &format!("{examples} examples like the student's"), &theirs));
    }
    let kind = match student.kind() {
        Kind::Half | Kind::BFloat16 => Kind::Float,
        kind => kind,
    };
    Ok((student.f_to_kind(kind)?, teacher.f_detach()?.f_to_kind(kind)?))
}

/// [`pair`] as rows `[B, D]`, for a loss that compares at least `least` examples with one another.
pub(super) fn rows(student: &Tensor, teacher: &Tensor, least: i64) -> Result<(Tensor, Tensor)> {
    let (student, teacher) = pair(student, teacher)?;
    let examples = student.size()[0];
    if examples < least {
        return Err(Error::TooFewExamples { examples, least });
    }
    Ok((student.f_flatten(1, -1)?, teacher.f_flatten(1, -1)?))
}

/// [`pair`] with maps brought to the smaller height and the smaller width by adaptive average pooling.
pub(super) fn at_smaller_size(student: &Tensor, teacher: &Tensor) -> Result<(Tensor, Tensor)> {
    let (student, teacher) = pair(student, teacher)?;
    match (&student.size()[..], &teacher.size()[..]) {
        (&[_, _, high, wide], &[_, _, height, width]) if (high, wide) != (height, width) => {
            let smaller = [high.min(height), wide.min(width)];
            Ok((student.f_adaptive_avg_pool2d(smaller)?, teacher.f_adaptive_avg_pool2d(smaller)?))
        }
        _ => Ok((student, teacher)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_name_what_is_wrong() {
        let message = |refused: Result<()>| refused.unwrap_err().to_string();
        assert_eq!(
            message(equal(&[3], &[4])),
            "teacher features have shape [4], expected [3] like the student's, or a loss that learns a projection"
        );
        assert_eq!(
            message(projectable(&[3], &[4, 2, 2])),
            "teacher features have shape [4, 2, 2], expected [features] like the student's"
        );
        assert!(
            message(projectable(&[4, 2, 2], &[3])).contains("[channels, height, width] like the student's")
        );
        assert!(message(projectable(&[4, 2], &[4, 2])).starts_with("student features have shape [4, 2]"));
        assert!(message(spatial(&[4], &[4, 2, 2])).starts_with("student features have shape [4]"));
        let one_position = "maps that share more than one position with the student's [4, 1, 3]";
        assert!(message(spatial(&[4, 1, 3], &[4, 3, 1])).contains(one_position));
        assert!(message(spatial(&[4, 2, 2], &[4])).starts_with("teacher features have shape [4]"));
        assert!(message(not_empty(&[4], &[0])).starts_with("teacher features have shape [0]"));
        assert!(message(not_empty(&[], &[1])).starts_with("student features have shape []"));
        assert!(spatial(&[4, 1, 3], &[2, 5, 2]).is_ok() && projectable(&[1], &[2]).is_ok());
    }

    #[test]
    fn height_and_width_each_become_the_smaller() {
        let student = Tensor::arange(8, (Kind::Double, tch::Device::Cpu)).view([1, 1, 4, 2]);
        let teacher = Tensor::arange(8, (Kind::Double, tch::Device::Cpu)).view([1, 1, 2, 4]);
        let (student, teacher) = at_smaller_size(&student, &teacher).unwrap();
        // Means over two rows, means over two columns.
        assert_eq!(Vec::<f64>::try_from(student.view(-1)).unwrap(), [1.0, 2.0, 5.0, 6.0]);
        assert_eq!(Vec::<f64>::try_from(teacher.view(-1)).unwrap(), [0.5, 2.5, 4.5, 6.5]);
    }

    #[test]
    fn batches_that_do_not_fit_are_refused() {
        let of = |shape: &[i64]| Tensor::zeros(shape, (Kind::Float, tch::Device::Cpu));
        assert!(matches!(pair(&of(&[2, 3]), &of(&[3, 3])), Err(Error::Shape { .. })));
        assert!(matches!(pair(&of(&[0, 3]), &of(&[0, 3])), Err(Error::Empty)));
        assert!(matches!(pair(&of(&[2]), &of(&[2])), Err(Error::Shape { .. })));
        assert!(matches!(pair(&of(&[2, 3]), &of(&[])), Err(Error::Shape { .. })));
        let few = rows(&of(&[1, 3]), &of(&[1, 3]), 2).unwrap_err().to_string();
        assert_eq!(few, "1 example(s) are too few for this loss, which compares at least 2 with one another");
    }
}
