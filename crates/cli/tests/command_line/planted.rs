//! Directories of results that somebody else made: links and pipes in them, and damage.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::fixture::Place;

/// Names that the program opens or replaces in a directory of results.
const NAMES: [&str; 13] = [
    "lock",
    "report-lock",
    "study.toml",
    "dataset.json",
    "report.html",
    "report.md",
    "epochs.csv",
    "summary.csv",
    "comparisons.csv",
    "plots/plain.png",
    "plots/plain.svg",
    "plots",
    "runs",
];

/// Calls the program, which must end soon, in whichever way.
fn ends(place: &Place, arguments: &[&str]) {
    let mut command = place.command(arguments);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(60), "{arguments:?} hangs");
        sleep(Duration::from_millis(5));
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(&path, to).unwrap();
        }
    }
}

#[cfg(unix)]
#[test]
fn no_command_follows_a_link_or_waits_for_a_pipe() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    place.succeed(&["run", "tiny.toml", "--epochs", "1", "--out", "whole"]);
    place.write("mine/thesis.txt", "years of work");
    for name in NAMES {
        for is_pipe in [false, true] {
            let out = place.path("out");
            copy(&place.path("whole"), &out);
            let path = out.join(name);
            let is_directory = path.is_dir();
            if is_directory {
                fs::remove_dir_all(&path).unwrap();
            } else {
                let _ = fs::remove_file(&path);
            }
            // Names of files aside that are easy to guess.
            for aside in ["partial", "new", "tmp"] {
                symlink("../mine/thesis.txt", out.join(format!("report.md.{aside}"))).unwrap();
            }
            match (is_pipe, is_directory) {
                (false, true) => symlink("../mine", &path).unwrap(),
                (false, false) => symlink(place.path("mine/thesis.txt"), &path).unwrap(),
                (true, _) => {
                    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
                    assert!(made.success());
                }
            }
            ends(&place, &["report", "out"]);
            ends(&place, &["run", "tiny.toml", "--epochs", "1", "--out", "out"]);
            ends(&place, &["verify", "out"]);
            ends(&place, &["compare", "out", "1", "2"]);
            assert_eq!(place.read("mine/thesis.txt"), "years of work", "{name}");
            assert_eq!(fs::read_dir(place.path("mine")).unwrap().count(), 1, "{name}");
            fs::remove_dir_all(out).unwrap();
        }
    }
}

#[cfg(unix)]
#[test]
fn a_download_follows_no_link() {
    use std::os::unix::fs::symlink;
    for name in [".lock", "train-images-idx3-ubyte.gz.part"] {
        let place = Place::new();
        place.write("mine/thesis.txt", "years of work");
        let cache = place.path("cache/fashion-mnist");
        fs::create_dir_all(&cache).unwrap();
        symlink(place.path("mine/thesis.txt"), cache.join(name)).unwrap();
        let called = place.call(&["data", "fetch", "--data-dir", "cache"]);
        assert_eq!(called.code, Some(2), "{}", called.stderr);
        assert!(called.stderr.contains("it is a link and not a regular file"), "{}", called.stderr);
        assert_eq!(place.read("mine/thesis.txt"), "years of work");
    }
}

#[test]
fn verify_names_every_damaged_file() {
    let place = Place::new();
    place.succeed(&["run", "tiny.toml", "--out", "out"]);
    let called = place.succeed(&["verify", "out"]);
    assert_eq!(
        called.stdout,
        "out: runs: 4 finished, 0 diverged, 0 begun\nevery file is what was written\n"
    );
    let mut runs: Vec<_> =
        fs::read_dir(place.path("out/runs")).unwrap().map(|run| run.unwrap().path()).collect();
    runs.sort();
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 4;
        fs::write(path, bytes).unwrap();
    };
    flip(&runs[0].join("best.safetensors"));
    flip(&runs[0].join("predictions.csv"));
    fs::remove_file(runs[1].join("last.safetensors")).unwrap();
    // A run under the name of another.
    fs::remove_dir_all(&runs[3]).unwrap();
    copy(&runs[2], &runs[3]);
    let called = place.call(&["verify", "out"]);
    assert_eq!(called.code, Some(1));
    let id = |run: usize| runs[run].file_name().unwrap().to_str().unwrap();
    for (file, problem) in [
        (format!("out/runs/{}/best.safetensors: ", id(0)), "its seal does not match"),
        (format!("out/runs/{}/predictions.csv: ", id(0)), ""),
        (format!("out/runs/{}/last.safetensors: ", id(1)), "it is missing"),
        (format!("out/runs/{}/run.json: ", id(3)), "it describes another run"),
    ] {
        let line = called.stdout.lines().find_map(|line| line.strip_prefix(&file));
        assert!(line.is_some_and(|line| line.contains(problem)), "{file}\n{}", called.stdout);
    }
    assert_eq!(called.stdout.lines().count(), 1 + 4, "{}", called.stdout);
    assert!(
        called.stderr.starts_with("error: four files are damaged\nhint: "),
        "{}",
        called.stderr
    );
    assert_eq!(place.call(&["verify", "images"]).code, Some(2));
    // What the hint says helps.
    [0, 1, 3].iter().for_each(|&run| fs::remove_dir_all(&runs[run]).unwrap());
    place.succeed(&["run", "tiny.toml", "--out", "out"]);
    place.succeed(&["verify", "out"]);
}
