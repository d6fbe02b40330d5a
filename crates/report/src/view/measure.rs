//! What curves are of: a score of a study, or a measure of runs from elsewhere.

use fitroom_results::{JudgedMeasure, Metric, Results, Run, Subset};
use fitroom_stats::Spread;

use super::error::ViewError;
use super::mean_curve::RunCurve;
use crate::measure_words::{percent, score_spread, shown};
use crate::number::{capitalised, value};
use crate::summary::{Slugs, Summary, slug};
use crate::{measured_figures, network_figure};

/// What curves are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CurveMeasure {
    /// A score after each epoch. Test images are scored after training only, and have no curve.
    Score(Metric, Subset),
    /// The measure of this index among [`Results::measures`], of runs from elsewhere.
    Measured(usize),
}

/// A measure that results have curves of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurveChoice {
    /// The measure.
    pub measure: CurveMeasure,
    /// Its word in an address: `validation-accuracy`. It stays while runs go on.
    pub word: String,
    /// Its name for people.
    pub name: String,
}

/// The scores that have curves, in the order of a choice.
const SCORES: [(Metric, Subset); 6] = [
    (Metric::Accuracy, Subset::Validation),
    (Metric::Loss, Subset::Validation),
    (Metric::Accuracy, Subset::Train),
    (Metric::Loss, Subset::Train),
    (Metric::Accuracy, Subset::Fit),
    (Metric::Loss, Subset::Fit),
];

/// The measures that the results have curves of, the one to show first at the front. A study that has
/// no epoch yet offers every score. Of runs from elsewhere, the measures that they are judged by come
/// first, then the scores that were recognised in their logs and are none of these measures.
pub fn curve_measures(summary: &Summary) -> Vec<CurveChoice> {
    let results = summary.results;
    let mut taken = Slugs::without(SCORES.iter().map(|score| score_word(*score)));
    let measured = results.measures.iter().enumerate().filter_map(|(index, judged)| {
        let word = match slug(&judged.name) {
            word if word.is_empty() => "measure".to_owned(),
            word => word,
        };
        let word = taken.free(word);
        let has_curve = |run: &Run| run.measured.get(index).is_some_and(|it| it.curve.len() > 1);
        let measure = CurveMeasure::Measured(index);
        let choice = CurveChoice { measure, word, name: judged.name.clone() };
        results.runs.iter().any(has_curve).then_some(choice)
    });
    let measured: Vec<CurveChoice> = measured.collect();
    let has_no_epoch =
        || results.measures.is_empty() && results.runs.iter().all(|run| run.epochs.is_empty());
    let is_offered = |score: &(Metric, Subset)| {
        has_no_epoch() && (score.1 != Subset::Validation || results.has_validation())
            || results.runs.iter().any(|run| has_score(run, *score))
                && !(0..results.measures.len()).any(|index| is_same(results, *score, index))
    };
    let scores = SCORES.into_iter().filter(is_offered).map(|score| CurveChoice {
        measure: CurveMeasure::Score(score.0, score.1),
        word: score_word(score),
        name: score_name(score),
    });
    measured.iter().cloned().chain(scores).collect()
}

fn has_score(run: &Run, (metric, subset): (Metric, Subset)) -> bool {
    run.epochs.iter().any(|record| record.score(metric, subset).is_finite())
}

/// Whether a measure of runs from elsewhere has the values of a score, as fractions or in percent.
fn is_same(results: &Results, score: (Metric, Subset), index: usize) -> bool {
    let mut runs = results.runs.iter().filter(|run| has_score(run, score));
    runs.all(|run| {
        let scores = run.epochs.iter().map(|record| record.score(score.0, score.1));
        let scores: Vec<f64> = scores.filter(|score| score.is_finite()).collect();
        let curve = run.measured.get(index).map_or(&[][..], |values| &values.curve);
        let values = curve.iter().map(|point| point.1).filter(|value| value.is_finite());
        let values: Vec<f64> = values.collect();
        let is_equal = |(score, value): (&f64, &f64)| {
            score == value || (100.0 * score - value).abs() <= 1e-9 * value.abs()
        };
        scores.len() == values.len() && scores.iter().zip(&values).all(is_equal)
    })
}

fn score_word((metric, subset): (Metric, Subset)) -> String {
    let subset = match subset {
        Subset::Train => "train",
        Subset::Fit => "fit",
        Subset::Validation => "validation",
        Subset::Test => "test",
    };
    format!("{subset}-{}", metric.name())
}

fn score_name((metric, subset): (Metric, Subset)) -> String {
    // `training, as trained` → `Training accuracy, as trained`
    let (images, how) = subset.name().split_once(", ").unwrap_or((subset.name(), ""));
    let how = if how.is_empty() { String::new() } else { format!(", {how}") };
    capitalised(&format!("{images} {}{how}", metric.name()))
}

impl CurveMeasure {
    /// The measure of this word among those of [`curve_measures`].
    ///
    /// # Errors
    /// The results have no curves of it.
    pub fn parse(summary: &Summary, word: &str) -> Result<Self, ViewError> {
        let choices = curve_measures(summary);
        let found = choices.iter().find(|choice| choice.word == word);
        found.map(|choice| choice.measure).ok_or_else(|| ViewError::UnknownMeasure {
            given: word.to_owned(),
            known: choices.iter().map(|choice| choice.word.clone()).collect(),
        })
    }
}

/// A measure with what a figure needs to know of it.
#[derive(Clone, Copy)]
pub enum Measured<'a> {
    /// A score after each epoch.
    Score(Metric, Subset),
    /// A measure of runs from elsewhere, with its index.
    Judged(usize, &'a JudgedMeasure),
}

impl<'a> Measured<'a> {
    /// Finds the measure in the results.
    ///
    /// # Errors
    /// The results have no such measure.
    pub fn new(results: &'a Results, measure: CurveMeasure) -> Result<Self, ViewError> {
        match measure {
            CurveMeasure::Score(metric, subset) => Ok(Measured::Score(metric, subset)),
            CurveMeasure::Measured(index) => {
                judged_measure(results, index).map(|judged| Measured::Judged(index, judged))
            }
        }
    }

    /// The measure's name, with its unit: `Validation accuracy, %`.
    pub fn title(self) -> String {
        match self {
            Measured::Score(metric, subset) => {
                let unit = if metric == Metric::Accuracy { ", %" } else { "" };
                format!("{}{unit}", score_name((metric, subset)))
            }
            Measured::Judged(_, judged) => format!("{}{}", judged.name, percent(judged)),
        }
    }

    /// The measure's name in a CSV file.
    pub fn column(self) -> String {
        match self {
            Measured::Score(metric, subset) => score_word((metric, subset)),
            Measured::Judged(_, judged) => judged.name.clone(),
        }
    }

    /// A value as it is shown: accuracies in percent.
    pub fn shown(self, value: f64) -> f64 {
        match self {
            Measured::Score(metric, _) => network_figure::unit(metric) * value,
            Measured::Judged(_, judged) => shown(judged, value),
        }
    }

    /// The lowest and the highest number that an axis may show.
    pub fn bounds(self) -> (f64, f64) {
        match self {
            Measured::Score(metric, _) => network_figure::bounds(metric),
            Measured::Judged(_, judged) => measured_figures::bounds(judged),
        }
    }

    /// Mean ± standard deviation, as text.
    pub fn words(self, spread: &Spread) -> String {
        match self {
            Measured::Score(metric, _) => value(metric, spread),
            Measured::Judged(_, judged) => score_spread(judged, spread),
        }
    }

    /// A run's curve, in the measure's own unit. Of several values at one place, the last one counts.
    pub fn curve(self, run: &Run) -> RunCurve {
        let mut curve: RunCurve = match self {
            Measured::Score(metric, subset) => run
                .epochs
                .iter()
                .map(|record| (f64::from(record.epoch), record.score(metric, subset)))
                .collect(),
            Measured::Judged(index, _) => {
                let points = run.measured.get(index).map_or(&[][..], |values| &values.curve);
                points.iter().copied().filter(|(at, _)| at.is_finite()).collect()
            }
        };
        curve.dedup_by(|next, kept| {
            let is_same_place = next.0 == kept.0;
            if is_same_place {
                kept.1 = next.1;
            }
            is_same_place
        });
        curve
    }
}

/// The measure of this index among those that runs from elsewhere are judged by.
///
/// # Errors
/// There is none.
pub fn judged_measure(results: &Results, index: usize) -> Result<&JudgedMeasure, ViewError> {
    results.measures.get(index).ok_or_else(|| ViewError::UnknownMeasure {
        given: index.to_string(),
        known: results.measures.iter().map(|judged| judged.name.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan, measured};
    use fitroom_results::EpochRecord;
    use fitroom_stats::DEFAULT_MARGIN;

    fn words(results: &Results) -> Vec<String> {
        let summary = Summary::new(results, DEFAULT_MARGIN);
        let choices = curve_measures(&summary);
        for choice in &choices {
            assert_eq!(CurveMeasure::parse(&summary, &choice.word), Ok(choice.measure));
        }
        choices.into_iter().map(|choice| choice.word).collect()
    }

    #[test]
    fn a_study_offers_its_scores_before_its_first_epoch_too() {
        let all = [
            "validation-accuracy",
            "validation-loss",
            "train-accuracy",
            "train-loss",
            "fit-accuracy",
            "fit-loss",
        ];
        assert_eq!(words(&Fixture::new(2).with(Plan::new("a")).results()), all);
        let new = Fixture::new(1).with(Plan::new("a").pending(1, 0));
        assert_eq!(words(&new.results()), all);
        let unseen = Fixture::new(1).with(Plan::new("a")).without_validation();
        assert_eq!(words(&unseen.results()), all[2..]);
    }

    #[test]
    fn measures_of_runs_from_elsewhere_have_words_of_their_own() {
        let curve = vec![(0.0, 1.0), (10.0, 0.5)];
        let names = ["val/Loss", "val_loss", "validation accuracy", "λ", "no curve"];
        let mut results = measured(&names, &[("a", vec![vec![curve; 5]])]);
        results.runs[0].measured[4].curve.truncate(1);
        let expected = ["val-loss", "val-loss-2", "validation-accuracy-2", "measure"];
        assert_eq!(words(&results), expected);
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let unknown = CurveMeasure::parse(&summary, "no-curve").unwrap_err().to_string();
        assert!(unknown.contains("`no-curve`") && unknown.contains("val-loss-2"), "{unknown}");
        assert!(Measured::new(&results, CurveMeasure::Measured(5)).is_err());
    }

    #[test]
    fn a_score_that_is_a_measure_is_offered_once() {
        let curve = vec![(0.0, 80.0), (1.0, 85.5)];
        let mut results = measured(&["val_acc"], &[("a", vec![vec![curve]])]);
        for (epoch, train_loss, val_accuracy) in [(1, 0.5, 0.8), (2, 0.4, 0.855)] {
            let record = EpochRecord { train_loss, val_accuracy, ..EpochRecord::new(epoch) };
            results.runs[0].epochs.push(record);
        }
        assert_eq!(words(&results), ["val-acc", "train-loss"]);
        results.runs[0].epochs[1].val_accuracy = 0.7;
        assert_eq!(words(&results), ["val-acc", "validation-accuracy", "train-loss"]);
    }

    #[test]
    fn names_say_which_images_and_how() {
        let names = SCORES.map(score_name);
        assert_eq!(names[0], "Validation accuracy");
        assert_eq!(names[3], "Training loss, as trained");
        assert_eq!(names[4], "Training accuracy, inference mode");
    }

    #[test]
    fn the_last_of_several_values_at_one_place_counts() {
        let curve = vec![(1.0, 0.1), (1.0, 0.2), (2.0, 0.3)];
        let results = measured(&["reward"], &[("a", vec![vec![curve]])]);
        let measure = Measured::new(&results, CurveMeasure::Measured(0)).unwrap();
        assert_eq!(measure.curve(&results.runs[0]), [(1.0, 0.2), (2.0, 0.3)]);
    }
}
