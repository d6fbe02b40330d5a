//! How verdicts are made: the list below all comparisons.

use fitroom_results::{Pairing, SeedPlan};
use fitroom_stats::SIGNIFICANCE_LEVEL;

use crate::comparison::{Comparison, test_method};
use crate::document::Text;
use crate::measure_words::amount;
use crate::number::counted;
use crate::summary::Summary;

/// What pairs, intervals, tests and verdicts are, for the way in which the number of seeds was
/// decided.
pub fn methods(summary: &Summary, family: &[&Comparison]) -> Vec<Text> {
    let (comparisons, measure) = (family.len(), &family[0].measure);
    let is_measured = !summary.results.measures.is_empty();
    let margin = measure.margin.map(|margin| amount(measure, margin));
    let mut list = vec![Text::strong("Pairs:").then(match (is_measured, summary.results.pairing) {
        (false, _) => {
            " a network and its baseline share each seed's split and order of images, so they are compared seed by seed. A \
             run that diverged counts as guessing, one class in all; if both diverged, there is no pair."
        }
        (true, Pairing::BySeed) => {
            " runs of one seed are compared with each other. That makes differences smaller than the spread if the seed \
             decides the same for both, such as split and order of the data. Of several runs with one seed, the mean counts."
        }
        (true, Pairing::Unpaired) => {
            " none. All runs of a network are compared with all of its baseline, as samples that nothing connects."
        }
    })];
    list.extend(match (summary.results.pairing, summary.results.seed_plan, &margin) {
        (Pairing::Unpaired, SeedPlan::Declared, margin) => unpaired(comparisons, margin.as_deref()),
        (Pairing::BySeed, SeedPlan::Declared, margin) => {
            declared(comparisons, margin.as_deref(), is_measured)
        }
        (
            Pairing::BySeed,
            SeedPlan::Extended { .. } | SeedPlan::UntilClear | SeedPlan::Unknown,
            Some(margin),
        ) => sequential(comparisons, margin, is_measured),
        (_, SeedPlan::Extended { .. } | SeedPlan::UntilClear | SeedPlan::Unknown, _) => vec![
            Text::strong("Interval:").then(
                " 95% t interval of the mean difference. It is no verdict: it holds only for a number of runs that was \
                 decided before the first look.",
            ),
        ],
    });
    list.push(Text::strong("Beats the baseline:").then(
        " the share of all pairs of a seed of the network and a seed of the baseline in which the network scores higher, with \
         its 95% interval (Newcombe 2006, method 5). d is the mean difference in standard deviations of the networks' own \
         scores (Cohen's d).",
    ));
    if is_measured {
        return list;
    }
    if summary.results.has_validation() {
        let images = summary.results.dataset.test_images;
        let margin = amount(measure, summary.margin);
        list.push(Text::strong("Test images:").then(test_method(images, &margin)));
    } else {
        list.push(Text::strong("Test images:").then(
            " nothing is held out, so test images judge, and the best epoch is chosen on them: accuracies are flattered.",
        ));
    }
    list
}

/// Fixed tests, for a number of seeds that was declared before the first run.
fn declared(comparisons: usize, margin: Option<&str>, is_measured: bool) -> Vec<Text> {
    let level = SIGNIFICANCE_LEVEL / comparisons as f64;
    let all = counted(comparisons, "comparison");
    vec![
        Text::strong("Interval:").then(
            match is_measured {
                false => {
                    " 95% t interval of the mean difference over seeds. Its standard deviation is never less than one image."
                }
                true => {
                    " 95% t interval of the mean difference over seeds. Its standard deviation is never less than the last \
                     digit of the scores."
                }
            },
        ),
        Text::strong("p:").then(format!(
            " the exact sign-flip test from 6 seeds on: the share of all 2ⁿ assignments of signs to the n differences whose \
             sum is at least as far from zero. The paired t test takes its place with 5 seeds, and with so few seeds that no \
             sign-flip p could pass Holm over {all} (2/2ⁿ ≥ {level:.4}). It assumes that differences are normal.",
        )),
        Text::strong("Holm:").then(format!(
            " p is adjusted over the study's {all}: among equal networks, any verdict of better or worse appears in at most \
             5% of studies, if nobody adds seeds after looking. If seeds are added, the sequential test judges.",
        )),
        Text::strong("Verdict:").then(format!("{}{}", verdict(margin), match is_measured {
            false => " Another margin: fitroom report . --margin POINTS.",
            true => "",
        })),
        Text::strong("Equivalent").then(
            " speaks of the usual seed. A failure that strikes few seeds may not have shown yet: with n seeds, one that strikes \
             a share of 1 − 0.05^(1/n) stays unseen in 5% of studies (about 3/n, the rule of three).",
        ),
        Text::strong("Seeds needed:").then(format!(
            " for a power of 80%: the number of seeds that finds, at level 0.05/{comparisons}, a true difference as large as \
             the one seen{}, if differences spread as they do here. It is no smaller than the exact \
             test needs to decide at all. It is for planning a new study; seeds added to this one are judged by the \
             sequential test.",
            margin.map_or(String::new(), |margin| format!(" and no smaller than {margin}"))
        )),
    ]
}

/// What the adjusted p-values decide.
fn verdict(margin: Option<&str>) -> String {
    let otherwise = match margin {
        Some(margin) => format!(
            " Otherwise equivalent where two one-sided t tests reject a difference of {margin} or more, after Holm at 0.05, \
             and the interval lies within ±{margin}; undecided where they do not."
        ),
        None => " Otherwise undecided: without a margin, nothing is equivalent.".to_owned(),
    };
    format!(
        " better or worse where p after Holm is below 0.05.{otherwise} Fewer than 5 seeds have no verdict."
    )
}

/// Tests of samples that no seed pairs.
fn unpaired(comparisons: usize, margin: Option<&str>) -> Vec<Text> {
    let all = counted(comparisons, "comparison");
    vec![
        Text::strong("Interval:").then(
            " 95% interval of the difference of means by Welch's t test, which allows for different spreads and numbers of \
             runs.",
        ),
        Text::strong("p:").then(
            " the larger one of Welch's t test and the permutation test: the share of all ways to assign the scores to the two \
             networks whose Welch statistic is at least as large. Where so few runs can't give a small enough share, \
             Welch's t test alone.",
        ),
        Text::strong("Holm:").then(format!(
            " p is adjusted over {all}: among equal networks, any verdict of better or worse appears in about 5% of studies at \
             most, if the numbers of runs were decided before the first look."
        )),
        Text::strong("Verdict:").then(verdict(margin).replace("5 seeds", "5 runs on either side")),
    ]
}

/// The sequential test, for a number of seeds that may depend on what was seen.
fn sequential(comparisons: usize, margin: &str, is_measured: bool) -> Vec<Text> {
    let all = counted(comparisons, "comparison");
    vec![
        Text::strong("Bets:").then(
            " if the two networks are alike, a seed's difference is as likely positive as negative. Each seed multiplies a \
             stake by a factor whose mean is then 1, so the stake ever reaches 1/α with probability α at most, however often \
             one looks. Better or worse: by bets (α = 0.03) or by one t test at five seeds (α = 0.02).",
        ),
        Text::strong("Verdict:").then(format!(
            " adjusted over {all} by closed testing. Equivalent from 10 seeds on, where bets against a difference of {margin} or \
             more succeed on both sides (α = 0.05). A verdict that is given stays{}. Seeds \
             count in ascending order, up to the verdict.",
            if is_measured { "" } else { ", and its network trains no further" }
        )),
        Text::strong("Interval:").then(
            " it belongs to the test: it holds the centre of the differences with 95% whenever one stops, beside equivalent \
             with 90%. Where five to six seeds are too few for it, it is the t interval of the first five (98%).",
        ),
        Text::strong("Equivalent").then(format!(
            " speaks of the usual seed, and not of the mean.{} With n seeds, a failure that strikes a share of \
             1 − 0.05^(1/n) stays unseen in 5% of studies.",
            match is_measured {
                true => "",
                false => {
                    " Where a tenth of one network's seeds loses ten points, it is called equivalent in about a third of \
                     studies."
                }
            }
        )),
        Text::strong("Seeds needed:").then(
            " about how many seeds the verdict takes in all, if differences go on as so far: what the stake lacks over what it \
             gains a seed.",
        ),
    ]
}
