//! What stands in the way of a fair comparison.

use std::fmt;

use crate::error::shown;

/// A run, with a name for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRef {
    /// The run's index.
    pub run: usize,
    /// Its group and its seed or name.
    pub name: String,
}

/// Something about the runs that a comparison must say.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fact {
    /// Several runs of a group have the same seed.
    Duplicates {
        /// The group's name.
        group: String,
        /// The seed.
        seed: u64,
        /// The runs, in their order.
        runs: Vec<RunRef>,
    },
    /// Other groups have runs with seeds that this group does not have.
    MissingSeeds {
        /// The group's name.
        group: String,
        /// The seeds.
        seeds: Vec<u64>,
    },
    /// Runs without a seed, which can't be paired.
    NoSeed {
        /// The group's name.
        group: String,
        /// The runs.
        runs: Vec<RunRef>,
    },
    /// Runs without the setting that names groups, though others have it.
    NoNetwork {
        /// The setting.
        setting: String,
        /// The runs.
        runs: Vec<RunRef>,
    },
    /// Runs that failed or were killed.
    Crashed {
        /// The runs.
        runs: Vec<RunRef>,
    },
    /// Runs that had not ended when their log was read.
    Unfinished {
        /// The runs.
        runs: Vec<RunRef>,
    },
    /// Runs whose score is NaN or infinite.
    NotANumber {
        /// The measure.
        measure: String,
        /// The runs.
        runs: Vec<RunRef>,
    },
    /// Runs that have a score, and NaN or infinity in other rows.
    SomeNotNumbers {
        /// The measure.
        measure: String,
        /// The runs.
        runs: Vec<RunRef>,
    },
    /// Runs that do not have the measure.
    NotMeasured {
        /// The measure.
        measure: String,
        /// The runs.
        runs: Vec<RunRef>,
    },
    /// Runs have different numbers of epochs, or of rows if they have no epochs.
    DifferentEpochs {
        /// The number that most runs have.
        usual: usize,
        /// How many runs have it.
        runs_with_usual: usize,
        /// The other runs, with their numbers.
        others: Vec<(RunRef, usize)>,
    },
    /// Settings that differ between runs and do not tell groups apart, because they are names,
    /// paths, times or hosts, or because the caller said so.
    Ignored {
        /// The settings.
        settings: Vec<String>,
    },
}

/// How many runs or seeds a sentence lists.
const MOST_LISTED: usize = 6;

fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    let shown: Vec<_> = items.iter().take(MOST_LISTED).map(show).collect();
    match items.len().saturating_sub(MOST_LISTED) {
        0 => shown.join(", "),
        rest => format!("{} and {rest} more", shown.join(", ")),
    }
}

fn names(runs: &[RunRef]) -> String {
    list(runs, |run| format!("`{}`", run.name))
}

/// `1 run` or `3 runs`.
fn count(runs: usize, one: &str, many: &str) -> String {
    if runs == 1 { format!("1 {one}") } else { format!("{runs} {many}") }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs_have = |runs: &[RunRef]| count(runs.len(), "run has", "runs have");
        // A measure or setting may be called anything.
        match self {
            Fact::Duplicates { group, seed, runs } => {
                write!(f, "`{group}` has {} runs with seed {seed}", runs.len())
            }
            Fact::MissingSeeds { group, seeds } => {
                let word = if seeds.len() == 1 { "seed" } else { "seeds" };
                let seeds = list(seeds, u64::to_string);
                write!(f, "`{group}` has no run with {word} {seeds}, which others have")
            }
            Fact::NoSeed { group, runs } => {
                write!(
                    f,
                    "`{group}` has {} without a seed: {}",
                    count(runs.len(), "run", "runs"),
                    names(runs)
                )
            }
            Fact::NoNetwork { setting, runs } => {
                write!(f, "{} no `{}`: {}", runs_have(runs), shown(setting), names(runs))
            }
            Fact::Crashed { runs } => {
                write!(f, "{}: {}", count(runs.len(), "run crashed", "runs crashed"), names(runs))
            }
            Fact::Unfinished { runs } => {
                let many = count(runs.len(), "run has not ended", "runs have not ended");
                write!(f, "{many}: {}", names(runs))
            }
            Fact::NotANumber { measure, runs } => {
                let measure = shown(measure);
                write!(
                    f,
                    "{} a score `{measure}` that is NaN or infinite: {}",
                    runs_have(runs),
                    names(runs)
                )
            }
            Fact::SomeNotNumbers { measure, runs } => {
                let measure = shown(measure);
                write!(
                    f,
                    "{} NaN or infinity among the values of `{measure}`: {}",
                    runs_have(runs),
                    names(runs)
                )
            }
            Fact::NotMeasured { measure, runs } => {
                let measure = shown(measure);
                write!(f, "{} no measure `{measure}`: {}", runs_have(runs), names(runs))
            }
            Fact::DifferentEpochs { usual, runs_with_usual, others } => {
                let others = list(others, |(run, epochs)| format!("`{}` has {epochs}", run.name));
                let runs = count(*runs_with_usual, "run has", "runs have");
                write!(f, "runs have different numbers of epochs: {runs} {usual}, {others}")
            }
            Fact::Ignored { settings } => {
                let settings = list(settings, |name| format!("`{}`", shown(name)));
                write!(f, "settings that differ between runs and were ignored: {settings}")
            }
        }
    }
}
