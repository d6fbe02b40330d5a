//! A trained network on labelled images: its accuracy and loss, class by class, how well its
//! probabilities are calibrated, and its surest mistakes.

mod comparison;
mod page;
mod reliability_figure;
mod tables;
#[cfg(test)]
mod tests;

use fitroom_data::{Dataset, LabelledImages};
use fitroom_results::Prediction;
use fitroom_stats::{CALIBRATION_BINS, Calibration, Proportion, log_loss};

pub use comparison::EvaluationComparison;
pub use page::{evaluation_page, write_evaluation};
pub use tables::{class_table, number_table};

use crate::inspection::{Confusion, Mistake, Mistakes, SHOWN_MISTAKES, picture};

/// Which images, in words, and what they are.
#[derive(Clone, Copy, Debug)]
pub struct EvaluatedImages<'a> {
    /// The data set that they are from.
    pub dataset: &'a Dataset,
    /// The images, with labels in the network's order of classes.
    pub images: &'a LabelledImages,
    /// What they are, in the plural: `test images`.
    pub noun: &'static str,
}

/// What a network says of labelled images.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The network's name.
    pub network: String,
    /// The seeds that it was trained with, and how many images each alone classifies correctly. Of
    /// several seeds, the mean of their probabilities is the answer.
    pub seeds: Vec<(u64, Proportion)>,
    /// The data set's title.
    pub dataset: String,
    /// What the images are: `test images`.
    pub noun: &'static str,
    /// The name of each class.
    pub classes: Vec<String>,
    /// The prediction for each image.
    pub predictions: Vec<Prediction>,
    /// How many images are classified correctly.
    pub accuracy: Proportion,
    /// The mean cross-entropy ([`log_loss`]) over the images for which it is known.
    pub loss: f64,
    /// Images for which the logits overflowed. They count as wrong, and are left out of the loss.
    pub overflowed: usize,
    /// Each class.
    pub by_class: Vec<ClassScores>,
    /// How confidence and accuracy agree.
    pub calibration: Calibration,
    /// The mistakes with the highest confidence.
    pub mistakes: Vec<Mistake>,
    confusion: Confusion,
}

/// How one class is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassScores {
    /// Of the images of the class, those that are classified as it. Their share is the recall.
    pub recall: Proportion,
    /// Of the images that are classified as the class, those that belong to it. Their share is the
    /// precision.
    pub precision: Proportion,
}

impl ClassScores {
    /// The harmonic mean of precision and recall, as scikit-learn's `f1_score`; `None` if the class has no
    /// images and is never predicted.
    pub fn f1(&self) -> Option<f64> {
        let all = self.recall.trials + self.precision.trials;
        (all > 0).then(|| 2.0 * self.recall.successes as f64 / all as f64)
    }
}

impl Evaluation {
    /// Evaluates the predictions of a network, one for each image.
    ///
    /// # Panics
    /// If there are not as many predictions as images, or one is of a class without a name.
    pub fn new(
        network: &str,
        seeds: Vec<(u64, Proportion)>,
        classes: &[String],
        images: EvaluatedImages,
        predictions: Vec<Prediction>,
    ) -> Self {
        assert_eq!(predictions.len(), images.images.len(), "a prediction for each image");
        let known: Vec<Prediction> = predictions.iter().copied().filter(is_known).collect();
        let loss = |prediction: &Prediction| log_loss(prediction.label_probability.into());
        let mut confusion = Confusion::new(classes.len());
        confusion.add(1, &known);
        let mut mistakes = Mistakes::default();
        mistakes.add(&predictions);
        let mut mistakes = mistakes.most_confident(SHOWN_MISTAKES);
        for mistake in &mut mistakes {
            mistake.picture = Some(picture(images.dataset, images.images, mistake.image));
        }
        let confidences = known.iter().map(|one| (f64::from(one.confidence), one.is_right()));
        Evaluation {
            network: network.to_owned(),
            seeds,
            dataset: images.dataset.title.clone(),
            noun: images.noun,
            classes: classes.to_vec(),
            accuracy: Proportion {
                successes: known.iter().filter(|one| one.is_right()).count() as u64,
                trials: predictions.len() as u64,
            },
            loss: known.iter().map(loss).sum::<f64>() / known.len() as f64,
            overflowed: predictions.len() - known.len(),
            by_class: (0..classes.len()).map(|class| scores_of(class, &predictions)).collect(),
            calibration: Calibration::of(confidences, CALIBRATION_BINS),
            mistakes,
            confusion,
            predictions,
        }
    }

    /// How many images of each class (rows) are classified as each class (columns).
    pub fn counts(&self) -> Vec<Vec<u64>> {
        let mut counts = vec![vec![0; self.classes.len()]; self.classes.len()];
        for prediction in self.predictions.iter().filter(|one| is_known(one)) {
            counts[usize::from(prediction.label)][usize::from(prediction.predicted)] += 1;
        }
        counts
    }

    /// Whether each image is classified correctly.
    pub fn right(&self) -> Vec<bool> {
        self.predictions.iter().map(|one| is_known(one) && one.is_right()).collect()
    }

    /// `seed 3`, `the mean of 5 seeds`.
    pub fn seed_words(&self) -> String {
        match self.seeds[..] {
            [(seed, _)] => format!("seed {seed}"),
            _ => format!("the mean of {} seeds", self.seeds.len()),
        }
    }
}

/// Whether there are probabilities: the logits did not overflow.
fn is_known(prediction: &Prediction) -> bool {
    !prediction.confidence.is_nan()
}

fn scores_of(class: usize, predictions: &[Prediction]) -> ClassScores {
    let count = |of: &dyn Fn(&Prediction) -> bool| {
        predictions.iter().filter(|prediction| of(prediction)).count() as u64
    };
    let is_of = |prediction: &Prediction| usize::from(prediction.label) == class;
    let is_as = |prediction: &Prediction| {
        is_known(prediction) && usize::from(prediction.predicted) == class
    };
    let right = count(&|prediction| is_of(prediction) && is_as(prediction));
    ClassScores {
        recall: Proportion { successes: right, trials: count(&is_of) },
        precision: Proportion { successes: right, trials: count(&is_as) },
    }
}
