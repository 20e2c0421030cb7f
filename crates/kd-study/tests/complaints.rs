//! What is said of each thing that can be wrong in a study file, and of which place.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use std::fmt::Write as _;

use kd_study::{Error, Study};

const ROOT: &str = "[study]\nname = \"s\"\nseeds = [1]\n";
const ARMS: &str = "[arms.labels]\nobjective.cross_entropy = {}\n[arms.taught]\nobjective.distillation = { temperature = 2.0 }\n";
const BLOBS: &str =
    "data.gaussian_blobs = { train = 50, test = 20, classes = 4, dimensions = 2, separation = 1.0 }";
const LINE: &str =
    "data.linear_regression = { train = 50, test = 20, dimensions = 2, informative = 1, noise = 1.0 }";
const CHAIN: &str =
    "data.markov_text = { train = 50, test = 20, vocabulary = 5, block = 4, concentration = 1.0 }";
const PEOPLE: &str =
    "data.csv = { path = \"tests/pinned/data/people.csv\", test.last = 0.3, columns.target = \"income\" }";
const TEXTS: &str = "data.json_splits = { path = \"tests/pinned/data/intents.json\" }";
const SHAPES: &str = "data.csv = { path = \"tests/pinned/data/shapes.csv\", test.last = 0.3, columns.target = \"shape\", columns.image = { channels = 1, height = 6, width = 6 } }";
const DIGITS: &str = "data.catalogue.name = \"optdigits\"";
const MODULE: &str = "torch_script.path = \"../kd-models/tests/fixtures/digits.pt\"";
const OUTPUTS: &str = "outputs = { train = \"tests/pinned/data/outputs.safetensors\", test = \"tests/pinned/data/outputs.safetensors\" }";
const MODEL: &str = "model.mlp.hidden = [8]";
const GPT: &str = "model.gpt = { layers = 1, heads = 1, dimension = 4, positions = 8 }";
const TRAIN: &str = "train = { budget.steps = 9, optimizer.adamw.learning_rate = 1e-2 }";
const LBFGS: &str = "train = { budget.steps = 9, optimizer.lbfgs = {} }";
const SOLVED: &str = "train.optimizer.least_squares = {}";

/// A task with lines of its own, of its teacher and of its student.
fn task(lines: &str, teacher: &str, student: &str) -> String {
    format!("[tasks.t]\n{lines}\n[tasks.t.teacher]\n{teacher}\n[tasks.t.student]\n{student}\n")
}

/// A study of that task with the usual arms.
fn study(lines: &str, teacher: &str, student: &str) -> String {
    format!("{ROOT}{}{ARMS}", task(lines, teacher, student))
}

/// One in which all is well but for `lines`, of the task.
fn of_task(lines: &str) -> String {
    study(lines, &format!("{MODEL}\n{TRAIN}"), &format!("samples = [10]\n{MODEL}\n{TRAIN}"))
}

/// The same of blobs, with `lines` for the teacher.
fn of_teacher(lines: &str) -> String {
    study(BLOBS, lines, &format!("samples = [10]\n{MODEL}\n{TRAIN}"))
}

/// The same with `lines` for the student, and `data`.
fn of_student(data: &str, lines: &str) -> String {
    study(data, &format!("{MODEL}\n{TRAIN}"), &format!("{lines}\n{MODEL}\n{TRAIN}"))
}

/// The same with a student that is trained so, on `data`.
fn trained(data: &str, model: &str, train: &str) -> String {
    let classes = study(data, &format!("{MODEL}\n{TRAIN}"), &format!("samples = [10]\n{model}\n{train}"));
    if data == LINE { of_objective(&classes, "squared_error = {}") } else { classes }
}

/// The same with `arms`.
fn of_arms(task: &str, arms: &str) -> String {
    task.replace(ARMS, arms)
}

/// The same with one arm that minimises this.
fn of_objective(task: &str, objective: &str) -> String {
    of_arms(task, &format!("[arms.a]\nobjective.{objective}\n"))
}

/// The same of language models.
fn of_tokens(root: &str) -> String {
    format!(
        "{root}{}{ARMS}",
        task(CHAIN, &format!("{GPT}\n{TRAIN}"), &format!("samples = [10]\n{GPT}\n{TRAIN}"))
    )
}

/// What is said, each with the place it is said of.
fn said(text: &str) -> String {
    kd_study::modules::run_by(kd_study::modules::Way::Here);
    let Err(Error::InvalidStudy(invalid)) = Study::parse(text, "study.toml") else {
        panic!("this passes:\n{text}")
    };
    let mut said = String::new();
    for problem in &invalid.problems {
        let before = &text[..problem.span.start];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1) + 1;
        writeln!(said, "{line}:{column} `{}`: {}", &text[problem.span.clone()], problem.message).unwrap();
        // What is known is a long list, and grows.
        let help: String = problem.help.as_deref().unwrap_or("-").chars().take(200).collect();
        writeln!(said, "    {} | {help}", problem.label).unwrap();
    }
    said
}

/// All of it under headings.
fn all(cases: &[(&str, String)]) -> String {
    cases.iter().map(|(heading, text)| format!("# {heading}\n{}", said(text))).collect::<Vec<_>>().join("\n")
}

#[test]
fn of_the_whole() {
    let fine = of_task(BLOBS);
    let said = all(&[
        ("no seed", fine.replace("seeds = [1]", "seeds = []")),
        ("a seed twice", fine.replace("seeds = [1]", "seeds = [1, 2, 1]")),
        ("no task", format!("{ROOT}[tasks]\n{ARMS}")),
        ("no arm", of_arms(&fine, "[arms]\n")),
        ("two faults", fine.replace("seeds = [1]", "seeds = []").replace("[10]", "[0.001, 11, 11]")),
        ("a metric like none", fine.replace("seeds", "metric = \"test_nl\"\nseeds")),
        ("a metric without a direction", fine.replace("seeds", "metric = \"kappa\"\nseeds")),
        ("a metric of numbers", fine.replace("seeds", "metric = \"test_rmse\"\nseeds")),
        (
            "a metric of other weights",
            fine.replace("seeds", "metric = \"test_nll\"\nscore = \"validation_best\"\nseeds"),
        ),
        ("to keep what is not known", fine.replace("seeds", "keep = [\"weight\"]\nseeds")),
        ("to keep what is kept", fine.replace("seeds", "keep = [\"weights\", \"weights\"]\nseeds")),
        (
            "a bias of no class",
            fine.replace("samples = [10]", "samples = [10]\nclass_bias = { \"x\" = 1.0 }"),
        ),
        ("a bias of no size", fine.replace("samples = [10]", "samples = [10]\nclass_bias = { \"1\" = nan }")),
        ("few for features", fine.replace("seeds", "representation.examples = 3\nseeds")),
        (
            "few for kernels",
            fine.replace("seeds", "representation = { examples = 10, tangent_examples = 3 }\nseeds"),
        ),
        (
            "more kernels than features",
            fine.replace("seeds", "representation = { examples = 10, tangent_examples = 11 }\nseeds"),
        ),
        ("more than there are", fine.replace("seeds", "representation.examples = 21\nseeds")),
        (
            "kernels of tokens",
            of_tokens(
                &ROOT.replace("seeds", "representation = { examples = 8, tangent_examples = 4 }\nseeds"),
            ),
        ),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn of_arms_and_objectives() {
    let fine = of_task(BLOBS);
    let shapes = of_task(&format!("{SHAPES}\naugmentation.flip = {{}}"));
    let stored = study(PEOPLE, OUTPUTS, &format!("samples = [10]\n{MODEL}\n{TRAIN}"));
    let lbfgs = trained(BLOBS, MODEL, LBFGS);
    let solved = study(
        LINE,
        &format!("model.mlp.hidden = []\n{SOLVED}"),
        &format!("samples = [10]\nmodel.mlp.hidden = []\n{SOLVED}"),
    );
    let said = all(&[
        ("called teacher", of_arms(&fine, "[arms.teacher]\nobjective.cross_entropy = {}\n")),
        ("two alike", of_arms(&fine, &format!("{ARMS}[arms.again]\nobjective.cross_entropy = {{}}\n"))),
        ("alone", of_objective(&fine, "distillation = { temperature = 2.0, supervision.ensemble = {} }")),
        (
            "alone, and stored",
            of_objective(&stored, "distillation = { temperature = 2.0, supervision.ensemble = {} }"),
        ),
        ("features of what is stored", of_objective(&stored, "features.loss.hint = {}")),
        (
            "features that are not there",
            of_objective(&fine, "features = { student = \"hidden1\", loss.hint = {} }"),
        ),
        ("features that do not fit", of_objective(&fine, "features.loss.attention_transfer = {}")),
        (
            "features of tokens",
            of_objective(&of_tokens(ROOT), "features = { teacher = \"hidden0\", loss.hint = {} }"),
        ),
        (
            "too many classes",
            of_objective(&fine, "distillation = { temperature = 2.0, supervision.top_k.k = 4 }"),
        ),
        ("numbers of classes", of_objective(&fine, "squared_error = {}")),
        ("an empty sum", of_objective(&fine, "sum.terms = {}")),
        (
            "a temperature that changes",
            of_objective(
                &fine,
                "distillation = { temperature.linear = { from = 4.0, to = 1.0 }, supervision.hard = {} }",
            ),
        ),
        (
            "contrasts of mixtures",
            of_objective(
                &shapes.replace(
                    "augmentation.flip = {}",
                    "augmentation.mix.mixup = {}\nteacher_view = \"clean\"",
                ),
                "features.loss.contrastive = {}",
            ),
        ),
        (
            "a table and views",
            of_objective(&shapes, "distillation = { temperature = 2.0, supervision.permuted = {} }"),
        ),
        (
            "what is stored and views",
            of_objective(
                &study(
                    &format!("{DIGITS}\naugmentation.flip = {{}}"),
                    MODULE,
                    &format!("samples = [10]\n{MODEL}\n{TRAIN}"),
                ),
                "distillation = { temperature = 2.0 }",
            ),
        ),
        ("drawn anew", of_objective(&lbfgs, "logit_mse.selection.random = 3")),
        ("not squared", of_objective(&solved, "huber = {}")),
        (
            "of no weight",
            of_objective(&solved, "sum.terms.a = { weight = 0.0, objective.squared_error = {} }"),
        ),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn of_data_and_what_is_read_of_them() {
    let said = all(&[
        ("unknown", of_task("data.catalogue.name = \"optdigit\"")),
        ("absent", of_task(&PEOPLE.replace("people.csv", "nobody.csv"))),
        ("no official validation", of_task(&format!("{BLOBS}\nvalidation = \"official\""))),
        ("nothing held out", of_task(&format!("{PEOPLE}\nvalidation = 0.001"))),
        (
            "everything held out",
            of_task(&format!("{BLOBS}\nvalidation = 0.999")).replace("[10]", "[\"all\"]"),
        ),
        ("an augmentation of tables", of_task(&format!("{BLOBS}\naugmentation.flip = {{}}"))),
        ("a view without views", of_task(&format!("{BLOBS}\nteacher_view = \"clean\""))),
        ("nothing to embed", of_task(&format!("{BLOBS}\nencoding.categories = \"embedded\""))),
        ("not embedded by the models", of_task(&format!("{PEOPLE}\nencoding.categories = \"embedded\""))),
        (
            "embedded by the student alone",
            trained(PEOPLE, "model.mlp = { hidden = [8], embedding = 2 }", TRAIN),
        ),
        ("a model of images", trained(BLOBS, "model.cnn = { channels = [4], hidden = 8 }", TRAIN)),
        ("too few tokens", of_task(&format!("{TEXTS}\nencoding.tokens.bpe.vocabulary = 200"))),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn of_samples() {
    let samples = |lines: &str| of_student(BLOBS, lines);
    let of_line = |lines: &str| of_objective(&of_student(LINE, lines), "squared_error = {}");
    let said = all(&[
        ("none", samples("samples = []")),
        ("too many", samples("samples = [46]")),
        (
            "too many of a teacher's few",
            study(
                BLOBS,
                &format!("samples = 20\n{MODEL}\n{TRAIN}"),
                &format!("samples = [21]\n{MODEL}\n{TRAIN}"),
            ),
        ),
        (
            "too many of others",
            study(
                BLOBS,
                &format!("samples = 20\n{MODEL}\n{TRAIN}"),
                &format!("samples = [26]\nfrom = \"others\"\n{MODEL}\n{TRAIN}"),
            ),
        ),
        ("too many of all", samples("samples = [46]\nfrom = \"all\"")),
        ("too many without classes", samples("samples = [46]\nfrom = \"all\"\nwithout = [\"2\", \"0\"]")),
        ("a share of nothing", samples("samples = [0.001]")),
        ("twice", samples("samples = [\"all\", 45]")),
        ("of nothing", samples("samples = [1]\nfrom = \"others\"")),
        ("unknown class", samples("samples = [5]\nwithout = [\"4\"]")),
        ("classes of numbers", of_line("samples = [5]\nwithout = [\"4\"]")),
        ("noise of numbers", of_line("samples = [5]\nlabel_noise.symmetric = 0.1")),
        ("noise of other classes", samples("samples = [5]\nlabel_noise.matrix = [[1.0, 0.0], [0.0, 1.0]]")),
        ("by classes of numbers", of_line("samples = [5]\nsampling = \"balanced\"")),
        (
            "distances of texts",
            study(
                TEXTS,
                &format!("model.bag_of_embeddings.dimension = 4\n{TRAIN}"),
                &format!(
                    "samples = [5]\nsampling.k_centre = {{}}\nmodel.bag_of_embeddings.dimension = 4\n{TRAIN}"
                ),
            ),
        ),
        (
            "scores that are absent",
            samples("samples = [5]\nsampling.by_score = { path = \"nowhere.txt\", order = \"highest\" }"),
        ),
        ("too many for the teacher", of_teacher(&format!("samples = 46\n{MODEL}\n{TRAIN}"))),
        (
            "too many for the teacher without a class",
            of_teacher(&format!("samples = 46\nwithout = [\"1\"]\n{MODEL}\n{TRAIN}")),
        ),
        (
            "one to divide",
            study(
                &format!("{BLOBS}\nvalidation.within = 0.2"),
                &format!("samples = 1\n{MODEL}\n{TRAIN}"),
                &format!("samples = [1]\n{MODEL}\n{TRAIN}"),
            ),
        ),
        ("a share of nothing for the teacher", of_teacher(&format!("samples = 0.001\n{MODEL}\n{TRAIN}"))),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn of_samples_without_labels() {
    let of = |lines: &str| of_student(BLOBS, &format!("samples = [10, 40]\n{lines}"));
    let heard = |objective: &str| of_objective(&of("unlabelled = [0, 5]"), objective);
    let solved = study(
        LINE,
        &format!("model.mlp.hidden = []\n{SOLVED}"),
        &format!("samples = [10]\nunlabelled = [10]\nmodel.mlp.hidden = []\n{SOLVED}"),
    );
    let mixed = format!("{SHAPES}\naugmentation.mix.mixup = {{}}");
    let said = all(&[
        ("none listed", of("unlabelled = []")),
        ("too many", of("unlabelled = [6, \"all\"]")),
        ("twice", of("unlabelled = [5, \"all\"]")),
        ("a share of nothing", of("unlabelled = [0.01]")),
        ("of nothing", of("unlabelled = [0, \"all\"]").replace("[10, 40]", "[\"all\"]")),
        ("fewer than none", of("unlabelled = [-1]")),
        ("of tokens", of_tokens(ROOT).replace("samples = [10]", "samples = [10]\nunlabelled = [5]")),
        ("of mixtures", of_student(&mixed, "samples = [10]\nunlabelled = [5]")),
        ("of squares", of_objective(&solved, "prediction_matching = {}")),
        ("decoupled", heard("decoupled.temperature = 2.0")),
        ("normalised, in a sum", heard("sum.terms.a.objective.normalised.temperature = 2.0")),
        ("weighted by confidence", heard("confidence_weighted = {}")),
        (
            "bounded",
            of_objective(&of_student(LINE, "samples = [10]\nunlabelled = [5]"), "teacher_bounded = {}"),
        ),
        ("where right", heard("distillation = { temperature = 2.0, supervision.where_right = {} }")),
        ("by class", heard("distillation = { temperature = 2.0, supervision.class_mean = {} }")),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn of_teachers_and_weights() {
    let weights = "weights.path = \"tests/pinned/data/weights.safetensors\"";
    let student = format!("samples = [10]\n{MODEL}\n{TRAIN}");
    let of_people = |teacher: &str| study(PEOPLE, teacher, &student);
    let of_texts = |teacher: &str| {
        study(TEXTS, teacher, &format!("samples = [10]\nmodel.bag_of_embeddings.dimension = 4\n{TRAIN}"))
    };
    let said = all(&[
        ("untrained", of_teacher(MODEL)),
        (
            "a new head, untrained",
            study(
                SHAPES,
                "model.mlp.hidden = [12]\nweights = { path = \"tests/pinned/data/weights.safetensors\", head = \"new\" }",
                &student,
            ),
        ),
        ("none", of_teacher("samples = 10")),
        ("two", of_people(&format!("{MODEL}\n{TRAIN}\n{OUTPUTS}"))),
        ("two others", of_people(&format!("{MODULE}\n{OUTPUTS}"))),
        ("a model and a module", of_people(&format!("{MODEL}\n{TRAIN}\n{MODULE}"))),
        (
            "what takes training",
            of_people(&format!("{OUTPUTS}\n{TRAIN}\n{weights}\nmembers = 2\nreplicates = \"per_seed\"")),
        ),
        ("outputs that are absent", of_people(&OUTPUTS.replace("outputs.s", "nothing.s"))),
        ("outputs of other data", of_teacher(OUTPUTS)),
        ("outputs for numbers", of_objective(&study(LINE, OUTPUTS, &student), "squared_error = {}")),
        ("a module of other data", of_teacher(MODULE)),
        ("a module for tokens", of_tokens(ROOT).replacen(&format!("{GPT}\n{TRAIN}"), MODULE, 1)),
        ("a module for texts", of_texts(MODULE)),
        ("no module", of_people("torch_script.path = \"tests/pinned/data/people.csv\"")),
        ("the truth of what people wrote", of_people("bayes = {}")),
        ("the truth and a model", of_teacher(&format!("bayes = {{}}\n{MODEL}\n{TRAIN}"))),
        ("weights of another model", of_teacher(&format!("{MODEL}\n{TRAIN}\n{weights}"))),
        (
            "weights that are absent",
            of_student(BLOBS, "samples = [10]\nweights.path = \"nowhere.safetensors\""),
        ),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn of_training() {
    let linear = "model.mlp.hidden = []";
    let said = all(&[
        ("no budget", trained(BLOBS, MODEL, "train = { optimizer.adamw.learning_rate = 1e-2 }")),
        ("no budget of a solver", trained(BLOBS, MODEL, "train = { optimizer.lbfgs = {} }")),
        (
            "no momentum",
            trained(
                BLOBS,
                MODEL,
                "train = { budget.steps = 9, optimizer.sgd = { learning_rate = 0.1, nesterov = true } }",
            ),
        ),
        (
            "a budget for none",
            trained(LINE, linear, "train = { budget.steps = 9, optimizer.least_squares = {} }"),
        ),
        (
            "batches of all",
            trained(BLOBS, MODEL, "train = { budget.steps = 9, batch = 8, optimizer.lbfgs = {} }"),
        ),
        (
            "an average of none",
            trained(LINE, linear, "train = { average = 0.9, optimizer.least_squares = {} }"),
        ),
        ("classes by least squares", trained(BLOBS, linear, SOLVED)),
        ("curves by least squares", trained(LINE, MODEL, SOLVED)),
        ("views of a solver", trained(&format!("{SHAPES}\naugmentation.flip = {{}}"), MODEL, LBFGS)),
        ("dropout of a solver", trained(BLOBS, "model.mlp = { hidden = [8], dropout = 0.5 }", LBFGS)),
        (
            "of the teacher",
            of_teacher(&format!("{MODEL}\ntrain = {{ optimizer.adamw.learning_rate = 1e-2 }}")),
        ),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn of_what_is_written() {
    let fine = of_task(BLOBS);
    let sweep = |list: &str| of_objective(&fine, &format!("distillation = {{ temperature = {list} }}"));
    let said = all(&[
        ("no TOML", fine.replace("name = \"s\"", "name = \"s")),
        ("twice", fine.replace("seeds = [1]", "seeds = [1]\nseeds = [2]")),
        ("a key misspelt", fine.replace("seeds", "sead = 1\nseeds")),
        ("a key like none", fine.replace("seeds", "xyzzy = 1\nseeds")),
        ("an objective misspelt", of_objective(&fine, "cross_entropie = {}")),
        ("a key of an empty table", of_objective(&fine, "confidence_weighted.by = 1")),
        ("no study", fine.replace(ROOT, "")),
        ("no tasks", format!("{ROOT}{ARMS}")),
        ("no arms", of_arms(&fine, "")),
        ("no data", fine.replace(BLOBS, "")),
        (
            "two optimisers",
            fine.replace("optimizer.adamw", "optimizer.sgd.learning_rate = 1.0, optimizer.adamw"),
        ),
        ("no list", fine.replace("seeds = [1]", "seeds = 1")),
        ("no number", fine.replace("1e-2", "\"1e-2\"")),
        ("no whole number", fine.replace("budget.steps = 9", "budget.steps = 9.5")),
        ("nothing", fine.replace("budget.steps = 9", "budget.steps = 0")),
        ("no text", fine.replace("name = \"s\"", "name = 1")),
        (
            "neither true nor false",
            fine.replace("adamw.learning_rate = 1e-2", "sgd = { learning_rate = 1.0, nesterov = 1 }"),
        ),
        (
            "no table",
            fine.replace("[arms.labels]\nobjective.cross_entropy = {}", "[arms.labels]\nobjective = 1"),
        ),
        ("a name for no folder", fine.replace("name = \"s\"", "name = \"a/b\"")),
        ("no name", fine.replace("name = \"s\"", "name = \"\"")),
        ("a share of all", fine.replace("seeds", "confidence = 1.0\nseeds")),
        ("no step", fine.replace("1e-2", "0.0")),
        ("backwards", fine.replace("1e-2", "1e-2, optimizer.adamw.weight_decay = -0.1")),
        ("for ever", fine.replace("1e-2", "1e-2, average = 1.0")),
        ("no sample", fine.replace("[10]", "[0]")),
        ("more than all", fine.replace("[10]", "[1.5]")),
        ("some", fine.replace("[10]", "[\"some\"]")),
        ("a validation of all", fine.replace(BLOBS, &format!("{BLOBS}\nvalidation = 1"))),
        ("neither a share nor a split", fine.replace(BLOBS, &format!("{BLOBS}\nvalidation = true"))),
        (
            "a validation of something else",
            fine.replace(BLOBS, &format!("{BLOBS}\nvalidation.without = 0.2")),
        ),
        ("another validation", fine.replace(BLOBS, &format!("{BLOBS}\nvalidation = \"dev\""))),
        ("a sweep over nothing", sweep("[]")),
        ("a sweep over the same", sweep("[1.0, 2.0, 1.00]")),
        ("a sweep over what is wrong", sweep("[1.0, -1.0]")),
    ]);
    insta::assert_snapshot!(said);
}

#[test]
fn what_just_fits_is_not_complained_of() {
    let fine = of_task(BLOBS);
    let of_two = |lines: &str| {
        study(
            BLOBS,
            &format!("samples = 20\nmembers = 2\n{MODEL}\n{TRAIN}"),
            &format!("{lines}\n{MODEL}\n{TRAIN}"),
        )
    };
    let shapes = of_task(&format!("{SHAPES}\naugmentation = {{ flip = {{}}, mix.mixup = {{}} }}"));
    let permuted = "distillation = { temperature = 2.0, supervision.permuted = {} }";
    for (text, what) in [
        (fine.replace("[10]", "[1, 45]"), "the least and the most M"),
        (
            fine.replace(BLOBS, &format!("{BLOBS}\nvalidation.within = 0.9")).replace("[10]", "[2, 50]"),
            "the fewest that can be divided, and all",
        ),
        (
            of_objective(
                &of_student(BLOBS, "samples = [40]\nunlabelled = [0]"),
                "decoupled = { temperature = 2.0 }",
            ),
            "labels of all, as no sample is without",
        ),
        (
            of_objective(
                &of_student(BLOBS, "samples = [40]\nunlabelled = [5]"),
                "label_smoothing.epsilon = 0.1",
            ),
            "labels alone, for whom there is no other sample",
        ),
        (of_student(BLOBS, "samples = [10, 40]\nunlabelled = [0, 0.2, \"all\"]"), "all that is left"),
        (
            study(
                BLOBS,
                &format!("samples = {{ sweep = [20, 40], as = \"N\" }}\n{MODEL}\n{TRAIN}"),
                &format!("samples = [15]\nunlabelled = [5, \"all\"]\n{MODEL}\n{TRAIN}"),
            ),
            "all that one N leaves, which is as many as are listed",
        ),
        (of_two("samples = [20]"), "as many as the teacher has"),
        (of_two("samples = [25]\nfrom = \"others\""), "all others"),
        (of_two("samples = [45]\nfrom = \"all\""), "all"),
        (of_teacher(&format!("samples = 45\n{MODEL}\n{TRAIN}")), "the most N"),
        (of_task(&format!("{BLOBS}\nvalidation = 0.98")).replace("[10]", "[1]"), "one example to learn from"),
        (
            fine.replace("seeds", "representation = { examples = 4, tangent_examples = 4 }\nseeds"),
            "the fewest",
        ),
        (
            fine.replace("seeds", "representation = { examples = 20, tangent_examples = 0 }\nseeds"),
            "the whole split",
        ),
        (
            of_tokens(
                &ROOT.replace("seeds", "representation = { examples = 8, tangent_examples = 0 }\nseeds"),
            ),
            "features of tokens",
        ),
        (
            of_objective(&fine, "distillation = { temperature = 2.0, supervision.top_k.k = 3 }"),
            "all wrong classes",
        ),
        (
            of_objective(
                &of_two("samples = [10]"),
                "distillation = { temperature = 2.0, supervision.ensemble = {} }",
            ),
            "an ensemble of two",
        ),
        (of_objective(&shapes, "features.loss.hint = {}"), "features of mixtures"),
        (
            of_objective(&shapes, "distillation = { temperature = 2.0, supervision.permuted.fresh = true }"),
            "what is drawn anew of views",
        ),
        (
            of_objective(&shapes.replace("augmentation", "teacher_view = \"clean\"\naugmentation"), permuted),
            "a table and clean views",
        ),
        (
            trained(
                BLOBS,
                MODEL,
                "train = { budget.steps = 9, optimizer.sgd = { learning_rate = 0.1, momentum = 0.1, nesterov = true } }",
            ),
            "some momentum",
        ),
        (trained(LINE, "model.mlp.hidden = []", SOLVED), "a line by least squares"),
        (trained(LINE, MODEL, LBFGS), "a curve by L-BFGS"),
    ] {
        if let Err(error) = Study::parse(&text, "study.toml") {
            panic!("{what}: {error}");
        }
    }
}

#[test]
fn a_file_is_named_and_every_place_has_its_line() {
    let text = of_task(BLOBS).replace("seeds = [1]", "seeds = [1, 1]").replace("[10]", "[10, 10]");
    let error = Study::parse(&text, "folder/study.toml").unwrap_err().to_string();
    assert_eq!(
        error,
        "folder/study.toml:3: seed 1 is listed twice\nfolder/study.toml:10: M = 10 is listed twice"
    );
    let missing = Study::read("nowhere.toml".as_ref()).unwrap_err().to_string();
    assert!(missing.starts_with("could not read study file nowhere.toml: "), "{missing}");
}
