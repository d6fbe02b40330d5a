//! Rules on the gap between training and validation: underfitting, the gap itself, training that
//! looks worse than validation.

use fitroom_results::{Metric, Subset};
use fitroom_stats::DEFAULT_MARGIN;

use super::curves::{Curves, stretch};
use super::noise::{Comparison, Noise};
use super::observation::{Drawback, Observation, Trend};

/// The validation accuracy of a network, with which other networks' training accuracy is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Yardstick {
    /// The network's name.
    pub name: String,
    /// Its validation accuracy in the last quarter of its training.
    pub validation: f64,
}

impl Yardstick {
    /// The yardstick from a network's curves; `None` if it has no validated run.
    pub fn of(name: &str, curves: &Curves) -> Option<Self> {
        let end =
            curves.is_validated().then(|| curves.end(Metric::Accuracy, Subset::Validation))?;
        Some(Yardstick { name: name.to_owned(), validation: end.mean })
    }
}

/// At the end, training accuracy is below the best validation accuracy of the others by more than
/// noise and half a point, and by more than the network's own gap. Or it is no better than guessing.
pub fn underfitting(curves: &Curves, others: &[Yardstick]) -> Option<Observation> {
    if is_handicapped(curves) {
        return None;
    }
    let training = curves.end(Metric::Accuracy, curves.training()).mean;
    let gap = training - curves.end(Metric::Accuracy, Subset::Validation).mean;
    let noise = |comparison| curves.noise().against_other_images(comparison);
    let guessing = 1.0 / curves.classes as f64;
    if curves.classes > 0 && training - guessing <= noise(Comparison::OneWay) {
        return Some(Observation::Underfitting {
            training,
            gap,
            drawback: Drawback::Guessing { classes: curves.classes },
        });
    }
    let best = others.iter().max_by(|a, b| a.validation.total_cmp(&b.validation))?;
    let short_by = best.validation - training;
    // The best of several others is high by luck.
    (short_by > noise(Comparison::Chosen).max(DEFAULT_MARGIN) && short_by > gap).then(|| {
        Observation::Underfitting {
            training,
            gap,
            drawback: Drawback::Network { name: best.name.clone(), validation: best.validation },
        }
    })
}

/// At the end, training accuracy as trained lies below validation by more than noise, and training
/// accuracy in inference mode does not (or was not measured).
pub fn as_trained(curves: &Curves) -> Option<Observation> {
    let end = |subset| curves.end(Metric::Accuracy, subset).mean;
    let (training, validation) = (end(Subset::Train), end(Subset::Validation));
    let inference = (curves.training() == Subset::Fit).then(|| end(Subset::Fit));
    let noise = curves.noise().against_other_images(Comparison::OneWay);
    let is_below = |accuracy: f64| validation - accuracy > noise;
    (is_below(training) && !inference.is_some_and(is_below)).then_some(Observation::AsTrained {
        training,
        inference,
        validation,
        handicaps: curves.handicaps.clone(),
    })
}

/// Training accuracy minus validation accuracy, and whether it changes from the second quarter of
/// the training to the last. `None` if training accuracy is known only as trained and can't be
/// compared with validation.
pub fn gap(curves: &Curves) -> Option<Observation> {
    let subset = curves.training();
    if is_handicapped(curves) {
        return None;
    }
    let (training, validation) =
        (curves.mean(Metric::Accuracy, subset), curves.mean(Metric::Accuracy, Subset::Validation));
    let difference = |pair: (&Vec<f64>, &Vec<f64>)| {
        pair.0.iter().zip(pair.1).map(|(a, b)| a - b).collect::<Vec<f64>>()
    };
    let gap = difference((&training, &validation));
    let (epochs, quarter) = (curves.epochs(), curves.quarter());
    let course =
        (epochs > 1).then(|| [epochs / 2, epochs].map(|end| stretch(&gap, end - quarter, quarter)));

    let runs =
        (curves.each(Metric::Accuracy, subset), curves.each(Metric::Accuracy, Subset::Validation));
    let runs: Vec<Vec<f64>> = runs.0.iter().zip(&runs.1).map(difference).collect();
    let noise = Noise::of(&runs, curves.noise().sampling);
    let noise = noise.between(quarter, quarter, Comparison::EitherWay);
    let trend = match course.map_or(0.0, |[middle, end]| end.mean - middle.mean) {
        change if change > noise => Trend::Growing,
        change if change < -noise => Trend::Shrinking,
        _ => Trend::Steady,
    };
    Some(Observation::Gap {
        subset,
        last_epoch: epochs as u32,
        training: *training.last()?,
        validation: *validation.last()?,
        course,
        trend,
        noise,
        sampling: curves.noise().against_other_images(Comparison::OneWay),
    })
}

/// Whether training accuracy is known only as trained and lies below validation. In that case it
/// does not tell how well the network fits.
fn is_handicapped(curves: &Curves) -> bool {
    curves.training() == Subset::Train && as_trained(curves).is_some()
}
