//! Single bits that change in a study's files, and things that are planted there. Each is harmless, or
//! named: none changes a result silently.
//!
//! `FITROOM_FLIPS=10000 cargo test -p fitroom-study --test running damage` flips as many bits.

use std::path::PathBuf;

use fitroom_study::{Prediction, StudyStanding, Tensor, Verification};

use super::*;

/// How many bits are flipped.
fn flips() -> usize {
    std::env::var("FITROOM_FLIPS").map_or(1500, |count| count.parse().unwrap())
}

/// Everything that a report is made from.
#[derive(Debug, PartialEq)]
struct Read {
    study: Study,
    dataset: fitroom_study::DatasetFacts,
    host: fitroom_study::Host,
    runs: Vec<StoredRun>,
    predictions: Vec<Option<Vec<Prediction>>>,
    weights: Vec<Option<Vec<Tensor>>>,
}

fn read(dir: &Path) -> Result<Read, StoreError> {
    let stored = StoredStudy::open(dir)?;
    let predictions = stored.runs.iter().map(|run| stored.predictions(run));
    let weights = stored
        .runs
        .iter()
        .flat_map(|run| [(run, Weights::Best), (run, Weights::Last)])
        .map(|(run, which)| stored.weights(run, which));
    Ok(Read {
        predictions: predictions.collect::<Result<_, _>>()?,
        weights: weights.collect::<Result<_, _>>()?,
        study: stored.study,
        dataset: stored.dataset,
        host: stored.host,
        runs: stored.runs,
    })
}

/// All files in the directory that decide results.
fn files(dir: &Path) -> Vec<PathBuf> {
    let (mut files, mut directories) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let is_lock = path.extension().is_none() && path.ends_with("lock");
            match path.is_dir() {
                true => directories.push(path),
                false if is_lock => {}
                false => files.push(path),
            }
        }
    }
    files.sort();
    files
}

/// Numbers that look random and are the same in each run of the test.
fn random(mut state: u64) -> impl FnMut(usize) -> usize {
    move |below| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    }
}

/// Flips bits one at a time: in each file as many. Calls `check` with the file while it is damaged.
fn flip(dir: &Path, count: usize, check: impl Fn(&Path)) {
    let files = files(dir);
    let mut random = random(1);
    for flip in 0..count {
        let path = &files[flip % files.len()];
        let whole = fs::read(path).unwrap();
        let mut flipped = whole.clone();
        flipped[random(whole.len())] ^= 1 << random(8);
        fs::write(path, flipped).unwrap();
        check(path);
        fs::write(path, whole).unwrap();
    }
}

#[test]
fn a_flipped_bit_in_a_finished_study_is_harmless_or_named() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    complete(&study(TEXT), dir, 2);
    let whole = read(dir).unwrap();
    let intact = Verification { finished: 4, are_runs_verified: true, ..Verification::default() };
    assert_eq!(StoredStudy::verify(dir).unwrap(), intact);
    flip(dir, flips(), |path| {
        let found = StoredStudy::verify(dir).unwrap();
        match read(dir) {
            Ok(read) => assert!(read == whole, "{} changed a result silently", path.display()),
            Err(error) => {
                let error = error.to_string();
                assert!(error.contains(&dir.display().to_string()), "{error}");
                assert!(!found.findings.is_empty(), "{error}");
            }
        }
        // A checkpoint decides nothing of a finished run, but a longer run begins with it.
        if found == intact {
            let lines = fs::read_to_string(path).unwrap_or_default();
            let is_text = path.extension().is_some_and(|kind| kind == "json" || kind == "toml");
            assert!(is_text, "{}: {lines}", path.display());
        }
    });
    assert_eq!(read(dir).unwrap(), whole);
}

#[test]
fn a_study_goes_on_from_a_flipped_bit_to_the_same_results_or_says_what_is_damaged() {
    let place = tempfile::tempdir().unwrap();
    let [whole, begun] = ["whole", "begun"].map(|name| place.path().join(name));
    let only = one_run("adam");
    complete(&only, &whole, 1);
    let whole = results(&whole);
    // Stopped after the first step of the third epoch: a start tells of its first step.
    let _ = run(&only, &begun, 1, after_epoch(2));
    let _ = run(&only, &begun, 1, |event| matches!(event, Event::Step { .. }));
    assert_eq!(StoredStudy::open(&begun).unwrap().runs[0].status, RunStatus::Pending);
    let stop = AtomicBool::new(false);
    let options = RunOptions::new(1);
    let mut named = 0;
    let files = files(&begun);
    let mut random = random(7);
    for flip in 0..flips() / 5 {
        let again = place.path().join(format!("again {flip}"));
        for path in &files {
            let to = again.join(path.strip_prefix(&begun).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(path, to).unwrap();
        }
        let path = again.join(files[flip % files.len()].strip_prefix(&begun).unwrap());
        let mut bytes = fs::read(&path).unwrap();
        let at = random(bytes.len());
        bytes[at] ^= 1 << random(8);
        fs::write(&path, bytes).unwrap();
        match run_study(&only, &dataset(150, 40), &again, &options, &stop, &|_| {}) {
            Ok(completion) => {
                assert_eq!(completion.pending, 0);
                assert!(results(&again) == whole, "byte {at} of {}", path.display());
            }
            Err(error) => {
                named += 1;
                assert!(error.to_string().contains(&again.display().to_string()), "{error}");
            }
        }
        fs::remove_dir_all(&again).unwrap();
    }
    assert!(named > flips() / 20, "{named}");
}

/// What stands in the place of a file: a link to a file of the user's, a link that leads nowhere, a
/// link to a directory, a pipe, a directory.
#[cfg(unix)]
fn plant(path: &Path, what: usize, mine: &Path) {
    use std::os::unix::fs::symlink;
    match what {
        0 => symlink(mine, path).unwrap(),
        1 => symlink(mine.with_file_name("nowhere"), path).unwrap(),
        2 => symlink(mine.parent().unwrap(), path).unwrap(),
        3 => assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success()),
        _ => fs::create_dir(path).unwrap(),
    }
}

#[test]
#[cfg(unix)]
fn what_is_planted_is_not_followed_and_holds_nothing_up() {
    let place = tempfile::tempdir().unwrap();
    let mine = place.path().join("home/mine");
    fs::create_dir(place.path().join("home")).unwrap();
    fs::write(&mine, "years of work").unwrap();
    let only = one_run("adam");
    for stopped_in in [2, 5] {
        let dir = place.path().join(format!("stopped in {stopped_in}"));
        let _ = run(&only, &dir, 1, after_epoch(stopped_in));
        let run_dir = dir.join("runs").join(&StoredStudy::open(&dir).unwrap().runs[0].id);
        // Also files that are there for a while only, and directories.
        let of_study = ["runs", "reference", "lock", "study-lock"].map(|name| dir.join(name));
        let of_run = ["lock", "failure.json", "training.json"].map(|name| run_dir.join(name));
        for path in files(&dir).into_iter().chain(of_study).chain(of_run) {
            for what in 0..5 {
                let again = place.path().join("again");
                copy(&dir, &again);
                let path = again.join(path.strip_prefix(&dir).unwrap());
                let _ = fs::remove_file(&path);
                let _ = fs::remove_dir_all(&path);
                plant(&path, what, &mine);
                // An error or not: neither may read, write or wait for what was planted.
                let _ = read(&again);
                let _ = StoredStudy::verify(&again);
                let _ = StudyStanding::read(&again);
                let _ =
                    StoredStudy::merge(&place.path().join("merged"), std::slice::from_ref(&again));
                let _ = StoredStudy::merge(&again, std::slice::from_ref(&dir));
                let _ = run_share(&only, &again, "1/1");
                let _ = run(&only, &again, 1, |_| false);
                assert_eq!(fs::read(&mine).unwrap(), b"years of work", "{}", path.display());
                let home = fs::read_dir(place.path().join("home")).unwrap().count();
                assert_eq!(home, 1, "{}", path.display());
                fs::remove_dir_all(&again).unwrap();
                let _ = fs::remove_dir_all(place.path().join("merged"));
            }
        }
    }
}

#[cfg(unix)]
fn run_share(study: &Study, dir: &Path, share: &str) -> Result<Completion, RunError> {
    let options = RunOptions { share: Some(share.parse().unwrap()), ..RunOptions::new(1) };
    run_study(study, &dataset(150, 40), dir, &options, &AtomicBool::new(false), &|_| {})
}

#[cfg(unix)]
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

#[test]
fn weights_of_another_epoch_and_a_damaged_mark_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    complete(&study(TEXT), dir, 2);
    let stored = StoredStudy::open(dir).unwrap();
    let differs = |run: &&StoredRun| {
        run.outcome.is_some_and(|outcome| outcome.best.epoch != outcome.last.epoch)
    };
    let run = stored.runs.iter().find(differs).expect("a run whose best epoch is not its last");
    let file = |name: &str| dir.join("runs").join(&run.id).join(name);
    fs::copy(file("best.safetensors"), file("last.safetensors")).unwrap();
    let error = stored.weights(run, Weights::Last).unwrap_err().to_string();
    assert!(error.contains("it holds the weights after epoch "), "{error}");
    fs::write(file("training.json"), "{\"start\":").unwrap();
    // What another program leaves there is nobody's business.
    fs::write(dir.join("runs/.DS_Store"), "").unwrap();
    let found = StoredStudy::verify(dir).unwrap().findings;
    let mut names: Vec<_> = found.iter().map(|finding| finding.path.file_name().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["last.safetensors", "training.json"], "{found:?}");
    // Neither stops a study that goes on.
    complete(&study(&TEXT.replace("seeds = 2", "seeds = 3")), dir, 1);
}
