//! Commands that are not known.

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser};

use crate::arguments::Arguments;

/// What was typed; what cannot be understood ends the program with a word on it.
pub(crate) fn read() -> Arguments {
    Arguments::try_parse().unwrap_or_else(|error| corrected(error).exit())
}

/// The error, with the nearest command as its suggestion: clap takes another measure, by which `rnu` is `runs`.
fn corrected(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(found)) = error.get(ContextKind::InvalidSubcommand) else { return error };
    let commands = Arguments::command();
    let known =
        commands.get_subcommands().filter(|command| !command.is_hide_set()).map(clap::Command::get_name);
    match kd_analysis::nearest(found, known) {
        Some(name) => {
            error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![name.to_owned()]));
        }
        // Its own may be one that is for the program alone.
        None => {
            error.remove(ContextKind::SuggestedSubcommand);
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_command_is_the_nearest() {
        for (typed, meant) in [("rnu", "run"), ("stats", "status"), ("exlpain", "explain")] {
            let error = corrected(Arguments::try_parse_from(["kd", typed]).unwrap_err()).to_string();
            assert!(error.contains(&format!("'{meant}'")), "{error}");
        }
        let error = corrected(Arguments::try_parse_from(["kd", "exc"]).unwrap_err()).to_string();
        assert!(!error.contains("exec'"), "what is hidden is not suggested: {error}");
    }
}
