//! A sweep's section: its figure, its table, and the confirmation of its best network on fresh
//! seeds.

use fitroom_results::{Metric, Subset, Sweep};

use super::confirmation::{FreshComparison, confirmation, on_fresh_seeds};
use super::figure::sweep_figure;
use super::network::{point, value_of};
use crate::document::{Block, Cell, Row, Section, Table, Text};
use crate::number::{MISSING, count, epoch, measured};
use crate::score_place::score_place;
use crate::summary::{MOST_SHOWN, NetworkSummary, Summary};

/// A section for each sweep.
pub fn sweep_sections(summary: &Summary) -> Vec<Section> {
    let sweeps = summary.results.sweeps();
    let against = if sweeps.is_empty() { Vec::new() } else { on_fresh_seeds(summary) };
    sweeps
        .iter()
        .enumerate()
        .map(|(index, sweep)| section(summary, sweep, index, &against))
        .collect()
}

fn section(summary: &Summary, sweep: &Sweep, index: usize, against: &[FreshComparison]) -> Section {
    let networks: Vec<&NetworkSummary> =
        sweep.networks.iter().map(|&network| &summary.networks[network]).collect();
    let mut blocks = vec![
        Block::Figure(sweep_figure(summary, sweep, &networks, index)),
        Block::Table(sweep_table(summary, &networks)),
    ];
    blocks.extend(confirmation(summary, sweep, against));
    Section {
        id: format!("overview-sweep-{}", index + 1),
        heading: Some(format!("Sweep: {}", sweep.name)),
        blocks,
    }
}

/// A network's name, with a link to its section where it has one.
fn name(network: &NetworkSummary) -> Text {
    match network.is_shown {
        true => Text::plain("").link(network.facts.name.as_str(), format!("#{}", network.slug)),
        false => Text::plain(network.facts.name.as_str()),
    }
}

/// The networks, the best on validation images first, at most [`MOST_SHOWN`].
pub fn sweep_table(summary: &Summary, networks: &[&NetworkSummary]) -> Table {
    let subset = summary.results.judged_by();
    let mut sorted = networks.to_vec();
    let mean = |network: &NetworkSummary| {
        network.score(Metric::Accuracy, subset).best.map_or(f64::NEG_INFINITY, |s| s.mean)
    };
    sorted.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
    let names: Vec<String> = point(networks[0]).at.iter().map(|(name, _)| name.clone()).collect();
    let best = sorted.len().min(MOST_SHOWN);
    let rows = sorted.into_iter().take(best).map(|network| {
        let swept = (0..names.len()).map(|name| Cell::from(value_of(network, name)));
        let accuracy = |subset| {
            let best = network.score(Metric::Accuracy, subset).best;
            Cell::from(measured(Metric::Accuracy, best))
        };
        let interval =
            network.score(Metric::Accuracy, subset).best.and_then(|spread| spread.mean_interval());
        let numbers = [
            accuracy(Subset::Validation),
            interval.map_or(MISSING.into(), |half| format!("±{:.2}", 100.0 * half)).into(),
            accuracy(Subset::Test),
            network.best_epoch.map_or(MISSING.into(), |best| epoch(&best)).into(),
            network.seconds.map_or(MISSING.into(), |seconds| format!("{seconds:.1}")).into(),
        ];
        Row { header: name(network), cells: swept.chain(numbers).collect() }
    });
    let swept = names.len();
    let measures =
        ["validation", "95% interval of the mean", "test", "best epoch", "seconds a run"];
    Table {
        caption: format!(
            "{}Accuracy in % {}, mean ± standard deviation over seeds; sorted by validation.",
            match best < networks.len() {
                true => format!("The best {best} of {} networks. ", count(networks.len() as u64)),
                false => String::new(),
            },
            score_place(&summary.results.networks, Subset::Validation)
        ),
        groups: vec![("swept".into(), swept), (String::new(), measures.len())],
        columns: std::iter::once("network".into())
            .chain(names.iter().cloned())
            .chain(measures.map(String::from))
            .collect(),
        rows: rows.collect(),
        is_prose: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::fixture::{Fixture, Plan};
    use crate::html::to_html;
    use crate::number::spread_percent;
    use fitroom_results::{Confirmation, Metric, Results, Run, RunStatus, SeedPlan, Subset};
    use fitroom_stats::{DEFAULT_MARGIN, Spread};

    /// A sweep of three dropout probabilities with a baseline. 0.2 is the best.
    fn swept(seeds: u32) -> Results {
        let plan = |p: &str, shift: f64| {
            Plan::new(&format!("dropout {p}"))
                .swept("dropout {p}", &[("p", p)])
                .vs("base")
                .shifted(shift)
        };
        Fixture::new(seeds)
            .with(Plan::new("base"))
            .with(plan("0.1", 0.01))
            .with(plan("0.2", 0.03))
            .with(plan("0.4", -0.02))
            .results()
    }

    fn page(results: &Results) -> String {
        let summary = Summary::new(results, DEFAULT_MARGIN);
        let sections = sweep_sections(&summary);
        to_html(&Document {
            title: String::new(),
            subtitle: None,
            warning: None,
            facts: Vec::new(),
            sections,
        })
    }

    /// `results` with its best network, the third, confirmed by runs of further seeds.
    fn confirmed(results: Results, fresh: Results) -> Results {
        let seeds = u64::from(results.seeds);
        let runs = |network: usize| {
            let runs = fresh.runs.iter().filter(|run| run.network == network).cloned();
            runs.map(|run| Run { seed: run.seed + seeds, ..run }).collect::<Vec<_>>()
        };
        let (sweep, baseline) = ("dropout {p}".to_owned(), Some(0));
        let confirmation =
            Confirmation { sweep, network: 2, runs: runs(2), baseline, baseline_runs: runs(0) };
        Results { confirmations: vec![confirmation], ..results }
    }

    #[test]
    fn the_table_is_sorted_by_validation_and_the_figure_has_both_measures() {
        let page = page(&swept(5));
        let place = |name: &str| page.find(&format!(">{name}</a>")).unwrap();
        assert!(
            place("dropout 0.2") < place("dropout 0.1")
                && place("dropout 0.1") < place("dropout 0.4")
        );
        assert!(page.contains("Validation accuracy, %") && page.contains("Test accuracy, %"));
        assert!(
            page.contains("mean of the baseline, base")
                && page.contains("highest is dropout 0.2, ")
        );
    }

    #[test]
    fn before_the_end_nothing_is_chosen_and_a_diverged_network_is_never_chosen() {
        let mut results = swept(3);
        let last = results.runs.len() - 1;
        results.runs[last].status = RunStatus::Pending;
        assert!(page(&results).contains(
            "Once every run has ended, the best network is trained once more on fresh seeds"
        ));
        // The third network, which would be best, diverges with its second seed.
        let mut results = swept(3);
        (results.runs[7].status, results.runs[7].outcome) = (RunStatus::Diverged, None);
        assert!(page(&results).contains("highest is dropout 0.1, "));
        for run in results.runs.iter_mut().filter(|run| run.seed == 2) {
            (run.status, run.outcome) = (RunStatus::Diverged, None);
        }
        assert!(page(&results).contains("No network finished with every seed, so none is chosen."));
    }

    /// Whatever a network trains later, its sweep's winner was chosen by the first five seeds.
    #[test]
    fn a_study_that_runs_until_clear_chooses_by_its_first_seeds() {
        let mut results = swept(8);
        results.seed_plan = SeedPlan::UntilClear;
        let runs = |results: &Results| results.runs.iter().filter(|run| run.network == 2).count();
        assert_eq!(runs(&results), 8);
        let first: Vec<f64> = results
            .runs
            .iter()
            .filter(|run| run.network == 2 && run.seed <= 5)
            .filter_map(|run| run.best(Metric::Accuracy, Subset::Validation))
            .collect();
        let chosen = spread_percent(&Spread::of(first).unwrap());
        let said = page(&confirmed(results.clone(), swept(8)));
        assert!(
            said.contains(&format!("({chosen} with the seeds that it was chosen by)")),
            "{said}"
        );
        // A network that has only four seeds so far is not passed over.
        results.runs.retain(|run| run.network != 1 || run.seed < 5);
        assert!(page(&results).contains("Once every run has ended, the best network is trained"));
    }

    #[test]
    fn spoilers_of_the_comparison_on_fresh_seeds_are_reported() {
        let mut results = confirmed(swept(6), swept(6));
        results.networks[2].settings[1].value = "21".into();
        (results.confirmations[0].runs[1].status, results.confirmations[0].runs[1].outcome) =
            (RunStatus::Diverged, None);
        let said = page(&results);
        assert!(said.contains("With one seed of these it diverged."), "{said}");
        assert!(
            said.contains("1 of 6 seeds diverged in dropout 0.2 and counts as guessing."),
            "{said}"
        );
    }

    #[test]
    fn the_winner_is_judged_on_fresh_seeds_alone() {
        let results = confirmed(swept(6), swept(6));
        let said = page(&results);
        assert!(
            said.contains("dropout 0.2 is best of three networks, and the best of many looks better than it is."),
            "{said}"
        );
        assert!(
            said.contains("On seeds 7 to 12, which had no part in the choice, its accuracy is ")
        );
        assert!(
            said.contains("On these fresh seeds, dropout 0.2 is better than base: +2."),
            "{said}"
        );
        let mut unfinished = results;
        unfinished.confirmations[0].runs[5].status = RunStatus::Pending;
        let said = page(&unfinished);
        assert!(
            said.contains(
                "on seeds 7 to 12, which had no part in the choice. That is not finished yet"
            ) && !said.contains("its accuracy is")
        );
    }

    #[test]
    fn two_names_make_a_heat_map_and_three_names_a_panel_each() {
        let plan = |a: &str, b: &str| {
            Plan::new(&format!("{a} {b}")).swept("{a} {b}", &[("a", a), ("b", b)])
        };
        let results = Fixture::new(2)
            .with(plan("1", "x"))
            .with(plan("2", "x"))
            .with(plan("2", "y"))
            .results();
        let two = page(&results);
        assert!(two.contains("(mean over seeds)") && !two.contains("95% interval over seeds"));
        let plan = |a: &str, c: &str| {
            Plan::new(&format!("{a} {c}")).swept("{a} {b} {c}", &[("a", a), ("b", "x"), ("c", c)])
        };
        let three = page(&Fixture::new(2).with(plan("1", "3")).with(plan("2", "4")).results());
        assert_eq!(three.matches("Validation accuracy, %, at each").count(), 3 + 1);
    }

    #[test]
    fn without_validation_nothing_is_chosen() {
        let results = Fixture::new(2)
            .without_validation()
            .with(Plan::new("a 1").swept("a {p}", &[("p", "1")]))
            .results();
        assert!(page(&results).contains("Nothing is held out, so no network can be chosen here"));
        let unfinished = Fixture::new(1)
            .with(Plan::new("a 1").pending(1, 0).swept("a {p}", &[("p", "1")]))
            .results();
        assert!(page(&unfinished).contains("nothing to show yet"));
    }
}
