//! Two programs that are started on the same directory at nearly the same time.
//!
//! `FITROOM_PAIRS=1000 cargo test -p fitroom --test command_line pairs` starts a thousand pairs
//! instead of some thirty.

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::fixture::{Place, Random};

fn pairs() -> u32 {
    std::env::var("FITROOM_PAIRS").map_or(36, |count| count.parse().unwrap())
}

/// What a user may do with a finished study. All leave its runs as they are, and one writes another
/// report.
const COMMANDS: [&[&str]; 6] = [
    &["run", "tiny.toml", "--out", "out"],
    &["run", "tiny.toml", "--only", "plain", "--threads", "2", "--out", "out"],
    &["report", "out"],
    &["report", "out", "--margin", "1"],
    &["compare", "out", "1", "2"],
    &["verify", "out"],
];

#[test]
fn any_two_commands_at_once_leave_no_wrong_byte() {
    let place = Place::new();
    place.succeed(COMMANDS[0]);
    let start = Instant::now();
    place.succeed(COMMANDS[2]);
    let time = start.elapsed().max(Duration::from_millis(20));
    let with_margin = {
        place.succeed(COMMANDS[3]);
        place.files()
    };
    place.succeed(COMMANDS[2]);
    let undisturbed = place.files();
    assert!(!Place::are_same(&with_margin, &undisturbed));
    let mut random = Random::new(3);
    for pair in 0..pairs() {
        let [one, other] = [pair / 6 % 6, pair % 6].map(|index| COMMANDS[index as usize]);
        // The report is made anew by those that write one.
        fs::remove_dir_all(place.path("out/plots")).unwrap();
        fs::remove_file(place.path("out/report.html")).unwrap();
        let start = |command: &[&str]| {
            let mut command = place.command(command);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let first = start(one);
        sleep(time.mul_f64(random.fraction()));
        let second = start(other);
        for (command, child) in [(one, first), (other, second)] {
            let output = child.wait_with_output().unwrap();
            let error = String::from_utf8(output.stderr).unwrap();
            let is_refused = command[0] == "run"
                && output.status.code() == Some(2)
                && error.contains("out is in use by ");
            assert!(output.status.success() || is_refused, "{one:?}, {other:?}: {error}");
        }
        if ![one[0], other[0]].iter().any(|name| ["run", "report"].contains(name)) {
            place.succeed(COMMANDS[2]);
        }
        // The report is that of one of them, as a whole.
        if !Place::are_same(&place.files(), &with_margin) {
            place.assert_same_files(&undisturbed);
        }
    }
}

#[test]
fn two_that_train_at_once_train_each_run_once() {
    let place = Place::new();
    place.succeed(&["run", "tiny.toml", "--seeds", "3", "--out", "whole"]);
    let mut random = Random::new(4);
    for _ in 0..pairs().div_ceil(9) {
        let start = |seeds: &str| {
            let arguments = ["run", "tiny.toml", "--seeds", seeds, "--out", "out"];
            let mut command = place.command(&arguments);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let first = start("2");
        sleep(Duration::from_millis(30).mul_f64(random.fraction()));
        let second = start("3");
        for child in [first, second] {
            let output = child.wait_with_output().unwrap();
            let error = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.success() || error.contains("is in use by "), "{error}");
        }
        place.succeed(&["run", "tiny.toml", "--seeds", "3", "--out", "out"]);
        place.succeed(&["verify", "out"]);
        for run in fs::read_dir(place.path("whole/runs")).unwrap() {
            let run = run.unwrap();
            let other = place.path("out/runs").join(run.file_name());
            for file in ["best.safetensors", "last.safetensors", "predictions.csv"] {
                let [one, other] = [run.path(), other.clone()].map(|run| fs::read(run.join(file)));
                assert!(one.unwrap() == other.unwrap(), "{file}");
            }
        }
        fs::remove_dir_all(place.path("out")).unwrap();
    }
}
