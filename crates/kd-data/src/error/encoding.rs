use std::num::NonZeroU32;

/// Examples cannot be encoded as asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// There is nothing to fit on.
    #[error("an encoder needs at least one example to be fitted on")]
    NoExamples,
    /// An encoder was fitted on another kind of input than it is given.
    #[error("an encoder fitted on {fitted} cannot read {given}")]
    Kind {
        /// What it was fitted on.
        fitted: &'static str,
        /// What it was given.
        given: &'static str,
    },
    /// An encoder was fitted on a table of other columns.
    #[error(
        "an encoder fitted on {} numeric and {} categorical columns cannot read {} and {}",
        .fitted[0], .fitted[1], .given[0], .given[1]
    )]
    Columns {
        /// Numbers of numeric and of categorical columns that it was fitted on.
        fitted: [usize; 2],
        /// Those that it was given.
        given: [usize; 2],
    },
    /// There is no form that any program would read.
    #[error("{0}")]
    Form(String),
    /// Something is set that says nothing of such tokens.
    #[error("`{0}` means nothing for these tokens; leave it out")]
    Meaningless(&'static str),
    /// A vocabulary is too small.
    #[error(
        "a vocabulary of {vocabulary} has no room for all bytes, from which BPE starts; expected at least {least}"
    )]
    Room {
        /// What was asked for.
        vocabulary: NonZeroU32,
        /// What is needed.
        least: usize,
    },
    /// A tokeniser refused what it was given.
    #[error("texts cannot be cut into tokens: {0}")]
    Tokeniser(String),
}
