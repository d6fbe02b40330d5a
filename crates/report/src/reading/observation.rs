//! The findings of the rules, with the numbers that they rest on.

use fitroom_results::{Monitor, Subset};
use fitroom_stats::Spread;

use super::curves::{Diverged, Stretch};
use super::rule::Rule;

/// One finding about a network's curves. Accuracies are fractions.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// Runs whose loss became NaN or infinite.
    Divergence {
        /// The runs.
        runs: Vec<Diverged>,
        /// Number of runs that are finished or diverged.
        of: usize,
    },
    /// No image is held out, so no other rule applies.
    NoValidation,
    /// Seeds fall into two groups that are further apart than chance explains.
    Groups {
        /// The group that scores lower.
        low: SeedGroup,
        /// The group that scores higher.
        high: SeedGroup,
    },
    /// Validation accuracy falls after its best while training accuracy rises.
    Overfitting {
        /// Where validation accuracy is best.
        best: Stretch,
        /// The last stretch.
        end: Stretch,
        /// Training accuracy in the same two stretches.
        training: [f64; 2],
        /// The part of the fall that chance explains.
        noise: f64,
    },
    /// Validation loss rises after its lowest while validation accuracy holds.
    OverConfidence {
        /// Where validation loss is lowest.
        epoch: u32,
        /// Validation loss there.
        lowest: f64,
        /// The last epoch.
        last_epoch: u32,
        /// Validation loss there.
        last: f64,
        /// (last − floor) / (lowest − floor) − 1.
        rise: f64,
        /// The lowest possible loss; `None` if it is zero.
        floor: Option<f64>,
        /// Validation accuracy at `epoch`.
        accuracy: f64,
        /// Validation accuracy at the end.
        end: Stretch,
        /// Whether validation accuracy still rises after `epoch` by more than noise.
        accuracy_rises: bool,
    },
    /// Training accuracy is below another network's validation accuracy.
    Underfitting {
        /// Training accuracy at the end.
        training: f64,
        /// Training − validation accuracy at the end.
        gap: f64,
        /// The accuracy that the network does not reach.
        drawback: Drawback,
    },
    /// Validation accuracy still rises at the end.
    StillImproving {
        /// The quarter before the last.
        before: Stretch,
        /// The last quarter.
        end: Stretch,
        /// The part of the rise that chance explains.
        noise: f64,
        /// Number of runs in which it rises.
        rising: usize,
        /// Number of finished runs.
        runs: usize,
    },
    /// Validation accuracy has stopped rising.
    Plateau {
        /// The first stretch that no later one exceeds by more than noise.
        from: Stretch,
        /// The last quarter.
        end: Stretch,
        /// The largest change that counts as noise.
        noise: f64,
    },
    /// Training accuracy as trained lies below validation only because it is measured differently.
    AsTrained {
        /// Training accuracy as trained, at the end.
        training: f64,
        /// Training accuracy in inference mode; `None` where it was not measured.
        inference: Option<f64>,
        /// Validation accuracy at the end.
        validation: f64,
        /// The reasons why training images are harder as trained.
        handicaps: Vec<&'static str>,
    },
    /// Training − validation accuracy.
    Gap {
        /// How training images were scored.
        subset: Subset,
        /// The last epoch.
        last_epoch: u32,
        /// Training accuracy there.
        training: f64,
        /// Validation accuracy there.
        validation: f64,
        /// The gap in the second and in the last quarter; `None` with a single epoch.
        course: Option<[Stretch; 2]>,
        /// How the gap changes.
        trend: Trend,
        /// The part of a change that chance explains.
        noise: f64,
        /// The part of the gap that the sampling of images explains.
        sampling: f64,
    },
    /// The epoch with the best validation score, and its gain over the last epoch.
    BestEpoch {
        /// The best epoch over runs.
        epoch: Spread,
        /// Validation accuracy there.
        accuracy: Spread,
        /// The gain over the last epoch on validation images.
        gain: Spread,
        /// The gain over the last epoch on test images; `None` where they were not scored.
        test_gain: Option<Spread>,
        /// The score that decides which epoch is the best.
        monitor: Monitor,
    },
    /// Validation accuracy jumps from epoch to epoch by more than the sampling of images explains.
    Instability {
        /// Standard deviation of an epoch's accuracy around its run's trend.
        fluctuation: f64,
        /// The largest part of it that sampling explains.
        sampling: f64,
        /// Number of validation images.
        images: usize,
        /// The largest fall from one epoch to the next.
        fall: f64,
        /// The epoch after the fall.
        epoch: u32,
        /// The run's seed; `None` where there is only one run.
        seed: Option<u64>,
        /// Whether fluctuation is so large that a single epoch's score means little.
        is_severe: bool,
    },
}

/// Seeds whose runs end with similar accuracies.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedGroup {
    /// The seeds, ascending.
    pub seeds: Vec<u64>,
    /// Their mean validation accuracy.
    pub accuracy: f64,
}

/// The accuracy that an underfitting network does not reach.
#[derive(Clone, Debug, PartialEq)]
pub enum Drawback {
    /// Another network's accuracy on validation images.
    Network {
        /// The other network's name.
        name: String,
        /// The other network's validation accuracy at the end.
        validation: f64,
    },
    /// Guessing: the network has learned nothing.
    Guessing {
        /// Number of classes.
        classes: usize,
    },
}

/// How the gap changes over the training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// It grows by more than noise.
    Growing,
    /// It changes by no more than noise.
    Steady,
    /// It shrinks by more than noise.
    Shrinking,
}

impl Observation {
    /// The rule that makes this observation.
    pub fn rule(&self) -> Rule {
        match self {
            Observation::Divergence { .. } => Rule::Divergence,
            Observation::NoValidation => Rule::NoValidation,
            Observation::Groups { .. } => Rule::Groups,
            Observation::Overfitting { .. } => Rule::Overfitting,
            Observation::OverConfidence { .. } => Rule::OverConfidence,
            Observation::Underfitting { .. } => Rule::Underfitting,
            Observation::StillImproving { .. } => Rule::StillImproving,
            Observation::Plateau { .. } => Rule::Plateau,
            Observation::AsTrained { .. } => Rule::AsTrained,
            Observation::Gap { .. } => Rule::Gap,
            Observation::BestEpoch { .. } => Rule::BestEpoch,
            Observation::Instability { .. } => Rule::Instability,
        }
    }
}
