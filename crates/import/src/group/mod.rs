//! Groups runs by all settings but the seed, and says what stands in the way of a comparison.
//!
//! ```
//! use std::path::Path;
//! use fitroom_import::{GroupOptions, Grouping, ImportedRun, Setting};
//!
//! let run = |model: &str, seed| {
//!     let mut run = ImportedRun::new(Path::new("runs.csv"), format!("{model}-{seed}"));
//!     run.settings.insert("model".into(), Setting::Text(model.into()));
//!     run.seed = Some(seed);
//!     run
//! };
//! let runs = [run("plain", 1), run("plain", 2), run("wide", 1)];
//! let grouping = Grouping::of(&runs, &GroupOptions::default(), &[])?;
//!
//! let names: Vec<_> = grouping.groups.iter().map(|group| group.name.as_str()).collect();
//! assert_eq!(names, ["plain", "wide"]);
//! assert_eq!(grouping.facts[0].to_string(), "`wide` has no run with seed 2, which others have");
//! # Ok::<(), fitroom_import::GroupError>(())
//! ```

mod fact;
mod find_facts;
mod group_name;

use std::collections::{BTreeMap, BTreeSet};

use fitroom_nearest::did_you_mean;

pub use fact::{Fact, RunRef};

use crate::error::{listed, shown};
use crate::{ImportedRun, ScoreOf, Setting, names};

/// How runs are grouped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupOptions {
    /// The setting that names a group. If there is none, the usual names are tried.
    pub network: Option<String>,
    /// Settings that do not tell groups apart, besides the usual ones: names, paths, times and hosts.
    pub ignore: Vec<String>,
}

/// Runs that differ in nothing but the seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The name: the network's, and the settings that tell it from other groups.
    pub name: String,
    /// All settings of the runs but the ignored ones.
    pub settings: BTreeMap<String, Setting>,
    /// Indices of the runs, in their order.
    pub runs: Vec<usize>,
}

/// Runs in groups, and what was found about them.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    /// The groups, in the order of their first runs. Each run is in one of them.
    pub groups: Vec<Group>,
    /// The setting that names the groups, if there is one.
    pub network: Option<String>,
    /// The settings that differ between groups, besides the network's name.
    pub differing: Vec<String>,
    /// Everything that stands in the way of a fair comparison.
    pub facts: Vec<Fact>,
}

/// The options do not fit the runs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// No run has the setting that should name groups.
    #[error("no run has a setting `{name}`; there are {known}{}", did_you_mean(nearest))]
    NoSetting {
        /// The name that was asked for.
        name: String,
        /// The settings that runs have.
        known: String,
        /// The setting that was probably meant.
        nearest: Option<String>,
    },
}

impl Grouping {
    /// Groups the runs. `scores` are the measures that runs will be compared by.
    ///
    /// # Errors
    /// No run has the setting [`GroupOptions::network`], or one of [`GroupOptions::ignore`].
    pub fn of(
        runs: &[ImportedRun],
        options: &GroupOptions,
        scores: &[ScoreOf],
    ) -> Result<Self, GroupError> {
        let known: BTreeSet<&str> =
            runs.iter().flat_map(|run| run.settings.keys().map(String::as_str)).collect();
        for name in options.network.iter().chain(&options.ignore) {
            if !known.contains(name.as_str()) && !names::is_seed(name) {
                return Err(GroupError::NoSetting {
                    name: shown(name),
                    known: listed(known.iter().copied().collect::<Vec<_>>().into_iter()),
                    nearest: fitroom_nearest::nearest(name, known.iter().copied())
                        .map(str::to_owned),
                });
            }
        }
        let network = options.network.clone().or_else(|| {
            let ranked = known.iter().filter(|name| !options.ignore.iter().any(|i| i == *name));
            let ranked = ranked.filter_map(|name| Some((names::network_rank(name)?, *name)));
            ranked.min().map(|(_, name)| name.to_owned()).or_else(|| shared_name(runs, options))
        });
        let is_key = |name: &str| {
            network.as_deref() == Some(name)
                || !(names::is_ignored(name)
                    || names::is_seed(name)
                    || options.ignore.iter().any(|ignored| ignored == name))
        };
        let mut positions: BTreeMap<Vec<(&str, &Setting)>, usize> = BTreeMap::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        for (position, run) in runs.iter().enumerate() {
            let settings = run.settings.iter().map(|(name, value)| (name.as_str(), value));
            let key = settings.filter(|(name, _)| is_key(name)).collect();
            let group = *positions.entry(key).or_insert_with(|| {
                members.push(Vec::new());
                members.len() - 1
            });
            members[group].push(position);
        }
        let groups = members.into_iter().map(|members| {
            let settings = members.first().map(|&run| {
                let settings = runs[run].settings.iter().filter(|(name, _)| is_key(name));
                settings.map(|(name, value)| (name.clone(), value.clone())).collect()
            });
            Group { name: String::new(), settings: settings.unwrap_or_default(), runs: members }
        });
        let mut groups: Vec<Group> = groups.collect();
        let differing = group_name::differing(&groups, network.as_deref());
        group_name::give_names(&mut groups, network.as_deref(), &differing);
        let ignored: Vec<&str> = known.iter().copied().filter(|name| !is_key(name)).collect();
        let facts = find_facts::find(runs, &groups, network.as_deref(), &ignored, scores);
        Ok(Grouping { groups, network, differing, facts })
    }
}

/// The setting that names runs, such as `Name`, if runs of several seeds share a name: it is the network's.
fn shared_name(runs: &[ImportedRun], options: &GroupOptions) -> Option<String> {
    let mut seeds: BTreeMap<(usize, &str), BTreeMap<&Setting, u64>> = BTreeMap::new();
    let mut shared = BTreeSet::new();
    for run in runs {
        let Some(seed) = run.seed else { continue };
        for (name, value) in &run.settings {
            let Some(rank) = names::run_name_rank(name) else { continue };
            let known = seeds.entry((rank, name)).or_default().entry(value).or_insert(seed);
            if *known != seed && !options.ignore.contains(name) {
                shared.insert((rank, name));
            }
        }
    }
    shared.first().map(|(_, name)| (*name).clone())
}

#[cfg(test)]
mod tests;
