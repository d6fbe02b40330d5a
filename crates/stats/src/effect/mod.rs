//! What one comparison finds in one measure: interval, p-values, verdict.

mod construction;

use crate::pair::Pair;
use crate::power::{SeedsNeeded, seeds_needed};
use crate::sequential::SequentialVerdict;
use crate::spread::Spread;
use crate::unpaired::Samples;
use crate::verdict::{SIGNIFICANCE_LEVEL, Test, Verdict};

/// How much a candidate differs from its baseline in one measure. Everything is in the measure's
/// own unit; an accuracy is a fraction.
#[derive(Clone, Debug)]
pub struct Effect {
    /// The seeds for which both have a score, ascending.
    pub pairs: Vec<Pair>,
    /// The scores of both sides, where no seed pairs them. Then there are no `pairs`.
    pub samples: Option<Samples>,
    /// Mean and spread of the differences, or of [`Samples::difference`]; `None` without scores.
    pub difference: Option<Spread>,
    /// The 95% t interval of the mean difference; `None` for fewer than two pairs. In a sequential
    /// study it is [`SequentialVerdict::interval`]; `None` for fewer than five pairs.
    pub interval: Option<(f64, f64)>,
    /// Pearson's correlation of the pairs; see [`correlation`](crate::correlation).
    pub correlation: Option<f64>,
    /// The p-value of the paired t test, or of Welch's; `None` for fewer than five pairs.
    pub t_p: Option<f64>,
    /// The p-value of the exact sign-flip test; `None` for fewer than six pairs.
    pub sign_flip_p: Option<f64>,
    /// The test that decides; `None` for fewer than five pairs.
    pub test: Option<Test>,
    /// The p-value of the test that decides.
    pub p: Option<f64>,
    /// `p` after Holm's adjustment over the family.
    pub p_holm: Option<f64>,
    /// The p-value against "at least a margin apart", on either side: the larger of two one-sided t
    /// tests. `None` for fewer than five pairs.
    pub equivalent_p: Option<f64>,
    /// `equivalent_p` after Holm's adjustment over the family.
    pub equivalent_p_holm: Option<f64>,
    /// The p-value of the one-sided t test against "worse by the margin or more": below 0.05, the
    /// candidate is not worse (non-inferiority). `None` for fewer than five pairs.
    pub not_worse_p: Option<f64>,
    /// `not_worse_p` after Holm's adjustment over the family.
    pub not_worse_p_holm: Option<f64>,
    /// The conclusion; `None` for fewer than two pairs.
    pub verdict: Option<Verdict>,
    /// What the sequential test says; `None` where the number of seeds was declared. Then
    /// `pairs` are those up to the verdict, and there are no p-values.
    pub sequential: Option<SequentialVerdict>,
    /// Differences up to this size are not worth having.
    pub margin: f64,
    /// The least standard deviation that the t test, the interval and [`Self::seeds_needed`] take;
    /// see [`Measure::resolution`](crate::Measure::resolution).
    pub resolution: f64,
    /// [`SIGNIFICANCE_LEVEL`] divided by the number of comparisons in the family. A `p` below it is
    /// sure to pass Holm's adjustment.
    pub level: f64,
}

impl Effect {
    /// What the adjusted p-values say.
    pub(crate) fn concluded(&self) -> Option<Verdict> {
        let (Spread { mean, .. }, _) = self.difference.zip(self.interval)?;
        let is_equivalent = self.equivalent_p_holm.is_some_and(|p| p < SIGNIFICANCE_LEVEL);
        Some(match self.p_holm {
            None => Verdict::Exploratory,
            Some(p) if p < SIGNIFICANCE_LEVEL && mean > 0.0 => Verdict::Better,
            Some(p) if p < SIGNIFICANCE_LEVEL => Verdict::Worse,
            Some(_) if is_equivalent && self.is_within_margin() => Verdict::Equivalent,
            Some(_) => Verdict::Undecided,
        })
    }

    /// How many seeds would settle an open comparison, and the difference that they would find.
    /// `None` where the verdict is neither undecided nor exploratory.
    ///
    /// The difference to find is the one seen, but at least the margin. If the seeds at hand are
    /// enough to find the margin already, it is the one seen, however small.
    pub fn seeds_needed(&self) -> Option<(SeedsNeeded, f64)> {
        let is_open = matches!(self.verdict, Some(Verdict::Exploratory | Verdict::Undecided));
        if let Some(sequential) = self.sequential.as_ref().filter(|_| is_open) {
            let mean = self.difference?.mean.abs();
            let needed = match sequential.seeds_to_go {
                Some(more) => SeedsNeeded::About(0).or_more(self.pairs.len() + more),
                None => SeedsNeeded::TooMany,
            };
            return Some((needed, mean));
        }
        let Spread { mean, sd: Some(sd), count } = self.difference.filter(|_| is_open)? else {
            return None;
        };
        let sd = sd.max(self.resolution);
        let seen = mean.abs();
        let enough_for_margin = seeds_needed(self.margin, sd, self.level).is_at_most(count);
        let to_find = if enough_for_margin { seen } else { seen.max(self.margin) };
        Some((seeds_needed(to_find, sd, self.level).or_more(count + 1), to_find))
    }

    /// Whether the candidate is shown to be not worse than its baseline by the margin or more
    /// (non-inferiority), adjusted for all comparisons of the family. A better one is not worse,
    /// nor is an equivalent one.
    pub fn is_not_worse(&self) -> bool {
        self.verdict == Some(Verdict::Better)
            || self.sequential.as_ref().is_some_and(SequentialVerdict::is_not_worse)
            || self.not_worse_p_holm.is_some_and(|p| p < SIGNIFICANCE_LEVEL)
    }

    /// The confidence level of the interval, in percent: 95, or 90 beside an equivalent sequential
    /// comparison, whose interval is that of two one-sided tests at 5%.
    pub fn confidence_percent(&self) -> u32 {
        match (&self.sequential, self.verdict) {
            (Some(_), Some(Verdict::Equivalent)) => 90,
            (Some(_), _) | (None, _) => 95,
        }
    }

    /// The scores of both sides: the candidate's, and the baseline's.
    pub fn scores(&self) -> (Vec<f64>, Vec<f64>) {
        match &self.samples {
            Some(samples) => (samples.candidate.clone(), samples.baseline.clone()),
            None => self.pairs.iter().map(|pair| (pair.candidate, pair.baseline)).unzip(),
        }
    }

    /// Whether the whole interval lies within the margin.
    pub fn is_within_margin(&self) -> bool {
        self.interval.is_some_and(|(low, high)| -self.margin <= low && high <= self.margin)
    }

    /// The pairs whose difference lies beyond Tukey's outer fences: more than three interquartile
    /// ranges outside the quartiles. Such a run went differently from the others, for example
    /// because it lost a class.
    pub fn far_pairs(&self) -> impl Iterator<Item = &Pair> {
        let mut sorted: Vec<f64> = self.pairs.iter().map(Pair::difference).collect();
        sorted.sort_by(f64::total_cmp);
        let quartile = |share: f64| {
            sorted.get((share * (sorted.len() as f64 - 1.0)).round() as usize).copied()
        };
        let (low, high) = (quartile(0.25).unwrap_or(0.0), quartile(0.75).unwrap_or(0.0));
        let fence = 3.0 * (high - low);
        self.pairs
            .iter()
            .filter(move |pair| !(low - fence..=high + fence).contains(&pair.difference()))
    }

    /// Whether the verdict is better or worse: chance does not explain the difference.
    pub fn is_significant(&self) -> bool {
        matches!(self.verdict, Some(Verdict::Better | Verdict::Worse))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::family::effects;
    use crate::measure::Measure;
    use crate::verdict::DEFAULT_MARGIN;

    pub(crate) const MEASURE: Measure =
        Measure { margin: DEFAULT_MARGIN, resolution: 1e-4, scale: DEFAULT_MARGIN };

    pub(crate) fn pairs(differences: &[f64]) -> Vec<Pair> {
        let baseline = |index: usize| 0.88 + 0.001 * (index % 3) as f64;
        let pair = |(index, difference)| Pair {
            seed: index as u64 + 1,
            candidate: baseline(index) + difference,
            baseline: baseline(index),
        };
        differences.iter().copied().enumerate().map(pair).collect()
    }

    pub(crate) fn alone(differences: &[f64]) -> Effect {
        Effect::alone(pairs(differences), MEASURE)
    }

    /// n differences around `mean`, at 0, ±0.4 and ±1 times `sd`.
    pub(crate) fn around(mean: f64, sd: f64, n: usize) -> Vec<f64> {
        [1.0, -1.0, 0.4, -0.4, 0.0].into_iter().cycle().take(n).map(|z| mean + sd * z).collect()
    }

    #[test]
    fn verdicts_depend_on_chance_and_margin() {
        let verdict = |mean, sd, n| alone(&around(mean, sd, n)).verdict.unwrap();
        assert_eq!(verdict(0.012, 0.003, 10), Verdict::Better);
        assert_eq!(verdict(-0.012, 0.003, 10), Verdict::Worse);
        assert_eq!(verdict(0.0005, 0.002, 10), Verdict::Equivalent);
        assert_eq!(verdict(0.004, 0.01, 10), Verdict::Undecided);
        assert_eq!(verdict(0.012, 0.003, 5), Verdict::Better);
        assert_eq!(verdict(0.5, 0.001, 4), Verdict::Exploratory);
        let small = alone(&around(0.002, 0.0005, 10));
        assert!(small.verdict == Some(Verdict::Better) && small.is_within_margin());
        let wide = Measure { margin: 0.02, ..MEASURE };
        let wider = effects(vec![pairs(&around(0.004, 0.01, 10))], wide).remove(0);
        assert_eq!((wider.verdict, wider.margin), (Some(Verdict::Equivalent), 0.02));
    }

    #[test]
    fn one_seed_and_none_say_nothing() {
        let one = alone(&[0.02]);
        assert_eq!(
            (one.verdict, one.p, one.interval, one.seeds_needed()),
            (None, None, None, None)
        );
        assert_eq!(one.difference.unwrap().sd, None);
        let none = alone(&[]);
        assert!(none.difference.is_none() && none.verdict.is_none() && none.p_holm.is_none());
    }

    #[test]
    fn a_seed_that_went_otherwise_lies_far() {
        let mut differences = around(-0.02, 0.002, 10);
        assert_eq!(alone(&differences).far_pairs().count(), 0);
        differences[6] = 0.05;
        assert!(alone(&differences).far_pairs().map(|pair| pair.seed).eq([7]));
        assert_eq!(alone(&[]).far_pairs().count(), 0);
    }

    #[test]
    fn equal_scores_are_equivalent_with_certainty() {
        for n in [5, 6, 20] {
            let equal = alone(&vec![0.0; n]);
            assert_eq!(
                (equal.p, equal.verdict, equal.interval),
                (Some(1.0), Some(Verdict::Equivalent), Some((0.0, 0.0)))
            );
        }
    }

    #[test]
    fn equal_scores_are_equivalent_even_over_few_images() {
        let few = Measure::accuracy(DEFAULT_MARGIN, Some(50));
        let equal = Effect::alone(pairs(&[0.0; 5]), few);
        assert_eq!(equal.verdict, Some(Verdict::Equivalent));
        // One image of 50 in one seed of five: four times the margin.
        let apart = Effect::alone(pairs(&[0.0, 0.0, 0.02, 0.0, 0.0]), few);
        assert_eq!(apart.verdict, Some(Verdict::Undecided));
    }

    #[test]
    fn five_pairs_each_one_image_apart_prove_nothing() {
        let apart = alone(&[0.0001; 5]);
        assert!(apart.p.unwrap() > 0.05, "{:?}", apart.p);
        assert_eq!(apart.verdict, Some(Verdict::Equivalent));
        let (low, high) = apart.interval.unwrap();
        assert!(low < 0.0 && high > 0.0001 && high < 0.0003, "{low} {high}");
        let exploratory = Effect::alone(pairs(&[0.01; 3]), Measure::accuracy(0.01, Some(50)));
        // As if the standard deviation were one image of 50: an effect of half of it.
        let needed = seeds_needed(0.01, 0.02, SIGNIFICANCE_LEVEL);
        assert_eq!(exploratory.seeds_needed().unwrap().0, needed);
    }

    #[test]
    fn seeds_are_given_where_they_are_missing_and_are_always_more() {
        let undecided = alone(&around(0.004, 0.01, 10));
        let (seeds, to_find) = undecided.seeds_needed().unwrap();
        assert_eq!(to_find, DEFAULT_MARGIN, "nobody needs to find less than the margin");
        assert!(!seeds.is_at_most(10) && seeds.is_at_most(60), "{seeds}");
        let (_, to_find) = alone(&around(0.02, 0.04, 10)).seeds_needed().unwrap();
        assert!((to_find - 0.02).abs() < 1e-9);
        // These seeds are enough to find half a point. The difference seen is smaller than that,
        // but its interval is not within half a point.
        let small = effects(vec![pairs(&around(0.0036, 0.0059, 30)); 4000], MEASURE).remove(0);
        assert_eq!(small.verdict, Some(Verdict::Undecided));
        let (seeds, to_find) = small.seeds_needed().unwrap();
        assert!((to_find - 0.0036).abs() < 1e-9 && !seeds.is_at_most(30), "{to_find} {seeds}");
        assert_eq!(alone(&around(0.02, 0.001, 10)).seeds_needed(), None);
        assert!(alone(&around(0.02, 0.01, 3)).seeds_needed().is_some());
    }
}
