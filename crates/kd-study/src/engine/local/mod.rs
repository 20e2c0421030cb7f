//! Worker processes of this machine.

mod worker;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

pub use self::worker::WorkerCommand;
use self::worker::{Heard, Worker};
use super::word::Word;
use super::{Engine, News, Report};
use crate::error::Result;
use crate::plan::PlannedRun;
use crate::spec::RunId;
use crate::store::Store;

/// Worker processes of this machine, started as they are needed, and what each is doing.
pub struct Local {
    /// The most that there may be.
    most: usize,
    command: WorkerCommand,
    logs: PathBuf,
    workers: HashMap<usize, (Worker, Option<RunId>)>,
    started: usize,
    heard: Receiver<Heard>,
    ears: Sender<Heard>,
}

impl Local {
    /// At most so many worker processes, at least one, that publish into `store`.
    #[must_use]
    pub fn new(workers: usize, command: WorkerCommand, store: &Store) -> Self {
        let (ears, heard) = channel();
        let logs = store.logs();
        Self { most: workers.max(1), command, logs, workers: HashMap::new(), started: 0, heard, ears }
    }

    /// An idle worker, if need be a new one.
    fn idle(&mut self) -> Result<&mut (Worker, Option<RunId>)> {
        let idle = self.workers.iter().find(|(_, (_, run))| run.is_none()).map(|(&index, _)| index);
        let index = idle.unwrap_or(self.started);
        if idle.is_none() {
            let worker = Worker::start(&self.command, index, &self.logs, self.ears.clone())?;
            self.workers.insert(index, (worker, None));
            self.started += 1;
        }
        Ok(self.workers.get_mut(&index).unwrap_or_else(|| unreachable!("found or put there just now")))
    }
}

impl Engine for Local {
    fn capacity(&self) -> usize {
        self.most
    }

    /// Workers end with the process that started them.
    fn attach(&mut self, _: &[&PlannedRun]) -> Result<Vec<RunId>> {
        Ok(Vec::new())
    }

    fn submit(&mut self, runs: &[&PlannedRun]) -> Result<()> {
        for run in runs {
            let (worker, busy) = self.idle()?;
            worker.order(&run.order())?;
            *busy = Some(run.id.clone());
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Report>> {
        let Heard { worker, word } = match self.heard.recv_timeout(Duration::from_millis(100)) {
            Ok(heard) => heard,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(None),
        };
        let Some((process, busy)) = self.workers.get_mut(&worker) else { return Ok(None) };
        let (run, news) = match word {
            Some(Word::Started { run }) => (Some(run), News::Started),
            Some(Word::Milestone { run, milestone }) => (Some(run), News::Milestone(milestone)),
            Some(Word::Published { run }) => {
                let otherwise = "the worker process published nothing; its log is in the folder `logs`";
                (busy.take_if(|busy| *busy == run), News::Ended { otherwise: otherwise.to_owned() })
            }
            None => {
                let ended = (busy.take(), News::Ended { otherwise: process.cause_of_death() });
                self.workers.remove(&worker);
                ended
            }
        };
        Ok(run.map(|run| Report { run, news }))
    }

    fn cancel(&mut self) -> Result<()> {
        self.workers.clear();
        Ok(())
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::engine::tests::plan;
    use crate::train::Milestone;

    /// An engine whose workers are a shell script that is given the id of the run it will be ordered.
    fn engine(script: &str, run: &PlannedRun, store: &Store) -> Local {
        let arguments = ["-c", script, "worker", run.id.as_str()].map(Into::into).to_vec();
        Local::new(2, WorkerCommand { program: "/bin/sh".into(), arguments, threads: 1 }, store)
    }

    fn next(engine: &mut Local) -> News {
        loop {
            if let Some(report) = engine.next().unwrap() {
                return report.news;
            }
        }
    }

    #[test]
    fn words_become_reports_and_a_death_ends_a_run() {
        let (plan, folder) = (plan(), tempfile::tempdir().unwrap());
        let store = Store::create(folder.path()).unwrap();
        let run = &plan.runs[0];
        let script = r#"
            read order
            echo "a library's greeting"
            echo "{\"started\":{\"run\":\"$1\"}}"
            echo "{\"milestone\":{\"run\":\"$1\",\"step\":3,\"loss\":0.5,\"gradient_norm\":null,\"validation_score\":null}}"
            echo "{\"published\":{\"run\":\"$1\"}}"
            read order
            exit 3"#;
        let mut engine = engine(script, run, &store);
        engine.submit(&[run]).unwrap();
        assert_eq!(next(&mut engine), News::Started);
        let milestone = Milestone { step: 3, loss: Some(0.5), gradient_norm: None, validation_score: None };
        assert_eq!(next(&mut engine), News::Milestone(milestone));
        assert!(matches!(next(&mut engine), News::Ended { .. }));
        engine.submit(&[run]).unwrap();
        assert_eq!(engine.workers.len(), 1, "the idle worker is given the next run");
        let News::Ended { otherwise } = next(&mut engine) else { panic!() };
        assert!(otherwise.contains("exit status: 3"), "{otherwise}");
        assert!(engine.workers.is_empty());
    }

    #[test]
    fn what_is_cancelled_is_dead() {
        let (plan, folder) = (plan(), tempfile::tempdir().unwrap());
        let store = Store::create(folder.path()).unwrap();
        let run = &plan.runs[0];
        let script = r#"trap "" TERM; echo "{\"started\":{\"run\":\"$1\"}}"; read order; read another"#;
        let mut engine = engine(script, run, &store);
        engine.submit(&[run, run]).unwrap();
        assert_eq!((engine.workers.len(), next(&mut engine)), (2, News::Started));
        let dead: Vec<u32> = engine.workers.values().map(|(worker, _)| worker.process()).collect();
        engine.cancel().unwrap();
        for process in dead {
            assert!(!std::path::Path::new(&format!("/proc/{process}")).exists());
        }
    }
}
