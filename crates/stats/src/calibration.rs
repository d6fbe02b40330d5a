//! Calibration: whether a classifier that is 80% sure is right in 80% of cases.

/// The usual number of bins.
pub const CALIBRATION_BINS: usize = 15;

/// Predictions by their confidence, in bins of equal width from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The bins, ascending. Bin i of n holds confidences above i/n, up to (i + 1)/n; the first also 0.
    pub bins: Vec<CalibrationBin>,
}

/// The predictions whose confidence falls into a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CalibrationBin {
    /// How many predictions there are.
    pub count: u64,
    /// How many of them are right.
    pub right: u64,
    /// The sum of their confidences.
    pub confidence_sum: f64,
}

impl Calibration {
    /// Counts predictions: the probability of the predicted class, and whether it is right. Predictions
    /// with a confidence that is no number from 0 to 1 are left out.
    pub fn of(predictions: impl IntoIterator<Item = (f64, bool)>, bins: usize) -> Self {
        let mut counted = vec![CalibrationBin::default(); bins];
        for (confidence, is_right) in predictions {
            if !(0.0..=1.0).contains(&confidence) {
                continue;
            }
            let bin = ((confidence * bins as f64).ceil() as usize).clamp(1, bins.max(1)) - 1;
            if let Some(bin) = counted.get_mut(bin) {
                bin.count += 1;
                bin.right += u64::from(is_right);
                bin.confidence_sum += confidence;
            }
        }
        Calibration { bins: counted }
    }

    /// The expected calibration error (Naeini, Cooper and Hauskrecht 2015; Guo et al. 2017): the mean
    /// over predictions of the distance between accuracy and mean confidence in their bin, as torchmetrics'
    /// `MulticlassCalibrationError(norm="l1")`. `None` without predictions.
    ///
    /// Σ over bins of (count / all) · |accuracy − confidence|
    pub fn expected_error(&self) -> Option<f64> {
        let all: u64 = self.bins.iter().map(|bin| bin.count).sum();
        let distance = |bin: &CalibrationBin| (bin.right as f64 - bin.confidence_sum).abs();
        (all > 0).then(|| self.bins.iter().map(distance).sum::<f64>() / all as f64)
    }
}

impl CalibrationBin {
    /// The share of predictions that are right; `None` in an empty bin.
    pub fn accuracy(&self) -> Option<f64> {
        (self.count > 0).then(|| self.right as f64 / self.count as f64)
    }

    /// The mean confidence; `None` in an empty bin.
    pub fn confidence(&self) -> Option<f64> {
        (self.count > 0).then(|| self.confidence_sum / self.count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_the_mean_distance() {
        // Bin 0.4 to 0.6: accuracy 1/2 at confidence 0.55. Bin 0.8 to 1: accuracy 2/3 at 0.9.
        let predictions = [(0.5, true), (0.6, false), (0.85, true), (0.9, true), (0.95, false)];
        let found = Calibration::of(predictions, 5);
        let counts: Vec<u64> = found.bins.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, [0, 0, 2, 0, 3]);
        let expected = (2.0 * 0.05 + 3.0 * (0.9 - 2.0 / 3.0)) / 5.0;
        assert!((found.expected_error().unwrap() - expected).abs() < 1e-12);
        assert_eq!(found.bins[2].accuracy(), Some(0.5));
        assert!((found.bins[4].confidence().unwrap() - 0.9).abs() < 1e-12);
        assert_eq!(found.bins[0].accuracy().or(found.bins[0].confidence()), None);
    }

    #[test]
    fn edges_belong_to_the_bin_below_and_what_is_no_probability_to_none() {
        let at = |confidence: f64| {
            let found = Calibration::of([(confidence, true)], 5);
            found.bins.iter().position(|bin| bin.count == 1)
        };
        assert_eq!([0.0, 0.2, 0.21, 1.0].map(at), [Some(0), Some(0), Some(1), Some(4)]);
        assert_eq!([f64::NAN, 1.1, -0.1, f64::INFINITY].map(at), [None; 4]);
        assert_eq!(Calibration::of([(f64::NAN, true)], 5).expected_error(), None);
    }
}
