//! Which measures networks are judged by, and what is known of each.

use std::collections::{BTreeMap, BTreeSet};

use fitroom_import::{At, Direction, Group, Grouping, ImportedRun, MeasureName, ScoreOf};
use fitroom_results::{JudgedMeasure, Scale};
use fitroom_stats::{DEFAULT_MARGIN, Spread, median};

use super::error::{JudgeError, listed, shown};
use super::{JudgeRequest, Margin, ScaleKind};

/// The measures of a request, or the one that is most likely meant. A guess is a note.
pub(super) fn chosen(
    runs: &[ImportedRun],
    request: &JudgeRequest,
    notes: &mut Vec<String>,
) -> Result<Vec<ScoreOf>, JudgeError> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for run in runs {
        for measure in run.curve.measures() {
            *counts.entry(measure).or_default() += 1;
        }
    }
    let mut measures: Vec<String> = Vec::new();
    for name in &request.measures {
        if !counts.contains_key(name.as_str()) {
            return Err(JudgeError::NoSuchMeasure {
                name: shown(name),
                known: listed(counts.keys().copied()),
                nearest: fitroom_nearest::nearest(name, counts.keys().copied()).map(str::to_owned),
            });
        }
        if !measures.contains(name) {
            measures.push(name.clone());
        }
    }
    let is_guess = measures.is_empty();
    if is_guess {
        // A measure that few runs have is not the one that they are compared by.
        let most = counts.values().copied().max().ok_or(JudgeError::NoMeasure)?;
        let usual = counts.iter().filter(|(_, count)| 2 * **count > most);
        let best = usual.map(|(name, _)| *name).min_by_key(|name| MeasureName::read(name).rank());
        measures.extend(best.map(str::to_owned));
    }
    let others: Vec<&str> =
        counts.keys().copied().filter(|name| !measures.iter().any(|it| it == name)).collect();
    let score = |measure: String| {
        let named = request.directions.iter().rfind(|(of, _)| of.includes(&measure));
        let direction = named.map_or_else(|| Direction::guess(&measure), |(_, said)| *said);
        if is_guess || named.is_none() {
            let name = shown(&measure);
            let guess = if is_guess { " (a guess: --score names another)" } else { "" };
            let others = match others.is_empty() || !is_guess {
                true => String::new(),
                false => format!("; there are also {}", listed(others.iter().copied())),
            };
            notes.push(format!("networks are judged by `{name}`{guess}, {direction}{others}"));
        }
        ScoreOf { measure, at: request.at, direction }
    };
    Ok(measures.into_iter().map(score).collect())
}

/// What is known of a measure, from the scores of all runs.
pub(super) fn described(
    score: &ScoreOf,
    runs: &[ImportedRun],
    grouping: &Grouping,
    baseline: Option<usize>,
    request: &JudgeRequest,
) -> JudgedMeasure {
    let scores_of = |group: &Group| -> Vec<f64> {
        let scores = group.runs.iter().filter_map(|&run| runs[run].score(score).value());
        scores.filter(|score| score.is_finite()).collect()
    };
    let of_groups: Vec<Vec<f64>> = grouping.groups.iter().map(scores_of).collect();
    let all = || of_groups.iter().flatten().copied();
    let spreads = of_groups.iter().filter_map(|scores| Spread::of(scores.iter().copied())?.sd);
    let spread = median(spreads.filter(|sd| *sd > 0.0)).unwrap_or(0.0);
    let asked = request.scales.iter().rfind(|(of, _)| of.includes(&score.measure));
    let scale = match asked {
        Some((_, ScaleKind::Fraction)) => Scale::Fraction,
        Some((_, ScaleKind::Percent)) => Scale::Percent,
        Some((_, ScaleKind::Plain)) => {
            Scale::plain(spread, all().fold(0.0, |most, score| score.abs().max(most)))
        }
        None => Scale::guess(&score.measure, all(), spread),
    };
    let baseline_mean = baseline.and_then(|group| Spread::of(of_groups[group].iter().copied()));
    let asked = request.margins.iter().rfind(|(of, _)| of.includes(&score.measure));
    let margin = match (asked.map(|(_, margin)| *margin), scale) {
        (Some(Margin::Absolute(margin)), _) => Some(margin),
        (Some(Margin::Percent(percent)), Scale::Fraction) => Some(percent / 100.0),
        (Some(Margin::Percent(percent)), Scale::Percent) => Some(percent),
        (Some(Margin::Percent(percent)), Scale::Plain { .. }) => {
            baseline_mean.map(|mean| (percent / 100.0 * mean.mean).abs())
        }
        (None, Scale::Fraction) => Some(DEFAULT_MARGIN),
        (None, Scale::Percent) => Some(100.0 * DEFAULT_MARGIN),
        (None, Scale::Plain { .. }) => None,
    };
    let has_curves = runs.iter().any(|run| run.curve.values(&score.measure).nth(1).is_some());
    JudgedMeasure {
        name: score.measure.clone(),
        column: score.measure.clone(),
        direction: score.direction,
        scale,
        margin,
        resolution: resolution(all()),
        place: match (has_curves, score.at) {
            (false, _) => "of each run".to_owned(),
            (true, At::Last) => "at each run's last epoch".to_owned(),
            (true, At::Best) => "at each run's best epoch, which flatters".to_owned(),
        },
    }
}

/// The least step of scores that were rounded: 0.01 if all have two decimals. 0 if they have more than
/// six.
fn resolution(scores: impl Iterator<Item = f64>) -> f64 {
    let scores: BTreeSet<u64> = scores.map(f64::to_bits).collect();
    let is_step = |step: f64| {
        scores.iter().all(|&bits| {
            let steps = f64::from_bits(bits) / step;
            (steps - steps.round()).abs() <= 1e-6 * steps.abs().max(1.0).min(1e3)
        })
    };
    let steps = (0..=6).map(|decimals| 10f64.powi(-decimals));
    steps.into_iter().find(|&step| !scores.is_empty() && is_step(step)).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_scores_show_their_step() {
        assert_eq!(resolution([0.87, 0.88, 0.9].into_iter()), 0.01);
        assert_eq!(resolution([200.0, 180.0].into_iter()), 1.0);
        assert_eq!(resolution([0.8731, 0.87].into_iter()), 1e-4);
        assert_eq!(resolution([0.873_123_456_7].into_iter()), 0.0);
        assert_eq!(resolution(std::iter::empty()), 0.0);
    }
}
