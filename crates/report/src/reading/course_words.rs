//! The longer sentences on curves, and the words for stretches and groups of seeds.

use fitroom_results::{Metric, Monitor, Subset};
use fitroom_stats::Spread;

use super::curves::{Diverged, Stretch};
use super::observation::{Observation, SeedGroup, Trend};
use crate::number::{listed, percent, spread_percent};

impl Observation {
    pub(super) fn over_confidence(&self) -> String {
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
             validation accuracy {course} ({} at epoch {epoch}, {}): the network becomes more confident in its mistakes. Stopping there costs {cost} accuracy compared with \
             training on.",
            loss(*lowest),
            loss(*last),
            100.0 * rise,
            percent(*accuracy),
            end.accuracy(),
        )
    }

    pub(super) fn gap(&self) -> String {
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

pub fn divergence(runs: &[Diverged]) -> String {
    let one = |run: &Diverged| {
        let before = run
            .loss_before
            .map_or(String::new(), |loss| format!(" (training loss {} before)", significant(loss)));
        format!("seed {} in epoch {}{before}", run.seed, run.epoch)
    };
    let runs: Vec<String> = runs.iter().map(one).collect();
    format!(
        "the loss became NaN or infinite: {}. The epochs before are drawn; no mean includes them.",
        listed(&runs)
    )
}

pub fn best_epoch(
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
            ". The best of many epochs is partly luck; on test images the gain is {}",
            points(test)
        );
    }
    words + "."
}

impl SeedGroup {
    /// `seed 2 scores 81.74%`, `seeds 1 and 4 score 80.17%`.
    pub(super) fn scores(&self) -> String {
        let seeds: Vec<String> = self.seeds.iter().map(u64::to_string).collect();
        let (noun, verb) = if seeds.len() == 1 { ("seed", "scores") } else { ("seeds", "score") };
        format!("{noun} {} {verb} {}", listed(&seeds), percent(self.accuracy))
    }
}

impl Stretch {
    /// `epoch 4` or `epochs 4–8`.
    pub(super) fn epochs(&self) -> String {
        match self.first == self.last {
            true => format!("epoch {}", self.first),
            false => format!("epochs {}–{}", self.first, self.last),
        }
    }

    /// `at epoch 4` or `in epochs 4–8`.
    pub(super) fn place(&self) -> String {
        format!("{} {}", if self.first == self.last { "at" } else { "in" }, self.epochs())
    }

    /// `88.41% in epochs 4–8`.
    pub(super) fn accuracy(&self) -> String {
        format!("{} {}", percent(self.mean), self.place())
    }
}

/// `0.58`: points of accuracy.
pub fn points_number(fraction: f64) -> String {
    let text = format!("{:.2}", 100.0 * fraction);
    match text.strip_prefix('-') {
        Some("0.00") => "0.00".into(),
        Some(size) => format!("−{size}"),
        None => text,
    }
}

/// `0.58 points`.
pub fn points(fraction: f64) -> String {
    format!("{} points", points_number(fraction))
}

/// `±0.36`: points of accuracy.
pub fn plus_minus(fraction: f64) -> String {
    format!("±{}", points_number(fraction))
}

fn loss(x: f64) -> String {
    crate::number::rounded(Metric::Loss, x)
}

/// A loss of any size. The loss of a diverging run is huge.
fn significant(x: f64) -> String {
    if x.abs() < 1e4 { loss(x) } else { format!("{x:.1e}") }
}
