//! The rules that decide the conclusions, one rule per conclusion.

use fitroom_report::number::{
    capitalised, epoch, listed, percent, points, spread_percent, unsigned_points,
};
use fitroom_results::{Metric, Subset};
use fitroom_stats::{Spread, Verdict};

use crate::claim::{Claim, Standing};
use crate::measures::{
    fluctuation, gap, last_test_accuracies, late_gain, loss_rise, validation_above_training,
};
use crate::networks::ArticleNetworks;

/// An accuracy is near one that was read off a figure if they differ by at most one point.
const NEAR: f64 = 0.01;

/// All conclusions with their standings, in the article's order.
pub fn claims(networks: &ArticleNetworks) -> Vec<Claim> {
    [first, second, third, fourth, fifth, sixth, seventh, eighth]
        .map(|rule| rule(networks))
        .into_iter()
        .collect()
}

/// The standing of a statement about single runs. It holds if at least nine in ten runs agree with
/// it, and does not hold if at most one in ten does.
fn of_runs(agreeing: usize, runs: usize) -> Standing {
    if 10 * agreeing >= 9 * runs {
        Standing::Holds
    } else if 10 * agreeing <= runs {
        Standing::DoesNotHold
    } else {
        Standing::CannotBeTold
    }
}

/// Whether a mean is above zero, by its 95% interval; `None` where the interval contains zero.
fn is_positive(spread: Spread) -> Option<bool> {
    let half = spread.mean_interval()?;
    if spread.mean - half > 0.0 {
        Some(true)
    } else if spread.mean + half < 0.0 {
        Some(false)
    } else {
        None
    }
}

fn in_points(spread: Option<Spread>) -> String {
    let Some(spread) = spread else { return "–".into() };
    let sd = spread.sd.map_or(String::new(), |sd| format!(" ± {}", unsigned_points(sd)));
    format!("{}{sd}", points(spread.mean))
}

fn first(networks: &ArticleNetworks) -> Claim {
    let network = networks.network(1);
    let accuracies = last_test_accuracies(network);
    let near = accuracies.iter().filter(|accuracy| (**accuracy - 0.87).abs() <= NEAR).count();
    let lowest = accuracies.iter().copied().fold(f64::INFINITY, f64::min);
    Claim {
        number: 1,
        words: "Network 1: validation accuracy comes close to 87% and fluctuates from there.",
        standing: of_runs(near, accuracies.len()),
        evidence: format!(
            "{near} of {} seeds end within a point of 87% on the test images, which is what the published report validated \
             on ({}; the lowest: {}). From one epoch to the next, validation accuracy changes by {} points on average.",
            accuracies.len(),
            Spread::of(accuracies.iter().copied())
                .map_or("–".into(), |spread| spread_percent(&spread)),
            percent(lowest),
            fluctuation(network).map_or("–".into(), |spread| unsigned_points(spread.mean)),
        ),
    }
}

fn second(networks: &ArticleNetworks) -> Claim {
    let (verdict, evidence) = networks.verdict(2, 1);
    let margin = networks.margin();
    let little = networks
        .comparison(2, 1)
        .is_some_and(|(comparison, _)| comparison.judged.is_within_margin());
    let low =
        networks.comparison(2, 1).and_then(|(comparison, _)| Some(comparison.judged.interval?.0));
    let is_much = low.is_some_and(|low| low > margin);
    Claim {
        number: 2,
        words: "Network 2: a second hidden layer does not help much over network 1.",
        standing: match verdict {
            Some(Verdict::Equivalent | Verdict::Worse) => Standing::Holds,
            Some(Verdict::Better) if little => Standing::Holds,
            Some(Verdict::Better) if is_much => Standing::DoesNotHold,
            Some(Verdict::Better | Verdict::Undecided | Verdict::Exploratory) | None => {
                Standing::CannotBeTold
            }
        },
        evidence: format!(
            "{evidence} (“Much” is taken to be more than {} points.)",
            unsigned_points(margin)
        ),
    }
}

fn third(networks: &ArticleNetworks) -> Claim {
    let pair = [1, 2].map(|number| networks.network(number));
    let gains = pair.map(late_gain);
    let rises = gains.map(|gain| gain.and_then(is_positive));
    let [gap_one, gap_two] = pair.map(gap).map(in_points);
    let [gain_one, gain_two] = gains.map(in_points);
    Claim {
        number: 3,
        words: "Networks 1 and 2: the gap between training and validation suggests overfitting; more epochs may improve validation.",
        standing: match rises {
            [Some(true), Some(true)] => Standing::Holds,
            [Some(false), _] | [_, Some(false)] => Standing::DoesNotHold,
            _ => Standing::CannotBeTold,
        },
        evidence: format!(
            "In inference mode, training accuracy ends {gap_one} and {gap_two} points above validation. From the third quarter of \
             the epochs to the last, validation accuracy changes by {gain_one} and {gain_two} points: more epochs are taken to help \
             where both intervals lie above zero. The study “more-epochs” trains for longer."
        ),
    }
}

fn fourth(networks: &ArticleNetworks) -> Claim {
    let (verdict, evidence) = networks.verdict(3, 2);
    let network = networks.network(3);
    let early = network.finished().filter(|(_, outcome)| outcome.best.epoch <= 6).count();
    let ends = of_runs(early, network.finished().count());
    Claim {
        number: 4,
        words: "Network 3: a large first layer closes the gap but lowers validation scores: too complex. No improvement after epoch 6.",
        standing: match verdict {
            Some(Verdict::Worse) if ends == Standing::Holds => Standing::Holds,
            Some(Verdict::Worse) if ends == Standing::DoesNotHold => Standing::HoldsInPart,
            Some(Verdict::Better | Verdict::Equivalent) => Standing::DoesNotHold,
            Some(Verdict::Worse | Verdict::Undecided | Verdict::Exploratory) | None => {
                Standing::CannotBeTold
            }
        },
        evidence: format!(
            "{evidence} The gap at the end is {} points, and {} in network 2. The best epoch is {}; it is 6 or before with {early} \
             of {} seeds. Whether the size is the cause can't be told here: see the study “controlled”.",
            in_points(gap(network)),
            in_points(gap(networks.network(2))),
            network.best_epoch.map_or("–".into(), |best| epoch(&best)),
            network.finished().count(),
        ),
    }
}

fn fifth(networks: &ArticleNetworks) -> Claim {
    let shares = validation_above_training(networks.network(4));
    let percent = |share: f64| format!("{:.0}%", 100.0 * share);
    Claim {
        number: 5,
        words: "Network 4: with dropout, validation is always better than training.",
        standing: match shares {
            Some((_, inference)) if inference >= 0.9 => Standing::Holds,
            Some(_) => Standing::DoesNotHold,
            None => Standing::CannotBeTold,
        },
        evidence: shares.map_or(String::new(), |(trained, inference)| {
            format!(
                "Training accuracy measured with dropout on lies below validation in {} of all epochs; measured on the same \
                 network as validation, in inference mode, in {}: the rest is how training was measured. (“Always” is taken to be nine \
                 epochs in ten.)",
                percent(trained),
                percent(inference),
            )
        }),
    }
}

fn sixth(networks: &ArticleNetworks) -> Claim {
    // Network 5 against each of the others: one family of comparisons.
    let others: Vec<usize> = (1..=8).filter(|&number| number != 5).collect();
    let verdicts: Vec<(usize, Option<Verdict>)> =
        others.iter().copied().zip(networks.verdicts(&others, 5)).collect();
    let higher = verdicts
        .iter()
        .filter(|(_, verdict)| *verdict == Some(Verdict::Better))
        .map(|&(number, _)| number);
    let higher: Vec<usize> = higher.collect();
    let mut sharing = verdicts.iter().filter(|&&(number, _)| number < 6);
    let better_than_each = sharing.all(|(_, verdict)| *verdict == Some(Verdict::Worse));
    let loss = |number: usize| {
        networks.network(number).score(Metric::Loss, Subset::Validation).best.map(|loss| loss.mean)
    };
    let has_lowest_loss = (1..=4).all(|number| loss(5) < loss(number));
    let accuracy = |number: usize| {
        let best = networks.network(number).score(Metric::Accuracy, Subset::Validation).best;
        format!(
            "{} ({})",
            networks.network(number).facts.name,
            best.map_or("–".into(), |spread| spread_percent(&spread))
        )
    };
    let higher_names: Vec<String> = higher.iter().map(|&number| accuracy(number)).collect();
    Claim {
        number: 6,
        words: "Network 5: batch normalisation has the highest validation accuracy (0.88) and the lowest validation loss (1.54).",
        standing: match (higher.is_empty(), better_than_each && has_lowest_loss) {
            (false, _) => Standing::DoesNotHold,
            (true, true) => Standing::Holds,
            (true, false) => Standing::CannotBeTold,
        },
        evidence: format!(
            "{}; {}. Among networks 1 to 5, which share their loss, it is {}, and its validation loss, {}, is {}. (1.54 is its \
             training loss.)",
            capitalised(&accuracy(5)),
            match higher_names.is_empty() {
                true => "no network is shown to be higher".to_owned(),
                false => format!("higher: {}", listed(&higher_names)),
            },
            if better_than_each {
                "better than any other"
            } else {
                "not shown to be better than every other"
            },
            loss(5).map_or("–".into(), |loss| format!("{loss:.3}")),
            if has_lowest_loss { "the lowest" } else { "not the lowest" },
        ),
    }
}

fn seventh(networks: &ArticleNetworks) -> Claim {
    let (verdict, mut evidence) = networks.verdict(7, 6);
    let mut standing = match verdict {
        Some(Verdict::Better) => Standing::Holds,
        Some(Verdict::Worse | Verdict::Equivalent) => Standing::DoesNotHold,
        Some(Verdict::Undecided | Verdict::Exploratory) | None => Standing::CannotBeTold,
    };
    let weights = |number: usize| networks.inspection(number)?.weights.as_ref();
    if let (Some(none), Some(l1), Some(l2)) = (weights(2), weights(6), weights(7)) {
        let near_zero = [none, l1, l2].map(|weights| share(weights.all.near_zero));
        let rough = [none, l1, l2].map(|weights| {
            let first = weights.first.as_ref();
            first.and_then(|first| first.relative_roughness).map_or(f64::NAN, |rough| rough.mean)
        });
        let zero = share(l1.all.zero);
        let percent = |share: f64| format!("{:.1}%", 100.0 * share);
        evidence += &format!(
            " Under L1, {} of the weights are nearer to zero than 0.001 and {} are exactly zero ({} and {} are near zero without \
             penalty and under L2){}. Roughness of the first layer, the mean difference between \
             neighbouring pixels' weights over their mean size (4/3 before training), is {:.2} without penalty, {:.2} under L1 and \
             {:.2} under L2.",
            percent(near_zero[1]),
            percent(zero),
            percent(near_zero[0]),
            percent(near_zero[2]),
            if zero < 0.01 { ": gradient steps go past zero and do not stop there" } else { "" },
            rough[0],
            rough[1],
            rough[2],
        );
        // The conclusion says that L1 makes most weights exactly zero, and that weights are
        // smoother under L2 than under L1 and without penalty.
        let agrees = zero > 0.5 && rough[2] < rough[0] && rough[2] < rough[1];
        if standing == Standing::Holds && !agrees {
            standing = Standing::HoldsInPart;
        }
    }
    Claim {
        number: 7,
        words: "L1 performs badly; L2 is to be preferred for images: L1 drives weights to exactly zero, L2 gives smoother weights.",
        standing,
        evidence,
    }
}

fn share(spread: Option<Spread>) -> f64 {
    spread.map_or(f64::NAN, |spread| spread.mean)
}

fn eighth(networks: &ArticleNetworks) -> Claim {
    let (verdict, evidence) = networks.verdict(8, 2);
    let rise = loss_rise(networks.network(8)).map_or(String::new(), |(at, rise)| {
        format!(
            " Its validation loss is lowest at epoch {} and rises by {:.0}% until the end.",
            epoch(&at),
            100.0 * rise.mean
        )
    });
    Claim {
        number: 8,
        words: "Network 8: convolution is much better.",
        standing: match verdict {
            Some(Verdict::Better) => Standing::Holds,
            Some(Verdict::Worse | Verdict::Equivalent) => Standing::DoesNotHold,
            Some(Verdict::Undecided | Verdict::Exploratory) | None => Standing::CannotBeTold,
        },
        evidence: format!("{evidence}{rise} The study “controlled” changes one thing at a time."),
    }
}
