use std::num::NonZeroU32;

use tch::Tensor;

/// Result of this crate's operations.
pub type Result<T> = std::result::Result<T, Error>;

/// What a loss, a supervision or a metric can refuse.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A tensor has another shape than the others call for.
    #[error("{what} have shape {got:?}, expected {expected}")]
    Shape {
        /// Which tensor.
        what: &'static str,
        /// What would fit.
        expected: String,
        /// What it has.
        got: Vec<i64>,
    },
    /// A tensor holds a value that is not a finite number.
    #[error("{what} hold a value that is not a finite number; a measure of them would mean nothing")]
    NotFinite {
        /// Which tensor.
        what: &'static str,
    },
    /// Nothing can be learnt or measured with a single class.
    #[error("logits have {0} class(es), expected at least 2")]
    TooFewClasses(i64),
    /// A label is not one of the classes.
    #[error("label {label} is none of the {classes} classes, which count from 0")]
    Label {
        /// The label.
        label: i64,
        /// K.
        classes: i64,
    },
    /// More classes were selected than there are to select from.
    #[error("{chosen} classes were selected of {most}; select at most {most}")]
    TooManyClasses {
        /// How many were asked for.
        chosen: i64,
        /// How many there are.
        most: i64,
    },
    /// There is no example to measure.
    #[error("there are no examples to measure")]
    Empty,
    /// A loss compares more examples with one another than there are.
    #[error(
        "{examples} example(s) are too few for this loss, which compares at least {least} with one another"
    )]
    TooFewExamples {
        /// How many there are.
        examples: i64,
        /// How many it takes.
        least: i64,
    },
    /// An objective that learns from a teacher was given none.
    #[error("this objective learns from a teacher, but the batch has no teacher logits")]
    NoTeacher,
    /// What was heard of a teacher is not what the objective asks for.
    #[error(
        "this objective hears its teacher through `{asked}`, but these logits went through `{heard}`, or at another temperature; supervise them by this objective, with `signal::Table` or `signal::Views`"
    )]
    HeardOtherwise {
        /// The supervision that is asked for.
        asked: &'static str,
        /// The one that was applied.
        heard: &'static str,
    },
    /// Supervision was asked for of one view at a time.
    #[error(
        "`{supervision}` is made once from the teacher's logits on all examples, not view by view; make a `signal::Table` of them"
    )]
    NeedsTable {
        /// Which.
        supervision: &'static str,
    },
    /// An objective was asked of examples without labels that it cannot do without.
    #[error(
        "this objective holds what the teacher says against the label of every example, but some have none"
    )]
    NeedsLabels,
    /// A supervision was asked for, of such examples.
    #[error("`{supervision}` goes by the label of every example, but some have none")]
    SupervisionNeedsLabels {
        /// Which.
        supervision: &'static str,
    },
    /// An objective that compares features was given none.
    #[error("this objective compares features, but the {0} has none")]
    NoFeatures(&'static str),
    /// A model has no feature of that name.
    #[error("the {whose} has no feature `{name}`; it has {known}")]
    UnknownFeature {
        /// Student or teacher.
        whose: &'static str,
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// An objective on classes where numbers are predicted.
    #[error(
        "this objective is about classes, but the task predicts numbers; use `squared_error`, `huber`, `prediction_matching`, `teacher_bounded` or `features`"
    )]
    NeedsClasses,
    /// An objective on numbers where classes are predicted.
    #[error(
        "this objective is about numbers, but the task predicts classes; `kd objectives` lists the others"
    )]
    NeedsNumbers,
    /// A sum of nothing.
    #[error("a sum needs at least one term")]
    EmptySum,
    /// A sum within a sum.
    #[error(
        "a sum's terms are single objectives; write the inner sum's terms into the outer one, with multiplied weights"
    )]
    NestedSum,
    /// The supervision is computed once, at one temperature.
    #[error(
        "the temperature changes over training, but what this supervision makes of the teacher depends on it; give it one temperature, or use `full` or `permuted`"
    )]
    ChangingTemperature,
    /// A kernel of gradients was asked of logits that have none.
    #[error(
        "logits do not depend on the parameters; compute them from these parameters, with gradients enabled"
    )]
    NoGraph,
    /// A setting outside its [`Range`](crate::number::Range).
    #[error("{0}")]
    Number(String),
    /// libtorch refused.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
}

/// Number of examples and classes of `logits`.
pub(crate) fn shape_of(what: &'static str, logits: &Tensor) -> Result<(i64, i64)> {
    match logits.size()[..] {
        [_, classes] if classes < 2 => Err(Error::TooFewClasses(classes)),
        [examples, classes] => Ok((examples, classes)),
        _ => Err(Error::Shape { what, expected: "[examples, classes]".to_owned(), got: logits.size() }),
    }
}

/// That `other` has the shape of `logits`; libtorch would broadcast it silently.
pub(crate) fn same_shape(logits: &Tensor, what: &'static str, other: &Tensor) -> Result<()> {
    let (examples, classes) = shape_of("logits", logits)?;
    if other.size() == [examples, classes] {
        Ok(())
    } else {
        Err(Error::Shape {
            what,
            expected: format!("[{examples}, {classes}] like the logits"),
            got: other.size(),
        })
    }
}

/// That `other` has the shape of `predictions`, `[B, D]`; libtorch would broadcast it silently.
pub(crate) fn one_for_each_prediction(
    predictions: &Tensor,
    what: &'static str,
    other: &Tensor,
) -> Result<()> {
    let [examples, targets] = predictions.size()[..] else {
        let expected = "[examples, targets]".to_owned();
        return Err(Error::Shape { what: "predictions", expected, got: predictions.size() });
    };
    if other.size() == [examples, targets] {
        Ok(())
    } else {
        let expected = format!("[{examples}, {targets}] like the predictions");
        Err(Error::Shape { what, expected, got: other.size() })
    }
}

/// That there is one label for each row of `logits`.
pub(crate) fn one_label_each(logits: &Tensor, labels: &Tensor) -> Result<()> {
    let (examples, _) = shape_of("logits", logits)?;
    if labels.size() == [examples] {
        Ok(())
    } else {
        Err(Error::Shape {
            what: "labels",
            expected: format!("[{examples}], one for each row of logits"),
            got: labels.size(),
        })
    }
}

/// That `k` of `most` classes can be chosen.
pub(crate) fn at_most(k: NonZeroU32, most: i64) -> Result<i64> {
    let k = i64::from(k.get());
    if k <= most { Ok(k) } else { Err(Error::TooManyClasses { chosen: k, most }) }
}

/// That no value is NaN or infinite.
pub(crate) fn finite(what: &'static str, tensor: &Tensor) -> Result<()> {
    if tensor.f_isfinite()?.f_all()?.f_int64_value(&[])? == 1 {
        Ok(())
    } else {
        Err(Error::NotFinite { what })
    }
}
