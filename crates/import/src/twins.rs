//! One run that two loggers wrote: Keras' `log.csv` beside `history.json`, or a CSVLogger and a
//! TensorBoardLogger of one Trainer.
//!
//! Two logs are of one run if they lie in one directory, or in neighbouring ones that a tool numbered
//! (`version_0`, `version_1`), are of different formats, and agree in all measures that both have.
//! Logs of one format are never joined: equal results of two runs are something to be told.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use crate::error::shown;
use crate::note::{Note, NoteKind};
use crate::{Curve, Format, ImportedRun, names, path_facts};

/// Fewest different values that must agree. One value may be the same by chance.
const FEWEST_VALUES: usize = 3;

/// Runs with the same last value that are looked at.
const MOST_CANDIDATES: usize = 8;

/// A run and what read it.
pub(crate) struct Read {
    pub run: ImportedRun,
    pub format: Format,
    /// The run is one of several in its file.
    pub is_one_of_many: bool,
}

/// Joins logs of the same run. The richer one is kept, with the settings of both.
pub(crate) fn join(runs: Vec<Read>, notes: &mut Vec<Note>) -> Vec<Read> {
    let mut kept: Vec<Read> = Vec::with_capacity(runs.len());
    let mut by_end: HashMap<(Arc<str>, u32), Vec<usize>> = HashMap::new();
    for mut read in runs {
        let ends: Vec<(Arc<str>, u32)> =
            if read.is_one_of_many { Vec::new() } else { ends(&read.run.curve) };
        let mut candidates: Vec<usize> = ends
            .iter()
            .filter_map(|end| by_end.get(end))
            .flatten()
            .copied()
            .filter(|&other| may_be_twins(&kept[other], &read))
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates.truncate(MOST_CANDIDATES);
        let is_twin = |&other: &usize| agree(&kept[other].run.curve, &read.run.curve);
        let twin = candidates.into_iter().find(is_twin);
        match twin {
            Some(other) => {
                let other = &mut kept[other];
                if richness(&read.run) > richness(&other.run) {
                    std::mem::swap(other, &mut read);
                }
                notes.push(note(other, &read));
                other.run.seed = other.run.seed.or(read.run.seed);
                for (name, value) in read.run.settings {
                    other.run.settings.entry(name).or_insert(value);
                }
            }
            None => {
                for end in ends {
                    let there = by_end.entry(end).or_default();
                    if there.len() < MOST_CANDIDATES {
                        there.push(kept.len());
                    }
                }
                kept.push(read);
            }
        }
    }
    kept
}

/// The last value of each measure, rounded as TensorBoard stores it.
fn ends(curve: &Curve) -> Vec<(Arc<str>, u32)> {
    let end = |(name, measure): (&Arc<str>, usize)| {
        let last = (0..curve.rows().len()).rev().find_map(|row| curve.value(row, measure))?;
        (last.fract() != 0.0).then(|| (Arc::clone(name), (last as f32).to_bits()))
    };
    compared(curve).filter_map(end).collect()
}

/// The measures that are compared, with their places.
fn compared(curve: &Curve) -> impl Iterator<Item = (&Arc<str>, usize)> {
    let measures = curve.measures().iter().zip(0..);
    measures.filter(|(name, _)| is_compared(name))
}

/// All values of the measure at this place.
fn values(curve: &Curve, measure: usize) -> Vec<f64> {
    (0..curve.rows().len()).filter_map(|row| curve.value(row, measure)).collect()
}

/// Seconds differ between loggers, and learning rates are the same in different runs.
fn is_compared(measure: &str) -> bool {
    let plain = names::plain(measure);
    let is_time = ["second", "time", "duration", "elapsed"].iter().any(|word| plain.contains(word));
    names::is_measure(measure) && !is_time
}

/// Whether nothing but the values can tell that the logs are of different runs.
fn may_be_twins(a: &Read, b: &Read) -> bool {
    let seeds = [a, b].map(|read| read.run.seed.or_else(|| path_facts::seed(&read.run.source)));
    let is_other_seed = matches!(seeds, [Some(a), Some(b)] if a != b);
    a.format != b.format && !is_other_seed && are_neighbours(directory(a), directory(b))
}

/// The directory that a log lies in, or is.
fn directory(read: &Read) -> &Path {
    let source = &read.run.source;
    match read.format {
        Format::Mlflow | Format::TensorBoard | Format::Lightning => source,
        Format::MlflowDatabase
        | Format::Optuna
        | Format::TrainerState
        | Format::KerasHistory
        | Format::Wandb
        | Format::Csv
        | Format::JsonLines => source.parent().unwrap_or(source),
    }
}

fn are_neighbours(a: &Path, b: &Path) -> bool {
    let is_numbered = |path: &Path| {
        path.file_name().is_some_and(|name| !path_facts::is_telling(&name.to_string_lossy()))
    };
    a == b || (a.parent() == b.parent() && is_numbered(a) && is_numbered(b))
}

/// Whether the values of all measures that both have agree.
fn agree(a: &Curve, b: &Curve) -> bool {
    let mut different: HashSet<u32> = HashSet::new();
    let places: HashMap<&Arc<str>, usize> = compared(b).collect();
    for (name, measure) in compared(a) {
        let Some(&other) = places.get(name) else { continue };
        let (mut all, mut some) = (values(a, measure), values(b, other));
        if all.is_empty() || some.is_empty() {
            continue;
        }
        if some.len() > all.len() {
            std::mem::swap(&mut all, &mut some);
        }
        if !are_among(&some, &all) {
            return false;
        }
        let telling = some.iter().filter(|value| value.fract() != 0.0);
        different.extend(telling.map(|&value| (value as f32).to_bits()));
    }
    different.len() >= FEWEST_VALUES
}

/// Whether `some` values stand among `all`, in the same order: one logger may log more often.
fn are_among(some: &[f64], all: &[f64]) -> bool {
    let mut all = all.iter();
    some.iter().all(|&value| {
        let is_same = |other: f64| {
            // TensorBoard stores seven digits.
            (value - other).abs() <= 1e-6 * value.abs().max(other.abs())
                || value == other
                || value.is_nan() && other.is_nan()
        };
        all.any(|&other| is_same(other))
    })
}

/// Epochs first, since the other log has only steps; then settings, then values.
fn richness(run: &ImportedRun) -> (bool, usize, usize) {
    let curve = &run.curve;
    let has_epochs = curve.rows().iter().any(|row| row.epoch.is_some());
    let values = (0..curve.measures().len()).map(|measure| values(curve, measure).len()).sum();
    (has_epochs, run.settings.len(), values)
}

fn note(kept: &Read, left_out: &Read) -> Note {
    let path = &kept.run.source;
    let name = path.file_name().map_or("".into(), |name| name.to_string_lossy());
    let kept = format!("{} (`{}`)", kept.format.name(), shown(&name));
    let kind = NoteKind::SameRun { left_out: left_out.format.name(), kept };
    Note { path: left_out.run.source.clone(), line: None, kind }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CurveRow;

    fn read(path: &str, format: Format, losses: &[f64], has_epochs: bool) -> Read {
        let mut run = ImportedRun::new(Path::new(path), path);
        run.curve = Curve::new(vec!["loss".into(), "lr".into(), "seconds".into()]);
        for (row, &loss) in losses.iter().enumerate() {
            let place = CurveRow { epoch: has_epochs.then_some(row as f64), step: None };
            let seconds = path.len() as f64 + row as f64 / 3.0;
            run.curve.push(place, [Some(loss), Some(0.1 / (row + 1) as f64), Some(seconds)]);
        }
        Read { run, format, is_one_of_many: false }
    }

    fn sources(runs: Vec<Read>) -> (Vec<String>, Vec<Note>) {
        let mut notes = Vec::new();
        let runs = join(runs, &mut notes);
        (runs.iter().map(|read| read.run.name.clone()).collect(), notes)
    }

    #[test]
    fn the_richer_log_of_a_run_is_kept() {
        const ALL: [f64; 5] = [0.9, 0.7, f64::NAN, 0.4, 0.3];
        let mut events = read("a", Format::TensorBoard, &ALL, false);
        events.run.seed = Some(3);
        events.run.settings.insert("lr".into(), crate::Setting::Number(0.1));
        let csv = read("a/log.csv", Format::Csv, &[0.9, 0.7, 0.3], true);
        let mut notes = Vec::new();
        let runs = join(vec![events, csv], &mut notes);
        assert_eq!((runs.len(), runs[0].format, runs[0].run.seed), (1, Format::Csv, Some(3)));
        assert_eq!(runs[0].run.settings.len(), 1);
        assert_eq!(
            notes[0].to_string(),
            "a: the same run is logged in a table as CSV (`log.csv`), which is read; this log \
             (TensorBoard's event files) is left out"
        );
    }

    #[test]
    fn different_runs_are_not_joined() {
        const LOSSES: [f64; 4] = [0.9, 0.7, 0.4, 0.3];
        let log = |path: &str, format| read(path, format, &LOSSES, true);
        let first = || log("a/log.csv", Format::Csv);
        let history = Format::KerasHistory;
        let mut other_seed = log("a/history.json", history);
        other_seed.run.seed = Some(2);
        let mut with_seed = first();
        with_seed.run.seed = Some(1);
        for (a, b) in [
            (with_seed, other_seed),
            (first(), log("a/copy.csv", Format::Csv)),
            (first(), log("b/history.json", history)),
            (log("seed_1.csv", Format::Csv), log("seed_2.json", history)),
            (first(), read("a/history.json", history, &[0.9, 0.6, 0.4, 0.3], true)),
            (first(), read("a/history.json", history, &[0.9, 0.4, 0.7, 0.3], true)),
            (
                read("a/log.csv", Format::Csv, &[0.9, 0.3], true),
                read("a/history.json", history, &[0.9, 0.3], true),
            ),
            (Read { is_one_of_many: true, ..first() }, log("a/history.json", history)),
        ] {
            let pair = format!("{} {}", a.run.name, b.run.name);
            let (found, notes) = sources(vec![a, b]);
            assert_eq!((found.len(), notes.len()), (2, 0), "{pair}");
        }
        let (found, _) = sources(vec![first(), log("a/history.json", history)]);
        assert_eq!(found, ["a/log.csv"], "the first of equals");
        let numbered = log("logs/version_0/log.csv", Format::Csv);
        let (found, _) = sources(vec![numbered, log("logs/version_1/history.json", history)]);
        assert_eq!(found.len(), 1);
    }
}
