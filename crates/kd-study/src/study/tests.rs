use crate::plan::Plan;
use crate::spec::Budget;

use super::*;

/// Two tasks of blobs, three arms.
const STUDY: &str = r#"
[study]
name = "blobs"
question = "Which?"
seeds = [7, 3]

[tasks.near]
data.gaussian_blobs = { train = 100, test = 20, classes = 4, dimensions = 2, separation = 1.0 }
teacher = { model.mlp.hidden = [8], train = { budget.epochs = 50, optimizer.adamw.learning_rate = 1e-2 } }
[tasks.near.student]
model.mlp.hidden = [4]
samples = [20, 10, "all"]
train = { budget.steps = 90, optimizer.adamw.learning_rate = 1e-2 }

[tasks.far]
data.gaussian_blobs = { train = 100, test = 20, classes = 4, dimensions = 2, separation = 2.0 }
teacher = { model.mlp.hidden = [8], train = { budget.steps = 19, optimizer.adamw.learning_rate = 1e-2 } }
[tasks.far.student]
model.mlp.hidden = [4]
samples = [10]
train = { budget.steps = 90, optimizer.adamw.learning_rate = 1e-2 }

[arms.labels]
objective.cross_entropy = {}
[arms.taught]
objective.distillation = { temperature = 2.0 }
[arms.shuffled]
objective.distillation = { temperature = 2.0, supervision.permuted = {} }
"#;

/// That study with `changes`, each of something that is in it.
pub(crate) fn study(changes: &[(&str, &str)]) -> Study {
    let text = changes.iter().fold(STUDY.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    Study::parse(&text, "study.toml").unwrap()
}

#[test]
fn what_is_written_is_what_is_asked() {
    let study = study(&[]);
    assert_eq!((study.name.as_str(), study.question.as_str(), study.smoke), ("blobs", "Which?", false));
    assert_eq!((&study.seeds[..], study.source.as_str()), (&[7, 3][..], "study.toml"));
    assert_eq!((study.confidence, study.margin, study.score), (0.95, 0.01, Score::LastStep));
    let [near, far] = &study.tasks[..] else { panic!("two tasks expected") };
    assert_eq!((near.name.as_str(), near.student.samples.as_slice()), ("near", &[10, 20, 90][..]));
    assert_eq!((near.outputs, near.predicted), (4, kd_core::objective::Predicted::Classes(4)));
    assert_eq!((near.teacher.samples, near.teacher.draw.samples, near.teacher.members), (90, 90, 1));
    let about = &near.about;
    assert_eq!((about.classes, about.test_examples, about.score), (4, 20, "accuracy"));
    assert_eq!((about.title.as_str(), about.modality.as_str()), ("Gaussian blobs", "tabular"));
    assert_ne!(near.data.fingerprint, far.data.fingerprint);
    let roles = study.arms.iter().map(|arm| (arm.name.as_str(), arm.role.clone()));
    let shuffled = Role::Control { kind: kd_analysis::ControlKind::Permuted, of: Some("taught".to_owned()) };
    assert_eq!(
        roles.collect::<Vec<_>>(),
        [("labels", Role::Labels), ("taught", Role::Distilled), ("shuffled", shuffled)]
    );
}

#[test]
fn a_smoke_study_is_small() {
    let written = study(&[
        ("seeds = [7, 3]", "seeds = [7, 3, 5]"),
        (
            "teacher = { model.mlp.hidden = [8], train = { budget.epochs",
            "teacher = { members = 3, model.mlp.hidden = [8], train = { budget.epochs",
        ),
        ("samples = [20, 10, \"all\"]", "samples = [20, 10, 30, \"all\"]"),
    ]);
    let whole = Plan::new(&written).unwrap().runs.len();
    let smoke = written.smoke();
    assert!(smoke.smoke);
    assert_eq!((smoke.name.as_str(), &smoke.seeds[..]), ("blobs-smoke", &[7, 3][..]));
    let [near, far] = &smoke.tasks[..] else { panic!("two tasks expected") };
    assert_eq!((near.teacher.members, far.teacher.members), (2, 1));
    assert_eq!((&near.student.samples[..], &far.student.samples[..]), (&[10, 90][..], &[10][..]));
    let budget = |training: &crate::spec::Training| match training.budget.unwrap() {
        Budget::Steps(steps) => ("steps", steps.get()),
        Budget::Epochs(epochs) => ("epochs", epochs.get()),
    };
    // A twentieth, but no less than one, and no more than ten steps: two epochs of 90 samples are twelve.
    assert_eq!(budget(near.teacher.training.as_ref().unwrap()), ("steps", 10));
    assert_eq!(budget(far.teacher.training.as_ref().unwrap()), ("steps", 1));
    assert_eq!(budget(&near.student.training), ("steps", 4));
    let small = Plan::new(&smoke).unwrap().runs.len();
    assert_eq!((whole, small), (3 + 1 + 3 * (4 + 1) * 3, 2 + 1 + 2 * (2 + 1) * 3));
}

/// What models read, and say, of these data.
fn read(data: &str, model: &str) -> (kd_models::Input, i64) {
    let train = "train = { budget.steps = 1, optimizer.adamw.learning_rate = 1e-2 }";
    let text = format!(
        "[study]\nname = \"s\"\nseeds = [1]\n[tasks.t]\n{data}\n[tasks.t.teacher]\n{model}\n{train}\n\
         [tasks.t.student]\n{model}\n{train}\nsamples = [5]\n[arms.features]\nobjective.features.loss.cka = {{}}\n"
    );
    let study = Study::parse(&text, "study.toml").unwrap_or_else(|error| panic!("{error}\n{text}"));
    (study.tasks[0].input, study.tasks[0].outputs)
}

#[test]
fn what_models_read_follows_from_the_data() {
    use kd_models::Input;

    let people = "data.csv = { path = \"tests/pinned/data/people.csv\", test.last = 0.3, columns.target = \"income\" }";
    let embedded = format!("{people}\nencoding.categories = \"embedded\"");
    let shapes = "data.csv = { path = \"tests/pinned/data/shapes.csv\", test.last = 0.3, columns.target = \"shape\", columns.image = { channels = 1, height = 6, width = 6 } }";
    let texts = "data.json_splits = { path = \"tests/pinned/data/intents.json\" }\nencoding.vocabulary = 50";
    let chain =
        "data.markov_text = { train = 50, test = 20, vocabulary = 5, block = 7, concentration = 1.0 }";
    let line =
        "data.linear_regression = { train = 50, test = 20, dimensions = 3, informative = 1, noise = 1.0 }";
    let mlp = "model.mlp.hidden = [4]";
    let (input, outputs) = read(shapes, mlp);
    assert_eq!((input, outputs), (Input::Image { channels: 1, height: 6, width: 6 }, 5));
    assert_eq!(read(line, mlp), (Input::Features { width: 3 }, 1));
    let bag = "model.bag_of_embeddings.dimension = 4";
    assert_eq!(read(texts, bag), (Input::Tokens { vocabulary: 50 }, 4));
    let gpt = "model.gpt = { layers = 1, heads = 1, dimension = 4, positions = 8 }";
    assert_eq!(read(chain, gpt), (Input::Sequence { vocabulary: 5, length: 7 }, 5));
    // Age and hours; four kinds of work and two of homes with a missing one, and one more of each for what is new.
    let (input, outputs) = read(&embedded, "model.mlp = { hidden = [4], embedding = 2 }");
    assert_eq!((input, outputs), (Input::Table { numeric: 2, categories: 2, levels: 5 + 4 }, 3));
}
