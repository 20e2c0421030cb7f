//! Whether representations can be compared as asked.

use kd_models::Input;
use toml::Spanned;

use crate::problem::Problem;
use crate::spec::RepresentationSpec;
use crate::study::Task;

/// What the unbiased estimators take.
const LEAST: u32 = 4;

/// What is wrong with what is asked of these tasks.
pub(super) fn unfit(asked: &Spanned<RepresentationSpec>, tasks: &[Task]) -> Option<Problem> {
    let RepresentationSpec { examples, tangent_examples } = *asked.get_ref();
    let refused = |what: String, advice: String| Some(Problem::new(asked.span(), what, "here").help(advice));
    let kernels = (tangent_examples > 0).then_some(tangent_examples);
    if let Some(few) = std::iter::once(examples).chain(kernels).find(|&count| count < LEAST) {
        return refused(
            format!("{few} examples are too few to compare representations on"),
            format!("it takes at least {LEAST}; examples = 512, tangent_examples = 16 are usual"),
        );
    }
    if tangent_examples > examples {
        return refused(
            format!("tangent kernels on {tangent_examples} examples, but features on {examples}"),
            "tangent_examples are the first of `examples`; ask for no more of them".to_owned(),
        );
    }
    if let Some(task) = tasks.iter().find(|task| matches!(task.input, Input::Sequence { .. }))
        && tangent_examples > 0
    {
        return refused(
            format!("task `{}` predicts tokens, too many numbers for tangent kernels", task.name),
            "set tangent_examples = 0".to_owned(),
        );
    }
    let small = tasks.iter().find(|task| task.about.test_examples < u64::from(examples))?;
    let there = small.about.test_examples;
    refused(
        format!("{examples} examples to compare, but the test split of task `{}` has {there}", small.name),
        format!("ask for at most {there}"),
    )
}
