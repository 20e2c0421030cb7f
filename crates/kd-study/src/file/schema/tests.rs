use super::*;

fn choice(choices: &[Choice], name: &str) -> Choice {
    choices.iter().find(|choice| choice.name == name).unwrap().clone()
}

#[test]
fn what_can_be_named_is_listed_with_what_can_be_set() {
    let counts = [objectives(), supervisions(), feature_losses(), models()].map(|choices| choices.len());
    assert!(counts.iter().zip([19, 13, 14, 19]).all(|(&count, least)| count >= least), "{counts:?}");
    let distillation = choice(&objectives(), "distillation");
    assert_eq!(distillation.about, "KL divergence from the teacher at a temperature.");
    assert!(distillation.details.contains("(Hinton et al. 2015)"), "{}", distillation.details);
    let set = |name: &str| distillation.parameters.iter().find(|own| own.name == name).unwrap();
    assert!(set("temperature").required && !set("label_weight").required);
    assert_eq!(set("temperature").about, "T, for teacher and student.");
    assert_eq!(set("label_weight").default, Some(json!(0.0)));
    assert_eq!(set("teacher_temperature").default, None, "off is no value");
    assert!(choice(&supervisions(), "full").parameters.is_empty());
    assert!(choice(&models(), "lenet").parameters.is_empty());
    assert!(!choice(&feature_losses(), "correlation_congruence").details.contains('\n'));
}

#[test]
fn a_list_may_stand_for_what_an_objective_takes_and_nowhere_else() {
    let schema = schema();
    let lists = |definition: &str, name: &str| {
        let property = &schema["$defs"][definition]["properties"][name];
        assert!(property.is_object(), "{definition}.{name}");
        property["anyOf"].as_array().is_some_and(|kinds| {
            let [single, list] = &kinds[..] else { return false };
            list["type"] == "array" && list["minItems"] == 1 && list["items"] == *single
        })
    };
    for (definition, name) in
        [("Distillation", "temperature"), ("TopK", "k"), ("Term", "weight"), ("Contrastive", "negatives")]
    {
        assert!(lists(definition, name), "{definition}.{name}");
    }
    let about = &schema["$defs"]["Distillation"]["properties"]["temperature"]["description"];
    assert_eq!(about, "T, for teacher and student.");
    for (definition, name) in [("Training", "batch"), ("AdamW", "learning_rate"), ("Header", "confidence")] {
        assert!(!lists(definition, name), "{definition}.{name}");
    }
}
