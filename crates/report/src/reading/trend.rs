//! Rules on how curves change: improvement and its end, overfitting, over-confidence, instability.

use fitroom_results::{Metric, Subset};
use fitroom_stats::DEFAULT_MARGIN;

use super::curves::{Curves, Stretch, stretches};
use super::noise::{Comparison, Noise};
use super::observation::Observation;
use super::rule::{DRIFT_ALLOWANCE, FLUCTUATION_RATIO, LEAST_RISE, RATIO_BY_CHANCE, SEVERE_RATIO};

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
    let noise = curves.noise().between(quarter, quarter, Comparison::OneWay);
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
    // The best of all later stretches is compared, so a lucky one must not move the beginning.
    let noise = curves.noise().between(quarter, quarter, Comparison::Chosen);
    let from =
        *all.iter().enumerate().find(|(at, from)| best(&all[*at..]).mean - from.mean <= noise)?.1;
    (from.last < end.first).then_some(Observation::Plateau { from, end, noise })
}

/// Validation accuracy falls after its best by more than noise and half a point, while training
/// accuracy rises.
///
/// The best of all stretches is high by luck, so a fall from there must exceed more noise than one
/// between given stretches. Where the loss rises clearly, its lowest stretch is the given one. With a
/// single run noise is larger, because nothing else shows that it drifts.
pub fn overfitting(curves: &Curves) -> Option<Observation> {
    let quarter = curves.quarter();
    let all = validation_stretches(curves);
    let end = *all.last()?;
    let by_accuracy = (best(&all), Comparison::Chosen);
    let by_loss =
        loss_rise(curves).map(|(lowest, _)| (all[lowest.first as usize - 1], Comparison::OneWay));
    let training = stretches(&curves.mean(Metric::Accuracy, curves.training()), quarter);
    let fall = |(best, comparison): (Stretch, Comparison)| {
        let noise = curves.noise().between(quarter, quarter, comparison);
        let noise = if curves.runs.len() == 1 { DRIFT_ALLOWANCE * noise } else { noise };
        let training = [training[best.first as usize - 1].mean, training.last()?.mean];
        let falls = best.mean - end.mean > noise.max(DEFAULT_MARGIN) && best.last < end.first;
        (falls && training[1] > training[0]).then_some(Observation::Overfitting {
            best,
            end,
            training,
            noise,
        })
    };
    fall(by_accuracy).or_else(|| fall(by_loss?))
}

/// The lowest stretch of validation loss and the last one, if loss rises between them by more than
/// noise and [`LEAST_RISE`].
fn loss_rise(curves: &Curves) -> Option<(Stretch, Stretch)> {
    let quarter = curves.quarter();
    let noise = Noise::of(&curves.each(Metric::Loss, Subset::Validation), 0.0);
    // The sampling error of losses is not known, so without a fluctuation any rise would count.
    noise.fluctuation?;
    let all = stretches(&curves.mean(Metric::Loss, Subset::Validation), quarter);
    let lowest = *all.iter().min_by(|a, b| a.mean.total_cmp(&b.mean))?;
    let end = *all.last()?;
    let rises = end.mean - lowest.mean > noise.between(quarter, quarter, Comparison::Chosen)
        && curves.loss_rise(lowest.mean, end.mean) > LEAST_RISE;
    rises.then_some((lowest, end))
}

/// Validation loss rises after its lowest by more than noise and [`LEAST_RISE`], while validation
/// accuracy at the end is not below that of the epoch with the lowest loss by more than noise and
/// half a point.
///
/// Training loss is not read: it may include a penalty.
pub fn over_confidence(curves: &Curves) -> Option<Observation> {
    let (_, end) = loss_rise(curves)?;
    let loss = curves.mean(Metric::Loss, Subset::Validation);
    let (at, &lowest) = loss.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1))?;
    let (epoch, last_epoch, last) = (at as u32 + 1, loss.len() as u32, *loss.last()?);
    let rises = curves.loss_rise(lowest, last) > LEAST_RISE && epoch < end.first;

    let accuracy = curves.mean(Metric::Accuracy, Subset::Validation)[at];
    let end = curves.end(Metric::Accuracy, Subset::Validation);
    let noise = curves.noise().between(1, curves.quarter(), Comparison::OneWay);
    let holds = end.mean - accuracy >= -noise.max(DEFAULT_MARGIN);
    (rises && holds).then_some(Observation::OverConfidence {
        epoch,
        lowest,
        last_epoch,
        last,
        rise: curves.loss_rise(lowest, last),
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
    let ratio = FLUCTUATION_RATIO.max(1.0 + RATIO_BY_CHANCE / (noise.bends as f64).sqrt());
    (fluctuation > ratio * noise.sampling).then_some(Observation::Instability {
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
