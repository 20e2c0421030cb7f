use std::path::PathBuf;

use kd_study::spec::Part;
use kd_study::store::Leftover;
use kd_study::{Plan, Result, Store, Study};
use serde_json::{Value, json};

use super::{print, print_json};
use crate::arguments::Prune;
use crate::style;

pub(super) fn run(arguments: &Prune) -> Result<()> {
    let store = Store::open(&arguments.dir)?;
    let plan = |study: &PathBuf| Plan::new(&Study::read(study)?);
    let others = arguments.keep.iter().map(plan).collect::<Result<Vec<_>>>()?;
    let _lock = (!arguments.dry_run).then(|| store.lock()).transpose()?;
    let mut leftovers = store.leftovers(&others)?;
    leftovers.sort_by_cached_key(described);
    if !arguments.dry_run {
        leftovers.iter().try_for_each(|leftover| store.discard(leftover))?;
    }
    let bytes = leftovers.iter().map(|leftover| leftover.bytes).sum();
    if arguments.format.is_json() {
        let runs: Vec<Value> = leftovers.iter().map(listed).collect();
        return print_json(&json!({ "removed": !arguments.dry_run, "bytes": bytes, "runs": runs }));
    }
    if leftovers.is_empty() {
        return print("Every run here is asked for.\n");
    }
    let line = |leftover: &Leftover| {
        format!("  {}  {:>7}  {}\n", leftover.id.short(), style::bytes(leftover.bytes), described(leftover))
    };
    let lines: String = leftovers.iter().map(line).collect();
    let all = format!("{}, {}", style::runs(leftovers.len()), style::bytes(bytes));
    print(&if arguments.dry_run {
        format!("{lines}\nWithout --dry-run, this would be removed: {all}\n")
    } else {
        format!("{lines}\nRemoved {all}\n")
    })
}

/// `digits · M=80 · distillation · seed 1`. The run's place in a study that does not ask for it any more is not known.
fn described(leftover: &Leftover) -> String {
    let Some(record) = &leftover.record else { return "its record cannot be read".to_owned() };
    let spec = &record.spec;
    let what = match spec.part {
        Part::Teacher { .. } => format!("N={} · teacher", spec.samples()),
        Part::Student { .. } => {
            let objective = json!(spec.objective);
            let name = objective.as_object().and_then(|objective| objective.keys().next());
            format!("M={} · {}", spec.samples(), name.map_or("", String::as_str))
        }
    };
    let failed = if record.is_failure() { " · failed" } else { "" };
    format!("{} · {what} · seed {}{failed}", spec.data.name, spec.seed)
}

/// The same as data; of a run whose record cannot be read, no more is known than its id and size.
fn listed(leftover: &Leftover) -> Value {
    let mut listed = json!({ "id": leftover.id, "bytes": leftover.bytes });
    if let Some(record) = &leftover.record {
        let spec = &record.spec;
        listed["data"] = json!(spec.data.name);
        listed["part"] = json!(match spec.part {
            Part::Teacher { .. } => "teacher",
            Part::Student { .. } => "student",
        });
        listed["samples"] = json!(spec.samples());
        listed["objective"] = json!(spec.objective);
        listed["seed"] = json!(spec.seed);
        listed["failed"] = json!(record.is_failure());
    }
    listed
}
