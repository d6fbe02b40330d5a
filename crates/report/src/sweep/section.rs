//! A sweep's section: its figure, its table, and what became of its best network on fresh seeds.

use fitroom_stats::Spread;
use fitroom_study::{Confirmation, RunStatus, StoredRun, StoredStudy, Sweep, SweepPoint};

use super::axis::Axis;
use super::heat::HeatMap;
use super::line::{LinePanel, Point, line_legend};
use crate::contrast::{Contrast, Side};
use crate::digest::{Digest, NetworkDigest};
use crate::document::{Block, Cell, Row, Section, Table, Text};
use crate::figure::{Figure, WIDTH};
use crate::number::{MISSING, counted, epoch, spread_percent, value};
use crate::plot::Scene;
use crate::score::{Metric, Subset};

/// A section for each of the study's sweeps.
pub fn sweep_sections(digest: &Digest) -> Vec<Section> {
    let sweeps = digest.stored.study.sweeps();
    let against = if sweeps.is_empty() { Vec::new() } else { against_baselines(digest) };
    sweeps
        .iter()
        .enumerate()
        .map(|(index, sweep)| section(digest, sweep, index, &against))
        .collect()
}

fn section(digest: &Digest, sweep: &Sweep, index: usize, against: &[Fresh]) -> Section {
    let networks: Vec<&NetworkDigest> =
        sweep.networks.iter().map(|&network| &digest.networks[network]).collect();
    let mut blocks = vec![
        Block::Figure(figure(digest, sweep, &networks, index)),
        Block::Table(table(digest, &networks)),
    ];
    blocks.extend(confirmation(digest, sweep, against));
    Section {
        id: format!("overview-sweep-{}", index + 1),
        heading: Some(format!("Sweep: {}", sweep.name)),
        blocks,
    }
}

/// Which accuracy networks are judged by: validation's, unless nothing is held out.
fn judged_by(digest: &Digest) -> Subset {
    if digest.stored.study.validation > 0 { Subset::Validation } else { Subset::Test }
}

/// A network's accuracies at its best epochs, in percent, a value a seed.
fn accuracies(network: &NetworkDigest, subset: Subset) -> Vec<f64> {
    network
        .finished()
        .map(|(run, outcome)| {
            100.0 * crate::score::in_outcome(run, &outcome.best, Metric::Accuracy, subset)
        })
        .collect()
}

fn point<'a>(network: &NetworkDigest<'a>) -> &'a SweepPoint {
    network.plan.swept.as_ref().expect("it is a sweep's network")
}

/// Its value of one of the swept names.
fn value_of<'a>(network: &NetworkDigest<'a>, name: usize) -> &'a str {
    point(network).at.get(name).map_or(MISSING, |(_, value)| value.as_str())
}

/// One swept name: a line for validation and one for test accuracy. Two: a heat map. More: a line
/// for each name, over all values of the others.
fn figure(digest: &Digest, sweep: &Sweep, networks: &[&NetworkDigest], index: usize) -> Figure {
    let names: Vec<&str> = point(networks[0]).at.iter().map(|(name, _)| name.as_str()).collect();
    let axes: Vec<Axis> = (0..names.len())
        .map(|name| Axis::new(networks.iter().map(|network| value_of(network, name))))
        .collect();
    let subset = judged_by(digest);
    let title = |subset: Subset| match subset {
        Subset::Validation => "Validation accuracy, %, at each run's best epoch",
        _ => "Test accuracy, %, at each run's best epoch",
    };
    let mut scene;
    match names.as_slice() {
        [across, down] => {
            let cells = networks.iter().filter_map(|network| {
                let mean = Spread::of(accuracies(network, subset))?.mean;
                Some(([0, 1].map(|name| value_of(network, name).to_owned()), mean))
            });
            let title = format!("{} (mean over seeds)", title(subset));
            let map = HeatMap {
                title: &title,
                names: [across, down],
                axes: [&axes[0], &axes[1]],
                cells: cells.collect(),
            };
            scene = Scene::new(WIDTH, map.height());
            map.draw(&mut scene, (0.0, 0.0), WIDTH);
        }
        _ => {
            let baseline = baseline(digest, sweep);
            let one = names.len() == 1;
            // One name: both measures; several: the one that decides, for each name.
            let panels: Vec<(usize, Subset)> = match (one, subset) {
                (true, Subset::Validation) => vec![(0, Subset::Validation), (0, Subset::Test)],
                _ => (0..names.len()).map(|name| (name, subset)).collect(),
            };
            let rows = panels.len().div_ceil(2) as f64;
            scene = Scene::new(WIDTH, 34.0 + 320.0 * rows);
            line_legend(
                &mut scene,
                (0.0, 16.0),
                baseline.map(|network| network.plan.name.as_str()),
            );
            for (place, (name, subset)) in panels.into_iter().enumerate() {
                let points = networks.iter().map(|network| Point {
                    value: value_of(network, name).to_owned(),
                    accuracies: accuracies(network, subset),
                });
                let panel = LinePanel {
                    title: title(subset),
                    name: names[name],
                    axis: &axes[name],
                    points: points.collect(),
                    baseline: baseline
                        .map(|network| accuracies(network, subset))
                        .unwrap_or_default(),
                    is_joined: one,
                };
                let (column, row) = ((place % 2) as f64, (place / 2) as f64);
                panel.draw(
                    &mut scene,
                    column * (WIDTH / 2.0 + 14.0),
                    34.0 + 320.0 * row,
                    WIDTH / 2.0 - 14.0,
                    310.0,
                );
            }
        }
    }
    let label = match best(networks, subset) {
        Some((network, accuracy)) => format!(
            "{} of the sweep {}; highest is {}, {}.",
            title(subset),
            sweep.name,
            network.plan.name,
            spread_percent(&accuracy)
        ),
        None => format!("The sweep {}: no run is finished yet.", sweep.name),
    };
    Figure { slug: format!("overview-sweep-{}", index + 1), label, scene }
}

/// The baseline that all networks of a sweep share, where it is none of them.
fn baseline<'a, 'b>(digest: &'b Digest<'a>, sweep: &Sweep) -> Option<&'b NetworkDigest<'a>> {
    let plan = |network: usize| &digest.stored.study.networks[network];
    let shared = plan(sweep.networks[0]).vs.as_ref()?;
    let all = sweep.networks.iter().all(|&network| plan(network).vs.as_ref() == Some(shared));
    let index = digest.networks.iter().position(|network| network.plan.name == *shared)?;
    (all && !sweep.networks.contains(&index)).then(|| &digest.networks[index])
}

/// The network with the highest mean accuracy, the first of equals, among those that finished with
/// every seed.
fn best<'a, 'b>(
    networks: &[&'b NetworkDigest<'a>],
    subset: Subset,
) -> Option<(&'b NetworkDigest<'a>, Spread)> {
    let is_whole = |network: &&&NetworkDigest| network.finished().count() == network.runs.len();
    let scored = networks.iter().filter(is_whole);
    let scored = scored
        .filter_map(|&network| Some((network, network.score(Metric::Accuracy, subset).best?)));
    scored.reduce(|best, other| if other.1.mean > best.1.mean { other } else { best })
}

/// All networks, the best on validation images first.
fn table(digest: &Digest, networks: &[&NetworkDigest]) -> Table {
    let subset = judged_by(digest);
    let mut sorted = networks.to_vec();
    let mean = |network: &NetworkDigest| {
        network.score(Metric::Accuracy, subset).best.map_or(f64::NEG_INFINITY, |s| s.mean)
    };
    sorted.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
    let names: Vec<String> = point(networks[0]).at.iter().map(|(name, _)| name.clone()).collect();
    let rows = sorted.into_iter().map(|network| {
        let swept = (0..names.len()).map(|name| Cell::from(value_of(network, name)));
        let accuracy = |subset| {
            let best = network.score(Metric::Accuracy, subset).best;
            Cell::from(best.map_or(MISSING.into(), |spread| value(Metric::Accuracy, &spread)))
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
        Row {
            header: Text::plain("").link(network.plan.name.as_str(), format!("#{}", network.slug)),
            cells: swept.chain(numbers).collect(),
        }
    });
    let swept = names.len();
    let measures =
        ["validation", "95% interval of the mean", "test", "best epoch", "seconds a run"];
    Table {
        caption: "Accuracy in % at each run's best epoch, mean ± standard deviation over seeds; sorted by validation."
            .into(),
        groups: vec![("swept".into(), swept), (String::new(), measures.len())],
        columns: std::iter::once("network".into())
            .chain(names.iter().cloned())
            .chain(measures.map(String::from))
            .collect(),
        rows: rows.collect(),
        is_prose: false,
    }
}

/// What became of the best on fresh seeds.
fn confirmation(digest: &Digest, sweep: &Sweep, against: &[Fresh]) -> Vec<Block> {
    let stored = digest.stored;
    let count = counted(sweep.networks.len(), "network");
    let Some(confirmation) =
        stored.confirmations.iter().find(|confirmation| confirmation.sweep == sweep.name)
    else {
        let is_over = stored
            .runs
            .iter()
            .all(|run| !sweep.networks.contains(&run.network) || run.status != RunStatus::Pending);
        let words = match (stored.study.validation, sweep.networks.len()) {
            (0, _) => {
                "Nothing is held out, so no network can be chosen here: the test images are for judging, not for choosing."
            }
            (_, 1) => return Vec::new(),
            _ if is_over => "No network finished with every seed, so none is chosen.",
            _ => {
                "Once every run has ended, the best is trained once more on fresh seeds: until then, its lead is partly luck."
            }
        };
        return vec![Block::paragraph(words)];
    };
    let winner = &digest.networks[confirmation.network];
    let finished = |run: &&StoredRun| run.status == RunStatus::Finished;
    let fresh: Vec<&StoredRun> = confirmation.runs.iter().filter(finished).collect();
    let seeds: Vec<u64> = confirmation.runs.iter().map(|run| run.seed).collect();
    let range = match (seeds.first(), seeds.last()) {
        (Some(first), Some(last)) if first < last => format!("seeds {first} to {last}"),
        _ => seeds.first().map_or(String::new(), |seed| format!("seed {seed}")),
    };
    let lead = format!(
        "{} is best of {count}, and the best of many looks better than it is.",
        winner.plan.name
    );
    if confirmation.runs.iter().any(|run| run.status == RunStatus::Pending) {
        let words = format!(
            " It is trained once more on {range}, which had no part in the choice: not finished yet."
        );
        return vec![Block::Note(Text::strong(lead).then(words))];
    }
    let of = |subset: Subset| {
        let accuracies = fresh.iter().filter_map(|run| {
            Some(crate::score::in_outcome(
                run,
                &run.outcome.as_ref()?.best,
                Metric::Accuracy,
                subset,
            ))
        });
        Spread::of(accuracies).map_or(MISSING.into(), |spread| spread_percent(&spread))
    };
    let chosen = winner.score(Metric::Accuracy, Subset::Validation).best;
    let mut words = format!(
        " On {range}, which had no part in the choice, it scores {} of validation images ({} on the seeds that it was chosen \
         by) and {} of test images.",
        of(Subset::Validation),
        chosen.map_or(MISSING.into(), |spread| spread_percent(&spread)),
        of(Subset::Test),
    );
    if fresh.len() < confirmation.runs.len() {
        words += &format!(
            " With {} of these it diverged.",
            counted(confirmation.runs.len() - fresh.len(), "seed")
        );
    }
    if let Some(Fresh { contrast, .. }) = against.iter().find(|fresh| fresh.sweep == sweep.name) {
        let (subset, effect) = contrast.primary();
        words += &format!(
            " On these fresh seeds, {}",
            contrast.sentence(subset, effect, against.len()).text()
        );
        for warning in [contrast.missing_words(), contrast.confounded_words()].into_iter().flatten()
        {
            words += &format!(" {warning}");
        }
    }
    vec![Block::Note(Text::strong(lead).then(words))]
}

/// A sweep's winner against its baseline, on fresh seeds alone.
struct Fresh {
    sweep: String,
    contrast: Contrast,
}

/// All of a study's winners against their baselines: comparisons that are made together.
fn against_baselines(digest: &Digest) -> Vec<Fresh> {
    let stored = digest.stored;
    let mut runs: Vec<StoredRun> = Vec::new();
    for run in stored.confirmations.iter().flat_map(|one| one.runs.iter().chain(&one.baseline_runs))
    {
        // Two sweeps may have one baseline.
        if !runs.iter().any(|other| (other.network, other.seed) == (run.network, run.seed)) {
            runs.push(run.clone());
        }
    }
    let fresh = StoredStudy { runs, confirmations: Vec::new(), ..stored.clone() };
    let side = |network| Side::new(&fresh, network);
    let compared = stored.confirmations.iter().filter_map(|one| Some((one, one.baseline?)));
    let compared: Vec<(&Confirmation, usize)> = compared.collect();
    let pairs: Vec<(Side, Side)> =
        compared.iter().map(|(one, baseline)| (side(one.network), side(*baseline))).collect();
    let contrasts = Contrast::family(&pairs, digest.margin);
    compared
        .into_iter()
        .zip(contrasts)
        .map(|((one, _), contrast)| Fresh { sweep: one.sweep.clone(), contrast })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::fixture::{Fixture, Plan};
    use crate::html::to_html;

    /// Three probabilities beside a baseline; 0.2 is best.
    fn swept(seeds: u32) -> StoredStudy {
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
            .stored()
    }

    fn page(stored: &StoredStudy) -> String {
        let digest = Digest::new(stored).unwrap();
        let sections = sweep_sections(&digest);
        to_html(&Document {
            title: String::new(),
            subtitle: None,
            warning: None,
            facts: Vec::new(),
            sections,
        })
    }

    /// `stored` with its best network, the third, confirmed by runs of further seeds.
    fn confirmed(stored: StoredStudy, fresh: StoredStudy) -> StoredStudy {
        let seeds = u64::from(stored.study.seeds);
        let runs = |network: usize| {
            let runs = fresh.runs.iter().filter(|run| run.network == network).cloned();
            runs.map(|run| StoredRun { seed: run.seed + seeds, ..run }).collect::<Vec<_>>()
        };
        let (sweep, baseline) = ("dropout {p}".to_owned(), Some(0));
        let confirmation =
            Confirmation { sweep, network: 2, runs: runs(2), baseline, baseline_runs: runs(0) };
        StoredStudy { confirmations: vec![confirmation], ..stored }
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
    fn before_the_end_nothing_is_chosen_and_what_diverged_is_not_crowned() {
        let mut stored = swept(3);
        let last = stored.runs.len() - 1;
        stored.runs[last].status = RunStatus::Pending;
        assert!(
            page(&stored)
                .contains("Once every run has ended, the best is trained once more on fresh seeds")
        );
        // The third network, which would be best, diverges with its second seed.
        let mut stored = swept(3);
        (stored.runs[7].status, stored.runs[7].outcome) = (RunStatus::Diverged, None);
        assert!(page(&stored).contains("highest is dropout 0.1, "));
        for run in stored.runs.iter_mut().filter(|run| run.seed == 2) {
            (run.status, run.outcome) = (RunStatus::Diverged, None);
        }
        assert!(page(&stored).contains("No network finished with every seed, so none is chosen."));
    }

    #[test]
    fn what_spoils_the_comparison_on_fresh_seeds_is_said() {
        let mut stored = confirmed(swept(6), swept(6));
        stored.study.networks[2].training.epochs = 21;
        (stored.confirmations[0].runs[1].status, stored.confirmations[0].runs[1].outcome) =
            (RunStatus::Diverged, None);
        let said = page(&stored);
        assert!(said.contains("With one seed of these it diverged."), "{said}");
        assert!(
            said.contains("1 of 6 seeds diverged in dropout 0.2 and can't be compared."),
            "{said}"
        );
    }

    #[test]
    fn the_winner_is_praised_for_its_fresh_seeds_alone() {
        let stored = confirmed(swept(6), swept(6));
        let said = page(&stored);
        assert!(
            said.contains("dropout 0.2 is best of three networks, and the best of many looks better than it is."),
            "{said}"
        );
        assert!(said.contains("On seeds 7 to 12, which had no part in the choice, it scores "));
        assert!(
            said.contains("On these fresh seeds, dropout 0.2 is better than base: +2."),
            "{said}"
        );
        let mut unfinished = stored;
        unfinished.confirmations[0].runs[5].status = RunStatus::Pending;
        let said = page(&unfinished);
        assert!(
            said.contains("on seeds 7 to 12, which had no part in the choice: not finished yet")
                && !said.contains("it scores")
        );
    }

    #[test]
    fn two_names_make_a_heat_map_and_three_a_line_each() {
        let plan = |a: &str, b: &str| {
            Plan::new(&format!("{a} {b}")).swept("{a} {b}", &[("a", a), ("b", b)])
        };
        let stored =
            Fixture::new(2).with(plan("1", "x")).with(plan("2", "x")).with(plan("2", "y")).stored();
        let two = page(&stored);
        assert!(two.contains("(mean over seeds)") && !two.contains("95% interval over seeds"));
        let plan = |a: &str, c: &str| {
            Plan::new(&format!("{a} {c}")).swept("{a} {b} {c}", &[("a", a), ("b", "x"), ("c", c)])
        };
        let three = page(&Fixture::new(2).with(plan("1", "3")).with(plan("2", "4")).stored());
        assert_eq!(three.matches("Validation accuracy, %, at each").count(), 3 + 1);
    }

    #[test]
    fn without_validation_nothing_is_chosen() {
        let stored = Fixture::new(2)
            .without_validation()
            .with(Plan::new("a 1").swept("a {p}", &[("p", "1")]))
            .stored();
        assert!(page(&stored).contains("Nothing is held out, so no network can be chosen here"));
        let unfinished = Fixture::new(1)
            .with(Plan::new("a 1").pending(1, 0).swept("a {p}", &[("p", "1")]))
            .stored();
        assert!(page(&unfinished).contains("nothing to show yet"));
    }
}
