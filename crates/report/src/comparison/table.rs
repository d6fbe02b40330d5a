//! `comparisons.csv`: a row for each comparison and metric.

use fitroom_results::{JudgedMeasure, SeedPlan};
use fitroom_stats::{Effect, SeedsNeeded, Test, Verdict};

use super::{Comparison, TestAnswer};
use crate::csv_table::{number, table};

/// Columns of `comparisons.csv`, with what each holds.
pub const COMPARISON_COLUMNS: [(&str, &str); 23] = [
    ("network", "its name in the study"),
    ("baseline", "the network that it is compared with (vs)"),
    (
        "metric",
        "the column of summary.csv that is compared: best_val_accuracy or best_test_accuracy; of runs from elsewhere, the \
         measure",
    ),
    (
        "seeds",
        "the pairs: seeds whose runs have ended in both networks, up to the verdict of a sequential study",
    ),
    ("mean_difference", "mean over the pairs of the network's score − the baseline's"),
    ("ci_low", "lower end of the mean difference's interval: see `interval`"),
    ("ci_high", "upper end of the same interval"),
    (
        "p",
        "two-sided: exact sign-flip test from 6 seeds on, paired t test for 5 seeds, and for so few that no sign-flip p \
         could pass Holm (2/2^seeds ≥ 0.05/comparisons); empty in a sequential study",
    ),
    ("p_holm", "p after Holm over the study's comparisons in this metric"),
    ("correlation", "Pearson's, of the pairs"),
    (
        "verdict",
        "of the study's one measure: better, worse, equivalent, undecided; exploratory for 2 to 4 seeds. Of test accuracy, \
         where validation images judge: confirmed, not confirmed or contradicted; empty where there is nothing to confirm",
    ),
    (
        "seeds_needed",
        "where undecided or exploratory: seeds for a power of 80%, or `>1000`; see “Comparisons”",
    ),
    (
        "differs_in",
        "settings in which the two networks differ, joined by `; `; where there are several, none of them is tested",
    ),
    (
        "interval",
        "what ci_low to ci_high holds: `95% seeds`, `95% seeds and images`, `95% sequential` or `90% sequential`",
    ),
    (
        "test",
        "sign-flip, paired t, sequential, or of unpaired runs Welch and permutation, or Welch; empty where no verdict is made",
    ),
    (
        "declared_seeds",
        "seeds that were declared before the first run; empty if seeds were added until clear",
    ),
    ("diverged", "pairs of which one run diverged and counts as guessing"),
    ("finished_mean_difference", "the mean difference over the pairs of which both runs finished"),
    (
        "not_worse",
        "yes where the network is shown to be not worse by the margin or more, otherwise no",
    ),
    (
        "superiority",
        "the share of all pairs of a seed of the network and a seed of the baseline in which the network scores better",
    ),
    ("superiority_low", "lower end of its 95% interval (Newcombe 2006, method 5)"),
    ("superiority_high", "upper end of the same interval"),
    (
        "effect_size",
        "Cohen's d: the mean difference over the root mean square of both standard deviations",
    ),
];

/// `comparisons.csv`: a row for each comparison and metric.
///
/// # Errors
/// None that writing to memory can meet.
pub fn comparisons_csv(comparisons: &[Comparison]) -> Result<Vec<u8>, csv::Error> {
    let rows = comparisons.iter().flat_map(|comparison| {
        comparison
            .effects()
            .enumerate()
            .map(|(index, (measure, effect))| row(comparison, &measure, effect, index == 0))
    });
    table(COMPARISON_COLUMNS.map(|(name, _)| name), rows)
}

fn row(
    comparison: &Comparison,
    measure: &JudgedMeasure,
    effect: &Effect,
    is_judged: bool,
) -> Vec<String> {
    let cell = |value: Option<f64>| number(value.unwrap_or(f64::NAN));
    let settings: Vec<&str> =
        comparison.settings.iter().map(|setting| setting.key.as_str()).collect();
    let interval = if is_judged { effect.interval } else { comparison.test_interval() };
    let interval = interval.map(|(low, high)| {
        let ends = [low, high].map(|end| measure.directed(end));
        (ends[0].min(ends[1]), ends[0].max(ends[1]))
    });
    let directed = |difference: f64| measure.directed(difference);
    let verdict = match is_judged {
        true => effect.verdict.map(Verdict::name),
        false => comparison.test_answer().map(TestAnswer::name),
    };
    let of_verdict = |text: String| if is_judged { text } else { String::new() };
    let not_worse = if effect.is_not_worse() { "yes" } else { "no" };
    let superiority = comparison.superiority().filter(|_| is_judged);
    let diverged = comparison.finished.map_or(0, |finished| effect.pairs.len() - finished.count);
    vec![
        comparison.network.clone(),
        comparison.baseline.clone(),
        measure.column.clone(),
        effect.difference.map_or(0, |difference| difference.count).to_string(),
        cell(effect.difference.map(|difference| directed(difference.mean))),
        cell(interval.map(|(low, _)| low)),
        cell(interval.map(|(_, high)| high)),
        cell(effect.p),
        cell(effect.p_holm),
        cell(effect.correlation),
        verdict.unwrap_or_default().to_owned(),
        match effect.seeds_needed() {
            None => String::new(),
            Some((SeedsNeeded::About(seeds), _)) => seeds.to_string(),
            Some((SeedsNeeded::TooMany, _)) => ">1000".to_owned(),
        },
        settings.join("; "),
        interval.map_or(String::new(), |_| interval_kind(comparison, effect, is_judged)),
        match effect.test {
            Some(Test::SignFlip) => "sign-flip".to_owned(),
            Some(Test::PairedT) => "paired t".to_owned(),
            Some(Test::WelchAndPermutation) => "Welch and permutation".to_owned(),
            Some(Test::Welch) => "Welch".to_owned(),
            Some(Test::Sequential) => "sequential".to_owned(),
            None => String::new(),
        },
        match comparison.seed_plan {
            SeedPlan::Declared => comparison.seeds.to_string(),
            SeedPlan::Extended { declared } => declared.to_string(),
            SeedPlan::UntilClear | SeedPlan::Unknown => String::new(),
        },
        of_verdict(diverged.to_string()),
        cell(comparison.finished.filter(|_| is_judged).map(|finished| directed(finished.mean))),
        of_verdict(not_worse.to_owned()),
        cell(superiority.map(|found| found.probability)),
        cell(superiority.map(|found| found.interval.0)),
        cell(superiority.map(|found| found.interval.1)),
        cell(comparison.effect_size().filter(|_| is_judged).map(directed)),
    ]
}

/// What an interval holds.
fn interval_kind(comparison: &Comparison, effect: &Effect, is_judged: bool) -> String {
    let of = match (&effect.sequential, is_judged) {
        (Some(_), _) => "sequential",
        (None, false) if comparison.over_images.is_some() => "seeds and images",
        (None, _) => "seeds",
    };
    format!("{}% {of}", effect.confidence_percent())
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
                      differs_in,interval,";
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
    fn a_sequential_study_says_how_it_was_judged() {
        let mut results = study(8).results();
        results.seed_plan = SeedPlan::Extended { declared: 5 };
        let csv = comparisons_csv(&Comparison::of_results(&results, DEFAULT_MARGIN)).unwrap();
        let rows: Vec<HashMap<String, String>> = csv::Reader::from_reader(csv.as_slice())
            .deserialize()
            .collect::<Result<_, _>>()
            .unwrap();
        let of = |row: usize, columns: [&str; 6]| columns.map(|column| rows[row][column].clone());
        assert_eq!(
            of(0, ["seeds", "p", "verdict", "interval", "test", "declared_seeds"]),
            ["5", "", "better", "95% sequential", "sequential", "5"],
            "the verdict came after five seeds and stays"
        );
        assert_eq!(
            of(1, ["seeds", "p", "verdict", "interval", "test", "not_worse"]),
            ["5", "", "confirmed", "95% seeds", "", ""]
        );
        assert_eq!(
            of(0, ["diverged", "not_worse", "superiority", "p_holm", "p", "p"])[..3],
            ["0", "yes", "1.0"]
        );
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
        assert_eq!(empty(study(3)), "p p_holm test finished_mean_difference");
        assert_eq!(
            empty(study(1)),
            "ci_low ci_high p p_holm correlation verdict seeds_needed interval test finished_mean_difference effect_size"
        );
        assert_eq!(read(study(3))[0]["verdict"], "exploratory");
        assert!(read(Fixture::new(2).with(Plan::new("a"))).is_empty());
        let rows = read(
            Fixture::new(6).without_validation().with(Plan::new("a")).with(Plan::new("b").vs("a")),
        );
        assert_eq!((rows.len(), rows[0]["metric"].as_str()), (1, "best_test_accuracy"));
    }
}
