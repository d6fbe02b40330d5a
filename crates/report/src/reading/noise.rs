//! The noise of a curve. A change counts only if it is larger.

/// A change counts if it is larger than this many standard errors. Of 100 changes by chance alone,
/// 95 are smaller.
const STANDARD_ERRORS: f64 = 2.0;

/// The median of |x| for a standard normal x.
const MEDIAN_OF_NORMAL: f64 = 0.674_489_750_196_082;

/// Noise in one value of one run's curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Standard deviation of one epoch's value around its run's trend, computed from the curve's
    /// bends; `None` with fewer than [`Noise::LEAST_EPOCHS`] epochs.
    pub fluctuation: Option<f64>,
    /// Standard error of an accuracy p from the number of images, √(p·(1 − p) / images). It is an
    /// upper bound: two epochs of a run are scored on the same images, so their difference has a
    /// smaller error than two independent scores.
    pub sampling: f64,
    /// Number of bends that the fluctuation is computed from.
    pub bends: usize,
    runs: usize,
}

impl Noise {
    /// Three epochs have one bend per run, which can't be told from the curve's own shape, whatever
    /// the number of runs.
    const LEAST_EPOCHS: usize = 4;

    /// The noise of curves that have this sampling error (zero for a loss, where it is not known).
    ///
    /// A bend is x₁ − 2x₂ + x₃ for three consecutive epochs. On a trend that is straight over three
    /// epochs its variance is 6σ². σ is the median size of a bend over all epochs and runs, divided
    /// by 0.6745·√6: neither the steep first epochs nor a single jump change a median much.
    pub fn of(curves: &[Vec<f64>], sampling: f64) -> Self {
        let bends = curves
            .iter()
            .flat_map(|curve| curve.windows(3).map(|x| (x[0] - 2.0 * x[1] + x[2]).abs()));
        let bends: Vec<f64> = bends.collect();
        let count = bends.len();
        let fluctuation = fitroom_stats::median(bends)
            .filter(|_| curves.iter().all(|curve| curve.len() >= Self::LEAST_EPOCHS));
        let fluctuation = fluctuation.map(|median| median / (MEDIAN_OF_NORMAL * 6_f64.sqrt()));
        Noise { fluctuation, sampling, bends: count, runs: curves.len() }
    }

    /// How far apart two stretches of the mean curve, `a` and `b` epochs long, may lie by chance:
    /// 2·σ·√((1/a + 1/b) / runs), with σ the larger of fluctuation and sampling error.
    pub fn between(&self, a: usize, b: usize) -> f64 {
        let epochs = 1.0 / a as f64 + 1.0 / b as f64;
        STANDARD_ERRORS * self.one_epoch() * (epochs / self.runs as f64).sqrt()
    }

    /// How far the mean accuracy of all runs may lie by chance from one that was measured on other
    /// images: 2·σ / √runs. More epochs do not make it smaller, because all are scored on the same
    /// images.
    pub fn against_other_images(&self) -> f64 {
        STANDARD_ERRORS * self.one_epoch() / (self.runs as f64).sqrt()
    }

    fn one_epoch(&self) -> f64 {
        self.fluctuation.unwrap_or(0.0).max(self.sampling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy 2: `x = numpy.array([0.81, 0.84, 0.847, 0.861, 0.858, 0.87, 0.866, 0.874])`;
    /// `numpy.median(abs(x[:-2] - 2*x[1:-1] + x[2:])) / (scipy.stats.norm.ppf(0.75) * 6**0.5)`.
    #[test]
    fn fluctuation_agrees_with_numpy() {
        let curve = vec![0.81, 0.84, 0.847, 0.861, 0.858, 0.87, 0.866, 0.874];
        let noise = Noise::of(&[curve], 0.001);
        assert!((noise.fluctuation.unwrap() - FLUCTUATION).abs() < 1e-12, "{noise:?}");
        assert_eq!(noise.bends, 6);
        assert!((noise.between(2, 2) - 2.0 * FLUCTUATION).abs() < 1e-12);
        assert!((noise.between(1, 1) - 2.0 * 2_f64.sqrt() * FLUCTUATION).abs() < 1e-12);
    }

    const FLUCTUATION: f64 = 0.009_381_682_227_714_07;

    #[test]
    fn a_straight_curve_has_only_sampling_error_and_more_runs_have_less() {
        let curve = vec![0.1, 0.2, 0.3, 0.4, 0.5];
        let one = Noise::of(std::slice::from_ref(&curve), 0.003);
        assert!(one.fluctuation.unwrap() < 1e-12);
        assert!((one.between(4, 4) - 2.0 * 0.003 / 2_f64.sqrt()).abs() < 1e-12);
        assert!((one.against_other_images() - 0.006).abs() < 1e-12);
        let four = Noise::of(&vec![curve; 4], 0.003);
        assert!((four.between(4, 4) - one.between(4, 4) / 2.0).abs() < 1e-12);
        assert!((four.against_other_images() - 0.003).abs() < 1e-12);
    }

    #[test]
    fn too_few_epochs_have_no_fluctuation() {
        assert_eq!(Noise::of(&vec![vec![0.5, 0.9, 0.5]; 3], 0.003).fluctuation, None);
        assert!(Noise::of(&[vec![0.5, 0.9, 0.5, 0.9]], 0.003).fluctuation.is_some());
        assert_eq!(Noise::of(&[vec![0.5]], 0.003).bends, 0);
    }
}
