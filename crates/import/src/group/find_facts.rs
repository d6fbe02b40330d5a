//! Looks for what stands in the way of a fair comparison.

use std::collections::{BTreeMap, BTreeSet};

use super::Group;
use super::fact::{Fact, RunRef};
use crate::{ImportedRun, RunStatus, Score, ScoreOf};

pub(super) fn find(
    runs: &[ImportedRun],
    groups: &[Group],
    network: Option<&str>,
    ignored: &[&str],
    scores: &[ScoreOf],
) -> Vec<Fact> {
    let mut named: Vec<RunRef> = Vec::with_capacity(runs.len());
    let mut group_of = vec![0; runs.len()];
    for (position, group) in groups.iter().enumerate() {
        for &run in &group.runs {
            group_of[run] = position;
        }
    }
    for (position, run) in runs.iter().enumerate() {
        let group = groups.get(group_of[position]).map_or("", |group| &group.name);
        let name = match run.seed {
            Some(seed) => format!("{group}, seed {seed}"),
            None => format!("{group}, {}", crate::error::shown(&run.name)),
        };
        named.push(RunRef { run: position, name });
    }
    let refs = |wanted: &dyn Fn(&ImportedRun) -> bool| -> Vec<RunRef> {
        let pairs = runs.iter().zip(&named);
        pairs.filter(|(run, _)| wanted(run)).map(|(_, name)| name.clone()).collect()
    };
    let mut facts = Vec::new();
    let all_seeds: BTreeSet<u64> = runs.iter().filter_map(|run| run.seed).collect();
    for group in groups {
        let mut by_seed: BTreeMap<u64, Vec<RunRef>> = BTreeMap::new();
        let mut without = Vec::new();
        for &run in &group.runs {
            match runs[run].seed {
                Some(seed) => by_seed.entry(seed).or_default().push(named[run].clone()),
                None => without.push(named[run].clone()),
            }
        }
        let seeds: Vec<u64> =
            all_seeds.iter().copied().filter(|seed| !by_seed.contains_key(seed)).collect();
        for (seed, runs) in by_seed {
            if runs.len() > 1 {
                facts.push(Fact::Duplicates { group: group.name.clone(), seed, runs });
            }
        }
        if !seeds.is_empty() {
            facts.push(Fact::MissingSeeds { group: group.name.clone(), seeds });
        }
        if !without.is_empty() {
            facts.push(Fact::NoSeed { group: group.name.clone(), runs: without });
        }
    }
    let mut add = |runs: Vec<RunRef>, fact: &dyn Fn(Vec<RunRef>) -> Fact| {
        if !runs.is_empty() {
            facts.push(fact(runs));
        }
    };
    if let Some(network) = network {
        let setting = || network.to_owned();
        let unnamed = refs(&|run| !run.settings.contains_key(network));
        add(unnamed, &|runs| Fact::NoNetwork { setting: setting(), runs });
    }
    add(refs(&|run| run.status == RunStatus::Crashed), &|runs| Fact::Crashed { runs });
    add(refs(&|run| run.status == RunStatus::Unfinished), &|runs| Fact::Unfinished { runs });
    for score in scores {
        let measure = || score.measure.clone();
        let (mut nan, mut some_nan, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        for (run, name) in runs.iter().zip(&named) {
            match run.score(score) {
                Score::NotANumber => nan.push(name.clone()),
                Score::NotMeasured => missing.push(name.clone()),
                Score::Value { not_numbers: 0, .. } => {}
                Score::Value { .. } => some_nan.push(name.clone()),
            }
        }
        add(nan, &|runs| Fact::NotANumber { measure: measure(), runs });
        add(some_nan, &|runs| Fact::SomeNotNumbers { measure: measure(), runs });
        add(missing, &|runs| Fact::NotMeasured { measure: measure(), runs });
    }
    facts.extend(different_epochs(runs, &named));
    let settings: Vec<String> = ignored
        .iter()
        .filter(|name| {
            let value = |run: &ImportedRun| run.settings.get(**name).cloned();
            let first = runs.first().and_then(value);
            runs.iter().any(|run| value(run) != first)
        })
        .map(|name| (*name).to_owned())
        .collect();
    if !settings.is_empty() {
        facts.push(Fact::Ignored { settings });
    }
    facts
}

fn different_epochs(runs: &[ImportedRun], named: &[RunRef]) -> Option<Fact> {
    let epochs: Vec<usize> = runs
        .iter()
        .map(|run| match run.curve.epochs() {
            0 => run.curve.rows().len(),
            epochs => epochs,
        })
        .collect();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for &epochs in &epochs {
        *counts.entry(epochs).or_insert(0) += 1;
    }
    if counts.len() < 2 {
        return None;
    }
    // Of equals, the higher number: the others ended early.
    let (&usual, &runs_with_usual) = counts.iter().max_by_key(|&(_, count)| count)?;
    let others = epochs.iter().zip(named).filter(|(epochs, _)| **epochs != usual);
    let others = others.map(|(&epochs, name)| (name.clone(), epochs)).collect();
    Some(Fact::DifferentEpochs { usual, runs_with_usual, others })
}
