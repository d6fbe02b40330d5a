//! Two samples whose seeds mean nothing to each other: Welch's t test and a permutation test.

use statrs::distribution::StudentsT;

use crate::spread::Spread;
use crate::t_test::{MeanError, ROUNDING};

/// Up to this many assignments of scores to the two sides, all are counted.
const COUNTED: u64 = 200_000;

/// Where there are more, so many are drawn.
const DRAWN: u64 = 99_999;

/// The scores of a candidate and its baseline, which no seed pairs.
#[derive(Clone, Debug, PartialEq)]
pub struct Samples {
    /// The candidate's scores.
    pub candidate: Vec<f64>,
    /// The baseline's scores.
    pub baseline: Vec<f64>,
}

impl Samples {
    /// The size of the smaller sample.
    pub fn fewest(&self) -> usize {
        self.candidate.len().min(self.baseline.len())
    }

    /// The difference of the means. Its standard deviation is that of the difference of one run each,
    /// √(s₁² + s₂²), and its count that of the smaller sample. `None` if a sample has no score, or one
    /// that is infinite or NaN.
    pub fn difference(&self) -> Option<Spread> {
        let (candidate, baseline) = (spread(&self.candidate)?, spread(&self.baseline)?);
        Some(Spread {
            mean: candidate.mean - baseline.mean,
            sd: candidate.sd.zip(baseline.sd).map(|(a, b)| a.hypot(b)),
            count: self.fewest(),
        })
    }
}

fn spread(scores: &[f64]) -> Option<Spread> {
    Spread::of(scores.iter().copied())
}

/// The difference of the means with Welch's standard error, √(s₁²/n₁ + s₂²/n₂), and the degrees of
/// freedom of Satterthwaite: error⁴ / (s₁⁴/(n₁²(n₁ − 1)) + s₂⁴/(n₂²(n₂ − 1))) (Welch 1947). A standard
/// deviation is no less than `resolution`, the least step of the scores. `None` if either sample has
/// fewer than two scores.
pub(crate) fn welch(samples: &Samples, resolution: f64) -> Option<MeanError> {
    let part = |scores: &[f64]| {
        let Spread { mean, sd, count } = spread(scores)?;
        let sd = sd?;
        let sd = if sd <= ROUNDING * mean.abs() { 0.0 } else { sd }.max(resolution);
        Some((mean, sd * sd / count as f64, count as f64 - 1.0))
    };
    let (mean, of_candidate, freedom) = part(&samples.candidate)?;
    let (other_mean, of_baseline, other_freedom) = part(&samples.baseline)?;
    let square = of_candidate + of_baseline;
    let parts = of_candidate * of_candidate / freedom + of_baseline * of_baseline / other_freedom;
    // Without any spread there is no estimate of the degrees: that of equal spreads stands in.
    let freedom = if square > 0.0 { square * square / parts } else { freedom + other_freedom };
    let student = StudentsT::new(0.0, 1.0, freedom).ok()?;
    Some(MeanError::new(mean - other_mean, square.sqrt(), student))
}

/// The two-sided p-value of the permutation test of "both samples are of one distribution": the share
/// of all assignments of the scores to the two sides whose Welch statistic |t| is at least as large as
/// the observed one. With t in place of the difference of means, the test also holds about where means
/// are equal and spreads are not (Janssen 1997; Chung and Romano 2013).
///
/// Up to 200,000 assignments are counted. Where there are more, 99,999 are drawn, always the same ones,
/// and p is (1 + those as large) / 100,000. Statistics that differ only by rounding count as equal. p is
/// 1 if either sample is empty or all scores are equal.
pub fn permutation_p(samples: &Samples) -> f64 {
    let scores: Vec<f64> = samples.candidate.iter().chain(&samples.baseline).copied().collect();
    let (all, taken) = (scores.len(), samples.candidate.len());
    if taken == 0 || taken == all {
        return 1.0;
    }
    let statistic = Statistic::of(&scores);
    let observed = statistic.at(&(0..taken).collect::<Vec<_>>());
    let is_as_large = |chosen: &[usize]| statistic.at(chosen) >= observed - 1e-9 * observed.abs();
    match assignments(all, taken) {
        Some(count) => {
            let mut chosen: Vec<usize> = (0..taken).collect();
            let mut as_large = 0_u64;
            loop {
                as_large += u64::from(is_as_large(&chosen));
                if !next_combination(&mut chosen, all) {
                    break;
                }
            }
            as_large as f64 / count as f64
        }
        None => {
            let mut random = fastrand::Rng::with_seed(1);
            let mut order: Vec<usize> = (0..all).collect();
            let drawn = (0..DRAWN).filter(|_| {
                random.shuffle(&mut order);
                is_as_large(&order[..taken])
            });
            (1 + drawn.count()) as f64 / (1 + DRAWN) as f64
        }
    }
}

/// The smallest p-value that [`permutation_p`] can give for samples of these sizes.
pub(crate) fn least_permutation_p(candidate: usize, baseline: usize) -> f64 {
    let sides = if candidate == baseline { 2.0 } else { 1.0 };
    match assignments(candidate + baseline, candidate) {
        Some(count) => sides / count as f64,
        None => 1.0 / (1 + DRAWN) as f64,
    }
}

/// How many ways there are to choose `taken` of `all` scores; `None` if there are too many to count.
fn assignments(all: usize, taken: usize) -> Option<u64> {
    let mut count = 1_u64;
    for index in 0..taken.min(all - taken) as u64 {
        count = count * (all as u64 - index) / (index + 1);
        if count > COUNTED {
            return None;
        }
    }
    Some(count)
}

/// The next choice in lexicographic order; false after the last one.
fn next_combination(chosen: &mut [usize], all: usize) -> bool {
    let taken = chosen.len();
    let Some(position) = (0..taken).rfind(|&at| chosen[at] < all - taken + at) else {
        return false;
    };
    chosen[position] += 1;
    for at in position + 1..taken {
        chosen[at] = chosen[at - 1] + 1;
    }
    true
}

/// Welch's |t| of any assignment, from sums over the chosen scores. The scores' mean is taken off first,
/// so that sums of squares keep their digits.
struct Statistic {
    scores: Vec<f64>,
    squares: f64,
}

impl Statistic {
    fn of(scores: &[f64]) -> Self {
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        let scores: Vec<f64> = scores.iter().map(|score| score - mean).collect();
        let squares = scores.iter().map(|score| score * score).sum();
        Statistic { scores, squares }
    }

    /// |t| if the scores at these positions are the candidate's. Without spread on either side it is
    /// infinite, or 0 if the means are equal too.
    fn at(&self, chosen: &[usize]) -> f64 {
        let (n, m) = (chosen.len() as f64, (self.scores.len() - chosen.len()) as f64);
        let sum: f64 = chosen.iter().map(|&at| self.scores[at]).sum();
        let squares: f64 = chosen.iter().map(|&at| self.scores[at] * self.scores[at]).sum();
        // All scores sum to zero.
        let difference = (sum / n + sum / m).abs();
        let square_error =
            |squares: f64, n: f64| ((squares - sum * sum / n).max(0.0) / (n - 1.0).max(1.0)) / n;
        let error = (square_error(squares, n) + square_error(self.squares - squares, m)).sqrt();
        match (difference <= ROUNDING * self.squares.sqrt(), error > 0.0) {
            (true, _) => 0.0,
            (false, true) => difference / error,
            (false, false) => f64::INFINITY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(candidate: &[f64], baseline: &[f64]) -> Samples {
        Samples { candidate: candidate.to_vec(), baseline: baseline.to_vec() }
    }

    #[test]
    fn assignments_are_counted_once_each() {
        assert_eq!(assignments(10, 5), Some(252));
        assert_eq!((assignments(30, 15), assignments(4, 4)), (None, Some(1)));
        let mut chosen = vec![0, 1, 2];
        let mut count = 1;
        while next_combination(&mut chosen, 6) {
            count += 1;
        }
        assert_eq!((count, chosen), (20, vec![3, 4, 5]));
    }

    #[test]
    fn samples_that_do_not_overlap_have_the_least_p() {
        let apart = samples(&[5.0, 6.0, 7.0, 8.0, 9.0], &[1.0, 2.0, 3.0, 4.0, 4.5]);
        assert_eq!(permutation_p(&apart), 2.0 / 252.0);
        assert_eq!(least_permutation_p(5, 5), 2.0 / 252.0);
        assert_eq!(permutation_p(&samples(&[1.0; 5], &[1.0; 4])), 1.0);
        assert_eq!(permutation_p(&samples(&[], &[1.0; 4])), 1.0);
    }

    #[test]
    fn many_runs_are_drawn_and_give_the_same_p_each_time() {
        let wave = |shift: f64| -> Vec<f64> {
            (0..20).map(|index| shift + f64::from(index * 7 % 20)).collect()
        };
        let near = samples(&wave(1.0), &wave(0.0));
        let p = permutation_p(&near);
        assert_eq!(p, permutation_p(&near));
        let welch_p = welch(&near, 0.0).unwrap().two_sided_p();
        assert!((p - welch_p).abs() < 0.02, "{p} {welch_p}");
        assert!(permutation_p(&samples(&wave(30.0), &wave(0.0))) <= 2e-5);
    }

    #[test]
    fn a_single_run_has_a_difference_and_no_error() {
        let one = samples(&[2.0], &[1.0, 1.5]);
        assert_eq!(one.difference().unwrap().mean, 0.75);
        assert!(one.difference().unwrap().sd.is_none() && welch(&one, 0.0).is_none());
        assert!(samples(&[f64::NAN], &[1.0]).difference().is_none());
    }
}
