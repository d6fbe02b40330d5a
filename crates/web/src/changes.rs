//! Sees whether files in a directory have changed, by sizes and times alone.

use std::fs::Metadata;
use std::path::Path;
use std::time::SystemTime;

/// Sizes and times of the files that a directory of results grows by. Two equal ones mean that nothing
/// was written in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature(Vec<(u64, Option<SystemTime>)>);

/// Most entries that are looked at.
const MOST_ENTRIES: usize = 50_000;
/// Deepest directories that are looked into: `DIR/runs/ID/epochs.jsonl` lies three levels down.
const DEEPEST: usize = 4;

impl Signature {
    /// Looks at a file, or at a directory with all that lies in it.
    pub fn of(path: &Path) -> Self {
        let mut signature = Signature(Vec::new());
        signature.add(path, DEEPEST);
        signature
    }

    fn add(&mut self, path: &Path, deeper: usize) {
        // Links are not followed: nothing outside of the directory is looked at.
        let Ok(metadata) = path.symlink_metadata() else { return };
        self.0.push(facts(&metadata));
        if !metadata.is_dir() || deeper == 0 {
            return;
        }
        // Our own reports are written from the runs, and tell nothing new.
        let is_report = |name: &str| matches!(name, "plots" | "report.html" | "report.md");
        let Ok(entries) = path.read_dir() else { return };
        let mut names: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
        names.retain(|name| !name.to_str().is_some_and(is_report));
        names.sort();
        for name in names {
            if self.0.len() >= MOST_ENTRIES {
                return;
            }
            self.add(&path.join(name), deeper - 1);
        }
    }
}

fn facts(metadata: &Metadata) -> (u64, Option<SystemTime>) {
    // A directory's own time changes with every file that is written aside in it.
    match metadata.is_dir() {
        true => (0, None),
        false => (metadata.len(), metadata.modified().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_written_run_is_seen_and_the_report_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("runs/ab");
        std::fs::create_dir_all(&run).unwrap();
        std::fs::write(run.join("epochs.jsonl"), "1").unwrap();
        let before = Signature::of(dir.path());
        assert_eq!(before, Signature::of(dir.path()));
        std::fs::write(dir.path().join("report.html"), "new").unwrap();
        assert_eq!(before, Signature::of(dir.path()));
        std::fs::write(run.join("epochs.jsonl"), "12").unwrap();
        let longer = Signature::of(dir.path());
        assert_ne!(before, longer);
        std::fs::create_dir(dir.path().join("runs/cd")).unwrap();
        assert_ne!(longer, Signature::of(dir.path()), "a new run");
    }
}
