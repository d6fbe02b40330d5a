//! What was found, in words.

use fitroom_stats::Spread;
use fitroom_study::Monitor;

use super::curves::{Diverged, Stretch};
use super::seeds::Group;
use super::{Drawback, Observation, Trend};
use crate::number::{count, epoch as epoch_number, listed, percent, spread_percent};
use crate::score::{Metric, Subset};

impl Observation {
    /// A few words, as in a list within a sentence: `no improvement after epoch 4`.
    pub fn headline(&self) -> String {
        match self {
            Observation::Divergence { runs, of } => format!("{} of {of} runs diverged", runs.len()),
            Observation::NoValidation => "no validation".into(),
            Observation::Groups { .. } => "seeds in two groups".into(),
            Observation::Overfitting { best, .. } => format!("overfitting after {}", best.epochs()),
            Observation::OverConfidence { epoch, .. } => {
                format!("over-confidence after epoch {epoch}")
            }
            Observation::Underfitting { drawback: Drawback::Network { .. }, .. } => {
                "underfitting".into()
            }
            Observation::Underfitting { drawback: Drawback::Guessing { .. }, .. } => {
                "nothing learned".into()
            }
            Observation::StillImproving { .. } => "still improving at the end".into(),
            Observation::Plateau { from, .. } => {
                format!("no improvement after epoch {}", from.first)
            }
            Observation::AsTrained { .. } => "training looks worse than validation".into(),
            Observation::Gap { course: None, .. } => "gap".into(),
            Observation::Gap { trend, .. } => match trend {
                Trend::Growing => "growing gap".into(),
                Trend::Steady => "steady gap".into(),
                Trend::Shrinking => "shrinking gap".into(),
            },
            Observation::BestEpoch { epoch, .. } => format!("best epoch {}", epoch_number(epoch)),
            Observation::Instability { is_severe: true, .. } => "instability".into(),
            Observation::Instability { is_severe: false, .. } => "fluctuation".into(),
        }
    }

    /// What the rule saw, with its numbers, and what follows.
    pub fn sentence(&self) -> String {
        match self {
            Observation::Divergence { runs, .. } => divergence(runs),
            Observation::NoValidation => {
                "no images are held out, so best epoch, gap, overfitting and the rest can't be read.".into()
            }
            Observation::Groups { low, high } => format!(
                "at their last epoch {} on validation images, {}. Chance alone makes such groups in \
                 less than 1 of 100 networks; mean and standard deviation describe neither. Look for a class that is never predicted.",
                low.scores(),
                high.scores(),
            ),
            Observation::Overfitting { best, end, training, noise } => format!(
                "validation accuracy falls from {} to {} (noise {}), while training accuracy rises from {} to {}.",
                best.accuracy(),
                end.accuracy(),
                plus_minus(*noise),
                percent(training[0]),
                percent(training[1]),
            ),
            Observation::OverConfidence { .. } => self.over_confidence(),
            Observation::Underfitting { training, drawback: Drawback::Guessing { classes }, .. } => format!(
                "at the end it gets {} of its training images right, no more than guessing one of {classes} classes.",
                percent(*training)
            ),
            Observation::Underfitting { training, gap, drawback: Drawback::Network { name, validation } } => format!(
                "at the end it gets {} of its training images right, fewer than “{name}” gets of validation images ({}). \
                 More is missing on training images ({}) than is lost from training to validation ({}): it lacks \
                 capacity or training, or its regularisation is too strong.",
                percent(*training),
                percent(*validation),
                points(validation - training),
                points(*gap),
            ),
            Observation::StillImproving { before, end, noise, rising, runs } => format!(
                "validation accuracy is {} and {}: {} points more (noise {}){}. More epochs may help.",
                before.accuracy(),
                end.accuracy(),
                points_number(end.mean - before.mean),
                plus_minus(*noise),
                if *runs > 1 { format!(", in {rising} of {runs} runs") } else { String::new() },
            ),
            Observation::Plateau { from, end, noise } => format!(
                "validation accuracy is {} and {}; nothing later is better by more than noise ({}).",
                from.accuracy(),
                end.accuracy(),
                plus_minus(*noise),
            ),
            Observation::AsTrained { training, inference, validation, handicaps } => {
                let why: Vec<String> =
                    ["weights that still change"].iter().chain(handicaps).map(|why| (*why).to_owned()).collect();
                let inference = inference.map_or(
                    "; in inference mode it was not measured, so the two say nothing of the gap".into(),
                    |inference| format!("; in inference mode it is {}", percent(inference)),
                );
                format!(
                    "at the end, training accuracy as trained is {} and validation accuracy {}, but the first was \
                     measured with {}{inference}.",
                    percent(*training),
                    percent(*validation),
                    listed(&why),
                )
            }
            Observation::Gap { .. } => self.gap(),
            Observation::BestEpoch { epoch, accuracy, gain, test_gain, monitor } => {
                best_epoch(epoch, accuracy, gain, test_gain.as_ref(), *monitor)
            }
            Observation::Instability { fluctuation, sampling, images, fall, epoch, seed, .. } => format!(
                "from epoch to epoch the validation accuracy of a run scatters by {} points around its trend (standard \
                 deviation); sampling {} images explains at most {}. Its largest fall is {}, at epoch {epoch}{}. The \
                 score of any one epoch, the last too, is that uncertain.",
                plus_minus(*fluctuation),
                count(*images as u64),
                plus_minus(*sampling),
                points(*fall),
                seed.map_or(String::new(), |seed| format!(" (seed {seed})")),
            ),
        }
    }

    fn over_confidence(&self) -> String {
        let Observation::OverConfidence {
            epoch,
            lowest,
            last_epoch,
            last,
            rise,
            floor,
            accuracy,
            end,
            accuracy_rises,
        } = self
        else {
            unreachable!("called for over-confidence alone")
        };
        let floor = floor.map_or(String::new(), |floor| format!(" above its floor of {floor:.3}"));
        let (course, cost) =
            if *accuracy_rises { ("still rises", "some") } else { ("holds", "no") };
        format!(
            "validation loss is lowest at epoch {epoch} ({}) and rises to {} at epoch {last_epoch} (+{:.0}%{floor}), while \
             validation accuracy {course} ({} at epoch {epoch}, {}): the network grows surer of its mistakes. To stop there costs {cost} accuracy against \
             training on.",
            loss(*lowest),
            loss(*last),
            100.0 * rise,
            percent(*accuracy),
            end.accuracy(),
        )
    }

    fn gap(&self) -> String {
        let Observation::Gap {
            subset,
            last_epoch,
            training,
            validation,
            course,
            trend,
            noise,
            sampling,
        } = self
        else {
            unreachable!("called for gaps alone")
        };
        let how = if *subset == Subset::Fit { "in inference mode" } else { "as trained" };
        let gap = training - validation;
        let mut words = format!(
            "at epoch {last_epoch} training accuracy {how} is {}, validation accuracy {}: {}",
            percent(*training),
            percent(*validation),
            points(gap),
        );
        if gap.abs() <= *sampling {
            words += &format!(", within sampling error ({})", plus_minus(*sampling));
        }
        if let Some([middle, end]) = course {
            let change = match trend {
                Trend::Growing => "It grows",
                Trend::Steady => "It neither grows nor shrinks by more than noise",
                Trend::Shrinking => "It shrinks",
            };
            let (from, to) = (points(middle.mean), points(end.mean));
            words += &format!(
                ". {change}: {from} {}, {to} {} (noise {})",
                middle.place(),
                end.place(),
                plus_minus(*noise)
            );
        }
        words + "."
    }
}

fn divergence(runs: &[Diverged]) -> String {
    let one = |run: &Diverged| {
        let before = run
            .loss_before
            .map_or(String::new(), |loss| format!(" (training loss {} before)", significant(loss)));
        format!("seed {} in epoch {}{before}", run.seed, run.epoch)
    };
    let runs: Vec<String> = runs.iter().map(one).collect();
    format!(
        "the loss became NaN or infinite: {}. The epochs before are drawn, and no mean counts them.",
        listed(&runs)
    )
}

fn best_epoch(
    epoch: &Spread,
    accuracy: &Spread,
    gain: &Spread,
    test_gain: Option<&Spread>,
    monitor: Monitor,
) -> String {
    let points = |gain: &Spread| match gain.sd {
        Some(sd) => format!("{} ± {} points", points_number(gain.mean), points_number(sd)),
        None => self::points(gain.mean),
    };
    let accuracy = spread_percent(accuracy);
    let mut words = match (monitor, epoch.count) {
        (Monitor::Accuracy, 1) => format!("validation accuracy is highest there: {accuracy}"),
        (Monitor::Accuracy, _) => {
            format!("there each run's validation accuracy is highest: {accuracy}")
        }
        (Monitor::Loss, 1) => {
            format!("validation loss is lowest there, and validation accuracy {accuracy}")
        }
        (Monitor::Loss, _) => {
            format!(
                "there each run's validation loss is lowest, and its validation accuracy {accuracy}"
            )
        }
    };
    words += &format!(", {} above the last epoch", points(gain));
    if let Some(test) = test_gain {
        words += &format!(
            ". The best of many is good by luck too; on test images the gain is {}",
            points(test)
        );
    }
    words + "."
}

impl Group {
    /// `seed 2 scores 81.74%`, `seeds 1 and 4 score 80.17%`.
    fn scores(&self) -> String {
        let seeds: Vec<String> = self.seeds.iter().map(u64::to_string).collect();
        let (noun, verb) = if seeds.len() == 1 { ("seed", "scores") } else { ("seeds", "score") };
        format!("{noun} {} {verb} {}", listed(&seeds), percent(self.accuracy))
    }
}

impl Stretch {
    /// `epoch 4` or `epochs 4–8`.
    fn epochs(&self) -> String {
        match self.first == self.last {
            true => format!("epoch {}", self.first),
            false => format!("epochs {}–{}", self.first, self.last),
        }
    }

    /// `at epoch 4` or `in epochs 4–8`.
    fn place(&self) -> String {
        format!("{} {}", if self.first == self.last { "at" } else { "in" }, self.epochs())
    }

    /// `88.41% in epochs 4–8`.
    fn accuracy(&self) -> String {
        format!("{} {}", percent(self.mean), self.place())
    }
}

/// `0.58`: points of accuracy.
fn points_number(fraction: f64) -> String {
    let text = format!("{:.2}", 100.0 * fraction);
    match text.strip_prefix('-') {
        Some("0.00") => "0.00".into(),
        Some(size) => format!("−{size}"),
        None => text,
    }
}

/// `0.58 points`.
fn points(fraction: f64) -> String {
    format!("{} points", points_number(fraction))
}

/// `±0.36`: points of accuracy.
fn plus_minus(fraction: f64) -> String {
    format!("±{}", points_number(fraction))
}

fn loss(x: f64) -> String {
    crate::number::published(Metric::Loss, x)
}

/// A loss of any size: one that diverges is huge.
fn significant(x: f64) -> String {
    if x.abs() < 1e4 { loss(x) } else { format!("{x:.1e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDDLE: Stretch = Stretch { first: 6, last: 10, mean: 0.85 };
    const END: Stretch = Stretch { first: 16, last: 20, mean: 0.8754 };

    fn said(observation: &Observation) -> String {
        format!("{}: {}", observation.headline(), observation.sentence())
    }

    #[test]
    fn trends_are_told_with_their_numbers() {
        let improving = Observation::StillImproving {
            before: MIDDLE,
            end: END,
            noise: 0.0036,
            rising: 4,
            runs: 5,
        };
        assert_eq!(
            said(&improving),
            "still improving at the end: validation accuracy is 85.00% in epochs 6–10 and 87.54% in epochs 16–20: 2.54 \
             points more (noise ±0.36), in 4 of 5 runs. More epochs may help."
        );
        let one = Stretch { first: 3, last: 3, mean: 0.8 };
        assert_eq!(
            said(&Observation::Plateau { from: one, end: one, noise: 0.01 }),
            "no improvement after epoch 3: validation accuracy is 80.00% at epoch 3 and 80.00% at epoch 3; nothing later is \
             better by more than noise (±1.00)."
        );
        let confident = |accuracy_rises, floor| Observation::OverConfidence {
            epoch: 6,
            lowest: 0.2437,
            last_epoch: 20,
            last: 0.4875,
            rise: 1.0004,
            floor,
            accuracy: 0.918,
            end: END,
            accuracy_rises,
        };
        assert_eq!(
            said(&confident(false, None)),
            "over-confidence after epoch 6: validation loss is lowest at epoch 6 (0.244) and rises to 0.487 at epoch 20 \
             (+100%), while validation accuracy holds (91.80% at epoch 6, 87.54% in epochs 16–20): the network grows surer of \
             its mistakes. To stop there costs no accuracy against training on."
        );
        let twice = said(&confident(true, Some(1.4612)));
        assert!(
            twice.contains("(+100% above its floor of 1.461)") && twice.contains("still rises"),
            "{twice}"
        );
        assert!(twice.ends_with("To stop there costs some accuracy against training on."));
    }

    #[test]
    fn a_gap_is_told_with_its_course_and_what_sampling_explains() {
        let gap = |training, trend| Observation::Gap {
            subset: Subset::Fit,
            last_epoch: 20,
            training,
            validation: 0.88,
            course: Some([Stretch { mean: 0.01, ..MIDDLE }, Stretch { mean: 0.02, ..END }]),
            trend,
            noise: 0.002,
            sampling: 0.003,
        };
        assert_eq!(
            said(&gap(0.9, Trend::Growing)),
            "growing gap: at epoch 20 training accuracy in inference mode is 90.00%, validation accuracy 88.00%: 2.00 points. \
             It grows: 1.00 points in epochs 6–10, 2.00 points in epochs 16–20 (noise ±0.20)."
        );
        assert!(
            said(&gap(0.878, Trend::Steady))
                .contains("88.00%: −0.20 points, within sampling error (±0.30). It neither")
        );
    }

    #[test]
    fn seeds_are_named() {
        let group = |seeds: &[u64], accuracy| Group { seeds: seeds.to_vec(), accuracy };
        let groups =
            Observation::Groups { low: group(&[2], 0.8174), high: group(&[1, 3, 4], 0.88) };
        assert!(said(&groups).starts_with(
            "seeds in two groups: at their last epoch seed 2 scores 81.74% on validation images, seeds 1, 3 and 4 score 88.00%."
        ));
        let diverged = |seed, epoch, loss_before| Diverged { seed, epoch, loss_before };
        let runs = vec![diverged(2, 4, Some(7.3e8)), diverged(3, 1, None)];
        assert_eq!(
            said(&Observation::Divergence { runs, of: 5 }),
            "2 of 5 runs diverged: the loss became NaN or infinite: seed 2 in epoch 4 (training loss 7.3e8 before) and seed 3 in \
             epoch 1. The epochs before are drawn, and no mean counts them."
        );
        let spread = |mean, sd| Spread { mean, sd: Some(sd), count: 5 };
        let best = Observation::BestEpoch {
            epoch: spread(18.6, 1.1),
            accuracy: spread(0.8606, 0.0073),
            gain: spread(0.0036, 0.0035),
            test_gain: Some(spread(-0.0021, 0.0035)),
            monitor: Monitor::Accuracy,
        };
        assert_eq!(
            said(&best),
            "best epoch 18.6 ± 1.1: there each run's validation accuracy is highest: 86.06 ± 0.73%, 0.36 ± 0.35 points above the \
             last epoch. The best of many is good by luck too; on test images the gain is −0.21 ± 0.35 points."
        );
    }

    #[test]
    fn levels_are_told_with_what_they_are_held_against() {
        let short =
            |drawback| Observation::Underfitting { training: 0.8317, gap: 0.0057, drawback };
        assert_eq!(
            said(&short(Drawback::Network { name: "conv".into(), validation: 0.9117 })),
            "underfitting: at the end it gets 83.17% of its training images right, fewer than “conv” gets of validation images \
             (91.17%). More is missing on training images (8.00 points) than is lost from training to validation (0.57 points): \
             it lacks capacity or training, or its regularisation is too strong."
        );
        assert!(
            said(&short(Drawback::Guessing { classes: 10 }))
                .ends_with("no more than guessing one of 10 classes.")
        );
        let handicaps = vec!["dropout on", "images changed at random"];
        let as_trained = |inference| {
            let handicaps = handicaps.clone();
            said(&Observation::AsTrained { training: 0.84, inference, validation: 0.85, handicaps })
        };
        assert!(as_trained(Some(0.865)).ends_with(
            "was measured with weights that still change, dropout on and images changed at random; in inference mode it is \
             86.50%."
        ));
        assert!(as_trained(None).ends_with("was not measured, so the two say nothing of the gap."));
    }
}
