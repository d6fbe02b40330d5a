//! The losses that training minimises, and what a network predicts.

mod class_weighing;
mod target;

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use self::class_weighing::ClassWeighing;
use self::target::Target;
pub(crate) use self::target::Targets;
use crate::Score;
use crate::kernel::{ARCH, exp};

/// A loss for classification: the mean over the images of a batch. It is computed from the outputs
/// of the last dense layer and from the true class of each image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// −log softmax(z)\[label\], with z the network's outputs (logits). PyTorch's
    /// `nn.CrossEntropyLoss`.
    #[default]
    CrossEntropy,
    /// Cross-entropy of softmax *outputs* that are taken for logits: −log
    /// softmax(softmax(z))\[label\]. This is a common mistake. For ten classes, the loss lies
    /// between 1.4612 and 2.4612, and its gradients vanish where the network is confidently wrong.
    CrossEntropyOfSoftmax,
}

impl Loss {
    /// The names of all losses, as study files write them.
    pub const NAMES: &[&str] = &["cross-entropy", "cross-entropy-of-softmax"];

    /// The lowest value that the loss can have: 0, or log(1 + (classes − 1)/e) of softmax outputs,
    /// because these lie between 0 and 1. A rise of the loss is measured relative to it.
    pub fn lowest(self, classes: usize) -> f64 {
        match self {
            Loss::CrossEntropy => 0.0,
            Loss::CrossEntropyOfSoftmax => {
                (classes.saturating_sub(1) as f64 / std::f64::consts::E).ln_1p()
            }
        }
    }

    /// Scores `logits`, `[images, classes]`. If `gradient` is given, it gets the gradient of the
    /// loss by each logit, divided by the number of images. `scratch` has two values for each
    /// class.
    ///
    /// With p = softmax(z) and e the label's unit vector, the gradient of cross-entropy is p − e.
    /// The gradient of cross-entropy of softmax outputs is p ⊙ (h − p·h) with h = softmax(p) − e.
    pub(crate) fn evaluate(
        self,
        logits: &[f32],
        labels: &[u8],
        scratch: &mut [f32],
        gradient: Option<&mut [f32]>,
    ) -> Score {
        let targets = Targets::plain(labels);
        ARCH.dispatch(Evaluate { loss: self, targets, logits, scratch, gradient })
    }

    /// [`evaluate`](Self::evaluate) with soft targets and [class weights](ClassWeighing): e is the target of
    /// an image, and the loss is the cross-entropy to that. `gradient` gets the gradient.
    pub(crate) fn evaluate_soft(
        self,
        targets: Targets<'_>,
        logits: &[f32],
        scratch: &mut [f32],
        gradient: &mut [f32],
    ) -> Score {
        let gradient = Some(gradient);
        ARCH.dispatch(Evaluate { loss: self, targets, logits, scratch, gradient })
    }
}

struct Evaluate<'a> {
    loss: Loss,
    targets: Targets<'a>,
    logits: &'a [f32],
    scratch: &'a mut [f32],
    gradient: Option<&'a mut [f32]>,
}

impl WithSimd for Evaluate<'_> {
    type Output = Score;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Score {
        let Evaluate { loss, targets, logits, scratch, mut gradient } = self;
        let labels = targets.labels;
        let classes = logits.len() / labels.len();
        let weighing = ClassWeighing::of(&targets);
        // Weighed targets are divided by the sum of the batch's weights.
        let share = if weighing.is_some() { 1.0 } else { labels.len() as f32 };
        let subtract = |target: &Target, probabilities: &mut [f32]| match &weighing {
            Some(weighing) => weighing.subtract_from(target, probabilities),
            None => target.subtract_from(probabilities),
        };
        let mut score = Score { images: labels.len() as u64, ..Score::default() };
        let (once, twice) = scratch.split_at_mut(classes);
        for (image, logits) in logits.chunks_exact(classes).enumerate() {
            let target = targets.of(image);
            let (log_sum, outputs) = match loss {
                Loss::CrossEntropy => (softmax(simd, logits, once), logits),
                Loss::CrossEntropyOfSoftmax => {
                    softmax(simd, logits, once);
                    (softmax(simd, once, twice), &*once)
                }
            };
            score.loss_sum += match &weighing {
                Some(weighing) => {
                    let log_sum = f64::from(log_sum.value());
                    labels.len() as f64 * weighing.loss(&target, log_sum, outputs)
                }
                None => target.loss(log_sum.value(), outputs),
            };
            score.correct += u64::from(largest(logits) == target.right_answer());
            let Some(gradient) = &mut gradient else { continue };
            let gradient = &mut gradient[image * classes..][..classes];
            match loss {
                Loss::CrossEntropy => {
                    subtract(&target, once);
                    for (to, p) in gradient.iter_mut().zip(&*once) {
                        *to = p / share;
                    }
                }
                Loss::CrossEntropyOfSoftmax => {
                    subtract(&target, twice);
                    let along: f32 = once.iter().zip(&*twice).map(|(p, h)| p * h).sum();
                    for (to, (p, h)) in gradient.iter_mut().zip(once.iter().zip(&*twice)) {
                        *to = p * (h - along) / share;
                    }
                }
            }
        }
        score
    }
}

/// Writes the predicted class of each image, and its `probabilities`, `[images, classes]`, from
/// `logits`, `[images, classes]`.
pub(crate) fn predict(logits: &[f32], classes: &mut [u8], probabilities: &mut [f32]) {
    ARCH.dispatch(Predict { logits, classes, probabilities });
}

struct Predict<'a> {
    logits: &'a [f32],
    classes: &'a mut [u8],
    probabilities: &'a mut [f32],
}

impl WithSimd for Predict<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let count = self.logits.len() / self.classes.len();
        let places = self.classes.iter_mut().zip(self.probabilities.chunks_exact_mut(count));
        for (logits, (class, probabilities)) in self.logits.chunks_exact(count).zip(places) {
            // The class is that of the largest logit: two logits that differ little may have equal
            // probabilities.
            *class = largest(logits) as u8;
            softmax(simd, logits, probabilities);
        }
    }
}

/// log Σ exp z = most + log sum.
struct LogSum {
    most: f32,
    sum: f32,
}

impl LogSum {
    fn value(&self) -> f32 {
        self.most + self.sum.ln()
    }
}

/// Writes softmax(z). Sums are computed in order, whatever the width of a vector register.
#[inline(always)]
fn softmax<S: Simd>(simd: S, z: &[f32], to: &mut [f32]) -> LogSum {
    // NaN is never the maximum, but it does enter the sum.
    let most = z.iter().fold(f32::NEG_INFINITY, |most, &z| if z > most { z } else { most });
    let shift = simd.splat_f32s(most);
    for (to, z) in to.chunks_mut(S::F32_LANES).zip(z.chunks(S::F32_LANES)) {
        let z = simd.partial_load_f32s(z);
        simd.partial_store_f32s(to, exp(simd, simd.sub_f32s(z, shift)));
    }
    let sum = to.iter().sum();
    let divisor = simd.splat_f32s(sum);
    for to in to.chunks_mut(S::F32_LANES) {
        let quotient = simd.div_f32s(simd.partial_load_f32s(to), divisor);
        simd.partial_store_f32s(to, quotient);
    }
    LogSum { most, sum }
}

/// The index of the largest value, the first of equals.
#[inline(always)]
fn largest(values: &[f32]) -> usize {
    (1..values.len()).fold(0, |best, at| if values[at] > values[best] { at } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_twice_has_its_known_bounds() {
        let sure = |right: bool| {
            let mut logits = [0.0; 10];
            logits[3] = 100.0;
            Loss::CrossEntropyOfSoftmax
                .evaluate(&logits, &[if right { 3 } else { 4 }], &mut [0.0; 20], None)
                .loss()
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
            let shares = [1.0, 0.3, 0.0];
            let all = shares.into_iter().flat_map(|share| [0.0, 0.1, 0.75].map(|s| (share, s)));
            let weights: [&[f32]; 2] = [&[], &[0.5, 3.0, 1.0]];
            for ((own_share, smoothing), class_weights) in
                all.flat_map(|of_labels| weights.map(|weights| (of_labels, weights)))
            {
                let targets = Targets { labels: &labels, smoothing, own_share, class_weights };
                let evaluate = |logits: &[f32], gradient: &mut [f32]| {
                    loss.evaluate_soft(targets, logits, &mut [0.0; 6], gradient)
                };
                let mut gradient = [0.0; 6];
                evaluate(&logits, &mut gradient);
                for at in 0..6 {
                    let moved = |by: f32| {
                        let mut logits = logits;
                        logits[at] += by;
                        evaluate(&logits, &mut [0.0; 6]).loss()
                    };
                    let slope = (moved(0.01) - moved(-0.01)) / 0.02;
                    let found = f64::from(gradient[at]);
                    assert!((found - slope).abs() < 3e-5, "{loss:?}, {targets:?}: {found} {slope}");
                }
            }
        }
    }
}
