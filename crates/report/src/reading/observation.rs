//! What a rule has found, with the numbers that it rests on.

use fitroom_stats::Spread;
use fitroom_study::Monitor;

use super::Rule;
use super::curves::{Diverged, Stretch};
use super::seeds::Group;
use crate::score::Subset;

/// One thing that the curves of a network say. Accuracies are fractions.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// Runs whose loss became NaN or infinite.
    Divergence {
        /// Which, and where.
        runs: Vec<Diverged>,
        /// Runs that are finished or diverged.
        of: usize,
    },
    /// No image is held out, so no other rule applies.
    NoValidation,
    /// Seeds fall into two groups, apart by more than chance explains.
    Groups {
        /// Those that score lower.
        low: Group,
        /// Those that score higher.
        high: Group,
    },
    /// Validation accuracy falls after its best while training accuracy rises.
    Overfitting {
        /// Where validation accuracy is best.
        best: Stretch,
        /// Where it ends.
        end: Stretch,
        /// Training accuracy in the same two stretches.
        training: [f64; 2],
        /// What chance explains of the fall.
        noise: f64,
    },
    /// Validation loss rises after its lowest while validation accuracy holds.
    OverConfidence {
        /// Where validation loss is lowest.
        epoch: u32,
        /// What it is there.
        lowest: f64,
        /// The last epoch.
        last_epoch: u32,
        /// Validation loss there.
        last: f64,
        /// (last − floor) / (lowest − floor) − 1.
        rise: f64,
        /// The floor, where it isn't zero.
        floor: Option<f64>,
        /// Validation accuracy at `epoch`.
        accuracy: f64,
        /// Validation accuracy at the end.
        end: Stretch,
        /// Whether validation accuracy still rises after `epoch` by more than noise.
        accuracy_rises: bool,
    },
    /// Training images are got right less often than another network gets validation images right.
    Underfitting {
        /// Training accuracy at the end.
        training: f64,
        /// Training − validation accuracy at the end.
        gap: f64,
        /// What it falls short of.
        drawback: Drawback,
    },
    /// Validation accuracy still rises at the end.
    StillImproving {
        /// The quarter before the last.
        before: Stretch,
        /// The last quarter.
        end: Stretch,
        /// What chance explains of the rise.
        noise: f64,
        /// Runs in which it rises.
        rising: usize,
        /// All finished runs.
        runs: usize,
    },
    /// Validation accuracy has stopped rising.
    Plateau {
        /// As good as any later stretch, but for noise.
        from: Stretch,
        /// The last quarter.
        end: Stretch,
        /// What counts as noise.
        noise: f64,
    },
    /// Training accuracy as trained lies below validation, which says nothing: it was measured
    /// otherwise.
    AsTrained {
        /// Training accuracy as trained, at the end.
        training: f64,
        /// The same images in inference mode; `None` where it was not measured.
        inference: Option<f64>,
        /// Validation accuracy at the end.
        validation: f64,
        /// What training images were scored with as trained.
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
        /// The gap in the middle and in the last quarter; `None` of a single epoch.
        course: Option<[Stretch; 2]>,
        /// How it changes.
        trend: Trend,
        /// What chance explains of a change.
        noise: f64,
        /// What the sampling of images explains of the gap itself.
        sampling: f64,
    },
    /// Where validation accuracy is highest, and what that gains.
    BestEpoch {
        /// Over runs.
        epoch: Spread,
        /// Validation accuracy there.
        accuracy: Spread,
        /// Above the last epoch, on validation images.
        gain: Spread,
        /// Above the last epoch, on test images; `None` where they were not scored.
        test_gain: Option<Spread>,
        /// What decided it.
        monitor: Monitor,
    },
    /// Validation accuracy jumps from epoch to epoch by more than the sampling of images explains.
    Instability {
        /// Standard deviation of an epoch's accuracy around its run's trend.
        fluctuation: f64,
        /// The most that sampling explains of it.
        sampling: f64,
        /// Images validated on.
        images: usize,
        /// The largest fall from one epoch to the next.
        fall: f64,
        /// The epoch at which the run had fallen.
        epoch: u32,
        /// Its seed; `None` where there is only one run.
        seed: Option<u64>,
        /// Whether it is so large that a single epoch's score means little.
        is_severe: bool,
    },
}

/// What an underfitting network falls short of.
#[derive(Clone, Debug, PartialEq)]
pub enum Drawback {
    /// Another network's accuracy on validation images.
    Network {
        /// Its name.
        name: String,
        /// Its validation accuracy at the end.
        validation: f64,
    },
    /// Nothing has been learned: guessing is as good.
    Guessing {
        /// Classes to guess from.
        classes: usize,
    },
}

/// How a number changes over the training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// By more than noise.
    Growing,
    /// Not by more than noise.
    Steady,
    /// By more than noise.
    Shrinking,
}

impl Observation {
    /// The rule that found it.
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
