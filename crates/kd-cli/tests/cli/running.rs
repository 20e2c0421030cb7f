//! Whole studies: what they leave behind, and that nothing is done twice.

use std::path::Path;

use serde_json::Value;

use crate::{TINY, folder_with, output, planned, stderr, stdout};

fn read(folder: &Path, file: &str) -> Vec<u8> {
    fs_err::read(folder.join("results/tiny").join(file)).unwrap()
}

#[test]
fn a_study_ends_in_a_report_and_running_it_again_trains_nothing() {
    let folder = folder_with(TINY);
    let first = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    assert!(stdout(&first).ends_with("Report: results/tiny/report.html\n"), "{}", stdout(&first));
    assert_eq!(stderr(&first).matches("DONE").count(), 14);
    let files = ["report.html", "report.md", "findings.json", "results.csv", "results.parquet"];
    let written: Vec<Vec<u8>> = files.iter().map(|file| read(folder.path(), file)).collect();
    let findings: Value = serde_json::from_slice(&written[2]).unwrap();
    assert_eq!(findings.pointer("/tasks/0/info/name"), Some(&"digits".into()));

    let second = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(second.status.code(), Some(0), "{}", stderr(&second));
    assert!(stderr(&second).contains("14 runs (14 done, 0 to train)"), "{}", stderr(&second));
    assert_eq!(stderr(&second).matches("DONE").count(), 0);
    for (file, bytes) in files.iter().zip(&written) {
        assert!(read(folder.path(), file) == *bytes, "{file} is the same again");
    }
    let left = fs_err::read_dir(folder.path().join("results/tiny/attempts")).unwrap();
    assert_eq!(left.count(), 0, "nothing half-written is left");
}

#[test]
fn the_same_study_elsewhere_gives_the_same_bytes() {
    let [here, there] = [folder_with(TINY), folder_with(TINY)];
    output(here.path(), &["run", "study.toml"]);
    output(there.path(), &["run", "study.toml", "--workers", "1"]);
    assert!(read(here.path(), "results.parquet") == read(there.path(), "results.parquet"));
}

#[test]
fn another_sample_size_or_arm_trains_only_what_is_new() {
    let folder = folder_with(TINY);
    output(folder.path(), &["run", "study.toml"]);
    fs_err::write(folder.path().join("study.toml"), TINY.replace("[20, 80]", "[20, 40, 80]")).unwrap();
    let wider = output(folder.path(), &["run", "study.toml"]);
    assert!(stderr(&wider).contains("20 runs (14 done, 6 to train)"), "{}", stderr(&wider));
}

/// Numbers whose shortest decimal form a hasty parser reads back as a neighbour.
#[test]
fn awkward_numbers_name_the_same_run_in_parent_and_worker() {
    let text = TINY.replace(
        "optimizer.adamw.learning_rate = 3e-3 }\n\n[arms.labels]",
        "optimizer.adamw.learning_rate = 0.00023713737056616554 }\n\n[arms.labels]",
    );
    let text = text.replace(
        "{ temperature = 4.0 }",
        "{ temperature = 0.09090909090909091, label_weight = 0.018867924528301886 }",
    );
    let folder = folder_with(&text);
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert_eq!(stderr(&run).matches("DONE").count(), 14);
}

#[test]
fn libraries_that_write_to_standard_output_do_no_harm() {
    let folder = folder_with(TINY);
    let run = crate::kd(folder.path(), &["run", "study.toml"]).env("MKL_VERBOSE", "1").output().unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert_eq!(stderr(&run).matches("DONE").count(), 14);
}

#[test]
fn a_damaged_teacher_costs_its_students_until_it_is_mended() {
    let folder = folder_with(TINY);
    output(folder.path(), &["run", "study.toml"]);
    let runs = folder.path().join("results/tiny/runs");
    let mut teacher = None;
    for run in fs_err::read_dir(&runs).unwrap() {
        let path = run.unwrap().path();
        if path.join("outputs.safetensors").is_file() {
            teacher = Some(path);
        } else {
            fs_err::remove_dir_all(path).unwrap();
        }
    }
    let teacher = teacher.unwrap();
    fs_err::write(teacher.join("outputs.safetensors"), "damaged").unwrap();
    let broken = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(broken.status.code(), Some(1), "{}", stderr(&broken));
    assert_eq!(stderr(&broken).matches("FAILED").count(), 4, "those who hear it");
    assert!(stderr(&broken).contains("remove this run's folder"), "{}", stderr(&broken));
    // A folder without its record is as good as none.
    fs_err::remove_file(teacher.join("record.json")).unwrap();
    let mended = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(mended.status.code(), Some(0), "{}", stderr(&mended));
}

#[test]
fn tasks_that_share_a_teacher_each_report_it() {
    let (head, student) = TINY.split_once("[tasks.digits.student]").unwrap();
    let (_, task) = head.split_once("[tasks.digits]").unwrap();
    let (student, arms) = student.split_once("[arms.labels]").unwrap();
    let wider = format!(
        "[tasks.wide]{}[tasks.wide.student]{}",
        task.replace("digits.", "wide."),
        student.replace("[16]", "[24]")
    );
    let folder = folder_with(&format!("{head}[tasks.digits.student]{student}{wider}[arms.labels]{arms}"));
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert!(stderr(&run).contains("26 runs"), "2 teachers and 24 students: {}", stderr(&run));
    assert_eq!(stdout(&run).matches("  teacher   ").count(), 2, "{}", stdout(&run));
}

#[test]
fn a_smoke_run_is_small_and_kept_apart() {
    let folder = folder_with(TINY);
    let smoke = output(folder.path(), &["run", "study.toml", "--smoke", "--verbose"]);
    assert_eq!(smoke.status.code(), Some(0), "{}", stderr(&smoke));
    for told in ["a worker held at most ", "evaluation took "] {
        assert!(stderr(&smoke).contains(told), "{}", stderr(&smoke));
    }
    assert!(folder.path().join("results/tiny-smoke/report.html").is_file());
}

#[test]
fn a_failed_run_is_recorded_survived_and_explained() {
    let text = TINY.replace(
        "batch = 16, optimizer.adamw.learning_rate = 3e-3",
        "batch = 16, optimizer.sgd.learning_rate = 1e30",
    );
    let folder = folder_with(&text);
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    assert_eq!(stderr(&run).matches("FAILED").count(), 12);
    assert!(stderr(&run).contains("stopped being a finite number by step 2"), "{}", stderr(&run));
    assert!(folder.path().join("results/tiny/report.html").is_file(), "a report all the same");

    let status = output(folder.path(), &["status", "results/tiny", "--format", "json"]);
    assert_eq!(status.status.code(), Some(1));
    let json: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!((&json["finished"], &json["missing"]), (&2.into(), &0.into()));
    let id = json.pointer("/failed/0/id").and_then(Value::as_str).unwrap();

    let explained = output(folder.path(), &["explain", &id[..8]]);
    assert_eq!(explained.status.code(), Some(0), "{}", stderr(&explained));
    assert!(stdout(&explained).contains("failed"), "{}", stdout(&explained));

    // The same numbers would come again, so it is not tried again unless asked.
    let again = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains("0 to train"), "{}", stderr(&again));
    let retried = output(folder.path(), &["run", "study.toml", "--retry-failed"]);
    assert!(stderr(&retried).contains("12 to train"), "{}", stderr(&retried));
}

#[test]
fn asked_to_fail_fast_it_stops_at_the_first_failure_and_says_how_to_go_on() {
    let text = TINY.replace(
        "batch = 16, optimizer.adamw.learning_rate = 3e-3",
        "batch = 16, optimizer.sgd.learning_rate = 1e30",
    );
    let folder = folder_with(&text);
    let run = output(folder.path(), &["run", "study.toml", "--fail-fast", "--workers", "1"]);
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    let said = stderr(&run);
    assert_eq!((said.matches("DONE").count(), said.matches("FAILED").count()), (2, 1), "{said}");
    let last = said.lines().last().unwrap();
    let expected = "     Stopped at the first run that failed: 2 of 14 runs are done and kept. Resume with: kd run study.toml --fail-fast --workers 1";
    assert_eq!(last, expected);
    assert!(stdout(&run).is_empty());
    assert_eq!(fs_err::read_dir(folder.path().join("results/tiny/attempts")).unwrap().count(), 0);
    let findings: Value = serde_json::from_slice(&read(folder.path(), "findings.json")).unwrap();
    assert_eq!(findings.pointer("/tasks/0/info/name"), Some(&"digits".into()), "findings all the same");

    let resumed = output(folder.path(), &["run", "study.toml"]);
    assert!(stderr(&resumed).contains("(3 done, 11 to train)"), "{}", stderr(&resumed));
    assert_eq!(stderr(&resumed).matches("FAILED").count(), 11);
}

#[test]
fn a_report_can_be_made_again_from_the_folder_alone() {
    let folder = folder_with(TINY);
    output(folder.path(), &["run", "study.toml"]);
    let before = read(folder.path(), "report.html");
    fs_err::remove_file(folder.path().join("study.toml")).unwrap();
    fs_err::remove_file(folder.path().join("results/tiny/report.html")).unwrap();
    let report = output(folder.path(), &["report", "results/tiny"]);
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    assert!(read(folder.path(), "report.html") == before);
}

/// Objectives that a task with classes refuses.
const OF_NUMBERS: [&str; 4] = ["squared_error", "huber", "prediction_matching", "teacher_bounded"];

/// Everything that `kd objectives` lists for classes, as a study with an arm for each.
#[test]
fn everything_an_arm_can_say_trains() {
    let folder = folder_with("");
    let listed = output(folder.path(), &["objectives", "--format", "json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let mut text = TINY.split_once("[arms.labels]").unwrap().0.to_owned();
    let mut arms = 0;
    let mut arm = |written: String| {
        arms += 1;
        text.push_str(&format!("[arms.arm{arms}]\nobjective.{written}\n"));
    };
    for objective in listed["objectives"].as_array().unwrap() {
        if !OF_NUMBERS.contains(&objective["name"].as_str().unwrap()) {
            arm(written(objective));
        }
    }
    for supervision in listed["supervisions"].as_array().unwrap() {
        if supervision["name"] != "full" {
            arm(format!("distillation = {{ temperature = 3.0, supervision.{} }}", written(supervision)));
        }
    }
    arm("distillation = { temperature = 3.0, supervision.permuted.fresh = true }".to_owned());
    for loss in listed["feature_losses"].as_array().unwrap() {
        arm(format!("features = {{ student = \"stage0\", teacher = \"stage0\", loss.{} }}", written(loss)));
    }
    assert!(arms >= 40, "{arms}");
    let cnn = "model.cnn = { channels = [4], hidden = 8 }";
    let text =
        text.replace("model.mlp = { hidden = [32] }", cnn).replace("model.mlp = { hidden = [16] }", cnn);
    let text = text.replace("replicates = \"per_seed\"", "members = 2");
    let text = text.replace("seeds = [1, 2]", "seeds = [1]").replace("[20, 80]", "[20]");
    fs_err::write(folder.path().join("study.toml"), text).unwrap();
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert_eq!(stderr(&run).matches("DONE").count(), arms + 2);
}

/// Every architecture, small and without dropout, and which of the embedded data sets it reads.
const MODELS: [(&str, &[&str]); 19] = [
    ("mlp = { hidden = [16] }", &["optdigits", "letter"]),
    ("cnn = { channels = [4], hidden = 8 }", &["optdigits"]),
    ("cnn5 = { width = 4 }", &["optdigits"]),
    ("lenet = {}", &[]),
    ("resnet = { stem = \"cifar\", width = 4 }", &["optdigits"]),
    ("cifar_resnet = { depth = 8 }", &["optdigits"]),
    ("wide_resnet = { depth = 10, width = 1 }", &["optdigits"]),
    ("vgg = { width = 4, hidden = 16, dropout = 0.0 }", &["optdigits"]),
    ("mobilenet_v2 = { width = 0.1, dropout = 0.0 }", &["optdigits"]),
    ("shufflenet_v2 = { size = \"x0.5\" }", &["optdigits"]),
    ("vit = { patch = 4, layers = 1, heads = 2, dimension = 16, hidden = 16 }", &["optdigits"]),
    ("bag_of_embeddings = { dimension = 16 }", &["banking77"]),
    ("text_cnn = { dimension = 8, windows = [2], filters = 16, dropout = 0.0 }", &["banking77"]),
    ("recurrent = { dimension = 8, hidden = 8 }", &["banking77"]),
    ("transformer = { layers = 1, heads = 2, dimension = 16, hidden = 16, dropout = 0.0 }", &["banking77"]),
    ("bert = { layers = 1, heads = 2, dimension = 16, hidden = 16, dropout = 0.0 }", &["banking77"]),
    ("gpt = { layers = 1, heads = 2, dimension = 16 }", &[]),
    ("tabular_resnet = { layers = 1, dimension = 16, hidden = 16, dropout = 0.0 }", &["letter"]),
    (
        "ft_transformer = { layers = 1, heads = 2, dimension = 16, hidden = 16, attention_dropout = 0.0, dropout = 0.0 }",
        &["letter"],
    ),
];

fn name(model: &str) -> &str {
    model.split_once(' ').unwrap().0
}

/// A study with a task for each pair of a model and a data set: teacher and student alike, and one batch that holds
/// all samples, so that the loss falls if training works.
fn study_of(pairs: &[(&str, &str)]) -> String {
    let mut text = "[study]\nname = \"tiny\"\nseeds = [1]\n".to_owned();
    for (model, data) in pairs {
        let task = format!("{}-{data}", name(model));
        let train = "train = { budget.steps = 20, batch = 32, evaluations = 1, optimizer.adamw.learning_rate = 3e-3 }";
        text.push_str(&format!(
            "[tasks.{task}]\ndata.catalogue.name = \"{data}\"\n\
             [tasks.{task}.teacher]\nsamples = 32\nmodel.{model}\n{train}\n\
             [tasks.{task}.student]\nsamples = [32]\nmodel.{model}\n{train}\n"
        ));
    }
    text + "[arms.logits]\nobjective.distillation = { temperature = 2.0 }\n\
            [arms.features]\nobjective.features.loss.hint = {}\n"
}

/// Models with the data sets that they read, or with those that they do not.
fn pairs(read: bool) -> Vec<(&'static str, &'static str)> {
    let all = MODELS.iter().flat_map(|(model, reads)| {
        ["optdigits", "letter", "banking77"].map(|data| (*model, data, reads.contains(&data)))
    });
    all.filter(|(.., reads)| *reads == read).map(|(model, data, _)| (model, data)).collect()
}

#[test]
fn every_model_learns_from_logits_and_features_of_a_teacher() {
    let listed = output(Path::new("."), &["models", "list", "--format", "json"]);
    let listed: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let listed: Vec<&str> = listed.iter().map(|model| model["name"].as_str().unwrap()).collect();
    assert_eq!(listed, MODELS.map(|(model, _)| name(model)));

    let pairs = pairs(true);
    let folder = folder_with(&study_of(&pairs));
    let run = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let plan = output(folder.path(), &["plan", "study.toml", "--format", "json"]);
    let plan = planned(&plan);
    assert_eq!(plan.len(), 3 * pairs.len(), "a teacher and two students each");
    for run in plan {
        let id = run["id"].as_str().unwrap();
        let history = String::from_utf8(read(folder.path(), &format!("runs/{id}/history.csv"))).unwrap();
        let losses: Vec<f64> =
            history.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.parse().ok()).collect();
        assert_eq!(losses.len(), 20);
        assert!(losses[19] < losses[0], "{} {}: {losses:?}", run["task"], run["arm"]);
    }
}

#[test]
fn models_are_refused_for_data_that_they_do_not_read() {
    let pairs = pairs(false);
    let folder = folder_with(&study_of(&pairs));
    let plan = output(folder.path(), &["plan", "study.toml"]);
    assert_eq!(plan.status.code(), Some(2), "{}", stdout(&plan));
    for (model, _) in &pairs {
        let told = stderr(&plan).matches(&format!("model `{}` reads ", name(model))).count();
        let times = pairs.iter().filter(|(other, _)| other == model).count();
        assert_eq!(told, 2 * times, "{model}, as a teacher and as a student: {}", stderr(&plan));
    }
}

/// `NAME = { ... }` with every required parameter set.
fn written(choice: &Value) -> String {
    let required =
        choice["parameters"].as_array().unwrap().iter().filter(|parameter| parameter["required"] == true);
    let set: Vec<String> = required
        .map(|parameter| match parameter["name"].as_str().unwrap() {
            "epsilon" => "epsilon = 0.1".to_owned(),
            "accuracy" => "accuracy = 0.7".to_owned(),
            "k" => "k = 2".to_owned(),
            "loss" => "loss.hint = {}".to_owned(),
            "terms" => "terms = { a.objective.cross_entropy = {}, b = { weight.linear = { from = 0, to = 2 }, objective.logit_mse = {} } }".to_owned(),
            temperature => format!("{temperature} = 2.0"),
        })
        .collect();
    format!("{} = {{ {} }}", choice["name"].as_str().unwrap(), set.join(", "))
}

#[test]
fn averaged_weights_and_half_precision_train_and_count_as_other_runs() {
    let plain = "train = { budget.steps = 40";
    let ids = |text: &str| -> Vec<String> {
        let folder = folder_with(text);
        let run = output(folder.path(), &["run", "study.toml"]);
        assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
        let plan = output(folder.path(), &["plan", "study.toml", "--format", "json"]);
        planned(&plan).iter().map(|run| run["id"].as_str().unwrap().to_owned()).collect()
    };
    let averaged = ids(&TINY.replace(plain, "train = { average = 0.9, budget.steps = 40"));
    let halved = ids(&TINY.replace(plain, "train = { precision = \"bfloat16\", budget.steps = 40"));
    assert_eq!(averaged[..2], halved[..2], "teachers are the same");
    assert!(averaged[2..].iter().all(|id| !halved.contains(id)));
}
