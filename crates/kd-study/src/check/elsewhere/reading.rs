//! How a teacher from elsewhere is to be read.

use kd_data::{Dataset, Task};
use toml::Spanned;

use crate::problem::Problem;
use crate::spec::{Reading, Scale};

/// The reading of a teacher whose classes are `classes`, in its own order if they are given, and whose numbers are `scale`.
pub(in crate::check) fn reading(
    classes: &[Spanned<String>],
    scale: &Spanned<Scale>,
    dataset: &Dataset,
    problems: &mut Vec<Problem>,
) -> Reading {
    let task = dataset.train.targets.task();
    if *scale.get_ref() == Scale::Probabilities && task == Task::Regression {
        let what = format!("probabilities are of classes, but this is {task}");
        problems.push(Problem::new(scale.span(), what, "needs classes").help("leave it out"));
    }
    Reading { columns: columns(classes, dataset, problems), scale: *scale.get_ref() }
}

/// Where each class of the data stands among `classes`; nothing where that is its place in the data, or they are not given.
fn columns(classes: &[Spanned<String>], dataset: &Dataset, problems: &mut Vec<Problem>) -> Vec<i64> {
    let Some(first) = classes.first() else { return Vec::new() };
    let task = dataset.train.targets.task();
    if task != Task::Classification {
        let what = format!("classes are named, but this is {task}");
        problems.push(Problem::new(first.span(), what, "needs classes").help("remove `classes`"));
        return Vec::new();
    }
    let known: Vec<&str> = dataset.classes.iter().map(String::as_str).collect();
    for (place, class) in classes.iter().enumerate() {
        let name = class.get_ref();
        if !known.contains(&name.as_str()) {
            problems.push(Problem::unknown(class.span(), "class", name, &known));
        } else if classes[..place].iter().any(|earlier| earlier.get_ref() == name) {
            let what = format!("class `{name}` is listed twice");
            problems.push(Problem::new(class.span(), what, "again here").help("name each class once"));
        }
    }
    let place = |name: &String| classes.iter().position(|class| class.get_ref() == name);
    let places: Vec<Option<usize>> = dataset.classes.iter().map(place).collect();
    if let Some(missing) = places.iter().position(Option::is_none) {
        let what = format!("class `{}` of the data is not among those of the teacher", known[missing]);
        let help = "name all classes of the data, in the order in which the teacher has them";
        problems.push(Problem::new(first.span(), what, "not in this list").help(help));
        return Vec::new();
    }
    let places: Vec<i64> = places.into_iter().flatten().map(|place| place as i64).collect();
    let is_same = places.iter().enumerate().all(|(own, &place)| own as i64 == place);
    if is_same { Vec::new() } else { places }
}
