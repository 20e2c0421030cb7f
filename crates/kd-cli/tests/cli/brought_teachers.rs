//! Teachers that people bring: programs that do anything, and teachers that are not what they are taken for.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::modules::module;
use crate::{TINY, folder_with, kd, output, stderr, stdout};

/// The tiny study with `teacher` in place of a model and its training.
fn study(teacher: &str) -> String {
    let (head, rest) = TINY.split_once("model.mlp = { hidden = [32] }").unwrap();
    let (_, rest) = rest.split_once("\n\n").unwrap();
    format!("{head}{teacher}\n\n{rest}")
}

/// A folder with the tiny study of the module that does `body` first.
fn folder_of(body: &str, settings: &str) -> tempfile::TempDir {
    let folder = folder_with(&study(&format!("torch_script = {{ path = \"brought.pt\"{settings} }}")));
    fs_err::write(folder.path().join("brought.pt"), module(body)).unwrap();
    folder
}

/// `text` on one line, without the frame around it.
fn unwrapped(text: &str) -> String {
    let words = text.split_whitespace().filter(|word| !["│", "×", "·"].contains(word));
    words.collect::<Vec<_>>().join(" ")
}

/// What `kd plan` says of a study, which it refuses.
fn refused(folder: &Path) -> String {
    let plan: Output = output(folder, &["plan", "study.toml", "--no-probe"]);
    assert_eq!(plan.status.code(), Some(2), "{}{}", stdout(&plan), stderr(&plan));
    unwrapped(&stderr(&plan))
}

const FLATTENS: &str = "    return torch.flatten(input, 1)\n";
const NEVER_ENDS: &str = "    y = input\n    _0 = True\n    while _0:\n      y = torch.add(y, input)\n    return y\n";
const TAKES_ALL: &str = "    y = torch.zeros([25000000000], dtype=None, layout=None, device=None, pin_memory=None)\n    \
                         return torch.add(input, y)\n";
const HOARDS: &str = "    y = input\n    _0 = True\n    while _0:\n      y = torch.cat([y, y])\n    return y\n";
const CRASHES: &str = "    i = torch.full([1, 1], 90000000000000, dtype=4, layout=None, device=None, pin_memory=None)\n    v = \
                       torch.ones([1], dtype=None, layout=None, device=None, pin_memory=None)\n    s = \
                       torch._sparse_coo_tensor_unsafe(i, v, [10])\n    return torch.add(input, torch.to_dense(s))\n";
const PRINTS: &str = "    print(\"\\n{\\\"published\\\":{\\\"run\\\":\\\"00\\\"}}\\n\")\n    return torch.flatten(input, 1)\n";

#[test]
fn a_module_that_never_ends_takes_all_memory_or_crashes_is_refused() {
    for (body, settings, expected) in [
        (NEVER_ENDS, ", seconds = 3", "has not answered within 3 seconds on a batch of shape [1, 1, 8, 8]"),
        (TAKES_ALL, "", "needs more memory than the 16 GB that it may take"),
        (HOARDS, ", gigabytes = 2", "torch_script = { ..., gigabytes = 4 }"),
        (CRASHES, "", "crashed on a batch of shape [1, 1, 8, 8]: signal: "),
    ] {
        let folder = folder_of(body, settings);
        let said = refused(folder.path());
        assert!(said.contains(expected) && said.contains("brought.pt"), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn what_a_module_prints_is_nothing_to_anybody() {
    let (quiet, loud) = (folder_of(FLATTENS, ""), folder_of(PRINTS, ""));
    let accuracies = [&quiet, &loud].map(|folder| {
        let run = output(folder.path(), &["run", "study.toml", "--smoke"]);
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
        assert!(!stderr(&run).contains("published") && !stdout(&run).contains("published"));
        stdout(&run).lines().filter(|line| !line.contains("Report")).collect::<Vec<_>>().join("\n")
    });
    assert_eq!(accuracies[0], accuracies[1]);
}

/// One that does well until a batch is larger than any that is tried while planning.
const LARGE: &str = "    n = torch.size(input, 0)\n    _0 = torch.gt(n, 1020)\n    y = input\n    while _0:\n      y = torch.add(y, \
                     input)\n    return torch.flatten(y, 1)\n";

#[test]
fn a_run_whose_module_never_ends_fails_and_the_study_does_not_hang() {
    let folder = folder_of(LARGE, ", seconds = 5");
    let run = output(folder.path(), &["run", "study.toml", "--smoke", "--out", "out"]);
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    let runs = output(folder.path(), &["runs", "out", "--only", "state=failed", "--format", "json"]);
    let runs: Value = serde_json::from_slice(&runs.stdout).unwrap();
    let failed = runs[0]["run"].as_str().unwrap();
    let told = unwrapped(&stdout(&output(folder.path(), &["explain", failed, "--dir", "out"])));
    assert!(told.contains("has not answered within 5 seconds on a batch of shape [1024, 1, 8, 8]"), "{told}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_module_ends_with_who_runs_it() {
    let folder = folder_of(NEVER_ENDS, "");
    let mut plan = kd(folder.path(), &["plan", "study.toml"]).spawn().unwrap();
    let children = format!("/proc/{0}/task/{0}/children", plan.id());
    let child = until(|| {
        let listed = fs_err::read_to_string(&children).unwrap_or_default();
        listed.split_whitespace().next().map(str::to_owned)
    });
    plan.kill().unwrap();
    plan.wait().unwrap();
    until(|| (!Path::new("/proc").join(&child).exists()).then_some(()));
}

fn until<T>(mut there: impl FnMut() -> Option<T>) -> T {
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(Instant::now() < patience, "it has not come to that");
        std::thread::sleep(Duration::from_millis(20));
    }
}
