use super::*;

fn objective(json: &str) -> Objective {
    serde_json::from_str(json).unwrap()
}

#[test]
fn sums_of_squared_errors_are_told_from_others() {
    let of = |json: &str| objective(json).squared_errors().map(|sum| (sum.targets, sum.teacher));
    assert_eq!(of(r#"{"squared_error":{}}"#), Some((1.0, 0.0)));
    assert_eq!(of(r#"{"prediction_matching":{"label_weight":0.25}}"#), Some((0.25, 0.75)));
    let sum = r#"{"sum":{"terms":{
        "a":{"weight":2,"objective":{"squared_error":{}}},
        "b":{"weight":4,"objective":{"prediction_matching":{"label_weight":0.25}}}}}}"#;
    assert_eq!(of(sum), Some((3.0, 3.0)));
    assert!((objective(sum).squared_errors().unwrap().weight() - 6.0).abs() < 1e-12);
    for other in [
        r#"{"huber":{}}"#,
        r#"{"prediction_matching":{"delta":1}}"#,
        r#"{"prediction_matching":{"label_weight":{"linear":{"from":0,"to":1}}}}"#,
        r#"{"sum":{"terms":{"a":{"weight":{"linear":{"from":0,"to":1}},"objective":{"squared_error":{}}}}}}"#,
        r#"{"sum":{"terms":{"a":{"objective":{"squared_error":{}}},"b":{"objective":{"teacher_bounded":{}}}}}}"#,
        r#"{"cross_entropy":{}}"#,
    ] {
        assert_eq!(of(other), None, "{other}");
    }
}

#[test]
fn what_changes_over_training_is_told_from_what_does_not() {
    for fixed in [
        r#"{"cross_entropy":{"temperature":2}}"#,
        r#"{"distillation":{"temperature":4,"label_weight":0.5,"supervision":{"permuted":{}}}}"#,
        r#"{"virtual_teacher":{}}"#,
        r#"{"logit_mse":{"selection":{"top":3}}}"#,
        r#"{"prediction_matching":{}}"#,
        r#"{"features":{"loss":{"hint":{}}}}"#,
        r#"{"sum":{"terms":{"a":{"weight":2,"objective":{"cross_entropy":{}}}}}}"#,
    ] {
        assert!(objective(fixed).is_fixed(), "{fixed}");
    }
    let ramp = r#"{"linear":{"from":1,"to":0.5}}"#;
    for changing in [
        r#"{"cross_entropy":{"temperature":RAMP}}"#,
        r#"{"virtual_teacher":{"temperature":RAMP}}"#,
        r#"{"virtual_teacher":{"label_weight":RAMP}}"#,
        r#"{"distillation":{"temperature":RAMP,"teacher_temperature":4}}"#,
        r#"{"distillation":{"temperature":4,"supervision":{"permuted":{"fresh":true}}}}"#,
        r#"{"soft_cross_entropy":{"temperature":RAMP}}"#,
        r#"{"reverse_kl":{"temperature":1,"label_weight":RAMP}}"#,
        r#"{"prediction_matching":{"label_weight":RAMP}}"#,
        r#"{"logit_mse":{"selection":{"random":3}}}"#,
        r#"{"features":{"loss":{"contrastive":{}}}}"#,
        r#"{"sum":{"terms":{"a":{"weight":RAMP,"objective":{"cross_entropy":{}}}}}}"#,
    ] {
        assert!(!objective(&changing.replace("RAMP", ramp)).is_fixed(), "{changing}");
    }
}

#[test]
fn what_a_student_is_drawn_to() {
    for (json, target) in [
        (r#"{"cross_entropy":{}}"#, Some(Target::Labels)),
        (r#"{"huber":{}}"#, Some(Target::Labels)),
        (r#"{"cross_entropy":{"temperature":2}}"#, Some(Target::ChangedLabels)),
        (r#"{"confidence_weighted":{}}"#, Some(Target::ChangedLabels)),
        (r#"{"label_smoothing":{"epsilon":0.1}}"#, Some(Target::SmoothedLabels)),
        (r#"{"virtual_teacher":{}}"#, Some(Target::SmoothedLabels)),
        (r#"{"dist":{"temperature":1}}"#, Some(Target::Teacher)),
        (r#"{"teacher_bounded":{}}"#, Some(Target::Teacher)),
        (r#"{"prediction_matching":{}}"#, Some(Target::Teacher)),
        (r#"{"features":{"loss":{"hint":{}}}}"#, None),
        (r#"{"sum":{"terms":{"a":{"objective":{"cross_entropy":{}}}}}}"#, None),
    ] {
        assert_eq!(objective(json).target(), target, "{json}");
    }
}

#[test]
fn what_is_constructed_is_what_is_written() {
    let hint = FeatureLoss::Hint(crate::feature::Hint::default());
    let sum =
        Objective::sum([("a", 2.0, Objective::last_features(hint)), ("b", 1.0, Objective::cross_entropy())]);
    for (constructed, written) in [
        (Objective::distillation(4.0), r#"{"distillation":{"temperature":4}}"#),
        (Ok(Objective::logit_mse()), r#"{"logit_mse":{}}"#),
        (
            SoftCrossEntropy::at(2.0).map(Objective::SoftCrossEntropy),
            r#"{"soft_cross_entropy":{"temperature":2}}"#,
        ),
        (ReverseKl::at(2.0).map(Objective::ReverseKl), r#"{"reverse_kl":{"temperature":2}}"#),
        (JensenShannon::at(2.0).map(Objective::JensenShannon), r#"{"jensen_shannon":{"temperature":2}}"#),
        (Decoupled::at(2.0).map(Objective::Decoupled), r#"{"decoupled":{"temperature":2}}"#),
        (Normalised::at(2.0).map(Objective::Normalised), r#"{"normalised":{"temperature":2}}"#),
        (Dist::at(2.0).map(Objective::Dist), r#"{"dist":{"temperature":2}}"#),
        (MultiLevel::at(2.0).map(Objective::MultiLevel), r#"{"multi_level":{"temperature":2}}"#),
        (LabelSmoothing::of(0.1).map(Objective::LabelSmoothing), r#"{"label_smoothing":{"epsilon":0.1}}"#),
        (Ok(Objective::VirtualTeacher(VirtualTeacher::default())), r#"{"virtual_teacher":{}}"#),
        (Ok(Objective::TeacherBounded(TeacherBounded::default())), r#"{"teacher_bounded":{}}"#),
        (
            sum,
            r#"{"sum":{"terms":{"a":{"weight":2,"objective":{"features":{"loss":{"hint":{}}}}},"b":{"objective":{"cross_entropy":{}}}}}}"#,
        ),
    ] {
        assert_eq!(constructed.unwrap(), objective(written));
    }
    let refused = Objective::distillation(0.0).unwrap_err().to_string();
    assert!(
        refused.starts_with("temperature must be a positive finite number, got 0; 1 leaves"),
        "{refused}"
    );
    assert!(Objective::sum([("a", -1.0, Objective::cross_entropy())]).is_err());
}
