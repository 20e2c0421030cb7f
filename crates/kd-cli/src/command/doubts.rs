//! What is doubtful of a study, on a terminal.

use std::fmt::Write as _;

use kd_doubt::{Doubt, Weight};

/// The most of one weight that are told in short.
const MOST: usize = 5;

/// What is probably a mistake, what a study cannot answer, and what weakens an answer, each with what would help.
pub(super) fn in_full(doubts: &[Doubt]) -> String {
    let mut text = String::new();
    for (weight, title) in [
        (Weight::Mistake, "Probably mistakes"),
        (Weight::Unanswered, "This study cannot answer"),
        (Weight::Weak, "Doubts"),
    ] {
        let own = of(doubts, weight);
        if !own.is_empty() {
            let _ = writeln!(text, "\n{title}");
        }
        for doubt in own {
            whole(&mut text, doubt);
        }
    }
    text
}

/// Beside what else is told: what is probably a mistake, and a line for each thing that weakens an answer.
pub(super) fn in_short(doubts: &[Doubt]) -> String {
    let mut text = mistakes(doubts);
    let weak = of(doubts, Weight::Weak);
    if !weak.is_empty() {
        text.push_str("Doubts (`kd plan` and the report tell what helps)\n");
    }
    for doubt in weak.iter().take(MOST) {
        let _ = writeln!(text, "  {doubt}");
    }
    more(&mut text, weak.len());
    text
}

/// What is probably a mistake alone, with what would help.
pub(super) fn mistakes(doubts: &[Doubt]) -> String {
    let mut text = String::new();
    let own = of(doubts, Weight::Mistake);
    if !own.is_empty() {
        text.push_str("Probably mistakes\n");
    }
    for doubt in own.iter().take(MOST) {
        whole(&mut text, doubt);
    }
    more(&mut text, own.len());
    text
}

fn of(doubts: &[Doubt], weight: Weight) -> Vec<&Doubt> {
    doubts.iter().filter(|doubt| doubt.weight == weight).collect()
}

/// A doubt, what was seen and what to do.
fn whole(text: &mut String, doubt: &Doubt) {
    let _ = writeln!(text, "  {doubt}");
    for line in [&doubt.evidence, &doubt.setting] {
        if !line.is_empty() {
            let _ = writeln!(text, "      {line}");
        }
    }
}

/// That there are more than are told.
fn more(text: &mut String, count: usize) {
    if count > MOST {
        let _ = writeln!(text, "  and {} more", count - MOST);
    }
}

#[cfg(test)]
mod tests {
    use kd_doubt::Kind;

    use super::*;

    fn some() -> Vec<Doubt> {
        let mistake = Doubt::mistake(Kind::IndexColumn, "a.csv", "column `id` numbers the rows");
        let mut doubts = vec![
            mistake.seen("1, 2, 3, …").advise("ignore it"),
            Doubt::unanswered("", "which theory holds").advise("more seeds"),
        ];
        doubts
            .extend((1..8).map(|n| Doubt::weak(Kind::Design, "t", format!("thing {n}")).advise("more data")));
        doubts
    }

    #[test]
    fn in_full_all_are_told_with_what_helps() {
        let told = in_full(&some());
        let start = "\nProbably mistakes\n  a.csv: column `id` numbers the rows\n      1, 2, 3, …\n      ignore it\n\n\
                     This study cannot answer\n  which theory holds\n      more seeds\n\nDoubts\n  t: thing 1\n";
        assert!(told.starts_with(start), "{told}");
        assert_eq!(told.matches("more data").count(), 7);
        assert_eq!(in_full(&[]), "");
    }

    #[test]
    fn in_short_a_mistake_is_told_whole_and_what_weakens_in_a_line() {
        let told = in_short(&some());
        let start = "Probably mistakes\n  a.csv: column `id` numbers the rows\n      1, 2, 3, …\n      ignore it\nDoubts (";
        assert!(told.starts_with(start), "{told}");
        assert!(told.ends_with("  t: thing 5\n  and 2 more\n"), "{told}");
        assert!(!told.contains("theory") && !mistakes(&some()).contains("Doubts"));
        assert_eq!(in_short(&[]), "");
    }
}
