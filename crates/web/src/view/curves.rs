//! Scores over epochs: networks, measure, smoothing, scale and range as the address says.

use fitroom_session::report::document::{Block, Section};
use fitroom_session::report::number::MISSING;
use fitroom_session::report::view::{
    CurveMeasure, CurveNetwork, CurveRequest, CurveView, Lines, curve_measures, curves,
};
use maud::{Markup, html};
use serde_json::json;

use super::{Context, Part, View, ViewKind, choice};
use crate::error::WebError;

pub fn view(context: &Context) -> Result<View, WebError> {
    let (request, word) = request(context)?;
    let CurveView { figure, axes, networks, notes, table, .. } = curves(context.summary, &request)?;
    let plot = axes.map(|axes| json!({ "axes": axes, "networks": networks }).to_string());
    let slug = figure.slug.clone();
    let section = |id: &str, block| Section { id: id.into(), heading: None, blocks: vec![block] };
    let head = html! {
        h1 { "Curves" }
        (form(context, &request, &word))
    };
    let after = html! {
        (legend(context, &request, &networks))
        @for note in &notes { p { (note) } }
        p.needs-script { "Drag a box to zoom, and double-click to see everything. With the keyboard: arrows move, + zooms, 0 shows everything." }
    };
    let parts = vec![
        Part::Own("head", head),
        Part::Section(section("curves", Block::Figure(figure))),
        Part::Own("legend", after),
        Part::Folded("All values as a table", section("values", Block::Table(table))),
    ];
    let plots = plot.into_iter().map(|plot| (slug.clone(), plot)).collect();
    Ok(View { title: "Curves".to_owned(), parts, plots })
}

/// What the address asks for, and the word of its measure.
fn request(context: &Context) -> Result<(CurveRequest, String), WebError> {
    let (summary, query) = (context.summary, context.query);
    let first = || curve_measures(summary).into_iter().next().map(|choice| choice.word);
    let word = match query.one("measure")? {
        Some(word) => word.to_owned(),
        None => {
            first().ok_or_else(|| WebError::NotYet("no epoch has been trained yet".to_owned()))?
        }
    };
    let networks = query.all("network").map(|slug| context.network_of_slug(slug));
    let request = CurveRequest {
        networks: networks.collect::<Result<_, _>>()?,
        lines: if query.is_set("seeds") { Lines::EverySeed } else { Lines::Bands },
        smoothing: query.parsed("smoothing")?.unwrap_or(0.0),
        logarithmic: query.is_set("log"),
        x: query.range("x")?,
        y: query.range("y")?,
        ..CurveRequest::new(CurveMeasure::parse(summary, &word)?)
    };
    Ok((request, word))
}

fn form(context: &Context, request: &CurveRequest, word: &str) -> Markup {
    let measures = curve_measures(context.summary);
    let measures: Vec<(&str, &str)> =
        measures.iter().map(|it| (it.name.as_str(), it.word.as_str())).collect();
    let is_zoomed = request.x.is_some() || request.y.is_some();
    let everything = format!("?{}", without_zoom(context));
    html! {
        form.choose data-live method="get" {
            (choice("measure", "Measure", &measures, word))
            label {
                span { "Smoothing " span.value { (request.smoothing) } }
                input type="range" name="smoothing" min="0" max="0.99" step="0.01" value=(request.smoothing);
            }
            label.box { input type="checkbox" name="seeds" value="each" checked[request.lines == Lines::EverySeed]; "Every seed" }
            label.box { input type="checkbox" name="log" value="y" checked[request.logarithmic]; "Logarithmic" }
            @for key in ["x", "y"] {
                @if let Ok(Some(range)) = context.query.one(key) { input type="hidden" name=(key) value=(range); }
            }
            fieldset {
                legend { "Networks" }
                @for (index, (name, slug)) in context.networks().into_iter().enumerate() {
                    label { input type="checkbox" name="network" value=(slug) checked[request.networks.contains(&index)]; (name) }
                }
            }
            noscript { button { "Show" } }
            @if is_zoomed { a href=(everything) { "Show everything" } }
        }
    }
}

fn without_zoom(context: &Context) -> String {
    let mut query = context.query.clone();
    query.0.retain(|(key, _)| key != "x" && key != "y");
    query.with("as", None)
}

/// The shown networks with their colours, number of runs, last mean and standard error.
fn legend(context: &Context, request: &CurveRequest, networks: &[CurveNetwork]) -> Markup {
    let columns = ["network", "runs", "last epoch", "mean ± standard deviation", "standard error"];
    let lines = match request.lines {
        Lines::Bands => "The band is the mean ± one standard deviation over runs.",
        Lines::EverySeed => "Each faint line is a run, and the bold one their mean.",
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label="Legend" {
            table {
                caption { "What is shown. " (lines) }
                thead { tr { @for name in columns { th scope="col" { (name) } } } }
                tbody {
                    @for network in networks {
                        @let last = network.last.as_ref();
                        tr {
                            th scope="row" {
                                svg.swatch viewBox="0 0 12 12" aria-hidden="true" { circle cx="6" cy="6" r="5" class=(format!("f-{}", network.color)) {} }
                                " "
                                a href=(context.address(ViewKind::Network, &[("network", &network.slug)])) { (network.name) }
                            }
                            td { (network.runs) }
                            td { (last.map_or(MISSING.to_owned(), |last| last.epoch.to_string())) }
                            td { (last.map_or(MISSING, |last| &last.words)) }
                            td { (last.and_then(|last| last.standard_error).map_or(MISSING.to_owned(), |it| format!("{it:.3}"))) }
                        }
                    }
                }
            }
        }
    }
}
