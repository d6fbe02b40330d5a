//! Studies that are killed at random moments, many times, and continued each time.
//!
//! `FITROOM_KILLS=200 cargo test -p fitroom --test command_line kills` kills 200 times instead of
//! 12 times.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::fixture::{Place, without_seconds};

/// The interval is so short that a kill can hit a checkpoint within an epoch.
const ARGUMENTS: [&str; 8] =
    ["run", "tiny.toml", "--epochs", "25", "--checkpoint-every", "0.005", "--out", "out"];

/// The results that must not depend on kills: the tables without their times, and each run's
/// weights and predictions.
fn results(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut results = BTreeMap::new();
    for table in ["epochs.csv", "summary.csv"] {
        results.insert(table.to_owned(), without_seconds(&out.join(table)).into_bytes());
    }
    for run in fs::read_dir(out.join("runs")).unwrap() {
        let run = run.unwrap().path();
        for file in ["best.safetensors", "last.safetensors", "predictions.csv"] {
            let name = format!("{} {file}", run.file_name().unwrap().to_string_lossy());
            results.insert(name, fs::read(run.join(file)).unwrap());
        }
    }
    results
}

#[test]
fn a_study_that_is_killed_at_any_moment_gives_the_same_results() {
    let kills: u32 = std::env::var("FITROOM_KILLS").map_or(12, |count| count.parse().unwrap());
    let place = Place::new();
    let start = Instant::now();
    place.succeed(&ARGUMENTS);
    let whole_time = start.elapsed();
    let out = place.path("out");
    let undisturbed = results(&out);
    assert_eq!(undisturbed.len(), 2 + 4 * 3);

    let mut state = 1_u64;
    let mut random = move |below: Duration| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        below.mul_f64((state >> 40) as f64 / (1_u64 << 24) as f64)
    };
    let (mut killed, mut studies) = (0, 0);
    while killed < kills || studies == 0 {
        fs::remove_dir_all(&out).unwrap();
        studies += 1;
        // Starts the study again until it finishes. Each start is killed within a third of the
        // time of a whole study, so that most starts are killed.
        loop {
            // The number of threads changes too.
            let threads = if killed % 2 == 0 { "1" } else { "3" };
            let mut command = place.command(&[&ARGUMENTS[..], &["--threads", threads]].concat());
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            sleep(random(whole_time / 3));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                break;
            }
            if killed >= kills {
                assert!(child.wait().unwrap().success());
                break;
            }
            // SIGKILL on Unix.
            child.kill().unwrap();
            child.wait().unwrap();
            killed += 1;
        }
        let after = results(&out);
        for (name, content) in &undisturbed {
            assert!(after[name] == *content, "{name} differs after {killed} kills");
        }
        assert_eq!(after.len(), undisturbed.len());
    }
}
