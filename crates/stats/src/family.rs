//! Several comparisons of one study: which test decides, and what their number costs.

use crate::effect::Effect;
use crate::holm::holm;
use crate::measure::Measure;
use crate::pair::Pair;
use crate::sequential::{Behind, SequentialVerdict, replay};
use crate::unpaired::Samples;
use crate::verdict::SIGNIFICANCE_LEVEL;

/// Judges a family: all comparisons that one study makes in one measure. Each element of `family`
/// holds the pairs of one comparison; the result has the same order.
///
/// From six pairs on, the exact sign-flip test decides. The paired t test decides for five pairs,
/// and where even the smallest sign-flip p, 2/2ⁿ, is not below `SIGNIFICANCE_LEVEL / comparisons`:
/// otherwise six seeds could decide less than five. This choice depends on the numbers of seeds and
/// comparisons alone and never on the scores, so the study keeps its significance level.
///
/// A comparison that is neither better nor worse is equivalent if two one-sided t tests reject "at
/// least a margin apart" at [`SIGNIFICANCE_LEVEL`] after Holm's adjustment, and the 95% interval
/// lies within the margin. So any comparison of a study is falsely equivalent in at most 5% of
/// studies.
///
/// "Not worse" is tested at the same level in its own family; see [`Effect::is_not_worse`].
///
/// The t test and the interval take no standard deviation to be less than the measure's resolution.
/// The sign-flip test needs no such rule: its p is at least 2/2ⁿ, however alike the differences
/// are. Where both scored the same with every seed, nothing can be mistaken for a difference, and
/// the interval is 0 to 0.
pub fn effects(family: Vec<Vec<Pair>>, measure: Measure) -> Vec<Effect> {
    let level = SIGNIFICANCE_LEVEL / family.len() as f64;
    concluded(family.into_iter().map(|pairs| Effect::new(pairs, level, measure)).collect())
}

/// Judges a family of samples that no seed pairs. Each element of `family` holds the scores of one
/// comparison; the result has the same order. The numbers of runs must have been decided before the
/// first look.
///
/// The larger p of the permutation test and Welch's t test decides, and Welch's alone where even the
/// smallest p of the permutation test is not below `SIGNIFICANCE_LEVEL / comparisons`. Everything else is as in [`effects`], with Welch's
/// standard error and degrees of freedom. Both sides need five scores for a verdict.
pub fn unpaired_effects(family: Vec<Samples>, measure: Measure) -> Vec<Effect> {
    let level = SIGNIFICANCE_LEVEL / family.len() as f64;
    concluded(family.into_iter().map(|it| Effect::unpaired(it, level, measure)).collect())
}

/// Adjusts the p-values of a family, and concludes from them.
fn concluded(mut effects: Vec<Effect>) -> Vec<Effect> {
    let adjusted = |p: fn(&Effect) -> Option<f64>| holm(&effects.iter().map(p).collect::<Vec<_>>());
    let differs = adjusted(|effect| effect.p);
    let equivalent = adjusted(|effect| effect.equivalent_p);
    let not_worse = adjusted(|effect| effect.not_worse_p);
    for (index, effect) in effects.iter_mut().enumerate() {
        effect.p_holm = differs[index];
        effect.equivalent_p_holm = equivalent[index];
        effect.not_worse_p_holm = not_worse[index];
        effect.verdict = effect.concluded();
    }
    effects
}

impl Effect {
    /// Judges a single comparison, a family of one.
    pub fn alone(pairs: Vec<Pair>, measure: Measure) -> Self {
        effects(vec![pairs], measure).remove(0)
    }
}

/// Judges a family whose number of seeds was not declared, or is not what was declared. The verdicts
/// hold at every look and for every rule to stop; see [`sequential`](crate::sequential).
///
/// Each element of `family` holds the seeds of one comparison in ascending order, up to the first
/// that is not finished. A seed with which both runs diverged gives no pair, `None`. The result has
/// the same order; its effects hold the pairs up to their verdict. `behind` says what becomes of
/// comparisons that have fewer seeds than others.
pub fn sequential_effects(
    family: &[Vec<Option<Pair>>],
    behind: Behind,
    measure: Measure,
) -> Vec<Effect> {
    let differences = |seeds: &Vec<Option<Pair>>| {
        seeds.iter().map(|pair| pair.map(|pair| pair.difference())).collect()
    };
    let study: Vec<_> = family.iter().map(differences).collect();
    let found = replay(&study, behind, &measure.bets(), measure.resolution);
    let effect = |(seeds, found): (&Vec<Option<Pair>>, _)| {
        let SequentialVerdict { seeds: taken, .. } = &found;
        let pairs = seeds[..*taken].iter().copied().flatten().collect();
        Effect::sequential(pairs, found, measure)
    };
    family.iter().zip(found).map(effect).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::tests::{MEASURE, alone, around, pairs};
    use crate::power::SeedsNeeded;
    use crate::verdict::{Test, Verdict};

    #[test]
    fn the_test_is_the_exact_one_from_six_seeds_on_where_it_can_decide_at_all() {
        let clear = |n| around(0.02, 0.001, n);
        let test = |seeds: usize, comparisons: usize| {
            let found = effects(vec![pairs(&clear(seeds)); comparisons], MEASURE).remove(0);
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
        // 2/2⁸ = 0.0078 is not below 0.05/7 = 0.0071; 2/2⁹ is.
        assert_eq!(
            [6, 8, 9, 10].map(|seeds| test(seeds, 7)),
            [Test::PairedT, Test::PairedT, Test::SignFlip, Test::SignFlip]
        );
    }

    #[test]
    fn p_values_count_all_comparisons_of_the_family_even_those_without_pairs() {
        let family =
            vec![pairs(&around(0.004, 0.004, 10)), pairs(&around(0.0, 0.003, 10)), pairs(&[])];
        let found = effects(family, MEASURE);
        assert!((found[0].p_holm.unwrap() - 3.0 * found[0].p.unwrap()).abs() < 1e-12);
        assert_eq!((found[1].p_holm, found[2].p_holm), (Some(1.0), None));
    }

    #[test]
    fn equivalent_counts_all_comparisons_and_keeps_its_interval_within_the_margin() {
        let near = around(0.0, 0.012, 20);
        let single = alone(&near);
        assert_eq!(single.verdict, Some(Verdict::Equivalent));
        assert!(single.is_within_margin() && single.equivalent_p < Some(0.05));
        // The same comparison beside eleven that are far apart, or as near.
        let mut family = vec![pairs(&around(0.05, 0.012, 20)); 11];
        family.push(pairs(&near));
        let found = effects(family, MEASURE).remove(11);
        assert_eq!(found.verdict, Some(Verdict::Undecided));
        assert_eq!(found.equivalent_p_holm.unwrap(), 12.0 * found.equivalent_p.unwrap());
        assert_eq!(effects(vec![pairs(&near); 12], MEASURE)[0].verdict, Some(Verdict::Undecided));
        // Two one-sided tests at 5% ask for the 90% interval; the one that is printed has 95%.
        let wider = alone(&around(0.0, 0.0168, 20));
        assert!(wider.equivalent_p < Some(0.05) && !wider.is_within_margin());
        assert_eq!(wider.verdict, Some(Verdict::Undecided));
        assert_eq!(alone(&[0.0; 4]).equivalent_p, None, "as few pairs as give no other verdict");
    }

    #[test]
    fn not_worse_counts_all_comparisons_too() {
        // A little worse, but by less than half a point.
        let near = around(-0.002, 0.006, 10);
        let single = alone(&near);
        assert_eq!((single.verdict, single.is_not_worse()), (Some(Verdict::Undecided), true));
        assert_eq!(single.not_worse_p_holm, single.not_worse_p);
        let found = effects(vec![pairs(&near); 12], MEASURE).remove(0);
        assert!(!found.is_not_worse());
        assert_eq!(found.not_worse_p_holm.unwrap(), 12.0 * found.not_worse_p.unwrap());
        assert!(alone(&around(0.012, 0.003, 10)).is_not_worse());
        assert!(alone(&around(0.0005, 0.002, 10)).is_not_worse());
        assert!(!alone(&around(-0.012, 0.003, 10)).is_not_worse());
        assert_eq!(alone(&[0.1; 4]).not_worse_p, None);
    }

    #[test]
    fn a_sequential_family_stops_at_its_verdicts() {
        let seeds = |differences: &[f64]| pairs(differences).into_iter().map(Some).collect();
        let clear = [0.0112, 0.0098, 0.0131, 0.0087, 0.0105, 0.0001];
        let mut alike: Vec<Option<Pair>> = seeds(&around(0.0, 0.001, 11));
        alike[2] = None;
        let found = sequential_effects(
            &[seeds(&clear), alike, seeds(&[0.01; 11])],
            Behind::Awaited,
            MEASURE,
        );
        assert_eq!(found[0].verdict, Some(Verdict::Better));
        // The sixth seed came after the verdict.
        assert_eq!((found[0].pairs.len(), found[0].test), (5, Some(Test::Sequential)));
        assert!(found[0].interval.unwrap().0 > 0.0 && found[0].p.is_none());
        assert!(found[0].is_not_worse() && found[0].seeds_needed().is_none());
        assert_eq!((found[1].verdict, found[1].pairs.len()), (Some(Verdict::Equivalent), 9));
        assert!(found[1].is_within_margin() && found[1].is_not_worse());
    }

    #[test]
    fn an_open_sequential_comparison_says_what_it_waits_for() {
        let seeds = |differences: &[f64]| pairs(differences).into_iter().map(Some).collect();
        let open = |n| {
            sequential_effects(&[seeds(&around(0.004, 0.006, n))], Behind::Awaited, MEASURE)
                .remove(0)
        };
        assert_eq!(open(1).verdict, None);
        assert_eq!((open(3).verdict, open(3).interval), (Some(Verdict::Exploratory), None));
        let undecided = open(7);
        assert_eq!(undecided.verdict, Some(Verdict::Undecided));
        let more = undecided.sequential.as_ref().unwrap().seeds_to_go.unwrap();
        assert_eq!(undecided.seeds_needed().unwrap().0, SeedsNeeded::About(7 + more));
    }

    #[test]
    fn a_decision_with_three_pairs_is_a_verdict() {
        let mut seeds: Vec<Option<Pair>> =
            pairs(&[0.05, 0.051, 0.049, 0.0, 0.0]).into_iter().map(Some).collect();
        (seeds[3], seeds[4]) = (None, None);
        let found = sequential_effects(&[seeds], Behind::Awaited, MEASURE).remove(0);
        assert_eq!((found.verdict, found.pairs.len()), (Some(Verdict::Better), 3));
        assert_eq!(found.seeds_needed(), None);
    }
}
