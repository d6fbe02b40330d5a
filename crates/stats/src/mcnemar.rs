//! McNemar's test: which of two classifiers is right more often on the same images.

use statrs::distribution::{Binomial, DiscreteCDF};

use crate::proportion::normal_quantile;

/// On how many images two classifiers differ. Images on which both are right, or both are wrong, tell
/// nothing about which is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct McNemar {
    /// Images on which only the first is right.
    pub only_first: u64,
    /// Images on which only the second is right.
    pub only_second: u64,
    /// All images.
    pub images: u64,
}

impl McNemar {
    /// Counts the images on which two classifiers differ. Each gives whether it is right on each image.
    ///
    /// # Panics
    /// If one has more images than the other.
    pub fn of(first: &[bool], second: &[bool]) -> Self {
        assert_eq!(first.len(), second.len(), "both classify the same images");
        let count = |only: fn(bool, bool) -> bool| {
            first.iter().zip(second).filter(|&(&first, &second)| only(first, second)).count() as u64
        };
        McNemar {
            only_first: count(|first, second| first && !second),
            only_second: count(|first, second| !first && second),
            images: first.len() as u64,
        }
    }

    /// The accuracy of the first minus that of the second.
    pub fn difference(&self) -> f64 {
        (self.only_first as f64 - self.only_second as f64) / self.images as f64
    }

    /// The two-sided p-value of McNemar's exact test (McNemar 1947): how likely it is that the images on
    /// which they differ fall as unequally to the two, if each were as likely to fall to either. With b
    /// and c such images it is min(1, 2·P(X ≤ min(b, c))), X binomial with b + c trials of ½, as SciPy's
    /// `binomtest(b, b + c)` and statsmodels' `mcnemar(exact=True)`. 1 if they never differ.
    ///
    /// It knows of the images' chance only. Two networks that were trained with one seed each may differ
    /// by the seed's luck alone.
    pub fn p(&self) -> f64 {
        let (fewer, all) =
            (self.only_first.min(self.only_second), self.only_first + self.only_second);
        match Binomial::new(0.5, all) {
            Ok(binomial) if all > 0 => (2.0 * binomial.cdf(fewer)).min(1.0),
            Ok(_) | Err(_) => 1.0,
        }
    }

    /// The 95% interval of [`difference`](Self::difference) (Bonett and Price 2012), which Fagerland,
    /// Lydersen and Laake (2014) recommend for paired shares. One image is added to each of b and c: with
    /// q = (b + 1)/(n + 2) and r = (c + 1)/(n + 2) it is q − r ± 1.96·√((q + r − (q − r)²)/(n + 2)).
    pub fn interval(&self) -> [f64; 2] {
        let n = self.images as f64 + 2.0;
        let (q, r) = ((self.only_first + 1) as f64 / n, (self.only_second + 1) as f64 / n);
        let half = normal_quantile() * ((q + r - (q - r) * (q - r)) / n).sqrt();
        [(q - r - half).max(-1.0), (q - r + half).min(1.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SciPy 1.17: `binomtest(b, b + c).pvalue`.
    #[test]
    fn p_agrees_with_scipy() {
        for (only_first, only_second, p) in [
            (0, 0, 1.0),
            (1, 0, 1.0),
            (0, 6, 0.03125),
            (10, 3, 0.09228515625),
            (60, 40, 0.05688793364098089),
            (523, 412, 0.0003167122212515727),
            (1200, 1201, 1.0),
            (3, 90, 2.7088953370761237e-23),
        ] {
            let found = McNemar { only_first, only_second, images: 10_000 }.p();
            assert!((found / p - 1.0).abs() < 1e-9, "{only_first} {only_second}: {found}");
        }
    }

    /// By hand: q = 2/23 and r = 8/23, so q − r = −0.26087, and √((10/23 − 0.06805)/23) = 0.12627.
    #[test]
    fn the_interval_follows_its_formula() {
        let [low, high] = McNemar { only_first: 1, only_second: 7, images: 21 }.interval();
        assert_eq!([low, high].map(|end| (1e3 * end).round()), [-508.0, -13.0]);
        let sure = McNemar { only_first: 0, only_second: 0, images: 0 }.interval();
        assert!(sure[0] >= -1.0 && sure[1] <= 1.0 && sure[0] < sure[1]);
    }

    #[test]
    fn images_are_counted_where_they_differ() {
        let first = [true, true, false, false, true];
        let second = [true, false, true, false, false];
        let found = McNemar::of(&first, &second);
        assert_eq!(found, McNemar { only_first: 2, only_second: 1, images: 5 });
        assert!((found.difference() - 0.2).abs() < 1e-15);
        let mirrored = McNemar::of(&second, &first);
        assert_eq!(mirrored.p(), found.p());
        assert_eq!(
            mirrored.interval(),
            found.interval().map(|end| -end).into_iter().rev().collect::<Vec<_>>()[..]
        );
        assert_eq!(McNemar::of(&first, &first).p(), 1.0);
    }
}
