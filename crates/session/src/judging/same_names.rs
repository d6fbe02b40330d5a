//! One name for each thing in runs of several tools: `model` and `network`, `val_acc` and `val_accuracy`.

use std::collections::BTreeMap;

use fitroom_import::{ImportedRun, MeasureName};

use super::own_study::NETWORK;

/// Names of the setting that names a network, the usual ones first.
const NETWORKS: [&str; 5] = ["network", "model", "model_name", "arch", "architecture"];

/// Gives measures and the network's setting of all runs the same names. `asked` holds names of measures
/// that stay. `network` is the setting that the caller named.
pub(super) fn unify(
    sources: &mut [Vec<ImportedRun>],
    asked: &[String],
    network: Option<&str>,
    notes: &mut Vec<String>,
) {
    let names = names_of_measures(sources, asked);
    for run in sources.iter_mut().flatten() {
        for (from, to) in &names {
            if run.curve.rename(from, to) {
                let note = format!("the measure `{from}` is taken for `{to}`");
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
        let has = |name: &str| run.settings.contains_key(name);
        let named = network.into_iter().chain(NETWORKS).find(|name| has(name)).map(str::to_owned);
        if let Some(name) = named.filter(|name| name != NETWORK)
            && let Some(value) = run.settings.remove(&name)
        {
            run.settings.insert(NETWORK.to_owned(), value);
        }
    }
}

/// Which names of measures become which others: those that mean the same and that no single source has
/// both of. The name that was asked for stays, or else the first one.
fn names_of_measures(sources: &[Vec<ImportedRun>], asked: &[String]) -> Vec<(String, String)> {
    let mut by_meaning: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for run in sources.iter().flatten() {
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
        if sources.iter().flatten().any(in_one_run) {
            continue;
        }
        let kept = names.iter().find(|name| asked.contains(name)).unwrap_or(&names[0]).clone();
        renamed.extend(names.into_iter().filter(|name| *name != kept).map(|it| (it, kept.clone())));
    }
    renamed
}
