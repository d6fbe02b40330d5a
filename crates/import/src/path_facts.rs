//! What a path says of a run: its name, its seed (`seed_3`), and its network.

use std::path::Path;

use crate::error::shown;
use crate::names;
use crate::note::{Note, NoteKind};
use crate::{ImportedRun, Setting};

/// Names of files and directories that say nothing of a run.
const NOT_TELLING: [&str; 16] = [
    "lightning_logs",
    "csv_logs",
    "logs",
    "log",
    "runs",
    "results",
    "outputs",
    "multirun",
    "metrics",
    "history",
    "training_log",
    "trainer_state",
    "train_log",
    "progress",
    "events",
    "hparams",
];

/// Names the run by its path below `root`, and adds the seed and the network if the log does not say
/// them.
pub(crate) fn add(run: &mut ImportedRun, root: &Path) {
    let below = run.source.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
    // A file that the user named: the directory that it lies in may say something.
    let place = below.map_or_else(|| last_two(&run.source), Path::to_owned);
    if below.is_some() {
        run.name = place.to_string_lossy().replace('\\', "/");
    }
    let is_file = run.source.is_file();
    let mut words = Vec::new();
    let mut seed = None;
    let count = place.components().count();
    for (position, part) in place.components().enumerate() {
        let part = part.as_os_str().to_string_lossy();
        let is_last_of_file = is_file && position + 1 == count;
        let part = if is_last_of_file {
            part.rsplit_once('.').map_or(&*part, |(stem, _)| stem)
        } else {
            &part
        };
        let (rest, found) = split_seed(part);
        seed = found.or(seed);
        let is_events = is_last_of_file && part.contains("tfevents");
        if is_telling(&rest) && !is_events {
            words.push(rest);
        }
    }
    let mut note = |kind| run.notes.push(Note { path: run.source.clone(), line: None, kind });
    let is_named = run.settings.keys().any(|name| names::network_rank(name).is_some());
    let has_settings = run.settings.keys().any(|name| !names::is_ignored(name));
    let seed = seed.filter(|_| run.seed.is_none());
    if let Some(seed) = seed {
        note(NoteKind::SeedFromPath { seed });
        run.seed = Some(seed);
    }
    if !is_named && !words.is_empty() && (seed.is_some() || !has_settings) {
        let network = words.join("/");
        note(NoteKind::NetworkFromPath { network: shown(&network) });
        run.settings.insert("network".to_owned(), Setting::text(&network));
    }
}

/// The seed in the name of a file or directory.
pub(crate) fn seed(path: &Path) -> Option<u64> {
    split_seed(&path.file_name()?.to_string_lossy()).1
}

/// Adds the seed of a run's name, as in `wide-seed_3`, and then the network before it, if the log does
/// not say them.
pub(crate) fn add_from_name(run: &mut ImportedRun) {
    if run.seed.is_some() {
        return;
    }
    let (rest, Some(seed)) = split_seed(&run.name) else { return };
    let kind = NoteKind::SeedFromName { seed };
    run.notes.push(Note { path: run.source.clone(), line: None, kind });
    run.seed = Some(seed);
    let is_named = run.settings.keys().any(|name| names::network_rank(name).is_some());
    if !is_named && is_telling(&rest) {
        set_network(run, &rest);
    }
}

/// Takes the run's name for the network's.
pub(crate) fn name_network(run: &mut ImportedRun) {
    let name = run.name.clone();
    set_network(run, &name);
}

fn set_network(run: &mut ImportedRun, network: &str) {
    let kind = NoteKind::NetworkFromName { network: shown(network) };
    run.notes.push(Note { path: run.source.clone(), line: None, kind });
    run.settings.insert("network".to_owned(), Setting::text(network));
}

fn last_two(path: &Path) -> std::path::PathBuf {
    let mut parts: Vec<_> = path.components().rev().take(2).collect();
    parts.reverse();
    parts.into_iter().collect()
}

/// Takes `seed_3`, `seed=3` or `seed3` out of a name: what is left, and the seed.
fn split_seed(name: &str) -> (String, Option<u64>) {
    let is_joint = |c: char| "_-=. ".contains(c);
    let lower = name.to_ascii_lowercase();
    let Some(start) = lower.rfind("seed") else { return (name.to_owned(), None) };
    let after = lower[start + 4..].trim_start_matches(is_joint);
    let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let Ok(seed) = after[..digits].parse() else { return (name.to_owned(), None) };
    // `to_ascii_lowercase` keeps the number of bytes.
    let end = name.len() - after.len() + digits;
    let left = [name[..start].trim_end_matches(is_joint), name[end..].trim_start_matches(is_joint)];
    let left: Vec<_> = left.into_iter().filter(|part| !part.is_empty()).collect();
    (left.join("_"), Some(seed))
}

/// Whether a part of a path says something: it is no usual name, number, date or version.
pub(crate) fn is_telling(part: &str) -> bool {
    let lower = part.to_ascii_lowercase();
    let version = lower.strip_prefix("version_").or_else(|| lower.strip_prefix("checkpoint-"));
    let is_number = |text: &str| !text.chars().any(char::is_alphabetic);
    !part.is_empty()
        && !NOT_TELLING.contains(&lower.as_str())
        && !is_number(&lower)
        && !version.is_some_and(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_and_networks_stand_in_paths() {
        for (path, name, seed, network) in [
            ("wide/seed_3/version_0", "wide/seed_3/version_0", Some(3), Some("wide")),
            (
                "2026-01-01/wide-Seed=12-adam",
                "2026-01-01/wide-Seed=12-adam",
                Some(12),
                Some("wide_adam"),
            ),
            ("lightning_logs/version_4", "lightning_logs/version_4", None, None),
            ("plain", "plain", None, Some("plain")),
            ("seeds/reseed", "seeds/reseed", None, Some("seeds/reseed")),
            (
                "seed99999999999999999999",
                "seed99999999999999999999",
                None,
                Some("seed99999999999999999999"),
            ),
        ] {
            let mut run = ImportedRun::new(&Path::new("root").join(path), "run");
            add(&mut run, Path::new("root"));
            let found = run.settings.get("network").map(Setting::to_string);
            assert_eq!((run.name.as_str(), run.seed, found.as_deref()), (name, seed, network));
        }
    }

    #[test]
    fn what_the_log_says_goes_before_the_path() {
        let mut run = ImportedRun::new(Path::new("root/wide/seed_3"), "run");
        run.seed = Some(1);
        run.settings.insert("model".into(), Setting::Text("plain".into()));
        add(&mut run, Path::new("root"));
        assert_eq!((run.seed, run.settings.len()), (Some(1), 1));
    }
}
