//! The noise of a curve. A change counts only if it is larger.

/// Quarters, counted from the end, in which runs are compared. The first epochs are left out: some
/// runs learn faster than others there.
const COMPARED_QUARTERS: usize = 3;

/// How a rule chose the two stretches that it compares. The more it chooses from, the larger a
/// difference has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Two given stretches; a change in one direction counts.
    OneWay,
    /// Two given stretches; a change in either direction counts.
    EitherWay,
    /// The best of all stretches, or the first that fits, against a given one.
    Chosen,
}

impl Comparison {
    /// A change counts if it is larger than this many standard errors. Simulated curves on which
    /// nothing happens exceed it in less than 5 of 100 studies (`tests/flat.rs`): with several runs
    /// also where neighbouring epochs have a correlation of 0.3. (27 networks of built-in studies on
    /// Fashion-MNIST, two seeds each, have −0.06 in the mean, and without any correlation it would be
    /// −0.07.)
    pub fn standard_errors(self) -> f64 {
        match self {
            Comparison::OneWay => 2.1,
            Comparison::EitherWay => 2.6,
            Comparison::Chosen => 3.0,
        }
    }
}

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
    /// Standard deviation of one epoch's value that makes quarters differ as much as they do between
    /// runs. It is larger than the fluctuation where runs drift slowly. `None` with one run.
    drift: Option<f64>,
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
        let drift = fluctuation.and_then(|_| drift(curves));
        Noise { fluctuation, sampling, bends: count, drift, runs: curves.len() }
    }

    /// How far apart two stretches of the mean curve, `a` and `b` epochs long, may lie by chance:
    /// so many standard errors σ·√((1/a + 1/b) / runs). σ is the largest of sampling error,
    /// fluctuation and drift.
    pub fn between(&self, a: usize, b: usize, comparison: Comparison) -> f64 {
        let epochs = 1.0 / a as f64 + 1.0 / b as f64;
        comparison.standard_errors() * self.one_epoch() * (epochs / self.runs as f64).sqrt()
    }

    /// How far the mean accuracy of all runs may lie by chance from one that was measured on other
    /// images: so many standard errors σ / √runs. More epochs do not make it smaller, because all are scored on the same
    /// images.
    pub fn against_other_images(&self, comparison: Comparison) -> f64 {
        comparison.standard_errors() * self.one_epoch() / (self.runs as f64).sqrt()
    }

    fn one_epoch(&self) -> f64 {
        let estimates = [self.fluctuation, self.drift].into_iter().flatten();
        estimates.fold(self.sampling, f64::max)
    }
}

/// How differently runs move from quarter to quarter, as the standard deviation of one epoch: the
/// root of the mean square of what is left of the quarters' means without the means over runs and
/// over quarters, times the root of a quarter's epochs.
fn drift(curves: &[Vec<f64>]) -> Option<f64> {
    let (runs, epochs) = (curves.len(), curves.first()?.len());
    let quarter = (epochs / 4).max(1);
    if runs < 2 || epochs < COMPARED_QUARTERS * quarter {
        return None;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let end = |curve: &[f64]| -> Vec<f64> {
        let end = &curve[epochs - COMPARED_QUARTERS * quarter..];
        let means: Vec<f64> = end.chunks(quarter).map(mean).collect();
        let level = mean(&means);
        means.iter().map(|quarter| quarter - level).collect()
    };
    let courses: Vec<Vec<f64>> = curves.iter().map(|curve| end(curve)).collect();
    let squares = (0..COMPARED_QUARTERS).map(|at| {
        let common = courses.iter().map(|course| course[at]).sum::<f64>() / runs as f64;
        courses.iter().map(|course| (course[at] - common).powi(2)).sum::<f64>()
    });
    let freedom = (runs - 1) * (COMPARED_QUARTERS - 1);
    Some((squares.sum::<f64>() / freedom as f64 * quarter as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::Comparison::{Chosen, EitherWay, OneWay};
    use super::*;

    /// numpy 2: `x = numpy.array([0.81, 0.84, 0.847, 0.861, 0.858, 0.87, 0.866, 0.874])`;
    /// `numpy.median(abs(x[:-2] - 2*x[1:-1] + x[2:])) / (scipy.stats.norm.ppf(0.75) * 6**0.5)`.
    #[test]
    fn fluctuation_agrees_with_numpy() {
        let curve = vec![0.81, 0.84, 0.847, 0.861, 0.858, 0.87, 0.866, 0.874];
        let noise = Noise::of(&[curve], 0.001);
        assert!((noise.fluctuation.unwrap() - FLUCTUATION).abs() < 1e-12, "{noise:?}");
        assert_eq!(noise.bends, 6);
        assert!((noise.between(2, 2, OneWay) - 2.1 * FLUCTUATION).abs() < 1e-12);
        assert!((noise.between(1, 1, OneWay) - 2.1 * 2_f64.sqrt() * FLUCTUATION).abs() < 1e-12);
        assert!((noise.between(2, 2, EitherWay) - 2.6 * FLUCTUATION).abs() < 1e-12);
        assert!((noise.between(2, 2, Chosen) - 3.0 * FLUCTUATION).abs() < 1e-12);
    }

    /// Two runs whose quarters are 0, 0, 1, 2 and 0, 2, 1, 0 (by hand: without the means over runs
    /// and quarters, ±1, 0 and ∓1 are left of the last three; 4 squares by 2 degrees of freedom).
    #[test]
    fn runs_that_drift_apart_have_noise_that_no_bend_shows() {
        let curve = |quarters: [f64; 4]| quarters.iter().flat_map(|&x| [x; 6]).collect::<Vec<_>>();
        let noise = Noise::of(&[curve([0.0, 0.0, 1.0, 2.0]), curve([0.0, 2.0, 1.0, 0.0])], 0.0);
        assert_eq!(noise.fluctuation, Some(0.0));
        assert!((noise.drift.unwrap() - 12_f64.sqrt()).abs() < 1e-12, "{noise:?}");
        // One standard error between quarters is then √2, the quarters' own standard deviation.
        assert!((noise.between(6, 6, OneWay) - 2.1 * 2_f64.sqrt()).abs() < 1e-12);
        assert_eq!(Noise::of(&[curve([0.0, 0.0, 1.0, 2.0])], 0.0).drift, None);
    }

    const FLUCTUATION: f64 = 0.009_381_682_227_714_07;

    #[test]
    fn a_straight_curve_has_only_sampling_error_and_more_runs_have_less() {
        let curve = vec![0.1, 0.2, 0.3, 0.4, 0.5];
        let one = Noise::of(std::slice::from_ref(&curve), 0.003);
        assert!(one.fluctuation.unwrap() < 1e-12);
        assert!((one.between(4, 4, OneWay) - 2.1 * 0.003 / 2_f64.sqrt()).abs() < 1e-12);
        assert!((one.against_other_images(OneWay) - 0.0063).abs() < 1e-12);
        let four = Noise::of(&vec![curve; 4], 0.003);
        let halved = one.between(4, 4, OneWay) / 2.0;
        assert!((four.between(4, 4, OneWay) - halved).abs() < 1e-12);
        assert!((four.against_other_images(OneWay) - 0.00315).abs() < 1e-12);
    }

    #[test]
    fn too_few_epochs_have_no_fluctuation() {
        assert_eq!(Noise::of(&vec![vec![0.5, 0.9, 0.5]; 3], 0.003).fluctuation, None);
        assert!(Noise::of(&[vec![0.5, 0.9, 0.5, 0.9]], 0.003).fluctuation.is_some());
        assert_eq!(Noise::of(&[vec![0.5]], 0.003).bends, 0);
    }
}
