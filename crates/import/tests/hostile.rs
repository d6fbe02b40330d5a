//! Broken logs: whatever the bytes are, a reader gives runs with notes or an error. It never panics.

use std::fs;
use std::path::{Path, PathBuf};

use fitroom_import::{GroupOptions, Grouping, NoteKind, TidyColumns, read};

/// Damaged copies of each log. More with `FITROOM_DAMAGES=10000`.
fn damages() -> usize {
    std::env::var("FITROOM_DAMAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(60)
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn copy(from: &Path, to: &Path, files: &mut Vec<PathBuf>) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to, files);
        } else {
            fs::copy(entry.path(), &to).unwrap();
            files.push(to);
        }
    }
    files.sort();
}

/// Flips, cuts, repeats or inserts bytes.
fn damage(bytes: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.usize(1..4) {
        let place = random.usize(0..=bytes.len());
        match random.u8(0..5) {
            0 => bytes.truncate(place),
            1 => bytes.insert(place, random.u8(..)),
            2 => {
                let odd: [&[u8]; 8] =
                    [b"\n", b"\"", b",", b"NaN", b"-1e999", b"[[[[", b"\xff\xfe", b"\0\0\0\0"];
                let odd = odd[random.usize(0..odd.len())];
                bytes.splice(place..place, odd.iter().copied());
            }
            3 => {
                let end = (place + random.usize(0..64)).min(bytes.len());
                let part = bytes[place..end].to_vec();
                bytes.splice(place..place, part);
            }
            _ => {
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= 1 << random.u8(0..8);
                }
            }
        }
    }
    bytes
}

fn damage_all(name: &str) {
    let mut random = fastrand::Rng::with_seed(name.len() as u64 * 7919);
    let dir = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    copy(&fixtures().join(name), dir.path(), &mut files);
    for _ in 0..damages() {
        let file = &files[random.usize(0..files.len())];
        let content = fs::read(file).unwrap();
        fs::write(file, damage(&content, &mut random)).unwrap();
        for path in [dir.path(), file] {
            if let Ok(imported) = read(path, &TidyColumns::default()) {
                let grouping = Grouping::of(&imported.runs, &GroupOptions::default(), &[]).unwrap();
                for fact in &grouping.facts {
                    assert!(!fact.to_string().is_empty());
                }
                for note in &imported.notes {
                    assert!(note.to_string().len() < 4096, "{note}");
                }
            }
        }
        fs::write(file, content).unwrap();
    }
}

#[test]
fn damaged_lightning() {
    damage_all("lightning/lightning_logs/version_0");
}

#[test]
fn damaged_keras() {
    damage_all("keras");
}

#[test]
fn damaged_hugging_face() {
    damage_all("hugging_face");
}

#[test]
fn damaged_tensorboard() {
    damage_all("tensorboard/wide_1");
}

#[test]
fn damaged_mlflow() {
    damage_all("mlflow");
}

#[test]
fn damaged_databases() {
    damage_all("mlflow_sqlite");
    damage_all("optuna");
}

#[test]
fn damaged_hydra() {
    damage_all("hydra");
}

#[test]
fn damaged_tables() {
    let dir = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(23);
    let csv = "model,seed,epoch,lr,note,val_acc\nwide,1,1,0.1,\"a, b\",0.5\nwide,1,2,0.1,\"a, b\",0.6\n\
               plain,1,1,0.1,,nan\nplain,1,2,0.1,,0.4\n";
    let wandb = "Name,State,Created,lr,seed,val_acc,_step\na,finished,x,0.1,1,0.5,9\nb,crashed,y,0.1,2,,3\n";
    let lines = "{\"seed\": 1, \"epoch\": 1, \"a\": {\"b\": [1, 2]}, \"acc\": 0.5}\n{\"seed\": 1, \"acc\": NaN}\n";
    let array = "[{\"seed\": 1, \"acc\": 0.5}, {\"seed\": 2, \"acc\": 0.6}]";
    for (name, text) in [("a.csv", csv), ("w.csv", wandb), ("a.jsonl", lines), ("a.json", array)] {
        let path = dir.path().join(name);
        for _ in 0..10 * damages() {
            fs::write(&path, damage(text.as_bytes(), &mut random)).unwrap();
            let _ = read(&path, &TidyColumns::default()).map(|imported| {
                Grouping::of(&imported.runs, &GroupOptions::default(), &[]).unwrap()
            });
        }
    }
}

#[test]
fn an_event_file_that_was_cut_gives_what_came_before() {
    let file = fixtures().join("tensorboard/wide_1");
    let file =
        fs::read_dir(file).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_file());
    let bytes = fs::read(file.unwrap()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.out.tfevents.1.host");
    fs::write(&path, &bytes[..bytes.len() / 3]).unwrap();
    let imported = read(&path, &TidyColumns::default()).unwrap();
    assert!(imported.runs[0].curve.rows().len() >= 2);
    let is_cut = |kind: &NoteKind| matches!(kind, NoteKind::Truncated { .. });
    assert!(imported.notes.iter().any(|note| is_cut(&note.kind)), "{:?}", imported.notes);
}

#[test]
fn what_is_left_of_a_cut_history_is_read() {
    let bytes = fs::read(fixtures().join("hugging_face/seed_1/trainer_state.json")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("trainer_state.json");
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let imported = read(&path, &TidyColumns::default()).unwrap();
    assert!(imported.runs[0].curve.values("loss").count() >= 2);
    let note = imported.notes[0].to_string();
    assert!(note.contains("the file ends within JSON"), "{note}");
}

#[cfg(unix)]
#[test]
fn links_and_pipes_in_a_directory_are_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    let made = std::process::Command::new("mkfifo").arg(dir.path().join("a.csv")).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink("/dev/zero", dir.path().join("b.csv")).unwrap();
    fs::write(dir.path().join("c.csv"), "seed,acc\n1,0.5\n").unwrap();
    let imported = read(dir.path(), &TidyColumns::default()).unwrap();
    assert_eq!(imported.runs.len(), 1);
    let skipped =
        imported.notes.iter().filter(|n| n.to_string().contains("was not opened")).count();
    assert!(skipped >= 1);
    // The user may name a link.
    std::os::unix::fs::symlink(dir.path().join("c.csv"), dir.path().join("d.csv")).unwrap();
    assert_eq!(read(&dir.path().join("d.csv"), &TidyColumns::default()).unwrap().runs.len(), 1);
}
