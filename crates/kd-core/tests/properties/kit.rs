//! That the properties of [`kd_core::testing`] tell losses that have them from losses that do not.

use kd_core::Result;
use kd_core::testing::{
    Broken, Example, has_its_gradient, ignores_order, ignores_shifts, is_mean, of, pass, stays_finite,
};
use tch::{Kind, Tensor};

use crate::{compares_no_examples, is_blind_to_shifts, objectives, value};

fn example() -> Example {
    Example::drawn(5, 4, 6, 2.0)
}

fn found(held: std::result::Result<(), Broken>) -> String {
    held.unwrap_err().to_string()
}

#[test]
fn objectives_that_lack_a_property_are_told() {
    for objective in objectives() {
        let (shifts, mean) =
            (ignores_shifts(of(&objective), &example(), 30.0), is_mean(of(&objective), &example()));
        assert_eq!(shifts.is_ok(), is_blind_to_shifts(&objective), "{objective:?}: {shifts:?}");
        assert_eq!(mean.is_ok(), compares_no_examples(&objective), "{objective:?}: {mean:?}");
    }
}

#[test]
fn a_shift_is_another_in_every_row() {
    // The difference of two rows' means: blind to a shift that they share.
    let between = |own: &Example| -> Result<Tensor> {
        let means = own.student.f_mean_dim(-1, false, Kind::Double)?;
        Ok(means.f_get(0)?.f_sub(&means.f_get(1)?)?)
    };
    let broken = found(ignores_shifts(between, &example(), 1.0));
    assert!(broken.starts_with("a shift of a row changes nothing, but "), "{broken}");
}

#[test]
fn a_loss_of_the_first_example_is_told() {
    let first = |own: &Example| Ok(own.student.f_get(0)?.f_square()?.f_mean(Kind::Double)?);
    let broken =
        (0..4).map(|seed| ignores_order(first, &example(), seed)).filter(std::result::Result::is_err);
    assert!(broken.count() >= 2);
    assert!(is_mean(first, &example()).is_err());
}

#[test]
fn a_gradient_that_is_no_slope_is_told() {
    // Half of what depends on the student is hidden from autograd.
    let hidden = |own: &Example| Ok(own.student.f_mul(&own.student.f_detach()?)?.f_sum(Kind::Double)?);
    let broken = found(has_its_gradient(hidden, &example()));
    assert!(broken.starts_with("the gradient is the slope of the loss, but it is "), "{broken}");
    // In one place alone, the last.
    let last = |own: &Example| {
        let logit = own.student.f_get(-1)?.f_get(-1)?;
        Ok(own.student.f_sum(Kind::Double)?.f_add(&logit.f_detach()?)?)
    };
    let broken = found(has_its_gradient(last, &example()));
    assert!(broken.contains("at row 3, class 5"), "{broken}");
}

#[test]
fn what_overflows_is_told() {
    let naive = |own: &Example| {
        let (student, teacher) = (own.student.f_exp()?, own.teacher.f_exp()?);
        Ok(student.f_div(&teacher)?.f_mean(Kind::Double)?)
    };
    let broken = found(stays_finite(naive, &example()));
    assert!(
        broken.starts_with("logits of ten thousand give a finite loss and gradient, but in Half"),
        "{broken}"
    );
    // A finite value with a gradient that is none.
    let kink = |own: &Example| {
        let nothing = own.student.f_sub(&own.student.f_detach()?)?;
        Ok(nothing.f_square()?.f_sqrt()?.f_sum(Kind::Double)?)
    };
    assert!(stays_finite(kink, &example()).is_err());
}

#[test]
fn a_refusal_is_passed_on() {
    let refuses = |_: &Example| -> Result<Tensor> { Err(kd_core::Error::Empty) };
    for held in [
        ignores_shifts(refuses, &example(), 1.0),
        ignores_order(refuses, &example(), 1),
        is_mean(refuses, &example()),
        has_its_gradient(refuses, &example()),
        stays_finite(refuses, &example()),
    ] {
        let broken = found(held);
        assert!(broken.ends_with("but it is refused: there are no examples to measure"), "{broken}");
    }
}

#[test]
fn what_ignores_the_student_has_a_gradient_of_zero() {
    let teacher = example().teacher.set_requires_grad(true);
    let own = Example { teacher, ..example() };
    let (_, gradient) = pass(|own| Ok(own.teacher.f_sum(Kind::Double)?), &own).unwrap();
    assert!(value(&gradient.abs().max()) < 1e-300 && gradient.size() == [4, 6]);
}

#[test]
fn drawn_examples_are_right_about_half_of_their_labels() {
    let own = Example::drawn(1, 6, 3, 1.0);
    let right = own.teacher.argmax(-1, false).eq_tensor(&own.labels);
    assert_eq!(Vec::<bool>::try_from(right).unwrap(), [true, false, true, false, true, false]);
    assert_ne!(own.student, Example::drawn(2, 6, 3, 1.0).student);
    assert_eq!(own.student, Example::drawn(1, 6, 3, 1.0).student);
}
