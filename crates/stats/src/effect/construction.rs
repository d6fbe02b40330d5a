//! How effects are made: of pairs, of samples that no seed pairs, or by the sequential test.

use super::Effect;
use crate::measure::Measure;
use crate::pair::{Pair, correlation};
use crate::sequential::SequentialVerdict;
use crate::sign_flip::sign_flip_p;
use crate::spread::Spread;
use crate::t_test::MeanError;
use crate::unpaired::{Samples, least_permutation_p, permutation_p, welch};
use crate::verdict::{SIGNIFICANCE_LEVEL, Test, Verdict};

/// A comparison of fewer pairs than this is exploratory.
const FEWEST_FOR_VERDICT: usize = 5;

/// Fewer pairs than this cannot have a sign-flip p below 0.05.
const FEWEST_FOR_SIGN_FLIP: usize = 6;

impl Effect {
    /// Everything that does not depend on the other comparisons of the family.
    pub(crate) fn new(pairs: Vec<Pair>, level: f64, measure: Measure) -> Self {
        let differences: Vec<f64> = pairs.iter().map(Pair::difference).collect();
        let n = differences.len();
        let difference = Spread::of(differences.iter().copied());
        let is_equal = differences.iter().all(|&difference| difference == 0.0);
        let resolution = if is_equal { 0.0 } else { measure.resolution };
        let mean = difference.and_then(|difference| MeanError::of(&difference, resolution));
        let enough = mean.filter(|_| n >= FEWEST_FOR_VERDICT);
        let t_p = enough.map(|mean| mean.two_sided_p());
        let sign_flip_p = (n >= FEWEST_FOR_SIGN_FLIP).then(|| sign_flip_p(&differences));
        let test = match n {
            ..FEWEST_FOR_VERDICT => None,
            _ if n >= FEWEST_FOR_SIGN_FLIP && 2.0_f64.powi(1 - n as i32) < level => {
                Some(Test::SignFlip)
            }
            _ => Some(Test::PairedT),
        };
        Effect {
            samples: None,
            difference,
            interval: mean.map(|mean| mean.interval(0.95)),
            correlation: correlation(&pairs),
            t_p,
            sign_flip_p,
            test,
            p: test.and_then(|test| if test == Test::SignFlip { sign_flip_p } else { t_p }),
            p_holm: None,
            equivalent_p: enough.map(|mean| mean.equivalent_p(measure.margin)),
            equivalent_p_holm: None,
            not_worse_p: enough.map(|mean| mean.above_p(-measure.margin)),
            not_worse_p_holm: None,
            verdict: None,
            sequential: None,
            margin: measure.margin,
            resolution: measure.resolution,
            level,
            pairs,
        }
    }

    /// Everything that does not depend on the other comparisons of the family, of samples that no seed
    /// pairs.
    pub(crate) fn unpaired(samples: Samples, level: f64, measure: Measure) -> Self {
        let n = samples.fewest();
        let mean = welch(&samples, measure.resolution);
        let enough = mean.filter(|_| n >= FEWEST_FOR_VERDICT);
        let t_p = enough.map(|mean| mean.two_sided_p());
        let least = least_permutation_p(samples.candidate.len(), samples.baseline.len());
        let test = match n {
            ..FEWEST_FOR_VERDICT => None,
            _ if least < level => Some(Test::WelchAndPermutation),
            _ => Some(Test::Welch),
        };
        // The permutation test is exact for samples of one distribution, and too bold where spreads and
        // sizes differ. Welch's test allows for those, and assumes normal scores. Both must agree.
        let p = t_p.map(|welch| match test {
            Some(Test::WelchAndPermutation) => welch.max(permutation_p(&samples)),
            Some(Test::Welch | Test::SignFlip | Test::PairedT | Test::Sequential) | None => welch,
        });
        Effect {
            difference: samples.difference(),
            interval: mean.map(|mean| mean.interval(0.95)),
            t_p,
            test,
            p,
            equivalent_p: enough.map(|mean| mean.equivalent_p(measure.margin)),
            not_worse_p: enough.map(|mean| mean.above_p(-measure.margin)),
            samples: Some(samples),
            ..Self::new(Vec::new(), level, measure)
        }
    }

    /// The difference with its interval, which nobody judges.
    pub fn unjudged(self) -> Self {
        Effect {
            test: None,
            p: None,
            p_holm: None,
            t_p: None,
            sign_flip_p: None,
            equivalent_p: None,
            equivalent_p_holm: None,
            not_worse_p: None,
            not_worse_p_holm: None,
            verdict: None,
            ..self
        }
    }

    /// A comparison of a sequential study, of which `pairs` decided.
    pub(crate) fn sequential(pairs: Vec<Pair>, found: SequentialVerdict, measure: Measure) -> Self {
        let difference = Spread::of(pairs.iter().map(Pair::difference));
        let verdict = match pairs.len() {
            // The look at five seeds may decide with three or four pairs, if both networks
            // diverged with the others.
            _ if found.is_decided() => Some(found.verdict),
            0 | 1 => None,
            2..FEWEST_FOR_VERDICT => Some(Verdict::Exploratory),
            _ => Some(found.verdict),
        };
        Effect {
            samples: None,
            difference,
            interval: found.interval(),
            correlation: correlation(&pairs),
            t_p: None,
            sign_flip_p: None,
            test: (pairs.len() >= FEWEST_FOR_VERDICT).then_some(Test::Sequential),
            p: None,
            p_holm: None,
            equivalent_p: None,
            equivalent_p_holm: None,
            not_worse_p: None,
            not_worse_p_holm: None,
            verdict,
            sequential: Some(found),
            margin: measure.margin,
            resolution: measure.resolution,
            level: SIGNIFICANCE_LEVEL,
            pairs,
        }
    }
}
