//! What the test images say of a verdict: they confirm it or they do not. They give no second one.

use fitroom_stats::{Pair, SeedsByImages, TwoWayMean, Verdict};

use super::right_answers::RightImages;
use super::{Comparison, Missing, MissingReason, RightAnswers};
use crate::number::{count, points};

/// What the test images say of a verdict on validation images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestAnswer {
    /// The interval on test images lies wholly where the verdict says: above zero, below zero, or
    /// within the margin.
    Confirmed,
    /// The interval on test images reaches beyond that.
    NotConfirmed,
    /// The interval on test images lies wholly elsewhere.
    Contradicted,
}

impl TestAnswer {
    /// The word in `comparisons.csv`.
    pub fn name(self) -> &'static str {
        match self {
            TestAnswer::Confirmed => "confirmed",
            TestAnswer::NotConfirmed => "not confirmed",
            TestAnswer::Contradicted => "contradicted",
        }
    }

    fn of(verdict: Verdict, (low, high): (f64, f64), margin: f64) -> Option<Self> {
        let (confirms, contradicts) = match verdict {
            Verdict::Better => (low > 0.0, high < 0.0),
            Verdict::Worse => (high < 0.0, low > 0.0),
            Verdict::Equivalent => {
                (-margin <= low && high <= margin, low > margin || high < -margin)
            }
            Verdict::Undecided | Verdict::Exploratory => return None,
        };
        Some(match (confirms, contradicts) {
            (true, _) => TestAnswer::Confirmed,
            (false, true) => TestAnswer::Contradicted,
            (false, false) => TestAnswer::NotConfirmed,
        })
    }
}

impl Comparison {
    /// The 95% interval of the mean difference in test accuracy: over seeds and images where every
    /// seed's predictions were read, otherwise over seeds alone.
    pub fn test_interval(&self) -> Option<(f64, f64)> {
        self.over_images.map(|mean| mean.interval).or(self.test.as_ref()?.interval)
    }

    /// What the test images say of the verdict. `None` where nothing is held out, since the test
    /// images have judged then, and where there is nothing to confirm.
    pub fn test_answer(&self) -> Option<TestAnswer> {
        let margin = self.test.as_ref()?.margin;
        TestAnswer::of(self.judged.verdict?, self.test_interval()?, margin)
    }

    /// `Test images confirm it: +0.85 points (95% interval +0.31 to +1.39 over seeds and images).`
    pub fn test_words(&self) -> Option<String> {
        let (mean, (low, high)) = (self.test.as_ref()?.difference?.mean, self.test_interval()?);
        let answer = match self.test_answer() {
            Some(TestAnswer::Confirmed) => "Test images confirm it",
            Some(TestAnswer::NotConfirmed) => "Test images do not confirm it",
            Some(TestAnswer::Contradicted) => "Test images contradict it",
            None => "On test images",
        };
        let over = if self.over_images.is_some() { "seeds and images" } else { "seeds alone" };
        let (mean, low, high) = (points(mean), points(low), points(high));
        Some(format!("{answer}: {mean} points (95% interval {low} to {high} over {over})."))
    }

    /// Takes account of the images' own sampling in the interval on test images, where every finished
    /// run of a pair has predictions. A run that diverged is right on each image with the probability
    /// of guessing.
    pub fn set_test_images(&mut self, network: &RightAnswers, baseline: &RightAnswers) {
        let row = |pair: &Pair| {
            let network = self.answers(&self.network, network, pair.seed, pair.candidate)?;
            let baseline = self.answers(&self.baseline, baseline, pair.seed, pair.baseline)?;
            Some((network, baseline))
        };
        let Some(test) = self.test.as_ref().or(self.judged_on.map(|_| &self.judged)) else {
            return;
        };
        let rows: Option<Vec<_>> = test.pairs.iter().map(row).collect();
        self.over_images = rows.and_then(|rows| over_images(&rows));
    }

    /// A network's answers with a seed. `None`: it finished, and has no predictions.
    fn answers<'a>(
        &self,
        network: &str,
        right: &'a RightAnswers,
        seed: u64,
        guess: f64,
    ) -> Option<Answers<'a>> {
        let diverged = |missing: &Missing| {
            missing.reason == MissingReason::Diverged
                && missing.network == network
                && missing.seeds.contains(&seed)
        };
        match right.get(&seed) {
            Some(right) => Some(Answers::Known(right)),
            None => self.missing.iter().any(diverged).then_some(Answers::Guessed(guess)),
        }
    }
}

/// One run's answers on all test images.
#[derive(Clone, Copy)]
enum Answers<'a> {
    /// Whether it is right on each.
    Known(&'a RightImages),
    /// It diverged: the probability of being right, the same on each.
    Guessed(f64),
}

impl Answers<'_> {
    fn images(self) -> Option<usize> {
        match self {
            Answers::Known(right) => Some(right.len()),
            Answers::Guessed(_) => None,
        }
    }

    fn on(self, image: usize) -> f64 {
        match self {
            Answers::Known(right) => f64::from(u8::from(right.on(image))),
            Answers::Guessed(probability) => probability,
        }
    }
}

/// The mean difference over seeds (rows) and images. `None` for fewer than two seeds, or if seeds
/// differ in their number of images.
fn over_images(rows: &[(Answers, Answers)]) -> Option<TwoWayMean> {
    let mut counts = rows.iter().flat_map(|(a, b)| [a.images(), b.images()]).flatten();
    let images = counts.next()?;
    if rows.len() < 2 || counts.any(|count| count != images) {
        return None;
    }
    let mut table = SeedsByImages::new(images);
    for (network, baseline) in rows {
        let differences = (0..images).map(|image| network.on(image) - baseline.on(image));
        table.add(&differences.collect::<Vec<_>>());
    }
    table.mean()
}

/// How the interval on test images was made, for the report's section on methods. `margin` is in words:
/// `0.5 points`.
pub fn test_method(images: Option<usize>, margin: &str) -> String {
    let images = images.map_or(String::new(), |images| format!("{} ", count(images as u64)));
    format!(
        " they give no second verdict. They confirm better or worse if the 95% interval of the mean difference in test accuracy \
         lies on that side of zero, and equivalent if it lies within ±{margin}. The interval holds what other seeds and what another \
         {images}images would change: both are random effects, crossed, and the degrees of freedom are Satterthwaite's."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use fitroom_results::Results;
    use fitroom_stats::DEFAULT_MARGIN;

    #[test]
    fn a_verdict_is_confirmed_where_the_whole_interval_says_the_same() {
        let of = |verdict, low, high| TestAnswer::of(verdict, (low, high), 0.005);
        let (yes, no, against) = (
            Some(TestAnswer::Confirmed),
            Some(TestAnswer::NotConfirmed),
            Some(TestAnswer::Contradicted),
        );
        for (verdict, low, high, answer) in [
            (Verdict::Better, 0.001, 0.02, yes),
            (Verdict::Better, -0.001, 0.02, no),
            (Verdict::Better, -0.02, -0.001, against),
            (Verdict::Worse, -0.02, -0.001, yes),
            (Verdict::Worse, -0.02, 0.001, no),
            (Verdict::Worse, 0.001, 0.02, against),
            (Verdict::Equivalent, -0.005, 0.005, yes),
            (Verdict::Equivalent, -0.006, 0.004, no),
            (Verdict::Equivalent, 0.006, 0.008, against),
            (Verdict::Undecided, 0.1, 0.2, None),
            (Verdict::Exploratory, 0.1, 0.2, None),
        ] {
            assert_eq!(of(verdict, low, high), answer, "{verdict:?} {low} {high}");
        }
    }

    #[test]
    fn seeds_and_images_are_both_in_the_interval() {
        // Two seeds of four images: the network is right on one image more with each seed.
        let [three, two] =
            [[true, true, true, false], [true, true, false, false]].map(RightImages::from_iter);
        let row = (Answers::Known(&three), Answers::Known(&two));
        let mean = over_images(&[row, row]).unwrap();
        assert!((mean.mean - 0.25).abs() < 1e-12);
        // Seeds agree wholly, so all of the error is the images': s = 0.5 over 4 images.
        assert!((mean.error - 0.25).abs() < 1e-12, "{mean:?}");
        assert!(mean.interval.0 < 0.0);
    }

    #[test]
    fn a_seed_without_predictions_leaves_the_seeds_own_interval() {
        let mut comparison = Comparison::of_results(&results(), DEFAULT_MARGIN).remove(0);
        let of_seeds =
            |seeds: u64| (1..=seeds).map(|seed| (seed, right(&[seed % 2 == 0; 4]))).collect();
        let (all, fewer): (RightAnswers, RightAnswers) = (of_seeds(8), of_seeds(7));
        comparison.set_test_images(&all, &fewer);
        assert_eq!(comparison.over_images, None);
        comparison.set_test_images(&all, &all);
        assert_eq!(comparison.over_images.unwrap().mean, 0.0);
        let [some, all, single] = [&[true, false][..], &[true; 2], &[true]].map(right);
        let one = (Answers::Known(&some), Answers::Known(&all));
        let other = (Answers::Known(&single), Answers::Known(&single));
        assert!(over_images(&[one]).is_none(), "one seed says nothing");
        assert!(over_images(&[one, other]).is_none(), "other images");
    }

    #[test]
    fn a_run_that_diverged_guesses_on_each_image() {
        let plans = Fixture::new(3).with(Plan::new("plain"));
        let results = plans.with(Plan::new("other").vs("plain").diverged(2, 3)).results();
        let mut comparison = Comparison::of_results(&results, DEFAULT_MARGIN).remove(0);
        let of_seeds = |seeds: &[u64]| -> RightAnswers {
            seeds.iter().map(|&seed| (seed, right(&[true, true, true, false]))).collect()
        };
        comparison.set_test_images(&of_seeds(&[1, 3]), &of_seeds(&[1, 2, 3]));
        let mean = comparison.over_images.expect("the run with seed 2 counts as guessing").mean;
        assert!((mean - (0.1 - 0.75) / 3.0).abs() < 1e-12, "{mean}");
    }

    fn right(images: &[bool]) -> RightImages {
        images.iter().copied().collect()
    }

    fn results() -> Results {
        let plain = Fixture::new(8).with(Plan::new("plain"));
        plain.with(Plan::new("other").vs("plain").shifted(0.02)).results()
    }

    #[test]
    fn test_images_answer_in_words() {
        let mut comparison = Comparison::of_results(&results(), DEFAULT_MARGIN).remove(0);
        assert_eq!(comparison.test_answer(), Some(TestAnswer::Confirmed));
        let words = comparison.test_words().unwrap();
        assert!(
            words.starts_with("Test images confirm it: +2.")
                && words.ends_with("over seeds alone)."),
            "{words}"
        );
        let interval = (-0.01, 0.05);
        comparison.over_images =
            Some(TwoWayMean { mean: 0.02, error: 0.01, freedom: 9.0, interval });
        let words = comparison.test_words().unwrap();
        assert!(
            words.starts_with("Test images do not confirm it: ")
                && words.ends_with("(95% interval −1.00 to +5.00 over seeds and images)."),
            "{words}"
        );
        comparison.test = None;
        assert_eq!((comparison.test_words(), comparison.test_answer()), (None, None));
    }
}
