//! Soft targets: smoothed labels, and labels of mixed images.

/// What the images of a training batch are trained towards.
#[derive(Clone, Copy)]
pub(crate) struct Targets<'a> {
    /// The class of each image.
    pub labels: &'a [u8],
    /// Label smoothing s (Szegedy et al. 2016), as `nn.CrossEntropyLoss(label_smoothing)`: a label's
    /// target is (1 − s)·(the label's unit vector) + s/classes.
    pub smoothing: f32,
    /// Below 1, the images are mixed, each with the one before it in the batch, and the first with
    /// the last. An image's target is that of its own label times this, plus that of the other
    /// label times the rest. The label with the larger share counts as the right answer.
    pub own_share: f32,
}

impl Targets<'_> {
    /// The target of the image at this place of the batch.
    #[inline(always)]
    pub fn of(&self, image: usize) -> Target {
        let Targets { labels, smoothing, own_share } = *self;
        let before = (image + labels.len() - 1) % labels.len();
        let [own, other] = [image, before].map(|place| usize::from(labels[place]));
        Target { own, other, own_share, smoothing }
    }
}

/// What one image is trained towards.
pub(crate) struct Target {
    pub own: usize,
    pub other: usize,
    pub own_share: f32,
    pub smoothing: f32,
}

impl Target {
    /// Whether the image is mixed with another one.
    fn is_mixed(&self) -> bool {
        self.own_share < 1.0
    }

    /// The label with the larger share. Of equal ones it is the first class, as `argmax` has it.
    pub fn right_answer(&self) -> usize {
        match self.own_share {
            0.5 => self.own.min(self.other),
            share if share > 0.5 => self.own,
            _ => self.other,
        }
    }

    /// The cross-entropy of `outputs`, whose log Σ exp is `log_sum`.
    pub fn loss(&self, log_sum: f32, outputs: &[f32]) -> f64 {
        let of_label = |label: usize| match self.smoothing == 0.0 {
            true => f64::from(log_sum - outputs[label]),
            false => smoothed(self.smoothing, label, f64::from(log_sum), outputs),
        };
        if !self.is_mixed() {
            return of_label(self.own);
        }
        let own_share = f64::from(self.own_share);
        own_share * of_label(self.own) + (1.0 - own_share) * of_label(self.other)
    }

    /// Turns probabilities p into p − e, with e the target.
    #[inline(always)]
    pub fn subtract_from(&self, probabilities: &mut [f32]) {
        let labels_share = 1.0 - self.smoothing;
        if self.smoothing != 0.0 {
            let of_each = self.smoothing / probabilities.len() as f32;
            probabilities.iter_mut().for_each(|p| *p -= of_each);
        }
        if self.is_mixed() {
            probabilities[self.own] -= labels_share * self.own_share;
            probabilities[self.other] -= labels_share * (1.0 - self.own_share);
        } else {
            probabilities[self.own] -= labels_share;
        }
    }
}

/// The loss to a smoothed label: that to the label itself, and the mean of those to all classes. A
/// class's loss is the log of the sum less the class's output.
fn smoothed(smoothing: f32, label: usize, log_sum: f64, outputs: &[f32]) -> f64 {
    let of_class = |&output: &f32| log_sum - f64::from(output);
    let mean = outputs.iter().map(of_class).sum::<f64>() / outputs.len() as f64;
    let smoothing = f64::from(smoothing);
    (1.0 - smoothing) * of_class(&outputs[label]) + smoothing * mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Loss;

    /// With all classes equally likely, every label has the same loss. With a sure network, the
    /// wrong classes' share of the label costs as much as the logits differ.
    #[test]
    fn smoothed_losses_by_hand() {
        let smoothed = |logits: &[f32], labels: &[u8], smoothing| {
            let (mut scratch, mut gradient) = ([0.0; 8], [0.0; 8]);
            let gradient = &mut gradient[..logits.len()];
            let loss = Loss::CrossEntropy;
            let targets = Targets { labels, smoothing, own_share: 1.0 };
            loss.evaluate_soft(targets, logits, &mut scratch, gradient).loss()
        };
        assert!((smoothed(&[2.0; 4], &[3], 0.25) - 4f64.ln()).abs() < 1e-6);
        // Two of four classes have half of s = 0.5 between them, and logits 100 below the label's.
        let loss = smoothed(&[100.0, 0.0, 0.0, 100.0], &[0], 0.5);
        assert!((loss - (2f64.ln() + 25.0)).abs() < 1e-5, "{loss}");
        // A single class is always right. Logits as large as float32 can have no infinite loss.
        assert_eq!(smoothed(&[5.0], &[0], 0.5), 0.0);
        assert!(smoothed(&[3e38, -3e38, 0.0], &[1], 0.1).is_finite());
        assert!(smoothed(&[f32::NAN, 0.0], &[1], 0.1).is_nan());
    }

    #[test]
    fn no_smoothing_is_the_plain_loss_to_the_bit() {
        let logits = [0.3f32, -1.2, 0.8, 2.0, 0.1, -0.4];
        for loss in [Loss::CrossEntropy, Loss::CrossEntropyOfSoftmax] {
            let (mut plain, mut smoothed) = ([0.0; 6], [0.0; 6]);
            let score = loss.evaluate(&logits, &[1, 0], &mut [0.0; 6], Some(&mut plain));
            let targets = Targets { labels: &[1, 0], smoothing: 0.0, own_share: 1.0 };
            let same = loss.evaluate_soft(targets, &logits, &mut [0.0; 6], &mut smoothed);
            assert_eq!((score, plain), (same, smoothed));
        }
    }

    /// The loss of mixed images is λ·(the loss to the own labels) + (1 − λ)·(that to the others), and
    /// so is the gradient. The label with the larger share is the right answer.
    #[test]
    fn mixed_labels_are_a_mean_of_both_losses() {
        let logits = [0.3f32, -1.2, 0.8, 2.0, 0.1, -0.4, 0.5, 0.6, -0.7];
        let (own, before) = ([2, 0, 1], [1, 2, 0]);
        for loss in [Loss::CrossEntropy, Loss::CrossEntropyOfSoftmax] {
            for smoothing in [0.0, 0.2] {
                let evaluate = |labels: &[u8; 3], own_share| {
                    let mut gradient = [0.0; 9];
                    let targets = Targets { labels, smoothing, own_share };
                    let score = loss.evaluate_soft(targets, &logits, &mut [0.0; 6], &mut gradient);
                    (score, gradient)
                };
                let ([to_own, to_before], mixed) =
                    ([own, before].map(|labels| evaluate(&labels, 1.0)), evaluate(&own, 0.25));
                let mean = |a: f64, b: f64| 0.25 * a + 0.75 * b;
                let expected = mean(to_own.0.loss_sum, to_before.0.loss_sum);
                assert!((mixed.0.loss_sum - expected).abs() < 1e-6, "{mixed:?}");
                for (at, found) in mixed.1.into_iter().enumerate() {
                    let expected = mean(to_own.1[at].into(), to_before.1[at].into());
                    assert!((f64::from(found) - expected).abs() < 1e-7, "{at}: {found} {expected}");
                }
                // The largest logits are those of classes 2, 0 and 1, which are the own labels.
                assert_eq!((to_own.0.correct, mixed.0.correct), (3, 0));
                // With equal shares, the first class of each pair counts: 1, 0 and 0.
                assert_eq!(evaluate(&own, 0.5).0.correct, 1);
                // The labels before these are 2, 0 and 1.
                assert_eq!(evaluate(&[0, 1, 2], 0.25).0.correct, 3);
            }
        }
    }

    #[test]
    fn a_batch_of_one_is_mixed_with_itself() {
        let evaluate = |own_share| {
            let mut gradient = [0.0; 3];
            let targets = Targets { labels: &[2], smoothing: 0.0, own_share };
            let loss = Loss::CrossEntropy;
            let logits = [0.5, -0.25, 1.0];
            (loss.evaluate_soft(targets, &logits, &mut [0.0; 6], &mut gradient), gradient)
        };
        let ((plain, plain_gradient), (mixed, mixed_gradient)) = (evaluate(1.0), evaluate(0.125));
        assert_eq!(mixed.correct, 1);
        assert!((plain.loss_sum - mixed.loss_sum).abs() < 1e-12);
        let pairs = plain_gradient.into_iter().zip(mixed_gradient);
        assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-6));
    }
}
