//! One name for each thing in runs of several tools (`model` and `network`, `val_acc` and `val_accuracy`), and
//! one run for each that several logs hold.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use fitroom_import::{ImportedRun, MeasureName, Setting};
use fitroom_report::number;

use super::own_study::NETWORK;

/// Gives measures and the network's setting of all runs the same names. `asked` holds names of measures
/// that stay. `network` is the setting that the caller named.
pub(super) fn unify(
    runs: &mut [ImportedRun],
    asked: &[String],
    network: Option<&str>,
    notes: &mut Vec<String>,
) {
    let names = names_of_measures(runs, asked);
    for run in runs.iter_mut() {
        for (from, to) in &names {
            if run.curve.rename(from, to) {
                let note = format!("the measure `{from}` is taken for `{to}`");
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
        let asked_for = network.filter(|name| run.settings.contains_key(*name));
        let named = asked_for.or_else(|| run.network_setting()).map(str::to_owned);
        if let Some(name) = named.filter(|name| name != NETWORK)
            && let Some(value) = run.settings.remove(&name)
        {
            run.settings.insert(NETWORK.to_owned(), value);
        }
    }
}

/// The setting that says which program trained a network, where runs of a study are judged beside others.
const PROGRAM: &str = "program";

/// Says which program trained each run: Fitting Room those of a study.
pub(super) fn tell_program(runs: &mut [ImportedRun], studies: &[&PathBuf]) {
    for run in runs {
        let name = if studies.contains(&&run.source) { "fitroom" } else { "another" };
        run.settings.entry(PROGRAM.to_owned()).or_insert_with(|| Setting::text(name));
    }
}

/// Leaves runs out that are there before with the same settings, seed and curve. Two logs hold them.
pub(super) fn without_copies(runs: &mut Vec<ImportedRun>, notes: &mut Vec<String>) {
    let mut known: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut is_copy = vec![false; runs.len()];
    for (index, run) in runs.iter().enumerate().filter(|(_, run)| run.curve.rows().len() > 1) {
        let alike = known.entry(run.seed.unwrap_or(u64::MAX)).or_default();
        let same = |&other: &usize| {
            let other = &runs[other];
            other.curve == run.curve && other.settings == run.settings
        };
        is_copy[index] = alike.iter().any(same);
        if !is_copy[index] {
            alike.push(index);
        }
    }
    let copies = is_copy.iter().filter(|is| **is).count();
    if copies > 0 {
        let mut is_copy = is_copy.into_iter();
        runs.retain(|_| !is_copy.next().unwrap_or(false));
        let runs = number::counted(copies, "run");
        notes.push(format!("{runs} with the settings, seed and values of another one: left out"));
    }
}

/// Which names of measures become which others: those that mean the same and that no single run has
/// both of. The name that was asked for stays, or else the first one.
fn names_of_measures(runs: &[ImportedRun], asked: &[String]) -> Vec<(String, String)> {
    let mut by_meaning: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for run in runs {
        for measure in run.curve.measures() {
            let names = by_meaning.entry(MeasureName::read(measure).canonical).or_default();
            if !names.iter().any(|name| **name == **measure) {
                names.push(measure.to_string());
            }
        }
    }
    let mut renamed = Vec::new();
    for names in by_meaning.into_values().filter(|names| names.len() > 1) {
        let in_one_run = |run: &ImportedRun| {
            let has = |name: &&String| run.curve.measures().iter().any(|it| **it == ***name);
            names.iter().filter(has).count() > 1
        };
        if runs.iter().any(in_one_run) {
            continue;
        }
        let kept = names.iter().find(|name| asked.contains(name)).unwrap_or(&names[0]).clone();
        renamed.extend(names.into_iter().filter(|name| *name != kept).map(|it| (it, kept.clone())));
    }
    renamed
}
