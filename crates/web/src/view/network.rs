//! One network: its layers and settings, its curves and reading, its confusion matrix with the images
//! behind each cell, its surest mistakes, and its weights.

use fitroom_session::report::document::{Block, Section, Text};
use fitroom_session::report::view::{cell_images, confusion};
use fitroom_session::report::{Figure, Inspection, network};
use fitroom_session::stored_layers;
use maud::html;

use super::pictures::{Picture, pictures};
use super::{Context, Part, View, ViewKind, choice};
use crate::error::WebError;

/// Most images that are shown of a cell.
const MOST_IMAGES: usize = 60;

pub fn view(context: &Context) -> Result<View, WebError> {
    let index = context.network("network", 0)?;
    let slug = context.summary.networks[index].slug.as_str();
    let name = context.summary.networks[index].facts.name.clone();
    let cell = cell(context)?;
    let form = html! {
        form.choose data-live method="get" {
            (choice("network", "Network", &context.networks(), slug))
            noscript { button { "Show" } }
        }
    };
    let mut parts = vec![Part::Own("head", html! { h1 { (name) } (form) })];
    if let Some((label, taken_for)) = cell {
        parts.push(Part::Own("images", cell_part(context, index, label, taken_for)?));
    }
    let dataset = context.served.dataset();
    let mut summary = context.loaded.summary();
    if context.served.is_study() {
        let inspection = context.loaded.inspection(index, dataset)?;
        let mut networks: Vec<_> = summary.networks.iter().map(|_| Default::default()).collect();
        networks[index] = (*inspection).clone();
        summary.inspection = Inspection { networks };
    }
    let mut section = network(&summary, index);
    section.heading = None;
    let classes = context.summary.results.dataset.classes.len();
    let link = |label: usize, taken_for: usize| {
        let known = label < classes && taken_for < classes;
        known.then(|| context.address(ViewKind::Network, &cell_pairs(slug, label, taken_for)))
    };
    if let Some(figure) = confusion(&summary, index, link) {
        replace_figure(&mut section.blocks, figure);
    }
    parts.push(Part::Section(section));
    if let Some(layers) = stored_layers(context.served.path(), index).filter(|_| context.served.is_study()) {
        let blocks = vec![Block::Table(layers)];
        let heading = Some("Layer by layer".to_owned());
        parts.push(Part::Section(Section { id: "layers".into(), heading, blocks }));
    }
    Ok(View { title: name, parts, plots: Vec::new() })
}
