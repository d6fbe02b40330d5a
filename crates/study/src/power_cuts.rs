//! Studies on a disk whose power is cut. Of what was not synced, such a disk keeps any part: some
//! files, some names, the beginning of a file, in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::disk::record::{Operation, Recording};
use crate::test_data::{dataset, study};
use crate::{RunOptions, RunStatus, StoredStudy, run_study};

const TEXT: &str = "seeds = 1\n[training]\nvalidation = 30\nbatch_size = 60\nepochs = 3\n\
                    [[network]]\nname = \"a\"\nlayers = \"dense 8, batchnorm, relu\"\n\
                    [[network]]\nname = \"b\"\nlayers = \"dense 4\"\n";

/// How many states after a cut are tried.
const CUTS: usize = 400;

fn run(dir: &Path) {
    let options = RunOptions { checkpoint_every: Duration::ZERO, ..RunOptions::new(1) };
    let stop = AtomicBool::new(false);
    let completion =
        run_study(&study(TEXT), &dataset(150, 40), dir, &options, &stop, &|_| {}).unwrap();
    assert_eq!(completion.finished, 2);
}

/// Each run's files that must not depend on a cut.
fn results(dir: &Path) -> Vec<Vec<u8>> {
    let stored = StoredStudy::open(dir).unwrap();
    assert!(stored.runs.iter().all(|run| run.status == RunStatus::Finished));
    let files = ["best.safetensors", "last.safetensors", "predictions.csv"];
    let file = |id: &str, name| fs::read(dir.join("runs").join(id).join(name)).unwrap();
    stored.runs.iter().flat_map(|run| files.map(|name| file(&run.id, name))).collect()
}

/// A disk as it is after a cut: names, and the content of files.
#[derive(Default)]
struct Disk {
    /// The file that each name stands for, as an index; `None` for a directory.
    names: BTreeMap<PathBuf, Option<usize>>,
    contents: Vec<Vec<u8>>,
}

/// The disk after the first `done` operations, and a cut. `keeps` decides what is kept of each
/// operation that was not synced, from 0 (nothing) to 1 (all).
fn after_cut(operations: &[Operation], done: usize, mut keeps: impl FnMut() -> f64) -> Disk {
    let operations = &operations[..done];
    let synced_after =
        |at: usize, synced: &dyn Fn(&Operation) -> bool| operations[at + 1..].iter().any(synced);
    let mut disk = Disk::default();
    // The file that each name stands for if nothing is lost.
    let mut true_names: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let parent = |path: &Path| path.parent().unwrap().to_owned();
    for (at, operation) in operations.iter().enumerate() {
        let name_is_kept = |disk: &mut f64, directory: PathBuf| {
            let is_synced = |later: &Operation| matches!(later, Operation::SyncDirectory(path) if *path == directory);
            synced_after(at, &is_synced) || *disk > 0.5
        };
        match operation {
            Operation::CreateDirectory(path) => {
                if name_is_kept(&mut keeps(), parent(path)) {
                    disk.names.insert(path.clone(), None);
                }
            }
            Operation::Create(path) => {
                disk.contents.push(Vec::new());
                let file = disk.contents.len() - 1;
                true_names.insert(path.clone(), file);
                if name_is_kept(&mut keeps(), parent(path)) {
                    disk.names.insert(path.clone(), Some(file));
                }
            }
            Operation::Write(path, bytes) => {
                let file = *true_names.entry(path.clone()).or_insert_with(|| {
                    disk.contents.push(Vec::new());
                    disk.names.insert(path.clone(), Some(disk.contents.len() - 1));
                    disk.contents.len() - 1
                });
                let is_synced =
                    |later: &Operation| matches!(later, Operation::Sync(synced) if synced == path);
                let kept = if synced_after(at, &is_synced) { 1.0 } else { keeps() };
                let kept = (bytes.len() as f64 * kept) as usize;
                disk.contents[file].extend_from_slice(&bytes[..kept]);
            }
            Operation::Rename(from, to) => {
                let Some(file) = true_names.remove(from) else { continue };
                true_names.insert(to.clone(), file);
                if name_is_kept(&mut keeps(), parent(to)) {
                    disk.names.retain(|_, other| *other != Some(file));
                    disk.names.insert(to.clone(), Some(file));
                }
            }
            Operation::Remove(path) => {
                let Some(file) = true_names.remove(path) else { continue };
                if name_is_kept(&mut keeps(), parent(path)) {
                    disk.names.retain(|_, other| *other != Some(file));
                }
            }
            Operation::Sync(_) | Operation::SyncDirectory(_) => {}
        }
    }
    disk
}

/// Makes the files and directories at `to` that `disk` has below `from`.
fn make(disk: &Disk, from: &Path, to: &Path) {
    let mut there = BTreeSet::from([from.to_owned()]);
    fs::create_dir(to).unwrap();
    for (name, file) in &disk.names {
        let Ok(relative) = name.strip_prefix(from) else { continue };
        // Without its directory, a file can't be found.
        if !there.contains(name.parent().unwrap()) {
            continue;
        }
        match file {
            Some(file) => fs::write(to.join(relative), &disk.contents[*file]).unwrap(),
            None => {
                fs::create_dir_all(to.join(relative)).unwrap();
                there.insert(name.clone());
            }
        }
    }
}

#[test]
fn a_power_cut_at_any_moment_loses_nothing_that_was_synced_and_changes_no_result() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("undisturbed");
    fs::create_dir(&dir).unwrap();
    let recording = Recording::of(&dir);
    run(&dir);
    let operations = recording.operations();
    drop(recording);
    assert!(operations.len() > 100, "{}", operations.len());
    let undisturbed = results(&dir);
    let mut state = 1_u64;
    let mut random = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    for cut in 0..CUTS {
        let done = operations.len() * cut / CUTS + 1;
        // All is kept, nothing is kept, or any part.
        let disk = match cut % 4 {
            0 => after_cut(&operations, done, || 0.0),
            1 => after_cut(&operations, done, || 1.0),
            _ => after_cut(&operations, done, &mut random),
        };
        let again = place.path().join(format!("again {cut}"));
        make(&disk, &dir, &again);
        // An outcome that was reported as stored is not lost: it was synced before.
        run(&again);
        assert!(results(&again) == undisturbed, "after {done} operations");
        fs::remove_dir_all(&again).unwrap();
    }
}
