//! Prints the tables of docs/statistics.md: how often verdicts are right, in simulated studies.
//!
//!     cargo run --release -p fitroom-stats --example tables

#[path = "../tests/common/mod.rs"]
mod common;

use common::{ACCURACY, Noise, Random, share, study};
use fitroom_stats::sequential::{Behind, SequentialVerdict, replay};
use fitroom_stats::{Effect, Pair, Verdict, effects};

const STUDIES: usize = 4000;
/// A sequential study ends here at the latest.
const MOST_SEEDS: usize = 60;

fn main() {
    println!(
        "Simulated studies: {STUDIES} a row. sd: the standard deviation of differences, in points."
    );
    println!("Scores are rounded to one image of 10,000; the margin is half a point.");
    false_verdicts();
    one_sided_failures();
    power();
    peeking();
}

/// Verdicts of a study that is looked at after every seed.
fn sequential(pairs: &[Vec<Pair>]) -> Vec<SequentialVerdict> {
    let differences: Vec<Vec<_>> = pairs
        .iter()
        .map(|pairs| pairs.iter().map(|pair| Some(pair.difference())).collect())
        .collect();
    replay(&differences, Behind::Awaited, &ACCURACY.bets(), ACCURACY.resolution)
}

/// Verdicts of a study whose number of seeds was declared.
fn fixed(pairs: Vec<Vec<Pair>>) -> Vec<Verdict> {
    effects(pairs, ACCURACY).iter().filter_map(|effect| effect.verdict).collect()
}

fn differs(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Better | Verdict::Worse)
}

fn percent(share: f64) -> String {
    format!("{:.1}%", 100.0 * share)
}

/// A fraction, in points.
fn in_points(fraction: f64) -> String {
    format!("{:.1}", 100.0 * fraction)
}

/// Alternately above and below the baseline, by a margin.
fn a_margin_apart(comparisons: usize) -> Vec<f64> {
    (0..comparisons)
        .map(|k| ACCURACY.margin * if k.is_multiple_of(2) { 1.0 } else { -1.0 })
        .collect()
}

fn false_verdicts() {
    println!("\n## Any false verdict in a study\n");
    println!("Failures strike both sides alike.");
    println!("Sequential: looked at after every seed, up to {MOST_SEEDS}.");
    println!("Better or worse: all networks are equal.");
    println!("Equivalent: all are truly half a point apart.\n");
    println!(
        "| noise | sd | comparisons \
         | better or worse: sequential | fixed, 5 seeds | fixed, 10 seeds \
         | equivalent: sequential | fixed, 5 seeds | fixed, 10 seeds |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for noise in [Noise::NORMAL, Noise::HEAVY_TAILED, Noise::BIMODAL] {
        for sd in [0.003, 0.006] {
            let noise = noise.with_difference_sd(sd);
            for comparisons in [1, 4, 12] {
                let mut cells = Vec::new();
                let equal = vec![0.0; comparisons];
                let is_equivalent: fn(Verdict) -> bool = |v| v == Verdict::Equivalent;
                for (truth, is_false) in [
                    (equal, differs as fn(Verdict) -> bool),
                    (a_margin_apart(comparisons), is_equivalent),
                ] {
                    let mut random = Random(comparisons as u64);
                    cells.push(share(STUDIES, || {
                        let pairs = study(&mut random, noise, MOST_SEEDS, &truth);
                        sequential(&pairs).iter().any(|found| is_false(found.verdict))
                    }));
                    for seeds in [5, 10] {
                        cells.push(share(STUDIES, || {
                            fixed(study(&mut random, noise, seeds, &truth))
                                .into_iter()
                                .any(is_false)
                        }));
                    }
                }
                let cells: Vec<String> = cells.into_iter().map(percent).collect();
                println!(
                    "| {} | {} | {comparisons} | {} |",
                    noise.name,
                    in_points(sd),
                    cells.join(" | ")
                );
            }
        }
    }
}

fn one_sided_failures() {
    println!("\n## Failures of one side alone\n");
    println!(
        "The usual seeds are equal. One seed in ten of the candidate loses ten points, none of the"
    );
    println!("baseline: its mean is a point lower. One comparison.\n");
    println!("| sd | design | equivalent | worse | better | undecided |");
    println!("|---|---|---|---|---|---|");
    for sd in [0.003, 0.006] {
        let noise = Noise::ONE_SIDED.with_difference_sd(sd);
        for seeds in [None, Some(5), Some(10), Some(20)] {
            let (found, _) = tally(noise, seeds, &[0.0]);
            let [better, worse, equivalent, undecided] = found.map(percent);
            println!(
                "| {} | {} | {equivalent} | {worse} | {better} | {undecided} |",
                in_points(sd),
                design(seeds)
            );
        }
    }
}

fn design(seeds: Option<usize>) -> String {
    seeds.map_or(format!("until clear, at most {MOST_SEEDS}"), |seeds| format!("{seeds} seeds"))
}

/// The shares of better, worse, equivalent and undecided of the first comparison, and the mean
/// number of seeds that it took; `None`: sequential.
fn tally(noise: Noise, seeds: Option<usize>, differences: &[f64]) -> ([f64; 4], f64) {
    let mut random = Random(3);
    let (mut found, mut taken) = ([0.0; 4], 0);
    for _ in 0..STUDIES {
        let pairs = study(&mut random, noise, seeds.unwrap_or(MOST_SEEDS), differences);
        let (verdict, seeds) = match seeds {
            Some(seeds) => (fixed(pairs)[0], seeds),
            None => {
                let first = &sequential(&pairs)[0];
                (first.verdict, first.seeds)
            }
        };
        let index = match verdict {
            Verdict::Better => 0,
            Verdict::Worse => 1,
            Verdict::Equivalent => 2,
            Verdict::Undecided | Verdict::Exploratory => 3,
        };
        found[index] += 1.0 / STUDIES as f64;
        taken += seeds;
    }
    (found, taken as f64 / STUDIES as f64)
}

fn power() {
    println!("\n## Power and seeds\n");
    println!(
        "Normal noise. The first comparison truly differs by so many points, the others by none."
    );
    println!("Seeds: of the first comparison, on average.\n");
    println!(
        "| comparisons | sd | true difference | design \
         | better | worse | equivalent | undecided | seeds |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for comparisons in [1, 7] {
        for sd in [0.003, 0.006] {
            for points in [0.0, 0.2, 0.5, 1.0, 2.0] {
                for seeds in [None, Some(5), Some(10), Some(20)] {
                    let mut differences = vec![0.0; comparisons];
                    differences[0] = points / 100.0;
                    let noise = Noise::NORMAL.with_difference_sd(sd);
                    let (found, taken) = tally(noise, seeds, &differences);
                    let found = found.map(percent).join(" | ");
                    println!(
                        "| {comparisons} | {} | {points} | {} | {found} | {taken:.1} |",
                        in_points(sd),
                        design(seeds)
                    );
                }
            }
        }
    }
}

fn peeking() {
    println!("\n## A fixed test that is looked at again\n");
    println!(
        "All networks are equal. Any better or worse in a study; a verdict, once given, stays.\n"
    );
    println!(
        "| comparisons | sd | 5 seeds, never extended | each seed from 5 to 20 \
         | 5, then \"seeds needed\" (at most 30) once | sequential, each seed up to 20 |"
    );
    println!("|---|---|---|---|---|---|");
    for comparisons in [1, 7] {
        for sd in [0.004, 0.007] {
            let noise = Noise::NORMAL.with_difference_sd(sd);
            let equal = vec![0.0; comparisons];
            let mut random = Random(4);
            let mut rate = |is_false: fn(&[Vec<Pair>]) -> bool| {
                percent(share(STUDIES, || is_false(&study(&mut random, noise, 30, &equal))))
            };
            let never = rate(|pairs| looks(pairs, &[5]));
            let each = rate(|pairs| looks(pairs, &(5..=20).collect::<Vec<_>>()));
            let once = rate(|pairs| looks(pairs, &[5, needed(pairs)]));
            let sequential = rate(|pairs| {
                sequential(&first(pairs, 20)).iter().any(|found| differs(found.verdict))
            });
            println!(
                "| {comparisons} | {} | {never} | {each} | {once} | {sequential} |",
                in_points(sd)
            );
        }
    }
}

fn first(pairs: &[Vec<Pair>], seeds: usize) -> Vec<Vec<Pair>> {
    pairs.iter().map(|pairs| pairs[..seeds].to_vec()).collect()
}

/// Whether any comparison is better or worse at the first look that decides it.
fn looks(pairs: &[Vec<Pair>], at: &[usize]) -> bool {
    let mut is_open = vec![true; pairs.len()];
    at.iter().any(|&seeds| {
        let found = fixed(first(pairs, seeds));
        let is_false = found.iter().zip(&is_open).any(|(&found, open)| *open && differs(found));
        for (open, found) in is_open.iter_mut().zip(found) {
            *open &= found == Verdict::Undecided;
        }
        is_false
    })
}

/// The most seeds that an open comparison of the first five is said to need, up to 30.
fn needed(pairs: &[Vec<Pair>]) -> usize {
    let of = |effect: &Effect| {
        let (needed, _) = effect.seeds_needed()?;
        (5..30).find(|&seeds| needed.is_at_most(seeds)).or(Some(30))
    };
    effects(first(pairs, 5), ACCURACY).iter().filter_map(of).max().unwrap_or(5)
}
