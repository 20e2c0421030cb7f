//! How a study was asked for, and what to type to ask again.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// How a study was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invocation {
    /// What names the study file in errors and commands.
    pub source: String,
    /// Whether the small version was asked for.
    pub smoke: bool,
    /// What was put into the file, `PATH=VALUE` each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<String>,
}

impl Invocation {
    /// What to type, in a shell.
    #[must_use]
    pub fn command(&self) -> String {
        let mut line = format!("kd run {}", quoted(&self.source));
        for set in &self.sets {
            let _ = write!(line, " --set {}", quoted(set));
        }
        if self.smoke {
            line.push_str(" --smoke");
        }
        line
    }
}

/// `word` as a shell takes it for one.
#[must_use]
pub fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "_-+./:@%=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_a_command_apart_as_it_was_put_together() {
        let words = [
            "plain/path-1.toml",
            "",
            "two words",
            "a='b'",
            "study.seeds=[1, \"two\"]",
            "$HOME `id` \\ ~ * ; & | < > ( ) # !",
            "two\nlines\ttab",
            "größe=蒸留",
        ];
        let line = words.map(quoted).join(" ");
        let shell = std::process::Command::new("sh").args(["-c", &format!("printf '%s\\0' {line}")]).output();
        let said = String::from_utf8(shell.unwrap().stdout).unwrap();
        assert_eq!(said.split_terminator('\0').collect::<Vec<_>>(), words);
        assert_eq!(quoted(words[0]), words[0], "what needs no quotes gets none");
    }

    #[test]
    fn a_command_says_all_that_was_asked_for() {
        let mut asked = Invocation { source: "my study.toml".to_owned(), smoke: false, sets: Vec::new() };
        assert_eq!(asked.command(), "kd run 'my study.toml'");
        asked.sets = vec!["study.name=n".to_owned(), "study.seeds=[1, 2]".to_owned()];
        asked.smoke = true;
        let said = "kd run 'my study.toml' --set study.name=n --set 'study.seeds=[1, 2]' --smoke";
        assert_eq!(asked.command(), said);
    }

    #[test]
    fn what_was_written_before_there_were_sets_is_read() {
        let written = r#"{"source":"s.toml","smoke":true}"#;
        let read: Invocation = serde_json::from_str(written).unwrap();
        assert!(read.smoke && read.sets.is_empty());
        assert_eq!(serde_json::to_string(&read).unwrap(), written);
    }
}
