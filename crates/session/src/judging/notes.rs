//! What a reader should know of how runs were read and grouped, as sentences.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use fitroom_import::{
    At, Direction, Fact, Grouping, ImportedRun, Note, NoteKind, Score, ScoreOf, listed, shown,
};
use fitroom_report::number;

use super::JudgeRequest;

/// The notes of an importer, with the file and line that each is about.
pub(super) fn of_import(of_source: &[Note], runs: &[ImportedRun], root: &Path) -> Vec<String> {
    let of_runs = || runs.iter().flat_map(|run| &run.notes);
    let mut notes: Vec<String> = Vec::new();
    notes.extend(columns(of_source));
    notes.extend(from_paths(of_runs(), root));
    let is_other = |note: &&Note| path_fact(note).is_none() && !is_column(note);
    for note in of_source.iter().chain(of_runs()).filter(is_other) {
        let text = in_words(note, root);
        if !notes.contains(&text) {
            notes.push(text);
        }
    }
    cut(notes)
}

/// What columns were taken for, by their names, in one sentence: `columns are read by their names: `model`
/// as the network, `seed` as the seed, and `val_acc` as a measure`.
fn columns(notes: &[Note]) -> Option<String> {
    let mut roles: Vec<(&str, BTreeSet<String>)> = Vec::new();
    for note in notes {
        let NoteKind::GuessedRole { role, column } = &note.kind else { continue };
        let column = format!("`{}`", shown(column));
        match roles.iter_mut().find(|(known, _)| *known == role.name()) {
            Some((_, columns)) => drop(columns.insert(column)),
            None => roles.push((role.name(), BTreeSet::from([column]))),
        }
    }
    let words: Vec<String> = roles
        .into_iter()
        .map(|(role, columns)| {
            let names: Vec<String> = columns.into_iter().collect();
            match names.len() {
                1 => format!("{} as the {role}", names[0]),
                _ => format!("{} as {role}s", number::listed(&names)),
            }
        })
        .collect();
    (!words.is_empty()).then(|| format!("columns are read by their names: {}", words.join(", ")))
}

/// Whether a note says what a column was taken for, or counts such notes.
fn is_column(note: &Note) -> bool {
    matches!(&note.kind, NoteKind::GuessedRole { .. })
        || matches!(&note.kind, NoteKind::More { last, .. }
            if last.starts_with("the column `") && last.ends_with("by its name"))
}

/// What was read from paths, once for all runs: `the seeds of 40 runs are taken from their paths`.
fn from_paths<'a>(notes: impl Iterator<Item = &'a Note> + Clone, root: &Path) -> Vec<String> {
    let of = |what: &'static str| {
        let mut found = notes
            .clone()
            .filter(move |note| path_fact(note).is_some_and(|(of, _)| of == what))
            .peekable();
        let first = found.peek().map(|note| (in_words(note, root), value_and_place(note, root)));
        Some((found.count(), first?))
    };
    let words = |what: &'static str| {
        let (count, (alone, (value, place))) = of(what)?;
        Some(match count {
            1 => alone,
            _ => format!(
                "the {what}s of {count} runs are taken from their paths, such as `{value}` from `{place}`"
            ),
        })
    };
    ["seed", "network"].into_iter().filter_map(words).collect()
}

/// What was read from a path, and the path below the root.
fn value_and_place(note: &Note, root: &Path) -> (String, String) {
    let value = path_fact(note).map_or(String::new(), |(_, value)| value);
    let below = note.path.strip_prefix(root).unwrap_or(&note.path);
    (value, shown(&below.to_string_lossy()))
}

/// What a note says was read from a path, and its value.
fn path_fact(note: &Note) -> Option<(&'static str, String)> {
    if let NoteKind::SeedFromPath { seed } = &note.kind {
        return Some(("seed", seed.to_string()));
    }
    let NoteKind::NetworkFromPath { network } = &note.kind else { return None };
    Some(("network", shown(network)))
}

fn in_words(note: &Note, root: &Path) -> String {
    let below = note.path.strip_prefix(root).unwrap_or(&note.path);
    let place = match below.as_os_str().is_empty() {
        true => note.path.file_name().map_or(String::new(), |name| shown(&name.to_string_lossy())),
        false => shown(&below.to_string_lossy()),
    };
    let line = note.line.map_or(String::new(), |line| format!(", line {line}"));
    match place.is_empty() {
        true => note.kind.to_string(),
        false => format!("{place}{line}: {}", note.kind),
    }
}

/// So many notes are listed, and the others counted.
fn cut(mut notes: Vec<String>) -> Vec<String> {
    const MOST: usize = 30;
    let rest = notes.len().saturating_sub(MOST);
    if rest > 0 {
        notes.truncate(MOST);
        notes.push(format!("{rest} further notes on how runs were read are left out"));
    }
    notes
}

/// Which of two scores is better, where the log says so.
pub(super) fn directions(notes: &[Note]) -> Vec<(String, Direction)> {
    let said = notes.iter().filter_map(|note| {
        let NoteKind::Direction { measure, direction, .. } = &note.kind else { return None };
        Some((measure.clone(), *direction))
    });
    said.collect()
}

/// What stands in the way of a fair comparison.
pub(super) fn of_grouping(
    runs: &[ImportedRun],
    grouping: &Grouping,
    request: &JudgeRequest,
) -> Vec<String> {
    let mut notes = Vec::new();
    let single = grouping.groups.iter().filter(|group| group.runs.len() == 1).count();
    if grouping.groups.len() > 2 && 2 * single > grouping.groups.len() {
        let settings = listed(grouping.differing.iter().map(String::as_str));
        notes.push(format!(
            "{single} of {} networks have one run: they differ in {settings} (--ignore KEY leaves a setting out)",
            grouping.groups.len()
        ));
    }
    let tasks = ["dataset", "data", "task", "env", "env_id", "environment", "benchmark"];
    if let Some(task) = grouping.differing.iter().find(|name| tasks.contains(&name.as_str())) {
        notes.push(format!(
            "networks with different `{task}` are compared with one baseline: judge each `{task}` by itself if that is not \
             meant"
        ));
    }
    if grouping.groups.len() > 1 && !request.is_unpaired && !shares_a_seed(runs, grouping) {
        notes.push(
            "no two networks share a seed, so nothing is paired: --unpaired compares all runs of one with all of the other"
                .to_owned(),
        );
    }
    let is_of_seeds = |fact: &&Fact| {
        matches!(fact, Fact::MissingSeeds { .. } | Fact::NoSeed { .. } | Fact::Duplicates { .. })
    };
    let said = grouping.facts.iter().filter(|fact| !request.is_unpaired || !is_of_seeds(fact));
    notes.extend(said.map(|fact| format!("{fact}{}", what_follows(fact, runs))));
    cut(notes)
}

/// What becomes of the runs that a fact names.
fn what_follows(fact: &Fact, runs: &[ImportedRun]) -> &'static str {
    if let Fact::Crashed { runs } | Fact::Unfinished { runs } = fact {
        let is_one = runs.len() == 1;
        return if is_one { ": its score does not count" } else { ": their scores do not count" };
    }
    if matches!(fact, Fact::NotANumber { .. }) {
        return ": no score; leaving out runs that diverged makes a network look better than it is";
    }
    if matches!(fact, Fact::NoSeed { .. }) {
        return ": left out, since nothing pairs them";
    }
    duplicates(fact, runs)
}

/// Whether some seed is that of runs of several networks.
fn shares_a_seed(runs: &[ImportedRun], grouping: &Grouping) -> bool {
    let mut networks: HashMap<u64, usize> = HashMap::new();
    for (index, group) in grouping.groups.iter().enumerate() {
        for seed in group.runs.iter().filter_map(|&run| runs[run].seed) {
            if *networks.entry(seed).or_insert(index) != index {
                return true;
            }
        }
    }
    false
}

/// That scores are of different epochs, where each run's last one counts: `12 scores of `val_acc` are of
/// epoch 11, and 6 of others, such as epoch 6`.
pub(super) fn of_epochs(runs: &[ImportedRun], scores: &[ScoreOf]) -> Vec<String> {
    let of_score = |score: &ScoreOf| {
        let place = |run: &ImportedRun| match run.score(score) {
            Score::Value { row, .. } => {
                let row = run.curve.rows().get(row)?;
                row.epoch.or(row.step.map(|step| step as f64)).map(f64::to_bits)
            }
            Score::NotANumber | Score::NotMeasured => None,
        };
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        for place in runs.iter().filter_map(place) {
            *counts.entry(place).or_default() += 1;
        }
        let (&usual, &most) = counts.iter().max_by_key(|&(_, count)| count)?;
        let other = counts.keys().find(|&&place| place != usual)?;
        let rest: usize = counts.values().sum::<usize>() - most;
        let [usual, other] = [usual, *other].map(f64::from_bits);
        let measure = shown(&score.measure);
        Some(format!(
            "{most} scores of `{measure}` are of epoch or step {usual}, and {rest} of others, such as {other}"
        ))
    };
    let of_last = scores.iter().filter(|score| score.at == At::Last);
    of_last.filter_map(of_score).collect()
}

fn duplicates(fact: &Fact, runs: &[ImportedRun]) -> &'static str {
    let Fact::Duplicates { runs: same, .. } = fact else { return "" };
    let curves = same.iter().map(|run| &runs[run.run].curve);
    let is_same = curves.clone().zip(curves.skip(1)).all(|(one, next)| one == next);
    if is_same { ", all alike" } else { ": the mean of their scores counts" }
}
