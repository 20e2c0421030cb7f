//! What each arm is for: as a column says, as was typed, or as it is called.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::{IntoColumn, NamedFrom, Series, col};

use super::error::Problem;
use super::frame::{ROW, Table};
use super::how::How;
use super::layout::{Layout, plain};
use crate::nearest::nearest;
use crate::role::Role;

/// The roles of arms, in the order in which the table has them.
pub(super) struct Roles {
    arms: Vec<String>,
    played: BTreeMap<String, Role>,
    /// Distilled arms in the order in which they were typed.
    leading: Vec<String>,
}

/// The words of the column `role`.
const WORDS: [&str; 12] = [
    "teacher",
    "labels",
    "distilled",
    "label_smoothing",
    "entropy_matched",
    "permuted",
    "top_k",
    "class_means",
    "importance_weighted",
    "hard",
    "random",
    "other",
];

impl Roles {
    /// Finds them, and writes them into the table.
    pub(super) fn of(table: &mut Table, layout: &Layout, how: &How) -> Result<Self, Problem> {
        let mut roles = Self { arms: Vec::new(), played: BTreeMap::new(), leading: how.distilled.clone() };
        let is_told = table.has("role");
        roles.read(table, layout)?;
        roles.take_typed(how)?;
        if !is_told {
            roles.find_controlled();
            roles.check()?;
        }
        roles.write(table)?;
        Ok(roles)
    }

    /// As the column `role` says, or an arm's name.
    fn read(&mut self, table: &Table, layout: &Layout) -> Result<(), Problem> {
        let told = ["role", "control_of"].map(|name| table.has(name));
        let mut keys = vec![col("arm")];
        keys.extend(
            ["role", "control_of"]
                .into_iter()
                .zip(told)
                .filter(|(_, is_there)| *is_there)
                .map(|(name, _)| col(name)),
        );
        let found = table.lazy().group_by_stable(keys).agg([col(ROW).min()]).collect()?;
        let texts = |name: &str| found.column(name).ok().and_then(|column| column.str().ok());
        let (arms, words, of) = (found.column("arm")?.str()?, texts("role"), texts("control_of"));
        let rows = found.column(ROW)?.u64()?;
        for index in 0..found.height() {
            let arm = arms.get(index).unwrap_or_default().to_owned();
            let word = words.and_then(|words| words.get(index));
            let role = match word {
                Some(word) => {
                    told_by(word, of.and_then(|of| of.get(index))).ok_or_else(|| Problem::UnknownWord {
                        column: layout.called("role").to_owned(),
                        found: word.to_owned(),
                        row: rows.get(index).unwrap_or_default() as usize,
                        nearest: nearest(word, WORDS).map(str::to_owned),
                        known: WORDS.map(str::to_owned).to_vec(),
                    })?
                }
                None => Role::of_columns(&plain(&arm), None).unwrap_or_default(),
            };
            match self.played.get(&arm) {
                None => {
                    self.played.insert(arm.clone(), role);
                    self.arms.push(arm);
                }
                Some(known) if *known == role => {}
                Some(known) => {
                    let (one, other) = (known.name().to_owned(), role.name().to_owned());
                    return Err(Problem::TwoRoles { arm, one, other });
                }
            }
        }
        Ok(())
    }

    /// As was typed, whatever else says so.
    fn take_typed(&mut self, how: &How) -> Result<(), Problem> {
        let mut typed: HashMap<String, Role> = HashMap::new();
        let mut take = |arm: &str, role: Role| match typed.insert(arm.to_owned(), role.clone()) {
            Some(known) if known != role => {
                let (one, other) = (known.name().to_owned(), role.name().to_owned());
                Err(Problem::TwoRoles { arm: arm.to_owned(), one, other })
            }
            _ => Ok(()),
        };
        if let Some(arm) = &how.labels {
            take(self.existing("--labels", arm)?, Role::Labels)?;
        }
        for arm in &how.distilled {
            take(self.existing("--distilled", arm)?, Role::Distilled)?;
        }
        let mut controls = Vec::new();
        for text in &how.controls {
            let (kind, arm, of) = self.control(text)?;
            take(arm, role_of(kind, of))?;
            controls.push((kind.to_owned(), arm.to_owned()));
        }
        if how.labels.is_some() {
            // There is one arm to compare with.
            let others = self.played.values_mut().filter(|role| **role == Role::Labels);
            others.for_each(|role| *role = Role::Other);
        }
        self.played.extend(typed);
        for (kind, arm) in controls {
            self.own(&kind, &arm)?;
        }
        Ok(())
    }

    /// A control that was typed without whose it is, is that of the only distilled arm.
    fn own(&mut self, kind: &str, arm: &str) -> Result<(), Problem> {
        let distilled = self.distilled();
        let Some(Role::Control { kind: control, of: of @ None }) = self.played.get_mut(arm) else {
            return Ok(());
        };
        if control.is_of_every_arm() {
            return Ok(());
        }
        match distilled.as_slice() {
            [] => {}
            [only] => *of = Some(only.clone()),
            several => {
                let known = several.to_vec();
                return Err(Problem::OfWhom { kind: kind.to_owned(), arm: arm.to_owned(), known });
            }
        }
        Ok(())
    }

    /// `KIND=ARM`, or `KIND=ARM:OF`: the kind, the arm and whose control it is.
    fn control<'a>(&self, text: &'a str) -> Result<(&'a str, &'a str, Option<&'a str>), Problem> {
        let wrong =
            |expected: String| Problem::Option { option: "--control", found: text.to_owned(), expected };
        let kinds = || {
            WORDS.into_iter().filter(|word| told_by(word, None).is_some_and(|role| role.control().is_some()))
        };
        let known = kinds().collect::<Vec<_>>().join(", ");
        let (kind, rest) = text
            .split_once('=')
            .ok_or_else(|| wrong(format!("KIND=ARM or KIND=ARM:OF, KIND one of {known}")))?;
        if !kinds().any(|word| word == kind) {
            let near =
                nearest(kind, kinds()).map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            return Err(wrong(format!("one of {known} before ={near}")));
        }
        // Names may have colons of their own: where both sides are arms, it sets two of them apart.
        let apart = |(place, _): &(usize, &str)| {
            [&rest[..*place], &rest[place + 1..]].iter().all(|arm| self.played.contains_key(*arm))
        };
        let place = rest.match_indices(':').find(apart).map(|(place, _)| place).or_else(|| rest.rfind(':'));
        match place {
            Some(place) if !self.played.contains_key(rest) => {
                let (arm, of) = (&rest[..place], &rest[place + 1..]);
                Ok((kind, self.existing("--control", arm)?, Some(self.existing("--control", of)?)))
            }
            _ => Ok((kind, self.existing("--control", rest)?, None)),
        }
    }

    fn existing<'a>(&self, option: &'static str, arm: &'a str) -> Result<&'a str, Problem> {
        if self.played.contains_key(arm) {
            return Ok(arm);
        }
        let nearest = nearest(arm, self.arms.iter().map(String::as_str)).map(str::to_owned);
        Err(Problem::UnknownArm { option, arm: arm.to_owned(), nearest, known: self.arms.clone() })
    }

    fn distilled(&self) -> Vec<String> {
        self.arms.iter().filter(|arm| self.played.get(*arm) == Some(&Role::Distilled)).cloned().collect()
    }

    /// A control that is known by its name alone is that of the only distilled arm; of several, of none.
    fn find_controlled(&mut self) {
        let distilled = self.distilled();
        let [only] = distilled.as_slice() else { return };
        for role in self.played.values_mut() {
            match role {
                Role::Control { kind, of } if of.is_none() && !kind.is_of_every_arm() => {
                    *of = Some(only.clone());
                }
                Role::Control { .. } | Role::Teacher | Role::Labels | Role::Distilled | Role::Other => {}
            }
        }
    }

    /// There is a question only where one arm is trained on labels and one distilled.
    fn check(&self) -> Result<(), Problem> {
        let has = |wanted: &Role| self.played.values().any(|role| role == wanted);
        for (role, part, option) in [
            (Role::Labels, "trained on labels, with which all others are compared", "--labels"),
            (Role::Distilled, "trained on the teacher's full signal", "--distilled"),
        ] {
            if !has(&role) {
                return Err(Problem::NoArm { part, option, arms: self.arms.clone() });
            }
        }
        Ok(())
    }

    fn write(&self, table: &mut Table) -> Result<(), Problem> {
        let arms = table.frame.column("arm")?.str()?;
        let of = |arm: Option<&str>| arm.and_then(|arm| self.played.get(arm));
        let roles: Vec<Option<&str>> = arms.iter().map(|arm| of(arm).map(Role::name)).collect();
        let controlled: Vec<Option<&str>> =
            arms.iter().map(|arm| of(arm).and_then(Role::control_of)).collect();
        let columns = [Series::new("role".into(), roles), Series::new("control_of".into(), controlled)];
        columns.into_iter().try_for_each(|column| table.set(column.into_column()))
    }

    /// Where an arm stands among those that were typed as distilled: they lead a report in that order.
    pub(super) fn position(&self, arm: &str) -> usize {
        self.leading.iter().position(|known| known == arm).unwrap_or(self.leading.len())
    }

    /// `labels is labels; kd is distilled; shuffled is permuted, of kd`.
    pub(super) fn told(&self) -> String {
        let one = |arm: &String| {
            let role = self.played.get(arm)?;
            let of = role.control_of().map_or_else(String::new, |of| format!(" (of `{of}`)"));
            let name = if *role == Role::Other { "of no role" } else { role.name() };
            Some(if arm == name { format!("`{arm}`{of}") } else { format!("`{arm}` {name}{of}") })
        };
        format!("arms: {}", self.arms.iter().filter_map(one).collect::<Vec<_>>().join(", "))
    }
}

/// The role that a word of the column `role` is.
fn told_by(word: &str, of: Option<&str>) -> Option<Role> {
    Role::of_columns(&plain(word), of)
}

fn role_of(kind: &str, of: Option<&str>) -> Role {
    told_by(kind, of).unwrap_or_default()
}
