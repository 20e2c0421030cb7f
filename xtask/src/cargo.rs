//! Runs cargo in the checkout, saying what it runs.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::failure::Failure;

/// Runs `cargo ARGUMENTS` with its output shown.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<(), Failure> {
    run_with(root, arguments, &[])
}

/// [`run`] with environment variables added.
pub(crate) fn run_with(root: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Result<(), Failure> {
    let line = format!("cargo {}", arguments.join(" "));
    eprintln!("$ {line}");
    let status = cargo(root).args(arguments).envs(variables.iter().copied()).status()?;
    if status.success() { Ok(()) } else { Err(Failure::Child { command: line, code: status.code() }) }
}

/// The standard output of `cargo ARGUMENTS`.
pub(crate) fn output(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, Failure> {
    let output = cargo(root).args(arguments).stderr(std::process::Stdio::inherit()).output()?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        let command = format!("cargo {}", arguments.join(" "));
        Err(Failure::Child { command, code: output.status.code() })
    }
}

/// `cargo metadata` of the workspace members alone.
pub(crate) fn metadata(root: &Path) -> Result<Value, Failure> {
    let json = output(root, &["metadata", "--no-deps", "--locked", "--format-version", "1"])?;
    serde_json::from_slice(&json)
        .map_err(|error| Failure::Architecture(format!("could not read `cargo metadata`: {error}")))
}

/// Every example of the workspace as (package, example).
pub(crate) fn examples(metadata: &Value) -> Vec<(String, String)> {
    let mut examples = Vec::new();
    for package in array(&metadata["packages"]) {
        for target in array(&package["targets"]) {
            if array(&target["kind"]).iter().any(|kind| kind == "example") {
                examples.push((text(&package["name"]), text(&target["name"])));
            }
        }
    }
    examples
}

pub(crate) fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}
