//! Losses and right answers, counted.

/// Sums over the images that were scored, so that batches of different size add up rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Sum of the images' losses; in training with the batch's penalty for each of its images.
    pub loss_sum: f64,
    /// Images whose largest logit is their label's.
    pub correct: u64,
    /// Images.
    pub images: u64,
}

impl Score {
    /// Mean loss of an image; NaN of none.
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.images as f64
    }

    /// Share of images that were classified rightly, 0 to 1; NaN of none.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.images as f64
    }
}

impl std::ops::AddAssign for Score {
    fn add_assign(&mut self, other: Score) {
        self.loss_sum += other.loss_sum;
        self.correct += other.correct;
        self.images += other.images;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_of_different_size_add_up() {
        let mut sum = Score { loss_sum: 6.0, correct: 1, images: 3 };
        sum += Score { loss_sum: 4.0, correct: 1, images: 1 };
        assert_eq!((sum.loss(), sum.accuracy()), (2.5, 0.5));
        assert!(Score::default().loss().is_nan());
    }
}
