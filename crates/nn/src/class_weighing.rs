//! Class weights: how much an image's loss counts, by its class. PyTorch's
//! `nn.CrossEntropyLoss(weight)` with `reduction="mean"`.
//!
//! With w the weights, W the sum of those of a batch's labels, K classes, s the label smoothing and
//! l(c) the loss to class c, an image of class y has the share
//! ((1 − s)·w(y)·l(y) + s/K·Σ w(c)·l(c)) / W of the batch's loss.

/// The weights of classes in one batch.
pub(crate) struct ClassWeighing<'a> {
    weights: &'a [f32],
    smoothing: f64,
    /// The sum over all classes.
    sum: f64,
    /// W, the sum over the labels of the batch.
    total: f64,
}

impl<'a> ClassWeighing<'a> {
    /// For a batch with these labels.
    pub(crate) fn new(weights: &'a [f32], smoothing: f32, labels: &[u8]) -> Self {
        let of_label = |&label: &u8| f64::from(weights[usize::from(label)]);
        ClassWeighing {
            weights,
            smoothing: f64::from(smoothing),
            sum: weights.iter().map(|&weight| f64::from(weight)).sum(),
            total: labels.iter().map(of_label).sum(),
        }
    }

    /// The factor of l(y), and that of each w(c)·l(c).
    fn shares(&self, label: usize) -> (f64, f64) {
        let of_label = (1.0 - self.smoothing) * f64::from(self.weights[label]) / self.total;
        (of_label, self.smoothing / (self.weights.len() as f64 * self.total))
    }

    /// The image's share of the batch's loss. A class's loss is the log of the sum less the class's
    /// output.
    pub(crate) fn loss(&self, label: usize, log_sum: f64, outputs: &[f32]) -> f64 {
        let (of_label, of_each) = self.shares(label);
        let loss = |output: f32| log_sum - f64::from(output);
        let plain = of_label * loss(outputs[label]);
        if of_each == 0.0 {
            return plain;
        }
        let weighed = outputs.iter().zip(self.weights).map(|(&z, &w)| f64::from(w) * loss(z));
        plain + of_each * weighed.sum::<f64>()
    }

    /// Turns probabilities p into A·p − a, where a are the factors of the classes' losses and A is
    /// their sum: the derivative of the image's share of the loss by the outputs.
    #[inline(always)]
    pub(crate) fn subtract_target(&self, label: usize, probabilities: &mut [f32]) {
        let (of_label, of_each) = self.shares(label);
        let all = (of_label + of_each * self.sum) as f32;
        for (p, &weight) in probabilities.iter_mut().zip(self.weights) {
            *p = all * *p - (of_each * f64::from(weight)) as f32;
        }
        probabilities[label] -= of_label as f32;
    }
}

#[cfg(test)]
mod tests {
    use crate::Loss;
    use crate::loss::Target;

    #[test]
    fn weighed_losses_by_hand() {
        let loss = |logits: &[f32], labels: &[u8], smoothing, class_weights: &[f32]| {
            let (mut scratch, mut gradient) = ([0.0; 8], [0.0; 8]);
            let target = Target { smoothing, class_weights };
            let gradient = &mut gradient[..logits.len()];
            Loss::CrossEntropy
                .evaluate_training(target, logits, labels, &mut scratch, gradient)
                .loss()
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

    #[test]
    fn gradients_agree_with_finite_differences() {
        let logits = [0.3f32, -1.2, 0.8, 2.0, 0.1, -0.4];
        for loss in [Loss::CrossEntropy, Loss::CrossEntropyOfSoftmax] {
            for smoothing in [0.0, 0.4] {
                let target = Target { smoothing, class_weights: &[0.5, 3.0, 1.0] };
                let evaluate = |logits: &[f32], gradient: &mut [f32]| {
                    loss.evaluate_training(target, logits, &[1, 0], &mut [0.0; 6], gradient)
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
                    assert!((found - slope).abs() < 3e-5, "{loss:?}, {smoothing}: {found} {slope}");
                }
            }
        }
    }
}
