//! Class weights: how much an image's loss counts, by its class. PyTorch's
//! `nn.CrossEntropyLoss(weight)` with `reduction="mean"`.
//!
//! With w the weights, W the sum of those of a batch's labels, K classes, s the label smoothing and
//! l(c) the loss to class c, an image of class y has the share
//! ((1 − s)·w(y)·l(y) + s/K·Σ w(c)·l(c)) / W of the batch's loss. A mixed image has the mean of two such shares:
//! W is the same for both, as the other labels are the batch's own in another order.

use super::target::{Target, Targets};

/// The weights of classes in one batch.
pub(super) struct ClassWeighing<'a> {
    weights: &'a [f32],
    smoothing: f64,
    /// The sum over all classes.
    sum: f64,
    /// W, the sum over the labels of the batch.
    total: f64,
}

impl<'a> ClassWeighing<'a> {
    /// For a batch with these targets; `None` if its images count alike.
    pub fn of(targets: &Targets<'a>) -> Option<Self> {
        let weights = targets.class_weights;
        let of_label = |&label: &u8| f64::from(weights[usize::from(label)]);
        (!weights.is_empty()).then(|| ClassWeighing {
            weights,
            smoothing: f64::from(targets.smoothing),
            sum: weights.iter().map(|&weight| f64::from(weight)).sum(),
            total: targets.labels.iter().map(of_label).sum(),
        })
    }

    /// The factor of l(y).
    fn of_label(&self, label: usize) -> f64 {
        (1.0 - self.smoothing) * f64::from(self.weights[label]) / self.total
    }

    /// The factor of each w(c)·l(c).
    fn of_each(&self) -> f64 {
        self.smoothing / (self.weights.len() as f64 * self.total)
    }

    /// The image's labels with their factors. A mixed image has two.
    fn labels(&self, target: &Target) -> [(usize, f64); 2] {
        let own_share = if target.is_mixed() { f64::from(target.own_share) } else { 1.0 };
        let shares = [(target.own, own_share), (target.other, 1.0 - own_share)];
        shares.map(|(label, share)| (label, share * self.of_label(label)))
    }

    /// The image's share of the batch's loss. A class's loss is the log of the sum less the class's
    /// output.
    pub fn loss(&self, target: &Target, log_sum: f64, outputs: &[f32]) -> f64 {
        let loss = |output: f32| log_sum - f64::from(output);
        let of_labels = self.labels(target).into_iter().filter(|(_, factor)| *factor > 0.0);
        let plain = of_labels.map(|(label, factor)| factor * loss(outputs[label])).sum();
        let of_each = self.of_each();
        if of_each == 0.0 {
            return plain;
        }
        let weighed = outputs.iter().zip(self.weights).map(|(&z, &w)| f64::from(w) * loss(z));
        plain + of_each * weighed.sum::<f64>()
    }

    /// Turns probabilities p into A·p − a, where a are the factors of the classes' losses and A is
    /// their sum: the derivative of the image's share of the loss by the outputs.
    #[inline(always)]
    pub fn subtract_from(&self, target: &Target, probabilities: &mut [f32]) {
        let ([own, other], of_each) = (self.labels(target), self.of_each());
        let all = (own.1 + other.1 + of_each * self.sum) as f32;
        for (p, &weight) in probabilities.iter_mut().zip(self.weights) {
            *p = all * *p - (of_each * f64::from(weight)) as f32;
        }
        for (label, factor) in [own, other] {
            probabilities[label] -= factor as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Loss;

    #[test]
    fn weighed_losses_by_hand() {
        let loss = |logits: &[f32], labels: &[u8], smoothing, class_weights: &[f32]| {
            let (mut scratch, mut gradient) = ([0.0; 8], [0.0; 8]);
            let targets = Targets { smoothing, class_weights, ..Targets::plain(labels) };
            let gradient = &mut gradient[..logits.len()];
            Loss::CrossEntropy.evaluate_soft(targets, logits, &mut scratch, gradient).loss()
        };
        // A sure and right image, and one that is wrong by 100.
        let logits = [100.0, 0.0, 100.0, 0.0];
        assert!((loss(&logits, &[0, 1], 0.0, &[1.0, 3.0]) - 75.0).abs() < 1e-4);
        assert!((loss(&logits, &[0, 1], 0.0, &[3.0, 1.0]) - 25.0).abs() < 1e-4);
        // One image counts the same whatever its weight.
        assert!((loss(&[0.0; 4], &[2], 0.0, &[1.0, 1.0, 9.0, 1.0]) - 4f64.ln()).abs() < 1e-6);
        // Half of the label is spread: 100·(½·3 + ½/2·3)/3, as the first class has no loss.
        let smoothed = loss(&[100.0, 0.0], &[1], 0.5, &[1.0, 3.0]);
        assert!((smoothed - 75.0).abs() < 1e-4, "{smoothed}");
        assert!(loss(&[f32::NAN, 0.0], &[1], 0.1, &[1.0, 2.0]).is_nan());
        assert!(loss(&[1.0, 0.0], &[1], 0.0, &[1e38, 1e-38]).is_finite());
    }

    /// A mixed image's loss is λ·(that to its own label) + (1 − λ)·(that to the other), each as PyTorch weighs it.
    #[test]
    fn a_mixed_loss_is_a_mean_of_both_losses() {
        let logits = [0.3f32, -1.2, 0.8, 2.0, 0.1, -0.4];
        for smoothing in [0.0, 0.4] {
            let loss = |labels: &[u8], own_share| {
                let class_weights = &[0.5, 3.0, 1.0];
                let targets = Targets { labels, smoothing, own_share, class_weights };
                let gradient = &mut [0.0; 6];
                Loss::CrossEntropy.evaluate_soft(targets, &logits, &mut [0.0; 6], gradient).loss()
            };
            let (own, other) = (loss(&[1, 2], 1.0), loss(&[2, 1], 1.0));
            let mixed = loss(&[1, 2], 0.25);
            assert!((mixed - (0.25 * own + 0.75 * other)).abs() < 1e-6, "{mixed} {own} {other}");
        }
    }
}
