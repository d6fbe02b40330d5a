//! The scores of two networks as a table.

use fitroom_stats::Spread;

use super::seed_dots_point::{SeedPoint, measure_name};
use crate::comparison::Comparison;
use crate::document::{Cell, Row, Table, Text};
use crate::measure_words::{difference, score, score_spread, signed};
use crate::number::MISSING;

/// A row for each seed, and one for the means. Of unpaired runs, scores in one row do not belong
/// together.
pub fn seed_dots_table(comparison: &Comparison, points: &[SeedPoint]) -> Table {
    let Comparison { measure, judged: effect, network, baseline, .. } = comparison;
    let (network_scores, baseline_scores) = effect.scores();
    let text = |directed: Option<&f64>| {
        directed.map_or(MISSING.to_owned(), |it| score(measure, measure.directed(*it))).into()
    };
    let mean = |scores: &[f64]| {
        let spread = Spread::of(scores.iter().map(|it| measure.directed(*it)));
        spread.map_or(MISSING.to_owned(), |spread| score_spread(measure, &spread)).into()
    };
    let is_paired = effect.samples.is_none();
    let count = network_scores.len().max(baseline_scores.len());
    let seed = |index: usize| points.get(index).and_then(|point| point.seed);
    let rows = (0..count).map(|index| {
        let shown = points.get(index).and_then(|point| point.difference);
        let scores: [Cell; 2] = [&network_scores, &baseline_scores].map(|it| text(it.get(index)));
        let difference = is_paired
            .then(|| Cell::from(shown.map_or(MISSING.to_owned(), |it| signed(measure, it))));
        let header = if is_paired { seed(index).unwrap_or_default() } else { index as u64 + 1 };
        Row {
            header: Text::plain(header.to_string()),
            cells: scores.into_iter().chain(difference).collect(),
        }
    });
    let means: [Cell; 2] = [&network_scores, &baseline_scores].map(|it| mean(it));
    let found = effect.difference.map(|found| difference(measure, found.mean));
    let found = is_paired.then(|| Cell::from(found.unwrap_or(MISSING.to_owned())));
    let last =
        Row { header: Text::plain("mean ± sd"), cells: means.into_iter().chain(found).collect() };
    let (first, caption) = match is_paired {
        true => ("seed", ", seed by seed"),
        false => ("", " of each run. Runs in one row do not belong together"),
    };
    let columns = [first, network, baseline].map(str::to_owned);
    Table {
        caption: format!("{} {}{caption}.", measure_name(comparison), measure.place),
        groups: Vec::new(),
        columns: columns.into_iter().chain(is_paired.then(|| "difference".to_owned())).collect(),
        rows: rows.chain([last]).collect(),
        is_prose: false,
    }
}
