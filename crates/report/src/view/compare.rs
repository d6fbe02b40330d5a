//! Any two networks of the results, compared as the report would compare them.

use super::error::{ViewError, check_network};
use super::measure::judged_measure;
use crate::comparison::{ComparedNetwork, Comparison, chosen_words};
use crate::summary::Summary;

/// Two networks of the results, compared.
#[derive(Clone, Debug)]
pub struct ComparedPair {
    /// The network's index.
    pub network: usize,
    /// The index of the network that it is compared with.
    pub baseline: usize,
    /// The comparison.
    pub comparison: Comparison,
    /// How many comparisons the verdict is adjusted for: those of the study if it compares the two
    /// itself, or else this one alone.
    pub comparisons: usize,
    /// How many pairs of networks there were to choose this one from; `None` if the study compares the
    /// two itself.
    pub chosen_from: Option<usize>,
}

/// Compares two networks, by their indices. If the study compares the two itself, the verdict is the one
/// of its report, whichever of them is named first. `measure` is the index among
/// [`Results::measures`](fitroom_results::Results::measures) of runs from elsewhere, and 0 for a study.
///
/// # Errors
/// A network or the measure does not exist, or the two are the same network.
pub fn compare(
    summary: &Summary,
    network: usize,
    baseline: usize,
    measure: usize,
) -> Result<ComparedPair, ViewError> {
    let results = summary.results;
    let count = results.networks.len();
    let asked =
        [check_network("network", network, count)?, check_network("baseline", baseline, count)?];
    let is_study = results.measures.is_empty();
    if !is_study || measure > 0 {
        judged_measure(results, measure)?;
    }
    let [one, other] = asked.map(|network| ComparedNetwork::new(results, network));
    let mut comparison = Comparison::new(one, other, summary.margin)?;
    let family = |pairs: &[_]| match is_study {
        true => Comparison::family(pairs, summary.margin),
        false => Comparison::family_in_measure(pairs, measure),
    };
    let mut declared = Comparison::pairs_of(results);
    let own = declared.iter().position(|(one, other)| {
        let declared = [one.network, other.network];
        declared == asked || declared == [baseline, network]
    });
    let (comparisons, chosen_from) = match own {
        Some(own) => {
            declared[own] = (one, other);
            comparison = family(&declared).swap_remove(own);
            (declared.len(), None)
        }
        None => {
            if !is_study {
                comparison = family(&[(one, other)]).swap_remove(0);
            }
            (1, Some(count * (count - 1) / 2))
        }
    };
    let inspected = &summary.inspection.networks;
    if let (Some(one), Some(other)) = (inspected.get(network), inspected.get(baseline)) {
        comparison.set_test_images(&one.right, &other.right);
    }
    Ok(ComparedPair { network, baseline, comparison, comparisons, chosen_from })
}

impl ComparedPair {
    /// The conclusion with its numbers, and what spoils it, as sentences.
    pub fn conclusion(&self) -> String {
        self.comparison.conclusion(self.comparisons).text()
    }

    /// That the study does not compare the two, and that the verdict is adjusted for no other
    /// comparison; `None` if it does.
    pub fn plan_words(&self) -> Option<String> {
        let chosen = chosen_words(self.chosen_from?)
            .unwrap_or_else(|| "The study does not compare the two.".to_owned());
        Some(format!("{chosen} It is adjusted for no other comparison."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::ComparisonError;
    use crate::fixture::{Fixture, Plan, measured};
    use fitroom_results::Results;
    use fitroom_stats::{DEFAULT_MARGIN, Verdict};

    fn results() -> Results {
        Fixture::new(6)
            .with(Plan::new("a"))
            .with(Plan::new("b").vs("a").shifted(0.03))
            .with(Plan::new("c").vs("a").shifted(0.01))
            .results()
    }

    #[test]
    fn a_planned_comparison_is_that_of_the_report_either_way_round() {
        let results = results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let there = compare(&summary, 1, 0, 0).unwrap();
        let p = |comparison: &Comparison| comparison.judged.p_holm;
        assert_eq!(p(&there.comparison), p(&summary.comparisons[0]));
        assert_eq!((there.comparisons, there.chosen_from), (2, None));
        assert_eq!(there.plan_words(), None);
        assert!(there.conclusion().contains("after Holm"));
        let back = compare(&summary, 0, 1, 0).unwrap();
        assert_eq!(p(&back.comparison), p(&there.comparison));
        assert_eq!(back.comparison.judged.verdict, Some(Verdict::Worse));
        assert_eq!((back.network, back.comparison.network.as_str()), (0, "a"));
    }

    #[test]
    fn one_outside_of_the_plan_says_so() {
        let results = results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let pair = compare(&summary, 1, 2, 0).unwrap();
        assert_eq!((pair.comparisons, pair.chosen_from), (1, Some(3)));
        let words = pair.plan_words().unwrap();
        assert!(words.starts_with("This pair was chosen from 3: "), "{words}");
        assert!(words.ends_with("adjusted for no other comparison."), "{words}");
        assert!(!pair.conclusion().contains("Holm"));
    }

    #[test]
    fn the_same_network_and_unknown_ones_are_refused() {
        let results = results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let refused =
            |network, baseline, measure| compare(&summary, network, baseline, measure).unwrap_err();
        let itself = ViewError::Comparison(ComparisonError::Itself { network: "a".into() });
        assert_eq!(refused(0, 0, 0), itself);
        assert!(matches!(
            refused(0, 3, 0),
            ViewError::UnknownNetwork { parameter: "baseline", given: 3, networks: 3 }
        ));
        assert!(matches!(refused(0, 1, 1), ViewError::UnknownMeasure { .. }));
    }

    #[test]
    fn runs_from_elsewhere_are_compared_in_the_measure_that_is_asked_for() {
        let runs = |loss: f64, reward: f64| {
            let curve = |x: f64, seed: u32| vec![(1.0, x + 0.01 * f64::from(seed % 3))];
            (0..6).map(|seed| vec![curve(loss, seed), curve(reward, seed + 1)]).collect()
        };
        let networks = [("a", runs(1.0, 5.0)), ("b", runs(0.5, 4.0))];
        let results = measured(&["loss", "reward"], &networks);
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let verdict = |measure| compare(&summary, 1, 0, measure).unwrap().comparison.judged.verdict;
        assert_eq!(verdict(0), Some(Verdict::Better), "less loss is better");
        assert_eq!(verdict(1), Some(Verdict::Worse));
    }
}
