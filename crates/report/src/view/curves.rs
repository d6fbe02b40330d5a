//! Curves over epochs or steps, as a reader picked them.

use std::collections::BTreeMap;

use fitroom_results::Origin;

use super::axes::ViewAxes;
use super::curve_figure::CurveFigure;
use super::curve_network::{CurveNetwork, MeasuredCurves};
use super::curve_request::{CurveRequest, Lines, Picked};
use super::curve_table::{curve_csv, curve_table};
use super::curve_window::cut;
use super::error::ViewError;
use super::measure::{CurveMeasure, Measured};
use crate::ReportError;
use crate::document::Table;
use crate::figure::Figure;
use crate::measured_figures::axis;
use crate::number::{count, counted, listed};
use crate::plot::{Horizontal, SERIES};
use crate::summary::Summary;

/// Curves over epochs or steps: the figure, and its numbers.
pub struct CurveView {
    /// Axes, bands and lines. The page makes the legend of [`networks`](Self::networks).
    pub figure: Figure,
    /// Which value stands at which pixel; `None` if there is nothing to show yet.
    pub axes: Option<ViewAxes>,
    /// The networks with their points as drawn, in the study's order.
    pub networks: Vec<CurveNetwork>,
    /// Indices of the networks that are left out, since they are too many to tell apart.
    pub left_out: Vec<usize>,
    /// What a reader should know of the figure, as whole sentences: what it leaves out, and why.
    pub notes: Vec<String>,
    /// The means as a table.
    pub table: Table,
}

/// Draws the curves that a reader picked. Runs that are not finished count as far as they have come;
/// runs that diverged have no part in means and bands.
///
/// # Errors
/// A network or the measure does not exist, or a number is not in its range.
pub fn curves(summary: &Summary, request: &CurveRequest) -> Result<CurveView, ViewError> {
    let measure = Measured::new(summary.results, request.measure)?;
    let Picked { shown, left_out } = request.check(summary.networks.len())?;
    let measured = measured_curves(summary, &shown, measure);
    let with_seeds = request.lines == Lines::EverySeed;
    let (mut networks, rare): (Vec<CurveNetwork>, Vec<usize>) =
        measured.iter().map(|it| it.shown(measure, request.smoothing, with_seeds)).unzip();
    let axis = horizontal(&measured, request);
    let table = curve_table(&networks, measure, request.x, request.smoothing, axis.name());
    let runs = cut(&mut networks, request.x);
    let drawing = CurveFigure { measure, request, networks: &networks, axis };
    let (figure, axes) = drawing.draw();
    let mut notes = notes(summary, request.lines, &networks, &left_out);
    notes.extend(rare_words(rare.into_iter().sum(), axis.name()));
    notes.extend(not_positive_words(drawing.not_positive()));
    notes.extend(too_many_words(runs));
    for seed in networks.iter_mut().flat_map(|network| &mut network.seeds) {
        seed.points.retain(|(_, value)| value.is_finite());
    }
    Ok(CurveView { figure, axes, networks, left_out, notes, table })
}

/// Every value of every run of the picked networks as CSV, with the columns of
/// [`CURVE_COLUMNS`](super::CURVE_COLUMNS).
///
/// # Errors
/// As [`curves`].
pub fn curves_csv(summary: &Summary, request: &CurveRequest) -> Result<Vec<u8>, CurvesCsvError> {
    let measure = Measured::new(summary.results, request.measure)?;
    let Picked { mut shown, left_out } = request.check(summary.networks.len())?;
    shown.extend(left_out);
    let measured = measured_curves(summary, &shown, measure);
    curve_csv(&measured, measure, request.smoothing)
        .map_err(|error| ReportError::Table { file: "curves.csv", error }.into())
}

/// Why there is no CSV file of curves.
#[derive(Debug, thiserror::Error)]
pub enum CurvesCsvError {
    /// What was picked can't be shown.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The table can't be made.
    #[error(transparent)]
    Report(#[from] ReportError),
}

fn measured_curves<'a>(
    summary: &'a Summary,
    networks: &[usize],
    measure: Measured,
) -> Vec<MeasuredCurves<'a>> {
    let of = |&index: &usize| MeasuredCurves::new(&summary.networks[index], index, measure);
    networks.iter().map(of).collect()
}

/// The axis of epochs or steps: what was picked, or all.
fn horizontal(measured: &[MeasuredCurves], request: &CurveRequest) -> Horizontal<'static> {
    let all = match request.measure {
        CurveMeasure::Score(..) => {
            let epochs = measured.iter().map(|it| it.network.epochs()).max();
            Horizontal::Epochs(epochs.unwrap_or(1))
        }
        CurveMeasure::Measured(_) => {
            let runs = measured.iter().flat_map(|it| &it.runs);
            axis(runs.flat_map(|(_, curve)| curve).map(|&(at, _)| at))
        }
    };
    match (request.x, all) {
        (None, all) => all,
        (Some((low, high)), Horizontal::Epochs(_) | Horizontal::EpochsBetween { .. }) => {
            Horizontal::EpochsBetween { low, high }
        }
        (Some((low, high)), Horizontal::Range { name, .. }) => {
            Horizontal::Range { low, high, name }
        }
        (Some((low, high)), Horizontal::Logarithmic { name, .. }) => {
            Horizontal::Logarithmic { low, high, name }
        }
    }
}

fn notes(
    summary: &Summary,
    lines: Lines,
    networks: &[CurveNetwork],
    left_out: &[usize],
) -> Vec<String> {
    let mut notes = Vec::new();
    if !left_out.is_empty() {
        const MOST_NAMES: usize = 10;
        let names = left_out.iter().map(|&index| summary.networks[index].facts.name.clone());
        let mut names: Vec<String> = names.take(MOST_NAMES).collect();
        if left_out.len() > MOST_NAMES {
            names.push(format!("{} more", left_out.len() - MOST_NAMES));
        }
        notes.push(format!(
            "Shown are {} of {}, as many as have colours of their own. Left out: {}.",
            networks.len(),
            counted(networks.len() + left_out.len(), "network"),
            listed(&names)
        ));
    }
    let of = |seeds: fn(&CurveNetwork) -> &Vec<u64>| {
        let with = networks.iter().filter(move |network| !seeds(network).is_empty());
        with.map(|it| format!("{} of {}", seed_words(seeds(it)), it.name)).collect::<Vec<_>>()
    };
    let diverged = of(|network| &network.diverged);
    if !diverged.is_empty() {
        let where_from = match lines {
            Lines::Bands => "means and bands",
            Lines::EverySeed => "means",
        };
        notes.push(format!("Diverged, and left out of {where_from}: {}.", listed(&diverged)));
    }
    let pending = of(|network| &network.pending);
    if !pending.is_empty() {
        let why = match summary.results.origin {
            Origin::Imported => "Without a score, and counted",
            Origin::Memory | Origin::StoredStudy(_) => "Not finished, and counted",
        };
        notes.push(format!("{why} as far as their curves go: {}.", listed(&pending)));
    }
    notes.extend(same_look_words(networks));
    notes
}

/// `seed 2`, `seeds 1 and 3`, `12 seeds`.
fn seed_words(seeds: &[u64]) -> String {
    match seeds {
        [seed] => format!("seed {seed}"),
        _ if seeds.len() > 5 => format!("{} seeds", seeds.len()),
        _ => format!("seeds {}", listed(&seeds.iter().map(u64::to_string).collect::<Vec<_>>())),
    }
}

/// Colours repeat, then with dashes, and then a third time.
fn same_look_words(networks: &[CurveNetwork]) -> Option<String> {
    let mut looks: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for network in networks {
        looks.entry(network.index % (2 * SERIES)).or_default().push(network.name.clone());
    }
    let alike = looks.into_values().filter(|names| names.len() > 1);
    let alike: Vec<String> = alike.map(|names| listed(&names)).collect();
    (!alike.is_empty()).then(|| format!("Drawn alike: {}.", alike.join("; ")))
}

fn rare_words(rare: usize, axis: &str) -> Option<String> {
    let place = axis.replace(' ', "-");
    (rare > 0).then(|| {
        format!(
            "Left out of means: {}, which fewer than half of the runs have.",
            counted(rare, &format!("{place} number"))
        )
    })
}

fn not_positive_words(values: usize) -> Option<String> {
    (values > 0).then(|| {
        let are = if values == 1 { "is" } else { "are" };
        format!("{} of 0 or less {are} not shown: the axis is logarithmic.", {
            let noun = if values == 1 { "value" } else { "values" };
            format!("{} {noun}", count(values as u64))
        })
    })
}

fn too_many_words((all, drawn): (usize, usize)) -> Option<String> {
    (drawn < all).then(|| {
        let [all, drawn] = [all, drawn].map(|runs| count(runs as u64));
        format!("Drawn are {drawn} of {all} runs. The means are over all.")
    })
}

#[cfg(test)]
mod tests;
