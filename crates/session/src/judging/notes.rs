//! What a reader should know of how runs were read and grouped, as sentences.

use std::path::Path;

use fitroom_import::{Fact, Grouping, Imported, ImportedRun, Note, NoteKind};

use super::JudgeRequest;
use super::error::{listed, shown};

/// The notes of an importer, with the file and line that each is about.
pub(super) fn of_import(imported: &Imported, root: &Path) -> Vec<String> {
    let of_runs = || imported.runs.iter().flat_map(|run| &run.notes);
    let mut notes: Vec<String> = from_paths(of_runs(), root);
    let is_other = |note: &&Note| path_fact(note).is_none();
    for note in imported.notes.iter().chain(of_runs().filter(is_other)) {
        let text = in_words(note, root);
        if !notes.contains(&text) {
            notes.push(text);
        }
    }
    cut(notes)
}

/// What was read from paths, once for all runs: `the seeds of 40 runs are taken from their paths`.
fn from_paths<'a>(notes: impl Iterator<Item = &'a Note> + Clone, root: &Path) -> Vec<String> {
    let of = |what: &'static str| {
        let mut found = notes.clone().filter(move |note| path_fact(note) == Some(what)).peekable();
        let first = found.peek().map(|note| in_words(note, root));
        Some((found.count(), first?))
    };
    let words = |what: &'static str| {
        let (count, first) = of(what)?;
        Some(match count {
            1 => first,
            _ => format!("the {what}s of {count} runs are taken from their paths, such as {first}"),
        })
    };
    ["seed", "network"].into_iter().filter_map(words).collect()
}

/// What a note says was read from a path.
fn path_fact(note: &Note) -> Option<&'static str> {
    match note.kind {
        NoteKind::SeedFromPath { .. } => Some("seed"),
        NoteKind::NetworkFromPath { .. } => Some("network"),
        _ => None,
    }
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

/// What stands in the way of a fair comparison.
pub(super) fn of_grouping(
    runs: &[ImportedRun],
    grouping: &Grouping,
    request: &JudgeRequest,
) -> Vec<String> {
    let mut notes = Vec::new();
    let is_single = grouping.groups.iter().all(|group| group.runs.len() == 1);
    if is_single && grouping.groups.len() > 2 {
        let settings = listed(grouping.differing.iter().map(String::as_str));
        notes.push(format!(
            "no two runs have the same settings, so each is a network of its own: they differ in {settings} (--ignore KEY \
             leaves one out)"
        ));
    }
    let is_said = |fact: &&Fact| match fact {
        Fact::MissingSeeds { .. } | Fact::NoSeed { .. } => !request.is_unpaired,
        Fact::Duplicates { .. } => !request.is_unpaired,
        _ => true,
    };
    notes.extend(grouping.facts.iter().filter(is_said).map(|fact| {
        let then = match fact {
            Fact::Duplicates { .. } => duplicates(fact, runs),
            Fact::NoSeed { .. } => ": left out, since nothing pairs them",
            Fact::Crashed { .. } | Fact::Unfinished { .. } => ": their scores do not count",
            _ => "",
        };
        format!("{fact}{then}")
    }));
    cut(notes)
}

fn duplicates(fact: &Fact, runs: &[ImportedRun]) -> &'static str {
    let Fact::Duplicates { runs: same, .. } = fact else { return "" };
    let curves = same.iter().map(|run| &runs[run.run].curve);
    let is_same = curves.clone().zip(curves.skip(1)).all(|(one, next)| one == next);
    if is_same { ", all alike" } else { ": the mean of their scores counts" }
}
