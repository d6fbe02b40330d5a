//! How verdicts are made: the list below all comparisons.

use fitroom_results::SeedPlan;
use fitroom_stats::SIGNIFICANCE_LEVEL;

use crate::comparison::{points_of, test_method};
use crate::document::Text;
use crate::number::counted;
use crate::summary::Summary;

/// What pairs, intervals, tests and verdicts are, for the way in which the number of seeds was
/// decided.
pub fn methods(summary: &Summary) -> Vec<Text> {
    let comparisons = summary.comparisons.len();
    let plan = summary.results.seed_plan;
    let mut list = vec![Text::strong("Pairs:").then(
        " a network and its baseline share each seed's split and order of images, so they are compared seed by seed. A \
         run that diverged counts as guessing, one class in all; if both diverged, there is no pair.",
    )];
    list.extend(match plan {
        SeedPlan::Declared => declared(comparisons, summary.margin),
        SeedPlan::Extended { .. } | SeedPlan::UntilClear => sequential(comparisons, summary.margin),
    });
    list.push(Text::strong("Beats the baseline:").then(
        " the share of all pairs of a seed of the network and a seed of the baseline in which the network scores higher, with \
         its 95% interval (Newcombe 2006, method 5). d is the mean difference in standard deviations of the networks' own \
         scores (Cohen's d).",
    ));
    if summary.results.has_validation() {
        let images = summary.results.dataset.test_images;
        list.push(Text::strong("Test images:").then(test_method(images, summary.margin)));
    } else {
        list.push(Text::strong("Test images:").then(
            " nothing is held out, so test images judge, and the best epoch is chosen on them: accuracies are flattered.",
        ));
    }
    list
}

/// Fixed tests, for a number of seeds that was declared before the first run.
fn declared(comparisons: usize, margin: f64) -> Vec<Text> {
    let margin = points_of(margin);
    let level = SIGNIFICANCE_LEVEL / comparisons as f64;
    let all = counted(comparisons, "comparison");
    vec![
        Text::strong("Interval:").then(
            " 95% t interval of the mean difference over seeds. Its standard deviation is never less than one image.",
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
        Text::strong("Verdict:").then(format!(
            " better or worse where p after Holm is below 0.05. Otherwise equivalent where two one-sided t tests reject a \
             difference of {margin} or more, after Holm at 0.05, and the interval lies within ±{margin}; undecided where they \
             do not. Fewer than 5 seeds have no verdict. Another margin: fitroom report . --margin POINTS.",
        )),
        Text::strong("Equivalent").then(
            " speaks of the usual seed. A failure that strikes few seeds may not have shown yet: with n seeds, one that strikes \
             a share of 1 − 0.05^(1/n) stays unseen in 5% of studies (about 3/n, the rule of three).",
        ),
        Text::strong("Seeds needed:").then(format!(
            " for a power of 80%: the number of seeds that finds, at level 0.05/{comparisons}, a true difference as large as \
             the one seen and no smaller than {margin}, if differences spread as they do here. It is no smaller than the exact \
             test needs to decide at all. It is for planning a new study; seeds added to this one are judged by the \
             sequential test.",
        )),
    ]
}

/// The sequential test, for a number of seeds that may depend on what was seen.
fn sequential(comparisons: usize, margin: f64) -> Vec<Text> {
    let margin = points_of(margin);
    let all = counted(comparisons, "comparison");
    vec![
        Text::strong("Bets:").then(
            " if the two networks are alike, a seed's difference is as likely positive as negative. Each seed multiplies a \
             stake by a factor whose mean is then 1, so the stake ever reaches 1/α with probability α at most, however often \
             one looks. Better or worse: by bets (α = 0.03) or by one t test at five seeds (α = 0.02).",
        ),
        Text::strong("Verdict:").then(format!(
            " adjusted over {all} by closed testing. Equivalent from 10 seeds on, where bets against a difference of {margin} or \
             more succeed on both sides (α = 0.05). A verdict that is given stays, and its network trains no further. Seeds \
             count in ascending order, up to the verdict.",
        )),
        Text::strong("Interval:").then(
            " it belongs to the test: it holds the centre of the differences with 95% whenever one stops, beside equivalent \
             with 90%. Where five to six seeds are too few for it, it is the t interval of the first five (98%).",
        ),
        Text::strong("Equivalent").then(
            " speaks of the usual seed, and not of the mean. Where a tenth of one network's seeds loses ten points, it is \
             called equivalent in about a third of studies. With n seeds, a failure that strikes a share of 1 − 0.05^(1/n) \
             stays unseen in 5% of studies.",
        ),
        Text::strong("Seeds needed:").then(
            " about how many seeds the verdict takes in all, if differences go on as so far: what the stake lacks over what it \
             gains a seed.",
        ),
    ]
}
