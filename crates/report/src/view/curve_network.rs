//! The curves of one network, as numbers.

use fitroom_results::{Run, RunStatus};
use fitroom_stats::Spread;
use serde::Serialize;

use super::mean_curve::{RunCurve, mean_curve};
use super::measure::Measured;
use super::smoothing::smoothed;
use crate::plot::{Color, Dash, SERIES};
use crate::summary::NetworkSummary;

/// The curves of one network. Values are as they are drawn: accuracies in percent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurveNetwork {
    /// The network's index in the study.
    pub index: usize,
    /// The network's name.
    pub name: String,
    /// The network's name in links.
    pub slug: String,
    /// The class of its colour: `n3`. Lines have `l-n3`, filled marks `f-n3`. It stays, whichever
    /// networks are picked.
    pub color: String,
    /// Whether its lines are dashed, since an earlier network of the study has the same colour.
    pub is_dashed: bool,
    /// How many runs count in the mean.
    pub runs: usize,
    /// Seeds of the runs that are not finished and count as far as they have come.
    pub pending: Vec<u64>,
    /// Seeds of the runs that diverged. They have no part in the mean.
    pub diverged: Vec<u64>,
    /// What was measured at the last epoch that a run has, not smoothed.
    pub last: Option<LastValue>,
    /// The mean at each epoch or step.
    pub points: Vec<CurvePoint>,
    /// Each run's curve, where every seed is drawn.
    pub seeds: Vec<SeedCurve>,
}

/// The mean at one epoch or step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The epoch, or step.
    pub epoch: f64,
    /// The mean over runs, smoothed, as drawn; `None` where nothing was measured.
    pub mean: Option<f64>,
    /// The standard deviation over runs, smoothed, as drawn: half of the band. `None` for one run.
    pub sd: Option<f64>,
    /// How many runs it is over.
    pub n: usize,
    /// The mean as it was measured.
    pub raw_mean: Option<f64>,
    /// The standard deviation as it was measured.
    pub raw_sd: Option<f64>,
}

/// What was measured at the last epoch that a run has.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LastValue {
    /// The epoch, or step.
    pub epoch: f64,
    /// The mean over runs.
    pub mean: f64,
    /// The standard deviation over runs; `None` for one run.
    pub sd: Option<f64>,
    /// The standard error of the mean, sd / √n; `None` for one run.
    pub standard_error: Option<f64>,
    /// How many runs it is over.
    pub n: usize,
    /// Mean ± standard deviation, as reports write it.
    pub words: String,
}

/// One run's curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeedCurve {
    /// The run's seed.
    pub seed: u64,
    /// The run's name in its origin.
    pub run: String,
    /// `finished`, `pending` or `diverged`.
    pub status: &'static str,
    /// Epoch or step, and value, smoothed, as drawn. Values that are not finite are left out.
    pub points: Vec<(f64, f64)>,
}

/// A network's runs with their curves as they were measured.
pub struct MeasuredCurves<'a> {
    /// The network's index.
    pub index: usize,
    /// Its summary.
    pub network: &'a NetworkSummary<'a>,
    /// The runs that have a curve.
    pub runs: Vec<(&'a Run, RunCurve)>,
}

/// A network's colour and pattern.
pub fn look(index: usize) -> (Color, Dash) {
    let is_dashed = !(index / SERIES).is_multiple_of(2);
    (Color::Series(index), if is_dashed { Dash::Dashed } else { Dash::Solid })
}

impl<'a> MeasuredCurves<'a> {
    /// The curves of the network of this index.
    pub fn new(network: &'a NetworkSummary<'a>, index: usize, measure: Measured) -> Self {
        let runs = network.runs.iter().map(|&run| (run, measure.curve(run)));
        MeasuredCurves { index, network, runs: runs.filter(|(_, it)| !it.is_empty()).collect() }
    }

    /// The runs that count in the mean.
    fn counted(&self) -> impl Iterator<Item = (&'a Run, &RunCurve)> + Clone {
        let all = self.runs.iter().map(|(run, curve)| (*run, curve));
        all.filter(|(run, _)| run.status != RunStatus::Diverged)
    }

    /// The seeds of the runs of a status that have a curve.
    fn seeds(&self, status: RunStatus) -> Vec<u64> {
        let of_status = self.runs.iter().filter(|(run, _)| run.status == status);
        of_status.map(|(run, _)| run.seed).collect()
    }

    /// The curves as they are shown, each run's too if `with_seeds`; and how many places have no mean,
    /// since few runs have them.
    pub fn shown(
        &self,
        measure: Measured,
        smoothing: f64,
        with_seeds: bool,
    ) -> (CurveNetwork, usize) {
        let mean = mean_curve(self.counted().map(|(_, curve)| curve));
        let (color, dash) = look(self.index);
        let seeds = self.runs.iter().filter(|_| with_seeds);
        let curves = CurveNetwork {
            index: self.index,
            name: self.network.facts.name.clone(),
            slug: self.network.slug.clone(),
            color: color.class(),
            is_dashed: dash == Dash::Dashed,
            runs: self.counted().count(),
            pending: self.seeds(RunStatus::Pending),
            diverged: self.seeds(RunStatus::Diverged),
            last: last_value(&mean.points, measure),
            points: points(&mean.points, measure, smoothing),
            seeds: seeds.map(|(run, curve)| seed_curve(run, curve, measure, smoothing)).collect(),
        };
        (curves, mean.rare)
    }
}

fn last_value(points: &[(f64, Option<Spread>)], measure: Measured) -> Option<LastValue> {
    let (epoch, spread) = points.iter().rev().find_map(|&(at, spread)| Some((at, spread?)))?;
    let sd = spread.sd.map(|sd| measure.shown(sd));
    Some(LastValue {
        epoch,
        mean: measure.shown(spread.mean),
        sd,
        standard_error: sd.map(|sd| sd / (spread.count as f64).sqrt()),
        n: spread.count,
        words: measure.words(&spread),
    })
}

/// The average is linear, and so the smoothed band is the band of the smoothed edges.
fn points(points: &[(f64, Option<Spread>)], measure: Measured, smoothing: f64) -> Vec<CurvePoint> {
    let number = |value: fn(Spread) -> Option<f64>| {
        points.iter().map(move |(_, spread)| {
            spread.and_then(value).map_or(f64::NAN, |value| measure.shown(value))
        })
    };
    let (means, sds) = (number(|spread| Some(spread.mean)), number(|spread| spread.sd));
    let smooth_means = smoothed(means.clone(), smoothing);
    let smooth_sds = smoothed(sds.clone(), smoothing);
    let finite = |value: f64| Some(value).filter(|value| value.is_finite());
    let raw = points.iter().zip(means.zip(sds));
    let smooth = smooth_means.into_iter().zip(smooth_sds);
    raw.zip(smooth)
        .map(|((&(epoch, spread), (raw_mean, raw_sd)), (mean, sd))| CurvePoint {
            epoch,
            mean: finite(mean),
            sd: finite(sd),
            n: spread.map_or(0, |spread| spread.count),
            raw_mean: finite(raw_mean),
            raw_sd: finite(raw_sd),
        })
        .collect()
}

/// A value that was not measured stays a gap, NaN.
fn seed_curve(run: &Run, curve: &RunCurve, measure: Measured, smoothing: f64) -> SeedCurve {
    let values = smoothed(curve.iter().map(|&(_, value)| measure.shown(value)), smoothing);
    SeedCurve {
        seed: run.seed,
        run: run.id.clone(),
        status: run.status.name(),
        points: curve.iter().map(|&(at, _)| at).zip(values).collect(),
    }
}
