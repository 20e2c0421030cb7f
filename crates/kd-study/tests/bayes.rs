//! The truth of synthetic data as a teacher.
#![allow(clippy::unwrap_used)] // a test stops where something is missing

use kd_study::run::Runner;
use kd_study::spec::Part;
use kd_study::store::record::{Measures, Outcome};
use kd_study::{Plan, Store, Study};
use tch::Device;

/// A study of `data`, whose students are linear, with the names and measures of its runs.
fn trained(data: &str, loss: &str) -> Vec<(String, Measures)> {
    let text = format!(
        "[study]\nname = \"truth\"\nseeds = [1]\n[tasks.t]\naccept = [\"design\"]\ndata.{data}\nteacher.bayes = {{}}\n\
         [tasks.t.student]\nmodel.mlp.hidden = []\nsamples = [20]\n\
         train = {{ budget.steps = 300, optimizer.adamw.learning_rate = 3e-2 }}\n\
         [arms.labels]\nobjective.{loss}\n[arms.truth]\nobjective.{}\n",
        if loss.contains("squared") { "prediction_matching = {}" } else { "distillation.temperature = 1.0" }
    );
    let study = Study::parse(&text, "study.toml").unwrap_or_else(|error| panic!("{error:?}"));
    let folder = tempfile::tempdir().unwrap();
    let mut runner = Runner::new(Store::create(folder.path()).unwrap(), Device::Cpu);
    let plan = Plan::new(&study).unwrap();
    let runs = plan.runs.iter().map(|run| match runner.run(&run.order()).unwrap().outcome {
        Outcome::Finished(measures) => {
            let teaches = matches!(run.spec.part, Part::Teacher { .. });
            (if teaches { "teacher".to_owned() } else { run.place.arm.clone() }, *measures)
        }
        Outcome::Failed(failure) => panic!("{}", failure.reason),
    });
    runs.collect()
}

fn score(runs: &[(String, Measures)], name: &str) -> f64 {
    runs.iter().find(|(known, _)| known == name).unwrap().1.test.score()
}

#[test]
fn nobody_beats_it_and_who_hears_it_learns_more_of_few_samples() {
    let blobs =
        "gaussian_blobs = { train = 400, test = 4000, classes = 5, dimensions = 6, separation = 0.6 }";
    let regression =
        "linear_regression = { train = 400, test = 4000, dimensions = 8, informative = 4, noise = 1.0 }";
    for (data, loss) in [(blobs, "cross_entropy = {}"), (regression, "squared_error = {}")] {
        let runs = trained(data, loss);
        let [best, taught, labels] = ["teacher", "truth", "labels"].map(|name| score(&runs, name));
        // On 4,000 examples, one who knows the truth may be right of a few more.
        assert!(best + 0.01 > taught && taught > labels + 0.03, "{data}: {best} {taught} {labels}");
    }
}
