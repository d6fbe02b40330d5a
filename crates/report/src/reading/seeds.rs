//! Rules on single runs: divergence, groups of seeds, best epochs.

use fitroom_results::Choose;
use fitroom_stats::{DEFAULT_MARGIN, Spread};

use super::curves::Curves;
use super::observation::{Observation, SeedGroup};

/// Critical values of the largest gap between neighbours, by number of values: 1 of 100 samples
/// from one normal distribution has a larger gap. The unit is the standard deviation within the two
/// sides of the gap. Made with numpy 2: two million samples of each size, one million from 30 on:
///
/// ```python
/// rng = numpy.random.default_rng(1)
/// x = numpy.sort(rng.normal(size=(100_000, n)), axis=1)          # 20 times
/// gap = numpy.diff(x, axis=1)
/// low = numpy.arange(n) < gap.argmax(1)[:, None] + 1
/// squares = sum(((x - (x * side).sum(1, keepdims=True) / side.sum(1, keepdims=True)) ** 2 * side).sum(1)
///               for side in (low, ~low))
/// numpy.quantile(gap.max(1) / numpy.sqrt(squares / (n - 2)), 0.99)
/// ```
const LARGEST_GAPS: [(usize, f64); 12] = [
    (4, 27.83),
    (5, 13.37),
    (6, 9.01),
    (7, 6.97),
    (8, 5.78),
    (9, 5.01),
    (10, 4.46),
    (12, 3.76),
    (15, 3.17),
    (20, 2.68),
    (30, 2.28),
    (50, 2.00),
];

/// Runs whose loss became NaN or infinite.
pub fn divergence(curves: &Curves) -> Option<Observation> {
    let runs = curves.diverged.clone();
    (!runs.is_empty()).then_some(Observation::Divergence { runs, of: curves.begun })
}

/// The best epoch of each run, and its gain over the last epoch; nothing where none is chosen.
pub fn best_epoch(curves: &Curves) -> Option<Observation> {
    match curves.choose {
        Choose::Best => {}
        Choose::LastQuarter => return None,
    }
    let best =
        curves.runs.iter().filter_map(|run| run.epochs.get(run.best.checked_sub(1)? as usize));
    let best: Vec<_> = best.collect();
    let last = curves.runs.iter().filter_map(|run| run.epochs.last());
    Some(Observation::BestEpoch {
        epoch: Spread::of(best.iter().map(|record| f64::from(record.epoch)))?,
        accuracy: Spread::of(best.iter().map(|record| record.val_accuracy))?,
        gain: Spread::of(
            best.iter().zip(last).map(|(best, last)| best.val_accuracy - last.val_accuracy),
        )?,
        test_gain: Spread::of(curves.runs.iter().map(|run| run.test_gain.unwrap_or(f64::NAN))),
        monitor: curves.monitor,
    })
}

/// Splits the runs at the largest gap between their last validation accuracies. The two sides are
/// groups if the gap is larger than half a point and larger than chance explains. The rule needs at
/// least four seeds.
pub fn groups(curves: &Curves) -> Option<Observation> {
    let last =
        curves.runs.iter().filter_map(|run| Some((run.epochs.last()?.val_accuracy, run.seed)));
    let mut last: Vec<(f64, u64)> = last.collect();
    last.sort_by(|a, b| a.0.total_cmp(&b.0));
    let critical = LARGEST_GAPS.iter().rev().find(|(seeds, _)| *seeds <= last.len())?.1;
    let split = (1..last.len())
        .max_by(|&a, &b| (last[a].0 - last[a - 1].0).total_cmp(&(last[b].0 - last[b - 1].0)))?;
    let gap = last[split].0 - last[split - 1].0;
    let (low, high) = last.split_at(split);
    let squares = [low, high].map(|side| {
        let mean = mean(side);
        side.iter().map(|(x, _)| (x - mean).powi(2)).sum::<f64>()
    });
    let within = (squares.iter().sum::<f64>() / (last.len() - 2) as f64).sqrt();
    let group = |side: &[(f64, u64)]| {
        let mut seeds: Vec<u64> = side.iter().map(|(_, seed)| *seed).collect();
        seeds.sort_unstable();
        SeedGroup { seeds, accuracy: mean(side) }
    };
    (gap > DEFAULT_MARGIN && gap > critical * within)
        .then(|| Observation::Groups { low: group(low), high: group(high) })
}

fn mean(side: &[(f64, u64)]) -> f64 {
    side.iter().map(|(x, _)| x).sum::<f64>() / side.len() as f64
}
