//! Teachers that have their classes in another order than the data.

use kd_doubt::{Doubt, Kind};

use super::assignment::best;
use super::chance::Agreement;
use super::{Answers, Tried, percent};

/// More classes are not paired: it would take too long, and too many examples.
const MOST_CLASSES: usize = 400;

/// A better order is better by this share of the examples at least.
const MUCH: f64 = 0.1;

/// A teacher that would be much better if its classes were in another order.
pub(super) fn misordered(tried: &Tried<'_>, answers: &Answers<'_>) -> Option<Doubt> {
    let (of, classes) = (answers.len(), answers.classes);
    if of == 0 || classes > MOST_CLASSES {
        return None;
    }
    let mut table = vec![vec![0; classes]; classes];
    answers.pairs().for_each(|(label, predicted)| table[predicted][label] += 1);
    let right = answers.right(|predicted| predicted);
    let most: u64 = table.iter().filter_map(|labels| labels.iter().max()).sum();
    let is_much = |better: usize| better as f64 > right as f64 + MUCH * of as f64;
    if !is_much(most as usize) {
        return None;
    }
    let mut order = best(&table);
    // What is never said may stand for anything: if the order is one that people know, it is that.
    let sorted = sorted_as_text(&tried.dataset.classes);
    let is_torchvisions =
        answers.right(|predicted| sorted[predicted]) * 50 >= answers.right(|predicted| order[predicted]) * 49;
    if is_torchvisions {
        order.clone_from(&sorted);
    }
    let better = Agreement::of(answers, |predicted| order[predicted]);
    // Of all orders, the best is better than chance by far even where there is nothing to know.
    let orders: f64 = (1..=classes).map(|count| (count as f64).ln()).sum();
    let only_one_right = (better.right - right.min(better.right)) as f64;
    let is_sure = better.better() > (2.0 * (orders + 14.0)).sqrt()
        && only_one_right > 4.75 * ((better.right + right) as f64).sqrt();
    if !is_much(better.right) || !is_sure {
        return None;
    }
    let names = in_its_own_order(&order, tried);
    let how = if is_torchvisions && tried.columns.is_empty() {
        " (as torchvision orders folders, by their names as texts)"
    } else {
        ""
    };
    let what = format!(
        "the teacher's classes are in another order than those of the data: it is right on {}, and on {} if \
         they are {}{how}",
        percent(right, of),
        percent(better.right, of),
        listed(&names, ", "),
    );
    let data: Vec<&str> = tried.dataset.classes.iter().map(String::as_str).collect();
    let evidence = format!("{of} examples were looked at; the data's order is {}", listed(&data, ", "));
    let doubt = Doubt::refused(Kind::TeacherClasses, &*tried.place, what).seen(evidence);
    Some(doubt.advise(match tried.setting {
        Some(table) => {
            let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
            format!("tell its own order: {table} = {{ ..., classes = [{}] }}", quoted.join(", "))
        }
        None => "put the rows of its last layer into the order of the data's classes".to_owned(),
    }))
}

/// What stands at each place among the teacher's own classes, if what it says at each place of the data's is that of `order`.
fn in_its_own_order<'a>(order: &[usize], tried: &Tried<'a>) -> Vec<&'a str> {
    let place = |place: usize| tried.columns.get(place).copied().unwrap_or(place as i64);
    let classes = &tried.dataset.classes;
    let named = order.iter().enumerate().map(|(at, &class)| (place(at), classes[class].as_str()));
    let mut named: Vec<(i64, &str)> = named.collect();
    named.sort_by_key(|(place, _)| *place);
    named.into_iter().map(|(_, name)| name).collect()
}

/// The most classes that a message names.
const NAMED: usize = 15;

/// Some of many names.
pub(super) fn listed(names: &[&str], between: &str) -> String {
    let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(between);
    if names.len() > NAMED { format!("{first}{between}...") } else { first }
}

/// Where each class stands once their names are sorted as texts: the class at each place.
fn sorted_as_text(names: &[String]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|&class| &names[class]);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_as_torchvision_sorts_them() {
        let names: Vec<String> = (1..=12).map(|number| number.to_string()).collect();
        assert_eq!(sorted_as_text(&names)[..5], [0, 9, 10, 11, 1]);
    }

    #[test]
    fn of_many_names_some_are_listed() {
        assert_eq!(listed(&["a", "b"], ", "), "a, b");
        assert!(listed(&["a"; 16], ", ").ends_with("a, ..."));
    }
}
