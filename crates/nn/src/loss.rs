//! What training makes smaller.

use serde::{Deserialize, Serialize};

use crate::Score;

/// A loss for classification. Both take the last dense layer's outputs and the true class of each image, and are
/// averaged over the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// −log softmax(z)\[label\], with z the network's outputs (logits). PyTorch's `nn.CrossEntropyLoss`.
    #[default]
    CrossEntropy,
    /// Cross-entropy of softmax *outputs* taken for logits: −log softmax(softmax(z))\[label\]. What the published
    /// report trained networks 1 to 5 with; between 1.4612 and 2.4612 for ten classes, and its gradients vanish where
    /// the network is confidently wrong.
    CrossEntropyOfSoftmax,
}

impl Loss {
    /// The lowest value that it can take: 0, or log(1 + (classes − 1)/e) of softmax outputs, since these lie between 0
    /// and 1. What a loss has risen by is measured above it.
    pub fn lowest(self, classes: usize) -> f64 {
        match self {
            Loss::CrossEntropy => 0.0,
            Loss::CrossEntropyOfSoftmax => (classes.saturating_sub(1) as f64 / std::f64::consts::E).ln_1p(),
        }
    }

    /// Loss and right answers of `logits` `[images, classes]`; the loss's gradient by each logit, divided by the number
    /// of images, goes to `gradient` where one is given. `scratch` holds two values a class.
    ///
    /// With p = softmax(z) and e the label's unit vector, cross-entropy's gradient is p − e. Of softmax outputs it is
    /// p ⊙ (h − p·h) with h = softmax(p) − e.
    pub(crate) fn evaluate(
        self,
        logits: &[f32],
        labels: &[u8],
        scratch: &mut [f32],
        mut gradient: Option<&mut [f32]>,
    ) -> Score {
        let classes = logits.len() / labels.len();
        let mut score = Score { images: labels.len() as u64, ..Score::default() };
        let (once, twice) = scratch.split_at_mut(classes);
        for (image, (logits, &label)) in logits.chunks_exact(classes).zip(labels).enumerate() {
            let label = usize::from(label);
            let loss = match self {
                Loss::CrossEntropy => softmax(logits, once) - logits[label],
                Loss::CrossEntropyOfSoftmax => {
                    softmax(logits, once);
                    softmax(once, twice) - once[label]
                }
            };
            score.loss_sum += f64::from(loss);
            score.correct += u64::from(largest(logits) == label);
            let Some(gradient) = &mut gradient else { continue };
            let gradient = &mut gradient[image * classes..][..classes];
            let outer = if self == Loss::CrossEntropy { &mut *once } else { &mut *twice };
            outer[label] -= 1.0;
            gradient.copy_from_slice(outer);
            if self == Loss::CrossEntropyOfSoftmax {
                let along: f32 = once.iter().zip(&*gradient).map(|(p, h)| p * h).sum();
                for (h, p) in gradient.iter_mut().zip(&*once) {
                    *h = p * (*h - along);
                }
            }
            for value in gradient {
                *value /= labels.len() as f32;
            }
        }
        score
    }
}

/// Each image's class and, `[images, classes]`, its probabilities, from `logits` `[images, classes]`.
pub(crate) fn predict(logits: &[f32], classes: &mut [u8], probabilities: &mut [f32]) {
    let count = logits.len() / classes.len();
    let places = classes.iter_mut().zip(probabilities.chunks_exact_mut(count));
    for (logits, (class, probabilities)) in logits.chunks_exact(count).zip(places) {
        // Of the logits: two that differ little may have equal probabilities.
        *class = largest(logits) as u8;
        softmax(logits, probabilities);
    }
}

/// Writes softmax(z) and returns log Σ exp z.
fn softmax(z: &[f32], to: &mut [f32]) -> f32 {
    let most = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (to, &z) in to.iter_mut().zip(z) {
        *to = (z - most).exp();
        sum += *to;
    }
    for to in to {
        *to /= sum;
    }
    most + sum.ln()
}

/// The place of the largest value, the first of equals.
fn largest(values: &[f32]) -> usize {
    (1..values.len()).fold(0, |best, at| if values[at] > values[best] { at } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_twice_has_its_published_bounds() {
        let sure = |right: bool| {
            let mut logits = [0.0; 10];
            logits[3] = 100.0;
            Loss::CrossEntropyOfSoftmax.evaluate(&logits, &[if right { 3 } else { 4 }], &mut [0.0; 20], None).loss()
        };
        let best = (1.0 + 9.0 / std::f64::consts::E).ln();
        assert!((sure(true) - best).abs() < 1e-6);
        assert!((sure(false) - best - 1.0).abs() < 1e-6);
        assert_eq!(Loss::CrossEntropy.lowest(10), 0.0);
        assert!((Loss::CrossEntropyOfSoftmax.lowest(10) - best).abs() < 1e-12);
    }

    #[test]
    fn counts_right_answers_and_survives_large_logits() {
        let logits = [1000.0, 0.0, -1000.0, 5.0, 5.0, 4.0];
        let score = Loss::CrossEntropy.evaluate(&logits, &[0, 1], &mut [0.0; 6], None);
        assert_eq!((score.correct, score.images), (1, 2));
        let expected = 0.0 + (2.0 + (-1f64).exp()).ln();
        assert!((score.loss_sum - expected).abs() < 1e-6);
    }

    #[test]
    fn equal_probabilities_of_unequal_logits_do_not_change_the_class() {
        let logits = [0.1, 0.1 + f32::EPSILON / 16.0];
        let (mut class, mut probabilities) = ([9], [0.0; 2]);
        predict(&logits, &mut class, &mut probabilities);
        assert!(logits[1] > logits[0] && probabilities == [0.5, 0.5], "{probabilities:?}");
        assert_eq!(class, [1]);
        let score = Loss::CrossEntropy.evaluate(&logits, &class, &mut [0.0; 4], None);
        assert_eq!(score.correct, 1);
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        let logits = [0.3f32, -1.2, 0.8, 2.0, 0.1, -0.4];
        let labels = [1, 0];
        for loss in [Loss::CrossEntropy, Loss::CrossEntropyOfSoftmax] {
            let mut gradient = [0.0; 6];
            loss.evaluate(&logits, &labels, &mut [0.0; 6], Some(&mut gradient));
            for at in 0..6 {
                let moved = |by: f32| {
                    let mut logits = logits;
                    logits[at] += by;
                    loss.evaluate(&logits, &labels, &mut [0.0; 6], None).loss()
                };
                let slope = (moved(0.01) - moved(-0.01)) / 0.02;
                assert!((f64::from(gradient[at]) - slope).abs() < 2e-5, "{loss:?} {at}: {} {slope}", gradient[at]);
            }
        }
    }
}
