//! Bets on the signs of differences: how strongly the seeds so far speak against a centre.
//!
//! If candidate and baseline are alike, a seed's difference d is as likely as −d. For a centre θ
//! and x = d − θ, each seed multiplies a stake by 2/(1 + exp(−2λx)). The mean of this factor over
//! both signs of x is 1. The stake is the mean of these products over five values of λ. By Ville's
//! inequality it ever reaches 1/α with probability at most α, whatever the spread, the shape and
//! the stopping rule (Ville 1939; Howard, Ramdas, McAuliffe and Sekhon 2021).

/// The λ of the bets, as multiples of 1/scale. With a scale of half a point they fit spreads from
/// 0.03 to 4 points.
const LAMBDAS: [f64; 5] = [0.0625, 0.25, 1.0, 4.0, 16.0];

/// Bets for differences of a measure.
///
/// A scale in the measure's own unit sets λ, so that a study in points and the same study in
/// fractions reach the same stakes. The margin of equivalence does not set it: who asks for another
/// margin gets the same verdicts of better and worse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignBets {
    margin: f64,
    scale: f64,
}

impl SignBets {
    /// Bets for differences of which `margin` is not worth having, and of which `scale` is a usual
    /// size. `scale` is above 0.
    pub fn new(margin: f64, scale: f64) -> Self {
        SignBets { margin, scale }
    }

    /// A usual size of differences, in their unit.
    pub(super) fn scale(&self) -> f64 {
        self.scale
    }

    /// Differences up to this size are not worth having.
    pub fn margin(&self) -> f64 {
        self.margin
    }

    /// The stake on the centre of `differences` lying above `centre`. It falls as `centre` rises.
    pub fn rise(&self, differences: &[f64], centre: f64) -> f64 {
        self.stake(differences.iter().map(|d| d - centre)).value()
    }

    /// The stake on the centre of `differences` lying below `centre`. It rises with `centre`.
    pub fn fall(&self, differences: &[f64], centre: f64) -> f64 {
        self.stake(differences.iter().map(|d| centre - d)).value()
    }

    /// The e-value against "candidate and baseline are alike", on either side.
    pub fn e_differs(&self, differences: &[f64]) -> f64 {
        self.rise(differences, 0.0).max(self.fall(differences, 0.0)) / 2.0
    }

    /// The e-value against "they are at least a margin apart", on either side: the weaker of both.
    pub fn e_equivalent(&self, differences: &[f64]) -> f64 {
        self.e_not_worse(differences).min(self.fall(differences, self.margin))
    }

    /// The e-value against "the candidate is worse by at least the margin" (non-inferiority).
    pub fn e_not_worse(&self, differences: &[f64]) -> f64 {
        self.rise(differences, -self.margin)
    }

    /// The fastest growth of a bet, in log units a seed, if further differences go on as these.
    pub(super) fn growth(&self, distances: impl Iterator<Item = f64> + Clone) -> f64 {
        let seeds = distances.clone().count() as f64;
        let logs = self.stake(distances).logs;
        logs.into_iter().map(|log| log / seeds).fold(f64::NEG_INFINITY, f64::max)
    }

    fn stake(&self, distances: impl Iterator<Item = f64>) -> Stake {
        let mut stake = Stake::new(self.scale);
        distances.for_each(|distance| stake.bet(distance));
        stake
    }
}

/// The stake on one side of one centre, which grows or shrinks with each seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stake {
    /// The logarithm of the product of all factors, for each λ.
    logs: [f64; LAMBDAS.len()],
    scale: f64,
}

impl Stake {
    /// The stake before the first seed, 1.
    pub(super) fn new(scale: f64) -> Self {
        Stake { logs: [0.0; LAMBDAS.len()], scale }
    }

    /// Bets on one more seed, whose difference lies `distance` beyond the centre.
    pub(super) fn bet(&mut self, distance: f64) {
        for (log, lambda) in self.logs.iter_mut().zip(LAMBDAS) {
            *log += log_bet(2.0 * lambda / self.scale * distance);
        }
    }

    /// The mean of the products over λ.
    pub(super) fn value(&self) -> f64 {
        self.logs.iter().map(|log| log.exp()).sum::<f64>() / LAMBDAS.len() as f64
    }
}

/// The four stakes of one comparison.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stakes {
    /// On a centre above 0 and below 0.
    pub(super) rise: Stake,
    pub(super) fall: Stake,
    /// On a centre above −margin.
    pub(super) not_worse: Stake,
    /// On a centre below margin.
    pub(super) not_better: Stake,
    margin: f64,
}

impl Stakes {
    pub(super) fn new(bets: &SignBets) -> Self {
        let one = Stake::new(bets.scale);
        Stakes { rise: one, fall: one, not_worse: one, not_better: one, margin: bets.margin }
    }

    /// Bets on the difference of one more seed.
    pub(super) fn bet(&mut self, difference: f64) {
        self.rise.bet(difference);
        self.fall.bet(-difference);
        self.not_worse.bet(difference + self.margin);
        self.not_better.bet(self.margin - difference);
    }

    /// [`SignBets::e_differs`].
    pub(super) fn e_differs(&self) -> f64 {
        self.rise.value().max(self.fall.value()) / 2.0
    }

    /// [`SignBets::e_equivalent`].
    pub(super) fn e_equivalent(&self) -> f64 {
        self.not_worse.value().min(self.not_better.value())
    }
}

/// log(2/(1 + exp(−x))), without overflow.
fn log_bet(x: f64) -> f64 {
    let log = if x > 0.0 { (-x).exp().ln_1p() } else { x.exp().ln_1p() - x };
    std::f64::consts::LN_2 - log
}

/// Closed testing of several e-values by their means (Vovk and Wang 2021): for each comparison the
/// least mean over all sets of comparisons that hold it. Any adjusted value reaches 1/α with
/// probability at most α, if the comparison's null hypothesis is true.
pub fn adjusted(e_values: &[f64]) -> Vec<f64> {
    // Sorted once, since a sweep has thousands of comparisons.
    let mut ascending: Vec<usize> = (0..e_values.len()).collect();
    ascending.sort_by(|&a, &b| e_values[a].total_cmp(&e_values[b]));
    let least_mean = |index: usize| {
        let own = e_values[index];
        let (mut total, mut least) = (own, own);
        let others = ascending.iter().filter(|&&other| other != index);
        for (size, &other) in (2..).zip(others) {
            total += e_values[other];
            least = least.min(total / f64::from(size));
        }
        least
    };
    (0..e_values.len()).map(least_mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Differences of the golden numbers, in points.
    const A: [f64; 10] = [0.31, -0.12, 0.45, 0.27, 0.08, 0.39, 0.22, -0.05, 0.33, 0.41];
    const C: [f64; 10] = [0.1, -0.2, 0.05, 0.15, -0.1, 0.02, -0.07, 0.12, 0.0, -0.03];

    fn is(value: f64, expected: f64) {
        assert!((value - expected).abs() < 6e-8, "{value} is not {expected}");
    }

    #[test]
    fn stakes_agree_with_the_reference() {
        let bets = SignBets::new(0.5, 0.5);
        is(bets.rise(&A, 0.0), 10.7389210);
        is(bets.fall(&A, 0.0), 0.2067127);
        is(bets.e_differs(&A), 5.3694605);
        is(bets.e_equivalent(&C), 461.5108742);
        is(bets.e_not_worse(&C), bets.rise(&C, -0.5));
    }

    #[test]
    fn stakes_do_not_depend_on_the_unit() {
        let fractions = A.map(|points| points / 100.0);
        is(
            SignBets::new(0.005, 0.005).rise(&fractions, 0.001),
            SignBets::new(0.5, 0.5).rise(&A, 0.1),
        );
    }

    #[test]
    fn adjusted_values_are_least_means() {
        let found = adjusted(&[100.0, 60.0, 40.0, 1.0, 0.5]);
        for (value, expected) in found.iter().zip([33.833333333, 20.5, 13.833333333, 0.75, 0.5]) {
            is(*value, expected);
        }
        assert_eq!(adjusted(&[]), []);
        assert_eq!(adjusted(&[7.0]), [7.0]);
    }

    #[test]
    fn huge_differences_do_not_overflow() {
        let bets = SignBets::new(0.005, 0.005);
        assert!(bets.rise(&[1e6, -1e6], 0.0).is_finite());
        assert!(bets.fall(&[1e6], 0.0) >= 0.0);
        assert_eq!(bets.rise(&[], 0.0), 1.0);
    }
}
