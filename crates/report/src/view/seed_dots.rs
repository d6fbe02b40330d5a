//! Two networks seed by seed: their scores, the differences, and what the mean difference is.

use fitroom_results::JudgedMeasure;
use fitroom_stats::Effect;
use serde::Serialize;

use super::compare::ComparedPair;
use super::curve_network::look;
use super::seed_dots_figure::{Dots, draw};
use super::seed_dots_point::{SeedDotsAxes, SeedPoint};
use super::seed_dots_table::seed_dots_table;
use crate::document::Table;
use crate::figure::Figure;
use crate::measure_words::{difference, interval, shown, shown_difference, shown_interval};
use crate::number::{count, counted_seeds, listed};

/// Two networks seed by seed: the figure, and its numbers. Values are as they are drawn: accuracies in
/// percent, and differences of them in points.
pub struct SeedDots {
    /// The scores on the left, the differences on the right.
    pub figure: Figure,
    /// Which value stands at which pixel; `None` if there is nothing to show yet.
    pub axes: Option<SeedDotsAxes>,
    /// The network's name and look, then its baseline's.
    pub sides: [Side; 2],
    /// The scores: a row for each seed, or of unpaired runs a point for each run.
    pub points: Vec<SeedPoint>,
    /// The mean difference with its interval; `None` for fewer than two seeds.
    pub mean: Option<MeanDifference>,
    /// What a reader should know of the figure, as whole sentences.
    pub notes: Vec<String>,
    /// The scores as a table.
    pub table: Table,
}

/// One of the two networks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// Its index in the study.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// The class of its colour: `n3`. It is the one of its curves.
    pub color: String,
}

/// The mean difference with its interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeanDifference {
    /// The network's mean minus the baseline's.
    pub mean: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
    /// The interval's confidence in percent.
    pub confidence_percent: u32,
    /// The verdict's name.
    pub verdict: Option<&'static str>,
    /// `+1.17 (95% interval +0.85 to +1.49)`
    pub words: String,
}

/// Draws two networks seed by seed. The numbers are those of the comparison: runs that diverged count
/// as guessing, and of unpaired runs there are no pairs.
pub fn seed_dots(pair: &ComparedPair) -> SeedDots {
    let comparison = &pair.comparison;
    let (measure, effect) = (&comparison.measure, &comparison.judged);
    let names = [&comparison.network, &comparison.baseline];
    let indices = [pair.network, pair.baseline];
    let side = |at: usize| Side {
        index: indices[at],
        name: names[at].clone(),
        color: look(indices[at]).0.class(),
    };
    let mut points = points(measure, effect);
    let dots = Dots { comparison, indices };
    let (figure, axes, far) = draw(&dots, &mut points);
    let drawn = points.iter().filter(|point| point.y.is_some()).count();
    SeedDots {
        table: seed_dots_table(comparison, &points),
        figure,
        axes,
        sides: [0, 1].map(side),
        mean: mean_difference(measure, effect),
        notes: [
            pair.plan_words(),
            comparison.missing_words(),
            far_words(&far),
            (drawn < points.len()).then(|| {
                let all = count(points.len() as u64);
                format!("Drawn are the first {drawn} of {all} rows. The mean is over all.")
            }),
        ]
        .into_iter()
        .flatten()
        .collect(),
        points,
    }
}

fn points(measure: &JudgedMeasure, effect: &Effect) -> Vec<SeedPoint> {
    let score = |directed: f64| Some(shown(measure, measure.directed(directed)));
    let none = SeedPoint { seed: None, network: None, baseline: None, difference: None, y: None };
    match &effect.samples {
        Some(samples) => {
            let network =
                samples.candidate.iter().map(|&it| SeedPoint { network: score(it), ..none });
            let baseline =
                samples.baseline.iter().map(|&it| SeedPoint { baseline: score(it), ..none });
            network.chain(baseline).collect()
        }
        None => {
            let pairs = effect.pairs.iter().map(|pair| SeedPoint {
                seed: Some(pair.seed),
                network: score(pair.candidate),
                baseline: score(pair.baseline),
                difference: Some(shown_difference(measure, pair.difference())),
                y: None,
            });
            pairs.collect()
        }
    }
}

fn mean_difference(measure: &JudgedMeasure, effect: &Effect) -> Option<MeanDifference> {
    let (found, ends) = effect.difference.zip(effect.interval)?;
    let (low, high) = shown_interval(measure, ends);
    let confidence_percent = effect.confidence_percent();
    Some(MeanDifference {
        mean: shown_difference(measure, found.mean),
        low,
        high,
        confidence_percent,
        verdict: effect.verdict.map(|verdict| verdict.name()),
        words: format!(
            "{} ({confidence_percent}% interval {})",
            difference(measure, found.mean),
            interval(measure, ends)
        ),
    })
}

/// Rows of which a mark lies beyond an axis.
fn far_words(far: &[SeedPoint]) -> Option<String> {
    const MOST: usize = 5;
    let seeds: Vec<String> =
        far.iter().filter_map(|point| point.seed).map(|seed| seed.to_string()).collect();
    match (far.len(), seeds.len()) {
        (0, _) => None,
        (1, 1) => Some(format!("Too far away to be drawn: a mark of seed {}.", seeds[0])),
        (_, 2..=MOST) => {
            Some(format!("Too far away to be drawn: marks of seeds {}.", listed(&seeds)))
        }
        (n, 0) => Some(format!("Too far away to be drawn: {n} of the runs.")),
        (n, _) => Some(format!("Too far away to be drawn: marks of {}.", counted_seeds(n))),
    }
}

#[cfg(test)]
mod tests;
