//! Rules on how curves change: improvement and its end, overfitting, over-confidence, instability.

use fitroom_results::{Metric, Subset};
use fitroom_stats::DEFAULT_MARGIN;

use super::curves::{Curves, Stretch, stretches};
use super::noise::Noise;
use super::observation::Observation;
use super::rule::{FLUCTUATION_RATIO, LEAST_RISE, SEVERE_RATIO};

/// With fewer bends, the fluctuation is too uncertain to be compared with sampling error.
const LEAST_BENDS: usize = 8;

/// Whether validation accuracy still rises at the end, or the epoch from which on it does not.
///
/// Finds nothing in a curve that rises late after a dip, and in runs that ended at different
/// epochs, because these have no common end.
pub fn improvement(curves: &Curves) -> Option<Observation> {
    if curves.is_cut() {
        return None;
    }
    let quarter = curves.quarter();
    let all = validation_stretches(curves);
    let end = *all.last()?;
    let noise = curves.noise().between(quarter, quarter);
    let before = *all.get(all.len().checked_sub(1 + quarter)?)?;
    if end.mean - before.mean > noise {
        let accuracies = curves.each(Metric::Accuracy, Subset::Validation);
        let rising = accuracies.iter().filter(|run| {
            let of = stretches(run, quarter);
            of[of.len() - 1].mean > of[of.len() - 1 - quarter].mean
        });
        let (rising, runs) = (rising.count(), curves.runs.len());
        // The mean can rise because of a single run that recovers.
        return (2 * rising > runs).then_some(Observation::StillImproving {
            before,
            end,
            noise,
            rising,
            runs,
        });
    }
    // Without a fluctuation there are too few epochs to tell a plateau from a pause.
    curves.noise().fluctuation?;
    let from =
        *all.iter().enumerate().find(|(at, from)| best(&all[*at..]).mean - from.mean <= noise)?.1;
    (from.last < end.first).then_some(Observation::Plateau { from, end, noise })
}

/// Validation accuracy falls after its best by more than noise and half a point, while training
/// accuracy rises.
pub fn overfitting(curves: &Curves) -> Option<Observation> {
    let quarter = curves.quarter();
    let all = validation_stretches(curves);
    let (best, end) = (best(&all), *all.last()?);
    let noise = curves.noise().between(quarter, quarter);
    let training = stretches(&curves.mean(Metric::Accuracy, curves.training()), quarter);
    let training = [training[best.first as usize - 1].mean, training.last()?.mean];
    let falls = best.mean - end.mean > noise.max(DEFAULT_MARGIN) && best.last < end.first;
    (falls && training[1] > training[0]).then_some(Observation::Overfitting {
        best,
        end,
        training,
        noise,
    })
}

/// Validation loss rises after its lowest by more than noise and [`LEAST_RISE`], while validation
/// accuracy at the end is not below that of the epoch with the lowest loss by more than noise and
/// half a point.
///
/// Training loss is not read: it may include a penalty.
pub fn over_confidence(curves: &Curves) -> Option<Observation> {
    let quarter = curves.quarter();
    let loss = curves.mean(Metric::Loss, Subset::Validation);
    let noise = Noise::of(&curves.each(Metric::Loss, Subset::Validation), 0.0);
    // The sampling error of losses is not known, so without a fluctuation any rise would count.
    noise.fluctuation?;
    let all = stretches(&loss, quarter);
    let smoothed = *all.iter().min_by(|a, b| a.mean.total_cmp(&b.mean))?;
    let end = *all.last()?;
    let (at, &lowest) = loss.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1))?;
    let (epoch, last_epoch, last) = (at as u32 + 1, loss.len() as u32, *loss.last()?);
    let above_floor = |x: f64| x - curves.loss_floor;
    let rise = |from: f64, to: f64| above_floor(to) / above_floor(from) - 1.0;
    let rises = end.mean - smoothed.mean > noise.between(quarter, quarter)
        && rise(smoothed.mean, end.mean) > LEAST_RISE
        && rise(lowest, last) > LEAST_RISE
        && epoch < end.first;

    let accuracy = curves.mean(Metric::Accuracy, Subset::Validation)[at];
    let end = curves.end(Metric::Accuracy, Subset::Validation);
    let noise = curves.noise().between(1, quarter);
    let holds = end.mean - accuracy >= -noise.max(DEFAULT_MARGIN);
    (rises && holds).then_some(Observation::OverConfidence {
        epoch,
        lowest,
        last_epoch,
        last,
        rise: rise(lowest, last),
        floor: (curves.loss_floor > 0.0).then_some(curves.loss_floor),
        accuracy,
        end,
        accuracy_rises: end.mean - accuracy > noise,
    })
}

/// Validation accuracy scatters around its trend by more than sampling explains.
pub fn instability(curves: &Curves) -> Option<Observation> {
    let images = curves.images?;
    let noise = curves.noise();
    let fluctuation = noise.fluctuation.filter(|_| noise.bends >= LEAST_BENDS)?;
    let falls = curves.runs.iter().flat_map(|run| {
        run.epochs
            .windows(2)
            .map(|pair| (pair[0].val_accuracy - pair[1].val_accuracy, pair[1].epoch, run.seed))
    });
    let (fall, epoch, seed) = falls.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (fluctuation > FLUCTUATION_RATIO * noise.sampling).then_some(Observation::Instability {
        fluctuation,
        sampling: noise.sampling,
        images,
        fall,
        epoch,
        seed: (curves.runs.len() > 1).then_some(seed),
        is_severe: fluctuation > SEVERE_RATIO * noise.sampling,
    })
}

fn validation_stretches(curves: &Curves) -> Vec<Stretch> {
    stretches(&curves.mean(Metric::Accuracy, Subset::Validation), curves.quarter())
}

/// The highest stretch, the earliest of equals.
fn best(stretches: &[Stretch]) -> Stretch {
    stretches
        .iter()
        .copied()
        .reduce(|best, next| if next.mean > best.mean { next } else { best })
        .expect("there is at least one stretch")
}
