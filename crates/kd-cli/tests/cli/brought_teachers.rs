//! Teachers that people bring: programs that do anything, and teachers that are not what they are taken for.

use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use kd_data::catalogue;
use serde_json::Value;
use tch::{Kind, Tensor};

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

/// As many numbers as nobody has memory for, in none.
const BOASTS: &str = "    x = torch.flatten(input, 1)\n    return torch.expand(torch.unsqueeze(x, 2), [-1, -1, 100000000000])\n";
const FLATTENS: &str = "    return torch.flatten(input, 1)\n";
const NEVER_ENDS: &str =
    "    y = input\n    _0 = True\n    while _0:\n      y = torch.add(y, input)\n    return y\n";
const TAKES_ALL: &str = "    y = torch.zeros([25000000000], dtype=None, layout=None, device=None, pin_memory=None)\n    \
                         return torch.add(input, y)\n";
const HOARDS: &str =
    "    y = input\n    _0 = True\n    while _0:\n      y = torch.cat([y, y])\n    return y\n";
const CRASHES: &str = "    i = torch.full([1, 1], 90000000000000, dtype=4, layout=None, device=None, pin_memory=None)\n    v = \
                       torch.ones([1], dtype=None, layout=None, device=None, pin_memory=None)\n    s = \
                       torch._sparse_coo_tensor_unsafe(i, v, [10])\n    return torch.add(input, torch.to_dense(s))\n";
const PRINTS: &str =
    "    print(\"\\n{\\\"published\\\":{\\\"run\\\":\\\"00\\\"}}\\n\")\n    return torch.flatten(input, 1)\n";

#[test]
fn a_module_that_never_ends_takes_all_memory_or_crashes_is_refused() {
    for (body, settings, expected) in [
        (NEVER_ENDS, ", seconds = 10", "has not answered within 10 seconds on a batch of shape [1, 1, 8, 8]"),
        (TAKES_ALL, "", "needs more memory than the 16 GB that it may take"),
        (HOARDS, ", gigabytes = 2", "torch_script = { ..., gigabytes = 4 }"),
        (BOASTS, "", "fails on a batch of shape [1, 1, 8, 8]: "),
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
const LARGE: &str = "    n = torch.size(input, 0)\n    _0 = torch.gt(n, 600)\n    y = input\n    while _0:\n      y = torch.add(y, \
                     input)\n    return torch.flatten(y, 1)\n";

#[test]
fn a_run_whose_module_never_ends_fails_and_the_study_does_not_hang() {
    let folder = folder_of(LARGE, ", seconds = 10");
    let run = output(folder.path(), &["run", "study.toml", "--smoke", "--out", "out"]);
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    let runs = output(folder.path(), &["runs", "out", "--only", "state=failed", "--format", "json"]);
    let runs: Value = serde_json::from_slice(&runs.stdout).unwrap();
    let failed = runs[0]["run"].as_str().unwrap();
    let told = unwrapped(&stdout(&output(folder.path(), &["explain", failed, "--dir", "out"])));
    assert!(
        told.contains("has not answered within 10 seconds on a batch of shape [")
            && told.contains(", 1, 8, 8]"),
        "{told}"
    );
}

const DROPS: &str = "    return torch.dropout(torch.flatten(input, 1), 0.5, True)\n";
const CENTRES: &str = "    x = torch.flatten(input, 1)\n    return torch.sub(x, torch.mean(x, [0], True))\n";
const SOFTENS: &str = "    return torch.mul(torch.flatten(input, 1), 1.)\n";

#[test]
fn a_module_that_says_something_else_each_time_is_refused_unless_that_is_accepted() {
    for (body, expected) in [
        (DROPS, "the module draws random numbers"),
        (CENTRES, "what the module says of an example depends on the others in its batch"),
    ] {
        let folder = folder_of(body, "");
        let said = refused(folder.path());
        assert!(said.contains(expected) && said.contains("model.eval()"), "{said}");
        assert!(said.contains("accept = [\"random_teacher\"] in [tasks.digits]"), "{said}");
        let path = folder.path().join("study.toml");
        let text = fs_err::read_to_string(&path).unwrap();
        let text = text.replace("[tasks.digits]\n", "[tasks.digits]\naccept = [\"random_teacher\"]\n");
        fs_err::write(path, text).unwrap();
        let plan = output(folder.path(), &["plan", "study.toml", "--no-probe"]);
        assert_eq!(plan.status.code(), Some(0), "{}", stderr(&plan));
        assert!(stdout(&plan).contains(expected), "it is still said: {}", stdout(&plan));
    }
    let plan = output(folder_of(SOFTENS, "").path(), &["plan", "study.toml", "--no-probe"]);
    assert_eq!(plan.status.code(), Some(0), "{}", stderr(&plan));
}

/// Logits for both splits of the embedded digits that are right, but for every fourth example, which is said to be of the
/// class behind its own.
fn logits() -> [(&'static str, Tensor); 2] {
    let digits = catalogue::load("optdigits").unwrap();
    [("train", &digits.train), ("test", &digits.test)].map(|(split, examples)| {
        let labels = Tensor::from_slice(examples.labels().unwrap());
        let wrong = Tensor::arange(labels.size()[0], (Kind::Int64, tch::Device::Cpu)).remainder(4).eq(0);
        let said = (labels + wrong).remainder(10);
        (split, said.onehot(10).to_kind(Kind::Float) * 5.0 - 2.0)
    })
}

/// A folder with the tiny study of the outputs that `change` makes of [`logits`].
fn folder_saying(settings: &str, change: impl Fn(Tensor) -> Tensor) -> tempfile::TempDir {
    let text = study(&format!(
        "outputs = {{ train = \"said.safetensors\", test = \"said.safetensors\"{settings} }}"
    ));
    let folder = folder_with(&text);
    let said = logits().map(|(split, said)| (split, change(said)));
    Tensor::write_safetensors(&said, folder.path().join("said.safetensors")).unwrap();
    folder
}

fn column(said: &Tensor, order: &[i64]) -> Tensor {
    said.index_select(1, &Tensor::from_slice(order))
}

/// The ids of the runs that are planned, the teacher's first.
fn planned(folder: &Path) -> Vec<String> {
    let runs = crate::planned(&output(folder, &["plan", "study.toml", "--format", "json"]));
    runs.iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
}

/// The accuracies of a small version of the study.
fn accuracies(folder: &Path) -> Vec<String> {
    let run = output(folder, &["run", "study.toml", "--smoke", "--out", "out"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let mut table = csv::Reader::from_path(folder.join("out/results.csv")).unwrap();
    let place = table.headers().unwrap().iter().position(|name| name == "test_accuracy").unwrap();
    table.records().map(|row| row.unwrap()[place].to_owned()).collect()
}

#[test]
fn outputs_that_cannot_be_meant_are_refused_with_their_reason() {
    let same = |said: Tensor| said;
    assert_eq!(output(folder_saying("", same).path(), &["plan", "study.toml"]).status.code(), Some(0));
    let shuffled = refused(folder_saying("", |said| said.roll([1000_i64], [0])).path());
    for reason in
        ["no better than chance", "rows of its outputs may be in another order", "teacher_at_chance"]
    {
        assert!(shuffled.contains(reason), "{shuffled}");
    }
    let soft = refused(folder_saying("", |said| said.softmax(1, Kind::Float)).path());
    assert!(soft.contains("says probabilities") && soft.contains("as = \"probabilities\""), "{soft}");
    let logits = refused(folder_saying(", as = \"probabilities\"", same).path());
    assert!(logits.contains("are no probabilities in row 0"), "{logits}");
}

#[test]
fn probabilities_are_read_as_their_logarithms() {
    let soft = |said: Tensor| said.softmax(1, Kind::Float);
    let (logits, probabilities) =
        (folder_saying("", move |said| soft(said).log()), folder_saying(", as = \"probabilities\"", soft));
    assert_eq!(accuracies(logits.path()), accuracies(probabilities.path()));
    assert_ne!(planned(logits.path())[0], planned(probabilities.path())[0]);
}

#[test]
fn the_classes_of_a_teacher_can_be_named_in_its_own_order() {
    let order = [3, 1, 4, 0, 5, 9, 2, 6, 8, 7];
    let own = move |said: Tensor| column(&said, &order);
    let misread = refused(folder_saying("", own).path());
    let classes = r#"classes = ["3", "1", "4", "0", "5", "9", "2", "6", "8", "7"]"#;
    assert!(misread.contains("in another order than those of the data"), "{misread}");
    assert!(misread.replace(' ', "").contains(&classes.replace(' ', "")), "{misread}");

    let named = folder_saying(&format!(", {classes}"), own);
    let plan = stdout(&output(named.path(), &["plan", "study.toml", "--no-probe"]));
    assert!(plan.contains("its classes in this order: 3, 1, 4, 0, 5, 9, 2, 6, 8, 7"), "{plan}");
    let plain = folder_saying("", |said| said);
    assert_eq!(accuracies(named.path()), accuracies(plain.path()));

    let same = r#", classes = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]"#;
    assert_eq!(
        planned(folder_saying(same, |said| said).path()),
        planned(plain.path()),
        "nothing is said by it"
    );
    for (classes, expected) in [
        (r#", classes = ["0", "1"]"#, "class `2` of the data is not among those of the teacher"),
        (r#", classes = ["0", "ten"]"#, "unknown class `ten`"),
        (r#", classes = ["0", "0"]"#, "class `0` is listed twice"),
    ] {
        let said = refused(folder_saying(classes, |said| said).path());
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn weights_that_know_nothing_are_refused_and_what_their_names_begin_with_is_said() {
    let text = study("model.mlp = { hidden = [32] }\nweights = { path = \"w.safetensors\" }");
    let folder = folder_with(&text);
    let zeros = |size: &[i64]| Tensor::zeros(size, (Kind::Float, tch::Device::Cpu));
    let weights = [
        ("_orig_mod.hidden0.weight", zeros(&[32, 64])),
        ("_orig_mod.hidden0.bias", zeros(&[32])),
        ("_orig_mod.head.weight", zeros(&[10, 32])),
        ("_orig_mod.head.bias", zeros(&[10])),
    ];
    Tensor::write_safetensors(&weights, folder.path().join("w.safetensors")).unwrap();
    let said = refused(folder.path());
    assert!(said.contains("w.safetensors: the teacher is no better than chance"), "{said}");
    let text = text.replace("[tasks.digits]\n", "[tasks.digits]\naccept = [\"teacher_at_chance\"]\n");
    fs_err::write(folder.path().join("study.toml"), text).unwrap();
    let plan = stdout(&output(folder.path(), &["plan", "study.toml", "--no-probe"]));
    assert!(plan.contains("without the `_orig_mod.` that all their names begin with"), "{plan}");
}

#[test]
fn a_teacher_of_whose_samples_nothing_is_said_is_pointed_out() {
    let doubt = "how many samples the teacher was trained on is not said: N is taken to be 3441";
    let plan = |folder: &Path| stdout(&output(folder, &["plan", "study.toml", "--no-probe"]));
    assert!(plan(folder_saying("", |said| said).path()).contains(doubt));
    let folder = folder_saying("", |said| said);
    let path = folder.path().join("study.toml");
    let text = fs_err::read_to_string(&path).unwrap();
    fs_err::write(&path, text.replace("outputs =", "samples = \"all\"\noutputs =")).unwrap();
    assert!(!plan(folder.path()).contains(doubt));
    let own = folder_with(&TINY.replace("replicates = \"per_seed\"", "members = 3"));
    let plan = plan(own.path());
    assert!(!plan.contains(doubt) && plan.contains("ensemble of 3: mlp 32"), "{plan}");
}

/// The folder of inputs that people brought, if it is there.
#[allow(clippy::print_stderr)] // says what was not tested
fn cases() -> Option<std::path::PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases");
    let folder = std::env::var_os("KD_CASES").map_or_else(|| beside.into(), std::path::PathBuf::from);
    if !folder.is_dir() {
        eprintln!("skipped: no folder of inputs that people brought; set KD_CASES to it");
        return None;
    }
    Some(folder)
}

#[test]
fn what_people_brought_is_told_apart() {
    let Some(cases) = cases() else { return };
    for (folder, study, expected) in [
        ("12-numeric-class-order", "study-torchvision.toml", "as torchvision orders folders"),
        ("13-teacher-outputs", "study-shuffled.toml", "no better than chance"),
        ("13-teacher-outputs", "study-pt.toml", "in a file of torch.save"),
        ("13-teacher-outputs", "study-probabilities.toml", "as = \"probabilities\""),
        ("14-torchscript", "study-traced-train.toml", "model.eval()"),
        ("14-torchscript", "study-cut.toml", "it is cut short"),
        ("14-torchscript", "study-exported.toml", "torch.export"),
    ] {
        let plan = output(&cases.join(folder), &["plan", study, "--no-probe"]);
        assert_eq!(plan.status.code(), Some(2), "{study}: {}", stdout(&plan));
        assert!(unwrapped(&stderr(&plan)).contains(expected), "{study}: {}", stderr(&plan));
    }
    let plan = output(&cases.join("12-numeric-class-order"), &["plan", "study-numeric.toml", "--no-probe"]);
    assert_eq!(plan.status.code(), Some(0), "{}", stderr(&plan));
    assert!(stdout(&plan).contains("its classes in this order: 1, 2, 3, 4"), "{}", stdout(&plan));
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
