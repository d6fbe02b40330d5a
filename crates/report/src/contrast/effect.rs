//! What a family of comparisons finds in one measure: intervals, p-values, verdicts.

use super::paired::{Pair, correlation, holm, paired_t_p, t_interval};
use super::power::{SeedsNeeded, seeds_needed};
use super::sign_flip::sign_flip_p;
use crate::spread::Spread;

/// A verdict is wrong where networks are equal in at most this share of studies.
pub const LEVEL: f64 = 0.05;

/// Differences up to this, as a fraction, are not worth having: half a point.
pub const MARGIN: f64 = 0.005;

/// Fewer pairs than this are exploratory: no verdict.
const VERDICT_FROM: usize = 5;

/// Fewer pairs than this have no sign-flip p below 0.05.
const SIGN_FLIP_FROM: usize = 6;

/// What is concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Higher accuracy than the baseline, beyond chance.
    Better,
    /// Lower accuracy than the baseline, beyond chance.
    Worse,
    /// Not shown to differ, and the whole interval lies within the margin.
    Equivalent,
    /// Neither.
    Undecided,
    /// Two to four pairs: too few to conclude anything.
    Exploratory,
}

impl Verdict {
    /// As in `comparisons.csv`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::Equivalent => "equivalent",
            Verdict::Undecided => "undecided",
            Verdict::Exploratory => "exploratory",
        }
    }
}

/// Which test a p is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// [`sign_flip_p`].
    SignFlip,
    /// [`paired_t_p`].
    PairedT,
}

impl Test {
    /// For people, in the middle of a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Test::SignFlip => "exact sign-flip test",
            Test::PairedT => "paired t test",
        }
    }
}

/// How much one network's accuracy differs from its baseline's. All are fractions.
#[derive(Clone, Debug)]
pub struct Effect {
    /// Seeds that both finished, ascending.
    pub pairs: Vec<Pair>,
    /// Of the differences; `None` without pairs.
    pub difference: Option<Spread>,
    /// 95% t interval of the mean difference, from two pairs on.
    pub interval: Option<(f64, f64)>,
    /// Of the pairs.
    pub correlation: Option<f64>,
    /// Paired t test, from five pairs on.
    pub t_p: Option<f64>,
    /// Exact sign-flip test, from six pairs on.
    pub sign_flip_p: Option<f64>,
    /// The test that decides.
    pub test: Option<Test>,
    /// Its p.
    pub p: Option<f64>,
    /// That p after Holm over the family.
    pub p_holm: Option<f64>,
    /// From two pairs on.
    pub verdict: Option<Verdict>,
    /// Up to here differences are not worth having.
    pub margin: f64,
    /// p below which a comparison of this family is sure to pass Holm: 0.05 divided by how many
    /// there are.
    pub level: f64,
}

/// The effects of comparisons that are made together, in one measure. `margin` is a fraction.
///
/// The p that decides is that of the exact sign-flip test, from six pairs on. Where even its
/// smallest value, 2/2ⁿ, could not pass Holm over as many comparisons (below `0.05 / comparisons`),
/// and with five pairs, it is that of the paired t test: otherwise six seeds could decide less than
/// five. The choice depends on the numbers of seeds and comparisons alone, not on what was
/// measured, so both keep the level.
pub fn effects(family: Vec<Vec<Pair>>, margin: f64) -> Vec<Effect> {
    let level = LEVEL / family.len() as f64;
    let mut effects: Vec<Effect> =
        family.into_iter().map(|pairs| Effect::new(pairs, level, margin)).collect();
    let adjusted = holm(&effects.iter().map(|effect| effect.p).collect::<Vec<_>>());
    for (effect, p_holm) in effects.iter_mut().zip(adjusted) {
        effect.judge(p_holm);
    }
    effects
}

impl Effect {
    fn new(pairs: Vec<Pair>, level: f64, margin: f64) -> Self {
        let differences: Vec<f64> = pairs.iter().map(Pair::difference).collect();
        let n = differences.len();
        let difference = Spread::of(differences.iter().copied());
        let t_p = paired_t_p(&differences).filter(|_| n >= VERDICT_FROM);
        let sign_flip_p = (n >= SIGN_FLIP_FROM).then(|| sign_flip_p(&differences));
        let test = match n {
            ..VERDICT_FROM => None,
            _ if n >= SIGN_FLIP_FROM && 2.0_f64.powi(1 - n as i32) < level => Some(Test::SignFlip),
            _ => Some(Test::PairedT),
        };
        Effect {
            difference,
            interval: difference.and_then(|difference| t_interval(&difference)),
            correlation: correlation(&pairs),
            t_p,
            sign_flip_p,
            test,
            p: test.and_then(|test| if test == Test::SignFlip { sign_flip_p } else { t_p }),
            p_holm: None,
            verdict: None,
            margin,
            level,
            pairs,
        }
    }

    fn judge(&mut self, p_holm: Option<f64>) {
        self.p_holm = p_holm;
        let (Some(Spread { mean, .. }), Some(_)) = (self.difference, self.interval) else { return };
        let verdict = match p_holm {
            None => Verdict::Exploratory,
            Some(p) if p < LEVEL && mean > 0.0 => Verdict::Better,
            Some(p) if p < LEVEL => Verdict::Worse,
            Some(_) if self.is_within_margin() => Verdict::Equivalent,
            Some(_) => Verdict::Undecided,
        };
        self.verdict = Some(verdict);
    }

    /// Where the verdict is undecided or exploratory: the seeds that [`seeds_needed`] gives, and
    /// the difference that they find. That is the one seen, but no smaller than the margin unless
    /// the seeds are enough for the margin already.
    pub fn seeds_needed(&self) -> Option<(SeedsNeeded, f64)> {
        let is_open = matches!(self.verdict, Some(Verdict::Exploratory | Verdict::Undecided));
        let Spread { mean, sd: Some(sd), count } = self.difference.filter(|_| is_open)? else {
            return None;
        };
        let seen = mean.abs();
        let enough_for_margin = seeds_needed(self.margin, sd, self.level).is_at_most(count);
        let to_find = if enough_for_margin { seen } else { seen.max(self.margin) };
        Some((seeds_needed(to_find, sd, self.level).or_more(count + 1), to_find))
    }

    /// Whether the whole interval lies within the margin.
    pub fn is_within_margin(&self) -> bool {
        self.interval.is_some_and(|(low, high)| -self.margin <= low && high <= self.margin)
    }

    /// Pairs whose difference lies beyond Tukey's outer fences, three interquartile ranges from the
    /// quartiles: a run that went otherwise than its like, as where a class is lost.
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

    /// Whether chance does not explain the difference.
    pub fn is_significant(&self) -> bool {
        matches!(self.verdict, Some(Verdict::Better | Verdict::Worse))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(differences: &[f64]) -> Vec<Pair> {
        let baseline = |index: usize| 0.88 + 0.001 * (index % 3) as f64;
        let pair = |(index, difference)| Pair {
            seed: index as u64 + 1,
            network: baseline(index) + difference,
            baseline: baseline(index),
        };
        differences.iter().copied().enumerate().map(pair).collect()
    }

    fn alone(differences: &[f64]) -> Effect {
        effects(vec![pairs(differences)], MARGIN).remove(0)
    }

    /// Differences around a mean: ±1 and ±0.4 standard deviations or so.
    fn around(mean: f64, sd: f64, n: usize) -> Vec<f64> {
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
        let wider = effects(vec![pairs(&around(0.004, 0.01, 10))], 0.02).remove(0);
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
    fn the_test_is_the_exact_one_from_six_seeds_on_where_it_can_decide_at_all() {
        let clear = |n| around(0.02, 0.001, n);
        let test = |seeds: usize, comparisons: usize| {
            let found = effects(vec![pairs(&clear(seeds)); comparisons], MARGIN).remove(0);
            assert_eq!(
                found.verdict,
                Some(Verdict::Better),
                "{seeds} seeds, {comparisons} comparisons"
            );
            assert_eq!(
                found.p,
                if found.test == Some(Test::SignFlip) { found.sign_flip_p } else { found.t_p }
            );
            assert_eq!(found.sign_flip_p, (seeds > 5).then(|| 2.0_f64.powi(1 - seeds as i32)));
            found.test.unwrap()
        };
        assert_eq!(
            [5, 6, 7].map(|seeds| test(seeds, 1)),
            [Test::PairedT, Test::SignFlip, Test::SignFlip]
        );
        // 2/2⁸ = 0.0078 can't pass 0.05/7 = 0.0071, 2/2⁹ can.
        assert_eq!(
            [6, 8, 9, 10].map(|seeds| test(seeds, 7)),
            [Test::PairedT, Test::PairedT, Test::SignFlip, Test::SignFlip]
        );
    }

    #[test]
    fn p_values_count_all_comparisons_of_the_family_even_those_without_pairs() {
        let family =
            vec![pairs(&around(0.004, 0.004, 10)), pairs(&around(0.0, 0.003, 10)), pairs(&[])];
        let found = effects(family, MARGIN);
        assert!((found[0].p_holm.unwrap() - 3.0 * found[0].p.unwrap()).abs() < 1e-12);
        assert_eq!((found[1].p_holm, found[2].p_holm), (Some(1.0), None));
    }

    #[test]
    fn seeds_are_given_where_they_are_missing_and_are_always_more() {
        let undecided = alone(&around(0.004, 0.01, 10));
        let (seeds, to_find) = undecided.seeds_needed().unwrap();
        assert_eq!(to_find, MARGIN, "nobody needs to find less than the margin");
        assert!(!seeds.is_at_most(10) && seeds.is_at_most(60), "{seeds}");
        let (_, to_find) = alone(&around(0.02, 0.04, 10)).seeds_needed().unwrap();
        assert!((to_find - 0.02).abs() < 1e-9);
        // Enough to find half a point, but what is there is smaller, and not within half a point
        // either.
        let small = effects(vec![pairs(&around(0.0036, 0.0059, 30)); 4000], MARGIN).remove(0);
        assert_eq!(small.verdict, Some(Verdict::Undecided));
        let (seeds, to_find) = small.seeds_needed().unwrap();
        assert!((to_find - 0.0036).abs() < 1e-9 && !seeds.is_at_most(30), "{to_find} {seeds}");
        assert_eq!(alone(&around(0.02, 0.001, 10)).seeds_needed(), None);
        assert!(alone(&around(0.02, 0.01, 3)).seeds_needed().is_some());
    }
}
