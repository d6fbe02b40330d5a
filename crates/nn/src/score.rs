//! The score of a network on some images: its loss and its correct answers.

/// Sums over the scored images, so that the scores of batches of any size can be added.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Sum of the images' losses. In training, the batch's penalty is added once for each image.
    pub loss_sum: f64,
    /// Images whose largest logit is their label's.
    pub correct: u64,
    /// How many images were scored.
    pub images: u64,
}

impl Score {
    /// Mean loss of an image; NaN without images.
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.images as f64
    }

    /// Share of correctly classified images, 0 to 1; NaN without images.
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
