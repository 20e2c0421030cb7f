//! Studies that are stopped: what is finished is kept, and going on ends where an undisturbed study ends.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kd_study::{Plan, Study};

use crate::{TINY, folder_with, kd, output, stderr};

/// The tiny study with runs long enough to be stopped in the middle.
fn slower() -> String {
    TINY.replace("budget.steps = 40", "budget.steps = 400")
}

fn start(folder: &Path) -> Child {
    kd(folder, &["run", "study.toml"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What `child` says.
fn told(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap)
}

/// Waits until `child` has told of a finished run.
fn first_done(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let mut lines = told(child);
    lines.find(|line| line.contains("DONE")).unwrap();
    lines
}

/// Whether some process still works in `folder`.
fn is_anyone_at_work_in(folder: &Path) -> bool {
    fs_err::read_dir("/proc")
        .unwrap()
        .flatten()
        .any(|process| std::fs::read_link(process.path().join("cwd")).is_ok_and(|cwd| cwd == folder))
}

#[test]
fn ctrl_c_keeps_what_is_done_and_says_how_to_go_on() {
    let folder = folder_with(&slower());
    let mut child = start(folder.path());
    let lines = first_done(&mut child);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let said: Vec<String> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let last = said.last().unwrap();
    assert!(last.ends_with("are done and kept. Resume with: kd run study.toml"), "{last}");
    assert!(!is_anyone_at_work_in(folder.path()), "workers have ended");

    let resumed = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(resumed.status.code(), Some(0), "{}", stderr(&resumed));
    assert!(!stderr(&resumed).contains("(0 done"), "{}", stderr(&resumed));
}

#[test]
fn killed_at_any_moment_it_goes_on_to_the_same_bytes() {
    let undisturbed = folder_with(&slower());
    output(undisturbed.path(), &["run", "study.toml"]);
    let folder = folder_with(&slower());
    for delay in [5, 300, 700, 1100, 1600] {
        let mut child = start(folder.path());
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        let patience = Instant::now() + Duration::from_secs(30);
        while is_anyone_at_work_in(folder.path()) {
            assert!(Instant::now() < patience, "a worker outlived its study");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let last = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(last.status.code(), Some(0), "{}", stderr(&last));
    let results = |folder: &Path| fs_err::read(folder.join("results/tiny/results.parquet")).unwrap();
    assert!(results(folder.path()) == results(undisturbed.path()));
}

#[test]
fn a_killed_worker_costs_one_run_which_is_tried_again() {
    let folder = folder_with(&slower());
    let mut child = start(folder.path());
    let mut lines = told(&mut child);
    // Both teachers first, so that no student waits for what is killed.
    lines.by_ref().filter(|line| line.contains("DONE") && line.contains("teacher")).nth(1).unwrap();
    let worker = rustix::process::Pid::from_raw(children_of(child.id())[0]).unwrap();
    rustix::process::kill_process(worker, rustix::process::Signal::KILL).unwrap();
    let failed = lines.filter(|line| line.contains("FAILED")).count() as i32;
    assert_eq!(child.wait().unwrap().code(), Some(failed), "0 if it had just published its run, else 1");

    let again = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    let planned = format!("({} done, {failed} to train)", 14 - failed);
    assert!(stderr(&again).contains(&planned), "{planned}: {}", stderr(&again));
}

fn children_of(pid: u32) -> Vec<i32> {
    let list = fs_err::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    list.split_whitespace().map(|child| child.parse().unwrap()).collect()
}

#[test]
fn two_studies_do_not_share_a_results_folder_at_once() {
    let folder = folder_with(&slower());
    let mut child = start(folder.path());
    let lines = first_done(&mut child);
    let second = output(folder.path(), &["run", "study.toml"]);
    assert_eq!(second.status.code(), Some(2));
    assert!(stderr(&second).contains("in use by another `kd run`"), "{}", stderr(&second));
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_terminal_that_is_gone_stops_nothing() {
    let full = || fs_err::OpenOptions::new().write(true).open("/dev/full").unwrap().into_parts().0;
    let folder = folder_with(TINY);
    let told_nobody = kd(folder.path(), &["run", "study.toml"]).stderr(full()).output().unwrap();
    assert_eq!(told_nobody.status.code(), Some(0));
    assert!(folder.path().join("results/tiny/report.html").is_file());

    let folder = folder_with(TINY);
    let mut child = start(folder.path());
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let unheard = kd(folder.path(), &["status", "nowhere"]).stderr(full()).output().unwrap();
    assert_eq!(unheard.status.code(), Some(2));
    let unprinted = kd(folder.path(), &["status", "results/tiny"]).stdout(full()).output().unwrap();
    assert_eq!(unprinted.status.code(), Some(2), "what was asked for could not be given");
    assert!(stderr(&unprinted).contains("could not write to standard output: "), "{}", stderr(&unprinted));
}

#[test]
fn a_hang_up_stops_a_study_unless_it_was_started_to_ignore_that() {
    let hang_up = |child: &Child| {
        let pid = rustix::process::Pid::from_child(child);
        rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    };
    let folder = folder_with(&slower());
    let mut child = start(folder.path());
    let lines = first_done(&mut child);
    hang_up(&child);
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));

    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" run study.toml", env!("CARGO_BIN_EXE_kd")])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = first_done(&mut child);
    hang_up(&child);
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0), "as after nohup");
}

/// A worker of the process `parent`.
fn worker(folder: &Path, parent: u32) -> Child {
    let mut command = kd(folder, &["exec", "results", "--parent", &parent.to_string()]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until `child` has ended by itself.
fn ends(child: &mut Child) {
    let patience = Instant::now() + Duration::from_mins(1);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > patience {
            child.kill().unwrap();
            panic!("a worker outlived who started it");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_worker_whose_parent_has_gone_ends() {
    let folder = folder_with("");
    let mut orphan = worker(folder.path(), 1);
    ends(&mut orphan);
    assert!(!folder.path().join("results").exists(), "it did not even begin");

    // The end of its orders is the end of it, in the middle of a run of weeks.
    let weeks = TINY.replace("budget.epochs = 2", "budget.steps = 1_000_000_000");
    let plan = Plan::new(&Study::parse(&weeks, "study.toml").unwrap()).unwrap();
    let mut child = worker(folder.path(), std::process::id());
    let mut orders = child.stdin.take().unwrap();
    writeln!(orders, "{}", serde_json::to_string(&plan.runs[0].order()).unwrap()).unwrap();
    let mut words = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(words.any(|word| word.unwrap().contains("started")));
    drop(orders);
    ends(&mut child);
    assert!(words.all(|word| !word.unwrap().contains("published")));
}
