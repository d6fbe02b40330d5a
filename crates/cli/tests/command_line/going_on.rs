//! Studies that are interrupted and continued.

#[cfg(unix)]
use std::io::{BufRead, BufReader, Read};
#[cfg(unix)]
use std::process::{Child, Command, Stdio};

use crate::fixture::{Place, without_seconds};

/// Ctrl-C.
#[cfg(unix)]
fn interrupt(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_cleanly_and_going_on_changes_nothing() {
    let place = Place::new();
    let arguments = ["run", "tiny.toml", "--epochs", "30", "--threads", "1", "--out"];
    let whole = [&arguments[..], &["whole"]].concat();
    place.succeed(&whole);

    let interrupted = [&arguments[..], &["in two"]].concat();
    let mut child =
        place.command(&interrupted).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut log = String::new();
    while !log.contains(": epoch 1/30") {
        assert_ne!(stderr.read_line(&mut log).unwrap(), 0, "{log}");
    }
    interrupt(&child);
    stderr.read_to_string(&mut log).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{log}");
    assert!(log.contains("stopping after the current step"), "{log}");
    let hint = log.lines().last().unwrap();
    assert!(hint.starts_with("hint: continue with: "), "{log}");
    assert!(hint.ends_with(" run tiny.toml --epochs 30 --threads 1 --out 'in two'"), "{log}");

    // The report shows the epochs that were trained.
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.ends_with("report: in two/report.html\n"), "{stdout}");
    let whole_epochs = without_seconds(&place.path("whole/epochs.csv"));
    let epochs = without_seconds(&place.path("in two/epochs.csv"));
    assert!(epochs.lines().count() > 1 && epochs.len() < whole_epochs.len(), "{epochs}");

    let called = place.succeed(&interrupted);
    assert!(called.stderr.contains(": continues after epoch "), "{}", called.stderr);
    for table in ["epochs.csv", "summary.csv"] {
        let undisturbed = without_seconds(&place.path("whole").join(table));
        assert_eq!(without_seconds(&place.path("in two").join(table)), undisturbed, "{table}");
    }

    let called = place.succeed(&interrupted);
    assert_eq!(called.stderr, "4 of 4 runs were done before\n", "nothing is trained twice");

    // Earlier versions stored no predictions. They are made from the stored weights.
    let run = std::fs::read_dir(place.path("in two/runs")).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(run.join("predictions.csv")).unwrap();
    let called = place.succeed(&interrupted);
    let lines = [
        "4 of 4 runs were done before\n",
        "classifying the test images with the stored weights of one finished run\n",
    ];
    assert_eq!(called.stderr, lines.concat());
    assert!(run.join("predictions.csv").exists());
}

#[test]
fn more_epochs_go_on_where_fewer_ended_and_say_what_is_kept() {
    let place = Place::new();
    place.succeed(&["run", "tiny.toml", "--out", "whole"]);
    place.succeed(&["run", "tiny.toml", "--epochs", "2", "--out", "out"]);
    let called = place.succeed(&["run", "tiny.toml", "--threads", "1", "--out", "out"]);
    let lines: Vec<&str> = called.stderr.lines().take(3).collect();
    let kept = "epochs was 2 and is 3: two earlier runs stay in runs/ and are left out of the report; the old settings bring them back";
    let expected = [
        format!("plain: {kept}"),
        format!("all sorts: {kept}"),
        "plain, seed 1: continues after epoch 2/3".to_owned(),
    ];
    assert_eq!(lines, expected);
    for table in ["epochs.csv", "summary.csv"] {
        assert_eq!(
            without_seconds(&place.path("out").join(table)),
            without_seconds(&place.path("whole").join(table))
        );
    }
    assert!(
        place
            .read("out/report.md")
            .contains("Four runs in `runs/` had other settings than the networks of this study")
    );
    assert!(!place.read("whole/report.md").contains("had other settings"));
}

/// If the study's directory is moved away while it runs, the error names the file that can't be
/// written, and does not say that there is no study.
#[cfg(unix)]
#[test]
fn a_directory_that_is_moved_away_is_an_error() {
    let place = Place::new();
    let arguments = ["run", "tiny.toml", "--epochs", "300", "--threads", "1", "--out", "out"];
    let mut child =
        place.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut log = String::new();
    while !log.contains(": epoch 1/300") {
        assert_ne!(stderr.read_line(&mut log).unwrap(), 0, "{log}");
    }
    std::fs::rename(place.path("out"), place.path("elsewhere")).unwrap();
    stderr.read_to_string(&mut log).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{log}");
    let error = &log[log.find("\nerror: ").expect(&log)..];
    assert!(
        error.contains("4 of the study's runs could not go on")
            && error.contains("can't write out/runs/"),
        "{error}"
    );
    // The moved directory is complete.
    let called = place.call(&["report", "elsewhere"]);
    assert_eq!(called.code, Some(0), "{}", called.stderr);
}

#[test]
fn a_run_that_fails_does_not_hold_up_the_others() {
    let place = Place::new();
    let one_seed = ["run", "tiny.toml", "--seeds", "1", "--out", "out"];
    place.succeed(&[&one_seed[..], &["--only", "plain"]].concat());
    let run = std::fs::read_dir(place.path("out/runs")).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(run.join("outcome.json")).unwrap();
    std::fs::write(run.join("checkpoint.safetensors"), "half of").unwrap();

    let called = place.call(&one_seed);
    assert_eq!(called.code, Some(1), "{}", called.stderr);
    let rows: Vec<&str> = called.stdout.lines().filter(|line| line.contains(" of 1 ")).collect();
    assert!(
        rows[0].contains("plain       0 of 1") && rows[1].contains("all sorts   1 of 1"),
        "{}",
        called.stdout
    );
    assert!(called.stderr.contains("plain, seed 1: failed: "), "{}", called.stderr);
    let error = &called.stderr[called.stderr.find("\nerror: ").unwrap()..];
    assert!(
        error.contains("checkpoint.safetensors is damaged") && error.contains("\nhint: "),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_study_in_a_directory_whose_name_is_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let place = Place::new();
    let mut command =
        place.command(&["run", "tiny.toml", "--epochs", "3000", "--threads", "1", "--out"]);
    command.arg(OsStr::from_bytes(b"bad\xff"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut log = String::new();
    while !log.contains(": epoch 1/3000") {
        assert_ne!(stderr.read_line(&mut log).unwrap(), 0, "{log}");
    }
    interrupt(&child);
    stderr.read_to_string(&mut log).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{log}");
    assert!(
        log.ends_with(
            r" --out $'bad\xff'
"
        ),
        "{log}"
    );
}
