//! `fitroom status`: what is done, running, waiting and failed, on which machine, and the time left.

use std::collections::BTreeMap;
use std::fmt::Write;

use fitroom_session::report::number;
use fitroom_session::study::{RunStanding, RunState, StudyStanding, WorkLeft};
use serde::Serialize;

use crate::Failure;
use crate::cluster_arguments::StatusArguments;
use crate::output::{Rows, amount, print};

/// Most runs that are listed one by one.
const MOST_LISTED: usize = 20;

/// What `--json` prints.
#[derive(Serialize)]
struct Json<'a> {
    study: &'a str,
    dataset: &'a str,
    counts: Counts,
    #[serde(flatten)]
    left: WorkLeft,
    runs: &'a [RunStanding],
}

/// How many runs there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
struct Counts {
    runs: usize,
    finished: usize,
    diverged: usize,
    running: usize,
    waiting: usize,
    failed: usize,
}

/// Prints where the runs of a study stand.
pub fn status(arguments: &StatusArguments) -> Result<(), Failure> {
    let standing = StudyStanding::read(&arguments.dir)?;
    let left = standing.work_left();
    if !arguments.json {
        return print(&text(&standing, left));
    }
    let json = Json {
        study: &standing.study,
        dataset: &standing.dataset,
        counts: Counts::of(&standing.runs),
        left,
        runs: &standing.runs,
    };
    let json = serde_json::to_string_pretty(&json).expect("text and numbers become JSON");
    print(&format!("{json}\n"))
}

impl Counts {
    fn of(runs: &[RunStanding]) -> Self {
        let mut counts = Counts { runs: runs.len(), ..Counts::default() };
        for run in runs {
            *match run.state {
                RunState::Finished { .. } => &mut counts.finished,
                RunState::Diverged => &mut counts.diverged,
                RunState::Running { .. } => &mut counts.running,
                RunState::Waiting => &mut counts.waiting,
                RunState::Failed { .. } => &mut counts.failed,
            } += 1;
        }
        counts
    }
}

fn text(standing: &StudyStanding, left: WorkLeft) -> String {
    let runs = &standing.runs;
    let Counts { finished, diverged, running, waiting, failed, .. } = Counts::of(runs);
    let mut text = format!(
        "{} on {}: {} of {} are done\n",
        standing.study,
        standing.dataset,
        number::count((finished + diverged) as u64),
        amount(runs.len(), "run"),
    );
    let begun = runs.iter().filter(|run| run.state == RunState::Waiting && run.host.is_some());
    let begun = match begun.count() {
        0 => String::new(),
        begun => format!(", {} of them begun", number::count(begun as u64)),
    };
    for (name, count, more) in [
        ("finished", finished, ""),
        ("diverged", diverged, ""),
        ("running", running, ""),
        ("waiting", waiting, begun.as_str()),
        ("failed", failed, ""),
    ] {
        if count > 0 {
            writeln!(text, "  {name:9}{:>7}{more}", number::count(count as u64))
                .expect("to memory");
        }
    }
    if let Some(line) = time_left(left, running) {
        writeln!(text, "  {line}").expect("to memory");
    }
    text += &hosts(runs);
    text += &listed("running", runs, |run| match &run.state {
        RunState::Running { by } => {
            Some(format!("epoch {} of {}, {by}", (run.done_epochs + 1).min(run.epochs), run.epochs))
        }
        RunState::Finished { .. }
        | RunState::Diverged
        | RunState::Waiting
        | RunState::Failed { .. } => None,
    });
    text += &listed("failed", runs, |run| match &run.state {
        RunState::Failed { error } => {
            let error = error.lines().next().unwrap_or_default();
            Some(format!("{error} (on {})", run.host.as_deref().unwrap_or("an unknown machine")))
        }
        RunState::Finished { .. }
        | RunState::Diverged
        | RunState::Running { .. }
        | RunState::Waiting => None,
    });
    text
}

/// `about 12 min left, with 8 runs at a time`
fn time_left(left: WorkLeft, running: usize) -> Option<String> {
    let WorkLeft { core_seconds, seconds } = left;
    match (seconds, core_seconds) {
        (_, Some(0.0)) => None,
        (Some(seconds), _) => Some(format!(
            "about {} left, with {} at a time",
            number::duration(seconds),
            amount(running, "run")
        )),
        (None, Some(seconds)) => Some(format!(
            "nothing is trained now; about {} left, run after run",
            number::duration(seconds)
        )),
        (None, None) => None,
    }
}

/// A table of machines, if there are several.
fn hosts(runs: &[RunStanding]) -> String {
    let mut hosts: BTreeMap<&str, Counts> = BTreeMap::new();
    for run in runs {
        if let Some(host) = &run.host {
            let one = Counts::of(std::slice::from_ref(run));
            let sum = hosts.entry(host).or_default();
            sum.finished += one.finished + one.diverged;
            sum.running += one.running;
            sum.waiting += one.waiting;
            sum.failed += one.failed;
        }
    }
    let mut table =
        Rows::new(["machine", "done", "running", "stopped", "failed"].map(String::from).to_vec());
    for (host, counts) in &hosts {
        let Counts { finished, running, waiting, failed, .. } = *counts;
        let counts = [finished, running, waiting, failed].map(|count| number::count(count as u64));
        table.add([vec![(*host).to_owned()], counts.to_vec()].concat());
    }
    if hosts.is_empty() { String::new() } else { format!("\n{}", table.text("")) }
}

/// The first runs of a kind, of which `about` tells something.
fn listed(
    kind: &str,
    runs: &[RunStanding],
    about: impl Fn(&RunStanding) -> Option<String>,
) -> String {
    let lines = runs
        .iter()
        .filter_map(|run| Some(format!("  {}, seed {}: {}\n", run.network, run.seed, about(run)?)));
    let lines: Vec<String> = lines.collect();
    let more = match lines.len().saturating_sub(MOST_LISTED) {
        0 => String::new(),
        more => format!("  and {} more; --json lists all\n", number::count(more as u64)),
    };
    match lines.is_empty() {
        true => String::new(),
        false => format!("\n{kind}\n{}{more}", lines[..lines.len().min(MOST_LISTED)].concat()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(network: &str, seed: u64, state: RunState, host: &str, done_epochs: u32) -> RunStanding {
        let host = Some(host.to_owned()).filter(|host| !host.is_empty());
        let network = network.to_owned();
        RunStanding {
            network,
            seed,
            state,
            host,
            done_epochs,
            epochs: 4,
            passes: 4.0,
            epoch_cost: 10,
        }
    }

    #[test]
    fn all_kinds_of_runs_are_counted_and_those_that_matter_listed() {
        let runs = vec![
            run("a", 1, RunState::Finished { seconds: 600.0 }, "node1", 0),
            run("a", 2, RunState::Running { by: "process 12 on node1".into() }, "node1", 1),
            run("b", 1, RunState::Diverged, "node2", 0),
            run(
                "b",
                2,
                RunState::Failed { error: "disk full\nhint: make room".into() },
                "node2",
                0,
            ),
            run("c", 1, RunState::Waiting, "node2", 2),
            run("c", 2, RunState::Waiting, "", 0),
        ];
        let standing = StudyStanding { study: "widths".into(), dataset: "drawn".into(), runs };
        snapbox::assert_data_eq!(
            text(&standing, standing.work_left()),
            snapbox::str![[r#"
widths on drawn: 2 of 6 runs are done
  finished       1
  diverged       1
  running        1
  waiting        2, 1 of them begun
  failed         1
  about 33 min left, with 1 run at a time

machine   done   running   stopped   failed
node1        1         1         0        0
node2        1         0         1        1

running
  a, seed 2: epoch 2 of 4, process 12 on node1

failed
  b, seed 2: disk full (on node2)

"#]]
        );
    }

    #[test]
    fn long_lists_are_cut() {
        let running =
            |seed| run("a", seed, RunState::Running { by: "process 1 on n".into() }, "n", 0);
        let runs: Vec<_> = (1..=30).map(running).collect();
        let text = listed("running", &runs, |_| Some("x".to_owned()));
        assert_eq!(text.lines().count(), 2 + MOST_LISTED + 1);
        assert!(text.ends_with("  and 10 more; --json lists all\n"), "{text}");
    }
}
