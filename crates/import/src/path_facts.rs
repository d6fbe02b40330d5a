//! What a path says of a run: its name, its seed (`seed_3`), and its network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::shown;
use crate::note::{Note, NoteKind};
use crate::numbered;
use crate::{ImportedRun, Setting};

/// Names of files and directories that say nothing of a run.
const NOT_TELLING: [&str; 17] = [
    "summary",
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

/// The parts of the path of a run below `root`, without the ending of a file.
pub(crate) struct Parts {
    /// The path below `root`, as the run's name. `None` if the run is `root` itself.
    pub name: Option<String>,
    /// Directories and the file's stem. An event file of TensorBoard has a stem without letters.
    pub parts: Vec<String>,
}

impl Parts {
    pub fn of(source: &Path, root: &Path) -> Self {
        let below = source.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
        // A file that the user named: the directory that it lies in may say something.
        let place = below.map_or_else(|| last_two(source), Path::to_owned);
        let name = below.map(|below| below.to_string_lossy().replace('\\', "/"));
        let text = |part: std::path::Component<'_>| part.as_os_str().to_string_lossy().into_owned();
        let mut parts: Vec<String> = place.components().map(text).collect();
        if let Some(last) = parts.last_mut().filter(|_| !source.is_dir()) {
            if let Some((stem, _)) = last.rsplit_once('.') {
                *last = stem.to_owned();
            }
            if last.contains("tfevents") {
                last.clear();
            }
        }
        Parts { name, parts }
    }

    /// The seed, and what is left of the parts that say something of the network.
    /// `numbered` is a part that holds a seed without saying so: its position, what is left, and the seed.
    pub fn seed_and_words(
        &self,
        numbered: Option<(usize, &str, u64)>,
    ) -> (Option<u64>, Vec<String>) {
        let mut seed = None;
        let mut words = Vec::new();
        for (position, part) in self.parts.iter().enumerate() {
            let (rest, found) = match numbered {
                Some((place, rest, seed)) if place == position => (rest.to_owned(), Some(seed)),
                _ => split_seed(part),
            };
            seed = found.or(seed);
            if is_telling(&rest) {
                words.push(rest);
            }
        }
        (seed, words)
    }
}

/// For each path, the part that holds a seed without saying so, if all parts beside it do.
pub(crate) fn numbered(paths: &[Parts]) -> Vec<Option<(usize, &str, u64)>> {
    let mut siblings: BTreeMap<&[String], BTreeSet<&str>> = BTreeMap::new();
    for path in paths {
        for (position, part) in path.parts.iter().enumerate() {
            siblings.entry(&path.parts[..position]).or_default().insert(part);
        }
    }
    let split: BTreeMap<_, _> = siblings
        .into_iter()
        .filter_map(|(parent, names)| Some((parent, numbered::split_all(&names)?)))
        .collect();
    let of_path = |path: &'_ Parts| {
        let mut parts = path.parts.iter().enumerate();
        let (position, (rest, seed)) = parts.find_map(|(position, part)| {
            let found = split.get(&path.parts[..position])?.get(part.as_str())?;
            Some((position, *found))
        })?;
        Some((position, rest, seed))
    };
    paths.iter().map(of_path).collect()
}

/// Whether a file's name or the directory that it lies in says a seed.
pub(crate) fn says_seed(path: &Path) -> bool {
    last_two(path)
        .components()
        .any(|part| split_seed(&part.as_os_str().to_string_lossy()).1.is_some())
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
    let is_named = run.network_setting().is_some();
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
pub(crate) fn split_seed(name: &str) -> (String, Option<u64>) {
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
