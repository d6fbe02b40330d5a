//! The decisions of a sequential study, replayed seed by seed.

use super::bet::{SignBets, Stakes, adjusted};
use super::interval::{sequential_interval, t_p};
use super::{ALPHA_BET, ALPHA_EQUIVALENT, ALPHA_LOOK, ALPHA_NOT_WORSE, EQUIVALENT_FROM, LOOK};
use crate::holm::holm;
use crate::verdict::Verdict;

/// What one seed gave a comparison: its difference, or `None` if both runs diverged and there is
/// none.
pub type SeedDifference = Option<f64>;

/// What becomes of a comparison that has fewer seeds than others of its study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// Its seeds are still to come: the others wait for them.
    Awaited,
    /// It has all seeds that it will have: the others go on, and its stakes stand still.
    Complete,
}

/// The verdict of one comparison, and how many seeds it took.
#[derive(Clone, Debug, PartialEq)]
pub struct SequentialVerdict {
    /// Better, worse, equivalent or undecided.
    pub verdict: Verdict,
    /// The number of seeds after which it was decided; of an undecided comparison, all so far.
    pub seeds: usize,
    /// The number of seeds after which the candidate was shown to be not worse by the margin or
    /// more (non-inferiority), by bets against it (α = 0.05) and adjusted for all comparisons of
    /// the study. `None` if it was not, or not before the verdict.
    pub not_worse_after: Option<usize>,
    /// The differences that decided it, by seed: those up to the verdict. Seeds with which both
    /// runs diverged have none.
    pub differences: Vec<f64>,
    /// About how many more seeds would decide an undecided comparison; see [`seeds_to_go`]. `None`
    /// for other verdicts, and where the stakes do not grow.
    pub seeds_to_go: Option<usize>,
    // For the interval, which takes longer than all decisions and is made on demand.
    bets: SignBets,
    resolution: f64,
}

impl SequentialVerdict {
    /// The interval that belongs to the verdict, of the centre of its differences and in their
    /// unit; see [`sequential_interval`]. `None` for fewer than five.
    ///
    /// Without adjustment for other comparisons it holds the centre with 95% whenever one stops
    /// (stake 2/[`ALPHA_BET`]); that of a better or worse network does not hold 0. That of an
    /// equivalent one has 90% (stake 1/[`ALPHA_EQUIVALENT`]) and lies within the margin.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let stake = match self.verdict {
            Verdict::Equivalent => 1.0 / ALPHA_EQUIVALENT,
            Verdict::Better | Verdict::Worse | Verdict::Undecided | Verdict::Exploratory => {
                2.0 / ALPHA_BET
            }
        };
        sequential_interval(&self.bets, &self.differences, stake, self.resolution)
    }

    /// Whether the comparison needs no more seeds.
    pub fn is_decided(&self) -> bool {
        match self.verdict {
            Verdict::Better | Verdict::Worse | Verdict::Equivalent => true,
            Verdict::Undecided | Verdict::Exploratory => false,
        }
    }

    /// Whether the candidate is shown to be not worse by the margin or more. A better one is not
    /// worse, and an equivalent one was shown not to be.
    pub fn is_not_worse(&self) -> bool {
        self.verdict == Verdict::Better || self.not_worse_after.is_some()
    }
}

/// The difference of one seed. A run that diverged (`None`) scores `guess`, the score of guessing.
/// If both diverged there is no pair.
pub fn paired_difference(
    candidate: Option<f64>,
    baseline: Option<f64>,
    guess: f64,
) -> SeedDifference {
    match (candidate, baseline) {
        (None, None) => None,
        (candidate, baseline) => Some(candidate.unwrap_or(guess) - baseline.unwrap_or(guess)),
    }
}

/// Judges all comparisons of a study. `study` holds for each comparison its differences from seed 1
/// on, up to the first seed that is not finished. `resolution` is the least step of the measure
/// (one image).
///
/// The seeds are replayed in ascending order, so neither the order in which runs end nor
/// interruptions matter. A decided comparison stays as it is and its stake stands still. `behind` says
/// whether the others wait for each other's seeds.
pub fn replay(
    study: &[Vec<SeedDifference>],
    behind: Behind,
    bets: &SignBets,
    resolution: f64,
) -> Vec<SequentialVerdict> {
    let mut comparisons: Vec<Open> = study.iter().map(|seeds| Open::new(seeds, bets)).collect();
    for seed in 1.. {
        let has_seed = |comparison: &Open| comparison.seeds.len() >= seed;
        let mut open = comparisons.iter().filter(|comparison| comparison.is_open());
        let goes_on = match behind {
            Behind::Awaited => open.clone().next().is_some() && open.all(has_seed),
            Behind::Complete => open.any(has_seed),
        };
        if !goes_on {
            break;
        }
        let open = comparisons.iter_mut().filter(|it| it.is_open() && has_seed(it));
        open.for_each(|comparison| comparison.advance(seed, resolution));
        if seed >= LOOK {
            decide(&mut comparisons);
        }
    }
    let still_open = comparisons.iter().filter(|comparison| comparison.is_open()).count();
    comparisons
        .into_iter()
        .map(|comparison| comparison.verdict(bets, resolution, still_open))
        .collect()
}

/// One comparison while its study is replayed.
struct Open<'a> {
    seeds: &'a [SeedDifference],
    used: Vec<f64>,
    taken: usize,
    stakes: Stakes,
    look_p: f64,
    not_worse_after: Option<usize>,
    decided: Option<Verdict>,
}

impl<'a> Open<'a> {
    fn new(seeds: &'a [SeedDifference], bets: &SignBets) -> Self {
        Open {
            seeds,
            used: Vec::new(),
            taken: 0,
            stakes: Stakes::new(bets),
            look_p: 1.0,
            not_worse_after: None,
            decided: None,
        }
    }

    fn is_open(&self) -> bool {
        self.decided.is_none()
    }

    fn advance(&mut self, seed: usize, resolution: f64) {
        if let Some(difference) = self.seeds[seed - 1] {
            self.used.push(difference);
            self.stakes.bet(difference);
        }
        self.taken = seed;
        // The t test is made once.
        let is_look = seed == LOOK && self.used.len() > 2;
        self.look_p = if is_look { t_p(&self.used, resolution) } else { 1.0 };
    }

    fn verdict(
        self,
        bets: &SignBets,
        resolution: f64,
        open_comparisons: usize,
    ) -> SequentialVerdict {
        let to_go = || seeds_to_go(&self.used, open_comparisons, bets);
        SequentialVerdict {
            verdict: self.decided.unwrap_or(Verdict::Undecided),
            seeds: self.taken,
            not_worse_after: self.not_worse_after,
            seeds_to_go: self.is_open().then(to_go).flatten(),
            differences: self.used,
            bets: *bets,
            resolution,
        }
    }
}

/// Decides what is clear after one more seed, adjusted for all comparisons of the study.
fn decide(comparisons: &mut [Open]) {
    let of = |value: fn(&Open) -> f64| comparisons.iter().map(value).collect::<Vec<_>>();
    let differs = adjusted(&of(|comparison| comparison.stakes.e_differs()));
    let equivalent = adjusted(&of(|comparison| comparison.stakes.e_equivalent()));
    let not_worse = adjusted(&of(|comparison| comparison.stakes.not_worse.value()));
    let look = holm(&of(|comparison| comparison.look_p).into_iter().map(Some).collect::<Vec<_>>());
    let sign = |is_above: bool| if is_above { Verdict::Better } else { Verdict::Worse };
    for (index, comparison) in comparisons.iter_mut().enumerate() {
        if !comparison.is_open() {
            continue;
        }
        let may_be_equivalent = comparison.taken >= EQUIVALENT_FROM;
        if may_be_equivalent && not_worse[index] >= 1.0 / ALPHA_NOT_WORSE {
            comparison.not_worse_after.get_or_insert(comparison.taken);
        }
        let stakes = &comparison.stakes;
        comparison.decided = if differs[index] >= 1.0 / ALPHA_BET {
            Some(sign(stakes.rise.value() > stakes.fall.value()))
        } else if look[index].is_some_and(|p| p <= ALPHA_LOOK) {
            Some(sign(comparison.used.iter().sum::<f64>() > 0.0))
        } else if may_be_equivalent && equivalent[index] >= 1.0 / ALPHA_EQUIVALENT {
            Some(Verdict::Equivalent)
        } else {
            None
        };
    }
}

/// About how many more seeds would decide a comparison, if differences go on as so far: what its
/// stake lacks over what it gains a seed. `open_comparisons` of the study wait to be decided.
/// `None` if the stakes do not grow.
pub fn seeds_to_go(differences: &[f64], open_comparisons: usize, bets: &SignBets) -> Option<usize> {
    let margin = bets.margin();
    let lacks = |growth: f64, stake: f64, alpha: f64| {
        let missing = (open_comparisons as f64 / alpha / stake).ln();
        if growth > 0.0 { missing / growth } else { f64::INFINITY }
    };
    let is_above = differences.iter().sum::<f64>() > 0.0;
    let sign = if is_above { 1.0 } else { -1.0 };
    let each = differences.iter().copied();
    let stake = if is_above { bets.rise(differences, 0.0) } else { bets.fall(differences, 0.0) };
    let differs = lacks(bets.growth(each.clone().map(|x| sign * x)), stake, ALPHA_BET / 2.0);
    let growth =
        bets.growth(each.clone().map(|x| x + margin)).min(bets.growth(each.map(|x| margin - x)));
    let equivalent = lacks(growth, bets.e_equivalent(differences), ALPHA_EQUIVALENT);
    let least = EQUIVALENT_FROM as f64 - differences.len() as f64;
    let seeds = differs.min(equivalent.max(least));
    seeds.is_finite().then(|| (seeds.ceil() as usize).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [f64; 10] = [0.31, -0.12, 0.45, 0.27, 0.08, 0.39, 0.22, -0.05, 0.33, 0.41];
    const B: [f64; 5] = [1.12, 0.98, 1.31, 0.87, 1.05];
    const C: [f64; 10] = [0.1, -0.2, 0.05, 0.15, -0.1, 0.02, -0.07, 0.12, 0.0, -0.03];

    fn some(differences: &[f64]) -> Vec<SeedDifference> {
        differences.iter().copied().map(Some).collect()
    }

    /// The golden verdicts of the reference implementation: better at 5 seeds, equivalent at 10.
    #[test]
    fn verdicts_agree_with_the_reference() {
        let found = replay(&[some(&B), some(&C)], Behind::Awaited, &SignBets::new(0.5, 0.5), 0.01);
        assert_eq!((found[0].verdict, found[0].seeds), (Verdict::Better, 5));
        assert_eq!((found[1].verdict, found[1].seeds), (Verdict::Equivalent, 10));
        assert_eq!((found[0].not_worse_after, found[1].not_worse_after), (None, Some(10)));
        assert!(found.iter().all(SequentialVerdict::is_not_worse));
        let are = |found: Option<(f64, f64)>, low: f64, high: f64| {
            let (l, h) = found.unwrap();
            assert!((l - low).abs() < 1e-7 && (h - high).abs() < 1e-7, "{l} to {h}");
        };
        are(found[0].interval(), 0.7899947, 1.3420053);
        are(found[1].interval(), -0.1333619, 0.1181895);
        assert_eq!(found.iter().map(|found| found.seeds_to_go).collect::<Vec<_>>(), [None, None]);
    }

    #[test]
    fn an_open_comparison_waits_for_its_own_seeds_and_for_nobody_elses_decided_ones() {
        let bets = SignBets::new(0.5, 0.5);
        // B is decided at five seeds and needs no more; A goes on to its tenth.
        let found = replay(&[some(&B), some(&A)], Behind::Awaited, &bets, 0.01);
        assert_eq!((found[0].seeds, found[1].seeds), (5, 10));
        assert_eq!(found[1].verdict, Verdict::Equivalent);
        // Seed 3 of the other comparison is not finished: nothing is decided beyond it.
        let found = replay(&[some(&B), some(&A[..2])], Behind::Awaited, &bets, 0.01);
        assert_eq!((found[0].verdict, found[0].seeds), (Verdict::Undecided, 2));
        assert!(!found[0].is_not_worse());
    }

    #[test]
    fn an_undecided_comparison_says_what_it_waits_for() {
        let (bets, mut seeds) = (SignBets::new(0.5, 0.5), some(&A[..6]));
        seeds.insert(2, None);
        let found = replay(&[seeds], Behind::Awaited, &bets, 0.01).remove(0);
        assert_eq!(
            (found.verdict, found.seeds, &found.differences[..]),
            (Verdict::Undecided, 7, &A[..6])
        );
        assert_eq!(found.seeds_to_go, seeds_to_go(&A[..6], 1, &bets));
        let usual = sequential_interval(&bets, &A[..6], 2.0 / ALPHA_BET, 0.01);
        assert_eq!(found.interval(), usual);
        let nothing = replay(&[vec![]], Behind::Awaited, &bets, 0.01).remove(0);
        assert!(nothing.differences.is_empty());
        assert_eq!((nothing.interval(), nothing.seeds_to_go), (None, None));
    }

    #[test]
    fn a_diverged_run_scores_as_guessing() {
        assert!((paired_difference(None, Some(88.4), 10.0).unwrap() + 78.4).abs() < 1e-9);
        assert_eq!(paired_difference(None, None, 10.0), None);
    }

    /// The outputs of the reference implementation.
    #[test]
    fn seeds_to_go_agree_with_the_reference() {
        let bets = SignBets::new(0.5, 0.5);
        let to_go = |differences: &[f64], open| seeds_to_go(differences, open, &bets).unwrap();
        assert_eq!((to_go(&A, 1), to_go(&B, 1)), (1, 2));
        assert_eq!((to_go(&A[..6], 1), to_go(&A, 7)), (4, 1));
    }

    #[test]
    fn a_comparison_that_has_all_its_seeds_holds_nobody_back() {
        let bets = SignBets::new(0.5, 0.5);
        let clear: Vec<_> = (0..12).map(|seed| Some(0.4 + 0.3 * f64::from(seed % 3))).collect();
        let study = [clear.clone(), vec![Some(0.1), Some(-0.1), Some(0.1)]];
        let waiting = replay(&study, Behind::Awaited, &bets, 0.0);
        assert_eq!((waiting[0].verdict, waiting[0].seeds), (Verdict::Undecided, 3));
        let found = replay(&study, Behind::Complete, &bets, 0.0);
        assert_eq!((found[0].verdict, found[1].verdict), (Verdict::Better, Verdict::Undecided));
        assert_eq!(found[1].seeds, 3);
        // The shorter one still counts: the verdict comes no sooner than alone.
        let alone = replay(&study[..1], Behind::Complete, &bets, 0.0);
        assert!(found[0].seeds >= alone[0].seeds);
    }
}
