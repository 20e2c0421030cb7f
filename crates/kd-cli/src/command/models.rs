use std::fmt::Write as _;
use std::path::Path;

use kd_study::file::choice::models;
use kd_study::store::weights;
use kd_study::{Architecture, Error, Input, InvalidStudy, Result, file};
use serde_json::json;

use super::objectives::write_choices;
use super::{explain, print, print_json};
use crate::arguments::Format;
use crate::style;

pub(super) fn list(format: Format) -> Result<()> {
    let models = models();
    if format.is_json() {
        return print_json(&models);
    }
    let mut text = String::from("What a teacher or a student is: model.NAME = { ... }\n\n");
    write_choices(&mut text, &models);
    text.push_str("\n--format json tells sources and what each setting means, `kd models show` parameters and features.\n");
    print(&text)
}

pub(super) fn show(model: &str, input: Input, classes: Option<i64>, format: Format) -> Result<()> {
    let model = read(model)?;
    let outputs = outputs(input, classes);
    let (parameters, multiply_adds) =
        (model.parameters(input, outputs)?, model.multiply_adds(input, outputs)?);
    let features = model.taps(input, outputs)?;
    if format.is_json() {
        let features: Vec<_> =
            features.iter().map(|tap| json!({ "name": tap.name, "shape": tap.shape })).collect();
        return print_json(&json!({
            "model": model,
            "input": input.to_string(),
            "outputs": outputs,
            "parameters": parameters,
            "multiply_adds": multiply_adds,
            "features": features,
        }));
    }
    let mut text = format!("{model}\n");
    for (name, value) in [
        ("reads", input.to_string()),
        ("outputs", style::count(outputs as u64)),
        ("parameters", style::count(parameters)),
        ("multiply-adds", style::count(multiply_adds)),
    ] {
        let _ = writeln!(text, "  {name:<15}{value}");
    }
    let Some(last) = features.last() else {
        text.push_str("\nIt has no features that an objective could compare.\n");
        return print(&text);
    };
    let example = if matches!(input, Input::Tokens { .. }) { " OF A SHORT TEXT" } else { "" };
    let _ = writeln!(text, "\n  {:<15}SHAPE{example}", "FEATURE");
    for tap in &features {
        let shape: Vec<String> = tap.shape.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "  {:<15}{}", tap.name, shape.join("x"));
    }
    let _ = writeln!(
        text,
        "\nAn arm compares them by name: objective.features = {{ student = \"{}\", loss.hint = {{}} }}",
        last.name
    );
    print(&text)
}

pub(super) fn import(file: &Path, model: &str, input: Input, classes: Option<i64>, out: &Path) -> Result<()> {
    let model = read(model)?;
    weights::import(file, &model, input, outputs(input, classes), out)?;
    print(&format!(
        "every weight of {model} is there: written to {}\n\nA model starts from it: weights.path = \"{}\"\n",
        out.display(),
        out.display()
    ))
}

pub(super) fn export(run: &str, dir: &Path, out: &Path) -> Result<()> {
    let (store, id) = explain::find(run, dir)?;
    weights::export(&store, &id, out)?;
    print(&format!(
        "weights of run {} written to {}\n\nPython reads them: safetensors.torch.load_file(\"{}\")\n",
        id.short(),
        out.display(),
        out.display()
    ))
}

/// How many outputs a model has.
fn outputs(input: Input, classes: Option<i64>) -> i64 {
    classes.unwrap_or(match input {
        Input::Sequence { vocabulary, .. } => vocabulary,
        _ => 10,
    })
}

/// A model as a study file says it, or its name.
fn read(model: &str) -> Result<Architecture> {
    let text = if model.contains('=') { model.to_owned() } else { format!("{model} = {{}}") };
    file::architecture(&text).map_err(|problem| {
        Error::InvalidStudy(Box::new(InvalidStudy {
            sets: Vec::new(),
            source_name: "MODEL".to_owned(),
            text,
            problems: vec![problem],
        }))
    })
}
