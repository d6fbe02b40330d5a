//! One number over several seeds: its mean, its spread, and where one run more may lie.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// Mean and standard deviation of one number over seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Σx / n.
    pub mean: f64,
    /// The sample standard deviation √(Σ(x − mean)² / (n − 1)); `None` for one value.
    pub sd: Option<f64>,
    /// n, the number of values.
    pub count: usize,
}

impl Spread {
    /// Computes the spread of `values`. Returns `None` if there are no values, or if any of them is
    /// infinite or NaN (not measured).
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values: Vec<f64> = values.into_iter().collect();
        if values.is_empty() || values.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count as f64;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        let sd = (count > 1).then(|| (squares / (count - 1) as f64).sqrt());
        Some(Spread { mean, sd, count })
    }

    /// Half the width of the 95% t interval of the mean: t₀.₉₇₅(n − 1) · sd / √n. `None` for one
    /// value.
    pub fn mean_interval(&self) -> Option<f64> {
        Some(t_quantile(self.count)? * self.sd? / (self.count as f64).sqrt())
    }

    /// Half the width of the 95% prediction interval: t₀.₉₇₅(n − 1) · sd · √(1 + 1/n). If one
    /// further run comes from the same normal distribution, it lies this close to the mean in 95 of
    /// 100 cases. `None` for one value.
    pub fn one_run_more(&self) -> Option<f64> {
        Some(t_quantile(self.count)? * self.sd? * (1.0 + 1.0 / self.count as f64).sqrt())
    }
}

/// t₀.₉₇₅(n − 1), the quantile of a two-sided 95% interval from n values; `None` for one value.
fn t_quantile(n: usize) -> Option<f64> {
    Some(StudentsT::new(0.0, 1.0, n as f64 - 1.0).ok()?.inverse_cdf(0.975))
}

/// The middle value. For an even count it is the mean of the two middle values; for no values it is
/// `None`.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// numpy 2: `x = [0.8812, 0.8847, 0.8795, 0.8861, 0.8833]; numpy.mean(x), numpy.std(x,
    /// ddof=1)`; SciPy 1.17: `scipy.stats.t.ppf(0.975, 4) * sd * sqrt(1 + 1/5)`.
    #[test]
    fn agrees_with_numpy_and_scipy() {
        let spread = Spread::of([0.8812, 0.8847, 0.8795, 0.8861, 0.8833]).unwrap();
        assert!((spread.mean - 0.88296).abs() < 1e-12);
        assert!((spread.sd.unwrap() - 0.0026491508073343303).abs() < 1e-12);
        assert!((spread.one_run_more().unwrap() - 0.008057241781813752).abs() < 1e-9);
        // `scipy.stats.t.interval(0.95, 4, numpy.mean(x), scipy.stats.sem(x))`: 0.87967 to 0.88625.
        assert!((spread.mean_interval().unwrap() - 0.0032893552).abs() < 1e-9);
        let two = Spread::of([1.0, 2.0]).unwrap();
        assert!((two.one_run_more().unwrap() - 11.003896087213436).abs() < 1e-7);
    }

    #[test]
    fn one_value_has_no_spread_and_nothing_has_no_mean() {
        let one = Spread::of([0.5]).unwrap();
        assert_eq!((one.mean, one.sd, one.count, one.one_run_more()), (0.5, None, 1, None));
        assert_eq!(Spread::of([]), None);
        assert_eq!(Spread::of([0.5, f64::NAN]), None);
        assert_eq!(Spread::of([0.5, f64::INFINITY]), None);
    }

    #[test]
    fn medians_of_odd_and_even_counts() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median([]), None);
    }
}
