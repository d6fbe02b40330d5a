//! The measures that the conclusions need: one number per seed, and its spread over seeds.

use fitroom_report::NetworkSummary;
use fitroom_results::{EpochRecord, Run};
use fitroom_stats::Spread;

/// One number per finished run.
fn each<'a>(
    network: &'a NetworkSummary,
    number: impl Fn(&Run) -> f64 + 'a,
) -> impl Iterator<Item = f64> + 'a {
    network.finished().map(move |(run, _)| number(run))
}

/// Test accuracy after the last epoch, for each seed.
pub fn last_test_accuracies(network: &NetworkSummary) -> Vec<f64> {
    network.finished().map(|(_, outcome)| outcome.last.test.accuracy).collect()
}

/// Mean absolute change of validation accuracy from one epoch to the next, over the second half of
/// training.
pub fn fluctuation(network: &NetworkSummary) -> Option<Spread> {
    Spread::of(each(network, |run| {
        let half = &run.epochs[run.epochs.len() / 2..];
        let changes =
            half.windows(2).map(|pair| (pair[1].val_accuracy - pair[0].val_accuracy).abs());
        changes.sum::<f64>() / half.len().saturating_sub(1).max(1) as f64
    }))
}

/// Training accuracy in inference mode minus validation accuracy, after the last epoch.
pub fn gap(network: &NetworkSummary) -> Option<Spread> {
    Spread::of(each(network, |run| {
        run.epochs.last().map_or(f64::NAN, |last| last.fit_accuracy - last.val_accuracy)
    }))
}

/// The rise of mean validation accuracy from the third quarter of the epochs to the last. Above
/// zero, validation accuracy still rises.
pub fn late_gain(network: &NetworkSummary) -> Option<Spread> {
    Spread::of(each(network, |run| {
        let quarter = run.epochs.len() / 4;
        let mean = |from: usize| {
            let epochs = &run.epochs[from..from + quarter];
            epochs.iter().map(|record| record.val_accuracy).sum::<f64>() / quarter as f64
        };
        let end = run.epochs.len();
        if quarter == 0 { f64::NAN } else { mean(end - quarter) - mean(end - 2 * quarter) }
    }))
}

/// The share of epochs, over all runs, in which validation accuracy is above training accuracy:
/// first for training accuracy as trained, then in inference mode.
pub fn validation_above_training(network: &NetworkSummary) -> Option<(f64, f64)> {
    let epochs: Vec<_> = network.finished().flat_map(|(run, _)| &run.epochs).collect();
    let share = |above: fn(&EpochRecord) -> bool| {
        epochs.iter().filter(|record| above(record)).count() as f64 / epochs.len() as f64
    };
    (!epochs.is_empty()).then(|| {
        (
            share(|record| record.val_accuracy > record.train_accuracy),
            share(|record| record.val_accuracy > record.fit_accuracy),
        )
    })
}

/// Validation loss: the epoch at which it is lowest, and its relative rise from there to the last
/// epoch.
pub fn loss_rise(network: &NetworkSummary) -> Option<(Spread, Spread)> {
    let lowest = |run: &Run| {
        run.epochs
            .iter()
            .min_by(|a, b| a.val_loss.total_cmp(&b.val_loss))
            .copied()
            .filter(|record| !record.val_loss.is_nan())
    };
    let epoch = Spread::of(each(network, |run| {
        lowest(run).map_or(f64::NAN, |record| f64::from(record.epoch))
    }))?;
    let rise = Spread::of(each(network, |run| {
        let last = run.epochs.last().map_or(f64::NAN, |last| last.val_loss);
        lowest(run).map_or(f64::NAN, |record| last / record.val_loss - 1.0)
    }))?;
    Some((epoch, rise))
}
