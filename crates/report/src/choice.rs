//! Which scores stand for a run, in words, and the table of how much choosing the best one flatters.

use fitroom_results::Choose;
use fitroom_stats::Spread;

use crate::document::{Block, Row, Table, Text};
use crate::number::points;
use crate::summary::{ChoiceBias, NetworkSummary, Summary};

/// The bias of each network; none if no network has one.
pub fn choice_blocks(summary: &Summary) -> Vec<Block> {
    let row = |network: &NetworkSummary| {
        let ChoiceBias { at_best, at_last, bias } = network.choice_bias?;
        Some(Row {
            header: Text::plain("").link(network.facts.name.as_str(), format!("#{}", network.slug)),
            cells: [at_best, at_last, bias].map(|spread| spread_points(&spread).into()).into(),
        })
    };
    let rows: Vec<Row> = summary.shown().filter_map(|(_, network)| row(network)).collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let over =
        if summary.fewest_seeds() > 1 { ", mean ± standard deviation over seeds" } else { "" };
    let columns = ["network", "at the best epoch", "at the last epoch", "choice bias"];
    let table = Table {
        caption: format!("Validation accuracy minus test accuracy, points{over}."),
        groups: Vec::new(),
        columns: columns.map(String::from).into(),
        rows,
        is_prose: false,
    };
    let words = " Validation images choose each run's best epoch, and the best of many is partly luck that test images do \
                 not share. The choice bias, at the best epoch minus at the last, says by how much this choice flatters \
                 validation accuracy. A study with choose = \"last-quarter\" chooses nothing.";
    vec![
        Block::Paragraph(Text::strong("How much choosing the best epoch flatters.").then(words)),
        Block::Table(table),
    ]
}

/// `+0.42 ± 0.10`, or `+0.42` for one seed.
fn spread_points(spread: &Spread) -> String {
    let mean = points(spread.mean);
    spread.sd.map_or(mean.clone(), |sd| format!("{mean} ± {:.2}", 100.0 * sd))
}

/// The heading of a network's scores by which it is compared.
pub fn heading(choose: Choose) -> &'static str {
    match choose {
        Choose::Best => "best epoch",
        Choose::LastQuarter => "last quarter",
    }
}

/// What a network that chooses the last quarter is scored by; empty for others.
pub fn words(choose: Choose) -> &'static str {
    match choose {
        Choose::Best => "",
        Choose::LastQuarter => {
            " No epoch is chosen: its validation score is the mean over the last quarter of epochs, and its \
             weights, its predictions and its other scores are those after the last epoch."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::document;
    use crate::fixture::{Fixture, Plan};
    use crate::html::to_html;
    use crate::markdown::to_markdown;
    use crate::score_place::score_place;
    use fitroom_results::{NetworkFacts, Results, Subset};
    use fitroom_stats::DEFAULT_MARGIN;

    /// Two seeds with validation and test accuracy at the best and at the last epoch.
    fn results() -> Results {
        let mut results = Fixture::new(2).with(Plan::new("a")).results();
        let accuracies = [[0.91, 0.900, 0.893, 0.89], [0.92, 0.906, 0.90, 0.895]];
        for (run, [best, best_test, last, last_test]) in results.runs.iter_mut().zip(accuracies) {
            let outcome = run.outcome.as_mut().unwrap();
            outcome.best.val.accuracy = best;
            outcome.best.test.accuracy = best_test;
            outcome.last.val.accuracy = last;
            outcome.last.test.accuracy = last_test;
        }
        results
    }

    /// By hand: 1.0 and 1.4 points at the best epoch, 0.3 and 0.5 at the last, so 0.7 and 0.9.
    #[test]
    fn the_bias_is_what_the_best_epoch_has_over_the_last() {
        let results = results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let ChoiceBias { at_best, at_last, bias } = summary.networks[0].choice_bias.unwrap();
        let close = |spread: Spread, mean: f64, sd: f64| {
            assert!((spread.mean - mean).abs() < 1e-12, "{spread:?}");
            assert!((spread.sd.unwrap() - sd).abs() < 1e-12, "{spread:?}");
        };
        let half_root = 0.5_f64.sqrt();
        close(at_best, 0.012, 0.004 * half_root);
        close(at_last, 0.004, 0.002 * half_root);
        close(bias, 0.008, 0.002 * half_root);
        let page = to_markdown(&document(&summary, Vec::new()));
        assert!(page.contains("| +1.20 ± 0.28 | +0.40 ± 0.14 | +0.80 ± 0.14 |"), "{page}");
    }

    #[test]
    fn nothing_is_said_where_nothing_is_chosen() {
        let said = |results: &Results| {
            let summary = Summary::new(results, DEFAULT_MARGIN);
            let document = document(&summary, Vec::new());
            let pages = [to_html(&document), to_markdown(&document)];
            pages.map(|page| page.contains("How much choosing the best epoch flatters"))
        };
        assert_eq!(said(&results()), [true; 2]);
        let unseen = Fixture::new(2).with(Plan::new("a")).without_validation().results();
        assert_eq!(said(&unseen), [false; 2], "nothing is held out");
        let mut quarter = results();
        quarter.networks[0].choose = Choose::LastQuarter;
        assert_eq!(said(&quarter), [false; 2]);
        let mut unfinished = results();
        unfinished.runs.iter_mut().for_each(|run| run.outcome = None);
        assert_eq!(said(&unfinished), [false; 2]);
    }

    #[test]
    fn no_label_calls_the_last_quarter_a_best_epoch() {
        let mut results = results();
        results.networks[0].choose = Choose::LastQuarter;
        let page = |results: &Results| {
            let document = document(&Summary::new(results, DEFAULT_MARGIN), Vec::new());
            // Markdown has no words of figures.
            to_html(&document) + &to_markdown(&document)
        };
        let quarter = page(&results);
        for words in ["last quarter", "after each run's last epoch", "No epoch is chosen"] {
            assert!(quarter.contains(words), "{words}: {quarter}");
        }
        for words in ["at each run's best epoch", "| best epoch | last epoch |", "**Best epoch 1"] {
            assert!(!quarter.contains(words), "{words}: {quarter}");
        }
        results.networks[0].choose = Choose::Best;
        let best = page(&results);
        assert!(best.contains("at each run's best epoch") && !best.contains("No epoch is chosen"));
    }

    #[test]
    fn networks_that_choose_differently_are_told_so() {
        let facts = |choose| NetworkFacts { choose, ..NetworkFacts::new("a") };
        let [best, quarter] = [facts(Choose::Best), facts(Choose::LastQuarter)];
        let place =
            |networks: &[&NetworkFacts], subset| score_place(networks.iter().copied(), subset);
        assert_eq!(place(&[&best], Subset::Test), "at each run's best epoch");
        let both = [&best, &quarter];
        assert_eq!(place(&both, Subset::Test), "at each run's best or last epoch");
        assert_eq!(
            place(&both, Subset::Validation),
            "at each run's best epoch or over its last quarter"
        );
    }
}
