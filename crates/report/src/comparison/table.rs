//! `comparisons.csv`: a row for each comparison and metric.

use fitroom_results::Subset;
use fitroom_stats::{PairedEffect, SeedsNeeded};

use super::Comparison;
use crate::csv_table::{number, table};

/// Columns of `comparisons.csv`, with what each holds.
pub const COMPARISON_COLUMNS: [(&str, &str); 13] = [
    ("network", "its name in the study"),
    ("baseline", "the network that it is compared with (vs)"),
    (
        "metric",
        "the column of summary.csv that is compared: best_val_accuracy or best_test_accuracy",
    ),
    ("seeds", "seeds that both networks finished: the pairs"),
    ("mean_difference", "mean over the pairs of the network's accuracy − the baseline's"),
    ("ci_low", "lower end of the mean difference's 95% t interval"),
    ("ci_high", "upper end of the same interval"),
    (
        "p",
        "two-sided: exact sign-flip test from 6 seeds on, paired t test for 5 seeds, and for so few that no sign-flip p \
         could pass Holm (2/2^seeds ≥ 0.05/comparisons)",
    ),
    ("p_holm", "p after Holm over the study's comparisons in this metric"),
    ("correlation", "Pearson's, of the pairs"),
    (
        "verdict",
        "better or worse (p_holm < 0.05), equivalent (the interval lies within the margin), undecided; exploratory for 2 \
         to 4 seeds",
    ),
    (
        "seeds_needed",
        "where undecided or exploratory: seeds for a power of 80%, or `>1000`; see “Comparisons”",
    ),
    (
        "differs_in",
        "settings in which the two networks differ, joined by `; `; where there are several, none of them is tested",
    ),
];

/// `comparisons.csv`: a row for each comparison and metric.
///
/// # Errors
/// None that writing to memory can meet.
pub fn comparisons_csv(comparisons: &[Comparison]) -> Result<Vec<u8>, csv::Error> {
    let rows = comparisons.iter().flat_map(|comparison| {
        comparison.effects().map(|(subset, effect)| row(comparison, subset, effect))
    });
    table(COMPARISON_COLUMNS.map(|(name, _)| name), rows)
}

fn row(comparison: &Comparison, subset: Subset, effect: &PairedEffect) -> Vec<String> {
    let cell = |value: Option<f64>| number(value.unwrap_or(f64::NAN));
    let settings: Vec<&str> =
        comparison.settings.iter().map(|setting| setting.key.as_str()).collect();
    vec![
        comparison.network.clone(),
        comparison.baseline.clone(),
        if subset == Subset::Test { "best_test_accuracy" } else { "best_val_accuracy" }.to_owned(),
        effect.pairs.len().to_string(),
        cell(effect.difference.map(|difference| difference.mean)),
        cell(effect.interval.map(|(low, _)| low)),
        cell(effect.interval.map(|(_, high)| high)),
        cell(effect.p),
        cell(effect.p_holm),
        cell(effect.correlation),
        effect.verdict.map_or(String::new(), |verdict| verdict.name().to_owned()),
        match effect.seeds_needed() {
            None => String::new(),
            Some((SeedsNeeded::About(seeds), _)) => seeds.to_string(),
            Some((SeedsNeeded::TooMany, _)) => ">1000".to_owned(),
        },
        settings.join("; "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use fitroom_stats::DEFAULT_MARGIN;
    use std::collections::HashMap;

    fn read(fixture: Fixture) -> Vec<HashMap<String, String>> {
        let csv =
            comparisons_csv(&Comparison::of_results(&fixture.results(), DEFAULT_MARGIN)).unwrap();
        let header = "network,baseline,metric,seeds,mean_difference,ci_low,ci_high,p,p_holm,correlation,verdict,seeds_needed,\
                      differs_in\n";
        assert!(csv.starts_with(header.as_bytes()));
        csv::Reader::from_reader(csv.as_slice()).deserialize().collect::<Result<_, _>>().unwrap()
    }

    fn study(seeds: u32) -> Fixture {
        let other =
            Plan::new("other").vs("plain").shifted(0.02).softmax_twice().penalty(0.001, 0.0);
        Fixture::new(seeds).with(Plan::new("plain")).with(other)
    }

    #[test]
    fn a_row_for_each_comparison_and_measure() {
        let results = study(8).results();
        let rows = read(study(8));
        assert!(
            rows.iter()
                .map(|row| row["metric"].as_str())
                .eq(["best_val_accuracy", "best_test_accuracy"])
        );
        let row = &rows[0];
        let value = |column: &str| row[column].parse::<f64>().unwrap();
        let accuracy = |index: usize| results.runs[index].outcome.unwrap().best.val.accuracy;
        let mean = (0..8).map(|index| accuracy(8 + index) - accuracy(index)).sum::<f64>() / 8.0;
        assert!((value("mean_difference") - mean).abs() < 1e-12);
        assert!(
            value("ci_low") < mean && mean < value("ci_high") && value("correlation").abs() <= 1.0
        );
        assert_eq!(
            (value("seeds"), value("p"), value("p_holm")),
            (8.0, 2.0_f64.powi(-7), 2.0_f64.powi(-7))
        );
        assert_eq!(
            [row["verdict"].as_str(), &row["seeds_needed"], &row["differs_in"]],
            ["better", "", "loss; penalty"]
        );
        assert_eq!([row["network"].as_str(), &row["baseline"]], ["other", "plain"]);
    }

    #[test]
    fn what_can_not_be_computed_is_empty() {
        let empty = |fixture: Fixture| {
            let rows = read(fixture);
            let columns = COMPARISON_COLUMNS.map(|(name, _)| name);
            columns
                .into_iter()
                .filter(|column| rows[0][*column].is_empty())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(empty(study(3)), "p p_holm");
        assert_eq!(empty(study(1)), "ci_low ci_high p p_holm correlation verdict seeds_needed");
        assert_eq!(read(study(3))[0]["verdict"], "exploratory");
        assert!(read(Fixture::new(2).with(Plan::new("a"))).is_empty());
        let rows = read(
            Fixture::new(6).without_validation().with(Plan::new("a")).with(Plan::new("b").vs("a")),
        );
        assert_eq!((rows.len(), rows[0]["metric"].as_str()), (1, "best_test_accuracy"));
    }
}
