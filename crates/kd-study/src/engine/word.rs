//! What a worker process says, a line of JSON each.

use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::spec::RunId;
use crate::train::Milestone;

/// What a worker process says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// It trains this run.
    Started {
        /// Which.
        run: RunId,
    },
    /// It has come so far with it.
    Milestone {
        /// Which.
        run: RunId,
        /// How far.
        #[serde(flatten)]
        milestone: Milestone,
    },
    /// It has published this run, finished or failed.
    Published {
        /// Which.
        run: RunId,
    },
}

impl Word {
    /// Writes it at once, as a line of its own, whatever a library has left unfinished there.
    ///
    /// # Errors
    /// If nobody reads any more.
    pub fn say(&self, mut output: impl Write) -> Result<()> {
        output.write_all(format!("\n{}\n", serde_json::to_string(self)?).as_bytes())?;
        Ok(output.flush()?)
    }

    /// The word on a line, if there is one: libraries may write to the same place.
    #[must_use]
    pub fn on(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::plan;
    use super::*;

    #[test]
    fn words_are_lines_that_are_understood_among_others() {
        let run = plan().runs[0].id.clone();
        let milestone = Milestone {
            step: 40,
            loss: Some(0.1 + 0.2),
            gradient_norm: None,
            validation_score: Some(1.0 / 3.0),
        };
        let words = [
            Word::Started { run: run.clone() },
            Word::Milestone { run: run.clone(), milestone },
            Word::Published { run },
        ];
        let mut said = b"MKL_VERBOSE oneMKL 2024.2\n{\n".to_vec();
        for word in &words {
            word.say(&mut said).unwrap();
            said.extend(b"SGEMM(N,T,1");
        }
        let said = String::from_utf8(said).unwrap();
        assert_eq!(said.lines().filter_map(Word::on).collect::<Vec<_>>(), words);
    }
}
