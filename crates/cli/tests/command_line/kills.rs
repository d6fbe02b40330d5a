//! Studies and reports that are ended at random moments, many times, and continued each time.
//!
//! `FITROOM_KILLS=1000 cargo test -p fitroom --test command_line kills` ends programs a thousand times
//! instead of some thirty times.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::fixture::{Place, Random, without_seconds};

/// The interval is so short that a kill can hit a checkpoint within an epoch.
const ARGUMENTS: [&str; 5] = ["run", "tiny.toml", "--checkpoint-every", "0.005", "--out"];

/// A sweep whose winner is confirmed on fresh seeds.
const SWEEP: &str = r#"
name    = "tiny"
dataset = "idx:images"
seeds   = 2

[training]
epochs     = 8
batch_size = 16
validation = 24

[[network]]
name   = "width {w}"
layers = "dense {w}, relu"
sweep  = { w = [3, 5] }
"#;

/// A fifth of all endings: three studies, and the report twice as often.
fn kills() -> u32 {
    std::env::var("FITROOM_KILLS").map_or(6, |count| count.parse::<u32>().unwrap() / 5)
}

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

/// Ends a program in the `way`-th way. It may end by itself before that.
fn end(mut child: Child, way: u32) {
    let signal = |name: &str| {
        let id = child.id().to_string();
        let _ = Command::new("kill").args(["-s", name, &id]).stderr(Stdio::null()).status();
    };
    match way % 6 {
        _ if cfg!(not(unix)) => {}
        0 => {}
        1 => signal("INT"),
        2 => signal("TERM"),
        3 => signal("HUP"),
        4 => {
            signal("INT");
            sleep(Duration::from_millis(2));
            signal("INT");
        }
        _ => {
            signal("STOP");
            sleep(Duration::from_millis(5));
            signal("CONT");
            sleep(Duration::from_millis(5));
        }
    }
    // SIGKILL on Unix. The other signals are given time to work.
    if cfg!(not(unix)) || [0, 5].contains(&(way % 6)) {
        child.kill().unwrap();
    }
    child.wait().unwrap();
}

/// Runs a study with these arguments undisturbed. Then ends it at random moments, and continues it
/// each time, on 1 to 3 threads. The results must be the same.
fn ended_at_any_moment(place: &Place, study: &[&str]) {
    let arguments = |out| [&ARGUMENTS[..], &[out], study].concat();
    let start = Instant::now();
    place.succeed(&arguments("whole"));
    let whole_time = start.elapsed();
    let undisturbed = results(&place.path("whole"));
    assert!(undisturbed.len() > 2 + 3);
    let out = place.path("out");
    let mut random = Random::new(1);
    let (mut killed, mut studies) = (0, 0);
    while killed < kills() || studies == 0 {
        let _ = fs::remove_dir_all(&out);
        studies += 1;
        // Starts the study again until it finishes. Each start is ended within a third of the time
        // of a whole study, so that most starts are.
        loop {
            let threads = (killed % 3 + 1).to_string();
            let mut command =
                place.command(&[&arguments("out")[..], &["--threads", &threads]].concat());
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            sleep(whole_time.mul_f64(random.fraction() / 3.0));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                break;
            }
            if killed >= kills() {
                assert!(child.wait().unwrap().success());
                break;
            }
            end(child, random.below(6));
            killed += 1;
        }
        let after = results(&out);
        for (name, content) in &undisturbed {
            assert!(after[name] == *content, "{name} differs after {killed} kills");
        }
        assert_eq!(after.len(), undisturbed.len());
    }
    place.succeed(&["verify", "out"]);
}

#[test]
fn a_study_that_is_ended_at_any_moment_gives_the_same_results() {
    ended_at_any_moment(&Place::new(), &["--epochs", "25"]);
}

#[test]
fn a_sweep_that_is_ended_at_any_moment_confirms_the_same_winner() {
    let place = Place::new();
    place.write("tiny.toml", SWEEP);
    ended_at_any_moment(&place, &[]);
}

#[test]
fn a_study_until_clear_that_is_ended_at_any_moment_adds_the_same_seeds() {
    ended_at_any_moment(&Place::new(), &["--until-clear", "--at-most", "10"]);
}

#[test]
fn a_report_that_is_ended_at_any_moment_is_written_again_as_it_was() {
    let place = Place::new();
    place.succeed(&["run", "tiny.toml", "--out", "out"]);
    let start = Instant::now();
    place.succeed(&["report", "out"]);
    let whole_time = start.elapsed();
    let undisturbed = place.files();
    let mut random = Random::new(2);
    for killed in 0..2 * kills() {
        if killed % 2 == 0 {
            fs::remove_dir_all(place.path("out/plots")).unwrap();
        } else {
            fs::remove_file(place.path("out/report.md")).unwrap();
        }
        let mut command = place.command(&["report", "out"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        sleep(whole_time.mul_f64(random.fraction()));
        end(child, random.below(6));
        place.succeed(&["report", "out"]);
        place.assert_same_files(&undisturbed);
    }
}
