//! Studies side by side in Markdown: claims by field, what holds over all settings, every setting, factors, and each claim.

use std::fmt::Write as _;

use super::{over_sentence, said, standing};
use crate::atlas::{Answer, Atlas, AtlasStudy, AtlasTask, Claim, Says};
use crate::study::Field;

/// What of the page belongs on a first screen: claims about the gain, label smoothing and dark knowledge by field, and what
/// holds over all settings.
#[must_use]
pub fn atlas_summary(atlas: &Atlas) -> String {
    const ASKED: [&str; 5] =
        ["gain_at_smallest", "gain_at_largest", "amplified", "label_smoothing", "dark_knowledge"];
    let mut text = String::new();
    write_claims(&mut text, atlas, |claim| ASKED.contains(&claim.name.as_str()));
    write_over(&mut text, atlas);
    text
}

/// The page in Markdown.
#[must_use]
pub fn atlas_markdown(atlas: &Atlas) -> String {
    let mut text = "# Atlas of studies\n\n## Claims\n\n".to_owned();
    write_claims(&mut text, atlas, |claim| is_judged(atlas, claim));
    if !atlas.over.is_empty() {
        text.push_str("\n## Over all settings\n");
        write_over(&mut text, atlas);
    }
    write_settings(&mut text, atlas);
    if atlas.studies.iter().any(|study| !study.factors.is_empty()) {
        text.push_str("\n## Factors\n");
    }
    for study in atlas.studies.iter().filter(|study| !study.factors.is_empty()) {
        let _ = writeln!(text, "\n[{}]({}): {}\n", study.name, study.link, study.question);
        study.factors.iter().for_each(|line| {
            let _ = writeln!(text, "- {line}");
        });
    }
    text.push_str("\n## Claim by claim\n");
    for claim in &atlas.claims {
        let _ =
            writeln!(text, "\n### {}\n\n| study | task | answer | finding |\n|---|---|---|---|", claim.title);
        for (study, task, answer) in answers(atlas, claim) {
            let words = answer.words.replace('|', "\\|");
            let (way, link) = (said(answer.says), &study.link);
            let _ = writeln!(text, "| [{}]({link}) | {} | {way} | {words} |", study.name, task.name);
        }
    }
    text.push_str("\n## Studies\n\n");
    for study in &atlas.studies {
        let _ = writeln!(
            text,
            "- [{}]({}) ({}): {} {}",
            study.name,
            study.link,
            study.study,
            study.question,
            standing(study)
        );
    }
    text
}

/// Claims by field, a row each.
fn write_claims(text: &mut String, atlas: &Atlas, is_told: impl Fn(&Claim) -> bool) {
    let fields = fields(atlas);
    let heads: Vec<&str> = fields.iter().map(|field| named(*field)).collect();
    let _ = writeln!(text, "| claim | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len()));
    for claim in atlas.claims.iter().filter(|claim| is_told(claim)) {
        let cells: Vec<String> = fields.iter().map(|field| by_field(atlas, claim, *field)).collect();
        let _ = writeln!(text, "| {} | {} |", claim.title, cells.join(" | "));
    }
}

fn write_over(text: &mut String, atlas: &Atlas) {
    text.push('\n');
    for over in &atlas.over {
        let _ = writeln!(text, "- {}", over_sentence(over));
    }
}

/// An answer with its study and its task.
type Answered<'a> = (&'a AtlasStudy, &'a AtlasTask, &'a Answer);

/// The answers to a claim, each setting's once: a data set and a student, as the first study has it that asked, of those
/// with a curve over M before others. What a study answers at several levels of a factor is no setting's answer; its factors
/// are told by themselves.
fn answers<'a>(atlas: &'a Atlas, claim: &'a Claim) -> Vec<Answered<'a>> {
    let mut all: Vec<Answered<'a>> = Vec::new();
    for (study, answers) in std::iter::zip(&atlas.studies, &claim.answers) {
        let asked =
            || std::iter::zip(&study.tasks, answers).filter(|(_, answer)| answer.says != Says::Absent);
        for (task, answer) in asked() {
            let levels = asked().filter(|(other, _)| is_setting_of(other, task)).count();
            if task.factors.is_empty() || levels == 1 {
                all.push((study, task, answer));
            }
        }
    }
    all.sort_by_key(|(_, task, _)| task.sizes < 2);
    let mut found: Vec<Answered<'a>> = Vec::new();
    for one in all {
        if !found.iter().any(|(_, known, _)| is_setting_of(known, one.1)) {
            found.push(one);
        }
    }
    found
}

fn is_setting_of(one: &AtlasTask, other: &AtlasTask) -> bool {
    (&one.title, &one.student) == (&other.title, &other.student)
}

/// Whether a claim is one that answers are for or against.
fn is_judged(atlas: &Atlas, claim: &Claim) -> bool {
    let judged = |(.., answer): &Answered<'_>| !matches!(answer.says, Says::Number | Says::Absent);
    answers(atlas, claim).iter().any(judged)
}

fn fields(atlas: &Atlas) -> Vec<Field> {
    let all = atlas.studies.iter().flat_map(|study| &study.tasks).map(|task| task.field);
    all.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

fn named(field: Field) -> &'static str {
    match field {
        Field::Vision => "vision",
        Field::Text => "text",
        Field::Tables => "tables",
        Field::Language => "language",
        Field::Numbers => "numbers",
        Field::Synthetic => "synthetic",
        Field::Other => "other",
    }
}

/// `for 4, open 1, **against 1**`, of the tasks of a field.
fn by_field(atlas: &Atlas, claim: &Claim, field: Field) -> String {
    let of_field = |says: Says| {
        let counts = |(_, task, answer): &&Answered<'_>| task.field == field && answer.says == says;
        answers(atlas, claim).iter().filter(counts).count()
    };
    let way = |(says, word): (Says, &str)| {
        let count = of_field(says);
        let told =
            if says == Says::Against { format!("**{word} {count}**") } else { format!("{word} {count}") };
        (count > 0).then_some(told)
    };
    let ways =
        [(Says::For, "for"), (Says::Against, "against"), (Says::Open, "open"), (Says::Number, "in part")];
    ways.into_iter().filter_map(way).collect::<Vec<_>>().join(", ")
}

/// A row for each task that varies nothing but M: what a reader asks first.
fn write_settings(text: &mut String, atlas: &Atlas) {
    const ASKED: [(&str, &str); 4] = [
        ("gain_at_smallest", "gain at the smallest M"),
        ("gain_at_largest", "at the largest"),
        ("worth_at_smallest", "η at the smallest M"),
        ("amplified", "amplified"),
    ];
    let asked = |name: &str| atlas.claims.iter().find(|claim| claim.name == name);
    let _ = writeln!(
        text,
        "\n## Settings\n\n| field | data | student | {} | study |\n|---|---|---|{}---|",
        ASKED.map(|(_, head)| head).join(" | "),
        "---|".repeat(ASKED.len())
    );
    let Some(first) = asked("gain_at_smallest") else { return };
    let mut settings = answers(atlas, first);
    settings.retain(|(_, task, _)| task.factors.is_empty());
    settings.sort_by_key(|(_, task, _)| task.field);
    for (study, task, _) in settings {
        let answer = |name: &str| {
            let all = answers(atlas, asked(name)?);
            all.into_iter().find(|(_, other, _)| std::ptr::eq(*other, task)).map(|(.., answer)| answer)
        };
        let cells = ASKED.map(|(name, _)| {
            answer(name).map_or_else(String::new, |answer| match (name, said(answer.says)) {
                ("amplified", "for") => "yes".to_owned(),
                ("amplified", way) => way.to_owned(),
                _ => answer.words.clone(),
            })
        });
        let (field, title, student) = (named(task.field), &task.title, &task.student);
        let _ = writeln!(
            text,
            "| {field} | {title} | {student} | {} | [{}]({}) |",
            cells.join(" | "),
            study.name,
            study.link
        );
    }
}
