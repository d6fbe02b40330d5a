//! Puts observations on curves into words.

use super::course_words::{best_epoch, divergence, plus_minus, points, points_number};
use super::observation::{Drawback, Observation, Trend};
use crate::number::{count, epoch as epoch_number, listed, percent};

impl Observation {
    /// A few words that fit into a list: `no improvement after epoch 4`.
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

    /// A sentence: what the rule found, with the numbers, and what follows from it.
    pub fn sentence(&self) -> String {
        match self {
            Observation::Divergence { runs, .. } => divergence(runs),
            Observation::NoValidation => {
                "no images are held out, so there is no best epoch, no gap and no overfitting to find.".into()
            }
            Observation::Groups { low, high } => format!(
                "at their last epoch {} on validation images, {}. Chance alone makes such groups in \
                 fewer than 1 of 100 networks; mean and standard deviation describe neither group. Look for a class that is never predicted.",
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
                "at the end it classifies {} of its training images correctly, no more than by guessing one of {classes} classes.",
                percent(*training)
            ),
            Observation::Underfitting { training, gap, drawback: Drawback::Network { name, validation } } => format!(
                "at the end its training accuracy is {}, below the validation accuracy of “{name}” ({}). \
                 This shortfall ({}) is larger than its own gap between training and validation ({}): it lacks \
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
}

#[cfg(test)]
mod tests {
    use fitroom_results::{Monitor, Subset};
    use fitroom_stats::Spread;

    use super::super::curves::{Diverged, Stretch};
    use super::super::observation::SeedGroup;
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
             (+100%), while validation accuracy holds (91.80% at epoch 6, 87.54% in epochs 16–20): the network becomes more \
             confident in its mistakes. Stopping there costs no accuracy compared with training on."
        );
        let twice = said(&confident(true, Some(1.4612)));
        assert!(
            twice.contains("(+100% above its floor of 1.461)") && twice.contains("still rises"),
            "{twice}"
        );
        assert!(twice.ends_with("Stopping there costs some accuracy compared with training on."));
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
        let group = |seeds: &[u64], accuracy| SeedGroup { seeds: seeds.to_vec(), accuracy };
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
             epoch 1. The epochs before are drawn; no mean includes them."
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
             last epoch. The best of many epochs is partly luck; on test images the gain is −0.21 ± 0.35 points."
        );
    }

    #[test]
    fn accuracies_are_told_with_those_they_are_compared_with() {
        let short =
            |drawback| Observation::Underfitting { training: 0.8317, gap: 0.0057, drawback };
        assert_eq!(
            said(&short(Drawback::Network { name: "conv".into(), validation: 0.9117 })),
            "underfitting: at the end its training accuracy is 83.17%, below the validation accuracy of “conv” (91.17%). This \
             shortfall (8.00 points) is larger than its own gap between training and validation (0.57 points): it lacks capacity \
             or training, or its regularisation is too strong."
        );
        assert!(
            said(&short(Drawback::Guessing { classes: 10 }))
                .ends_with("no more than by guessing one of 10 classes.")
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
