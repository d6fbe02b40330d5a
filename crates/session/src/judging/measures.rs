//! Which measures networks are judged by, and what is known of each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fitroom_import::{
    At, Direction, Group, Grouping, ImportedRun, MeasureName, ScoreOf, listed, shown,
};
use fitroom_results::{JudgedMeasure, Scale};
use fitroom_stats::{DEFAULT_MARGIN, Spread, median};

use super::error::JudgeError;
use super::{For, JudgeRequest, Margin, ScaleKind};

/// The measures of a request, or the one that is most likely meant. A guess is a note.
pub(super) fn chosen(
    runs: &[ImportedRun],
    directions: &[(String, Direction)],
    request: &JudgeRequest,
    notes: &mut Vec<String>,
) -> Result<Vec<ScoreOf>, JudgeError> {
    // How many logs have each measure: a table counts once, however many runs it holds.
    let mut logs: BTreeMap<&str, BTreeSet<&Path>> = BTreeMap::new();
    for run in runs {
        for measure in run.curve.measures() {
            logs.entry(measure).or_default().insert(&run.source);
        }
    }
    let counts: BTreeMap<&str, usize> =
        logs.into_iter().map(|(measure, logs)| (measure, logs.len())).collect();
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
        let usual = counts.iter().filter(|(_, count)| 4 * **count >= most);
        let best = usual.map(|(name, _)| *name).min_by_key(|name| MeasureName::read(name).rank());
        measures.extend(best.map(str::to_owned));
    }
    let others: Vec<&str> =
        counts.keys().copied().filter(|name| !measures.iter().any(|it| it == name)).collect();
    check_names(request, &measures)?;
    let score = |measure: String| {
        let logged = directions.iter().find(|(of, _)| *of == measure).map(|(_, said)| *said);
        let named = request.directions.iter().rfind(|(of, _)| of.includes(&measure));
        let direction = named.map(|(_, said)| *said).or(logged);
        let direction = direction.or_else(|| Direction::recognised(&measure));
        let is_said = direction.is_some();
        let direction = direction.unwrap_or_else(|| Direction::guess(&measure));
        if is_guess || !is_said {
            let name = shown(&measure);
            let guess = if is_guess { " (a guess: --score names another)" } else { "" };
            let turn = match (is_said, direction) {
                (true, _) => "",
                (false, Direction::HigherIsBetter) => {
                    " (a guess: --lower-is-better says otherwise)"
                }
                (false, Direction::LowerIsBetter) => {
                    " (a guess: --higher-is-better says otherwise)"
                }
            };
            let others = match others.is_empty() || !is_guess {
                true => String::new(),
                false => format!("; there are also {}", listed(others.iter().copied())),
            };
            notes
                .push(format!("networks are judged by `{name}`{guess}, {direction}{turn}{others}"));
        }
        ScoreOf { measure, at: request.at, direction }
    };
    Ok(measures.into_iter().map(score).collect())
}

/// Checks that directions, scales and margins are for measures that are judged, and said once each.
fn check_names(request: &JudgeRequest, measures: &[String]) -> Result<(), JudgeError> {
    let of_directions = request.directions.iter().map(|(of, _)| ("a direction", of));
    let of_scales = request.scales.iter().map(|(of, _)| ("a scale", of));
    let of_margins = request.margins.iter().map(|(of, _)| ("a margin", of));
    let mut said: Vec<(&str, &For)> = Vec::new();
    for (what, of) in of_directions.chain(of_scales).chain(of_margins) {
        if let For::Measure(name) = of
            && !measures.contains(name)
        {
            let names = || measures.iter().map(String::as_str);
            return Err(JudgeError::NotJudged {
                what,
                name: shown(name),
                judged: listed(names()),
                nearest: fitroom_nearest::nearest(name, names()).map(str::to_owned),
            });
        }
        if said.contains(&(what, of)) {
            return Err(JudgeError::SaidTwice { what });
        }
        said.push((what, of));
    }
    Ok(())
}

/// What is known of a measure, from the scores of all runs.
///
/// # Errors
/// Scores from 0 to 1 are mixed with scores from 0 to 100, or a margin is larger than the whole scale.
pub(super) fn described(
    score: &ScoreOf,
    runs: &[ImportedRun],
    grouping: &Grouping,
    baseline: Option<usize>,
    request: &JudgeRequest,
) -> Result<JudgedMeasure, JudgeError> {
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
        None => {
            check_scales(&score.measure, &of_groups)?;
            Scale::guess(&score.measure, all(), spread)
        }
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
    let whole = match scale {
        Scale::Fraction => 1.0,
        Scale::Percent => 100.0,
        Scale::Plain { .. } => f64::INFINITY,
    };
    if let Some(margin) = margin.filter(|margin| *margin >= whole) {
        return Err(JudgeError::LargeMargin { margin, measure: shown(&score.measure), whole });
    }
    let has_curves = runs.iter().any(|run| run.curve.values(&score.measure).nth(1).is_some());
    Ok(JudgedMeasure {
        name: shown(&score.measure),
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
    })
}

/// Refuses accuracies from 0 to 1 beside such from 0 to 100.
fn check_scales(measure: &str, of_groups: &[Vec<f64>]) -> Result<(), JudgeError> {
    let most = |scores: &Vec<f64>| scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = |scores: &Vec<f64>| scores.iter().copied().fold(f64::INFINITY, f64::min);
    let is_share = MeasureName::read(measure).is_share();
    let with_scores = || of_groups.iter().filter(|scores| !scores.is_empty());
    let has_fractions = with_scores().any(|scores| most(scores) <= 1.0 && most(scores) > 0.0);
    let has_percents = with_scores().any(|scores| least(scores) > 1.5);
    match is_share && has_fractions && has_percents {
        true => Err(JudgeError::MixedScales { measure: shown(measure) }),
        false => Ok(()),
    }
}

/// The least step of scores that were rounded: 0.01 if all have two decimals. 0 if they have more than
/// six.
fn resolution(scores: impl Iterator<Item = f64>) -> f64 {
    let scores: BTreeSet<u64> = scores.map(f64::to_bits).collect();
    let is_step = |step: f64| {
        scores.iter().all(|&bits| {
            let steps = f64::from_bits(bits) / step;
            (steps - steps.round()).abs() <= 1e-9 * steps.abs()
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
        assert_eq!(resolution([3.1e-9, 8e-7].into_iter()), 0.0, "small scores are no zeros");
        assert_eq!(resolution([0.0, 0.25].into_iter()), 0.01);
        assert_eq!(resolution(std::iter::empty()), 0.0);
    }
}
